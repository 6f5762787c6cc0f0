// SPDX-License-Identifier: MIT
/*
 * What the other way has to be better than: calls of the driver with arguments by chance, as fast
 * as they go, without a thought for what they answer.
 */
#include "ioctl.h"
#include "progress.h"
#include "stop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hyper_dmabuf.h>

#define PLAIN_BATCH	256

struct plain_shared {
	uint64_t calls;
	struct cover_set set;
};

static const unsigned long plain_commands[] = {
	IOCTL_HYPER_DMABUF_TX_CH_SETUP, IOCTL_HYPER_DMABUF_RX_CH_SETUP,
	IOCTL_HYPER_DMABUF_EXPORT_REMOTE, IOCTL_HYPER_DMABUF_EXPORT_REMOTE_SHORT,
	IOCTL_HYPER_DMABUF_EXPORT_FD, IOCTL_HYPER_DMABUF_UNEXPORT, IOCTL_HYPER_DMABUF_QUERY,
	IOCTL_HYPER_DMABUF_LINKS, IOCTL_HYPER_DMABUF_EXPORT, IOCTL_HYPER_DMABUF_FENCE_SEND,
	IOCTL_HYPER_DMABUF_CAPABILITIES, IOCTL_HYPER_DMABUF_ID_OF_FD,
};

static void plain_loop(struct ioctl_run *run, struct plain_shared *shared)
{
	int dev = open("/dev/hyper_dmabuf", O_RDWR | O_CLOEXEC);

	if (dev < 0)
		_exit(77);
	cover_begin(&run->cover, 0);
	for (;;) {
		for (int i = 0; i < PLAIN_BATCH; i++) {
			uint64_t args[32];
			unsigned long cmd;

			for (size_t j = 0; j < 32; j++)
				args[j] = rng_one_in(&run->rng, 2) ? rng_below(&run->rng, 64) :
					  rng_edge(&run->rng);
			cmd = plain_commands[rng_below(&run->rng, sizeof(plain_commands) /
						       sizeof(plain_commands[0]))];
			ioctl(dev, cmd, rng_one_in(&run->rng, 16) ? NULL : args);
		}
		cover_collect(&run->cover, &shared->set);
		__atomic_add_fetch(&shared->calls, PLAIN_BATCH, __ATOMIC_RELAXED);
	}
}

int ioctl_plain(struct ioctl_run *run, struct err *err)
{
	struct plain_shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
					   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char line[300];
	pid_t pid;

	if (shared == MAP_FAILED)
		return err_errno(err, errno, "no shared memory");
	pid = fork();
	if (!pid)
		plain_loop(run, shared);
	while (pid > 0 && !ioctl_over(run) && waitpid(pid, NULL, WNOHANG) == 0) {
		usleep(50000);
		run->calls = __atomic_load_n(&shared->calls, __ATOMIC_RELAXED);
		run->runs = run->calls;
		if (kernel_log_complains(&run->log, line, sizeof(line)))
			failure_set(&run->failure, line, run->started, run->runs);
		progress_show("%llu calls, %zu of %zu blocks", (unsigned long long)run->calls,
			      cover_reached(&run->cover), run->cover.points_count);
	}
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	progress_clear();
	munmap(shared, sizeof(*shared));
	return pid < 0 ? err_errno(err, errno, "no process") : 0;
}
