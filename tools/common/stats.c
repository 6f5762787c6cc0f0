// SPDX-License-Identifier: MIT
#include "stats.h"

/*
 * Values below STATS_STEPS have a bucket each. Above, the leading STATS_STEP_BITS
 * + 1 bits choose it: the position of the first one, then the bits behind it.
 */
static unsigned int stats_index(uint64_t value)
{
	unsigned int shift;

	if (value < STATS_STEPS)
		return (unsigned int)value;
	shift = 63u - (unsigned int)__builtin_clzll(value) - STATS_STEP_BITS;
	return (shift + 1) * STATS_STEPS + (unsigned int)(value >> shift) - STATS_STEPS;
}

/* The largest value of a bucket. */
static uint64_t stats_end(unsigned int index)
{
	unsigned int shift;

	if (index < STATS_STEPS)
		return index;
	shift = index / STATS_STEPS - 1;
	return ((uint64_t)(index % STATS_STEPS + STATS_STEPS) << shift) +
	       ((UINT64_C(1) << shift) - 1);
}

void stats_add(struct stats *stats, uint64_t value)
{
	if (!stats->count || value < stats->min)
		stats->min = value;
	if (value > stats->max)
		stats->max = value;
	stats->count++;
	stats->sum += (double)value;
	stats->bucket[stats_index(value)]++;
}

uint64_t stats_quantile(const struct stats *stats, double share)
{
	double wanted = share * (double)stats->count;
	uint64_t seen = 0;

	for (unsigned int i = 0; i < STATS_BUCKETS; i++) {
		seen += stats->bucket[i];
		if (seen && (double)seen >= wanted)
			return stats_end(i) < stats->max ? stats_end(i) : stats->max;
	}
	return stats->max;
}

json_t *stats_json(const struct stats *stats)
{
	if (!stats->count)
		return NULL;
	return json_pack("{s:I, s:I, s:f, s:I, s:I, s:I, s:I}",
			 "count", (json_int_t)stats->count,
			 "min", (json_int_t)stats->min,
			 "mean", stats->sum / (double)stats->count,
			 "median", (json_int_t)stats_quantile(stats, 0.5),
			 "p95", (json_int_t)stats_quantile(stats, 0.95),
			 "p99", (json_int_t)stats_quantile(stats, 0.99),
			 "max", (json_int_t)stats->max);
}
