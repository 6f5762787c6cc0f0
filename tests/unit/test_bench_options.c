// SPDX-License-Identifier: MIT
/* The command lines of hdb-bench, and which cases a pattern means. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <string.h>

#include "../../tools/hdb-bench/bench_options.h"
#include "../../tools/hdb-bench/clocks.h"
#include "../../tools/hdb-bench/pace.h"
#include "../../tools/hdb-bench/pattern.h"
#include "../../tools/hdb-bench/plan.h"
#include "../../tools/hdb-bench/target.h"

typedef enum options_result parse_function(int argc, char **argv, struct bench_options *options,
					   struct err *err);

static enum options_result parse(parse_function *function, const char *line,
				 struct bench_options *options, struct err *err)
{
	static char text[300];
	static char *argv[32];
	char *save = NULL;
	int argc = 1;

	*err = (struct err){ 0 };
	argv[0] = (char *)"command";
	snprintf(text, sizeof(text), "%s", line);
	for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	argv[argc] = NULL;
	return function(argc, argv, options, err);
}

Test(bench_options, run_defaults)
{
	struct bench_options options;
	struct err err;

	cr_assert_eq(parse(bench_options_run, "", &options, &err), OPTIONS_RUN, "%s", err.text);
	cr_assert_eq(options.run.rounds, 12);
	cr_assert_eq(options.run.values, 40);
	cr_assert_float_eq(options.run.round_seconds, 0.5, 1e-12);
	cr_assert_float_eq(options.run.rate, 60, 1e-12);
	cr_assert_eq(options.run.wait, 30);
	cr_assert_eq(options.role, BENCH_MEASURE);
	for (enum transport_kind t = TRANSPORT_HDB; t < TRANSPORTS; t++)
		cr_assert(options.run.transports & CASE_TRANSPORT(t));
	cr_assert_null(options.run.cases);
	cr_assert_null(options.json);
}

Test(bench_options, run_takes_everything)
{
	struct bench_options options;
	struct err err;

	cr_assert_eq(parse(bench_options_run,
			   "--cases frame/*,*/4KiB --transport hdb,copy --role echo --peer b "
			   "--rounds 30 --values=7 --round-time 0.25 --wait 5 --json r.json "
			   "--ktap - "
			   "--rate 120 --quiet --verbose", &options, &err), OPTIONS_RUN, "%s",
		     err.text);
	cr_assert_str_eq(options.run.cases, "frame/*,*/4KiB");
	cr_assert_eq(options.run.transports,
		     CASE_TRANSPORT(TRANSPORT_HDB) | CASE_TRANSPORT(TRANSPORT_COPY));
	cr_assert_eq(options.role, BENCH_ECHO);
	cr_assert_str_eq(options.run.peer, "b");
	cr_assert_eq(options.run.rounds, 30);
	cr_assert_eq(options.run.values, 7);
	cr_assert_float_eq(options.run.rate, 120, 1e-12);
	cr_assert_eq(options.run.wait, 5);
	cr_assert_str_eq(options.json, "r.json");
	cr_assert_str_eq(options.ktap, "-");
	cr_assert(options.quiet && options.verbose);
}

Test(bench_options, bad_input_gets_one_clear_line)
{
	static const struct {
		parse_function *function;
		const char *line, *says;
	} bad[] = {
		{ bench_options_run, "--transport post", "'post' is not one of hdb, gntdev, copy" },
		{ bench_options_run, "--transport hdb,", "'' is not one of" },
		{ bench_options_run, "--transport none", "'none' is not one of" },
		{ bench_options_run, "--rounds 1", "'1' is not a whole number from 2 to 1000" },
		{ bench_options_run, "--round-time 0", "'0' is not a number from 0.001" },
		{ bench_options_run, "--role both", "'both' is not one of" },
		{ bench_options_run, "surprise", "unexpected argument 'surprise'" },
		{ bench_options_list, "surprise", "unexpected argument 'surprise'" },
		{ bench_options_compare, "a.json", "want BASE NEW" },
		{ bench_options_compare, "a b c", "unexpected argument 'c'" },
		{ bench_options_compare, "a b --level 0", "'0' is not a number" },
		{ bench_options_report, "", "want RESULT..." },
		{ bench_options_gate, "--base x", "want both --base and --new" },
		{ bench_options_gate, "--base x --new y --runs 0", "'0' is not a whole number" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct bench_options options;
		struct err err;

		cr_assert_eq(parse(bad[i].function, bad[i].line, &options, &err), OPTIONS_BAD, "%s",
			     bad[i].line);
		cr_assert_eq(err.code, EXIT_USAGE);
		cr_assert(strstr(err.text, bad[i].says), "%s: '%s'", bad[i].line, err.text);
		cr_assert_null(strchr(err.text, '\n'));
	}
}

Test(bench_options, compare_takes_two_files_anywhere)
{
	struct bench_options options;
	struct err err;

	cr_assert_eq(parse(bench_options_compare, "a.json --threshold 2.5 b.json --again c.json",
			   &options, &err), OPTIONS_RUN, "%s", err.text);
	cr_assert_str_eq(options.operands.text[0], "a.json");
	cr_assert_str_eq(options.operands.text[1], "b.json");
	cr_assert_str_eq(options.again, "c.json");
	cr_assert_float_eq(options.threshold, 2.5, 1e-12);
}

Test(bench_options, help_has_all, .init = cr_redirect_stdout)
{
	static parse_function *const functions[] = {
		bench_options_list, bench_options_run, bench_options_compare, bench_options_report,
		bench_options_gate,
	};
	struct bench_options options;
	struct err err;

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		cr_assert_eq(parse(functions[i], "--help", &options, &err), OPTIONS_DONE);
}

/* ---- cases and the plan ------------------------------------------------ */

Test(bench_plan, patterns)
{
	cr_assert(pattern_fits(NULL, "frame/notify/64x64"));
	cr_assert(pattern_fits("frame/*", "frame/notify/64x64"));
	cr_assert(pattern_fits("x,frame/notify/64x64", "frame/notify/64x64"));
	cr_assert(pattern_fits("*/64x64", "frame/notify/64x64"));
	cr_assert_not(pattern_fits("frame/notify", "frame/notify/64x64"));
	cr_assert_not(pattern_fits("setup/*,limits/*", "frame/notify/64x64"));
	cr_assert_not(pattern_fits("", "frame/notify/64x64"));
}

static const struct run_settings every = {
	.transports = CASE_TRANSPORT(TRANSPORT_HDB) | CASE_TRANSPORT(TRANSPORT_GNTDEV) |
		      CASE_TRANSPORT(TRANSPORT_COPY),
	.rounds = 2,
	.values = 2,
};

Test(bench_plan, every_case_has_one_row_by_each_transport)
{
	struct results results = { 0 };
	struct err err = { 0 };
	struct plan plan;

	cr_assert_eq(plan_make(&every, &plan, &results, &err), 0, "%s", err.text);
	cr_assert_gt(results.count, 100);
	for (size_t i = 0; i < results.count; i++)
		cr_assert_eq(result_find(&results, results.row[i].name, results.row[i].transport),
			     &results.row[i], "%s is there twice", results.row[i].name);
	for (size_t i = 0; i < plan.count; i++)
		for (size_t k = 0; plan.entry[i].exercise->series[k].name; k++)
			cr_assert_lt(plan.entry[i].row[k], results.count);
	cr_assert_not_null(result_find(&results, "frame/round-trip/3840x2160", TRANSPORT_COPY));
	cr_assert_not_null(result_find(&results, "setup/export/64MiB", TRANSPORT_GNTDEV));
	/* A target that names no case would never be missed. */
	for (const struct target *target = targets; target->what; target++) {
		cr_assert(result_find(&results, target->of, target->of_transport), "%s",
			  target->of);
		cr_assert(result_find(&results, target->to, target->to_transport), "%s",
			  target->to);
	}
	plan_free(&plan);
	results_free(&results);
}

Test(bench_plan, no_transport_is_silently_absent)
{
	struct results results = { 0 };
	struct err err = { 0 };
	struct plan plan;

	for (size_t i = 0; case_exercises[i]; i++) {
		const struct case_exercise *exercise = case_exercises[i];

		if (exercise->transports & CASE_TRANSPORT(TRANSPORT_NONE))
			continue;
		for (enum transport_kind t = TRANSPORT_HDB; t < TRANSPORTS; t++)
			cr_assert_eq(!!exercise->cannot[t],
				     !(exercise->transports & CASE_TRANSPORT(t)), "%s by %s",
				     exercise->series[0].name, transport_names[t]);
	}
	cr_assert_eq(plan_make(&every, &plan, &results, &err), 0, "%s", err.text);
	for (size_t i = 0; i < results.count; i++) {
		const struct result *row = &results.row[i];

		for (enum transport_kind t = TRANSPORT_HDB;
		     row->transport != TRANSPORT_NONE && t < TRANSPORTS; t++)
			cr_assert_not_null(result_find(&results, row->name, t), "%s by %s",
					   row->name, transport_names[t]);
		cr_assert_eq(row->state == RESULT_NOT_POSSIBLE, !!row->why[0]);
	}
	plan_free(&plan);
	results_free(&results);
}

Test(bench_plan, what_a_transport_cannot_do_is_a_result)
{
	struct run_settings some = every;
	struct results results = { 0 };
	struct err err = { 0 };
	struct plan plan;

	some.cases = "fence/signal/1-in-flight";
	some.transports = CASE_TRANSPORT(TRANSPORT_COPY);
	cr_assert_eq(plan_make(&some, &plan, &results, &err), 0, "%s", err.text);
	cr_assert_eq(plan.count, 0);
	cr_assert_eq(results.count, 1);
	cr_assert_eq(results.row[0].state, RESULT_NOT_POSSIBLE);
	cr_assert_str_eq(results.row[0].why, "it carries bytes, no fences");
	plan_free(&plan);
	results_free(&results);
}

Test(bench_plan, only_what_is_wanted)
{
	struct run_settings some = every;
	struct results results = { 0 };
	struct err err = { 0 };
	struct plan plan;

	some.cases = "limits/clock,setup/import/4KiB";
	some.transports = CASE_TRANSPORT(TRANSPORT_HDB);
	cr_assert_eq(plan_make(&some, &plan, &results, &err), 0);
	cr_assert_eq(plan.count, 2);
	cr_assert_eq(results.count, 2);
	cr_assert(plan.needs_peer);
	plan_free(&plan);
	results_free(&results);
	some.cases = "nothing*";
	cr_assert_eq(plan_make(&some, &plan, &results, &err), -1);
	cr_assert_eq(err.code, EXIT_USAGE);
	plan_free(&plan);
	results_free(&results);
}

Test(bench_plan, an_order_has_each_once_and_is_the_same_again)
{
	enum { COUNT = 37 };
	size_t order[COUNT], again[COUNT];
	bool moved = false;

	plan_shuffle(order, COUNT, 0);
	for (size_t i = 0; i < COUNT; i++)
		cr_assert_eq(order[i], i);
	for (uint32_t round = 1; round < 50; round++) {
		bool seen[COUNT] = { 0 };

		plan_shuffle(order, COUNT, round);
		plan_shuffle(again, COUNT, round);
		cr_assert_arr_eq(order, again, sizeof(order));
		for (size_t i = 0; i < COUNT; i++) {
			cr_assert_not(seen[order[i]]);
			seen[order[i]] = true;
			moved |= order[i] != i;
		}
	}
	cr_assert(moved);
}

/* ---- clocks ------------------------------------------------------------ */

Test(bench_clocks, one_way_is_half_of_what_the_other_end_did_not_spend)
{
	struct clocks clocks = { 0 };
	struct err err = { 0 };
	double ns;

	cr_assert_eq(clocks_one_way(&clocks, 1000, 400, &ns, &err), 0);
	cr_assert_eq(ns, 300);
	cr_assert_eq(clocks_one_way(&clocks, 1000, 1000, &ns, &err), 0);
	cr_assert_eq(ns, 0);
}

Test(bench_clocks, out_of_step_for_a_moment_is_forgiven_and_no_longer)
{
	struct clocks clocks = { 0 };
	struct err err = { 0 };
	double ns;

	for (int i = 0; i < 2; i++) {
		cr_assert_eq(clocks_one_way(&clocks, 1000, 1001, &ns, &err), 0);
		cr_assert_eq(ns, 0);
		cr_assert_eq(clocks_one_way(&clocks, 1000, UINT64_MAX, &ns, &err), 0);
		cr_assert_eq(ns, 0);
		cr_assert_eq(clocks_one_way(&clocks, 1000, 900, &ns, &err), 0);
	}
	clocks_one_way(&clocks, 1, 2, &ns, &err);
	clocks_one_way(&clocks, 1, 2, &ns, &err);
	cr_assert_lt(clocks_one_way(&clocks, 7, 8, &ns, &err), 0);
	cr_assert_not_null(strstr(err.text, "spent 8 ns of 7"));
}

/* ---- pace -------------------------------------------------------------- */

Test(bench_pace, starts_are_where_they_were_intended)
{
	struct pace pace;
	uint64_t first, second, late;

	pace_start(&pace, 2000000);
	first = pace_wait(&pace);
	second = pace_wait(&pace);
	/* After a wait it is when that ended: a late timer is no delay of what is measured. */
	cr_assert_geq(second, first + 2000000);
	cr_assert_geq(stop_now(), second);
	/* One that takes long: the next are late, and count from where they should have begun. */
	while (stop_now() < second + 7000000)
		;
	late = pace_wait(&pace);
	cr_assert_eq(late - first, 4000000);
	cr_assert_geq(stop_now() - late, 5000000);
}

Test(bench_pace, warm_when_values_have_settled)
{
	struct pace_warm warm = { 0 };
	unsigned int needed = 0;

	for (double value = 1000; !warm.steady; value = value > 130 ? value * 0.9 : value) {
		pace_warm_add(&warm, value);
		needed++;
	}
	/* It falls for 20 values; windows of 6 cannot be steady before. */
	cr_assert_gt(needed, 20);
	cr_assert_leq(needed, 36);
}
