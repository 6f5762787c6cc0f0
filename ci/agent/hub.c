// SPDX-License-Identifier: MIT
/*
 * hdb-hub NAME DOMID: the one in dom0 that talks to the agent of a guest, for any number of "on"
 * at a time. It goes into the background once the agent is there, and ends with the guest.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xenstore.h>

#include "channel.h"

#define HUB_CLIENTS 64

/* Bytes that may wait for a client that does not read before it is dropped. */
#define HUB_QUEUE_MAX (64u * 1024 * 1024)

struct hub_client {
	int fd;			/* -1: this place is free */
	uint32_t session;	/* chosen anew for each client */
	bool ran;		/* the guest knows of the session */
	bool over;		/* and has ended it: close when all is written */
	struct buffer in;
	struct buffer out;
};

static struct hub_client hub_clients[HUB_CLIENTS];
static struct channel hub_channel;
static struct xs_handle *hub_xenstore;
static char hub_socket_path[sizeof(((struct sockaddr_un *)0)->sun_path)];
static int hub_domid;

static bool hub_guest_lives(void)
{
	return xs_is_domain_introduced(hub_xenstore, hub_domid);
}

/* Takes the news out of the watch; what they are does not matter. */
static void hub_xenstore_event(void)
{
	unsigned int count;
	char **news = xs_read_watch(hub_xenstore, &count);

	free(news);
}

/* Half a minute is usual; a kernel with all checks takes minutes, where others run beside it. */
#define HUB_READY_SECONDS 300

/* Waits until the agent has its channel. The offer is the last that it writes. */
static void hub_wait_for_agent(int seconds)
{
	struct pollfd file = { .fd = xs_fileno(hub_xenstore), .events = POLLIN };
	time_t deadline = time(NULL) + seconds;

	while (!channel_take(&hub_channel, hub_domid)) {
		if (!hub_guest_lives())
			errx(WIRE_STATUS_GONE, "the guest died before it was ready");
		if (time(NULL) >= deadline)
			errx(WIRE_STATUS_TIMEOUT, "the guest is not ready after %d s", seconds);
		/* At times the news come before all of it can be read. */
		if (poll(&file, 1, 500) > 0)
			hub_xenstore_event();
	}
}

/* The guest is ready, but may have something to say about that. */
static void hub_tell_trouble(void)
{
	char path[64], *text;
	unsigned int length;

	snprintf(path, sizeof(path), "/local/domain/%d/" WIRE_XENSTORE_TROUBLE, hub_domid);
	text = xs_read(hub_xenstore, XBT_NULL, path, &length);
	if (text)
		warnx("%s", text);
	free(text);
}

static int hub_listen(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	mkdir("/run/hdb", 0755);
	snprintf(hub_socket_path, sizeof(hub_socket_path), WIRE_SOCKET_PATH, name);
	unlink(hub_socket_path);
	strcpy(address.sun_path, hub_socket_path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(fd, HUB_CLIENTS))
		err(1, "%s", hub_socket_path);
	return fd;
}

static void hub_client_end(struct hub_client *client)
{
	if (client->ran && !client->over)
		frame_put(&hub_channel.out, client->session, WIRE_KILL, NULL, 0);
	close(client->fd);
	client->fd = -1;
	buffer_free(&client->in);
	buffer_free(&client->out);
}

static void hub_accept(int listener)
{
	static uint32_t last_session;
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct hub_client *client;

	if (fd < 0)
		return;
	for (client = hub_clients; client < hub_clients + HUB_CLIENTS; client++) {
		if (client->fd >= 0)
			continue;
		*client = (struct hub_client){ .fd = fd, .session = ++last_session };
		return;
	}
	close(fd);
}

static void hub_from_client(struct hub_client *client)
{
	const unsigned char *payload;
	struct wire_frame frame;
	long size = buffer_read(&client->in, client->fd);

	if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) {
		hub_client_end(client);
		return;
	}
	while (frame_peek(&client->in, &frame, &payload)) {
		client->ran |= frame.type == WIRE_RUN;
		frame_put(&hub_channel.out, client->session, frame.type, payload, frame.size);
		frame_drop(&client->in, &frame);
	}
}

static void hub_to_client(struct hub_client *client)
{
	if (!buffer_write(&client->out, client->fd) || client->out.used > HUB_QUEUE_MAX ||
	    (client->over && client->out.used == 0))
		hub_client_end(client);
}

static void hub_frames(void)
{
	const unsigned char *payload;
	struct hub_client *client;
	struct wire_frame frame;

	while (frame_peek(&hub_channel.in, &frame, &payload)) {
		for (client = hub_clients; client < hub_clients + HUB_CLIENTS; client++) {
			if (client->fd < 0 || client->session != frame.session)
				continue;
			frame_put(&client->out, 0, frame.type, payload, frame.size);
			client->over |= frame.type == WIRE_EXIT;
			hub_to_client(client);
		}
		frame_drop(&hub_channel.in, &frame);
	}
}

static void hub_wait(int listener)
{
	struct pollfd files[HUB_CLIENTS + 3];
	struct hub_client *client;
	int n;

	files[0] = (struct pollfd){ .fd = channel_fd(&hub_channel), .events = POLLIN };
	files[1] = (struct pollfd){ .fd = xs_fileno(hub_xenstore), .events = POLLIN };
	files[2] = (struct pollfd){ .fd = listener, .events = POLLIN };
	for (n = 0; n < HUB_CLIENTS; n++) {
		client = &hub_clients[n];
		files[3 + n] = (struct pollfd){ .fd = client->fd, .events = POLLIN };
		if (client->fd >= 0 && client->out.used > 0)
			files[3 + n].events |= POLLOUT;
	}
	if (poll(files, HUB_CLIENTS + 3, -1) < 0 && errno != EINTR)
		err(1, "poll");
	for (n = 0; n < HUB_CLIENTS; n++) {
		if (files[3 + n].revents & POLLOUT)
			hub_to_client(&hub_clients[n]);
		if (hub_clients[n].fd >= 0 && files[3 + n].revents & ~POLLOUT)
			hub_from_client(&hub_clients[n]);
	}
	if (files[0].revents)
		channel_event(&hub_channel);
	if (files[1].revents)
		hub_xenstore_event();
	if (files[2].revents)
		hub_accept(listener);
}

/*
 * Goes on in the background, at once: neither xenstore's thread nor mapped grants survive a fork.
 * Returns, in the child only, the file to tell when the guest is ready; the one who called gets
 * the child's exit status if it ends before.
 */
static int hub_background(void)
{
	int files[2], status;
	pid_t child;
	char byte;

	if (pipe2(files, O_CLOEXEC))
		err(1, "pipe");
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (child == 0) {
		close(files[0]);
		setsid();
		return files[1];
	}
	close(files[1]);
	if (read(files[0], &byte, 1) == 1)
		exit(0);
	waitpid(child, &status, 0);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static void hub_ready(int file)
{
	int null = open("/dev/null", O_RDWR);

	if (write(file, "", 1) != 1)
		err(1, "nobody waits");
	close(file);
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	close(null);
}

int main(int argc, char **argv)
{
	int listener, ready, n;
	char path[64];

	if (argc != 3 || (hub_domid = atoi(argv[2])) <= 0) {
		fprintf(stderr, "usage: hdb-hub NAME DOMID\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	for (n = 0; n < HUB_CLIENTS; n++)
		hub_clients[n].fd = -1;
	ready = hub_background();
	hub_xenstore = xs_open(0);
	if (!hub_xenstore)
		err(1, "xenstore");
	/* One for the offer, one for the death of any domain. */
	snprintf(path, sizeof(path), "/local/domain/%d/data", hub_domid);
	if (!xs_watch(hub_xenstore, "@releaseDomain", "gone") ||
	    !xs_watch(hub_xenstore, path, "agent"))
		err(1, "xenstore watch");
	hub_wait_for_agent(HUB_READY_SECONDS);
	hub_tell_trouble();
	/* From here on "on" gets an answer, so whoever waits for this may go on. */
	listener = hub_listen(argv[1]);
	hub_ready(ready);
	while (channel_pump(&hub_channel)) {
		hub_frames();
		if (!hub_guest_lives())
			break;
		channel_pump(&hub_channel);
		hub_wait(listener);
	}
	unlink(hub_socket_path);
	return 0;
}
