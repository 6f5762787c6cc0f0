// SPDX-License-Identifier: MIT
#include "compare.h"
#include "env.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const verdict_names[VERDICTS] = {
	[VERDICT_SAME] = "same",
	[VERDICT_BETTER] = "better",
	[VERDICT_WORSE] = "worse",
	[VERDICT_INCONCLUSIVE] = "inconclusive",
};

/* How far a factor is from 1, either way: 0.05 for 1.05 and for 1 / 1.05. */
static double compare_away(double factor)
{
	return factor > 0 ? exp(fabs(log(factor))) - 1 : INFINITY;
}

/* What two runs of the same code differ by. */
static double compare_noise(const struct compare_settings *settings, const struct result *of)
{
	const struct result *row[2];
	struct rank_interval ratio;

	for (size_t i = 0; i < 2; i++) {
		if (!settings->noise[i])
			return 0;
		row[i] = result_find(settings->noise[i], of->name, of->transport);
	}
	if (!row[0] || !row[1] || !result_ratio(row[0], row[1], &ratio))
		return 0;
	return compare_away(ratio.value);
}

static void compare_doubt(struct comparison *row, const char *why)
{
	row->verdict = VERDICT_INCONCLUSIVE;
	snprintf(row->why, sizeof(row->why), "%.180s", why);
}

/* Counts say the same every time, or else something has changed. */
static void compare_counts(struct comparison *row)
{
	struct rank_interval base, new;

	result_median(row->base, &base);
	result_median(row->new, &new);
	row->change.value = base.value > 0 ? new.value / base.value : new.value > 0 ? INFINITY : 1;
	if (new.value > base.value)
		row->verdict = VERDICT_WORSE;
	else if (new.value < base.value)
		row->verdict = VERDICT_BETTER;
	else
		row->verdict = VERDICT_SAME;
}

/* True when there is something to test. */
static bool compare_can(struct comparison *row)
{
	if (!row->new) {
		compare_doubt(row, "not in the new run");
	} else if (row->new->state == RESULT_FAILED && result_has_values(row->base)) {
		row->verdict = VERDICT_WORSE;
		snprintf(row->why, sizeof(row->why), "failed: %.180s", row->new->why);
	} else if (!result_has_values(row->base) && !result_has_values(row->new)) {
		/* Possible in neither: nothing has changed. */
		row->verdict = VERDICT_SAME;
		snprintf(row->why, sizeof(row->why), "in neither run: %.180s", row->base->why);
	} else if (!result_has_values(row->new)) {
		compare_doubt(row, row->new->why);
	} else if (!result_has_values(row->base)) {
		compare_doubt(row, "not measured in the base run");
	} else if (row->base->unit != row->new->unit) {
		compare_doubt(row, "in another unit than the base run");
	} else if (unit_info[row->base->unit].exact) {
		compare_counts(row);
	} else {
		return true;
	}
	return false;
}

static void compare_judge(struct comparison *row, double level)
{
	bool higher_is_better = unit_info[row->base->unit].higher_is_better;
	double reach;

	if (row->p < level && compare_away(row->change.value) > row->limit) {
		row->verdict = (row->change.value > 1) == higher_is_better ? VERDICT_BETTER
									   : VERDICT_WORSE;
		return;
	}
	if (!row->change.bounded) {
		compare_doubt(row, "too few rounds");
		return;
	}
	reach = fmax(compare_away(row->change.low), compare_away(row->change.high));
	if (reach <= row->limit)
		row->verdict = VERDICT_SAME;
	else
		compare_doubt(row, row->p < level ? "a change, but not above the limit for sure"
						  : "too noisy to tell");
}

/* All rows are tested first, as the correction needs all probabilities. */
static int compare_test(struct comparisons *comparisons,
			const struct compare_settings *settings)
{
	double *p = calloc(comparisons->count + 1, sizeof(*p));
	struct comparison **tested = calloc(comparisons->count + 1, sizeof(struct comparison *));
	size_t count = 0;

	if (!p || !tested)
		goto err;
	for (size_t i = 0; i < comparisons->count; i++) {
		struct comparison *row = &comparisons->row[i];
		const struct result *base = row->base, *new = row->new;
		struct rank_test test;

		if (!compare_can(row))
			continue;
		if (rank_test(base->rounds, base->n_rounds, new->rounds, new->n_rounds, &test) < 0)
			goto err;
		if (!result_ratio(base, new, &row->change)) {
			compare_doubt(row, "a value is 0");
			continue;
		}
		row->limit = fmax(limits_find(&settings->limits, base->name, settings->threshold),
				  compare_noise(settings, base));
		p[count] = test.p;
		tested[count++] = row;
	}
	rank_holm(p, count);
	for (size_t i = 0; i < count; i++) {
		tested[i]->p = p[i];
		compare_judge(tested[i], settings->level);
	}
	free(p);
	free(tested);
	return 0;

err:
	free(p);
	free(tested);
	return -1;
}

int compare_results(const struct results *base, const struct results *new,
		    const struct compare_settings *settings, struct comparisons *comparisons,
		    struct err *err)
{
	*comparisons = (struct comparisons){
		.row = calloc(base->count + 1, sizeof(*comparisons->row)),
		.count = base->count,
	};
	if (!comparisons->row)
		return err_errno(err, ENOMEM, "cannot compare");
	for (size_t i = 0; i < base->count; i++)
		comparisons->row[i] = (struct comparison){
			.base = &base->row[i],
			.new = result_find(new, base->row[i].name, base->row[i].transport),
			.change = { .value = 1 },
			.p = 1,
		};
	if (compare_test(comparisons, settings) < 0) {
		comparisons_free(comparisons);
		return err_errno(err, ENOMEM, "cannot compare");
	}
	for (size_t i = 0; i < comparisons->count; i++)
		comparisons->verdicts[comparisons->row[i].verdict]++;
	env_differences(base->environment, new->environment, comparisons->warning,
			sizeof(comparisons->warning));
	return 0;
}

void comparisons_free(struct comparisons *comparisons)
{
	free(comparisons->row);
	*comparisons = (struct comparisons){ 0 };
}

int compare_exit(const struct comparisons *comparisons)
{
	if (comparisons->verdicts[VERDICT_WORSE])
		return EXIT_WORSE;
	if (comparisons->verdicts[VERDICT_INCONCLUSIVE])
		return EXIT_INCONCLUSIVE;
	if (comparisons->verdicts[VERDICT_BETTER])
		return EXIT_BETTER;
	return EXIT_OK;
}

/* ---- for people and programs ------------------------------------------- */

static void compare_change(const struct comparison *row, char *text, size_t size)
{
	size_t used;

	if (!row->new || !result_has_values(row->base) || !result_has_values(row->new)) {
		snprintf(text, size, "-");
		return;
	}
	used = (size_t)snprintf(text, size, "%+.1f %%", (row->change.value - 1) * 100);
	if (row->change.bounded && used < size)
		snprintf(text + used, size - used, " [%+.1f, %+.1f]", (row->change.low - 1) * 100,
			 (row->change.high - 1) * 100);
}

static void compare_value(const struct result *result, char *text, size_t size)
{
	struct rank_interval median;

	snprintf(text, size, "-");
	if (!result || !result_has_values(result))
		return;
	result_median(result, &median);
	unit_print(result->unit, median.value, text, size);
}

void compare_print(const struct comparisons *comparisons, FILE *file)
{
	if (comparisons->warning[0])
		fprintf(file, "The runs were not made in the same place: %s\n\n",
			comparisons->warning);
	fprintf(file, "%-36s%-8s%12s%12s  %-26s%-9s%s\n", "case", "by", "base", "new",
		"change [95 %]", "p", "verdict");
	for (size_t i = 0; i < comparisons->count; i++) {
		const struct comparison *row = &comparisons->row[i];
		char base[32], new[32], change[64], p[16] = "-";

		compare_value(row->base, base, sizeof(base));
		compare_value(row->new, new, sizeof(new));
		compare_change(row, change, sizeof(change));
		if (row->change.bounded || row->p < 1)
			snprintf(p, sizeof(p), "%.2g", row->p);
		fprintf(file, "%-36s%-8s%12s%12s  %-26s%-9s%s%s%s\n", row->base->name,
			transport_names[row->base->transport], base, new, change, p,
			verdict_names[row->verdict], row->why[0] ? ": " : "", row->why);
	}
	fprintf(file, "\n%zu same, %zu better, %zu worse, %zu inconclusive\n",
		comparisons->verdicts[VERDICT_SAME], comparisons->verdicts[VERDICT_BETTER],
		comparisons->verdicts[VERDICT_WORSE],
		comparisons->verdicts[VERDICT_INCONCLUSIVE]);
}

static json_t *compare_row_json(const struct comparison *row)
{
	json_t *json = json_pack("{s:s, s:s, s:s, s:f, s:f}", "name", row->base->name, "transport",
				 transport_names[row->base->transport], "verdict",
				 verdict_names[row->verdict], "p", row->p, "limit", row->limit);

	if (isfinite(row->change.value))
		json_object_set_new(json, "change", json_real(row->change.value));
	if (row->change.bounded) {
		json_object_set_new(json, "low", json_real(row->change.low));
		json_object_set_new(json, "high", json_real(row->change.high));
	}
	if (row->why[0])
		json_object_set_new(json, "why", json_string(row->why));
	return json;
}

json_t *compare_json(const struct comparisons *comparisons)
{
	json_t *root = json_object(), *rows = json_array(), *verdicts = json_object();

	for (size_t i = 0; i < comparisons->count; i++)
		json_array_append_new(rows, compare_row_json(&comparisons->row[i]));
	for (size_t i = 0; i < VERDICTS; i++)
		json_object_set_new(verdicts, verdict_names[i],
				    json_integer((json_int_t)comparisons->verdicts[i]));
	json_object_set_new(root, "format", json_string(RESULT_FORMAT "-comparison"));
	json_object_set_new(root, "version", json_integer(RESULT_VERSION));
	json_object_set_new(root, "exit", json_integer(compare_exit(comparisons)));
	if (comparisons->warning[0])
		json_object_set_new(root, "warning", json_string(comparisons->warning));
	json_object_set_new(root, "verdicts", verdicts);
	json_object_set_new(root, "rows", rows);
	return root;
}
