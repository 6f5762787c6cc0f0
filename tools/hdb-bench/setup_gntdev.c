// SPDX-License-Identifier: MIT
#include "setup_gntdev.h"

#include <errno.h>
#include <linux/dma-buf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/**
 * struct setup_gntdev - a buffer that is shared again and again
 * @channel: to the other end
 * @gntdev: what shares it
 * @count: pages of the buffer
 * @buffer: it
 * @refs: its references, as the kernel gives them
 * @list: a buffer for them, which hdb shares
 * @map: of @list
 * @list_hid: its id
 */
struct setup_gntdev {
	struct channel *channel;
	struct gntdev *gntdev;
	uint32_t count;
	struct buffer buffer, list;
	uint32_t *refs, *map;
	bool listed;
	hyper_dmabuf_id_t list_hid;
};

static uint64_t setup_gntdev_list_bytes(const struct setup_gntdev *setup)
{
	return buffer_align(setup->count * sizeof(*setup->map), GNTDEV_PAGE);
}

static int setup_gntdev_alloc(struct setup_gntdev *setup, uint64_t bytes, struct err *err)
{
	setup->refs = calloc(setup->count, sizeof(*setup->refs));
	if (!setup->refs)
		return err_errno(err, ENOMEM, "references");
	if (channel_alloc(setup->channel, bytes, &setup->buffer, err) < 0 ||
	    channel_alloc(setup->channel, setup_gntdev_list_bytes(setup), &setup->list, err) < 0)
		return -1;
	setup->map = mmap(NULL, setup_gntdev_list_bytes(setup), PROT_READ | PROT_WRITE,
			  MAP_SHARED, setup->list.fd, 0);
	if (setup->map != MAP_FAILED)
		return 0;
	setup->map = NULL;
	return err_errno(err, errno, "mmap of the list of references");
}

struct setup_gntdev *setup_gntdev_open(struct channel *channel, uint64_t bytes, struct err *err)
{
	struct setup_gntdev *setup = calloc(1, sizeof(*setup));

	if (!setup) {
		err_errno(err, ENOMEM, "gntdev");
		return NULL;
	}
	setup->channel = channel;
	setup->count = (uint32_t)(bytes / GNTDEV_PAGE);
	setup->buffer.fd = -1;
	setup->list.fd = -1;
	setup->gntdev = gntdev_open(&channel->peer, err);
	if (setup->gntdev && setup_gntdev_alloc(setup, bytes, err) == 0)
		return setup;
	setup_gntdev_close(setup);
	return NULL;
}

void setup_gntdev_close(struct setup_gntdev *setup)
{
	struct wire reply, drop = { .actions = WIRE_DROP };
	struct err ignored;

	if (!setup)
		return;
	if (setup->listed) {
		if (!setup->channel->lost)
			channel_ask(setup->channel, &setup->list, &drop, &reply, NULL, &ignored);
		hdb_unexport(setup->channel->hdb, setup->list_hid, &ignored);
	}
	if (setup->map)
		munmap(setup->map, setup_gntdev_list_bytes(setup));
	if (setup->list.fd >= 0)
		buffer_free(&setup->channel->source, &setup->list);
	if (setup->buffer.fd >= 0)
		buffer_free(&setup->channel->source, &setup->buffer);
	gntdev_close(setup->gntdev);
	free(setup->refs);
	free(setup);
}

static int setup_gntdev_tell(struct setup_gntdev *setup, struct wire *reply, struct err *err)
{
	struct wire request = {
		.actions = WIRE_IMPORT | WIRE_MAP | WIRE_GNTDEV,
		.bytes = setup_gntdev_list_bytes(setup),
		.args = { setup->count },
	};

	if (buffer_cpu_begin(setup->list.fd, DMA_BUF_SYNC_WRITE, err) < 0)
		return -1;
	memcpy(setup->map, setup->refs, setup->count * sizeof(*setup->map));
	if (buffer_cpu_end(setup->list.fd, DMA_BUF_SYNC_WRITE, err) < 0 ||
	    channel_ask(setup->channel, &setup->list, &request, reply, &setup->list_hid,
			err) < 0)
		return -1;
	setup->listed = true;
	return 0;
}

int setup_gntdev_once(struct setup_gntdev *setup, struct setup_gntdev_times *times,
		      struct err *err)
{
	struct wire reply = { 0 };
	uint64_t start = stop_now();
	struct err late;
	int status;

	if (gntdev_grant(setup->gntdev, setup->buffer.fd, setup->count, setup->refs, err) < 0)
		return -1;
	times->grant = stop_now() - start;
	status = setup_gntdev_tell(setup, &reply, err);
	times->import = reply.values[WIRE_NS_IMPORT];
	start = stop_now();
	/* What failed first is what counts. */
	if (gntdev_ungrant(setup->gntdev, setup->buffer.fd, &late) < 0 && status == 0) {
		*err = late;
		status = -1;
	}
	times->release = reply.values[WIRE_NS_DROP] + stop_now() - start;
	return status;
}

/* ---- the echo ---------------------------------------------------------- */

int setup_gntdev_echo(struct gntdev *gntdev, const uint32_t *refs, uint32_t count,
		      struct wire *reply, struct err *err)
{
	uint64_t start = stop_now();
	int dmabuf = gntdev_import(gntdev, refs, count, err);

	if (dmabuf < 0)
		return -1;
	reply->values[WIRE_NS_IMPORT] = stop_now() - start;
	start = stop_now();
	if (gntdev_drop(gntdev, dmabuf, err) < 0)
		return -1;
	reply->values[WIRE_NS_DROP] = stop_now() - start;
	return 0;
}
