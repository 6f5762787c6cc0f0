// SPDX-License-Identifier: MIT
#include "executor.h"
#include "kernel.h"
#include "table.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * The two processes take turns: on one processor that is much faster. Threads of programs race on
 * all of them.
 */
static void executor_processors(bool all)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (long i = 0; i < (all ? sysconf(_SC_NPROCESSORS_CONF) : 1); i++)
		CPU_SET(i, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* ---- in the process ---- */

static struct executor_shared *child_shared;
static struct cover *child_cover;

static void child_begin(int thread)
{
	executor_processors(true);
	cover_begin(child_cover, thread);
}

static void child_end(int thread)
{
	cover_end(child_cover, thread);
}

static void child_before(size_t index)
{
	child_shared->state[index] = EXECUTOR_BEGUN;
}

static void child_after(size_t index, long result, bool injected)
{
	child_shared->result[index] = result;
	child_shared->injected[index] = injected;
	child_shared->state[index] = EXECUTOR_RETURNED;
}

static void child_wrong(const char *what)
{
	if (!child_shared->wrong[0])
		snprintf(child_shared->wrong, sizeof(child_shared->wrong), "%s", what);
}

static bool child_start(void *data)
{
	static const struct run_hooks hooks = {
		.begin = child_begin, .end = child_end, .before = child_before,
		.after = child_after, .wrong = child_wrong,
	};
	struct rlimit files = { 256, 256 }, core = { 0, 0 };
	const struct executor *executor = data;

	child_shared = executor->shared;
	child_cover = executor->cover;
	setrlimit(RLIMIT_NOFILE, &files);
	setrlimit(RLIMIT_CORE, &core);
	if (run_init(&hooks))
		return false;
	cover_begin(child_cover, 0);
	return true;
}

static void child_turn(void *data)
{
	(void)data;
	run_program(child_shared->program.calls, child_shared->program.count);
	run_reset();
}

static const struct worker_job child_job = { .begin = child_start, .turn = child_turn };

/* ---- outside ---- */

int executor_open(struct executor *executor, struct cover *cover, struct err *err)
{
	*executor = (struct executor){ .cover = cover };
	executor_processors(false);
	executor->shared = mmap(NULL, sizeof(*executor->shared), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (executor->shared != MAP_FAILED)
		return 0;
	executor->shared = NULL;
	return err_errno(err, errno, "no shared memory");
}

static enum executor_end executor_ended(int status, struct err *err)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_UNTESTED) {
		err_set(err, EXIT_UNTESTED, "cannot be tested here: /dev/hyper_dmabuf");
		return EXECUTOR_BROKEN;
	}
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return EXECUTOR_DIED;
	if (WIFSIGNALED(status))
		err_set(err, EXIT_FAILED, "the process that makes the calls died of signal %d",
			WTERMSIG(status));
	else
		err_set(err, EXIT_FAILED, "the process that makes the calls ended with status %d",
			WEXITSTATUS(status));
	return EXECUTOR_CRASHED;
}

/* The call that does not return. */
static void executor_who(const struct executor *executor, struct err *err)
{
	const struct executor_shared *shared = executor->shared;

	err_set(err, EXIT_FAILED, "letting everything go does not end");
	for (size_t i = 0; i < shared->program.count; i++)
		if (shared->state[i] == EXECUTOR_BEGUN) {
			err_set(err, EXIT_FAILED, "%s does not return",
				table_calls[shared->program.calls[i].name].name);
			return;
		}
}

static enum executor_end executor_hangs(struct executor *executor, struct err *err)
{
	executor_who(executor, err);
	kernel_log_blocked();
	if (!worker_kill(&executor->worker))
		strncat(err->text, ", and cannot be killed",
			sizeof(err->text) - strlen(err->text) - 1);
	return EXECUTOR_HANGS;
}

enum executor_end executor_run(struct executor *executor, const struct program *program,
			       struct err *err)
{
	struct executor_shared *shared = executor->shared;
	int status;

	shared->program.count = program->count;
	memcpy(shared->program.calls, program->calls,
	       program->count * sizeof(program->calls[0]));
	memset(shared->state, 0, program->count * sizeof(shared->state[0]));
	memset(shared->injected, 0, program->count * sizeof(shared->injected[0]));
	shared->wrong[0] = '\0';
	switch (worker_turn(&executor->worker, &child_job, executor, &status, err)) {
	case WORKER_DONE:
		return EXECUTOR_DONE;
	case WORKER_ENDED:
		return executor_ended(status, err);
	case WORKER_HANGS:
		return executor_hangs(executor, err);
	case WORKER_BROKEN:
		break;
	}
	return EXECUTOR_BROKEN;
}

void executor_close(struct executor *executor)
{
	worker_close(&executor->worker);
	if (executor->shared)
		munmap(executor->shared, sizeof(*executor->shared));
}
