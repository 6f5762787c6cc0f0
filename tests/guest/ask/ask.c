// SPDX-License-Identifier: MIT
/*
 * hdb-test-ask NAME COMMAND [ARGUMENT]...: has the process hdb-test-share NAME
 * do something. Prints the answer; exit status 0 when it was done, 1 when it
 * failed, 3 when there is no such process or it does not answer.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* As long as the longest command takes on an emulated machine, in seconds. */
#define ASK_PATIENCE	60

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = ASK_PATIENCE };
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	char line[512] = "", reply[512];
	ssize_t len;

	if (argc < 3) {
		fputs("usage: hdb-test-ask NAME COMMAND [ARGUMENT]...\n", stderr);
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		size_t used = strlen(line);

		snprintf(line + used, sizeof(line) - used, "%s%s", used ? " " : "", argv[i]);
	}
	snprintf(address.sun_path, sizeof(address.sun_path), "/run/hdb-test-%s.socket", argv[1]);
	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(sock, (struct sockaddr *)&address, sizeof(address)) ||
	    send(sock, line, strlen(line), MSG_NOSIGNAL) < 0) {
		perror("hdb-test-ask");
		return 3;
	}
	len = recv(sock, reply, sizeof(reply) - 1, 0);
	close(sock);
	if (len <= 0) {
		fprintf(stderr, "hdb-test-ask: no answer from %s\n", argv[1]);
		return 3;
	}
	reply[len] = '\0';
	if (!strncmp(reply, "ok", 2)) {
		puts(reply + (reply[2] ? 3 : 2));
		return 0;
	}
	fprintf(stderr, "%s %s: %s\n", argv[1], line, reply);
	return 1;
}
