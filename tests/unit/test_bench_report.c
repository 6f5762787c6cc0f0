// SPDX-License-Identifier: MIT
/* Plots and the page, of a result that was recorded in the loop lane. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/hdb-bench/page.h"
#include "../../tools/hdb-bench/plot.h"
#include "../../tools/hdb-bench/table.h"
#include "schema.h"

#define RECORDED "data/bench-loop.json"

static struct results results[2];

static void load(void)
{
	struct err err = { 0 };

	for (size_t i = 0; i < 2; i++)
		cr_assert_eq(results_load(&results[i], RECORDED, &err), 0, "%s", err.text);
}

static void drop(void)
{
	for (size_t i = 0; i < 2; i++)
		results_free(&results[i]);
}

TestSuite(bench_report, .init = load, .fini = drop);

/* What was really measured follows the schema, and comes back as it was. */
Test(bench_report, recorded_results_follow_the_schema)
{
	json_t *schema = json_load_file("../../docs/bench-result.schema.json", 0, NULL);
	json_t *file = json_load_file(RECORDED, 0, NULL), *again = results_json(&results[0]);
	char why[500];

	cr_assert(schema && file);
	cr_assert(schema_valid(schema, file, why, sizeof(why)), "%s", why);
	cr_assert(json_equal(json_object_get(file, "results"), json_object_get(again, "results")));
	cr_assert(json_equal(json_object_get(file, "ratios"), json_object_get(again, "ratios")));
	json_decref(schema);
	json_decref(file);
	json_decref(again);
}

Test(bench_report, every_plot_is_drawn_both_ways)
{
	for (enum plot_kind kind = 0; kind < PLOTS; kind++)
		for (unsigned int png = 0; png < 2; png++) {
			char *script = plot_script(kind, results, 2, png), *picture;
			struct err err = { 0 };
			size_t size;

			cr_assert(script, "%s", plot_info[kind].name);
			picture = plot_draw(script, &size, &err);
			if (!picture && err.code == EXIT_UNTESTED)
				cr_skip_test("%s", err.text);
			cr_assert(picture, "%s: %s", plot_info[kind].name, err.text);
			cr_assert_gt(size, 2000);
			if (png)
				cr_assert_arr_eq(picture, "\x89PNG\r\n\x1a\n", 8);
			else
				cr_assert(strstr(picture, "<svg") && strstr(picture, "</svg>"));
			free(script);
			free(picture);
		}
}

Test(bench_report, nothing_to_draw_is_no_plot)
{
	struct results none = { 0 };

	for (enum plot_kind kind = 0; kind < PLOTS; kind++)
		cr_assert_null(plot_script(kind, &none, 1, false), "%s", plot_info[kind].name);
	/* One result is no history. */
	cr_assert_null(plot_script(PLOT_HISTORY, results, 1, false));
}

Test(bench_report, gnuplot_that_fails_is_told)
{
	struct err err = { 0 };
	size_t size;

	cr_assert_null(plot_draw("this is no command of its\n", &size, &err));
	cr_assert(err.code == EXIT_FAILED || err.code == EXIT_UNTESTED);
	cr_assert(err.text[0]);
}

static char *page_of(char *const svg[PLOTS])
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	page_write(file, results, 2, svg);
	fclose(file);
	return text;
}

Test(bench_report, the_page_has_all_and_needs_nothing)
{
	char *svg[PLOTS] = { (char *)"<?xml?><svg><g id=\"x\"/><use href='#x'/></svg>",
			     (char *)"<svg><g id=\"x\"/><path clip=\"url(#x)\"/></svg>" };
	char *page = page_of(svg);

	for (size_t i = 0; i < results[1].count; i++)
		cr_assert(strstr(page, results[1].row[i].name), "%s", results[1].row[i].name);
	cr_assert(strstr(page, plot_info[0].title) && strstr(page, plot_info[1].title));
	cr_assert_null(strstr(page, plot_info[2].title));
	cr_assert(strstr(page, "</html>"));
	/* Two plots with the same id on one page stay two. */
	cr_assert(strstr(page, "id=\"ax\"") && strstr(page, "href='#ax'"));
	cr_assert(strstr(page, "id=\"bx\"") && strstr(page, "url(#bx)"));
	cr_assert_null(strstr(page, "<?xml"));
	cr_assert_null(strstr(page, "<script"));
	cr_assert_null(strstr(page, "src="));
	cr_assert_null(strstr(page, "<link"));
	free(page);
}

Test(bench_report, texts_of_files_stay_texts)
{
	char *svg[PLOTS] = { NULL };
	char *page;

	results[1].row[0].state = RESULT_FAILED;
	strcpy(results[1].row[0].why, "<b>\"it\" & that</b>");
	page = page_of(svg);
	cr_assert(strstr(page, "&lt;b&gt;&quot;it&quot; &amp; that&lt;/b&gt;"));
	cr_assert_null(strstr(page, "<b>"));
	free(page);
}
