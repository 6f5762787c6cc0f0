// SPDX-License-Identifier: MIT
#include "commands.h"
#include "bench_options.h"
#include "compare.h"
#include "echo.h"
#include "progress.h"
#include "run.h"
#include "stop.h"
#include "table.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int command_parsed(enum options_result parsed, const struct err *err)
{
	if (parsed == OPTIONS_DONE)
		return EXIT_OK;
	progress_error("%s", err->text);
	return EXIT_USAGE;
}

bool command_is_stdout(const char *path)
{
	return path && strcmp(path, "-") == 0;
}

int command_end(const struct err *err)
{
	if (!err->text[0])
		return EXIT_OK;
	progress_error("%s", err->text);
	return (int)err->code;
}

/* ---- list -------------------------------------------------------------- */

int command_list(int argc, char **argv)
{
	struct bench_options options;
	struct err err = { 0 };
	enum options_result parsed = bench_options_list(argc, argv, &options, &err);

	if (parsed != OPTIONS_RUN)
		return command_parsed(parsed, &err);
	run_list(options.run.cases, options.json_list);
	return EXIT_OK;
}

/* ---- run --------------------------------------------------------------- */

/*
 * Can a file be written there? Asked before the run, so that a bad name does not cost its results;
 * what is there stays.
 */
static int command_writable(const char *option, const char *path, struct err *err)
{
	bool new = path && access(path, F_OK) != 0;
	FILE *file;

	if (!path || command_is_stdout(path))
		return 0;
	file = fopen(path, "ae");
	if (!file) {
		err_errno(err, errno, "--%s: cannot write '%s'", option, path);
		err->code = EXIT_USAGE;
		return -1;
	}
	fclose(file);
	if (new)
		unlink(path);
	return 0;
}

static int command_echo(const struct bench_options *options, struct err *err)
{
	if (echo_run(options->run.peer, options->run.wait, err) == 0)
		return EXIT_OK;
	return command_end(err);
}

static int command_ktap(const struct results *results, const char *path, struct err *err)
{
	FILE *file = command_is_stdout(path) ? stdout : fopen(path, "we");
	bool good;

	if (!file)
		return err_errno(err, errno, "cannot write '%s'", path);
	table_ktap(results, file);
	good = fflush(file) == 0 && !ferror(file);
	if (file != stdout)
		good = fclose(file) == 0 && good;
	return good ? 0 : err_errno(err, errno, "cannot write '%s'", path);
}

/* Cases that failed; and whether there is any that did not turn out to be impossible. */
static void command_judge(const struct results *results, struct err *err)
{
	const struct result *failed = NULL, *impossible = NULL;
	size_t failures = 0, measured = 0;

	for (size_t i = 0; i < results->count; i++) {
		const struct result *row = &results->row[i];

		if (row->state == RESULT_FAILED) {
			failed = failed ? failed : row;
			failures++;
		}
		if (row->state == RESULT_NOT_POSSIBLE)
			impossible = row;
		measured += result_has_values(row);
	}
	if (failed)
		err_set(err, EXIT_FAILED, "%zu of %zu cases failed, the first, %s: %s", failures,
			results->count, failed->name, failed->why);
	else if (results->interrupted)
		err_set(err, EXIT_FAILED, "interrupted; the results are those so far");
	else if (!measured && impossible)
		err_set(err, EXIT_UNTESTED, "cannot be tested here: %s", impossible->why);
}

static void command_give(const struct results *results, const struct bench_options *options,
			 struct err *err)
{
	bool to_stdout = command_is_stdout(options->json) || command_is_stdout(options->ktap);
	json_t *json;

	if (command_is_stdout(options->json)) {
		json = results_json(results);
		json_dumpf(json, stdout, JSON_INDENT(1));
		putchar('\n');
		json_decref(json);
	}
	if (options->ktap && command_ktap(results, options->ktap, err) < 0)
		return;
	if (!options->quiet && !to_stdout)
		table_print(results, stdout);
	if (fflush(stdout) != 0 || ferror(stdout))
		err_errno(err, errno, "cannot write to standard output");
}

int command_run(int argc, char **argv)
{
	struct bench_options options;
	struct results results = { 0 };
	struct err err = { 0 };
	enum options_result parsed = bench_options_run(argc, argv, &options, &err);

	if (parsed != OPTIONS_RUN)
		return command_parsed(parsed, &err);
	progress_init("hdb-bench", options.quiet, options.verbose);
	if (command_writable("json", options.json, &err) < 0 ||
	    command_writable("ktap", options.ktap, &err) < 0)
		return command_end(&err);
	stop_init();
	if (options.role == BENCH_ECHO)
		return command_echo(&options, &err);
	if (options.json && !command_is_stdout(options.json))
		options.run.save = options.json;
	if (run_all(&options.run, &results, &err) == 0 || results.interrupted)
		err_clear(&err);
	if (!err.text[0])
		command_judge(&results, &err);
	if (err.code == EXIT_OK || err.code == EXIT_FAILED)
		command_give(&results, &options, &err);
	results_free(&results);
	return command_end(&err);
}

/* ---- compare ----------------------------------------------------------- */

int command_compared(const struct comparisons *comparisons, const struct bench_options *options,
		     struct err *err)
{
	int status = compare_exit(comparisons);

	if (options->same_place && comparisons->warning[0]) {
		err_set(err, EXIT_UNTESTED, "cannot be tested here: the base was measured "
					    "elsewhere: "
			"%.300s", comparisons->warning);
		return command_end(err);
	}
	if (options->json) {
		json_t *json = compare_json(comparisons);
		int written = command_is_stdout(options->json)
			      ? json_dumpf(json, stdout, JSON_INDENT(1))
			      : json_dump_file(json, options->json, JSON_INDENT(1));

		json_decref(json);
		if (written < 0) {
			err_errno(err, errno, "cannot write '%s'", options->json);
			return command_end(err);
		}
	}
	if (!options->quiet && !command_is_stdout(options->json))
		compare_print(comparisons, stdout);
	return status;
}

int command_compare(int argc, char **argv)
{
	struct results base = { 0 }, new = { 0 }, again = { 0 };
	struct comparisons comparisons;
	struct compare_settings settings;
	struct bench_options options;
	struct err err = { 0 };
	enum options_result parsed = bench_options_compare(argc, argv, &options, &err);
	int status;

	if (parsed != OPTIONS_RUN)
		return command_parsed(parsed, &err);
	settings = (struct compare_settings){
		.threshold = options.threshold / 100,
		.level = options.level / 100,
		.noise = { &base, options.again ? &again : NULL },
	};
	if ((options.limits && limits_load(&settings.limits, options.limits, &err) < 0) ||
	    results_load(&base, options.operands.text[0], &err) < 0 ||
	    results_load(&new, options.operands.text[1], &err) < 0 ||
	    (options.again && results_load(&again, options.again, &err) < 0) ||
	    compare_results(&base, &new, &settings, &comparisons, &err) < 0) {
		status = command_end(&err);
	} else {
		status = command_compared(&comparisons, &options, &err);
		comparisons_free(&comparisons);
	}
	results_free(&base);
	results_free(&new);
	results_free(&again);
	limits_free(&settings.limits);
	return status;
}
