// SPDX-License-Identifier: MIT
#include "executor.h"
#include "kernel.h"
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* All waits of the driver are bounded, far below this. */
#define EXECUTOR_PATIENCE_MS	30000

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

static void child_main(int go, int done)
{
	static const struct run_hooks hooks = {
		.begin = child_begin, .end = child_end, .before = child_before,
		.after = child_after, .wrong = child_wrong,
	};
	struct rlimit files = { 256, 256 }, core = { 0, 0 };
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	setrlimit(RLIMIT_NOFILE, &files);
	setrlimit(RLIMIT_CORE, &core);
	if (run_init(&hooks))
		_exit(77);
	cover_begin(child_cover, 0);
	while (read(go, &byte, 1) == 1) {
		run_program(child_shared->program.calls, child_shared->program.count);
		run_reset();
		if (write(done, &byte, 1) != 1)
			break;
	}
	_exit(0);
}

/* ---- outside ---- */

int executor_open(struct executor *executor, struct cover *cover, struct err *err)
{
	*executor = (struct executor){ .cover = cover, .pidfd = -1, .go = -1, .done = -1 };
	executor_processors(false);
	executor->shared = mmap(NULL, sizeof(*executor->shared), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (executor->shared != MAP_FAILED)
		return 0;
	executor->shared = NULL;
	return err_errno(err, errno, "no shared memory");
}

static void executor_pipes_close(struct executor *executor)
{
	close(executor->go);
	close(executor->done);
	close(executor->pidfd);
	executor->go = executor->done = executor->pidfd = -1;
}

static int executor_start(struct executor *executor, struct err *err)
{
	int go[2], done[2];

	if (pipe2(go, O_CLOEXEC))
		return err_errno(err, errno, "no pipe");
	if (pipe2(done, O_CLOEXEC)) {
		close(go[0]);
		close(go[1]);
		return err_errno(err, errno, "no pipe");
	}
	executor->pid = fork();
	if (!executor->pid) {
		child_shared = executor->shared;
		child_cover = executor->cover;
		close(go[1]);
		close(done[0]);
		child_main(go[0], done[1]);
	}
	close(go[0]);
	close(done[1]);
	executor->go = go[1];
	executor->done = done[0];
	if (executor->pid > 0)
		executor->pidfd = (int)syscall(SYS_pidfd_open, executor->pid, 0);
	if (executor->pidfd >= 0)
		return 0;
	err_errno(err, errno, "no process");
	executor_pipes_close(executor);
	executor->pid = 0;
	return -1;
}

static bool executor_ready(int fd, int ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	int ready;

	do {
		ready = poll(&poll_fd, 1, ms);
	} while (ready < 0 && errno == EINTR);
	return ready > 0;
}

/* It has ended, or will at once. */
static enum executor_end executor_reap(struct executor *executor, struct err *err)
{
	int status;

	while (waitpid(executor->pid, &status, 0) < 0 && errno == EINTR)
		;
	executor->pid = 0;
	executor_pipes_close(executor);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
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
	struct err ignored = { 0 };

	executor_who(executor, err);
	kernel_log_blocked();
	kill(executor->pid, SIGKILL);
	if (executor_ready(executor->pidfd, EXECUTOR_PATIENCE_MS)) {
		executor_reap(executor, &ignored);
		return EXECUTOR_HANGS;
	}
	strncat(err->text, ", and cannot be killed", sizeof(err->text) - strlen(err->text) - 1);
	executor->pid = 0;
	executor_pipes_close(executor);
	return EXECUTOR_HANGS;
}

enum executor_end executor_run(struct executor *executor, const struct program *program,
			       struct err *err)
{
	struct executor_shared *shared = executor->shared;
	uint64_t waited = 0;
	char byte = 0;

	if (!executor->pid && executor_start(executor, err))
		return EXECUTOR_BROKEN;
	shared->program.count = program->count;
	memcpy(shared->program.calls, program->calls,
	       program->count * sizeof(program->calls[0]));
	memset(shared->state, 0, program->count * sizeof(shared->state[0]));
	memset(shared->injected, 0, program->count * sizeof(shared->injected[0]));
	shared->wrong[0] = '\0';
	if (write(executor->go, &byte, 1) != 1)
		return executor_reap(executor, err);
	for (;;) {
		struct pollfd fds[2] = {
			{ .fd = executor->done, .events = POLLIN },
			{ .fd = executor->pidfd, .events = POLLIN },
		};
		int ready = poll(fds, 2, 1000);

		if (ready > 0 && fds[0].revents & POLLIN)
			return read(executor->done, &byte, 1) == 1 ? EXECUTOR_DONE :
			       executor_reap(executor, err);
		if (ready > 0 && fds[1].revents)
			return executor_reap(executor, err);
		if (ready == 0 && (waited += 1000) >= EXECUTOR_PATIENCE_MS)
			return executor_hangs(executor, err);
	}
}

void executor_close(struct executor *executor)
{
	if (executor->pid) {
		kill(executor->pid, SIGKILL);
		waitpid(executor->pid, NULL, 0);
		executor_pipes_close(executor);
	}
	if (executor->shared)
		munmap(executor->shared, sizeof(*executor->shared));
}
