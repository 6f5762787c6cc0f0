/* SPDX-License-Identifier: MIT */
/*
 * wire: what the two ends of a measurement say to each other, over the link that
 * is measured: as the private data of buffers, so that it costs nothing beside.
 *
 * The measuring end requests, the echo does what the request says and replies.
 * A request stands beside the buffer it speaks of. All fields are
 * little-endian; WIRE_SIZE bytes; what comes from the other domain is checked.
 *
 *	offset size field
 *	0	4   magic "hdbb"
 *	4	2   version, WIRE_VERSION
 *	6	2   kind
 *	8	8   session
 *	16	8   seq
 *	24	4   actions
 *	28	4   failed: 1 in a reply when something did not work
 *	32	8   bytes
 *	40	8   stamp
 *	48	16  two arguments
 *	64	64  eight values
 *	128	64  text, NUL-terminated
 */
#ifndef HDB_BENCH_WIRE_H
#define HDB_BENCH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_VERSION	1
#define WIRE_SIZE	192
#define WIRE_VALUES	8
#define WIRE_TEXT	64
#define WIRE_MAX_BYTES	(1ull << 32)

enum wire_kind {
	WIRE_REQUEST = 1,
	WIRE_REPLY,
};

/* What the echo is to do, in this order, before it replies. */
#define WIRE_IMPORT	(1u << 0)	/* get a dma-buf for the buffer */
#define WIRE_MAP	(1u << 1)	/* mmap it */
#define WIRE_CHECK	(1u << 2)	/* its first word must be the stamp; SAMPLE: every pixel */
#define WIRE_READ	(1u << 3)	/* read all of it */
#define WIRE_TOUCH	(1u << 4)	/* read one word of each page */
#define WIRE_COPY	(1u << 5)	/* copy all of it into memory of its own */
#define WIRE_DROP	(1u << 6)	/* let go of all: unmap, close */
#define WIRE_COST	(1u << 7)	/* tell its processor time and its driver's counts */
#define WIRE_BYE	(1u << 8)	/* end */
#define WIRE_EVTCHN	(1u << 9)	/* bind the event channel args[0], and answer it */
#define WIRE_GRANTS	(1u << 10)	/* give references of args[0] pages, in the buffer */
#define WIRE_XEN_END	(1u << 11)	/* let go of event channel and pages */
#define WIRE_SAMPLE	(1u << 12)	/* sample it as a texture; args: echo_gl.h */
#define WIRE_GNTDEV	(1u << 13)	/* it lists args[0] references: make a dma-buf of them */
#define WIRE_FENCE	(1u << 14)	/* its fence must be pending: wait for it, after */
#define WIRE_FENCE_GO	(1u << 15)	/* this: having replied, wait for all, hand each back */
#define WIRE_FENCE_DONE	(1u << 16)	/* what came of that */
#define WIRE_ACTIONS	((1u << 17) - 1)

/* Where a reply has its values: durations in nanoseconds of the echo's clock. */
enum wire_value {
	WIRE_NS_TOTAL,		/* from having the event to replying */
	WIRE_NS_IMPORT,
	WIRE_NS_MAP,
	WIRE_NS_READ,		/* CHECK, READ and TOUCH */
	WIRE_NS_COPY,
	WIRE_NS_DROP,
	WIRE_NS_SAMPLE,
	WIRE_NS_FENCE,		/* from waking up to having handed back */
	/* With WIRE_COST, in place of all but the first: */
	WIRE_COST_CPU = 1,	/* nanoseconds, of the process since its start */
	WIRE_COST_COUNTS,	/* of the driver since the link is there: enum cost_count */
};

/**
 * struct wire - one message
 * @kind: enum wire_kind
 * @session: chosen by the measuring end, so that two runs keep apart
 * @seq: of the request; a reply speaks for all up to it
 * @actions: WIRE_*
 * @failed: a reply's: @text says what
 * @bytes: of the buffer beside it, that the actions are about
 * @stamp: what its first word must be
 * @args: of the actions
 * @values: enum wire_value
 * @text: of a failure
 */
struct wire {
	enum wire_kind kind;
	uint64_t session, seq;
	uint32_t actions;
	bool failed;
	uint64_t bytes, stamp;
	uint64_t args[2];
	uint64_t values[WIRE_VALUES];
	char text[WIRE_TEXT];
};

void wire_encode(const struct wire *wire, uint8_t out[WIRE_SIZE]);

/* False when it is not one of ours, or not a valid one; then *wire is left alone. */
bool wire_decode(struct wire *wire, const void *data, size_t size);

#endif
