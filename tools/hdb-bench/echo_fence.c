// SPDX-License-Identifier: MIT
#include "echo_fence.h"
#include "stop.h"

#include <poll.h>

/* The other end's fences signal within milliseconds, unless they are lost. */
#define ECHO_FENCE_MS 20000

int echo_fence_add(struct echo_fences *fences, hyper_dmabuf_id_t hid, int dmabuf,
		   struct err *err)
{
	struct pollfd ready = { .fd = dmabuf, .events = POLLIN };

	if (fences->count == ECHO_FENCES)
		return err_set(err, EXIT_FAILED, "more than %d fences", ECHO_FENCES);
	if (poll(&ready, 1, 0) != 0)
		return err_set(err, EXIT_FAILED, "early: the fence had signalled before it did");
	fences->wait[fences->count].hid = hid;
	fences->wait[fences->count++].dmabuf = dmabuf;
	return 0;
}

void echo_fence_serve(struct echo_fences *fences, int hdb)
{
	for (uint32_t i = 0; i < fences->count; i++) {
		struct pollfd ready = { .fd = fences->wait[i].dmabuf, .events = POLLIN };
		uint64_t start;

		if (poll(&ready, 1, ECHO_FENCE_MS) != 1) {
			err_set(&fences->err, EXIT_FAILED, "lost: fence %u did not signal within "
							   "%d ms",
				i, ECHO_FENCE_MS);
			return;
		}
		start = stop_now();
		if (hdb_fence_send(hdb, fences->wait[i].hid, HYPER_DMABUF_FENCE_IMPORT,
				   &fences->err) < 0)
			return;
		fences->spent_ns += stop_now() - start;
	}
}

int echo_fence_tell(struct echo_fences *fences, struct wire *reply, struct err *err)
{
	struct err what = fences->err;

	reply->values[WIRE_NS_FENCE] = fences->spent_ns;
	*fences = (struct echo_fences){ 0 };
	if (!what.text[0])
		return 0;
	*err = what;
	return -1;
}
