// SPDX-License-Identifier: MIT
/* hdb-fuzz message: the command. */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../inside/engine.h"
#include "message.h"
#include "progress.h"
#include "report.h"
#include "stop.h"

#define FIELD(name) offsetof(struct message_options, name)

static const char *const message_engines[] = {
	[MESSAGE_LIBFUZZER] = "libfuzzer",
	[MESSAGE_AFL] = "afl",
	NULL,
};

static const struct option_spec message_specs[] = {
	{ "engine", "libfuzzer|afl", "what makes the inputs (default libfuzzer)",
	  options_choice, FIELD(engine), 0, 0, message_engines },
	{ "kernel", NULL, "not as a program: in the kernel that this runs on; with a hyper_dmabuf.ko\n"
	  "that was made with HDB_FUZZ=1, on a machine that may crash",
	  options_flag, FIELD(kernel), 0, 0, NULL },
	{ "module", "FILE", "with --kernel: the driver's file, for its coverage (default: the\n"
	  "lane's)",
	  options_text, FIELD(module), 0, 0, NULL },
	{ "coverage", "FILE", "with --kernel: write which functions and blocks were reached",
	  options_text, FIELD(coverage), 0, 0, NULL },
	FUZZ_OPTIONS(struct message_options),
	{ 0 },
};

static const struct options_program message_program_options = {
	.name = "hdb-fuzz message",
	.synopsis = "[--time SECONDS] [--engine libfuzzer|afl] [options]",
	.summary =
		"Tries the driver's own code for the wire (messages, directory pages, states, the\n"
		"ring) with whatever the other domain may put into shared memory, as a program; or,\n"
		"with --kernel, the whole driver.",
	.specs = message_specs,
	.notes =
		"Exit status:\n"
		"  0   nothing was found\n"
		"  1   an input failed; it is written to --out, and hdb-fuzz replay runs it\n"
		"  2   wrong usage\n"
		"  77  it cannot be tested here; the message says why\n\n"
		"Examples:\n"
		"  hdb-fuzz message --time 600 --corpus ~/corpus\n"
		"      ten minutes, going on where the last run stopped\n"
		"  hdb-fuzz message --runs 1000000 --seed 1 --json result.json\n"
		"      the same million inputs every time\n"
		"  hdb-fuzz message --kernel --time 600 --corpus /out/corpus --out /out\n",
};

static const struct report_row message_rows[] = {
	{ "engine", "{engine}, seed {seed}" },
	{ "inputs tried", "{runs} in {elapsed_ns:ns}, {rate:rate}" },
	{ "messages", "{messages.all}, {messages.good} of them accepted" },
	{ "code reached", "{coverage.edges} of {coverage.edges_all} edges" },
	{ "inputs to begin with", "{corpus.seeds}" },
	{ "inputs kept", "{corpus.new}, in {corpus.folder}" },
	{ "fails with", "{failure.what}" },
	{ "input", "{failure.input}" },
	{ "report", "{failure.report}" },
	{ 0 },
};

bool message_program(const char *what, char *path, size_t size)
{
	return fuzz_beside(what, X_OK, path, size);
}

bool message_dictionary(char *path, size_t size)
{
	return fuzz_beside("../share/hdb/fuzz/message.dict", R_OK, path, size);
}

bool message_is_failure(const char *line)
{
	return strstr(line, "hdb-fuzz: wrong: ") || strstr(line, "runtime error: ") ||
	       strstr(line, "ERROR: AddressSanitizer") || strstr(line, "ERROR: libFuzzer") ||
	       strstr(line, "ERROR: LeakSanitizer");
}

void message_show(const struct message_run *run)
{
	const struct message_progress *progress = &run->progress;

	progress_show("%llu inputs, %.0f/s, %llu of %llu edges, corpus %llu",
		      (unsigned long long)progress->runs, progress->rate,
		      (unsigned long long)progress->edges,
		      (unsigned long long)progress->edges_all,
		      (unsigned long long)progress->inputs);
}

static int message_folder(const char *path, struct err *err)
{
	if (mkdir(path, 0777) && errno != EEXIST)
		return err_errno(err, errno, "cannot make '%s'", path);
	return 0;
}

/* The folder of a run, with the seeds in it. */
static int message_prepare(struct message_run *run, json_t *root, struct err *err)
{
	static const char *const folders[] = { "seeds", "new", "found" };
	const char *temporary = getenv("TMPDIR"), *corpus = run->options->fuzz.corpus;
	char path[PATH_MAX], seeds[PATH_MAX];
	int count, own = 0;

	snprintf(run->folder, sizeof(run->folder), "%s/hdb-fuzz-XXXXXX",
		 temporary ? temporary : "/tmp");
	if (!mkdtemp(run->folder))
		return err_errno(err, errno, "cannot make '%s'", run->folder);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", run->folder, folders[i]);
		if (message_folder(path, err))
			return -1;
	}
	snprintf(path, sizeof(path), "%s/log", run->folder);
	run->log = fopen(path, "we");
	if (!run->log)
		return err_errno(err, errno, "cannot write '%s'", path);
	if (!fuzz_seeds("message", seeds, sizeof(seeds)))
		return err_set(err, EXIT_UNTESTED, "there are no inputs to begin with in %s", seeds);
	snprintf(path, sizeof(path), "%s/seeds", run->folder);
	count = message_compile(seeds, path, err);
	if (count >= 0 && corpus)
		own = message_compile(corpus, path, err);
	if (count < 0 || own < 0)
		return -1;
	report_set(root, "corpus", json_pack("{s:i}", "seeds", count + own));
	return 0;
}

static int message_copy(const char *from, const char *to)
{
	FILE *in = fopen(from, "re"), *out = in ? fopen(to, "we") : NULL;
	char part[4096];
	size_t size;

	while (out && (size = fread(part, 1, sizeof(part), in)))
		fwrite(part, 1, size, out);
	if (in)
		fclose(in);
	return out && fclose(out) == 0 ? 0 : -1;
}

/* What was found goes to where the user wants it. */
static int message_keep(struct message_run *run, json_t *root, struct err *err)
{
	const struct fuzz_options *fuzz = &run->options->fuzz;
	char path[PATH_MAX], input[PATH_MAX] = "", report[PATH_MAX + 8];
	int count;

	snprintf(path, sizeof(path), "%s/new", run->folder);
	if (fuzz->corpus) {
		if (message_reduce(run, err))
			return -1;
		count = message_decompile(path, fuzz->corpus, "", NULL, NULL, 0, err);
		if (count < 0)
			return -1;
		report_set(json_object_get(root, "corpus"), "new", json_integer(count));
		report_set(json_object_get(root, "corpus"), "folder", json_string(fuzz->corpus));
	}
	if (!run->progress.failed)
		return 0;

	snprintf(path, sizeof(path), "%s/found", run->folder);
	if (message_decompile(path, fuzz->out, "message-", run->progress.what, input,
			      sizeof(input), err) < 0)
		return -1;
	report_set(root, "failure", json_pack("{s:s, s:s}", "what", run->progress.what, "input",
					      *input ? input : "none"));
	if (!*input)
		return 0;
	snprintf(report, sizeof(report), "%.*s.log", (int)strlen(input) - 4, input);
	snprintf(path, sizeof(path), "%s/log", run->folder);
	fflush(run->log);
	if (message_copy(path, report) == 0)
		report_set(json_object_get(root, "failure"), "report", json_string(report));
	return 0;
}

static int message_remove(const char *path, const struct stat *about, int type, struct FTW *where)
{
	(void)about;
	(void)type;
	(void)where;
	return remove(path);
}

static int message_engine(struct message_run *run, json_t *root, struct err *err)
{
	static int (*const engines[])(struct message_run *run, struct err *err) = {
		[MESSAGE_LIBFUZZER] = message_libfuzzer,
		[MESSAGE_AFL] = message_afl,
	};
	const struct message_progress *progress = &run->progress;
	uint64_t started = stop_now();

	if (engines[run->options->engine](run, err))
		return -1;
	progress_clear();
	report_set(root, "runs", json_integer((json_int_t)progress->runs));
	report_set(root, "elapsed_ns", json_integer((json_int_t)(stop_now() - started)));
	report_set(root, "rate", json_real(progress->rate));
	if (progress->messages)
		report_set(root, "messages", json_pack("{s:I, s:I}", "all",
						       (json_int_t)progress->messages, "good",
						       (json_int_t)(progress->messages - progress->bad)));
	report_set(root, "coverage", json_pack("{s:I, s:I}", "edges", (json_int_t)progress->edges,
					       "edges_all", (json_int_t)progress->edges_all));
	return 0;
}

static int message_run(int argc, char **argv)
{
	struct message_options options = { .fuzz = FUZZ_DEFAULTS };
	struct message_run run = { .options = &options };
	struct report report;
	struct err err = { 0 };
	enum options_result parsed = options_parse(&message_program_options, argc, argv, &options,
						   &err);

	if (parsed == OPTIONS_DONE)
		return EXIT_OK;
	if (!fuzz_begin("hdb-fuzz message", parsed, &options.fuzz, &report, &err))
		return EXIT_USAGE;
	if (options.kernel)
		return inside_command(&options, &report);
	run.seed = fuzz_seed(&options.fuzz);
	report_set(report.root, "engine", json_string(message_engines[options.engine]));
	report_set(report.root, "seed", json_integer(run.seed));
	if (message_prepare(&run, report.root, &err) == 0 &&
	    message_engine(&run, report.root, &err) == 0 &&
	    message_keep(&run, report.root, &err) == 0 && run.progress.failed)
		err_set(&err, EXIT_FAILED, "an input fails: %.300s", run.progress.what);
	if (run.log)
		fclose(run.log);
	if (run.folder[0])
		nftw(run.folder, message_remove, 16, FTW_DEPTH | FTW_PHYS);
	return report_close(&report, &err, message_rows);
}

const struct fuzz_mode fuzz_message = {
	.name = "message",
	.summary = "the wire format and the ring, as a program with sanitizers or in this kernel",
	.run = message_run,
	.replay = message_replay,
	.minimize = message_minimize,
};

/* What --kernel writes: the same form. */
const struct fuzz_mode fuzz_message_kernel = {
	.name = "message-kernel",
	.replay = inside_replay,
	.minimize = inside_minimize,
};
