/* SPDX-License-Identifier: MIT */
/*
 * line: a small link of the tools' own, for transports that the driver has no
 * part in: it carries bytes, from an exporter to an importer and back.
 *
 * Between two Xen domains it is a vchan, whose two rings the exporter grants;
 * within one domain a socket. The exporter offers it, the importer takes it up.
 *
 * What it carries are messages: a head, the tools' metadata, and a bulk of bytes
 * whose length the head tells. All numbers are little-endian.
 *
 *	offset size field
 *	0	4   magic "hdbl"
 *	4	2   version, LINE_VERSION
 *	6	2   transport: enum transport_kind
 *	8	8   bytes of the bulk
 *	16	128 meta.h's record
 */
#ifndef HDB_LINE_H
#define HDB_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "meta.h"
#include "peer.h"
#include "transport_kind.h"

#define LINE_VERSION	1
#define LINE_HEAD	(16 + META_SIZE)

struct line;

/**
 * struct line_ops - what carries the bytes; nothing here waits
 * @open: offer it, or be ready to take it up
 * @connect: 1 when the other end is there, 0 while it is not
 * @fd: readable when something has changed, or -1; @events: what to poll it for
 * @woke: it is about to be looked what has changed, if anything has
 * @read: as many bytes as there are, 0 for none, -1 when the other end is gone
 * @write: as many as there is room for, likewise
 * @close: also after an open that failed
 */
struct line_ops {
	int (*open)(struct line *line, struct err *err);
	int (*connect)(struct line *line, struct err *err);
	int (*fd)(const struct line *line, bool write, short *events);
	void (*woke)(struct line *line);
	ssize_t (*read)(struct line *line, void *data, size_t size);
	ssize_t (*write)(struct line *line, const void *data, size_t size);
	void (*close)(struct line *line);
};

extern const struct line_ops line_vchan_ops, line_socket_ops;

/**
 * struct line - one end
 * @transport: whose messages it carries; others are refused
 * @offers: this end is the exporter
 * @wait: seconds that the other end may let a message wait
 * @up: the other end is there
 * @gone: nothing will come any more: it was there and is not, or made no sense
 * @cut: nothing can be sent any more; what it said before may still come
 * @head: of the message that is coming in, @got bytes of it so far
 */
struct line {
	const struct line_ops *ops;
	enum transport_kind transport;
	struct peer peer;
	bool offers;
	uint32_t wait;
	bool up, gone, cut;
	uint8_t head[LINE_HEAD];
	size_t got;
	void *state;
};

/* A message: its metadata as bytes, which nobody has looked at, and the length of what follows. */
struct line_message {
	uint8_t meta[META_SIZE];
	uint64_t bulk;
};

/* EXIT_UNTESTED where there is no such line. Does not wait for the other end. */
int line_open(struct line *line, const struct peer *peer, enum transport_kind transport,
	      bool offers, uint32_t wait, struct err *err);

/* Also of a zeroed one. The other end can still read what was sent. */
void line_close(struct line *line);

/*
 * Send the head of a message, @bulk bytes to follow by line_put(). Waits for the other end to be
 * there and to have room; a signal ends only the waiting for its first byte.
 */
int line_begin(struct line *line, const uint8_t meta[META_SIZE], uint64_t bulk,
	       struct err *err);
int line_put(struct line *line, const void *data, size_t size, struct err *err);

/* The head of the next message: 1; 0: there is none now; -1: failure. Does not wait. */
int line_next(struct line *line, struct line_message *message, struct err *err);

/* The next @size bytes of its bulk, all of which have to be taken. Waits for them. */
int line_take(struct line *line, void *data, size_t size, struct err *err);

/* For poll(): readable when line_next() may have something; -1: look again from time to time. */
int line_fd(const struct line *line);

/* Is the other end there, or may it still come? */
static inline bool line_alive(const struct line *line)
{
	return !line->gone;
}

#endif
