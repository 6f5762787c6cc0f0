// SPDX-License-Identifier: MIT
/* The message fuzzer under libFuzzer. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "message.h"
#include "progress.h"
#include "record.h"
#include "stop.h"

/* Seconds that one input may take; an ordinary one takes some 20 microseconds. */
#define LIBFUZZER_TIMEOUT "10"

static void libfuzzer_number(const char *line, const char *key, uint64_t *number)
{
	const char *at = strstr(line, key);

	if (at)
		*number = strtoull(at + strlen(key), NULL, 10);
}

/* "#4096 NEW cov: 250 ft: 900 corp: 12/3kb exec/s: 2048 rss: 40Mb ...", and what it says first. */
static void libfuzzer_line(const char *line, void *data)
{
	struct message_run *run = data;
	struct message_progress *progress = &run->progress;
	const char *counters = strstr(line, " inline 8-bit counters)");

	fprintf(run->log, "%s\n", line);
	if (run->options->fuzz.verbose) {
		progress_clear();
		fprintf(stderr, "%s\n", line);
	}
	if (line[0] == '#') {
		libfuzzer_number(line, "#", &progress->runs);
		libfuzzer_number(line, " cov: ", &progress->edges);
		libfuzzer_number(line, " corp: ", &progress->inputs);
	} else if (counters && !progress->edges_all) {
		while (counters > line && counters[-1] != '(')
			counters--;
		progress->edges_all = strtoull(counters, NULL, 10);
	} else {
		libfuzzer_number(line, "hdb-fuzz: messages: ", &progress->messages);
		libfuzzer_number(line, " bad: ", &progress->bad);
		libfuzzer_number(line, "stat::number_of_executed_units: ", &progress->runs);
	}
	if (!progress->failed && message_is_failure(line)) {
		progress->failed = true;
		snprintf(progress->what, sizeof(progress->what), "%s", line);
	}
}

int message_libfuzzer(struct message_run *run, struct err *err)
{
	const struct fuzz_options *fuzz = &run->options->fuzz;
	char program[PATH_MAX], seed[32], runs[32], seconds[32], length[32];
	char found[PATH_MAX], fresh[PATH_MAX], seeds[PATH_MAX], words[PATH_MAX + 8] = "-dict=";
	const char *argv[] = {
		program, seed, runs, seconds, length, found, "-timeout=" LIBFUZZER_TIMEOUT,
		"-print_final_stats=1", "-use_value_profile=1", words, fresh, seeds, NULL,
	};
	uint64_t started = stop_now();
	struct child child;

	if (!message_program("hdb-fuzz-message", program, sizeof(program)))
		return err_set(err, EXIT_UNTESTED,
			       "there is no %s; it is built where there is clang", program);
	message_dictionary(words + strlen(words), PATH_MAX);
	snprintf(seed, sizeof(seed), "-seed=%u", run->seed);
	snprintf(runs, sizeof(runs), "-runs=%lld", fuzz->runs ? (long long)fuzz->runs : -1ll);
	snprintf(seconds, sizeof(seconds), "-max_total_time=%u", fuzz->time);
	snprintf(length, sizeof(length), "-max_len=%u", RECORD_INPUT_MAX);
	snprintf(found, sizeof(found), "-artifact_prefix=%s/found/", run->folder);
	snprintf(fresh, sizeof(fresh), "%s/new", run->folder);
	snprintf(seeds, sizeof(seeds), "%s/seeds", run->folder);
	if (child_start(&child, argv, NULL, err))
		return -1;
	while (child_read(&child, 100, libfuzzer_line, run)) {
		run->progress.rate = run->progress.runs * 1e9 / (double)(stop_now() - started);
		message_show(run);
		if (stop_requested())
			child_end(&child, 5, libfuzzer_line, run);
	}
	run->progress.rate = run->progress.runs * 1e9 / (double)(stop_now() - started);
	if (!run->progress.runs && !run->progress.failed)
		return err_set(err, EXIT_UNTESTED, "%s did not get to run anything", program);
	return 0;
}

static void libfuzzer_quiet(const char *line, void *data)
{
	struct message_run *run = data;

	fprintf(run->log, "%s\n", line);
}

int message_reduce(struct message_run *run, struct err *err)
{
	char program[PATH_MAX], seeds[PATH_MAX], fresh[PATH_MAX], all[PATH_MAX];
	const char *argv[] = { program, "-merge=1", seeds, all, NULL };
	struct child child;

	if (!message_program("hdb-fuzz-message", program, sizeof(program)))
		return 0;
	snprintf(seeds, sizeof(seeds), "%s/seeds", run->folder);
	snprintf(fresh, sizeof(fresh), "%s/new", run->folder);
	snprintf(all, sizeof(all), "%s/all", run->folder);
	if (rename(fresh, all) || child_start(&child, argv, NULL, err))
		return err_errno(err, errno, "cannot reduce the corpus");
	while (child_read(&child, 1000, libfuzzer_quiet, run))
		if (stop_requested())
			child_end(&child, 5, libfuzzer_quiet, run);
	return message_take_hashed(seeds, fresh, err);
}
