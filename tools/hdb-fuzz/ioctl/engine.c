// SPDX-License-Identifier: MIT
/* The loop: one program after the other. */
#include "ioctl.h"
#include "progress.h"
#include "stop.h"
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How often it is looked whether the driver holds anything; its works take a moment. */
#define ENGINE_REST_EACH	IOCTL_HISTORY
#define ENGINE_REST_MS		10000

int ioctl_begin(struct ioctl_run *run, struct err *err)
{
	if (access("/dev/hyper_dmabuf", R_OK | W_OK))
		return err_set(err, EXIT_UNTESTED, "cannot be tested here: /dev/hyper_dmabuf: %s",
			       strerror(errno));
	run->log.fd = -1;
	if (cover_open(&run->cover, run->options ? run->options->module : NULL, err) ||
	    kernel_log_open(&run->log, err) ||
	    executor_open(&run->executor, &run->cover, err))
		return -1;
	for (size_t i = 0; i < IOCTL_HISTORY; i++) {
		run->history[i] = calloc(1, sizeof(struct program));
		if (!run->history[i])
			return err_errno(err, ENOMEM, "no room for programs");
	}
	run->fail_nth = kernel_prepare();
	run->started = stop_now();
	return 0;
}

void ioctl_finish(struct ioctl_run *run)
{
	if (run->executor.shared)
		executor_close(&run->executor);
	if (run->fail_nth || run->started)
		kernel_restore();
	cover_close(&run->cover);
	kernel_log_close(&run->log);
	for (size_t i = 0; i < IOCTL_HISTORY; i++)
		free(run->history[i]);
	for (size_t i = 0; i < run->kept_count; i++)
		free(run->kept[i].program);
	free(run->kept);
	journal_close(&run->journal);
}

bool ioctl_over(const struct ioctl_run *run)
{
	const struct fuzz_options *fuzz = &run->options->fuzz;

	return stop_requested() || run->failure.failed ||
	       (run->ends && stop_now() >= run->ends) || (fuzz->runs && run->runs >= fuzz->runs);
}

static void engine_fail(struct ioctl_run *run, const char *what)
{
	failure_set(&run->failure, what, run->started, run->runs);
}

/* Before it runs: the machine may not live to tell. */
static void engine_journal(struct ioctl_run *run, const struct program *program)
{
	FILE *file = journal_begin(&run->journal, run->runs);
	char note[64];

	if (!file)
		return;
	snprintf(note, sizeof(note), "the %lluth program of seed %u",
		 (unsigned long long)run->runs + 1, run->seed);
	program_write(file, program, note);
	journal_end(&run->journal);
}

/* What the calls answered: new answers are worth something, wrong ones are failures. */
static void engine_answers(struct ioctl_run *run, const struct program *program)
{
	const struct executor_shared *shared = run->executor.shared;
	uint64_t last = 0;

	for (size_t i = 0; i < program->count; i++) {
		const struct run_call *call = &program->calls[i];
		long result = shared->result[i];
		char what[128];
		uint64_t answer;

		if (shared->state[i] != EXECUTOR_RETURNED)
			continue;
		run->calls++;
		run->injected += shared->injected[i];
		answer = (uint64_t)call->name << 16 | (result < 0 ? (uint64_t)-result : 0);
		cover_add(&run->set, answer | 1ull << 62);
		cover_add(&run->set, last << 24 | answer | 1ull << 63);
		last = answer;
		if (call->thread || shared->injected[i] || table_allowed(call, result))
			continue;
		snprintf(what, sizeof(what), "%s answers %s, which it never should",
			 table_calls[call->name].name, strerrorname_np((int)-result) ?: "?");
		engine_fail(run, what);
	}
	if (shared->wrong[0])
		engine_fail(run, shared->wrong);
}

int ioctl_try(struct ioctl_run *run, const struct program *program, struct err *err)
{
	struct err inner = { 0 };
	char line[300];

	engine_journal(run, program);
	*run->history[run->runs % IOCTL_HISTORY] = *program;
	cover_clear(&run->set);
	cover_forget(&run->cover);
	switch (executor_run(&run->executor, program, &inner)) {
	case EXECUTOR_BROKEN:
		*err = inner;
		return -1;
	case EXECUTOR_HANGS:
	case EXECUTOR_CRASHED:
		engine_fail(run, inner.text);
		break;
	case EXECUTOR_DIED:
	case EXECUTOR_DONE:
		break;
	}
	run->runs++;
	cover_collect(&run->cover, &run->set);
	/* The kernel's own words say more than what followed from it. */
	if (kernel_log_complains(&run->log, line, sizeof(line))) {
		run->failure.failed = false;
		engine_fail(run, line);
	}
	engine_answers(run, program);
	if (run->runs % ENGINE_REST_EACH == 0)
		ioctl_rest(run);
	return 0;
}

void ioctl_rest(struct ioctl_run *run)
{
	char left[200], what[256];

	if (run->failure.failed || kernel_at_rest(ENGINE_REST_MS, left, sizeof(left)))
		return;
	snprintf(what, sizeof(what), "all was let go, and the driver still holds:%s", left);
	engine_fail(run, what);
}

static void engine_show(const struct ioctl_run *run)
{
	double seconds = (double)(stop_now() - run->started) / STOP_NS_PER_S;

	if (cover_tells(&run->cover))
		progress_show("%llu programs, %.0f/s, %.0f calls/s, %zu of %zu blocks, corpus %zu",
			      (unsigned long long)run->runs, (double)run->runs / seconds,
			      (double)run->calls / seconds, cover_reached(&run->cover),
			      run->cover.points_count, run->kept_count);
	else
		progress_show("%llu programs, %.0f/s, %.0f calls/s, corpus %zu",
			      (unsigned long long)run->runs, (double)run->runs / seconds,
			      (double)run->calls / seconds, run->kept_count);
}

/* One that was kept; new ones are often closer to what was not seen yet. */
static struct ioctl_kept *engine_choose(struct ioctl_run *run)
{
	uint32_t count = (uint32_t)run->kept_count;

	if (count > 16 && rng_one_in(&run->rng, 3))
		return &run->kept[count - 1 - rng_below(&run->rng, 16)];
	return &run->kept[rng_below(&run->rng, count)];
}

static struct ioctl_sweep *engine_sweep(struct ioctl_run *run, struct program *program)
{
	struct ioctl_sweep *sweep = NULL;

	if (rng_one_in(&run->rng, 2))
		sweep = ioctl_sweep_kinds(run, program);
	if (!sweep && rng_one_in(&run->rng, 4))
		sweep = ioctl_sweep_all(run, engine_choose(run), program);
	return sweep;
}

static int engine_next(struct ioctl_run *run, struct program *program, struct err *err)
{
	struct ioctl_sweep *sweep = NULL;

	if (!run->kept_count || rng_one_in(&run->rng, 10)) {
		program_make(program, &run->rng);
	} else {
		sweep = engine_sweep(run, program);
		if (!sweep) {
			*program = *engine_choose(run)->program;
			program_mutate(program, engine_choose(run)->program, &run->rng);
		}
	}
	if (ioctl_try(run, program, err))
		return -1;
	if (sweep)
		ioctl_swept(run, sweep);
	if (!run->failure.failed && cover_fresh(&run->set, &run->known, &run->fresh))
		return ioctl_keep(run, program, false, err);
	return 0;
}

int ioctl_explore(struct ioctl_run *run, struct err *err)
{
	struct program *program = calloc(1, sizeof(*program));
	int failed = program ? 0 : err_errno(err, ENOMEM, "no room for a program");

	while (!failed && !ioctl_over(run)) {
		failed = engine_next(run, program, err);
		engine_show(run);
	}
	if (!failed)
		ioctl_rest(run);
	progress_clear();
	free(program);
	return failed;
}
