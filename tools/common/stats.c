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

void stats_merge(struct stats *stats, const struct stats *from)
{
	if (!from->count)
		return;
	if (!stats->count || from->min < stats->min)
		stats->min = from->min;
	if (from->max > stats->max)
		stats->max = from->max;
	stats->count += from->count;
	stats->sum += from->sum;
	for (unsigned int i = 0; i < STATS_BUCKETS; i++)
		stats->bucket[i] += from->bucket[i];
}

uint64_t stats_above(const struct stats *stats, uint64_t value)
{
	uint64_t above = 0;

	for (unsigned int i = stats_index(value) + 1; i < STATS_BUCKETS; i++)
		above += stats->bucket[i];
	return above;
}

json_t *stats_buckets_json(const struct stats *stats)
{
	json_t *buckets = json_array();

	for (unsigned int i = 0; i < STATS_BUCKETS; i++)
		if (stats->bucket[i])
			json_array_append_new(buckets,
					      json_pack("[I, I]", (json_int_t)stats_end(i),
							(json_int_t)stats->bucket[i]));
	return buckets;
}

static int stats_take_bucket(struct stats *stats, const json_t *pair)
{
	json_int_t end, count;
	unsigned int index;

	if (json_unpack((json_t *)pair, "[I, I!]", &end, &count) < 0 || end < 0 || count <= 0)
		return -1;
	index = stats_index((uint64_t)end);
	if (stats_end(index) != (uint64_t)end || stats->bucket[index])
		return -1;
	if (!stats->count || (uint64_t)end < stats->min)
		stats->min = (uint64_t)end;
	if ((uint64_t)end > stats->max)
		stats->max = (uint64_t)end;
	stats->bucket[index] = (uint64_t)count;
	stats->count += (uint64_t)count;
	stats->sum += (double)end * (double)count;
	return 0;
}

int stats_from_buckets(struct stats *stats, const json_t *buckets)
{
	*stats = (struct stats){ 0 };
	if (!json_is_array(buckets))
		return -1;
	for (size_t i = 0; i < json_array_size(buckets); i++)
		if (stats_take_bucket(stats, json_array_get(buckets, i)) < 0) {
			*stats = (struct stats){ 0 };
			return -1;
		}
	return 0;
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
