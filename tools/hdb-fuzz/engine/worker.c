// SPDX-License-Identifier: MIT
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* All waits of the driver are bounded, far below this. */
#define WORKER_PATIENCE_MS	30000

static void worker_main(const struct worker_job *job, void *data, int go, int done)
{
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	if (!job->begin(data))
		_exit(EXIT_UNTESTED);
	while (read(go, &byte, 1) == 1) {
		job->turn(data);
		if (write(done, &byte, 1) != 1)
			break;
	}
	_exit(0);
}

static void worker_forget(struct worker *worker)
{
	close(worker->go);
	close(worker->done);
	close(worker->pidfd);
	worker->pid = 0;
}

static int worker_start(struct worker *worker, const struct worker_job *job, void *data,
			struct err *err)
{
	int go[2], done[2];

	if (pipe2(go, O_CLOEXEC))
		return err_errno(err, errno, "no pipe");
	if (pipe2(done, O_CLOEXEC)) {
		close(go[0]);
		close(go[1]);
		return err_errno(err, errno, "no pipe");
	}
	worker->pid = fork();
	if (!worker->pid) {
		close(go[1]);
		close(done[0]);
		worker_main(job, data, go[0], done[1]);
	}
	close(go[0]);
	close(done[1]);
	worker->go = go[1];
	worker->done = done[0];
	worker->pidfd = worker->pid > 0 ? (int)syscall(SYS_pidfd_open, worker->pid, 0) : -1;
	if (worker->pidfd >= 0)
		return 0;
	err_errno(err, errno, "no process");
	worker_forget(worker);
	return -1;
}

/* It has ended, or will at once. */
static enum worker_end worker_reap(struct worker *worker, int *status)
{
	while (waitpid(worker->pid, status, 0) < 0 && errno == EINTR)
		;
	worker_forget(worker);
	return WORKER_ENDED;
}

enum worker_end worker_turn(struct worker *worker, const struct worker_job *job, void *data,
			    int *status, struct err *err)
{
	uint64_t waited = 0;
	char byte = 0;

	if (!worker->pid && worker_start(worker, job, data, err))
		return WORKER_BROKEN;
	if (write(worker->go, &byte, 1) != 1)
		return worker_reap(worker, status);
	for (;;) {
		struct pollfd fds[2] = {
			{ .fd = worker->done, .events = POLLIN },
			{ .fd = worker->pidfd, .events = POLLIN },
		};
		int ready = poll(fds, 2, 1000);

		if (ready > 0 && fds[0].revents & POLLIN)
			return read(worker->done, &byte, 1) == 1 ? WORKER_DONE :
			       worker_reap(worker, status);
		if (ready > 0 && fds[1].revents)
			return worker_reap(worker, status);
		if (ready == 0 && (waited += 1000) >= WORKER_PATIENCE_MS)
			return WORKER_HANGS;
	}
}

bool worker_kill(struct worker *worker)
{
	struct pollfd end = { .fd = worker->pidfd, .events = POLLIN };
	int ready, status;

	kill(worker->pid, SIGKILL);
	do {
		ready = poll(&end, 1, WORKER_PATIENCE_MS);
	} while (ready < 0 && errno == EINTR);
	if (ready > 0)
		worker_reap(worker, &status);
	else
		worker_forget(worker);
	return ready > 0;
}

void worker_close(struct worker *worker)
{
	if (!worker->pid)
		return;
	kill(worker->pid, SIGKILL);
	waitpid(worker->pid, NULL, 0);
	worker_forget(worker);
}
