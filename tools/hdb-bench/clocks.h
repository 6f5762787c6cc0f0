/* SPDX-License-Identifier: MIT */
/*
 * clocks: what one way takes, from a round trip by the clock of this domain and what the other
 * end spent of it by its own.
 */
#ifndef HDB_BENCH_CLOCKS_H
#define HDB_BENCH_CLOCKS_H

#include <stdint.h>

#include "err.h"

/* A zeroed one is of two clocks of which nothing is known. */
struct clocks {
	unsigned int ahead;	/* round trips in a row that the other end says it spent more in */
};

/*
 * What one way takes, of a round trip of @span ns of which the other end spent @theirs. Clocks of
 * emulated processors get out of step for moments: then it is 0, the least that it can be. Three
 * such in a row, and they say nothing of each other: -1.
 */
int clocks_one_way(struct clocks *clocks, uint64_t span, uint64_t theirs, double *ns,
		   struct err *err);

#endif
