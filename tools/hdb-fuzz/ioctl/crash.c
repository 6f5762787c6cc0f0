// SPDX-License-Identifier: MIT
/* Something failed: which programs does it take, and how few calls of them? */
#include "ioctl.h"
#include "progress.h"
#include "stop.h"
#include "table.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Races do not show each time. */
#define CRASH_TRIES	5
#define CRASH_SECONDS	120
/* What the kernel does later, and the end of its report. */
#define CRASH_LATER_US	300000

/* Does it fail, in the same way? */
static int crash_try(struct ioctl_run *run, const struct program *program, const char *what,
		     bool *same, struct err *err)
{
	*same = false;
	for (int i = 0; i < CRASH_TRIES && !*same && !stop_requested(); i++) {
		char line[300];

		run->failure.failed = false;
		kernel_log_forget(&run->log);
		/* What is left of the try before stays for ever. */
		kernel_rest_accept();
		if (ioctl_try(run, program, err))
			return -1;
		if (!run->failure.failed && !strncmp(what, "all was let go", 14))
			ioctl_rest(run);
		if (!run->failure.failed) {
			usleep(i ? CRASH_LATER_US / 10 : CRASH_LATER_US / 3);
			if (kernel_log_complains(&run->log, line, sizeof(line)))
				failure_set(&run->failure, line, run->started, run->runs);
		}
		*same = run->failure.failed && kernel_same(run->failure.what, what);
	}
	run->failure.failed = false;
	return 0;
}

int ioctl_shorten(struct ioctl_run *run, struct program *program, const char *what,
		  struct err *err)
{
	uint64_t deadline = stop_now() + CRASH_SECONDS * STOP_NS_PER_S;
	struct program *less = malloc(sizeof(*less));
	int failed = less ? 0 : err_errno(err, ENOMEM, "no room for a program");

	for (size_t step = program->count / 2 ? program->count / 2 : 1; step && !failed; step /= 2)
		for (size_t first = 0; first < program->count && !failed;) {
			bool same;

			if (stop_requested() || stop_now() > deadline)
				goto out;
			*less = *program;
			program_cut(less, first, step);
			failed = crash_try(run, less, what, &same, err);
			if (same) {
				*program = *less;
				progress_verbose("%zu calls are enough", program->count);
			} else {
				first += step;
			}
		}
out:
	free(less);
	return failed;
}

/* The last @count programs in one. */
static bool crash_recent(const struct ioctl_run *run, uint64_t last, size_t count,
			 struct program *program)
{
	program->count = 0;
	for (size_t i = count; i-- > 0;)
		if (last >= i && !program_append(program, run->history[(last - i) % IOCTL_HISTORY]))
			return false;
	/* It begins with letting go, of nothing. */
	program_cut(program, 0, 1);
	return true;
}

/* How many of the last programs does it take? They go to @program. */
static int crash_find(struct ioctl_run *run, struct program *program, const char *what,
		      struct err *err)
{
	/* Those that are tried again are part of history, too. */
	struct program *recent[IOCTL_HISTORY];
	uint64_t last = run->runs - 1;
	int failed = 0;

	for (size_t i = 0; i < IOCTL_HISTORY; i++) {
		recent[i] = malloc(sizeof(*recent[i]));
		if (recent[i])
			*recent[i] = *run->history[i];
	}
	for (size_t count = 1; count <= IOCTL_HISTORY && !failed && !run->failure.again;
	     count *= 2) {
		for (size_t i = 0; i < IOCTL_HISTORY; i++)
			if (recent[i])
				*run->history[i] = *recent[i];
		if (count > last + 1 || !crash_recent(run, last, count, program))
			break;
		failed = crash_try(run, program, what, &run->failure.again, err);
	}
	for (size_t i = 0; i < IOCTL_HISTORY; i++) {
		if (recent[i])
			*run->history[i] = *recent[i];
		free(recent[i]);
	}
	if (!run->failure.again)
		crash_recent(run, last, 1, program);
	return failed;
}

static int crash_write(struct ioctl_run *run, const struct program *program, const char *report,
		       struct err *err)
{
	struct failure *failure = &run->failure;
	const char *out = run->options->fuzz.out;
	char stem[PATH_MAX - 8];

	snprintf(stem, sizeof(stem), "%s/ioctl-%016llx", out,
		 (unsigned long long)program_hash(program));
	snprintf(failure->input, sizeof(failure->input), "%s.txt", stem);
	snprintf(failure->report, sizeof(failure->report), "%s.log", stem);
	snprintf(run->source, sizeof(run->source), "%s.c", stem);
	failure->size = program->count;
	if (kernel_report_save(failure->report, failure->what, report, err))
		return -1;
	if (program_save_c(run->source, program, failure->what, err))
		return -1;
	return program_save(failure->input, program, failure->what, err);
}

int ioctl_crash(struct ioctl_run *run, struct err *err)
{
	struct program *program = malloc(sizeof(*program));
	char what[300], line[300], *report;
	int failed;

	if (!program)
		return err_errno(err, ENOMEM, "no room for a program");
	snprintf(what, sizeof(what), "%s", run->failure.what);
	usleep(CRASH_LATER_US);
	kernel_log_complains(&run->log, line, sizeof(line));
	report = strdup(run->log.text);
	/* As it is, first: trying again may be the end of this machine. */
	crash_recent(run, run->runs - 1, 1, program);
	failed = crash_write(run, program, report ? report : "", err);
	sync();
	progress_note("%s", what);
	progress_note("trying again, to find out what it takes");
	if (!failed)
		failed = crash_find(run, program, what, err);
	if (!failed && run->failure.again)
		failed = ioctl_shorten(run, program, what, err);
	if (!failed && run->failure.again) {
		unlink(run->failure.input);
		unlink(run->failure.report);
		unlink(run->source);
		failed = crash_write(run, program, report ? report : "", err);
	}
	run->failure.failed = true;
	snprintf(run->failure.what, sizeof(run->failure.what), "%s", what);
	free(report);
	free(program);
	return failed;
}

/* ---- replay ---- */

static int replay_begin(struct ioctl_run *run, const char *path, struct program **program,
			struct err *err)
{
	static const struct ioctl_options options = { .fuzz = { .out = "." } };

	memset(run, 0, sizeof(*run));
	run->options = &options;
	run->log.fd = -1;
	run->journal.fd = -1;
	*program = malloc(sizeof(**program));
	if (!*program)
		return err_errno(err, ENOMEM, "no room for a program");
	if (program_load(path, *program, err))
		return -1;
	signal(SIGPIPE, SIG_IGN);
	return ioctl_begin(run, err);
}

/* What each call answered. */
static void replay_tell(const struct ioctl_run *run)
{
	const struct executor_shared *shared = run->executor.shared;

	for (size_t i = 0; i < shared->program.count; i++) {
		const char *name = table_calls[shared->program.calls[i].name].name;
		long result = shared->result[i];

		if (shared->state[i] != EXECUTOR_RETURNED)
			progress_verbose("%zu %s: %s", i + 1, name, shared->state[i] ==
					 EXECUTOR_BEGUN ? "did not return" : "not called");
		else
			progress_verbose("%zu %s: %s%s", i + 1, name, result < 0 ?
					 strerrorname_np((int)-result) : "good",
					 shared->injected[i] ? ", an allocation failed" : "");
	}
}

/* Run it some times; run->failure says what came of it. */
static int replay_try(struct ioctl_run *run, const struct program *program, struct err *err)
{
	char line[300];
	int failed = 0;

	for (int i = 0; i < CRASH_TRIES && !failed && !run->failure.failed; i++) {
		failed = ioctl_try(run, program, err);
		if (!failed && !i)
			replay_tell(run);
		if (!failed)
			ioctl_rest(run);
	}
	if (failed)
		return -1;
	usleep(CRASH_LATER_US);
	if (kernel_log_complains(&run->log, line, sizeof(line)))
		failure_set(&run->failure, line, run->started, run->runs);
	return 0;
}

static int replay_run(const char *path, const char *to, struct fuzz_verdict *verdict,
		      struct err *err)
{
	struct ioctl_run *run = malloc(sizeof(*run));
	struct program *program = NULL;
	int failed = run ? replay_begin(run, path, &program, err) :
		     err_errno(err, ENOMEM, "no room");

	if (!failed)
		failed = replay_try(run, program, err);
	if (!failed && run->failure.failed) {
		verdict->failed = true;
		snprintf(verdict->what, sizeof(verdict->what), "%s", run->failure.what);
		if (to)
			failed = ioctl_shorten(run, program, verdict->what, err) ||
				 program_save(to, program, verdict->what, err) ? -1 : 0;
		else if (run->log.size)
			fprintf(stderr, "%s", run->log.text);
	}
	if (run)
		ioctl_finish(run);
	free(program);
	free(run);
	return failed;
}

int ioctl_replay(const char *path, struct fuzz_verdict *verdict, struct err *err)
{
	return replay_run(path, NULL, verdict, err);
}

int ioctl_minimize(const char *path, const char *to, struct fuzz_verdict *verdict, struct err *err)
{
	return replay_run(path, to, verdict, err);
}
