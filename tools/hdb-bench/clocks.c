// SPDX-License-Identifier: MIT
#include "clocks.h"

#include <inttypes.h>

#define CLOCKS_AHEAD_MOST 3

int clocks_one_way(struct clocks *clocks, uint64_t span, uint64_t theirs, double *ns,
		   struct err *err)
{
	if (theirs <= span) {
		clocks->ahead = 0;
		*ns = (double)(span - theirs) / 2;
		return 0;
	}
	*ns = 0;
	if (++clocks->ahead < CLOCKS_AHEAD_MOST)
		return 0;
	clocks->ahead = 0;
	return err_set(err, EXIT_FAILED, "the other end's clock runs at another speed: it says "
		       "that it spent %" PRIu64 " ns of %" PRIu64, theirs, span);
}
