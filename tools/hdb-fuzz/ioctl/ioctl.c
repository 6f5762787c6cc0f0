// SPDX-License-Identifier: MIT
/* hdb-fuzz ioctl: the command. */
#include "ioctl.h"
#include "progress.h"
#include "report.h"
#include "stop.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>

/* For a program in the journal; ci/fuzz knows it too. */
#define IOCTL_PLACE	8192

#define FIELD(name) offsetof(struct ioctl_options, name)

static const struct option_spec ioctl_specs[] = {
	FUZZ_OPTIONS(struct ioctl_options),
	{ "plain", NULL, "only calls with arguments by chance, to compare with",
	  options_flag, FIELD(plain), 0, 0, NULL },
	{ "module", "FILE", "the driver's file, for its coverage (default: that of the lane)",
	  options_text, FIELD(module), 0, 0, NULL },
	{ "coverage", "FILE", "write which functions and blocks of the driver were reached",
	  options_text, FIELD(coverage), 0, 0, NULL },
	{ 0 },
};

static const struct options_program ioctl_program = {
	.name = "hdb-fuzz ioctl",
	.synopsis = "[--time SECONDS] [options]",
	.summary =
		"Tries the driver's calls on the kernel that it runs on: sequences of them, threads at the\n"
		"same buffers, failing allocations. Use a machine that may crash.",
	.specs = ioctl_specs,
	.notes =
		"Exit status:\n"
		"  0   nothing was found\n"
		"  1   the kernel complained, a call hung or answered what it must not; the shortest\n"
		"      program that does it is written to --out, also as C, with the report\n"
		"  2   wrong usage\n"
		"  77  it cannot be tested here; the message says why\n\n"
		"Examples:\n"
		"  hdb-fuzz ioctl --time 600 --corpus /out/corpus --out /out\n"
		"  hdb-fuzz replay /out/ioctl-1f2e.txt --minimize short.txt\n",
};

static const struct report_row ioctl_rows[] = {
	{ "seed", "{seed}" },
	{ "programs tried", "{runs} in {elapsed_ns:ns}, {rate:rate}" },
	{ "calls", "{calls}, {call_rate:rate}" },
	{ "allocations failed", "{injected}" },
	{ "code reached", "{coverage.blocks} of {coverage.blocks_all} blocks of the driver" },
	{ "corpus", "{corpus.kept} programs, {corpus.seeds} to begin with" },
	{ "programs kept", "{corpus.new}, in {corpus.folder}" },
	{ "fails with", "{failure.what}" },
	{ "after", "{failure.after_ns:ns}, {failure.after_runs} programs" },
	{ "does so again", "{failure.again}" },
	{ "program", "{failure.input}, {failure.calls} calls" },
	{ "in C", "{failure.source}" },
	{ "report", "{failure.report}" },
	{ 0 },
};

static int ioctl_prepare(struct ioctl_run *run, json_t *root, struct err *err)
{
	const struct fuzz_options *fuzz = &run->options->fuzz;
	char path[PATH_MAX];
	int seeds = 0, own = 0;

	if (ioctl_begin(run, err))
		return -1;
	run->ends = fuzz->time ? run->started + fuzz->time * STOP_NS_PER_S : 0;
	if (run->options->plain)
		return 0;
	journal_open(&run->journal, fuzz->out, "ioctl", IOCTL_PLACE);
	if (fuzz_seeds("ioctl", path, sizeof(path)))
		seeds = ioctl_load(run, path, true, err);
	if (seeds >= 0 && fuzz->corpus)
		own = ioctl_load(run, fuzz->corpus, false, err);
	if (seeds < 0 || own < 0)
		return -1;
	report_set(root, "corpus", json_pack("{s:i}", "seeds", seeds + own));
	return 0;
}

static int ioctl_results(struct ioctl_run *run, json_t *root, struct err *err)
{
	uint64_t elapsed = stop_now() - run->started;
	json_t *functions = cover_functions(&run->cover);
	int failed = 0;

	report_set(root, "runs", json_integer((json_int_t)run->runs));
	report_set(root, "calls", json_integer((json_int_t)run->calls));
	report_set(root, "elapsed_ns", json_integer((json_int_t)elapsed));
	report_set(root, "rate", json_real((double)run->runs * STOP_NS_PER_S / (double)elapsed));
	report_set(root, "call_rate",
		   json_real((double)run->calls * STOP_NS_PER_S / (double)elapsed));
	if (run->fail_nth)
		report_set(root, "injected", json_integer((json_int_t)run->injected));
	if (run->options->coverage)
		failed = cover_write(&run->cover, functions, run->options->coverage, err);
	if (cover_tells(&run->cover))
		report_set(root, "coverage",
			   json_pack("{s:I, s:I, s:b, s:o}", "blocks",
				     (json_int_t)cover_reached(&run->cover), "blocks_all",
				     (json_int_t)run->cover.points_count, "works",
				     run->cover.remote, "functions", functions));
	else
		json_decref(functions);
	if (json_object_get(root, "corpus"))
		report_set(json_object_get(root, "corpus"), "kept",
			   json_integer((json_int_t)run->kept_count));
	failure_report(&run->failure, "calls", root);
	if (run->source[0])
		report_set(json_object_get(root, "failure"), "source", json_string(run->source));
	return failed;
}

static int ioctl_all(struct ioctl_run *run, json_t *root, struct err *err)
{
	const char *corpus = run->options->fuzz.corpus;
	int stored = 0, failed;

	if (ioctl_prepare(run, root, err))
		return -1;
	if (run->options->plain)
		return ioctl_plain(run, err) ? -1 : ioctl_results(run, root, err);
	if (ioctl_explore(run, err))
		return -1;
	/* Before the results: what fails when it is tried again counts as well. */
	if (corpus && !run->failure.failed)
		stored = ioctl_store(run, corpus, err);
	if (stored < 0 || (run->failure.failed && ioctl_crash(run, err)))
		return -1;
	failed = ioctl_results(run, root, err);
	if (corpus) {
		report_set(json_object_get(root, "corpus"), "new", json_integer(stored));
		report_set(json_object_get(root, "corpus"), "folder", json_string(corpus));
	}
	return failed;
}

static int ioctl_run(int argc, char **argv)
{
	struct ioctl_options options = { .fuzz = FUZZ_DEFAULTS };
	struct ioctl_run *run = calloc(1, sizeof(*run));
	struct report report;
	struct err err = { 0 };
	enum options_result parsed = options_parse(&ioctl_program, argc, argv, &options, &err);
	int status;

	if (parsed == OPTIONS_DONE || !run) {
		free(run);
		return parsed == OPTIONS_DONE ? EXIT_OK : EXIT_FAILED;
	}
	if (!fuzz_begin("hdb-fuzz ioctl", parsed, &options.fuzz, &report, &err)) {
		free(run);
		return EXIT_USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	run->options = &options;
	run->log.fd = run->journal.fd = -1;
	run->seed = fuzz_seed(&options.fuzz);
	rng_seed(&run->rng, run->seed);
	report_set(report.root, "seed", json_integer(run->seed));
	if (ioctl_all(run, report.root, &err) == 0 && run->failure.failed)
		err_set(&err, EXIT_FAILED, "%.300s", run->failure.what);
	ioctl_finish(run);
	status = report_close(&report, &err, ioctl_rows);
	free(run);
	return status;
}

const struct fuzz_mode fuzz_ioctl = {
	.name = "ioctl",
	.summary = "the driver's calls, on this kernel",
	.run = ioctl_run,
	.replay = ioctl_replay,
	.minimize = ioctl_minimize,
};
