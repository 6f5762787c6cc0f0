// SPDX-License-Identifier: MIT
/* The message fuzzer under AFL++. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "message.h"
#include "progress.h"
#include "stop.h"

static void afl_line(const char *line, void *data)
{
	struct message_run *run = data;

	fprintf(run->log, "%s\n", line);
	if (run->options->fuzz.verbose) {
		progress_clear();
		fprintf(stderr, "%s\n", line);
	}
}

/* "name : value" lines that AFL++ renews now and then. */
static void afl_stats(struct message_run *run)
{
	struct message_progress *progress = &run->progress;
	char path[PATH_MAX], line[256], name[64];
	double value;
	FILE *file;

	snprintf(path, sizeof(path), "%s/afl/default/fuzzer_stats", run->folder);
	file = fopen(path, "re");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s : %lf", name, &value) != 2)
			continue;
		if (!strcmp(name, "execs_done"))
			progress->runs = (uint64_t)value;
		else if (!strcmp(name, "corpus_count"))
			progress->inputs = (uint64_t)value;
		else if (!strcmp(name, "edges_found"))
			progress->edges = (uint64_t)value;
		else if (!strcmp(name, "total_edges"))
			progress->edges_all = (uint64_t)value;
		else if ((!strcmp(name, "saved_crashes") || !strcmp(name, "saved_hangs")) && value > 0)
			progress->failed = true;
	}
	fclose(file);
	if (progress->failed)
		snprintf(progress->what, sizeof(progress->what), "AFL++ saved an input that fails");
}

/* Its folders under the names that ours have; what is there already stays. */
static void afl_move(const struct message_run *run, const char *from, const char *to)
{
	char old[PATH_MAX], new[PATH_MAX];

	snprintf(old, sizeof(old), "%s/afl/default/%s", run->folder, from);
	snprintf(new, sizeof(new), "%s/%s", run->folder, to);
	unlink(strcat(old, "/README.txt"));
	*strrchr(old, '/') = '\0';
	if (rmdir(new) == 0 || errno == ENOENT)
		rename(old, new);
}

int message_afl(struct message_run *run, struct err *err)
{
	const struct fuzz_options *fuzz = &run->options->fuzz;
	char program[PATH_MAX], mutator[PATH_MAX], seeds[PATH_MAX], out[PATH_MAX];
	char words[PATH_MAX], seconds[32], runs[32], seed[32], library[PATH_MAX + 32];
	static const char afl[] = "/usr/bin/afl-fuzz";
	const char *argv[24] = { afl, "-i", seeds, "-o", out, "-s", seed, "-m", "none",
				 "-x", words };
	const char *const env[] = {
		library, "AFL_NO_UI=1", "AFL_SKIP_CPUFREQ=1", "AFL_NO_AFFINITY=1",
		"AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1", "AFL_BENCH_UNTIL_CRASH=1",
		"AFL_FAST_CAL=1", NULL,
	};
	uint64_t started = stop_now();
	struct child child;
	int count = 11;

	if (access(afl, X_OK))
		return err_set(err, EXIT_UNTESTED, "there is no %s (package afl++)", afl);
	if (!message_program("hdb-fuzz-message-afl", program, sizeof(program)) ||
	    !message_program("hdb-fuzz-message-afl.so", mutator, sizeof(mutator)))
		return err_set(err, EXIT_UNTESTED,
			       "there is no %s; it is built where there is afl-clang-fast", program);
	snprintf(library, sizeof(library), "AFL_CUSTOM_MUTATOR_LIBRARY=%s", mutator);
	message_dictionary(words, sizeof(words));
	snprintf(seed, sizeof(seed), "%u", run->seed);
	snprintf(seeds, sizeof(seeds), "%s/seeds", run->folder);
	snprintf(out, sizeof(out), "%s/afl", run->folder);
	if (fuzz->time) {
		snprintf(seconds, sizeof(seconds), "%u", fuzz->time);
		argv[count++] = "-V";
		argv[count++] = seconds;
	}
	if (fuzz->runs) {
		snprintf(runs, sizeof(runs), "%u", fuzz->runs);
		argv[count++] = "-E";
		argv[count++] = runs;
	}
	argv[count++] = "--";
	argv[count++] = program;
	if (child_start(&child, argv, env, err))
		return -1;
	while (child_read(&child, 500, afl_line, run)) {
		afl_stats(run);
		run->progress.rate = run->progress.runs * 1e9 / (double)(stop_now() - started);
		message_show(run);
		if (stop_requested())
			child_end(&child, 5, afl_line, run);
	}
	afl_stats(run);
	run->progress.rate = run->progress.runs * 1e9 / (double)(stop_now() - started);
	afl_move(run, "crashes", "found");
	afl_move(run, "hangs", "found");
	afl_move(run, "queue", "new");
	if (!run->progress.runs)
		return err_set(err, EXIT_UNTESTED, "AFL++ did not get to run anything (--verbose)");
	return 0;
}
