// SPDX-License-Identifier: MIT
#include "table.h"
#include "slope.h"
#include "target.h"

#include <inttypes.h>
#include <string.h>

static void table_interval(const struct result *row, const struct rank_interval *median,
			   char *text, size_t size)
{
	char low[32], high[32];

	snprintf(text, size, "-");
	if (!median->bounded || unit_info[row->unit].exact)
		return;
	unit_print(row->unit, median->low, low, sizeof(low));
	unit_print(row->unit, median->high, high, sizeof(high));
	snprintf(text, size, "%s .. %s", low, high);
}

static void table_quantile(const struct result *row, double share, char *text, size_t size)
{
	snprintf(text, size, "-");
	if (row->stats && row->stats->count)
		unit_print(row->unit, (double)stats_quantile(row->stats, share), text, size);
}

static void table_row(const struct result *row, FILE *file)
{
	struct rank_interval median;
	char value[32], interval[80], p99[32], p99_9[32], max[32], reason[400];
	uint64_t limit, outliers = result_outliers(row, &limit);

	fprintf(file, "%-36s%-8s", row->name, transport_names[row->transport]);
	if (!result_has_values(row)) {
		result_reason(row, reason, sizeof(reason));
		fprintf(file, "%s\n", reason);
		return;
	}
	result_median(row, &median);
	unit_print(row->unit, median.value, value, sizeof(value));
	table_interval(row, &median, interval, sizeof(interval));
	table_quantile(row, 0.99, p99, sizeof(p99));
	table_quantile(row, 0.999, p99_9, sizeof(p99_9));
	table_quantile(row, 1, max, sizeof(max));
	fprintf(file, "%14s  %-24s%11s%11s%11s%8" PRIu64 "%9" PRIu64 "%s%s\n", value, interval, p99,
		p99_9, max, row->stats ? row->stats->count : (uint64_t)row->n_rounds, outliers,
		row->steady || unit_info[row->unit].exact ? "" : "  not steady",
		row->state == RESULT_PARTIAL ? "  incomplete" : "");
}

static void table_ratios(const struct results *results, FILE *file)
{
	bool any = false;

	for (size_t i = 0; i < results->count; i++) {
		const struct result *other = &results->row[i];
		const struct result *hdb = result_find(results, other->name, TRANSPORT_HDB);
		struct rank_interval ratio;

		if (!hdb || hdb == other || !result_ratio(hdb, other, &ratio))
			continue;
		if (!any)
			fprintf(file, "\nBy which factor others are above hdb, in this run:\n");
		any = true;
		fprintf(file, "%-36s%-8s%14.3g", other->name, transport_names[other->transport],
			ratio.value);
		if (ratio.bounded)
			fprintf(file, "  %.3g .. %.3g", ratio.low, ratio.high);
		fputc('\n', file);
	}
}

void table_print(const struct results *results, FILE *file)
{
	fprintf(file, "%-36s%-8s%14s  %-24s%11s%11s%11s%8s%9s\n", "case", "by", "median",
		"95 % interval", "p99", "p99.9", "max", "values", "outliers");
	for (size_t i = 0; i < results->count; i++)
		table_row(&results->row[i], file);
	table_ratios(results, file);
	slope_print(results, file);
	target_print(results, file);
	if (results->interrupted)
		fprintf(file, "\nInterrupted: these are the results so far.\n");
}

void table_ktap(const struct results *results, FILE *file)
{
	fprintf(file, "KTAP version 1\n1..%zu\n", results->count);
	for (size_t i = 0; i < results->count; i++) {
		const struct result *row = &results->row[i];
		bool good = row->state == RESULT_MEASURED || row->state == RESULT_NOT_POSSIBLE;
		struct rank_interval median;
		char value[32], reason[400];

		fprintf(file, "%s %zu %s/%s", good ? "ok" : "not ok", i + 1, row->name,
			transport_names[row->transport]);
		if (row->state == RESULT_NOT_POSSIBLE) {
			fprintf(file, " # SKIP %s", row->why);
		} else if (!result_has_values(row)) {
			result_reason(row, reason, sizeof(reason));
			fprintf(file, " # %s", reason);
		} else {
			result_median(row, &median);
			unit_print(row->unit, median.value, value, sizeof(value));
			fprintf(file, " # %s%s", value,
				row->state == RESULT_PARTIAL ? ", incomplete" : "");
		}
		fputc('\n', file);
	}
}
