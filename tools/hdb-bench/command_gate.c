// SPDX-License-Identifier: MIT
/* hdb-bench gate: A/A, then base and new in turn. */
#include "commands.h"
#include "progress.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where a command is to write its results. */
#define GATE_VARIABLE "HDB_BENCH_JSON"

/* The command may exit with what it likes, as long as it writes results. */
static int gate_measure(const char *what, const char *command, struct results *results,
			struct err *err)
{
	char path[] = "/tmp/hdb-bench-XXXXXX";
	int fd = mkstemp(path), status;

	if (fd < 0)
		return err_errno(err, errno, "no file for results");
	close(fd);
	progress_verbose("%s: %s", what, command);
	setenv(GATE_VARIABLE, path, 1);
	status = system(command);
	if (results_load(results, path, err) < 0) {
		unlink(path);
		return err_set(err, EXIT_FAILED, "--%s: the command left no results (status "
						 "%d)", what,
			       WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	}
	unlink(path);
	if (results->interrupted) {
		results_free(results);
		return err_set(err, EXIT_FAILED, "--%s: interrupted", what);
	}
	return 0;
}

/* Measure once more, and add it to what there is. */
static int gate_more(const char *what, const char *command, struct results *all, struct err *err)
{
	struct results more;
	int status;

	if (gate_measure(what, command, &more, err) < 0)
		return -1;
	if (!all->environment) {
		*all = more;
		return 0;
	}
	status = results_merge(all, &more);
	results_free(&more);
	return status < 0 ? err_errno(err, ENOMEM, "cannot add up results") : 0;
}

struct gate {
	struct results once, again, base, new;
};

static int gate_all(const struct bench_options *options, struct gate *gate, struct err *err)
{
	progress_show("base against itself");
	if (gate_measure("base", options->base, &gate->once, err) < 0 ||
	    gate_measure("base", options->base, &gate->again, err) < 0)
		return -1;
	for (uint32_t run = 0; run < options->runs; run++) {
		progress_show("run %u of %u of each", run + 1, options->runs);
		if (gate_more("base", options->base, &gate->base, err) < 0 ||
		    gate_more("new", options->new, &gate->new, err) < 0)
			return -1;
	}
	progress_clear();
	return 0;
}

int command_gate(int argc, char **argv)
{
	struct bench_options options;
	struct comparisons comparisons;
	struct compare_settings settings;
	struct gate gate = { 0 };
	struct err err = { 0 };
	enum options_result parsed = bench_options_gate(argc, argv, &options, &err);
	int status;

	if (parsed != OPTIONS_RUN)
		return command_parsed(parsed, &err);
	progress_init("hdb-bench", options.quiet, options.verbose);
	settings = (struct compare_settings){
		.threshold = options.threshold / 100,
		.level = options.level / 100,
		.noise = { &gate.once, &gate.again },
	};
	if ((options.limits && limits_load(&settings.limits, options.limits, &err) < 0) ||
	    gate_all(&options, &gate, &err) < 0 ||
	    compare_results(&gate.base, &gate.new, &settings, &comparisons, &err) < 0) {
		status = command_end(&err);
	} else {
		status = command_compared(&comparisons, &options, &err);
		comparisons_free(&comparisons);
	}
	results_free(&gate.once);
	results_free(&gate.again);
	results_free(&gate.base);
	results_free(&gate.new);
	limits_free(&settings.limits);
	return status;
}
