/* SPDX-License-Identifier: MIT */
/*
 * pace: when to begin, and when values have settled.
 *
 * What is measured at intended times counts from them: when one takes so long
 * that the next is late, that one's delay is part of its figure, as it would be
 * for a frame that a display waits for.
 */
#ifndef HDB_BENCH_PACE_H
#define HDB_BENCH_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pace {
	uint64_t next;		/* intended start, stop_now()'s clock */
	uint64_t period;	/* nanoseconds; 0: as soon as it can */
};

void pace_start(struct pace *pace, uint64_t period);

/*
 * Wait until the next intended start, unless that is over, and return it: after a wait the moment
 * at which it ended, since a timer that is late is the machine's.
 */
uint64_t pace_wait(struct pace *pace);

#define PACE_WINDOW 6

/* A zeroed struct is a warm-up that begins. */
struct pace_warm {
	double window[PACE_WINDOW];
	size_t filled;
	double last;		/* median of the window before; 0: none */
	double median;		/* of the newest full window */
	bool steady;		/* the last two do not differ by more than a tenth */
};

void pace_warm_add(struct pace_warm *warm, double value);

#endif
