// SPDX-License-Identifier: MIT
/* Results of hdb-bench: to JSON and back, the schema, tables, merging, bad files. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <sys/resource.h>

#include "../../tools/hdb-bench/env.h"
#include "../../tools/hdb-bench/result.h"
#include "../../tools/hdb-bench/table.h"
#include "../../tools/hdb-bench/slope.h"
#include "../../tools/hdb-bench/target.h"
#include "schema.h"
#include "scratch.h"

#define SCHEMA "../../docs/bench-result.schema.json"

/* One row of each kind. */
static void make(struct results *results)
{
	static const double rounds[] = { 1000, 1010, 990, 1020, 1005, 995, 1000 };
	struct result *row;

	*results = (struct results){ .started = 1767225600, .seconds = 1.5 };
	results->environment = env_json();
	results->settings = json_pack("{s:i, s:i, s:f, s:f, s:f}", "rounds", 7, "values", 3,
				      "round_seconds", 0.5, "rate", 60.0, "confidence", 0.95);
	row = result_add(results, "frame/round-trip/64x64", TRANSPORT_HDB, UNIT_NS);
	row->bytes = 16384;
	row->steady = true;
	row->stats = calloc(1, sizeof(*row->stats));
	for (size_t i = 0; i < 7; i++) {
		result_add_round(row, rounds[i]);
		for (uint64_t k = 0; k < 3; k++)
			stats_add(row->stats, (uint64_t)rounds[i] + 10 * k);
	}
	stats_add(row->stats, 5000000);
	row = result_add(results, "frame/round-trip/64x64", TRANSPORT_COPY, UNIT_NS);
	for (size_t i = 0; i < 7; i++)
		result_add_round(row, rounds[i] * 4);
	row = result_add(results, "limits/memcpy/4KiB", TRANSPORT_NONE, UNIT_BYTES_S);
	for (size_t i = 0; i < 7; i++)
		result_add_round(row, rounds[i] * 1e6);
	row = result_add(results, "cost/messages-sent/64x64", TRANSPORT_HDB, UNIT_COUNT);
	for (size_t i = 0; i < 7; i++)
		result_add_round(row, 50);
	row = result_add(results, "setup/export/4KiB", TRANSPORT_GNTDEV, UNIT_NS);
	row->state = RESULT_NOT_POSSIBLE;
	strcpy(row->why, "no \"gntdev\" here");
	row = result_add(results, "frame/notify/64x64", TRANSPORT_HDB, UNIT_NS);
	row->state = RESULT_FAILED;
	strcpy(row->why, "the other end is gone");
	row = result_add(results, "frame/publish/64x64", TRANSPORT_HDB, UNIT_NS);
	row->state = RESULT_PARTIAL;
	result_add_round(row, 17);
	row = result_add(results, "frame/to-readable/64x64", TRANSPORT_HDB, UNIT_NS);
	row->state = RESULT_PARTIAL;
}

static void assert_valid(const json_t *json)
{
	json_error_t error;
	json_t *schema = json_load_file(SCHEMA, 0, &error);
	char why[500];

	cr_assert(schema, "%s: %s", SCHEMA, error.text);
	cr_assert(schema_valid(schema, json, why, sizeof(why)), "%s", why);
	json_decref(schema);
}

Test(bench_result, follows_the_schema)
{
	struct results results;
	json_t *json;

	make(&results);
	json = results_json(&results);
	assert_valid(json);
	json_decref(json);
	results.interrupted = true;
	strcpy(results.error, "the disk is full");
	results.peer = json_pack("{s:i, s:s, s:b, s:s}", "domain", 0, "name", "", "loopback", 1,
				 "text", "domain 0 (loopback)");
	json = results_json(&results);
	assert_valid(json);
	json_decref(json);
	results_free(&results);
}

/* The validator itself, and the schema, see what is wrong. */
Test(bench_result, the_schema_refuses)
{
	static const char *const wrong[][2] = {
		{ "version", "2" }, { "format", "\"hdb\"" }, { "seconds", "-1" },
		{ "seconds", "\"1\"" }, { "surprise", "1" }, { "interrupted", "0" },
		{ "results", "[{}]" }, { "results", "{}" }, { "environment", "{}" },
		{ "ratios", "[{\"name\": \"x\", \"of\": \"post\", \"to\": \"hdb\", \"value\": 1, "
			    "\"low\": null, \"high\": null}]" },
	};
	json_t *schema = json_load_file(SCHEMA, 0, NULL);
	struct results results;
	char why[500];

	make(&results);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		json_t *json = results_json(&results);

		json_object_set_new(json, wrong[i][0],
				    json_loads(wrong[i][1], JSON_DECODE_ANY, NULL));
		cr_assert_not(schema_valid(schema, json, why, sizeof(why)), "%s = %s", wrong[i][0],
			      wrong[i][1]);
		cr_assert(why[0]);
		json_decref(json);
	}
	json_decref(schema);
	results_free(&results);
}

Test(bench_result, comes_back_as_it_was, .init = scratch_open, .fini = scratch_close)
{
	struct results results, back;
	json_t *before, *after;
	struct err err = { 0 };

	make(&results);
	before = results_json(&results);
	cr_assert_eq(results_save(&results, scratch_path("r.json"), &err), 0, "%s", err.text);
	cr_assert_eq(scratch_count(), 1);
	cr_assert_eq(results_load(&back, scratch_path("r.json"), &err), 0, "%s", err.text);
	after = results_json(&back);
	cr_assert(json_equal(before, after));
	json_decref(before);
	json_decref(after);
	results_free(&results);
	results_free(&back);
}

/* A result that cannot be written leaves the one that is there. */
Test(bench_result, a_full_disk_keeps_what_is_there, .init = scratch_open, .fini = scratch_close)
{
	const struct rlimit small = { 100, 100 };
	struct results results, back;
	struct err err = { 0 };

	make(&results);
	cr_assert_eq(results_save(&results, scratch_path("r.json"), &err), 0);
	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	cr_assert_eq(results_save(&results, scratch_path("r.json"), &err), -1);
	cr_assert_eq(err.code, EXIT_FAILED);
	cr_assert(strstr(err.text, strerror(EFBIG)), "%s", err.text);
	cr_assert_eq(scratch_count(), 1);
	cr_assert_eq(results_load(&back, scratch_path("r.json"), &err), 0);
	cr_assert_eq(back.count, results.count);
	results_free(&results);
	results_free(&back);
}

Test(bench_result, bad_files_are_refused)
{
	static const char *const bad[][2] = {
		{ "[]", "not a result" },
		{ "{}", "not a result" },
		{ "{\"format\": \"hdb-bench\", \"version\": 9}", "version 9" },
		{ "{\"format\": \"hdb-bench\", \"version\": 1}", "no results" },
		{ "{\"format\": \"hdb-bench\", \"version\": 1, \"environment\": {}, \"results\": "
		  "[{}]}",
		  "result 0 has no known" },
		{ "{\"format\": \"hdb-bench\", \"version\": 1, \"environment\": {}, \"results\": ["
		  "{\"name\": \"a\", \"transport\": \"hdb\", \"unit\": \"ns\", \"state\": "
		  "\"measured\"}]}", "'a' is measured and has no values" },
		{ "{\"format\": \"hdb-bench\", \"version\": 1, \"environment\": {}, \"results\": ["
		  "{\"name\": \"a\", \"transport\": \"hdb\", \"unit\": \"ns\", \"state\": "
		  "\"measured\", \"rounds\": [\"1\"]}]}", "rounds that are no numbers" },
		{ "{\"format\": \"hdb-bench\", \"version\": 1, \"environment\": {}, \"results\": ["
		  "{\"name\": \"a\", \"transport\": \"hdb\", \"unit\": \"ns\", \"state\": "
		  "\"measured\", \"rounds\": [1], \"histogram\": {\"steps\": 3}}]}",
		  "no valid histogram" },
		{ "{\"format\": \"hdb-bench\", \"version\": 1, \"environment\": {}, \"results\": ["
		  "{\"name\": \"a\", \"transport\": \"hdb\", \"unit\": \"ns\", \"state\": "
		  "\"partial\"}, {\"name\": \"a\", \"transport\": \"hdb\", \"unit\": \"ns\", "
		  "\"state\": \"partial\"}]}", "there twice" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_t *json = json_loads(bad[i][0], 0, NULL);
		struct results results;
		struct err err = { 0 };

		cr_assert(json, "%s", bad[i][0]);
		cr_assert_eq(results_from_json(&results, json, "x.json", &err), -1, "%s",
			     bad[i][0]);
		cr_assert_eq(err.code, EXIT_USAGE);
		cr_assert(strstr(err.text, bad[i][1]), "'%s' does not say '%s'", err.text,
			  bad[i][1]);
		json_decref(json);
	}
}

Test(bench_result, missing_and_broken_files, .init = scratch_open, .fini = scratch_close)
{
	struct results results;
	struct err err = { 0 };
	FILE *file;

	cr_assert_eq(results_load(&results, scratch_path("none"), &err), -1);
	cr_assert(strstr(err.text, "cannot read"), "%s", err.text);
	file = fopen(scratch_path("half"), "w");
	fputs("{\n\"format\": ", file);
	fclose(file);
	cr_assert_eq(results_load(&results, scratch_path("half"), &err), -1);
	cr_assert(strstr(err.text, "line 2"), "%s", err.text);
}

Test(bench_result, ratios_in_one_run)
{
	struct results results;
	json_t *json, *ratios, *first;

	make(&results);
	json = results_json(&results);
	ratios = json_object_get(json, "ratios");
	cr_assert_eq(json_array_size(ratios), 1);
	first = json_array_get(ratios, 0);
	cr_assert_str_eq(json_string_value(json_object_get(first, "of")), "copy");
	cr_assert_float_eq(json_number_value(json_object_get(first, "value")), 4, 1e-9);
	json_decref(json);
	results_free(&results);
}

/* Two cases whose ratio is known: met, missed, unclear, and not there. */
Test(bench_result, targets)
{
	static const struct {
		double small, large, spread;
		enum target_state state;
	} known[] = {
		{ 1000, 1050, 0.01, TARGET_MET },
		{ 1000, 1300, 0.01, TARGET_MISSED },
		{ 1000, 1100, 0.1, TARGET_UNCLEAR },
	};
	const struct target *size = &targets[2];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct results results = { 0 };
		struct rank_interval ratio;
		enum target_state state;
		struct result *row;
		json_t *json;

		cr_assert_not(target_judge(size, &results, &ratio, &state));
		row = result_add(&results, size->to, size->to_transport, UNIT_NS);
		for (int k = -4; k <= 4; k++)
			result_add_round(row, known[i].small * (1 + known[i].spread * k / 4));
		cr_assert_not(target_judge(size, &results, &ratio, &state));
		row = result_add(&results, size->of, size->of_transport, UNIT_NS);
		for (int k = -4; k <= 4; k++)
			result_add_round(row, known[i].large * (1 + known[i].spread * k / 4));
		cr_assert(target_judge(size, &results, &ratio, &state));
		cr_assert_float_eq(ratio.value, known[i].large / known[i].small, 0.01);
		cr_assert_eq(state, known[i].state, "%zu: %s", i, target_states[state]);
		json = target_json(&results);
		cr_assert_eq(json_array_size(json), 1);
		json_decref(json);
		results_free(&results);
	}
}

static void add_size(struct results *results, const char *name, uint64_t pages, double value)
{
	struct result *row = result_add(results, name, TRANSPORT_HDB, UNIT_NS);

	row->bytes = pages * SLOPE_PAGE;
	for (int i = 0; i < 9; i++)
		result_add_round(row, value);
}

/* 500 ns for a buffer and 20 ns for a page, and one size that was disturbed. */
Test(bench_result, what_a_page_takes)
{
	struct results results = { 0 };
	struct slope slope;
	size_t at = 0;
	json_t *json;

	add_size(&results, "setup/import/a", 1, 520);
	add_size(&results, "setup/import/b", 10, 700);
	add_size(&results, "setup/import/c", 100, 9000);
	add_size(&results, "setup/import/d", 1000, 20500);
	add_size(&results, "setup/import/e", 2000, 40500);
	/* Two sizes are no line that could be told from chance. */
	add_size(&results, "setup/export/a", 1, 520);
	add_size(&results, "setup/export/b", 10, 700);
	/* And what is no buffer has no pages. */
	add_size(&results, "limits/memcpy/a", 0, 1);
	add_size(&results, "limits/memcpy/b", 0, 1);
	add_size(&results, "limits/memcpy/c", 0, 1);
	cr_assert(slope_next(&results, &at, &slope));
	cr_assert_str_eq(slope.name, "setup/import");
	cr_assert_eq(slope.sizes, 5);
	cr_assert_float_eq(slope.page.value, 20, 1e-9);
	cr_assert_float_eq(slope.buffer.value, 500, 1e-9);
	cr_assert(slope.page.bounded);
	cr_assert_float_eq(slope.page.low, 20, 1e-9);
	cr_assert_not(slope_next(&results, &at, &slope));
	json = slope_json(&results);
	cr_assert_eq(json_array_size(json), 1);
	json_decref(json);
	results_free(&results);
}

/* Sizes of which one has fewer rounds, as when a run was interrupted; and less for more. */
Test(bench_result, what_a_page_takes_of_a_run_that_ended_early)
{
	struct results results = { 0 };
	struct slope slope;
	size_t at = 0;

	add_size(&results, "frame/notify/a", 1, 900);
	add_size(&results, "frame/notify/b", 101, 700);
	add_size(&results, "frame/notify/c", 201, 500);
	result_add_round(&results.row[0], 1e9);
	cr_assert(slope_next(&results, &at, &slope));
	cr_assert_float_eq(slope.page.value, -2, 1e-9);
	cr_assert_float_eq(slope.buffer.value, 902, 1e-9);
	results_free(&results);
}

Test(bench_result, outliers_are_counted_and_kept)
{
	struct results results;
	uint64_t limit;

	make(&results);
	cr_assert_eq(result_outliers(&results.row[0], &limit), 1);
	cr_assert_lt(limit, 5000000);
	cr_assert_eq(results.row[0].stats->max, 5000000);
	results_free(&results);
}

Test(bench_result, merging_runs)
{
	struct results a, b;

	make(&a);
	make(&b);
	b.row[0].rounds[0] = 2000;
	cr_assert_eq(results_merge(&a, &b), 0);
	cr_assert_eq(a.count, b.count);
	cr_assert_eq(a.row[0].n_rounds, 14);
	cr_assert_eq(a.row[0].rounds[7], 2000);
	cr_assert_eq(a.row[0].stats->count, 2 * b.row[0].stats->count);
	cr_assert_eq(a.row[4].state, RESULT_NOT_POSSIBLE);
	cr_assert_eq(a.row[5].state, RESULT_FAILED);
	results_free(&a);
	results_free(&b);
}

static char *text_of(void (*print)(const struct results *results, FILE *file))
{
	struct results results;
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	make(&results);
	print(&results, file);
	fclose(file);
	results_free(&results);
	return text;
}

Test(bench_result, ktap)
{
	char *text = text_of(table_ktap);

	cr_assert_str_eq(text,
			 "KTAP version 1\n"
			 "1..8\n"
			 "ok 1 frame/round-trip/64x64/hdb # 1.00 us\n"
			 "ok 2 frame/round-trip/64x64/copy # 4.00 us\n"
			 "ok 3 limits/memcpy/4KiB/none # 954 MiB/s\n"
			 "ok 4 cost/messages-sent/64x64/hdb # 50\n"
			 "ok 5 setup/export/4KiB/gntdev # SKIP no \"gntdev\" here\n"
			 "not ok 6 frame/notify/64x64/hdb # failed: the other end is gone\n"
			 "not ok 7 frame/publish/64x64/hdb # 17.0 ns, incomplete\n"
			 "not ok 8 frame/to-readable/64x64/hdb # not measured\n");
	free(text);
}

Test(bench_result, table)
{
	static const char *const parts[] = {
		"frame/round-trip/64x64              hdb            1.00 us  990 ns .. 1.02 us",
		"not possible: no \"gntdev\" here", "failed: the other end is gone", "incomplete",
		"5.00 ms", "frame/round-trip/64x64              copy                 4",
	};
	char *text = text_of(table_print);

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		cr_assert(strstr(text, parts[i]), "'%s' is not in\n%s", parts[i], text);
	free(text);
}

Test(bench_result, units_for_people)
{
	static const struct {
		enum unit unit;
		double value;
		const char *want;
	} known[] = {
		{ UNIT_NS, 0, "0 ns" }, { UNIT_NS, 1, "1.00 ns" }, { UNIT_NS, 12.34, "12.3 ns" },
		{ UNIT_NS, 999, "999 ns" }, { UNIT_NS, 1500, "1.50 us" },
		{ UNIT_NS, 2.5e9, "2.50 s" }, { UNIT_NS, 6e11, "600 s" },
		{ UNIT_BYTES_S, 1024, "1.00 KiB/s" }, { UNIT_BYTES_S, 8e9, "7.45 GiB/s" },
		{ UNIT_FRAMES_S, 123456, "123456 frames/s" }, { UNIT_COUNT, 3, "3" },
	};
	char text[40];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		unit_print(known[i].unit, known[i].value, text, sizeof(text));
		cr_assert_str_eq(text, known[i].want);
	}
	cr_assert_eq(unit_find("furlong"), UNITS);
	for (enum unit unit = 0; unit < UNITS; unit++)
		cr_assert_eq(unit_find(unit_info[unit].name), unit);
}

Test(bench_result, what_the_machine_tells_on_the_command_line)
{
	char *word = env_word("quiet hdb.accel=tcg hdb.lane=loop\n", "hdb.lane");

	cr_assert_str_eq(word, "loop");
	free(word);
	cr_assert_null(env_word("hdb.lanes=2 xhdb.lane=1", "hdb.lane"));
	cr_assert_null(env_word("", "hdb.lane"));
}
