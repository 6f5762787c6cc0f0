// SPDX-License-Identifier: MIT
#include "result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct result *result_add(struct results *results, const char *name, enum transport_kind transport,
			  enum unit unit)
{
	struct result *rows = reallocarray(results->row, results->count + 1, sizeof(*rows));
	struct result *row;

	if (!rows)
		return NULL;
	results->row = rows;
	row = &rows[results->count];
	*row = (struct result){ .transport = transport, .unit = unit };
	snprintf(row->name, sizeof(row->name), "%s", name);
	results->count++;
	return row;
}

int result_add_round(struct result *result, double value)
{
	double *rounds = reallocarray(result->rounds, result->n_rounds + 1, sizeof(*rounds));

	if (!rounds)
		return -1;
	result->rounds = rounds;
	rounds[result->n_rounds++] = value;
	return 0;
}

bool result_has_values(const struct result *result)
{
	return result->n_rounds &&
	       (result->state == RESULT_MEASURED || result->state == RESULT_PARTIAL);
}

void result_reason(const struct result *result, char *text, size_t size)
{
	if (result->state == RESULT_FAILED)
		snprintf(text, size, "failed: %s", result->why);
	else if (result->state == RESULT_NOT_POSSIBLE)
		snprintf(text, size, "not possible: %s", result->why);
	else
		snprintf(text, size, "not measured");
}

struct result *result_find(const struct results *results, const char *name,
			   enum transport_kind transport)
{
	for (size_t i = 0; i < results->count; i++)
		if (results->row[i].transport == transport &&
		    strcmp(results->row[i].name, name) == 0)
			return &results->row[i];
	return NULL;
}

void result_median(const struct result *result, struct rank_interval *median)
{
	double *sorted = calloc(result->n_rounds, sizeof(*sorted));

	*median = (struct rank_interval){ 0 };
	if (!sorted)
		return;
	if (result->n_rounds)
		memcpy(sorted, result->rounds, result->n_rounds * sizeof(*sorted));
	rank_sort(sorted, result->n_rounds);
	rank_median(sorted, result->n_rounds, RESULT_CONFIDENCE, median);
	free(sorted);
}

bool result_ratio(const struct result *x, const struct result *y, struct rank_interval *ratio)
{
	*ratio = (struct rank_interval){ 0 };
	if (!result_has_values(x) || !result_has_values(y))
		return false;
	for (size_t i = 0; i < x->n_rounds; i++)
		if (!(x->rounds[i] > 0))
			return false;
	for (size_t i = 0; i < y->n_rounds; i++)
		if (!(y->rounds[i] > 0))
			return false;
	return rank_ratio(x->rounds, x->n_rounds, y->rounds, y->n_rounds, RESULT_CONFIDENCE,
			  ratio) == 0;
}

uint64_t result_outliers(const struct result *result, uint64_t *limit)
{
	uint64_t q1, q3;

	*limit = 0;
	if (!result->stats || !result->stats->count)
		return 0;
	q1 = stats_quantile(result->stats, 0.25);
	q3 = stats_quantile(result->stats, 0.75);
	*limit = q3 + 3 * (q3 - q1);
	return stats_above(result->stats, *limit);
}

static int result_merge(struct result *into, const struct result *from)
{
	for (size_t i = 0; i < from->n_rounds; i++)
		if (result_add_round(into, from->rounds[i]) < 0)
			return -1;
	if (from->stats) {
		if (!into->stats)
			into->stats = calloc(1, sizeof(*into->stats));
		if (!into->stats)
			return -1;
		stats_merge(into->stats, from->stats);
	}
	into->steady = into->steady && from->steady;
	if (into->state == RESULT_MEASURED || from->state == RESULT_FAILED) {
		into->state = from->state;
		memcpy(into->why, from->why, sizeof(into->why));
	}
	return 0;
}

int results_merge(struct results *results, const struct results *from)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct result *row = &from->row[i];
		struct result *into = result_find(results, row->name, row->transport);

		if (!into) {
			into = result_add(results, row->name, row->transport, row->unit);
			if (!into)
				return -1;
			into->state = row->state;
			into->bytes = row->bytes;
			into->steady = true;
			memcpy(into->why, row->why, sizeof(into->why));
		}
		if (result_merge(into, row) < 0)
			return -1;
	}
	results->seconds += from->seconds;
	results->interrupted |= from->interrupted;
	return 0;
}

void results_free(struct results *results)
{
	for (size_t i = 0; i < results->count; i++) {
		free(results->row[i].stats);
		free(results->row[i].rounds);
	}
	free(results->row);
	json_decref(results->environment);
	json_decref(results->settings);
	json_decref(results->peer);
	*results = (struct results){ 0 };
}
