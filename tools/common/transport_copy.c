// SPDX-License-Identifier: MIT
/*
 * By copying, as a display backend does that shares no buffers: the exporter's CPU writes the
 * rows of a frame into a line, the importer's reads them into a buffer of its own.
 */
#include "stop.h"
#include "transport_line.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <linux/dma-buf.h>
#include <stdlib.h>
#include <sys/mman.h>

/**
 * struct copy_slot - a buffer, mapped
 * @buffer: the exporter's, or the importer's own
 * @map: of all of it; NULL: it is not used yet
 */
struct copy_slot {
	struct buffer buffer;
	uint8_t *map;
};

/**
 * struct transport_copy - one end
 * @line: has to be the first
 * @source: the importer's, where it is open
 * @slot: by the number that the exporter gives a buffer
 */
struct transport_copy {
	struct line line;
	struct buffer_source source;
	struct copy_slot slot[META_MAX_BUFFERS];
};

static int transport_copy_open(struct transport *transport, const char *peer, struct err *err)
{
	struct transport_copy *state = calloc(1, sizeof(*state));

	if (!state)
		return err_errno(err, ENOMEM, "a line");
	transport->state = state;
	if (transport_line_peer(transport, peer, err) < 0)
		return -1;
	return line_open(&state->line, &transport->peer, transport->kind, transport->exports,
			 transport->wait, err);
}

static void copy_forget(struct transport *transport, struct copy_slot *slot)
{
	struct transport_copy *state = transport->state;

	if (slot->map)
		munmap(slot->map, slot->buffer.size);
	slot->map = NULL;
	if (!transport->exports && slot->buffer.width)
		buffer_free(&state->source, &slot->buffer);
	slot->buffer = (struct buffer){ 0 };
}

static void transport_copy_close(struct transport *transport)
{
	struct transport_copy *state = transport->state;

	if (!state)
		return;
	for (size_t i = 0; i < META_MAX_BUFFERS; i++)
		copy_forget(transport, &state->slot[i]);
	if (state->source.ops)
		buffer_source_close(&state->source);
	line_close(&state->line);
	free(state);
}

static int copy_map(struct copy_slot *slot, int access, struct err *err)
{
	slot->map = mmap(NULL, slot->buffer.size, access, MAP_SHARED, slot->buffer.fd, 0);
	if (slot->map != MAP_FAILED)
		return 0;
	slot->map = NULL;
	return err_errno(err, errno, "cannot map a buffer to copy it");
}

static uint8_t *copy_row(const struct copy_slot *slot, uint32_t y)
{
	return slot->map + slot->buffer.offset[0] + (size_t)y * slot->buffer.stride[0];
}

/* Rows that lie one behind the other go at once. */
static uint32_t copy_rows(const struct copy_slot *slot)
{
	return slot->buffer.stride[0] == slot->buffer.width * 4 ? slot->buffer.height : 1;
}

/* The metadata of a frame whose rows follow each other without gaps. */
static struct meta copy_meta(const struct meta *meta)
{
	struct meta packed = *meta;

	packed.size = (uint64_t)meta->width * meta->height * 4;
	packed.modifier = DRM_FORMAT_MOD_LINEAR;
	packed.n_planes = 1;
	packed.planes[0] = (struct meta_plane){ .stride = meta->width * 4 };
	for (size_t i = 1; i < META_MAX_PLANES; i++)
		packed.planes[i] = (struct meta_plane){ 0 };
	return packed;
}

/* ---- the exporter's end ------------------------------------------------ */

static int copy_send(struct transport_copy *state, struct copy_slot *slot,
		     const struct meta *meta, struct err *err)
{
	uint32_t rows = copy_rows(slot);
	size_t length = (size_t)slot->buffer.width * 4 * rows;
	struct err ignored;
	int result = 0;

	if (transport_line_begin(&state->line, meta, meta->size, err) < 0 ||
	    buffer_cpu_begin(slot->buffer.fd, DMA_BUF_SYNC_READ, err) < 0)
		return -1;
	for (uint32_t y = 0; y < slot->buffer.height && result == 0; y += rows)
		result = line_put(&state->line, copy_row(slot, y), length, err);
	if (result == 0)
		return buffer_cpu_end(slot->buffer.fd, DMA_BUF_SYNC_READ, err);
	buffer_cpu_end(slot->buffer.fd, DMA_BUF_SYNC_READ, &ignored);
	return result;
}

static int transport_copy_announce(struct transport *transport, const struct buffer *buffer,
				   const struct meta *meta, hyper_dmabuf_id_t *hid,
				   struct err *err)
{
	struct transport_copy *state = transport->state;
	struct copy_slot *slot = &state->slot[meta->buffer];
	uint64_t start = stop_now();
	struct meta packed;

	if (meta->kind != META_FRAME)
		return transport_line_begin(&state->line, meta, 0, err);
	if (buffer->modifier != DRM_FORMAT_MOD_LINEAR)
		return err_set(err, EXIT_UNTESTED, "not possible by copy: the CPU cannot read "
			       "buffers with the modifier 0x%llx (--source heap has none)",
			       (unsigned long long)buffer->modifier);
	if (!slot->map) {
		slot->buffer = *buffer;
		if (copy_map(slot, PROT_READ, err) < 0)
			return -1;
	}
	packed = copy_meta(meta);
	if (copy_send(state, slot, &packed, err) < 0)
		return -1;
	*hid = (hyper_dmabuf_id_t){ .id = (int)meta->buffer + 1 };
	transport->copied += packed.size;
	stats_add(&transport->copy, stop_now() - start);
	return 0;
}

static int transport_copy_withdraw(struct transport *transport, const struct buffer *buffer,
				   hyper_dmabuf_id_t hid, struct err *err)
{
	struct transport_copy *state = transport->state;

	(void)buffer;
	(void)err;
	copy_forget(transport, &state->slot[hid.id - 1]);
	return 0;
}

/* ---- the importer's end ------------------------------------------------ */

/* A buffer of our own for the frame; the same one each time. */
static int copy_own(struct transport *transport, struct copy_slot *slot, const struct meta *meta,
		    struct err *err)
{
	struct transport_copy *state = transport->state;

	if (slot->map && slot->buffer.width == meta->width &&
	    slot->buffer.height == meta->height && slot->buffer.fourcc == meta->fourcc)
		return 0;
	/* Whoever has taken the other one may still look at it. */
	if (slot->map)
		return transport_line_wrong(&state->line, "pictures of another size", err);
	if (!state->source.ops &&
	    buffer_source_open(&state->source, BUFFER_AUTO, transport->node, err) < 0)
		return -1;
	if (buffer_alloc(&state->source, meta->width, meta->height, meta->fourcc, &slot->buffer,
			 err) < 0) {
		slot->buffer = (struct buffer){ 0 };
		return -1;
	}
	if (slot->buffer.modifier != DRM_FORMAT_MOD_LINEAR)
		return err_set(err, EXIT_UNTESTED, "not possible by copy: the CPU cannot write "
			       "buffers of %s", state->source.where);
	return copy_map(slot, PROT_READ | PROT_WRITE, err);
}

static int copy_receive(struct transport *transport, const struct meta *meta, uint64_t bulk,
			struct err *err)
{
	struct transport_copy *state = transport->state;
	struct copy_slot *slot = &state->slot[meta->buffer];
	const struct meta packed = copy_meta(meta);
	uint64_t start = stop_now();
	struct err ignored;
	uint32_t rows;
	int result = 0;

	if (bulk != packed.size || meta->size != packed.size || meta->n_planes != 1 ||
	    meta->modifier != packed.modifier || meta->planes[0].offset ||
	    meta->planes[0].stride != packed.planes[0].stride)
		return transport_line_wrong(&state->line, "a frame with gaps", err);
	if (copy_own(transport, slot, meta, err) < 0 ||
	    buffer_cpu_begin(slot->buffer.fd, DMA_BUF_SYNC_WRITE, err) < 0)
		return -1;
	rows = copy_rows(slot);
	for (uint32_t y = 0; y < meta->height && result == 0; y += rows)
		result = line_take(&state->line, copy_row(slot, y),
				   (size_t)meta->width * 4 * rows, err);
	if (result < 0) {
		buffer_cpu_end(slot->buffer.fd, DMA_BUF_SYNC_WRITE, &ignored);
		return -1;
	}
	transport->copied += bulk;
	stats_add(&transport->copy, stop_now() - start);
	return buffer_cpu_end(slot->buffer.fd, DMA_BUF_SYNC_WRITE, err);
}

static int transport_copy_next(struct transport *transport, struct hdb_event *event,
			       struct err *err)
{
	struct meta meta;
	uint64_t bulk;
	int got = transport_line_next(transport, event, &meta, &bulk, err);

	if (got != 1 || transport->exports || meta.kind != META_FRAME)
		return got;
	return copy_receive(transport, &meta, bulk, err) < 0 ? -1 : 1;
}

static int transport_copy_take(struct transport *transport, const struct stream_frame *frame,
			       struct buffer *buffer, struct err *err)
{
	struct transport_copy *state = transport->state;

	(void)err;
	*buffer = state->slot[frame->meta.buffer].buffer;
	return 0;
}

/* It is ours for the next frame. */
static int transport_copy_drop(struct transport *transport, struct buffer *buffer,
			       struct err *err)
{
	(void)transport;
	(void)buffer;
	(void)err;
	return 0;
}

const struct transport_ops transport_copy_ops = {
	.open = transport_copy_open,
	.close = transport_copy_close,
	.fd = transport_line_fd,
	.next = transport_copy_next,
	.alive = transport_line_alive,
	.linked = transport_line_linked,
	.acceptable = transport_line_alive,
	.announce = transport_copy_announce,
	.withdraw = transport_copy_withdraw,
	.meet = transport_line_meet,
	.take = transport_copy_take,
	.drop = transport_copy_drop,
	.answer = transport_line_answer,
	.mapped = true,
};
