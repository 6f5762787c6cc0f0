/* SPDX-License-Identifier: MIT */
/*
 * transport: how frames get from hdb-export to hdb-import, and answers back.
 *
 * hdb     the driver shares the very pages, and carries events and fences
 * gntdev  gntdev-dmabuf shares the very pages; references go by a line
 * copy    the bytes go by a line: out of the buffer here, into another one there
 *
 * A new one is a struct transport_ops in a file of its own, and a name in
 * transport_kind.h.
 */
#ifndef HDB_TRANSPORT_H
#define HDB_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "err.h"
#include "hdb.h"
#include "meta.h"
#include "peer.h"
#include "stats.h"
#include "stream.h"
#include "transport_kind.h"

struct transport;

/**
 * struct transport_ops - one of them
 * @open: be ready; wait for a link, not for a program in the other domain
 * @close: also after an open that failed
 * @fd: readable when next() may have something; -1: look again from time to time
 * @next: an announcement of the exporter's, or an answer of the importer's: 1; 0: none now
 * @alive: is what that id stood for in an event still shared with us?
 * @linked: is the other domain still there, or may it still come?
 *
 * The exporter's end:
 * @announce: what @meta says, of a frame in @buffer, which is shared if need be; @hid is its id
 * @withdraw: share it no longer
 *
 * The importer's end:
 * @acceptable: may it be followed: is it alive, and of the domain that was asked for?
 * @meet: with the first frame: fill in transport->peer
 * @take: @buffer, whose layout is as the metadata says, gets a dma-buf, and its own layout
 * @drop: let go of it
 * @answer: tell the exporter
 * @mapped: the CPU can map what take() gives
 * @linger: the exporter learns of the last answer only while this end is there
 */
struct transport_ops {
	int (*open)(struct transport *transport, const char *peer, struct err *err);
	void (*close)(struct transport *transport);
	int (*fd)(const struct transport *transport);
	int (*next)(struct transport *transport, struct hdb_event *event, struct err *err);
	bool (*alive)(const struct transport *transport, hyper_dmabuf_id_t hid);
	bool (*linked)(const struct transport *transport);

	int (*announce)(struct transport *transport, const struct buffer *buffer,
			const struct meta *meta, hyper_dmabuf_id_t *hid, struct err *err);
	int (*withdraw)(struct transport *transport, const struct buffer *buffer,
			hyper_dmabuf_id_t hid, struct err *err);

	bool (*acceptable)(const struct transport *transport, hyper_dmabuf_id_t hid);
	int (*meet)(struct transport *transport, hyper_dmabuf_id_t hid, struct err *err);
	int (*take)(struct transport *transport, const struct stream_frame *frame,
		    struct buffer *buffer, struct err *err);
	int (*drop)(struct transport *transport, struct buffer *buffer, struct err *err);
	int (*answer)(struct transport *transport, const struct meta *meta, struct err *err);
	bool mapped, linger;
};

/**
 * struct transport - one end; zeroed it is closed
 * @kind: which
 * @exports: it is the exporter's
 * @wait: seconds to wait for a link, and for the other end in the middle of something
 * @node: the GPU that an importer's memory may come from, or NULL
 * @hdb: the driver, or -1
 * @peer: the other domain; of an importer by hdb only once it has met it, or was told
 * @peer_known: it was told
 * @copied: bytes that this end has copied
 * @copy: how long it took for each frame
 */
struct transport {
	const struct transport_ops *ops;
	enum transport_kind kind;
	bool exports;
	uint32_t wait;
	const char *node;
	int hdb;
	struct peer peer;
	bool peer_known;
	uint64_t copied;
	struct stats copy;
	void *state;
};

extern const struct transport_ops transport_hdb_ops, transport_gntdev_ops, transport_copy_ops;

/* @peer as in --peer, or NULL. EXIT_UNTESTED where it is not possible, and why. */
int transport_open(struct transport *transport, enum transport_kind kind, bool exports,
		   const char *peer, uint32_t wait, struct err *err);
void transport_close(struct transport *transport);

/*
 * The other end went away: be ready for another one, as after transport_open(). Nothing that was
 * shared or taken may be in use. The same domain may come back under another id: @peer, as in
 * --peer or NULL, is only for a domain without a name, or for one that was never met.
 */
int transport_again(struct transport *transport, const char *peer, struct err *err);

#endif
