// SPDX-License-Identifier: MIT
/* The loop: some scripts, then something honest. */
#include "memory.h"
#include "mode.h"
#include "progress.h"
#include "stop.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int peer_begin(struct peer_run *run, bool backend, struct err *err)
{
	if (end_find(&run->place, backend, err) || runner_open(&run->runner, &run->place, err))
		return -1;
	for (unsigned int i = 0; i < PEER_BATCH; i++) {
		run->batch[i] = calloc(1, sizeof(struct script));
		if (!run->batch[i])
			return err_errno(err, ENOMEM, "no room for scripts");
	}
	memory_hurry();
	run->started = stop_now();
	return 0;
}

void peer_finish(struct peer_run *run)
{
	memory_hurry_end();
	runner_close(&run->runner);
	for (unsigned int i = 0; i < PEER_BATCH; i++)
		free(run->batch[i]);
	for (size_t i = 0; i < run->kept_count; i++)
		free(run->kept[i]);
	free(run->kept);
}

bool peer_over(const struct peer_run *run)
{
	const struct fuzz_options *fuzz = &run->options->fuzz;

	return stop_requested() || run->failure.failed ||
	       (run->ends && stop_now() >= run->ends) || (fuzz->runs && run->runs >= fuzz->runs);
}

int peer_try(struct peer_run *run, const struct script *script, struct err *err)
{
	const struct run_shared *shared = run->runner.shared;
	uint64_t before = stop_now();
	enum run_end end = runner_run(&run->runner, script, err);

	if (end == RUN_TROUBLE)
		return -1;
	progress_verbose("script %llu: %u steps in %.2f s%s, number %u took %.2f s",
			 (unsigned long long)run->runs + 1, shared->done,
			 (double)(stop_now() - before) / STOP_NS_PER_S,
			 end == RUN_KILLED ? " and killed" : "", shared->slowest + 1,
			 (double)shared->slowest_ns / STOP_NS_PER_S);
	run->killed += end == RUN_KILLED;
	run->died = end == RUN_DIED || end == RUN_KILLED;
	run->runs++;
	run->steps += run->runner.shared->done;
	return 0;
}

int peer_watch(struct peer_run *run, struct err *err)
{
	struct fuzz_verdict verdict = { 0 };

	if (run->failure.failed)
		return 0;
	run->honest++;
	if (peer_honest(&run->place, (uint32_t)(run->seed + run->honest), &verdict, err))
		return -1;
	if (!verdict.failed || stop_requested())
		return 0;
	failure_set(&run->failure, verdict.what, run->started, run->runs);
	return 0;
}

/* ---- those that the other end reacted to in a new way ---- */

static bool engine_fresh(struct peer_run *run)
{
	const uint8_t *reactions = run->runner.shared->reactions;
	bool fresh = false;

	for (size_t i = 0; i < sizeof(run->known); i++) {
		fresh |= reactions[i] & ~run->known[i];
		run->known[i] |= reactions[i];
	}
	return fresh;
}

static int engine_keep(struct peer_run *run, const struct script *script, struct err *err)
{
	if (run->kept_count == run->kept_room) {
		struct script **more = realloc(run->kept, (run->kept_room + 64) * sizeof(*more));

		if (!more)
			return err_errno(err, ENOMEM, "no room for a script");
		run->kept = more;
		run->kept_room += 64;
	}
	run->kept[run->kept_count] = malloc(sizeof(*script));
	if (!run->kept[run->kept_count])
		return err_errno(err, ENOMEM, "no room for a script");
	*run->kept[run->kept_count++] = *script;
	return 0;
}

static uint32_t engine_hash(const struct script *script)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < script->size; i++)
		hash = (hash ^ script->bytes[i]) * 16777619u;
	return hash;
}

static int engine_store(struct peer_run *run, const struct script *script, struct err *err)
{
	char path[PATH_MAX];

	if (!run->options->fuzz.corpus)
		return 0;
	snprintf(path, sizeof(path), "%s/%08x.txt", run->options->fuzz.corpus, engine_hash(script));
	return script_save(path, script, NULL, err);
}

/* Carry it out, keep it if it is new, and see after a batch what became of the other end. */
static int engine_one(struct peer_run *run, const struct script *script, bool seed,
		      struct err *err)
{
	*run->batch[run->batched++] = *script;
	if (peer_try(run, script, err))
		return -1;
	if (engine_fresh(run) &&
	    (engine_keep(run, script, err) || (!seed && engine_store(run, script, err))))
		return -1;
	run->seeds += seed;
	/* What a death leaves behind is gone after the next script. */
	if (run->batched < PEER_BATCH && !run->died)
		return 0;
	if (peer_watch(run, err))
		return -1;
	if (!run->failure.failed)
		run->batched = 0;
	return 0;
}

static int engine_compare(const struct dirent **one, const struct dirent **two)
{
	return strcmp((*one)->d_name, (*two)->d_name);
}

int peer_load(struct peer_run *run, const char *folder, struct err *err)
{
	struct script *script = calloc(1, sizeof(*script));
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, engine_compare), failed = 0;
	char path[PATH_MAX];

	if (count < 0 || !script) {
		free(script);
		return err_set(err, EXIT_USAGE, "cannot read '%s': %s", folder, strerror(errno));
	}
	for (int i = 0; i < count; i++) {
		size_t length = strlen(entries[i]->d_name);

		if (!failed && !peer_over(run) && length > 4 &&
		    !strcmp(entries[i]->d_name + length - 4, ".txt")) {
			snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
			failed = script_load(path, script, err);
			/* Only those for the end that we are. */
			if (!failed && script->backend == run->place.backend)
				failed = engine_one(run, script, true, err);
		}
		free(entries[i]);
	}
	free(entries);
	free(script);
	return failed;
}

/* ---- new ones ---- */

static void engine_show(const struct peer_run *run)
{
	double seconds = (double)(stop_now() - run->started) / STOP_NS_PER_S;

	progress_show("%llu scripts, %.1f/s, %llu steps, corpus %zu, %llu honest shares",
		      (unsigned long long)run->runs, (double)run->runs / seconds,
		      (unsigned long long)run->steps, run->kept_count,
		      (unsigned long long)run->honest);
}

int peer_explore(struct peer_run *run, struct err *err)
{
	struct script *script = calloc(1, sizeof(*script));
	int failed = script ? 0 : err_errno(err, ENOMEM, "no room for a script");

	while (!failed && !peer_over(run)) {
		struct rng *rng = &run->rng;

		/* Timing decides what is kept, but not what is made of the next number. */
		rng_seed(rng, (uint64_t)run->seed << 32 | (run->runs + 1));
		if (!run->kept_count || rng_one_in(rng, 2)) {
			script_make(script, run->place.backend, rng);
		} else {
			*script = *run->kept[rng_below(rng, (uint32_t)run->kept_count)];
			for (unsigned int i = 1 + rng_below(rng, 3); i; i--)
				script_mutate(script, run->kept[rng_below(rng, (uint32_t)
					      run->kept_count)], rng);
		}
		failed = engine_one(run, script, false, err);
		engine_show(run);
	}
	if (!failed)
		failed = peer_watch(run, err);
	progress_clear();
	free(script);
	return failed;
}
