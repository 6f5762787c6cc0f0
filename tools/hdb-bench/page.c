// SPDX-License-Identifier: MIT
#include "page.h"
#include "slope.h"
#include "target.h"

#include <inttypes.h>
#include <string.h>

static const char page_style[] =
	":root{color-scheme:light}\n"
	"body{font:16px/1.5 system-ui,sans-serif;color:#1c1c1c;background:#fff;margin:0 auto;"
	"padding:1.5rem;max-width:62rem}\n"
	"h1{font-size:1.6rem;margin:0 0 .3rem}h2{font-size:1.2rem;margin:2.2rem 0 .4rem}\n"
	"p{margin:.3rem 0;max-width:46rem}figure{margin:1.2rem 0}figure "
	"svg{width:100%;height:auto}\n"
	"figcaption{color:#555;font-size:.9rem}\n"
	".wide{overflow-x:auto}table{border-collapse:collapse;font-size:.86rem;width:100%}\n"
	"th,td{padding:.25rem .6rem;text-align:right;border-bottom:1px solid #e2e2e2;"
	"white-space:nowrap}\n"
	"th{border-bottom:2px solid #888}td:first-child,th:first-child,td:nth-child(2),"
	"th:nth-child(2),td.why{text-align:left}\n"
	"td.why{color:#777;white-space:normal}tr.failed td{color:#b00020}\n"
	".facts td{text-align:left;white-space:normal;word-break:break-word}\n"
	".note{color:#7a4b00;background:#fff6e5;padding:.5rem .8rem;border-left:4px solid "
	"#e69f00}\n";

void page_text(FILE *file, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '&':
			fputs("&amp;", file);
			break;
		case '<':
			fputs("&lt;", file);
			break;
		case '>':
			fputs("&gt;", file);
			break;
		case '"':
			fputs("&quot;", file);
			break;
		default:
			fputc(*text, file);
		}
}

static void page_cell(FILE *file, enum unit unit, double value)
{
	char text[40];

	unit_print(unit, value, text, sizeof(text));
	fputs("<td>", file);
	page_text(file, text);
	fputs("</td>", file);
}

static void page_row(FILE *file, const struct result *row)
{
	static const double shares[] = { 0.9, 0.99, 0.999, 1 };
	struct rank_interval median;
	char reason[400];
	uint64_t limit;

	fprintf(file, "<tr%s><td>", row->state == RESULT_FAILED ? " class=\"failed\"" : "");
	page_text(file, row->name);
	fprintf(file, "</td><td>%s</td>", transport_names[row->transport]);
	if (!result_has_values(row)) {
		fputs("<td class=\"why\" colspan=\"8\">", file);
		result_reason(row, reason, sizeof(reason));
		page_text(file, reason);
		fputs("</td></tr>\n", file);
		return;
	}
	result_median(row, &median);
	page_cell(file, row->unit, median.value);
	if (median.bounded && !unit_info[row->unit].exact) {
		page_cell(file, row->unit, median.low);
		page_cell(file, row->unit, median.high);
	} else {
		fputs("<td>-</td><td>-</td>", file);
	}
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
		if (row->stats && row->stats->count)
			page_cell(file, row->unit, (double)stats_quantile(row->stats, shares[i]));
		else
			fputs("<td>-</td>", file);
	fprintf(file, "<td>%" PRIu64 "</td></tr>\n", result_outliers(row, &limit));
}

static void page_table(FILE *file, const struct results *results)
{
	fputs("<h2>All figures</h2>\n<p>Medians are of the rounds, with 95 % intervals; "
	      "percentiles are of "
	      "all values, none is left out.</p>\n<div class=\"wide\"><table>\n<tr><th>case</th>"
	      "<th>by</th><th>median</th><th>low</th><th>high</th><th>p90</th><th>p99</th>"
	      "<th>p99.9</th><th>max</th><th>outliers</th></tr>\n", file);
	for (size_t i = 0; i < results->count; i++)
		page_row(file, &results->row[i]);
	fputs("</table></div>\n", file);
}

static void page_targets(FILE *file, const struct results *results)
{
	const struct target *target = NULL;
	struct rank_interval ratio;
	enum target_state state;
	bool any = false;

	while ((target = target_next(target, results, &ratio, &state))) {
		if (!any)
			fputs("<h2>Targets</h2>\n<p>Ratios of medians within this run.</p>\n"
			      "<div "
			      "class=\"wide\"><table>\n<tr><th>ratio</th><th></th><th>value</th>"
			      "<th>low</th><th>high</th><th>wanted</th></tr>\n", file);
		any = true;
		fprintf(file, "<tr%s><td>", state == TARGET_MISSED ? " class=\"failed\"" : "");
		page_text(file, target->what);
		fprintf(file, "</td><td>%s</td><td>%.3g</td>", target_states[state], ratio.value);
		if (ratio.bounded)
			fprintf(file, "<td>%.3g</td><td>%.3g</td>", ratio.low, ratio.high);
		else
			fputs("<td>-</td><td>-</td>", file);
		fprintf(file, "<td>%s %g</td></tr>\n", target->at_least ? "at least" : "at most",
			target->limit);
	}
	if (any)
		fputs("</table></div>\n", file);
}

static void page_slope_part(FILE *file, enum unit unit, const struct rank_interval *part)
{
	char text[32];

	unit_print(unit, part->value, text, sizeof(text));
	fprintf(file, "<td>%s</td>", text);
	if (!part->bounded) {
		fputs("<td>-</td><td>-</td>", file);
		return;
	}
	unit_print(unit, part->low, text, sizeof(text));
	fprintf(file, "<td>%s</td>", text);
	unit_print(unit, part->high, text, sizeof(text));
	fprintf(file, "<td>%s</td>", text);
}

static void page_slopes(FILE *file, const struct results *results)
{
	struct slope slope;
	bool any = false;

	for (size_t row = 0; slope_next(results, &row, &slope);) {
		if (!any)
			fputs("<h2>By size</h2>\n<p>What a buffer takes, however large, and what "
			      "each of its pages takes beside that.</p>\n<div class=\"wide\"><table>\n"
			      "<tr><th>case</th><th>by</th><th>a buffer</th><th>low</th><th>high</th>"
			      "<th>a page</th><th>low</th><th>high</th></tr>\n", file);
		any = true;
		fputs("<tr><td>", file);
		page_text(file, slope.name);
		fprintf(file, "</td><td>%s</td>", transport_names[slope.transport]);
		page_slope_part(file, slope.unit, &slope.buffer);
		page_slope_part(file, slope.unit, &slope.page);
		fputs("</tr>\n", file);
	}
	if (any)
		fputs("</table></div>\n", file);
}

static void page_facts(FILE *file, const json_t *object)
{
	const char *key;
	json_t *value;

	fputs("<div class=\"wide\"><table class=\"facts\">\n", file);
	json_object_foreach((json_t *)object, key, value) {
		const char *name;
		json_t *inner;

		fputs("<tr><td>", file);
		page_text(file, key);
		fputs("</td><td>", file);
		if (json_is_string(value))
			page_text(file, json_string_value(value));
		else if (json_is_integer(value))
			fprintf(file, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		else if (json_is_real(value))
			fprintf(file, "%g", json_real_value(value));
		else
			json_object_foreach(value, name, inner) {
				page_text(file, name);
				fputs(": ", file);
				page_text(file, json_string_value(inner) ?: "?");
				fputs("<br>", file);
			}
		fputs("</td></tr>\n", file);
	}
	fputs("</table></div>\n", file);
}

/* The plots' own ids would meet on one page: each gets a letter in front. */
static void page_svg(FILE *file, const char *svg, char letter)
{
	const char *start = strstr(svg, "<svg");

	for (svg = start ? start : svg; *svg; svg++) {
		static const char *const names[] = {
			"id=\"", "id='", "href=\"#", "href='#", "url(#",
		};

		fputc(*svg, file);
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strncmp(svg, names[i], strlen(names[i])) == 0) {
				fputs(names[i] + 1, file);
				fputc(letter, file);
				svg += strlen(names[i]) - 1;
				break;
			}
	}
}

static void page_head(FILE *file, const struct results *results)
{
	static const char *const keys[] = { "lane", "accelerator", "kernel", "revision" };
	const char *separator = "";

	fprintf(file, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<title>hdb-bench</title>\n<style>\n%s</style>\n</head>\n<body>\n"
		"<h1>What sharing costs</h1>\n<p>", page_style);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const json_t *value = json_object_get(results->environment, keys[i]);
		const char *text = json_string_value(value);

		if (!text)
			continue;
		fprintf(file, "%s%s ", separator, keys[i]);
		page_text(file, text);
		separator = " &middot; ";
	}
	fputs("</p>\n", file);
	if (strcmp(json_string_value(json_object_get(results->environment, "accelerator")) ?: "",
		   "tcg") == 0)
		fputs("<p class=\"note\">Measured on an emulated processor: the figures can be "
		      "compared "
		      "with each other, they do not say how fast hardware is.</p>\n", file);
	if (results->interrupted)
		fputs("<p class=\"note\">The run was interrupted: these are the results until "
		      "then.</p>\n",
		      file);
}

void page_write(FILE *file, const struct results *results, size_t count, char *const svg[PLOTS])
{
	const struct results *last = &results[count - 1];

	page_head(file, last);
	for (size_t i = 0; i < PLOTS; i++) {
		if (!svg[i])
			continue;
		fprintf(file, "<h2>%s</h2>\n<figure>\n", plot_info[i].title);
		page_svg(file, svg[i], (char)('a' + i));
		fputs("<figcaption>", file);
		page_text(file, plot_info[i].says);
		fputs("</figcaption>\n</figure>\n", file);
	}
	page_targets(file, last);
	page_slopes(file, last);
	page_table(file, last);
	fputs("<h2>Where it was measured</h2>\n", file);
	page_facts(file, last->environment);
	fputs("<h2>How</h2>\n", file);
	page_facts(file, last->settings);
	fputs("</body>\n</html>\n", file);
}
