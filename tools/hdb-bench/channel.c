// SPDX-License-Identifier: MIT
#include "channel.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* A row of the smallest stride: any number of pages is whole rows of it. */
#define CHANNEL_ROW_PIXELS	BUFFER_ALIGN_WIDTH
#define CHANNEL_ROW		BUFFER_ALIGN_STRIDE
#define CHANNEL_PAGE		4096u

/* How often it is looked whether the other end still lives, while waiting for it. */
#define CHANNEL_LOOK_NS		(STOP_NS_PER_S / 4)

int channel_alloc(struct channel *channel, uint64_t bytes, struct buffer *buffer,
		  struct err *err)
{
	return buffer_alloc(&channel->source, CHANNEL_ROW_PIXELS, (uint32_t)(bytes / CHANNEL_ROW),
			    DRM_FORMAT_XRGB8888, buffer, err);
}

int channel_open(struct channel *channel, const char *peer, uint32_t wait, enum wire_kind hears,
		 struct err *err)
{
	*channel = (struct channel){ .hdb = -1, .hears = hears, .wait = wait };
	channel->page.fd = -1;
	channel->hdb = hdb_open(err);
	if (channel->hdb < 0)
		return -1;
	channel->events.hdb = channel->hdb;
	if (peer_wait(channel->hdb, peer, wait, &channel->peer, err) < 0 ||
	    buffer_source_open(&channel->source, BUFFER_AUTO, NULL, err) < 0 ||
	    channel_alloc(channel, CHANNEL_PAGE, &channel->page, err) < 0)
		goto err;
	if (hears == WIRE_REPLY &&
	    getrandom(&channel->session, sizeof(channel->session), 0) !=
	    (ssize_t)sizeof(channel->session)) {
		err_errno(err, errno, "no random number");
		goto err;
	}
	return 0;

err:
	channel_close(channel);
	return -1;
}

void channel_close(struct channel *channel)
{
	struct err ignored;

	if (channel->page_shared)
		hdb_unexport(channel->hdb, channel->page_hid, &ignored);
	channel->page_shared = false;
	if (channel->page.fd >= 0)
		buffer_free(&channel->source, &channel->page);
	if (channel->source.ops)
		buffer_source_close(&channel->source);
	if (channel->hdb >= 0)
		close(channel->hdb);
	channel->hdb = -1;
}

int channel_say(struct channel *channel, const struct buffer *buffer, const struct wire *wire,
		hyper_dmabuf_id_t *hid, struct err *err)
{
	uint8_t priv[WIRE_SIZE];

	wire_encode(wire, priv);
	return hdb_export(channel->hdb, buffer->fd, channel->peer.domain, priv, sizeof(priv), hid,
			  err);
}

int channel_tell(struct channel *channel, const struct wire *wire, struct err *err)
{
	if (channel_say(channel, &channel->page, wire, &channel->page_hid, err) < 0)
		return -1;
	channel->page_shared = true;
	return 0;
}

/* On the loopback what we say comes by here too, and what other runs say always. */
static bool channel_for_us(struct channel *channel, const struct wire *wire)
{
	if (wire->kind != channel->hears)
		return false;
	if (!channel->session)
		channel->session = wire->session;
	return wire->session == channel->session;
}

int channel_hear(struct channel *channel, uint64_t deadline, struct wire *wire,
		 hyper_dmabuf_id_t *hid, struct err *err)
{
	struct hdb_event event;

	for (;;) {
		int got = hdb_events_next(&channel->events, &event, err);

		if (got < 0)
			return -1;
		if (got && wire_decode(wire, event.priv, event.size) &&
		    channel_for_us(channel, wire)) {
			*hid = event.hid;
			return 1;
		}
		if (got)
			continue;
		switch (stop_wait(channel->hdb, deadline)) {
		case STOP_READY:
			break;
		case STOP_TIMEOUT:
			return 0;
		case STOP_SIGNAL:
			return err_set(err, EXIT_FAILED, "interrupted");
		}
	}
}

int channel_reply(struct channel *channel, uint64_t seq, struct wire *reply, struct err *err)
{
	uint64_t deadline = stop_now() + channel->wait * STOP_NS_PER_S;
	hyper_dmabuf_id_t from;
	char who[120];

	for (;;) {
		uint64_t look = stop_now() + CHANNEL_LOOK_NS;
		int got = channel_hear(channel, look < deadline ? look : deadline, reply, &from,
				       err);

		if (got < 0)
			return -1;
		if (got == 0) {
			bool gone = channel->heard && !hdb_alive(channel->hdb, channel->peer_page);

			if (!gone && stop_now() < deadline)
				continue;
			peer_describe(&channel->peer, who, sizeof(who));
			channel->lost = true;
			return gone ? err_set(err, EXIT_FAILED, "the other end, in %s, is "
				"gone", who)
				    : err_set(err, EXIT_FAILED, "no answer from %s within %u "
					    "s", who,
					      channel->wait);
		}
		channel->heard = true;
		channel->peer_page = from;
		if (reply->failed)
			return err_set(err, EXIT_FAILED, "the other end: %s", reply->text);
		if (reply->seq >= seq)
			return 0;
	}
}

uint64_t channel_request(struct channel *channel, struct wire *wire)
{
	wire->kind = WIRE_REQUEST;
	wire->session = channel->session;
	wire->seq = ++channel->seq;
	return wire->seq;
}

int channel_ask(struct channel *channel, const struct buffer *buffer, struct wire *wire,
		struct wire *reply, hyper_dmabuf_id_t *hid, struct err *err)
{
	hyper_dmabuf_id_t ignored;
	int status;

	channel_request(channel, wire);
	status = buffer ? channel_say(channel, buffer, wire, hid ? hid : &ignored, err)
			: channel_tell(channel, wire, err);
	if (status < 0)
		return -1;
	return channel_reply(channel, wire->seq, reply, err);
}
