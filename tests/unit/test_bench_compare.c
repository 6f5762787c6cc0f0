// SPDX-License-Identifier: MIT
/* What hdb-bench compare says of known changes, and of none. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/hdb-bench/compare.h"

#define ROUNDS 12

static uint64_t seed = 88172645463325252ull;

/* Uniform in -1 .. 1, the same on every machine. */
static double noise(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (double)(seed >> 11) / (double)(1ull << 52) - 1;
}

static struct result *add(struct results *results, const char *name, enum unit unit, double value,
			  double spread, size_t rounds)
{
	struct result *row = result_add(results, name, TRANSPORT_HDB, unit);

	for (size_t i = 0; i < rounds; i++)
		result_add_round(row, value * (1 + spread * noise()));
	return row;
}

static const struct compare_settings settings = { .threshold = 0.05, .level = 0.05 };

/* One case, base and new: its verdict. */
static enum verdict verdict(enum unit unit, double base, double new, double spread,
			    const struct compare_settings *how)
{
	struct results a = { 0 }, b = { 0 };
	struct comparisons comparisons;
	struct err err = { 0 };
	enum verdict result;

	add(&a, "x", unit, base, spread, ROUNDS);
	add(&b, "x", unit, new, spread, ROUNDS);
	cr_assert_eq(compare_results(&a, &b, how, &comparisons, &err), 0);
	result = comparisons.row[0].verdict;
	comparisons_free(&comparisons);
	results_free(&a);
	results_free(&b);
	return result;
}

Test(bench_compare, changes_are_seen)
{
	cr_assert_eq(verdict(UNIT_NS, 1000, 1100, 0.01, &settings), VERDICT_WORSE);
	cr_assert_eq(verdict(UNIT_NS, 1000, 900, 0.01, &settings), VERDICT_BETTER);
	cr_assert_eq(verdict(UNIT_NS, 1000, 1000, 0.01, &settings), VERDICT_SAME);
	cr_assert_eq(verdict(UNIT_BYTES_S, 1000, 1100, 0.01, &settings), VERDICT_BETTER);
	cr_assert_eq(verdict(UNIT_FRAMES_S, 1000, 900, 0.01, &settings), VERDICT_WORSE);
}

Test(bench_compare, a_small_change_is_none)
{
	/* Sure as it is: 2 % is below the threshold of 5 %. */
	cr_assert_eq(verdict(UNIT_NS, 1000, 1020, 0.001, &settings), VERDICT_SAME);
}

Test(bench_compare, noise_is_inconclusive)
{
	cr_assert_eq(verdict(UNIT_NS, 1000, 1020, 0.5, &settings), VERDICT_INCONCLUSIVE);
}

Test(bench_compare, counts_are_exact)
{
	cr_assert_eq(verdict(UNIT_COUNT, 100, 101, 0, &settings), VERDICT_WORSE);
	cr_assert_eq(verdict(UNIT_COUNT, 100, 99, 0, &settings), VERDICT_BETTER);
	cr_assert_eq(verdict(UNIT_COUNT, 100, 100, 0, &settings), VERDICT_SAME);
	cr_assert_eq(verdict(UNIT_COUNT, 0, 0, 0, &settings), VERDICT_SAME);
	cr_assert_eq(verdict(UNIT_COUNT, 0, 1, 0, &settings), VERDICT_WORSE);
}

/* What the base and the base once more differ by is no change. */
Test(bench_compare, noise_between_runs_is_a_limit)
{
	struct results once = { 0 }, again = { 0 };
	struct compare_settings how = settings;

	add(&once, "x", UNIT_NS, 1000, 0.01, ROUNDS);
	add(&again, "x", UNIT_NS, 1150, 0.01, ROUNDS);
	how.noise[0] = &once;
	how.noise[1] = &again;
	cr_assert_eq(verdict(UNIT_NS, 1000, 1100, 0.01, &how), VERDICT_SAME);
	cr_assert_eq(verdict(UNIT_NS, 1000, 1300, 0.01, &how), VERDICT_WORSE);
	results_free(&once);
	results_free(&again);
}

/* A hundred times the same, 40 cases each: hardly ever a false alarm. */
Test(bench_compare, false_alarms_are_rare)
{
	struct compare_settings how = settings;
	unsigned int alarms = 0;

	how.threshold = 0;
	for (unsigned int run = 0; run < 100; run++) {
		struct results a = { 0 }, b = { 0 };
		struct comparisons comparisons;
		struct err err = { 0 };

		for (unsigned int i = 0; i < 40; i++) {
			char name[16];

			snprintf(name, sizeof(name), "x%u", i);
			add(&a, name, UNIT_NS, 1000, 0.3, ROUNDS);
			add(&b, name, UNIT_NS, 1000, 0.3, ROUNDS);
		}
		cr_assert_eq(compare_results(&a, &b, &how, &comparisons, &err), 0);
		alarms += comparisons.verdicts[VERDICT_WORSE] ||
			  comparisons.verdicts[VERDICT_BETTER];
		comparisons_free(&comparisons);
		results_free(&a);
		results_free(&b);
	}
	/* The level is 5 %: five are expected; more than 12 come in less than one case of 600. */
	cr_assert_leq(alarms, 12, "%u of 100", alarms);
}

static int status_of(struct results *a, struct results *b, size_t *counts)
{
	struct comparisons comparisons;
	struct err err = { 0 };
	int status;

	cr_assert_eq(compare_results(a, b, &settings, &comparisons, &err), 0);
	status = compare_exit(&comparisons);
	if (counts)
		memcpy(counts, comparisons.verdicts, sizeof(comparisons.verdicts));
	comparisons_free(&comparisons);
	results_free(a);
	results_free(b);
	return status;
}

Test(bench_compare, each_verdict_has_its_exit_status)
{
	struct results a, b;

	a = b = (struct results){ 0 };
	add(&a, "same", UNIT_NS, 1000, 0.01, ROUNDS);
	add(&b, "same", UNIT_NS, 1000, 0.01, ROUNDS);
	cr_assert_eq(status_of(&a, &b, NULL), 0);

	add(&a, "better", UNIT_NS, 1000, 0.01, ROUNDS);
	add(&b, "better", UNIT_NS, 500, 0.01, ROUNDS);
	cr_assert_eq(status_of(&a, &b, NULL), EXIT_BETTER);

	add(&a, "better", UNIT_NS, 1000, 0.01, ROUNDS);
	add(&b, "better", UNIT_NS, 500, 0.01, ROUNDS);
	add(&a, "unclear", UNIT_NS, 1000, 0.9, ROUNDS);
	add(&b, "unclear", UNIT_NS, 1000, 0.9, ROUNDS);
	cr_assert_eq(status_of(&a, &b, NULL), EXIT_INCONCLUSIVE);

	add(&a, "unclear", UNIT_NS, 1000, 0.9, ROUNDS);
	add(&b, "unclear", UNIT_NS, 1000, 0.9, ROUNDS);
	add(&a, "worse", UNIT_NS, 1000, 0.01, ROUNDS);
	add(&b, "worse", UNIT_NS, 2000, 0.01, ROUNDS);
	cr_assert_eq(status_of(&a, &b, NULL), EXIT_WORSE);
}

/* Nothing that was measured before is ever passed over. */
Test(bench_compare, what_is_missing_is_said)
{
	struct results a = { 0 }, b = { 0 };
	size_t counts[VERDICTS];
	struct result *row;

	add(&a, "gone", UNIT_NS, 1000, 0.01, ROUNDS);
	cr_assert_eq(status_of(&a, &b, counts), EXIT_INCONCLUSIVE);
	cr_assert_eq(counts[VERDICT_INCONCLUSIVE], 1);

	add(&a, "broken", UNIT_NS, 1000, 0.01, ROUNDS);
	row = add(&b, "broken", UNIT_NS, 1000, 0.01, ROUNDS);
	row->state = RESULT_FAILED;
	cr_assert_eq(status_of(&a, &b, NULL), EXIT_WORSE);

	row = add(&a, "never", UNIT_NS, 1000, 0, 0);
	row->state = RESULT_NOT_POSSIBLE;
	row = add(&b, "never", UNIT_NS, 1000, 0, 0);
	row->state = RESULT_NOT_POSSIBLE;
	cr_assert_eq(status_of(&a, &b, NULL), 0);
}

Test(bench_compare, too_few_rounds_are_inconclusive)
{
	struct results a = { 0 }, b = { 0 };

	add(&a, "x", UNIT_NS, 1000, 0, 2);
	add(&b, "x", UNIT_NS, 2000, 0, 2);
	cr_assert_eq(status_of(&a, &b, NULL), EXIT_INCONCLUSIVE);
}

/* One value a thousand times as large moves nothing. */
Test(bench_compare, a_maximum_does_not_judge)
{
	struct results a = { 0 }, b = { 0 };
	struct result *row;

	add(&a, "x", UNIT_NS, 1000, 0.01, ROUNDS);
	row = add(&b, "x", UNIT_NS, 1000, 0.01, ROUNDS);
	row->rounds[3] = 1000000;
	cr_assert_eq(status_of(&a, &b, NULL), 0);
}

Test(bench_compare, other_places_are_said)
{
	struct results a = { 0 }, b = { 0 };
	struct comparisons comparisons;
	struct err err = { 0 };
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	a.environment = json_pack("{s:s, s:s}", "kernel", "6.12", "revision", "a");
	b.environment = json_pack("{s:s, s:s, s:i}", "kernel", "6.13", "revision", "b", "cpus", 2);
	add(&a, "x", UNIT_NS, 1000, 0.01, ROUNDS);
	add(&b, "x", UNIT_NS, 1200, 0.01, ROUNDS);
	cr_assert_eq(compare_results(&a, &b, &settings, &comparisons, &err), 0);
	cr_assert_str_eq(comparisons.warning,
			 "kernel \"6.12\" and \"6.13\"; cpus unknown and 2");
	compare_print(&comparisons, file);
	fclose(file);
	cr_assert(strstr(text, comparisons.warning));
	cr_assert(strstr(text, "worse"));
	free(text);
	comparisons_free(&comparisons);
	results_free(&a);
	results_free(&b);
}
