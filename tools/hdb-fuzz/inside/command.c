// SPDX-License-Identifier: MIT
/* hdb-fuzz message --kernel: the command. */
#include "engine.h"
#include "progress.h"
#include "report.h"
#include "stop.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* For an input in the journal; ci/fuzz knows it too. */
#define COMMAND_PLACE	(128u << 10)

static const struct report_row inside_rows[] = {
	{ "seed", "{seed}" },
	{ "inputs tried", "{runs} in {elapsed_ns:ns}, {rate:rate}" },
	{ "messages", "{messages.all}, {messages.good} of them accepted, {messages.rate:rate}" },
	{ "answers", "{messages.sent}, and {messages.imported} buffers mapped" },
	{ "links closed", "{messages.closed}, for a ring that was corrupt" },
	{ "code reached", "{coverage.blocks} of {coverage.blocks_all} blocks of the driver" },
	{ "corpus", "{corpus.kept} inputs, {corpus.seeds} to begin with" },
	{ "inputs kept", "{corpus.new}, in {corpus.folder}" },
	{ "fails with", "{failure.what}" },
	{ "after", "{failure.after_ns:ns}, {failure.after_runs} inputs" },
	{ "does so again", "{failure.again}" },
	{ "input", "{failure.input}, {failure.records} records" },
	{ "report", "{failure.report}" },
	{ 0 },
};

static int command_prepare(struct inside *inside, json_t *root, struct err *err)
{
	const struct fuzz_options *fuzz = &inside->options->fuzz;
	char path[PATH_MAX];
	int seeds = 0, more = 0, own = 0;

	if (inside_begin(inside, err))
		return -1;
	inside->ends = fuzz->time ? inside->started + fuzz->time * STOP_NS_PER_S : 0;
	journal_open(&inside->journal, fuzz->out, "message-kernel", COMMAND_PLACE);
	if (fuzz_seeds("message", path, sizeof(path)))
		seeds = inside_load(inside, path, true, err);
	if (seeds >= 0 && fuzz_seeds("message-kernel", path, sizeof(path)))
		more = inside_load(inside, path, true, err);
	if (seeds >= 0 && more >= 0 && fuzz->corpus)
		own = inside_load(inside, fuzz->corpus, false, err);
	if (seeds < 0 || more < 0 || own < 0)
		return -1;
	report_set(root, "corpus", json_pack("{s:i}", "seeds", seeds + more + own));
	return 0;
}

static int command_results(struct inside *inside, json_t *root, struct err *err)
{
	uint64_t elapsed = stop_now() - inside->started;
	json_t *functions = cover_functions(&inside->cover);
	double seconds = (double)elapsed / STOP_NS_PER_S;
	int failed = 0;

	report_set(root, "runs", json_integer((json_int_t)inside->runs));
	report_set(root, "elapsed_ns", json_integer((json_int_t)elapsed));
	report_set(root, "rate", json_real((double)inside->runs / seconds));
	report_set(root, "messages",
		   json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:f}",
			     "all", (json_int_t)inside->messages,
			     "good", (json_int_t)(inside->messages - inside->bad),
			     "late", (json_int_t)inside->late, "sent", (json_int_t)inside->sent,
			     "imported", (json_int_t)inside->imported,
			     "closed", (json_int_t)inside->closed,
			     "rate", (double)inside->messages / seconds));
	if (inside->options->coverage)
		failed = cover_write(&inside->cover, functions, inside->options->coverage,
				     err);
	if (cover_tells(&inside->cover))
		report_set(root, "coverage",
			   json_pack("{s:I, s:I, s:b, s:O}", "blocks",
				     (json_int_t)cover_reached(&inside->cover), "blocks_all",
				     (json_int_t)inside->cover.points_count, "order",
				     inside->cover.kcov, "functions", functions));
	json_decref(functions);
	if (json_object_get(root, "corpus"))
		report_set(json_object_get(root, "corpus"), "kept",
			   json_integer((json_int_t)inside->kept_count));
	failure_report(&inside->failure, "records", root);
	return failed;
}

static int command_all(struct inside *inside, json_t *root, struct err *err)
{
	const char *corpus = inside->options->fuzz.corpus;
	int stored = 0;

	if (command_prepare(inside, root, err) || inside_explore(inside, err))
		return -1;
	/* What fails when it is tried again counts as well. */
	if (corpus && !inside->failure.failed)
		stored = inside_store(inside, corpus, err);
	if (stored < 0 || (inside->failure.failed && inside_found(inside, err)))
		return -1;
	if (corpus) {
		report_set(json_object_get(root, "corpus"), "new", json_integer(stored));
		report_set(json_object_get(root, "corpus"), "folder", json_string(corpus));
	}
	return command_results(inside, root, err);
}

int inside_command(const struct message_options *options, struct report *report)
{
	struct inside *inside = calloc(1, sizeof(*inside));
	struct err err = { 0 };
	int status;

	if (!inside) {
		err_errno(&err, ENOMEM, "no room");
		return report_close(report, &err, inside_rows);
	}
	signal(SIGPIPE, SIG_IGN);
	inside->options = options;
	inside->log.fd = inside->journal.fd = -1;
	inside->seed = fuzz_seed(&options->fuzz);
	rng_seed(&inside->rng, inside->seed);
	report_set(report->root, "engine", json_string("kernel"));
	report_set(report->root, "seed", json_integer(inside->seed));
	if (command_all(inside, report->root, &err) == 0 && inside->failure.failed)
		err_set(&err, EXIT_FAILED, "%.300s", inside->failure.what);
	inside_finish(inside);
	status = report_close(report, &err, inside_rows);
	free(inside);
	return status;
}
