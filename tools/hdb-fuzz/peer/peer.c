// SPDX-License-Identifier: MIT
/* hdb-fuzz peer: the command. */
#include "answer.h"
#include "mode.h"
#include "progress.h"
#include "report.h"
#include "stop.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define FIELD(name) offsetof(struct peer_options, name)

static const char *const peer_roles[] = { "frontend", "backend", NULL };

static const struct option_spec peer_specs[] = {
	{ "as", "ROLE", "which end to play, frontend or backend (default frontend)",
	  options_choice, FIELD(as), 0, 0, peer_roles },
	{ "answer", NULL, "be the program in the other domain: import what comes, share buffers,\n"
	  "and answer when asked", options_flag, FIELD(answer), 0, 0, NULL },
	{ "peer", "DOMID|NAME", "--answer: whom", options_peer, FIELD(peer), 0, 0, NULL },
	FUZZ_OPTIONS(struct peer_options),
	{ 0 },
};

static const struct options_program peer_program = {
	.name = "hdb-fuzz peer",
	.synopsis = "[--as ROLE] [--time SECONDS] [options]",
	.summary =
		"Plays the other domain of a link against the driver of that one, from user space: wrong\n"
		"rings, pages that change, states in the wrong order, death at each step. Runs as root in\n"
		"a Xen guest; dom0 made the link, for a program: see hdb-link(8).",
	.specs = peer_specs,
	.notes =
		"Exit status:\n"
		"  0   nothing was found\n"
		"  1   the other domain does not answer any more, answers wrongly, or its kernel\n"
		"      complained; the shortest script that does it is written to --out\n"
		"  2   wrong usage\n"
		"  77  it cannot be tested here; the message says why\n\n"
		"Examples:\n"
		"  dom0# hdb-link -u a add a b\n"
		"  b#    hdb-fuzz peer --answer --peer a\n"
		"  a#    hdb-fuzz peer --time 600 --out /out\n",
};

static const struct report_row peer_rows[] = {
	{ "seed", "{seed}" },
	{ "played", "the {as}, against domain {peer}" },
	{ "scripts tried", "{runs} in {elapsed_ns:ns}, {rate:rate}" },
	{ "steps", "{steps}" },
	{ "honest shares", "{honest}" },
	{ "corpus", "{corpus.kept} scripts, {corpus.seeds} to begin with" },
	{ "answered", "{answers.honest} honest buffers; {answers.imports} others used, "
	  "{answers.refused} refused, {answers.exports} exports" },
	{ "fails with", "{failure.what}" },
	{ "after", "{failure.after_ns:ns}, {failure.after_runs} scripts" },
	{ "does so again", "{failure.again}" },
	{ "script", "{failure.input}, {failure.steps} steps" },
	{ 0 },
};

static void peer_results(const struct peer_run *run, json_t *root)
{
	uint64_t elapsed = stop_now() - run->started;

	report_set(root, "as", json_string(peer_roles[run->place.backend]));
	report_set(root, "peer", json_integer(run->place.peer));
	report_set(root, "runs", json_integer((json_int_t)run->runs));
	report_set(root, "steps", json_integer((json_int_t)run->steps));
	report_set(root, "honest", json_integer((json_int_t)run->honest));
	report_set(root, "killed", json_integer((json_int_t)run->killed));
	report_set(root, "elapsed_ns", json_integer((json_int_t)elapsed));
	report_set(root, "rate", json_real((double)run->runs * STOP_NS_PER_S / (double)elapsed));
	report_set(root, "corpus", json_pack("{s:I, s:I}", "seeds", (json_int_t)run->seeds, "kept",
					     (json_int_t)run->kept_count));
	failure_report(&run->failure, "steps", root);
}

static int peer_fuzz(struct peer_run *run, json_t *root, struct err *err)
{
	const struct fuzz_options *fuzz = &run->options->fuzz;
	char path[PATH_MAX];

	if (peer_begin(run, run->options->as, err))
		return -1;
	run->ends = fuzz->time ? run->started + fuzz->time * STOP_NS_PER_S : 0;
	/* Without an honest share to begin with, there is nothing to lose. */
	if (peer_watch(run, err))
		return -1;
	if (run->failure.failed)
		return err_set(err, EXIT_UNTESTED, "cannot be tested here: %.200s (does hdb-fuzz peer "
			       "--answer run in domain %u?)", run->failure.what, run->place.peer);
	if ((fuzz_seeds("peer", path, sizeof(path)) && peer_load(run, path, err)) ||
	    (fuzz->corpus && peer_load(run, fuzz->corpus, err)) || peer_explore(run, err))
		return -1;
	if (run->failure.failed && peer_crash(run, err))
		return -1;
	peer_results(run, root);
	return 0;
}

/* What one option wants of another. */
static int peer_check(const struct peer_options *options, struct err *err)
{
	if (options->answer && !options->peer)
		return err_set(err, EXIT_USAGE, "--answer: whom? (--peer)");
	if (options->peer && !options->answer)
		return err_set(err, EXIT_USAGE, "--peer goes with --answer: the link says who it is");
	return 0;
}

static int peer_main(int argc, char **argv)
{
	struct peer_options options = { .fuzz = FUZZ_DEFAULTS };
	struct peer_run *run = calloc(1, sizeof(*run));
	struct report report;
	struct err err = { 0 };
	enum options_result parsed = options_parse(&peer_program, argc, argv, &options, &err);
	int status;

	if (parsed == OPTIONS_DONE || !run) {
		free(run);
		return parsed == OPTIONS_DONE ? EXIT_OK : EXIT_FAILED;
	}
	if (parsed == OPTIONS_RUN && peer_check(&options, &err) < 0)
		parsed = OPTIONS_BAD;
	if (!fuzz_begin("hdb-fuzz peer", parsed, &options.fuzz, &report, &err)) {
		free(run);
		return EXIT_USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	run->options = &options;
	run->seed = fuzz_seed(&options.fuzz);
	if (options.answer) {
		if (peer_answer(options.peer, report.root, &err) == 0)
			err_clear(&err);
	} else {
		report_set(report.root, "seed", json_integer(run->seed));
		if (peer_fuzz(run, report.root, &err) == 0 && run->failure.failed)
			err_set(&err, EXIT_FAILED, "%.300s", run->failure.what);
		peer_finish(run);
	}
	status = report_close(&report, &err, peer_rows);
	free(run);
	return status;
}

const struct fuzz_mode fuzz_peer = {
	.name = "peer",
	.summary = "the other domain of a link, against the driver in a Xen guest",
	.run = peer_main,
	.replay = peer_replay,
	.minimize = peer_minimize,
};
