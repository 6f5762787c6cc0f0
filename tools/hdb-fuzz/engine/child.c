// SPDX-License-Identifier: MIT
#include "child.h"
#include "stop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int child_start(struct child *child, const char *const *argv, const char *const *env,
		struct err *err)
{
	int out[2];

	*child = (struct child){ .fd = -1 };
	if (pipe2(out, O_CLOEXEC))
		return err_errno(err, errno, "no pipe");
	child->pid = fork();
	if (child->pid < 0) {
		close(out[0]);
		close(out[1]);
		return err_errno(err, errno, "no process");
	}
	if (!child->pid) {
		/* Signals of the terminal are ours to handle. */
		setpgid(0, 0);
		dup2(out[1], 1);
		dup2(out[1], 2);
		for (; env && *env; env++)
			putenv((char *)*env);
		execv(argv[0], (char *const *)argv);
		dprintf(2, "cannot run %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	close(out[1]);
	child->fd = out[0];
	return 0;
}

static void child_lines(struct child *child, void (*each)(const char *line, void *data),
			void *data)
{
	char *start = child->line, *end;

	while ((end = memchr(start, '\n', child->used - (size_t)(start - child->line)))) {
		*end = '\0';
		each(start, data);
		start = end + 1;
	}
	child->used -= (size_t)(start - child->line);
	memmove(child->line, start, child->used);
	/* A line that is too long is cut into several. */
	if (child->used + 1 == sizeof(child->line)) {
		child->line[child->used] = '\0';
		each(child->line, data);
		child->used = 0;
	}
}

static void child_reap(struct child *child)
{
	close(child->fd);
	child->fd = -1;
	while (waitpid(child->pid, &child->status, 0) < 0 && errno == EINTR)
		;
	child->ended = true;
}

bool child_read(struct child *child, int timeout, void (*each)(const char *line, void *data),
		void *data)
{
	while (!child->ended) {
		struct pollfd fd = { .fd = child->fd, .events = POLLIN };
		int ready = poll(&fd, 1, timeout);
		ssize_t got;

		if (ready <= 0)
			return true;
		got = read(child->fd, child->line + child->used,
			   sizeof(child->line) - 1 - child->used);
		if (got <= 0) {
			child_reap(child);
			break;
		}
		child->used += (size_t)got;
		child_lines(child, each, data);
	}
	return false;
}

void child_end(struct child *child, unsigned int seconds,
	       void (*each)(const char *line, void *data), void *data)
{
	uint64_t deadline = stop_now() + seconds * STOP_NS_PER_S;

	if (child->ended)
		return;
	kill(-child->pid, SIGINT);
	while (child_read(child, 50, each, data) && stop_now() < deadline)
		;
	if (child->ended)
		return;
	kill(-child->pid, SIGKILL);
	while (child_read(child, 1000, each, data))
		;
}
