// SPDX-License-Identifier: MIT
/* on GUEST COMMAND...: runs a shell command in a guest, from dom0. */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "buffer.h"

static const char on_usage[] =
	"usage: on [-t SECONDS] [-p | -i] GUEST COMMAND...\n"
	"\n"
	"Runs a shell command in a guest. Its output and its exit status become those of this\n"
	"program. Any number may run at a time.\n"
	"\n"
	"  -t SECONDS  kill it after that time, and exit 124; default: the lane's time limit\n"
	"  -p          the command reads this program's standard input\n"
	"  -i          the command has a terminal; without COMMAND: a shell\n"
	"  -h          this text\n"
	"\n"
	"Exit status: the command's; 124 out of time; 125 the guest is not there or died; 2 usage.\n";

static volatile sig_atomic_t on_resized;
static struct termios on_terminal_before;
static bool on_terminal_changed;

static void on_resize(int signal)
{
	(void)signal;
	on_resized = 1;
}

static void on_terminal_restore(void)
{
	if (on_terminal_changed)
		tcsetattr(0, TCSANOW, &on_terminal_before);
}

static void on_terminal_raw(void)
{
	struct termios raw;

	if (tcgetattr(0, &on_terminal_before))
		return;
	raw = on_terminal_before;
	cfmakeraw(&raw);
	on_terminal_changed = tcsetattr(0, TCSANOW, &raw) == 0;
	atexit(on_terminal_restore);
}

static struct wire_size on_terminal_size(void)
{
	struct winsize window = { .ws_row = 24, .ws_col = 80 };

	ioctl(0, TIOCGWINSZ, &window);
	return (struct wire_size){ .rows = window.ws_row ? window.ws_row : 24,
				   .columns = window.ws_col ? window.ws_col : 80 };
}

/* Seconds until the lane wants its commands to have ended. */
static long on_default_timeout(void)
{
	const char *deadline = getenv("HDB_DEADLINE"), *keep = getenv("HDB_KEEP");
	long left;

	if (!deadline || !keep)
		return 0;
	left = atol(deadline) - atol(keep) - time(NULL);
	return left > 0 ? left : 1;
}

static int on_connect(const char *guest)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strchr(guest, '/') ||
	    snprintf(address.sun_path, sizeof(address.sun_path), WIRE_SOCKET_PATH, guest) >=
	    (int)sizeof(address.sun_path))
		errx(2, "no such guest: %s", guest);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		errx(WIRE_STATUS_GONE, "guest %s is not there", guest);
	return fd;
}

static void on_write_all(int fd, const void *data, size_t size)
{
	const char *at = data;
	ssize_t done;

	while (size > 0) {
		done = write(fd, at, size);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			exit(1);
		at += done;
		size -= done;
	}
}

static void on_send(int fd, enum wire_type type, const void *payload, size_t size)
{
	struct buffer buffer = { 0 };

	frame_put(&buffer, 0, type, payload, size);
	on_write_all(fd, buffer.data, buffer.used);
	buffer_free(&buffer);
}

static void on_run(int fd, enum wire_input input, char **words)
{
	struct wire_run run = { .input = input, .size = on_terminal_size() };
	struct buffer command = { 0 };

	buffer_append(&command, &run, sizeof(run));
	for (; *words; words++) {
		buffer_append(&command, *words, strlen(*words));
		if (words[1])
			buffer_append(&command, " ", 1);
	}
	if (command.used > WIRE_PAYLOAD_MAX)
		errx(2, "the command is longer than %u bytes", WIRE_PAYLOAD_MAX);
	on_send(fd, WIRE_RUN, command.data, command.used);
	buffer_free(&command);
}

/* Passes on what came from the guest. Returns the exit status, or -1 while there is none. */
static int on_frames(struct buffer *in)
{
	const unsigned char *payload;
	struct wire_frame frame;
	int32_t status = -1;

	while (status < 0 && frame_peek(in, &frame, &payload)) {
		switch (frame.type) {
		case WIRE_OUTPUT:
			on_write_all(1, payload, frame.size);
			break;
		case WIRE_ERROR:
			on_write_all(2, payload, frame.size);
			break;
		case WIRE_EXIT:
			memcpy(&status, payload, sizeof(status));
			break;
		}
		frame_drop(in, &frame);
	}
	return status;
}

/* True at the end of this program's standard input, which is told to the guest. */
static bool on_input(int fd)
{
	char chunk[4096];
	ssize_t size = read(0, chunk, sizeof(chunk));

	if (size < 0 && errno == EINTR)
		return false;
	on_send(fd, WIRE_INPUT, chunk, size > 0 ? size : 0);
	return size <= 0;
}

static int on_poll(struct pollfd *files, time_t deadline)
{
	long left = -1;

	if (deadline) {
		left = (deadline - time(NULL)) * 1000;
		if (left <= 0)
			return 0;
		/* poll() counts in an int. */
		if (left > 3600 * 1000)
			left = 3600 * 1000;
	}
	return poll(files, 2, left);
}

static int on_serve(int fd, const char *guest, enum wire_input input, long seconds)
{
	struct pollfd files[2] = { { fd, POLLIN, 0 },
				   { input == WIRE_INPUT_NONE ? -1 : 0, POLLIN, 0 } };
	time_t deadline = seconds ? time(NULL) + seconds : 0;
	struct buffer in = { 0 };
	struct wire_size size;
	int ready, status;

	for (;;) {
		if (on_resized) {
			on_resized = 0;
			size = on_terminal_size();
			on_send(fd, WIRE_SIZE, &size, sizeof(size));
		}
		ready = on_poll(files, deadline);
		if (ready == 0 && deadline && time(NULL) >= deadline) {
			warnx("%s: killed after %ld s", guest, seconds);
			return WIRE_STATUS_TIMEOUT;
		}
		if (ready <= 0)
			continue;
		if (files[1].revents && on_input(fd))
			files[1].fd = -1;
		if (!files[0].revents)
			continue;
		if (buffer_read(&in, fd) <= 0) {
			warnx("guest %s died", guest);
			return WIRE_STATUS_GONE;
		}
		status = on_frames(&in);
		if (status >= 0)
			return status;
	}
}

static char *on_shell[] = { "exec sh -l -i", NULL };

int main(int argc, char **argv)
{
	enum wire_input input = WIRE_INPUT_NONE;
	long seconds = on_default_timeout();
	char *end;
	int option, fd;

	/* What follows the guest's name is the command's, options too. */
	while ((option = getopt(argc, argv, "+t:pih")) != -1) {
		switch (option) {
		case 't':
			seconds = strtol(optarg, &end, 10);
			if (*end || seconds <= 0)
				errx(2, "-t wants seconds, not '%s'", optarg);
			break;
		case 'p':
			input = WIRE_INPUT_PIPE;
			break;
		case 'i':
			input = WIRE_INPUT_TERMINAL;
			break;
		case 'h':
			fputs(on_usage, stdout);
			return 0;
		default:
			return 2;
		}
	}
	if (argc - optind < (input == WIRE_INPUT_TERMINAL ? 1 : 2)) {
		fputs(on_usage, stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	fd = on_connect(argv[optind]);
	if (input == WIRE_INPUT_TERMINAL) {
		on_terminal_raw();
		signal(SIGWINCH, on_resize);
	}
	on_run(fd, input, argv[optind + 1] ? argv + optind + 1 : on_shell);
	return on_serve(fd, argv[optind], input, seconds);
}
