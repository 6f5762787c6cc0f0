// SPDX-License-Identifier: MIT
#include "inside.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Every wait of the driver is bounded, far below this. */
#define PROCESS_PATIENCE_MS	30000
#define PROCESS_UNTESTED	77

int inside_process_open(struct inside_process *process, struct cover *cover, struct err *err)
{
	*process = (struct inside_process){ .cover = cover, .pidfd = -1, .go = -1, .done = -1 };
	process->shared = mmap(NULL, sizeof(*process->shared), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (process->shared != MAP_FAILED)
		return 0;
	process->shared = NULL;
	return err_errno(err, errno, "no shared memory");
}

static void process_main(struct inside_process *process, int go, int done)
{
	struct inside_shared *shared = process->shared;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	if (victim_init())
		_exit(PROCESS_UNTESTED);
	cover_begin(process->cover, 0);
	while (read(go, &byte, 1) == 1) {
		if (shared->task == INSIDE_HONEST)
			victim_honest(shared);
		else
			victim_run(shared);
		if (write(done, &byte, 1) != 1)
			break;
	}
	_exit(0);
}

static void process_forget(struct inside_process *process)
{
	close(process->go);
	close(process->done);
	close(process->pidfd);
	process->go = process->done = process->pidfd = -1;
	process->pid = 0;
}

static int process_start(struct inside_process *process, struct err *err)
{
	int go[2], done[2];

	if (pipe2(go, O_CLOEXEC))
		return err_errno(err, errno, "no pipe");
	if (pipe2(done, O_CLOEXEC)) {
		close(go[0]);
		close(go[1]);
		return err_errno(err, errno, "no pipe");
	}
	process->pid = fork();
	if (!process->pid) {
		close(go[1]);
		close(done[0]);
		process_main(process, go[0], done[1]);
	}
	close(go[0]);
	close(done[1]);
	process->go = go[1];
	process->done = done[0];
	if (process->pid > 0)
		process->pidfd = (int)syscall(SYS_pidfd_open, process->pid, 0);
	if (process->pidfd >= 0)
		return 0;
	err_errno(err, errno, "no process");
	process_forget(process);
	return -1;
}

/* It has ended, or will at once. */
static enum inside_end process_reap(struct inside_process *process, struct err *err)
{
	int status;

	while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
		;
	process_forget(process);
	if (WIFEXITED(status) && WEXITSTATUS(status) == PROCESS_UNTESTED) {
		err_set(err, EXIT_UNTESTED, "cannot be tested here: there is no buffer to share");
		return INSIDE_BROKEN;
	}
	err_set(err, EXIT_FAILED, "the process that runs inputs died, %s, with status %#x",
		process->shared->step, status);
	return INSIDE_FAILED;
}

static enum inside_end process_hangs(struct inside_process *process, struct err *err)
{
	struct pollfd end = { .fd = process->pidfd, .events = POLLIN };
	struct err ignored = { 0 };

	err_set(err, EXIT_FAILED, "%s does not end", process->shared->step);
	kernel_log_blocked();
	kill(process->pid, SIGKILL);
	if (poll(&end, 1, PROCESS_PATIENCE_MS) > 0) {
		process_reap(process, &ignored);
		return INSIDE_FAILED;
	}
	strncat(err->text, ", and cannot be killed", sizeof(err->text) - strlen(err->text) - 1);
	process_forget(process);
	return INSIDE_FAILED;
}

enum inside_end inside_process_run(struct inside_process *process, struct err *err)
{
	struct inside_shared *shared = process->shared;
	uint64_t waited = 0;
	char byte = 0;

	if (!process->pid && process_start(process, err))
		return INSIDE_BROKEN;
	shared->seen_count = shared->imported = shared->sent = 0;
	memset(&shared->look, 0, sizeof(shared->look));
	shared->wrong[0] = shared->step[0] = '\0';
	if (write(process->go, &byte, 1) != 1)
		return process_reap(process, err);
	for (;;) {
		struct pollfd fds[2] = {
			{ .fd = process->done, .events = POLLIN },
			{ .fd = process->pidfd, .events = POLLIN },
		};
		int ready = poll(fds, 2, 1000);

		if (ready > 0 && fds[0].revents & POLLIN)
			return read(process->done, &byte, 1) == 1 ? INSIDE_DONE :
			       process_reap(process, err);
		if (ready > 0 && fds[1].revents)
			return process_reap(process, err);
		if (ready == 0 && (waited += 1000) >= PROCESS_PATIENCE_MS)
			return process_hangs(process, err);
	}
}

void inside_process_close(struct inside_process *process)
{
	if (process->pid) {
		kill(process->pid, SIGKILL);
		waitpid(process->pid, NULL, 0);
		process_forget(process);
	}
	if (process->shared)
		munmap(process->shared, sizeof(*process->shared));
}
