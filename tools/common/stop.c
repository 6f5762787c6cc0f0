// SPDX-License-Identifier: MIT
#include "stop.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stop_flag;

/* Written by the handler, so that a signal between check and poll is seen. */
static int stop_pipe[2] = { -1, -1 };

static void stop_handler(int signal)
{
	ssize_t ignored;

	(void)signal;
	stop_flag = 1;
	ignored = write(stop_pipe[1], "", 1);
	(void)ignored;
}

void stop_init(void)
{
	struct sigaction action = { .sa_handler = stop_handler, .sa_flags = SA_RESETHAND };

	/* Without a pipe the flag is still seen, at the end of each wait. */
	if (pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		stop_pipe[0] = -1;
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool stop_requested(void)
{
	return stop_flag != 0;
}

void stop_forget(void)
{
	char drain[16];

	while (read(stop_pipe[0], drain, sizeof(drain)) > 0)
		;
	stop_flag = 0;
}

uint64_t stop_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * STOP_NS_PER_S + (uint64_t)now.tv_nsec;
}

enum stop_wait stop_wait(int fd, uint64_t deadline)
{
	struct pollfd fds[] = {
		{ .fd = stop_pipe[0], .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};

	for (;;) {
		uint64_t now = stop_now();
		uint64_t left = deadline > now ? deadline - now : 0;
		struct timespec timeout = {
			.tv_sec = (time_t)(left / STOP_NS_PER_S),
			.tv_nsec = (long)(left % STOP_NS_PER_S),
		};
		int ready = ppoll(fds, 2, &timeout, NULL);

		if (stop_flag)
			return STOP_SIGNAL;
		if (ready > 0 && fds[1].revents)
			return STOP_READY;
		if (ready == 0 && left == 0)
			return STOP_TIMEOUT;
	}
}
