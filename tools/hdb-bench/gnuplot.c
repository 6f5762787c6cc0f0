// SPDX-License-Identifier: MIT
/* gnuplot as a child: a script goes in, a picture comes out. */
#include "plot.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int gnuplot_start(pid_t *child, int *in, int *out, struct err *err)
{
	char *const argv[] = { (char *)"gnuplot", (char *)"-", NULL };
	posix_spawn_file_actions_t actions;
	int to[2], from[2], error;

	if (pipe2(to, O_CLOEXEC) < 0)
		return err_errno(err, errno, "no pipe to gnuplot");
	if (pipe2(from, O_CLOEXEC) < 0) {
		close(to[0]);
		close(to[1]);
		return err_errno(err, errno, "no pipe to gnuplot");
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
	error = posix_spawnp(child, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(to[0]);
	close(from[1]);
	*in = to[1];
	*out = from[0];
	if (!error)
		return 0;
	close(*in);
	close(*out);
	if (error == ENOENT)
		return err_set(err, EXIT_UNTESTED, "gnuplot is not installed");
	return err_errno(err, error, "cannot start gnuplot");
}

/* Both ways at once: neither end is to wait for a full pipe. */
static int gnuplot_exchange(int in, int out, const char *script, FILE *picture)
{
	size_t left = strlen(script);
	char data[65536];

	for (;;) {
		struct pollfd ready[] = {
			{ .fd = out, .events = POLLIN },
			{ .fd = left ? in : -1, .events = POLLOUT },
		};
		ssize_t done;

		if (poll(ready, 2, -1) < 0 && errno != EINTR)
			return -1;
		if (ready[1].revents) {
			done = write(in, script, left < 4096 ? left : 4096);
			if (done < 0 && errno != EINTR)
				return -1;
			script += done > 0 ? done : 0;
			left -= done > 0 ? (size_t)done : 0;
			if (!left)
				close(in);
		}
		if (ready[0].revents) {
			done = read(out, data, sizeof(data));
			if (done == 0)
				return left ? -1 : 0;
			if (done < 0 && errno != EINTR)
				return -1;
			if (done > 0 && fwrite(data, 1, (size_t)done, picture) != (size_t)done)
				return -1;
		}
	}
}

char *plot_draw(const char *script, size_t *size, struct err *err)
{
	char *data = NULL;
	FILE *picture;
	int in = -1, out = -1, status, result;
	pid_t child;

	picture = open_memstream(&data, size);
	if (!picture) {
		err_errno(err, ENOMEM, "no memory for a plot");
		return NULL;
	}
	/* It may end before it has read all. */
	signal(SIGPIPE, SIG_IGN);
	if (gnuplot_start(&child, &in, &out, err) < 0) {
		fclose(picture);
		free(data);
		return NULL;
	}
	result = gnuplot_exchange(in, out, script, picture);
	if (result < 0)
		close(in);
	close(out);
	waitpid(child, &status, 0);
	fclose(picture);
	if (result == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 && *size)
		return data;
	err_set(err, EXIT_FAILED, "gnuplot did not draw a plot (status %d)", status);
	free(data);
	return NULL;
}
