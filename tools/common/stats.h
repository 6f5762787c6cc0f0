/* SPDX-License-Identifier: MIT */
/*
 * stats: durations, as a histogram of fixed size.
 *
 * Each power of two is cut into STATS_STEPS buckets, so that a quantile is less
 * than 1/STATS_STEPS too large, never too small; minimum, maximum, count and
 * mean are exact.
 */
#ifndef HDB_STATS_H
#define HDB_STATS_H

#include <jansson.h>
#include <stdint.h>

#define STATS_STEP_BITS	6
#define STATS_STEPS	(1u << STATS_STEP_BITS)
#define STATS_BUCKETS	((64u - STATS_STEP_BITS + 1) * STATS_STEPS)

struct stats {
	uint64_t count, min, max;
	double sum;
	uint64_t bucket[STATS_BUCKETS];
};

/* A zeroed struct is an empty one. */
void stats_add(struct stats *stats, uint64_t value);

/*
 * The smallest recorded value that at least @share (above 0, at most 1) of all
 * values do not exceed, rounded up to the end of its bucket; 0 when empty.
 */
uint64_t stats_quantile(const struct stats *stats, double share);

/* All of @from as well; what comes out is as if each value had been added. */
void stats_merge(struct stats *stats, const struct stats *from);

/* How many values lie above @value's bucket. */
uint64_t stats_above(const struct stats *stats, uint64_t value);

/*
 * The buckets that are not empty, in order, as an array of [largest value of the
 * bucket, count].
 */
json_t *stats_buckets_json(const struct stats *stats);

/*
 * Take back what stats_buckets_json() wrote. Sum, minimum and maximum are those
 * of the buckets' ends; a caller that knows better sets them. -1, and an empty
 * histogram, when it is not of that form.
 */
int stats_from_buckets(struct stats *stats, const json_t *buckets);

/* count, min, mean, median, p95, p99, max; NULL when empty, which json_object_set refuses. */
json_t *stats_json(const struct stats *stats);

#endif
