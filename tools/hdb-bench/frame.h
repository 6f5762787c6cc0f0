/* SPDX-License-Identifier: MIT */
/*
 * frame: a buffer with a picture in it, that goes to the other domain again and
 * again, by one transport or another.
 *
 * By TRANSPORT_HDB the producer has drawn into the shared buffer, and the
 * consumer reads from it. By TRANSPORT_COPY the producer has drawn into memory of
 * its own and copies that into the shared buffer, and the consumer copies it out
 * into memory of its own: what a channel that only carries bytes cannot do without.
 */
#ifndef HDB_BENCH_FRAME_H
#define HDB_BENCH_FRAME_H

#include "cases.h"

struct frame {
	struct channel *channel;
	enum transport_kind transport;
	struct buffer buffer;		/* shared with the other domain */
	uint8_t *map;			/* of it */
	uint8_t *drawn;			/* COPY: what the producer draws into */
	uint64_t bytes;
	uint64_t stamp;			/* in its first word, other each time */
	hyper_dmabuf_id_t hid;
	bool shared;
};

/* Share it, and have the other end map it. Also to be closed after a failure. */
int frame_open(struct frame *frame, struct case_context *context, struct err *err);

/* The other end lets go of it, then it is unexported. Also of a zeroed one. */
void frame_close(struct frame *frame);

/* Draw: a new stamp, and, if @all, every other word too. */
int frame_draw(struct frame *frame, bool all, struct err *err);

/* Bring what is drawn to where the other end sees it; @spent_ns is what a copy took, or 0. */
int frame_bring(struct frame *frame, uint64_t *spent_ns, struct err *err);

/* Announce it, and have the other end do @actions (and CHECK, and what its transport needs). */
int frame_publish(struct frame *frame, uint32_t actions, uint64_t *seq, struct err *err);

#endif
