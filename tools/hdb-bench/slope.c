// SPDX-License-Identifier: MIT
#include "slope.h"

#include <stdlib.h>
#include <string.h>

#define SLOPE_SIZES_MAX		16
#define SLOPE_SIZES_MIN		3

static size_t slope_prefix(const struct result *row)
{
	const char *size = strrchr(row->name, '/');

	return size ? (size_t)(size - row->name) : 0;
}

static bool slope_same(const struct result *x, const struct result *y)
{
	size_t length = slope_prefix(x);

	return x->transport == y->transport && length == slope_prefix(y) &&
	       memcmp(x->name, y->name, length) == 0;
}

static bool slope_usable(const struct result *row)
{
	return row->bytes && result_has_values(row) &&
	       (row->unit == UNIT_NS || row->unit == UNIT_CPU_NS);
}

/* Rows of the case that @first is of, unless an earlier row is of it too. */
static size_t slope_rows(const struct results *results, size_t first,
			 const struct result *rows[SLOPE_SIZES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < results->count && count < SLOPE_SIZES_MAX; i++) {
		const struct result *row = &results->row[i];

		if (!slope_usable(row) || !slope_same(row, &results->row[first]))
			continue;
		if (i < first)
			return 0;
		rows[count++] = row;
	}
	return count;
}

static double slope_median(double *values, size_t count)
{
	rank_sort(values, count);
	return rank_middle(values, count);
}

/* The line of one round. False when there are not enough sizes for one. */
static bool slope_line(const struct result *const *rows, size_t count, size_t round, double *buffer,
		       double *page)
{
	double slopes[SLOPE_SIZES_MAX * (SLOPE_SIZES_MAX - 1) / 2], rest[SLOPE_SIZES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t k = i + 1; k < count; k++) {
			double pages = ((double)rows[k]->bytes - (double)rows[i]->bytes) /
				       SLOPE_PAGE;

			if (pages != 0)
				slopes[n++] = (rows[k]->rounds[round] - rows[i]->rounds[round]) /
					      pages;
		}
	/* Of three sizes that differ there are three pairs. */
	if (n < SLOPE_SIZES_MIN)
		return false;
	*page = slope_median(slopes, n);
	for (size_t i = 0; i < count; i++)
		rest[i] = rows[i]->rounds[round] - *page * (double)rows[i]->bytes / SLOPE_PAGE;
	*buffer = slope_median(rest, count);
	return true;
}

static bool slope_of(const struct result *const *rows, size_t count, struct slope *slope)
{
	size_t rounds = rows[0]->n_rounds;
	bool enough = true;
	double *lines;

	for (size_t i = 1; i < count; i++)
		if (rows[i]->n_rounds < rounds)
			rounds = rows[i]->n_rounds;
	lines = calloc(2 * rounds, sizeof(*lines));
	if (!lines)
		return false;
	for (size_t round = 0; round < rounds; round++)
		enough = enough && slope_line(rows, count, round, &lines[round],
					      &lines[rounds + round]);
	rank_sort(lines, rounds);
	rank_sort(lines + rounds, rounds);
	rank_median(lines, rounds, RESULT_CONFIDENCE, &slope->buffer);
	rank_median(lines + rounds, rounds, RESULT_CONFIDENCE, &slope->page);
	free(lines);
	snprintf(slope->name, sizeof(slope->name), "%.*s", (int)slope_prefix(rows[0]),
		 rows[0]->name);
	slope->transport = rows[0]->transport;
	slope->unit = rows[0]->unit;
	slope->sizes = count;
	return enough && rounds;
}

bool slope_next(const struct results *results, size_t *row, struct slope *slope)
{
	while (*row < results->count) {
		const struct result *rows[SLOPE_SIZES_MAX];
		size_t count = slope_rows(results, (*row)++, rows);

		if (count >= SLOPE_SIZES_MIN && slope_of(rows, count, slope))
			return true;
	}
	return false;
}

static json_t *slope_part(const struct rank_interval *part)
{
	json_t *object = json_pack("{s:f}", "value", part->value);

	result_bounds_json(part, object);
	return object;
}

json_t *slope_json(const struct results *results)
{
	json_t *array = json_array();
	struct slope slope;

	for (size_t row = 0; slope_next(results, &row, &slope);)
		json_array_append_new(array,
				      json_pack("{s:s, s:s, s:s, s:I, s:o, s:o}",
						"name", slope.name,
						"transport", transport_names[slope.transport],
						"unit", unit_info[slope.unit].name,
						"sizes", (json_int_t)slope.sizes,
						"buffer", slope_part(&slope.buffer),
						"page", slope_part(&slope.page)));
	return array;
}

static void slope_print_part(const struct slope *slope, const struct rank_interval *part,
			     FILE *file)
{
	char value[32], low[32], high[32], interval[80] = "";

	unit_print(slope->unit, part->value, value, sizeof(value));
	if (part->bounded) {
		unit_print(slope->unit, part->low, low, sizeof(low));
		unit_print(slope->unit, part->high, high, sizeof(high));
		snprintf(interval, sizeof(interval), "%s .. %s", low, high);
	}
	fprintf(file, "%14s  %-24s", value, interval);
}

void slope_print(const struct results *results, FILE *file)
{
	struct slope slope;
	bool any = false;

	for (size_t row = 0; slope_next(results, &row, &slope);) {
		if (!any)
			fprintf(file, "\nBy size: what a buffer takes, and each of its pages:\n"
				"%-36s%-8s%14s  %-24s%14s  %-24s%s\n", "case", "by", "a buffer",
				"95 % interval", "a page", "95 % interval", "sizes");
		any = true;
		fprintf(file, "%-36s%-8s", slope.name, transport_names[slope.transport]);
		slope_print_part(&slope, &slope.buffer, file);
		slope_print_part(&slope, &slope.page, file);
		fprintf(file, "%zu\n", slope.sizes);
	}
}
