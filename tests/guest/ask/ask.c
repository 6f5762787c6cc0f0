// SPDX-License-Identifier: MIT
/*
 * hdb-test-ask NAME COMMAND [ARGUMENT]... [, COMMAND [ARGUMENT]...]...: has the
 * process hdb-test-share NAME do one thing after another, up to the first that
 * fails. Prints the last answer; exit status 0 when all was done, 1 when
 * something failed, 3 when there is no such process or it does not answer.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* As long as the longest command takes on an emulated machine, in seconds. */
#define ASK_PATIENCE	240

/* Sends one command. Returns the length of the reply, or -1. */
static ssize_t ask(const char *name, const char *line, char *reply, size_t room)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = ASK_PATIENCE };
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	ssize_t len = -1;

	snprintf(address.sun_path, sizeof(address.sun_path), "/run/hdb-test-%s.socket", name);
	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (!connect(sock, (struct sockaddr *)&address, sizeof(address)) &&
	    send(sock, line, strlen(line), MSG_NOSIGNAL) > 0)
		len = recv(sock, reply, room - 1, 0);
	if (len <= 0)
		perror("hdb-test-ask: no answer");
	else
		reply[len] = '\0';
	close(sock);
	return len > 0 ? len : -1;
}

int main(int argc, char **argv)
{
	char line[512], reply[512] = "ok";
	int at = 2;

	if (argc < 3) {
		fputs("usage: hdb-test-ask NAME COMMAND [ARGUMENT]... [, COMMAND ...]...\n", stderr);
		return 2;
	}
	while (at < argc) {
		size_t used = 0;

		line[0] = '\0';
		for (; at < argc && strcmp(argv[at], ",") && used < sizeof(line); at++)
			used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s",
						 used ? " " : "", argv[at]);
		at++;
		if (ask(argv[1], line, reply, sizeof(reply)) < 0)
			return 3;
		if (strncmp(reply, "ok", 2)) {
			fprintf(stderr, "%s: %s\n", line, reply);
			return 1;
		}
	}
	puts(reply + (reply[2] ? 3 : 2));
	return 0;
}
