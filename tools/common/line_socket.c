// SPDX-License-Identifier: MIT
/* A line within one domain: a socket, whose name needs no file. */
#include "line.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Behind a zero: a name that goes when its socket does. %u: the user, the domain */
#define LINE_SOCKET_NAME	"hdb-line-%u-%u"

struct line_socket {
	int listener, stream;
};

static socklen_t line_socket_address(const struct line *line, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			   (size_t)snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1,
					    LINE_SOCKET_NAME, geteuid(), line->peer.domain));
}

static int line_socket_open(struct line *line, struct err *err)
{
	struct line_socket *state = malloc(sizeof(*state));
	struct sockaddr_un address;
	socklen_t length = line_socket_address(line, &address);

	if (!state)
		return err_errno(err, ENOMEM, "a line");
	*state = (struct line_socket){ .listener = -1, .stream = -1 };
	line->state = state;
	if (!line->offers)
		return 0;
	state->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (state->listener >= 0 &&
	    bind(state->listener, (struct sockaddr *)&address, length) == 0 &&
	    listen(state->listener, 1) == 0)
		return 0;
	if (errno == EADDRINUSE)
		return err_set(err, EXIT_FAILED, "another hdb-export shares by copying here");
	return err_errno(err, errno, "cannot offer a socket");
}

/* Any user may connect to such a name, or take it first. */
static bool line_socket_trusted(int stream)
{
	struct ucred who;
	socklen_t length = sizeof(who);

	return getsockopt(stream, SOL_SOCKET, SO_PEERCRED, &who, &length) == 0 &&
	       (who.uid == geteuid() || who.uid == 0);
}

static int line_socket_connect(struct line *line, struct err *err)
{
	struct line_socket *state = line->state;
	struct sockaddr_un address;
	socklen_t length = line_socket_address(line, &address);
	int stream;

	if (line->offers) {
		stream = accept4(state->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (stream < 0)
			return 0;
	} else {
		stream = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (stream < 0)
			return err_errno(err, errno, "cannot make a socket");
		if (connect(stream, (struct sockaddr *)&address, length) < 0) {
			close(stream);
			return 0;
		}
	}
	if (!line_socket_trusted(stream)) {
		close(stream);
		return line->offers ? 0 : err_set(err, EXIT_FAILED, "another user's program "
						  "offers the socket");
	}
	state->stream = stream;
	return 1;
}

static int line_socket_fd(const struct line *line, bool write, short *events)
{
	const struct line_socket *state = line->state;

	*events = write && state->stream >= 0 ? POLLOUT : POLLIN;
	return state->stream >= 0 ? state->stream : state->listener;
}

static void line_socket_woke(struct line *line)
{
	(void)line;
}

static ssize_t line_socket_went(ssize_t bytes)
{
	return bytes < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : bytes;
}

static ssize_t line_socket_read(struct line *line, void *data, size_t size)
{
	const struct line_socket *state = line->state;
	ssize_t came = read(state->stream, data, size);

	return came == 0 ? -1 : line_socket_went(came);
}

static ssize_t line_socket_write(struct line *line, const void *data, size_t size)
{
	const struct line_socket *state = line->state;

	return line_socket_went(send(state->stream, data, size, MSG_NOSIGNAL));
}

static void line_socket_close(struct line *line)
{
	struct line_socket *state = line->state;

	if (!state)
		return;
	if (state->stream >= 0)
		close(state->stream);
	if (state->listener >= 0)
		close(state->listener);
	free(state);
}

const struct line_ops line_socket_ops = {
	.open = line_socket_open,
	.connect = line_socket_connect,
	.fd = line_socket_fd,
	.woke = line_socket_woke,
	.read = line_socket_read,
	.write = line_socket_write,
	.close = line_socket_close,
};
