/* SPDX-License-Identifier: MIT */
/*
 * cases: what can be measured.
 *
 * An exercise is one sequence of steps, done again and again; each time gives a
 * value for each of its series. A case, as users name it, is a series at one
 * size. A new exercise is a file case_*.c and a line in cases.c.
 */
#ifndef HDB_BENCH_CASES_H
#define HDB_BENCH_CASES_H

#include "channel.h"
#include "err.h"
#include "result.h"
#include "unit.h"

#define CASES_MAX_SERIES 8

/**
 * struct case_series - one thing that an exercise measures
 * @name: "group/what", to which the size is added
 * @unit: of the values
 * @what: what is timed, from where to where
 */
struct case_series {
	const char *name;
	enum unit unit;
	const char *what;
};

/**
 * struct case_size - one size that an exercise is done at
 * @name: for the name of the case; the last one's is NULL
 * @bytes: of the buffer, whole pages
 * @width: of the picture, pixels; 0 where it is no picture
 * @height: rows
 * @count: buffers of that size, where that is what differs
 */
struct case_size {
	const char *name;
	uint64_t bytes;
	uint32_t width, height;
	size_t count;
};

/* What exercises measure in: made by run, lent to each. */
struct case_context {
	struct channel *channel;	/* NULL for those without a peer */
	const struct case_size *size;	/* of this instance, or NULL */
	enum transport_kind transport;
	void *state;			/* the exercise's own */
};

/* How an exercise is to be repeated. */
#define CASE_PEER	(1u << 0)	/* needs the other end */
#define CASE_PACED	(1u << 1)	/* begins at intended times, not as soon as it can */

#define CASE_TRANSPORT(which) (1u << (which))

/* Why gntdev cannot do what has frames in it. */
#define CASE_NO_GNTDEV "nothing announces a frame, and only a GPU can read its dma-bufs, which " \
		       "have no mmap()"

/**
 * struct case_exercise - a sequence of steps that is measured
 * @series: ends with a NULL name
 * @sizes: or NULL
 * @transports: CASE_TRANSPORT() of each that it knows; which of them it cannot do
 *	here is for open() to say
 * @cannot: why not, for each of the others; nothing where it has none at all
 * @flags: CASE_*
 * @depends: what the figures depend on, for a person
 * @open: prepare. EXIT_UNTESTED in @err: not possible here, the text says why
 * @once: do it once and fill in a value for each series. @intended is when it was to begin
 *	(stop_now()'s clock), which is now where it is not paced
 * @close: undo open(), also after a failure of once()
 */
struct case_exercise {
	const struct case_series *series;
	const struct case_size *sizes;
	unsigned int transports, flags;
	const char *cannot[TRANSPORTS];
	const char *depends;
	int (*open)(struct case_context *context, struct err *err);
	int (*once)(struct case_context *context, uint64_t intended, double *values,
		    struct err *err);
	void (*close)(struct case_context *context);
};

/* All of them; ends with NULL. */
extern const struct case_exercise *const case_exercises[];

extern const struct case_exercise case_clock, case_wakeup, case_memcpy, case_evtchn, case_grants,
	case_setup, case_frame, case_remap, case_fence, case_stream, case_buffers, case_links,
	case_cost, case_cost_setup, case_render;

/* Sizes that several use; the first of the pictures is the smallest. */
extern const struct case_size case_buffer_sizes[], case_picture_sizes[];

/* Bytes of a picture of 64x64. */
#define CASE_SMALLEST_PICTURE (64 * 64 * 4)

/* "series/size" into @name. */
void case_name(const struct case_series *series, const struct case_size *size, char *name,
	       size_t length);

#endif
