// SPDX-License-Identifier: MIT
/* What made the other end fail: which of the last scripts, and which of its steps. */
#include "mode.h"
#include "progress.h"
#include "stop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is a matter of timing may need some tries. */
#define CRASH_TRIES	3

/* The same fault: what is said before the first number. */
static bool crash_same(const char *one, const char *two)
{
	size_t same = strcspn(one, "0123456789");

	return same == strcspn(two, "0123456789") && !strncmp(one, two, same);
}

/* Does @script lead there? 1: it does; 0; -1: the other end cannot be asked. */
static int crash_does(struct peer_run *run, const struct script *script, const char *what,
		      struct err *err)
{
	for (int i = 0; i < CRASH_TRIES && !stop_requested(); i++) {
		run->failure.failed = false;
		if (peer_try(run, script, err) || peer_watch(run, err))
			return -1;
		if (run->failure.failed)
			return crash_same(run->failure.what, what);
	}
	return 0;
}

/* Does it do nothing wrong now, so that trying again tells something? */
static bool crash_lives(struct peer_run *run, struct err *err)
{
	run->failure.failed = false;
	return !peer_watch(run, err) && !run->failure.failed;
}

/* Leave out steps, many first. */
static int crash_shorten(struct peer_run *run, struct script *script, const char *what,
			 struct err *err)
{
	struct script *less = malloc(sizeof(*less));
	struct step steps[SCRIPT_STEPS];
	size_t count = script_steps(script, steps);
	int does = 0;

	if (!less)
		return err_errno(err, ENOMEM, "no room for a script");
	for (size_t cut = count / 2; cut && does >= 0; cut /= 2)
		for (size_t at = count; at >= cut && does >= 0 && !stop_requested(); at -= cut) {
			*less = *script;
			script_cut(less, at - cut, cut);
			does = crash_does(run, less, what, err);
			if (does == 1) {
				*script = *less;
				count -= cut;
				at = at > count ? count + cut : at;
			}
		}
	free(less);
	return does < 0 ? -1 : 0;
}

static int crash_write(struct peer_run *run, const char *name, const struct script *script,
		       const char *what, struct err *err)
{
	struct step steps[SCRIPT_STEPS];

	snprintf(run->failure.input, sizeof(run->failure.input), "%s/peer-%s.txt",
		 run->options->fuzz.out, name);
	run->failure.size = script_steps(script, steps);
	return script_save(run->failure.input, script, what, err);
}

/* All of the batch, as the other end may not live to be asked again. */
static int crash_write_all(struct peer_run *run, const char *what, struct err *err)
{
	char name[32];

	for (unsigned int i = 0; i < run->batched; i++) {
		snprintf(name, sizeof(name), "last-%u", i + 1);
		if (crash_write(run, name, run->batch[i], what, err))
			return -1;
	}
	return 0;
}

int peer_crash(struct peer_run *run, struct err *err)
{
	char what[300], name[32];
	int failed, does = 0;

	snprintf(what, sizeof(what), "%s", run->failure.what);
	progress_note("%s", what);
	failed = crash_write_all(run, what, err);
	if (!failed && run->batched && crash_lives(run, err)) {
		progress_note("trying again, to find out what it takes");
		for (unsigned int i = run->batched; i-- && !does && !stop_requested();) {
			does = crash_does(run, run->batch[i], what, err);
			if (does != 1)
				continue;
			snprintf(name, sizeof(name), "%08x", run->seed + (uint32_t)run->runs);
			failed = crash_shorten(run, run->batch[i], what, err) ||
				 crash_write(run, name, run->batch[i], what, err) ? -1 : 0;
			run->failure.again = true;
		}
	}
	run->failure.failed = true;
	snprintf(run->failure.what, sizeof(run->failure.what), "%s", what);
	return failed;
}

/* ---- replay ---- */

static int replay_run(const char *path, const char *to, struct fuzz_verdict *verdict,
		      struct err *err)
{
	static const struct peer_options options = { .fuzz = { .out = "." } };
	struct peer_run *run = calloc(1, sizeof(*run));
	struct script *script = malloc(sizeof(*script));
	int failed = -1;

	if (!run || !script)
		err_errno(err, ENOMEM, "no room for a script");
	else
		failed = script_load(path, script, err);
	if (!failed) {
		run->options = &options;
		run->seed = fuzz_seed(&run->options->fuzz);
		failed = peer_begin(run, script->backend, err);
	}
	for (int i = 0; i < CRASH_TRIES && !failed && !run->failure.failed; i++)
		failed = peer_try(run, script, err) || peer_watch(run, err) ? -1 : 0;
	if (!failed && run->failure.failed) {
		verdict->failed = true;
		snprintf(verdict->what, sizeof(verdict->what), "%s", run->failure.what);
		if (to && !crash_lives(run, err))
			failed = err_set(err, EXIT_FAILED, "%.200s; and it does not recover, so "
					 "there is nothing to try again", verdict->what);
		else if (to)
			failed = crash_shorten(run, script, verdict->what, err) ||
				 script_save(to, script, verdict->what, err) ? -1 : 0;
	}
	if (run)
		peer_finish(run);
	free(script);
	free(run);
	return failed;
}

int peer_replay(const char *path, struct fuzz_verdict *verdict, struct err *err)
{
	return replay_run(path, NULL, verdict, err);
}

int peer_minimize(const char *path, const char *to, struct fuzz_verdict *verdict,
		  struct err *err)
{
	return replay_run(path, to, verdict, err);
}
