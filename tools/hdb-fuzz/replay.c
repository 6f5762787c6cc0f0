// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "progress.h"
#include "report.h"
#include "stop.h"

struct replay_options {
	const char *minimize, *json;
	bool quiet, verbose;
};

#define FIELD(name) offsetof(struct replay_options, name)

static const struct option_spec replay_specs[] = {
	{ "minimize", "TO", "write the shortest input that fails in the same way to TO",
	  options_text, FIELD(minimize), 0, 0, NULL },
	{ "json", "FILE|-", "write the result as JSON; '-' is standard output",
	  options_text, FIELD(json), 0, 0, NULL },
	{ "quiet", NULL, "no table", options_flag, FIELD(quiet), 0, 0, NULL },
	{ "verbose", NULL, "say what is tried", options_flag, FIELD(verbose), 0, 0, NULL },
	{ 0 },
};

static const struct options_program replay_program = {
	.name = "hdb-fuzz replay",
	.synopsis = "FILE [options]",
	.summary = "Runs one input that a mode of hdb-fuzz wrote, or that somebody wrote by hand.",
	.specs = replay_specs,
	.notes =
		"Exit status:\n"
		"  0   the input breaks nothing\n"
		"  1   it does\n"
		"  2   wrong usage, or no input\n"
		"  77  it cannot be tested here; the message says why\n",
};

static const struct report_row replay_rows[] = {
	{ "input", "{input} (hdb-fuzz {mode})" },
	{ "fails with", "{failure}" },
	{ "shortest", "{minimized}" },
	{ 0 },
};

/* The mode that the first line names. */
static const struct fuzz_mode *replay_mode(const struct fuzz_mode *const *modes, const char *path,
					   struct err *err)
{
	FILE *file = fopen(path, "re");
	char line[64] = "";

	if (!file) {
		err_set(err, EXIT_USAGE, "cannot read '%s': %s", path, strerror(errno));
		return NULL;
	}
	if (fgets(line, sizeof(line), file))
		line[strcspn(line, "\r\n")] = '\0';
	fclose(file);
	for (; *modes; modes++)
		if (!strncmp(line, FUZZ_MAGIC, strlen(FUZZ_MAGIC)) &&
		    !strcmp(line + strlen(FUZZ_MAGIC), (*modes)->name))
			return *modes;
	err_set(err, EXIT_USAGE, "'%s' does not begin with \"" FUZZ_MAGIC "MODE\"", path);
	return NULL;
}

static int replay_run(const struct replay_options *options, const struct fuzz_mode *mode,
		      const char *path, json_t *root, struct err *err)
{
	struct fuzz_verdict verdict = { 0 };
	int failed;

	if (options->minimize)
		failed = mode->minimize(path, options->minimize, &verdict, err);
	else
		failed = mode->replay(path, &verdict, err);
	if (failed)
		return -1;
	if (!verdict.failed)
		return 0;
	report_set(root, "failure", json_string(verdict.what));
	if (options->minimize)
		report_set(root, "minimized", json_string(options->minimize));
	return err_set(err, EXIT_FAILED, "%.300s", verdict.what);
}

int fuzz_replay(int argc, char **argv, const struct fuzz_mode *const *modes)
{
	const char *path = argc > 1 && argv[1][0] != '-' ? argv[1] : NULL;
	struct replay_options options = { 0 };
	const struct fuzz_mode *mode = NULL;
	struct report report;
	struct err err = { 0 };
	enum options_result parsed;

	parsed = options_parse(&replay_program, argc - (path != NULL), argv + (path != NULL),
			       &options, &err);
	if (parsed == OPTIONS_DONE)
		return EXIT_OK;
	progress_init("hdb-fuzz", options.quiet, options.verbose);
	if (parsed == OPTIONS_RUN && !path)
		err_set(&err, EXIT_USAGE, "which input? (see --help)");
	else if (parsed == OPTIONS_RUN)
		mode = replay_mode(modes, path, &err);
	if (!mode ||
	    report_open(&report, "hdb-fuzz replay", options.json, options.quiet, &err) < 0) {
		progress_error("%s", err.text);
		return EXIT_USAGE;
	}
	stop_init();
	report_set(report.root, "mode", json_string(mode->name));
	report_set(report.root, "input", json_string(path));
	if (replay_run(&options, mode, path, report.root, &err) == 0)
		err_clear(&err);
	return report_close(&report, &err, replay_rows);
}
