// SPDX-License-Identifier: MIT
#include "rank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int rank_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void rank_sort(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), rank_compare);
}

/* ---- ranks ------------------------------------------------------------- */

struct rank_value {
	double value;
	bool first;	/* of the first set */
};

static int rank_compare_value(const void *a, const void *b)
{
	const struct rank_value *x = a, *y = b;

	return rank_compare(&x->value, &y->value);
}

/**
 * struct ranks - both sets in one order
 * @value: sorted
 * @twice: twice the rank of each, so that ties are whole numbers too
 * @total: how many
 * @ties: sum of t^3 - t over all groups of t equal values
 */
struct ranks {
	struct rank_value *value;
	unsigned int *twice;
	size_t total;
	double ties;
};

static void ranks_free(struct ranks *ranks)
{
	free(ranks->value);
	free(ranks->twice);
}

static int ranks_make(struct ranks *ranks, const double *x, size_t nx, const double *y,
		      size_t ny)
{
	size_t from, to;

	*ranks = (struct ranks){ .total = nx + ny };
	ranks->value = calloc(ranks->total, sizeof(*ranks->value));
	ranks->twice = calloc(ranks->total, sizeof(*ranks->twice));
	if (!ranks->value || !ranks->twice) {
		ranks_free(ranks);
		return -1;
	}
	for (size_t i = 0; i < ranks->total; i++)
		ranks->value[i] = (struct rank_value){ i < nx ? x[i] : y[i - nx], i < nx };
	qsort(ranks->value, ranks->total, sizeof(*ranks->value), rank_compare_value);
	for (from = 0; from < ranks->total; from = to) {
		double same;

		for (to = from + 1; to < ranks->total; to++)
			if (rank_compare(&ranks->value[from].value, &ranks->value[to].value))
				break;
		for (size_t i = from; i < to; i++)
			ranks->twice[i] = (unsigned int)(from + 1 + to);
		same = (double)(to - from);
		ranks->ties += same * same * same - same;
	}
	return 0;
}

/*
 * In how many ways @choose of the @total numbers give each sum, divided by the
 * number of all ways. The caller frees; @sums gets the length.
 */
static double *rank_ways(const unsigned int *number, size_t total, size_t choose, size_t *sums)
{
	size_t width = 1;
	double *ways, *last, all = 0;

	for (size_t i = 0; i < total; i++)
		width += number[i];
	ways = calloc((choose + 1) * width, sizeof(*ways));
	if (!ways)
		return NULL;
	ways[0] = 1;
	for (size_t i = 0; i < total; i++)
		/* From above, so that each number is taken at most once. */
		for (size_t k = i < choose ? i + 1 : choose; k > 0; k--)
			for (size_t sum = number[i]; sum < width; sum++)
				ways[k * width + sum] += ways[(k - 1) * width + sum - number[i]];
	last = ways + choose * width;
	for (size_t sum = 0; sum < width; sum++)
		all += last[sum];
	for (size_t sum = 0; sum < width; sum++)
		ways[sum] = last[sum] / all;
	*sums = width;
	return ways;
}

/* ---- the test ---------------------------------------------------------- */

static int rank_p_exact(const struct ranks *ranks, size_t nx, unsigned int seen, double *p)
{
	/* Half the sum of all, per value of the first set; in the units of @seen. */
	double middle = (double)nx * (double)(ranks->total + 1);
	double away = fabs((double)seen - middle);
	size_t sums;
	double *ways = rank_ways(ranks->twice, ranks->total, nx, &sums);

	if (!ways)
		return -1;
	*p = 0;
	for (size_t sum = 0; sum < sums; sum++)
		if (fabs((double)sum - middle) >= away)
			*p += ways[sum];
	free(ways);
	return 0;
}

/* By the normal distribution, with corrections for ties and for continuity. */
static double rank_p_normal(const struct ranks *ranks, size_t nx, size_t ny, double u)
{
	double n = (double)ranks->total, pairs = (double)nx * (double)ny;
	double variance = pairs / 12 * (n + 1 - ranks->ties / (n * (n - 1)));
	double away = fabs(u - pairs / 2) - 0.5;

	if (variance <= 0 || away <= 0)
		return 1;
	return erfc(away / sqrt(2 * variance));
}

int rank_test(const double *x, size_t nx, const double *y, size_t ny, struct rank_test *test)
{
	struct ranks ranks;
	unsigned int seen = 0;
	int result = 0;

	*test = (struct rank_test){ .p = 1 };
	if (!nx || !ny)
		return 0;
	if (ranks_make(&ranks, x, nx, y, ny) < 0)
		return -1;
	for (size_t i = 0; i < ranks.total; i++)
		if (ranks.value[i].first)
			seen += ranks.twice[i];
	test->u = (double)nx * (double)ny + (double)nx * (double)(nx + 1) / 2 - seen / 2.0;
	test->exact = ranks.total <= RANK_EXACT;
	if (test->exact)
		result = rank_p_exact(&ranks, nx, seen, &test->p);
	else
		test->p = rank_p_normal(&ranks, nx, ny, test->u);
	if (test->p > 1)
		test->p = 1;
	ranks_free(&ranks);
	return result;
}

void rank_holm(double *p, size_t count)
{
	double floor = 0;

	/* The smallest that is left, again and again: there are few. */
	for (size_t done = 0; done < count; done++) {
		size_t least = count;
		double corrected;

		for (size_t i = 0; i < count; i++)
			if (p[i] >= 0 && (least == count || p[i] < p[least]))
				least = i;
		corrected = p[least] * (double)(count - done);
		floor = corrected > floor ? corrected : floor;
		/* What is done is below 0 until all is. */
		p[least] = -1 - (floor > 1 ? 1 : floor);
	}
	for (size_t i = 0; i < count; i++)
		p[i] = -1 - p[i];
}

/* ---- intervals --------------------------------------------------------- */

/* How far from the mean of the normal distribution @tail of it begins. */
static double rank_normal_tail(double tail)
{
	double low = 0, high = 40;

	for (unsigned int i = 0; i < 100; i++) {
		double middle = (low + high) / 2;

		if (erfc(middle / M_SQRT2) / 2 > tail)
			low = middle;
		else
			high = middle;
	}
	return low;
}

double rank_middle(const double *sorted, size_t count)
{
	if (!count)
		return 0;
	return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

/* The interval from the @trim-th smallest to the @trim-th largest; 0: there is none. */
static void rank_interval(const double *sorted, size_t count, size_t trim,
			  struct rank_interval *interval)
{
	*interval = (struct rank_interval){ .value = rank_middle(sorted, count) };
	if (!trim || 2 * trim > count)
		return;
	interval->bounded = true;
	interval->low = sorted[trim - 1];
	interval->high = sorted[count - trim];
}

void rank_median(const double *x, size_t count, double confidence,
		 struct rank_interval *interval)
{
	double n = (double)count, left = (1 - confidence) / 2;
	size_t trim = 0;

	/* So many values are below the median with binomial probability. */
	while (2 * trim < count) {
		left -= exp(lgamma(n + 1) - lgamma((double)trim + 1) -
			    lgamma(n - (double)trim + 1) - n * M_LN2);
		if (left < 0)
			break;
		trim++;
	}
	rank_interval(x, count, trim, interval);
}

/* How many of the pairs' ratios lie outside of the interval, at each end, and one. */
static int rank_ratio_trim(size_t nx, size_t ny, double tail, size_t *trim)
{
	size_t total = nx + ny, sums, least = nx * (nx + 1) / 2;
	double pairs = (double)nx * (double)ny, *ways;
	unsigned int number[RANK_EXACT];

	*trim = 0;
	if (total > RANK_EXACT) {
		double reach = rank_normal_tail(tail) * sqrt(pairs * (double)(total + 1) / 12);
		double first = floor(pairs / 2 - reach);

		*trim = first > 0 ? (size_t)first : 0;
		return 0;
	}
	for (size_t i = 0; i < total; i++)
		number[i] = (unsigned int)(i + 1);
	ways = rank_ways(number, total, nx, &sums);
	if (!ways)
		return -1;
	for (size_t sum = least; sum < sums; sum++) {
		tail -= ways[sum];
		if (tail < 0)
			break;
		(*trim)++;
	}
	free(ways);
	return 0;
}

int rank_ratio(const double *x, size_t nx, const double *y, size_t ny, double confidence,
	       struct rank_interval *interval)
{
	size_t count = nx * ny, trim;
	double *ratio;

	*interval = (struct rank_interval){ 0 };
	if (!count)
		return 0;
	ratio = calloc(count, sizeof(*ratio));
	if (!ratio || rank_ratio_trim(nx, ny, (1 - confidence) / 2, &trim) < 0) {
		free(ratio);
		return -1;
	}
	/* As logarithms a factor is a shift, which is what the theory is about. */
	for (size_t i = 0; i < nx; i++)
		for (size_t k = 0; k < ny; k++)
			ratio[i * ny + k] = log(y[k]) - log(x[i]);
	rank_sort(ratio, count);
	rank_interval(ratio, count, trim, interval);
	free(ratio);
	interval->value = exp(interval->value);
	if (interval->bounded) {
		interval->low = exp(interval->low);
		interval->high = exp(interval->high);
	}
	return 0;
}
