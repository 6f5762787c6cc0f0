// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "session.h"

static void session_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void session_child(char *command)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static int session_start_terminal(struct session *session, const struct wire_size *size,
				  char *command)
{
	struct winsize window = { .ws_row = size->rows, .ws_col = size->columns };

	session->pid = forkpty(&session->out, NULL, NULL, &window);
	if (session->pid == 0)
		session_child(command);
	if (session->pid > 0)
		fcntl(session->out, F_SETFD, FD_CLOEXEC);
	session->in = session->out;
	return session->pid < 0 ? -1 : 0;
}

/* files[n]: the pipe of the command's file n; a standard input that is not wanted has none. */
static void session_child_pipes(int files[3][2], char *command)
{
	int n;

	setsid();
	if (files[0][0] < 0)
		files[0][0] = open("/dev/null", O_RDONLY);
	for (n = 0; n < 3; n++)
		dup2(files[n][n > 0], n);
	session_child(command);
}

static int session_start_pipes(struct session *session, bool input, char *command)
{
	int files[3][2] = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	int n, error;

	for (n = input ? 0 : 1; n < 3; n++)
		if (pipe2(files[n], O_CLOEXEC))
			goto fail;
	session->pid = fork();
	if (session->pid < 0)
		goto fail;
	if (session->pid == 0)
		session_child_pipes(files, command);
	session->in = files[0][1];
	session->out = files[1][0];
	session->error = files[2][0];
	session_close(&files[0][0]);
	session_close(&files[1][1]);
	session_close(&files[2][1]);
	return 0;

fail:
	error = errno;
	for (n = 0; n < 3; n++) {
		session_close(&files[n][0]);
		session_close(&files[n][1]);
	}
	errno = error;
	return -1;
}

static void session_set_nonblocking(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

struct session *session_start(uint32_t id, const struct wire_run *run, const char *command,
			      size_t length)
{
	struct session *session = calloc(1, sizeof(*session));
	char *words = strndup(command, length);
	int failed;

	if (!session || !words)
		goto fail;
	session->id = id;
	session->in = session->out = session->error = -1;
	session->terminal = run->input == WIRE_INPUT_TERMINAL;
	if (session->terminal)
		failed = session_start_terminal(session, &run->size, words);
	else
		failed = session_start_pipes(session, run->input == WIRE_INPUT_PIPE, words);
	if (failed)
		goto fail;
	free(words);
	session_set_nonblocking(session->in);
	session_set_nonblocking(session->out);
	session_set_nonblocking(session->error);
	return session;

fail:
	free(words);
	free(session);
	return NULL;
}

void session_flush(struct session *session)
{
	if (session->in < 0)
		return;
	if (buffer_write(&session->input, session->in) &&
	    !(session->in_ends && session->input.used == 0))
		return;
	if (!session->terminal)
		close(session->in);
	session->in = -1;
	buffer_free(&session->input);
}

void session_input(struct session *session, const void *data, size_t size)
{
	static const char end_of_file = 4;

	if (size > 0)
		buffer_append(&session->input, data, size);
	else if (session->terminal)
		buffer_append(&session->input, &end_of_file, 1);
	else
		session->in_ends = true;
	session_flush(session);
}

void session_resize(struct session *session, const struct wire_size *size)
{
	struct winsize window = { .ws_row = size->rows, .ws_col = size->columns };

	if (session->terminal && session->out >= 0)
		ioctl(session->out, TIOCSWINSZ, &window);
}

void session_kill(struct session *session)
{
	if (session->pid > 0)
		kill(-session->pid, SIGKILL);
}

void session_output(struct session *session, int *fd, enum wire_type type, struct buffer *out)
{
	unsigned char chunk[16384];
	ssize_t size = read(*fd, chunk, sizeof(chunk));

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* A terminal whose last process went says EIO. */
	if (size <= 0) {
		if (session->terminal)
			session->in = -1;
		session_close(fd);
		return;
	}
	if (!session->told)
		frame_put(out, session->id, type, chunk, size);
}

void session_tell(struct session *session, struct buffer *out)
{
	int32_t status = session->status;
	size_t before;

	/*
	 * A process left in the background may hold the files open: take what is there now, and
	 * keep them open for it, so that its next word does not kill it.
	 */
	while (session->out >= 0) {
		before = out->used;
		session_output(session, &session->out, WIRE_OUTPUT, out);
		if (out->used == before)
			break;
	}
	while (session->error >= 0) {
		before = out->used;
		session_output(session, &session->error, WIRE_ERROR, out);
		if (out->used == before)
			break;
	}
	frame_put(out, session->id, WIRE_EXIT, &status, sizeof(status));
	session->told = true;
}

void session_free(struct session *session)
{
	if (!session->terminal)
		session_close(&session->in);
	session_close(&session->out);
	session_close(&session->error);
	buffer_free(&session->input);
	free(session);
}
