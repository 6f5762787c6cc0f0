// SPDX-License-Identifier: MIT
#include "run.h"
#include "steps.h"
#include "stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The longest script; then its process is killed, which is one way to end. */
#define RUN_MS	20000

int runner_open(struct runner *runner, const struct end_place *place, struct err *err)
{
	runner->place = place;
	runner->shared = mmap(NULL, sizeof(*runner->shared), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (runner->shared != MAP_FAILED)
		return 0;
	runner->shared = NULL;
	return err_errno(err, errno, "no shared memory");
}

void runner_close(struct runner *runner)
{
	if (runner->shared)
		munmap(runner->shared, sizeof(*runner->shared));
	runner->shared = NULL;
}

/* The other end may have taken our ring from under us: that is a way to die, too. */
static void run_main(const struct end_place *place, struct run_shared *shared)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	struct step steps[SCRIPT_STEPS];
	struct rlimit core = { 0, 0 };
	struct err err = { 0 };
	size_t count;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN);
	setrlimit(RLIMIT_CORE, &core);
	if (!stage || end_open(&stage->end, place, &err) ||
	    memory_open(&stage->memory, &stage->end)) {
		snprintf(shared->trouble, sizeof(shared->trouble), "%.190s", err.text);
		_exit(77);
	}
	stage->theirs.end = &stage->end;
	stage->shared = shared;
	count = script_steps(&shared->script, steps);
	for (; shared->done < count; shared->done++) {
		uint64_t before = stop_now(), took;

		steps_do(stage, &steps[shared->done]);
		took = stop_now() - before;
		if (took > shared->slowest_ns) {
			shared->slowest_ns = took;
			shared->slowest = shared->done;
		}
	}
	/* Who is not to be surprised lets go of the pages before they are taken back. */
	memory_calm(&stage->memory);
	end_part(&stage->end);
	memory_close(&stage->memory);
	end_close(&stage->end);
	_exit(0);
}

static bool run_wait(pid_t pid, int *status)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd ended = { .fd = fd, .events = POLLIN };
	int ready;

	do {
		ready = poll(&ended, 1, RUN_MS);
	} while (ready < 0 && errno == EINTR);
	if (fd >= 0)
		close(fd);
	if (ready <= 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	return ready > 0;
}

enum run_end runner_run(struct runner *runner, const struct script *script, struct err *err)
{
	struct run_shared *shared = runner->shared;
	int status = 0;
	pid_t pid;

	shared->script = *script;
	shared->done = shared->slowest = 0;
	shared->slowest_ns = 0;
	shared->trouble[0] = '\0';
	memset(shared->reactions, 0, sizeof(shared->reactions));
	pid = fork();
	if (!pid)
		run_main(runner->place, shared);
	if (pid < 0) {
		err_errno(err, errno, "no process");
		return RUN_TROUBLE;
	}
	if (!run_wait(pid, &status))
		return RUN_KILLED;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		err_set(err, EXIT_UNTESTED, "%.190s", shared->trouble);
		return RUN_TROUBLE;
	}
	if (!WIFSIGNALED(status))
		return RUN_ENDED;
	/* "die"; and SIGBUS where the other end took a page away that it had granted. */
	if (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGBUS)
		return RUN_DIED;
	err_set(err, EXIT_FAILED, "the process that plays the end died of signal %d",
		WTERMSIG(status));
	return RUN_TROUBLE;
}
