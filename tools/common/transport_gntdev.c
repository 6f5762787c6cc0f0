// SPDX-License-Identifier: MIT
/*
 * By gntdev-dmabuf: the kernel grants the pages of a buffer, and makes a dma-buf of them in the
 * other domain; the references between go by a line, with the first frame in each buffer.
 */
#include "gntdev.h"
#include "stop.h"
#include "transport_line.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>

/* Pages in a buffer: 1 GiB. What an importer allocates for the list follows from it. */
#define GNTDEV_PAGES_MAX	(1u << 18)

/* How long the exporter gives the importer to let go of all, before it takes pages back. */
#define GNTDEV_GRACE_NS		(5 * STOP_NS_PER_S)
#define GNTDEV_LOOK_NS		(STOP_NS_PER_S / 20)

/**
 * struct gntdev_slot - a buffer
 * @count: of its pages
 * @refs: of each; NULL: nothing is shared
 */
struct gntdev_slot {
	uint32_t count;
	uint32_t *refs;
};

/**
 * struct transport_gntdev - one end
 * @line: has to be the first
 * @gntdev: what grants, and imports
 * @awaited: the exporter's: the importer had its time to let go
 * @slot: by the number that the exporter gives a buffer
 */
struct transport_gntdev {
	struct line line;
	struct gntdev *gntdev;
	bool awaited;
	struct gntdev_slot slot[META_MAX_BUFFERS];
};

static int transport_gntdev_open(struct transport *transport, const char *peer, struct err *err)
{
	struct transport_gntdev *state = calloc(1, sizeof(*state));

	if (!state)
		return err_errno(err, ENOMEM, "gntdev");
	transport->state = state;
	if (transport_line_peer(transport, peer, err) < 0)
		return -1;
	state->gntdev = gntdev_open(&transport->peer, err);
	if (!state->gntdev)
		return -1;
	return line_open(&state->line, &transport->peer, transport->kind, transport->exports,
			 transport->wait, err);
}

static void transport_gntdev_close(struct transport *transport)
{
	struct transport_gntdev *state = transport->state;

	if (!state)
		return;
	for (size_t i = 0; i < META_MAX_BUFFERS; i++)
		free(state->slot[i].refs);
	line_close(&state->line);
	gntdev_close(state->gntdev);
	free(state);
}

static uint32_t *gntdev_refs(uint64_t size, uint32_t *count, struct err *err)
{
	uint64_t pages = buffer_align(size, GNTDEV_PAGE) / GNTDEV_PAGE;
	uint32_t *refs = pages <= GNTDEV_PAGES_MAX ? calloc(pages, sizeof(*refs)) : NULL;

	*count = (uint32_t)pages;
	if (!refs)
		err_set(err, EXIT_FAILED, "no memory for the references of %llu pages",
			(unsigned long long)pages);
	return refs;
}

/* The importer has to unmap first: what is taken back before costs the kernel minutes. */
static void gntdev_await(struct transport_gntdev *state)
{
	uint64_t limit = stop_now() + GNTDEV_GRACE_NS;
	struct line_message ignored;
	struct err why;

	if (state->awaited)
		return;
	state->awaited = true;
	while (state->line.up && line_alive(&state->line) && stop_now() < limit)
		if (line_next(&state->line, &ignored, &why) < 0 ||
		    stop_wait(line_fd(&state->line), stop_now() + GNTDEV_LOOK_NS) == STOP_SIGNAL)
			return;
}

/* ---- the exporter's end ------------------------------------------------ */

static int gntdev_share(struct transport_gntdev *state, struct gntdev_slot *slot,
			const struct buffer *buffer, const struct meta *meta, struct err *err)
{
	uint64_t bytes;
	uint32_t *list;
	int result;

	slot->refs = gntdev_refs(buffer->size, &slot->count, err);
	if (!slot->refs)
		return -1;
	if (gntdev_grant(state->gntdev, buffer->fd, slot->count, slot->refs, err) < 0) {
		free(slot->refs);
		slot->refs = NULL;
		return -1;
	}
	bytes = slot->count * sizeof(*list);
	list = malloc(bytes);
	if (!list)
		return err_errno(err, ENOMEM, "references");
	for (uint32_t i = 0; i < slot->count; i++)
		list[i] = htole32(slot->refs[i]);
	result = transport_line_begin(&state->line, meta, bytes, err);
	if (result == 0)
		result = line_put(&state->line, list, bytes, err);
	free(list);
	return result;
}

static int transport_gntdev_announce(struct transport *transport, const struct buffer *buffer,
				     const struct meta *meta, hyper_dmabuf_id_t *hid,
				     struct err *err)
{
	struct transport_gntdev *state = transport->state;
	struct gntdev_slot *slot = &state->slot[meta->buffer];

	if (meta->kind != META_FRAME)
		return transport_line_begin(&state->line, meta, 0, err);
	*hid = (hyper_dmabuf_id_t){ .id = (int)meta->buffer + 1 };
	if (!slot->refs)
		return gntdev_share(state, slot, buffer, meta, err);
	return transport_line_begin(&state->line, meta, 0, err);
}

static int transport_gntdev_withdraw(struct transport *transport, const struct buffer *buffer,
				     hyper_dmabuf_id_t hid, struct err *err)
{
	struct transport_gntdev *state = transport->state;
	struct gntdev_slot *slot = &state->slot[hid.id - 1];

	if (!slot->refs)
		return 0;
	gntdev_await(state);
	free(slot->refs);
	slot->refs = NULL;
	return gntdev_ungrant(state->gntdev, buffer->fd, err);
}

/* ---- the importer's end ------------------------------------------------ */

static int gntdev_receive(struct transport_gntdev *state, const struct meta *meta, uint64_t bulk,
			  struct err *err)
{
	struct gntdev_slot *slot = &state->slot[meta->buffer];

	if (slot->refs)
		return bulk ? transport_line_wrong(&state->line, "references once more", err) : 0;
	if (meta->size > (uint64_t)GNTDEV_PAGES_MAX * GNTDEV_PAGE)
		return transport_line_wrong(&state->line, "a buffer of more than 1 GiB", err);
	slot->refs = gntdev_refs(meta->size, &slot->count, err);
	if (!slot->refs)
		return -1;
	if (bulk != slot->count * sizeof(*slot->refs))
		return transport_line_wrong(&state->line, "another number of references", err);
	if (line_take(&state->line, slot->refs, bulk, err) < 0)
		return -1;
	for (uint32_t i = 0; i < slot->count; i++)
		slot->refs[i] = le32toh(slot->refs[i]);
	return 0;
}

static int transport_gntdev_next(struct transport *transport, struct hdb_event *event,
				 struct err *err)
{
	struct meta meta;
	uint64_t bulk;
	int got = transport_line_next(transport, event, &meta, &bulk, err);

	if (got != 1 || transport->exports || meta.kind != META_FRAME)
		return got;
	return gntdev_receive(transport->state, &meta, bulk, err) < 0 ? -1 : 1;
}

static int transport_gntdev_take(struct transport *transport, const struct stream_frame *frame,
				 struct buffer *buffer, struct err *err)
{
	struct transport_gntdev *state = transport->state;
	const struct gntdev_slot *slot = &state->slot[frame->meta.buffer];

	buffer->fd = gntdev_import(state->gntdev, slot->refs, slot->count, err);
	return buffer->fd < 0 ? -1 : 0;
}

static int transport_gntdev_drop(struct transport *transport, struct buffer *buffer,
				 struct err *err)
{
	struct transport_gntdev *state = transport->state;

	return gntdev_drop(state->gntdev, buffer->fd, err);
}

const struct transport_ops transport_gntdev_ops = {
	.open = transport_gntdev_open,
	.close = transport_gntdev_close,
	.fd = transport_line_fd,
	.next = transport_gntdev_next,
	.alive = transport_line_alive,
	.linked = transport_line_linked,
	.acceptable = transport_line_alive,
	.announce = transport_gntdev_announce,
	.withdraw = transport_gntdev_withdraw,
	.meet = transport_line_meet,
	.take = transport_gntdev_take,
	.drop = transport_gntdev_drop,
	.answer = transport_line_answer,
};
