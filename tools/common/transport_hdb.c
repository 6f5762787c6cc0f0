// SPDX-License-Identifier: MIT
/*
 * By the driver. Metadata is the private data of what is shared, and comes as events.
 *
 * An importer answers by way of a page of its own that it shares in the other direction. Nobody
 * maps it: what counts is its private data, renewed with each answer.
 */
#include "transport.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Small enough for one page, large enough for every GPU: 64x16 of 4 bytes. */
#define TRANSPORT_PAGE_WIDTH	64
#define TRANSPORT_PAGE_HEIGHT	16

/**
 * struct transport_hdb - what it needs
 * @events: what the driver has to say
 * @source: of @page, where there is one
 * @page: to answer with
 * @page_hid: its id, where it is shared
 */
struct transport_hdb {
	struct hdb_events events;
	struct buffer_source source;
	struct buffer page;
	bool page_shared;
	hyper_dmabuf_id_t page_hid;
};

static int transport_hdb_open(struct transport *transport, const char *peer, struct err *err)
{
	struct transport_hdb *state = calloc(1, sizeof(*state));

	if (!state)
		return err_errno(err, ENOMEM, "the driver");
	transport->state = state;
	transport->hdb = hdb_open(err);
	if (transport->hdb < 0)
		return -1;
	state->events.hdb = transport->hdb;
	if (!transport->exports && !peer)
		return 0;
	return peer_wait(transport->hdb, peer, transport->wait, &transport->peer, err);
}

static void transport_hdb_close(struct transport *transport)
{
	struct transport_hdb *state = transport->state;
	struct err ignored;

	if (!state)
		return;
	/* Fails when the other domain is gone already, which is no matter here. */
	if (state->page_shared)
		hdb_unexport(transport->hdb, state->page_hid, &ignored);
	if (state->page.width)
		buffer_free(&state->source, &state->page);
	if (state->source.ops)
		buffer_source_close(&state->source);
	if (transport->hdb >= 0)
		close(transport->hdb);
	transport->hdb = -1;
	free(state);
}

static int transport_hdb_fd(const struct transport *transport)
{
	return transport->hdb;
}

static int transport_hdb_next(struct transport *transport, struct hdb_event *event,
			      struct err *err)
{
	struct transport_hdb *state = transport->state;

	return hdb_events_next(&state->events, event, err);
}

static bool transport_hdb_alive(const struct transport *transport, hyper_dmabuf_id_t hid)
{
	return hdb_alive(transport->hdb, hid);
}

static bool transport_hdb_linked(const struct transport *transport)
{
	return peer_connected(transport->hdb, &transport->peer);
}

static bool transport_hdb_acceptable(const struct transport *transport, hyper_dmabuf_id_t hid)
{
	unsigned long exporter = 0;
	struct err ignored;

	if (!hdb_alive(transport->hdb, hid))
		return false;
	if (!transport->peer_known)
		return true;
	return hdb_query(transport->hdb, hid, HYPER_DMABUF_QUERY_EXPORTER, &exporter,
			 &ignored) == 0 && exporter == transport->peer.domain;
}

static int transport_hdb_say(struct transport *transport, int dmabuf, const struct meta *meta,
			     hyper_dmabuf_id_t *hid, struct err *err)
{
	uint8_t priv[META_SIZE];
	enum meta_error error = meta_encode(meta, priv);

	if (error)
		return err_set(err, EXIT_FAILED, "cannot tell of frame %llu: %s",
			       (unsigned long long)meta->frame, meta_error_text(error));
	return hdb_export(transport->hdb, dmabuf, transport->peer.domain, priv, sizeof(priv), hid,
			  err);
}

static int transport_hdb_announce(struct transport *transport, const struct buffer *buffer,
				  const struct meta *meta, hyper_dmabuf_id_t *hid,
				  struct err *err)
{
	return transport_hdb_say(transport, buffer->fd, meta, hid, err);
}

static int transport_hdb_withdraw(struct transport *transport, const struct buffer *buffer,
				  hyper_dmabuf_id_t hid, struct err *err)
{
	(void)buffer;
	return hdb_unexport(transport->hdb, hid, err);
}

static int transport_hdb_meet(struct transport *transport, hyper_dmabuf_id_t hid,
			      struct err *err)
{
	struct peer *peer = &transport->peer;
	unsigned long exporter = 0;
	struct hdb_links links;

	if (hdb_query(transport->hdb, hid, HYPER_DMABUF_QUERY_EXPORTER, &exporter, err) < 0 ||
	    hdb_links(transport->hdb, &links, err) < 0)
		return -1;
	peer->domain = (uint32_t)exporter;
	peer->loopback = links.own_domain == exporter;
	for (uint32_t i = 0; i < links.count; i++)
		if (links.links[i].domain == exporter)
			memcpy(peer->name, links.links[i].name, sizeof(peer->name));
	hdb_links_free(&links);
	return 0;
}

static int transport_hdb_take(struct transport *transport, const struct stream_frame *frame,
			      struct buffer *buffer, struct err *err)
{
	buffer->fd = hdb_export_fd(transport->hdb, frame->hid, err);
	return buffer->fd < 0 ? -1 : 0;
}

static int transport_hdb_drop(struct transport *transport, struct buffer *buffer,
			      struct err *err)
{
	(void)transport;
	(void)err;
	close(buffer->fd);
	return 0;
}

static int transport_hdb_answer(struct transport *transport, const struct meta *meta,
				struct err *err)
{
	struct transport_hdb *state = transport->state;

	if (!state->source.ops &&
	    buffer_source_open(&state->source, BUFFER_AUTO, transport->node, err) < 0)
		return -1;
	if (!state->page.width &&
	    buffer_alloc(&state->source, TRANSPORT_PAGE_WIDTH, TRANSPORT_PAGE_HEIGHT,
			 DRM_FORMAT_XRGB8888, &state->page, err) < 0) {
		state->page = (struct buffer){ 0 };
		return -1;
	}
	if (transport_hdb_say(transport, state->page.fd, meta, &state->page_hid, err) < 0)
		return -1;
	state->page_shared = true;
	return 0;
}

const struct transport_ops transport_hdb_ops = {
	.open = transport_hdb_open,
	.close = transport_hdb_close,
	.fd = transport_hdb_fd,
	.next = transport_hdb_next,
	.alive = transport_hdb_alive,
	.linked = transport_hdb_linked,
	.acceptable = transport_hdb_acceptable,
	.announce = transport_hdb_announce,
	.withdraw = transport_hdb_withdraw,
	.meet = transport_hdb_meet,
	.take = transport_hdb_take,
	.drop = transport_hdb_drop,
	.answer = transport_hdb_answer,
	.mapped = true,
	.linger = true,
};
