// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "share.h"

static int share_listen(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), SHARE_SOCKET_FORMAT, name);
	unlink(address.sun_path);
	if (sock < 0 || bind(sock, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(sock, 4))
		return -errno;
	return sock;
}

/* Answers one client's command. */
static void share_serve(struct share *share, int client)
{
	char line[SHARE_LINE_MAX], reply[SHARE_LINE_MAX];
	ssize_t len = recv(client, line, sizeof(line) - 1, 0);

	if (len > 0) {
		line[len] = '\0';
		share_run(share, line, reply, sizeof(reply));
		send(client, reply, strlen(reply), MSG_NOSIGNAL);
	}
	close(client);
}

/*
 * Goes on in the background, where nobody waits for our output; whoever started
 * us gets the process id, and may ask from now on.
 */
static int share_detach(void)
{
	int null = open("/dev/null", O_RDWR);
	pid_t pid = fork();

	if (pid < 0 || null < 0)
		return -1;
	if (pid) {
		printf("%d\n", (int)pid);
		exit(0);
	}
	setsid();
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	close(null);
	return 0;
}

int main(int argc, char **argv)
{
	struct share share = { .dev = -1 };
	int sock;

	if (argc != 2 || !*argv[1] || strchr(argv[1], '/')) {
		fputs("usage: hdb-test-share NAME\n", stderr);
		return 2;
	}
	for (int i = 0; i < SHARE_SLOTS; i++) {
		share.slots[i].fd = -1;
		share.takers[i] = -1;
	}
	share.dev = call_open(CALL_DEVICE, O_NONBLOCK);
	if (share.dev < 0) {
		fprintf(stderr, "hdb-test-share: cannot open %s: %s\n", CALL_DEVICE,
			strerror(-share.dev));
		return 77;
	}
	sock = share_listen(argv[1]);
	if (sock < 0) {
		fprintf(stderr, "hdb-test-share: cannot listen: %s\n", strerror(-sock));
		return 1;
	}
	if (share_detach() < 0) {
		perror("hdb-test-share: cannot detach");
		return 1;
	}
	for (;;) {
		int client = accept4(sock, NULL, NULL, SOCK_CLOEXEC);

		if (client >= 0)
			share_serve(&share, client);
	}
}
