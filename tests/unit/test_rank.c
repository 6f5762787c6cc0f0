// SPDX-License-Identifier: MIT
/*
 * The statistics of hdb-bench against known answers. "R" is R 4.2.2: wilcox.test(),
 * of logarithms with conf.int = TRUE for ratios, p.adjust(method = "holm") and
 * qbinom(). Exact probabilities with ties are counted out by R's combn(): the share
 * of rank sums that are at least as far from the middle.
 */
#include <criterion/criterion.h>
#include <math.h>

#include "../../tools/hdb-bench/rank.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Permeability of the human chorioamnion at term and between the 12th and 26th
 * week: Hollander and Wolfe, Nonparametric Statistical Methods (1973), page 69;
 * also the example of R's manual page of wilcox.test().
 */
static const double term[] = { 0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46 };
static const double early[] = { 1.15, 0.88, 0.90, 0.74, 1.21 };

#define assert_close(got, want, within) \
	cr_assert(fabs((got) - (want)) <= (within), "%.12g is not %.12g", (double)(got), \
		  (double)(want))

static struct rank_test test_of(const double *x, size_t nx, const double *y, size_t ny)
{
	struct rank_test test;

	cr_assert_eq(rank_test(x, nx, y, ny, &test), 0);
	return test;
}

Test(rank, a_published_example)
{
	struct rank_test test = test_of(term, COUNT(term), early, COUNT(early));

	cr_assert(test.exact);
	assert_close(test.u, 15, 0);	/* the other way round it is the published 35 */
	assert_close(test.p, 0.2544122544, 1e-9);
	test = test_of(early, COUNT(early), term, COUNT(term));
	assert_close(test.u, 35, 0);
	assert_close(test.p, 0.2544122544, 1e-9);
}

Test(rank, tiny_sets)
{
	static const double value[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	static const double p[] = { 1, 1.0 / 3, 0.1, 1 / 35.0 };

	for (size_t n = 1; n <= COUNT(p); n++)
		assert_close(test_of(value, n, value + n, n).p, p[n - 1], 1e-12);
}

Test(rank, empty_sets_say_nothing)
{
	struct rank_interval interval;

	assert_close(test_of(term, 0, early, COUNT(early)).p, 1, 0);
	assert_close(test_of(term, COUNT(term), early, 0).p, 1, 0);
	rank_median(term, 0, 0.95, &interval);
	cr_assert_not(interval.bounded);
	assert_close(interval.value, 0, 0);
	cr_assert_eq(rank_ratio(term, 0, early, 1, 0.95, &interval), 0);
	cr_assert_not(interval.bounded);
	rank_holm(NULL, 0);
}

Test(rank, equal_values_do_not_differ)
{
	static const double same[] = { 1, 1, 1, 1 };

	assert_close(test_of(same, 2, same + 2, 2).p, 1, 0);
}

Test(rank, ties_of_small_sets)
{
	static const double x[] = { 1, 2, 2, 3 }, y[] = { 2, 3, 4, 4, 5 };
	static const double v[] = { 5, 5, 6, 7, 7, 7, 8, 9 };
	static const double w[] = { 6, 7, 8, 8, 9, 9, 10, 11, 11 };
	struct rank_test test = test_of(x, COUNT(x), y, COUNT(y));

	assert_close(test.u, 17.5, 0);
	assert_close(test.p, 0.0873015873, 1e-9);
	test = test_of(v, COUNT(v), w, COUNT(w));
	assert_close(test.u, 59, 0);
	assert_close(test.p, 0.02332373509, 1e-9);
}

Test(rank, large_sets_by_the_normal_distribution)
{
	double x[60], y[50];
	struct rank_interval interval;
	struct rank_test test;

	for (size_t i = 0; i < COUNT(x); i++)
		x[i] = pow((double)i + 1, 1.1);
	for (size_t i = 0; i < COUNT(y); i++)
		y[i] = ((double)i + 1) * 1.3 + 3;
	test = test_of(x, COUNT(x), y, COUNT(y));
	cr_assert_not(test.exact);
	assert_close(test.u, 1262, 0);
	assert_close(test.p, 0.1539512, 1e-6);

	/* R counts even these out; we take the normal distribution. */
	cr_assert_eq(rank_ratio(x, COUNT(x), y, COUNT(y), 0.95, &interval), 0);
	cr_assert(interval.bounded);
	assert_close(interval.value, 0.8328799362, 1e-9);
	assert_close(interval.low, 0.6616856109, 2e-3);
	assert_close(interval.high, 1.0841622185, 2e-3);
}

Test(rank, large_sets_with_ties)
{
	double x[60], y[50];
	struct rank_test test;

	for (size_t i = 0; i < COUNT(x); i++)
		x[i] = (double)(i % 10 + 1);
	for (size_t i = 0; i < COUNT(y); i++)
		y[i] = (double)(i % 10 + 3);
	test = test_of(x, COUNT(x), y, COUNT(y));
	assert_close(test.u, 2040, 0);
	assert_close(test.p, 0.00114451706777, 1e-12);
}

Test(rank, holm)
{
	double p[] = { 0.01, 0.04, 0.03, 0.005, 0.9, 0.02 };
	static const double want[] = { 0.05, 0.09, 0.09, 0.03, 0.90, 0.08 };
	double q[] = { 0.01, 0.01, 0.02, 1, 0 };
	static const double want_q[] = { 0.04, 0.04, 0.04, 1, 0 };

	rank_holm(p, COUNT(p));
	for (size_t i = 0; i < COUNT(p); i++)
		assert_close(p[i], want[i], 1e-12);
	rank_holm(q, COUNT(q));
	for (size_t i = 0; i < COUNT(q); i++)
		assert_close(q[i], want_q[i], 1e-12);
}

Test(rank, interval_of_the_median)
{
	/* count, rank of the lower bound: qbinom(0.025, count, 0.5). */
	static const size_t known[][2] = { { 6, 1 }, { 9, 2 }, { 10, 2 }, { 20, 6 }, { 100, 40 },
					   { 1000, 469 } };
	static double value[1000];
	struct rank_interval interval;

	for (size_t i = 0; i < COUNT(value); i++)
		value[i] = (double)(i + 1);
	for (size_t i = 0; i < COUNT(known); i++) {
		size_t count = known[i][0], rank = known[i][1];

		rank_median(value, count, 0.95, &interval);
		cr_assert(interval.bounded);
		assert_close(interval.value, (double)(count + 1) / 2, 0);
		assert_close(interval.low, (double)rank, 0);
		assert_close(interval.high, (double)(count + 1 - rank), 0);
	}
	/* Five values do not bound their median with this confidence. */
	rank_median(value, 5, 0.95, &interval);
	cr_assert_not(interval.bounded);
	assert_close(interval.value, 3, 0);
}

Test(rank, ratio)
{
	static const double x[] = { 10, 11, 12, 13, 14, 15 };
	double y[COUNT(x)];
	struct rank_interval interval;

	cr_assert_eq(rank_ratio(term, COUNT(term), early, COUNT(early), 0.95, &interval), 0);
	cr_assert(interval.bounded);
	assert_close(interval.value, 0.7623304257, 1e-9);
	assert_close(interval.low, 0.5103448276, 1e-9);
	assert_close(interval.high, 1.1634615385, 1e-9);

	for (size_t i = 0; i < COUNT(x); i++)
		y[i] = x[i] * 1.05;
	cr_assert_eq(rank_ratio(x, COUNT(x), y, COUNT(y), 0.95, &interval), 0);
	assert_close(interval.value, 1.05, 1e-12);
	assert_close(interval.low, 0.84, 1e-9);
	assert_close(interval.high, 1.3125, 1e-9);
	/* Three against three can never be sure to 95 %. */
	cr_assert_eq(rank_ratio(x, 3, y, 3, 0.95, &interval), 0);
	cr_assert_not(interval.bounded);
}

/* The interval excludes 1 exactly when the test, at the same level, says "different". */
Test(rank, test_and_interval_agree)
{
	for (unsigned int shift = 0; shift < 40; shift++) {
		double x[8], y[9];
		struct rank_interval interval;

		for (size_t i = 0; i < COUNT(x); i++)
			x[i] = 100 + 10 * (double)i;
		for (size_t i = 0; i < COUNT(y); i++)
			y[i] = 101.3 + 9.7 * (double)i + 3 * shift;
		cr_assert_eq(rank_ratio(x, COUNT(x), y, COUNT(y), 0.95, &interval), 0);
		cr_assert_eq(interval.low > 1 || interval.high < 1,
			     test_of(x, COUNT(x), y, COUNT(y)).p <= 0.05, "shift %u", shift);
	}
}
