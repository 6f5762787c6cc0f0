// SPDX-License-Identifier: MIT
/* The fences of a frame: the exporter's, which is waited for, and ours. */
#include "import.h"
#include "progress.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Longer than any fence of another domain lives, by the driver's time limit. */
#define IMPORT_FENCE_NS (60 * STOP_NS_PER_S)

/* Tell the exporter when we shall have read the buffer. */
static int import_hand_back(struct import *import, const struct import_buffer *buffer,
			    struct err *err)
{
	int pending;

	/* Fences go by the driver; others wait for the answer alone. */
	if (import->transport.kind != TRANSPORT_HDB)
		return 0;
	pending = hdb_fence_send(import->transport.hdb, buffer->hid, HYPER_DMABUF_FENCE_IMPORT,
				 err);
	if (pending < 0)
		return -1;
	import->returned += pending > 0;
	return 0;
}

int import_wait(struct import *import, struct import_buffer *buffer, struct err *err)
{
	uint64_t start = stop_now();
	int fence, status;

	if (import->options->sync == FENCE_SYNC_NONE)
		return import_hand_back(import, buffer, err);
	if (import->options->sync != FENCE_SYNC_FENCE)
		return 0;
	fence = fence_of(buffer->buffer.fd, false, err);
	if (fence < 0)
		return -1;
	status = fence_status(fence);
	import->pending += status == 0;
	/* Ours goes out while the other one is pending: neither CPU waits for it. */
	if (import->fences.kind == FENCE_VGEM &&
	    (fence_begin(&import->fences, buffer->buffer.fd, false, err) < 0 ||
	     import_hand_back(import, buffer, err) < 0)) {
		close(fence);
		return -1;
	}
	if (status == 0) {
		fence_wait(fence, start + IMPORT_FENCE_NS);
		status = fence_status(fence);
		stats_add(&import->wait, stop_now() - start);
	}
	close(fence);
	/* Nobody knows what is in a frame that was left in the middle. */
	if (status == -ENODEV)
		return err_set(err, EXIT_FAILED, "the exporter went away while it drew a frame");
	if (status < 0) {
		progress_verbose("the fence of a frame failed: %s", strerror(-status));
		import->failed++;
	}
	return 0;
}

int import_return(struct import *import, struct import_buffer *buffer, int fence,
		  struct err *err)
{
	int result = 0;

	if (import->options->sync != FENCE_SYNC_FENCE)
		return 0;
	if (import->fences.kind == FENCE_VGEM)
		return fence_end(&import->fences, err);
	if (fence >= 0)
		result = fence_attach(buffer->buffer.fd, fence, false, err);
	return result < 0 ? -1 : import_hand_back(import, buffer, err);
}

int import_finished(struct import *import, struct import_buffer *buffer, struct err *err)
{
	if (import->options->sync != FENCE_SYNC_FINISH)
		return 0;
	return import_hand_back(import, buffer, err);
}
