/* SPDX-License-Identifier: MIT */
/*
 * rank: what two sets of measurements say of each other, by ranks alone.
 *
 * Durations are skewed and have outliers, so nothing here assumes a
 * distribution: the Mann-Whitney test asks whether one set tends to be above
 * the other, the Hodges-Lehmann estimate says by which factor, and both rest on
 * the same theory, so that test and interval do not contradict each other.
 */
#ifndef HDB_BENCH_RANK_H
#define HDB_BENCH_RANK_H

#include <stdbool.h>
#include <stddef.h>

/* Up to so many values, of both sets, probabilities are counted out, not approximated. */
#define RANK_EXACT 80

struct rank_test {
	double u;	/* pairs in which the second set's value is above, ties are 1/2 */
	double p;	/* two-sided; 1 when either set is empty */
	bool exact;
};

/* The Mann-Whitney test of @x against @y; ties get the mean of their ranks. -1: no memory. */
int rank_test(const double *x, size_t nx, const double *y, size_t ny, struct rank_test *test);

/*
 * Holm's correction for asking @count questions at once: makes of each
 * probability the one that may be compared with the level wanted for them all.
 */
void rank_holm(double *p, size_t count);

/**
 * struct rank_interval - an estimate with its confidence interval
 * @value: 0 for an empty set
 * @low: valid when bounded
 * @high: likewise
 * @bounded: false when there are too few values for the confidence that was asked for
 */
struct rank_interval {
	double value, low, high;
	bool bounded;
};

/* The median of @sorted: of an even number the mean of the two in the middle; of none 0. */
double rank_middle(const double *sorted, size_t count);

/* The median of @x, sorted, and its interval by order statistics. */
void rank_median(const double *x, size_t count, double confidence,
		 struct rank_interval *interval);

/*
 * By which factor the values of @y are above those of @x: the median of all
 * ratios of pairs. All values must be above 0. -1: no memory.
 */
int rank_ratio(const double *x, size_t nx, const double *y, size_t ny, double confidence,
	       struct rank_interval *interval);

/* Sort in place, ascending. */
void rank_sort(double *values, size_t count);

#endif
