/* SPDX-License-Identifier: MIT */
/*
 * channel: requests and replies over a link, beside buffers.
 *
 * Each end shares a page of its own with the other one; what is said without a
 * buffer to speak of stands beside that page.
 */
#ifndef HDB_BENCH_CHANNEL_H
#define HDB_BENCH_CHANNEL_H

#include "buffer.h"
#include "clocks.h"
#include "err.h"
#include "hdb.h"
#include "peer.h"
#include "stop.h"
#include "wire.h"

/**
 * struct channel - one end
 * @hdb: /dev/hyper_dmabuf
 * @peer: the other domain
 * @hears: the kind of message that this end is for
 * @session: of the run; 0: that of the next request that comes
 * @seq: of the newest request
 * @events: what the driver has to say
 * @source: memory for buffers
 * @page: the page of this end
 * @wait: seconds to wait for the other end
 * @heard: something came from the other end; @peer_page is its own while it lives
 * @lost: it does not reply any more
 * @clocks: how this domain's and the other one's agree
 */
struct channel {
	int hdb;
	struct peer peer;
	enum wire_kind hears;
	uint64_t session, seq;
	struct hdb_events events;
	struct buffer_source source;
	struct buffer page;
	hyper_dmabuf_id_t page_hid;
	bool page_shared;
	uint32_t wait;
	bool heard, lost;
	struct clocks clocks;
	hyper_dmabuf_id_t peer_page;
};

/* Open the device, wait for the link, get memory. */
int channel_open(struct channel *channel, const char *peer, uint32_t wait, enum wire_kind hears,
		 struct err *err);
void channel_close(struct channel *channel);

/* Memory of @bytes, a multiple of the page. */
int channel_alloc(struct channel *channel, uint64_t bytes, struct buffer *buffer,
		  struct err *err);

/* Say it beside @buffer, which is shared if it was not yet; @hid is its id. */
int channel_say(struct channel *channel, const struct buffer *buffer, const struct wire *wire,
		hyper_dmabuf_id_t *hid, struct err *err);

/* Say it beside the page of this end. */
int channel_tell(struct channel *channel, const struct wire *wire, struct err *err);

/* Wait until @deadline for what this end is to hear. 1: it came; 0: it did not; -1: failure. */
int channel_hear(struct channel *channel, uint64_t deadline, struct wire *wire,
		 hyper_dmabuf_id_t *hid, struct err *err);

/* The measuring end's: make @wire its next request; returns the number that it gets. */
uint64_t channel_request(struct channel *channel, struct wire *wire);

/*
 * The measuring end's: request (its session and number are filled in) and wait for the reply.
 * @buffer may be NULL. A reply that tells of a failure is one.
 */
int channel_ask(struct channel *channel, const struct buffer *buffer, struct wire *wire,
		struct wire *reply, hyper_dmabuf_id_t *hid, struct err *err);

/* Wait for the reply to request number @seq. */
int channel_reply(struct channel *channel, uint64_t seq, struct wire *reply, struct err *err);

#endif
