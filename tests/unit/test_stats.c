// SPDX-License-Identifier: MIT
/* Quantiles of a histogram: never too small, never more than a bucket too large. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "stats.h"

static struct stats stats;

static void reset(void)
{
	stats = (struct stats){ 0 };
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* xorshift: the same numbers on every machine. */
static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

Test(stats, empty_has_nothing, .init = reset)
{
	cr_assert_eq(stats_quantile(&stats, 0.5), 0);
	cr_assert_null(stats_json(&stats));
}

Test(stats, one_value_is_every_quantile, .init = reset)
{
	stats_add(&stats, 123456789);
	cr_assert_eq(stats_quantile(&stats, 0.001), 123456789);
	cr_assert_eq(stats_quantile(&stats, 0.5), 123456789);
	cr_assert_eq(stats_quantile(&stats, 1), 123456789);
}

Test(stats, small_values_are_exact, .init = reset)
{
	for (uint64_t i = 0; i < STATS_STEPS; i++)
		stats_add(&stats, i);
	cr_assert_eq(stats_quantile(&stats, 0.5), STATS_STEPS / 2 - 1);
	cr_assert_eq(stats.min, 0);
	cr_assert_eq(stats.max, STATS_STEPS - 1);
}

Test(stats, every_power_of_two_and_its_neighbours, .init = reset)
{
	for (unsigned int bit = 0; bit < 64; bit++)
		for (int step = -1; step <= 1; step++) {
			uint64_t value = (UINT64_C(1) << bit) + (uint64_t)(int64_t)step;
			uint64_t got;

			reset();
			stats_add(&stats, value);
			stats_add(&stats, UINT64_MAX);
			got = stats_quantile(&stats, 0.5);
			cr_assert_geq(got, value);
			cr_assert_leq(got - value, value / STATS_STEPS, "%lu became %lu", value, got);
		}
}

Test(stats, quantiles_of_random_values, .init = reset)
{
	static const double shares[] = { 0.01, 0.25, 0.5, 0.75, 0.95, 0.99, 1 };
	enum { COUNT = 10000 };
	static uint64_t value[COUNT];
	uint64_t state = 88172645463325252ull;

	for (size_t i = 0; i < COUNT; i++) {
		/* Over many magnitudes, as durations are. */
		value[i] = next(&state) >> (next(&state) % 50 + 10);
		stats_add(&stats, value[i]);
	}
	qsort(value, COUNT, sizeof(value[0]), compare);
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		size_t rank = (size_t)(shares[i] * COUNT + 0.5);
		uint64_t want = value[rank - 1];
		uint64_t got = stats_quantile(&stats, shares[i]);

		cr_assert_geq(got, want, "%g: %lu below %lu", shares[i], got, want);
		cr_assert_leq(got - want, want / STATS_STEPS, "%g: %lu for %lu", shares[i], got, want);
	}
	cr_assert_eq(stats.min, value[0]);
	cr_assert_eq(stats.max, value[COUNT - 1]);
}

/* Merged is the same as added one by one, bucket by bucket. */
Test(stats, merging, .init = reset)
{
	static struct stats part[3], whole, empty;
	uint64_t state = 88172645463325252ull;

	for (size_t i = 0; i < 3000; i++) {
		uint64_t value = next(&state) >> (next(&state) % 40 + 20);

		stats_add(&part[i % 3], value);
		stats_add(&whole, value);
	}
	stats_merge(&stats, &empty);
	cr_assert_eq(stats.count, 0);
	for (size_t i = 0; i < 3; i++)
		stats_merge(&stats, &part[i]);
	stats_merge(&stats, &empty);
	cr_assert_eq(stats.count, whole.count);
	cr_assert_eq(stats.min, whole.min);
	cr_assert_eq(stats.max, whole.max);
	cr_assert_float_eq(stats.sum, whole.sum, whole.sum * 1e-12);
	cr_assert_arr_eq(stats.bucket, whole.bucket, sizeof(whole.bucket));
}

Test(stats, above, .init = reset)
{
	for (uint64_t i = 1; i <= 60; i++)
		stats_add(&stats, i);
	stats_add(&stats, 1000000);
	cr_assert_eq(stats_above(&stats, 0), 61);
	cr_assert_eq(stats_above(&stats, 50), 11);
	cr_assert_eq(stats_above(&stats, 60), 1);
	cr_assert_eq(stats_above(&stats, 1000000), 0);
	cr_assert_eq(stats_above(&stats, UINT64_MAX), 0);
}

Test(stats, buckets_come_back, .init = reset)
{
	static struct stats copy;
	uint64_t state = 88172645463325252ull;
	json_t *buckets;

	for (size_t i = 0; i < 1000; i++)
		stats_add(&stats, next(&state) >> (next(&state) % 40 + 20));
	buckets = stats_buckets_json(&stats);
	cr_assert_eq(stats_from_buckets(&copy, buckets), 0);
	cr_assert_eq(copy.count, stats.count);
	cr_assert_arr_eq(copy.bucket, stats.bucket, sizeof(copy.bucket));
	cr_assert_geq(copy.max, stats.max);
	cr_assert_leq(copy.max - stats.max, stats.max / STATS_STEPS);
	json_decref(buckets);
}

Test(stats, wrong_buckets_are_refused, .init = reset)
{
	static const char *const wrong[] = {
		"{}", "[1]", "[[1]]", "[[1, 2, 3]]", "[[-1, 1]]", "[[1, 0]]", "[[1, -1]]",
		"[[1, 1], [1, 1]]", "[[1, 1.5]]",
		"[[1000, 1]]",	/* no bucket ends there */
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		json_t *buckets = json_loads(wrong[i], 0, NULL);

		cr_assert(buckets, "%s", wrong[i]);
		cr_assert_eq(stats_from_buckets(&stats, buckets), -1, "%s", wrong[i]);
		cr_assert_eq(stats.count, 0);
		json_decref(buckets);
	}
}

Test(stats, json_has_them_all, .init = reset)
{
	static const char *const keys[] = { "count", "min", "mean", "median", "p95", "p99", "max" };
	json_t *json;

	stats_add(&stats, 10);
	stats_add(&stats, 20);
	json = stats_json(&stats);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		cr_assert(json_is_number(json_object_get(json, keys[i])), "%s", keys[i]);
	cr_assert_float_eq(json_number_value(json_object_get(json, "mean")), 15, 1e-9);
	cr_assert_eq(json_integer_value(json_object_get(json, "median")), 10);
	json_decref(json);
}
