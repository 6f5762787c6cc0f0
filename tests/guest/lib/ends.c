// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "ends.h"

struct ends ends;

void ends_init(void)
{
	char left[256];

	cr_assert(state_at_rest(ENDS_PATIENCE_MS, left, sizeof(left)),
		  "an earlier test has left behind:%s", left);
	ends.out = call_open(CALL_DEVICE, 0);
	cr_assert(ends.out >= 0, "cannot open %s: %s", CALL_DEVICE, strerror(-ends.out));
	ends.in = call_open(CALL_DEVICE, O_NONBLOCK);
	cr_assert(ends.in >= 0, "cannot open %s: %s", CALL_DEVICE, strerror(-ends.in));
	ends.domain = call_own_domain(ends.out);
	cr_assert(ends.domain >= 0, "cannot get the own domain: %s", strerror(-ends.domain));
}

void ends_share_buffer(struct shared *shared)
{
	struct event event;
	int len;

	expect(0, call_export(ends.out, shared->buffer.fd, ends.domain, "hdb", 3, &shared->hid));
	len = event_wait(ends.in, &shared->hid, &event, ENDS_PATIENCE_MS);
	cr_assert(len >= 0, "no event came: %s", strerror(-len));
}

void ends_share(struct shared *shared, size_t size, uint32_t seed)
{
	expect(0, dmabuf_alloc(&shared->buffer, DMABUF_ANY, size));
	dmabuf_fill(shared->buffer.map, size, seed);
	ends_share_buffer(shared);
}

void ends_import(const struct shared *shared, struct dmabuf *import)
{
	int fd = call_import(ends.in, &shared->hid, O_CLOEXEC);

	cr_assert(fd >= 0, "cannot import: %s", strerror(-fd));
	expect(0, dmabuf_wrap(import, fd, shared->buffer.size));
}

int ends_fork(void (*body)(void *arg), void *arg)
{
	pid_t pid = fork();
	int status;

	cr_assert(pid >= 0, "fork: %s", strerror(errno));
	if (!pid) {
		body(arg);
		_exit(0);
	}
	cr_assert(waitpid(pid, &status, 0) == pid);
	return status;
}

static void ends_write(void *at)
{
	/* Criterion's own handler would turn the signal into something else. */
	signal(SIGBUS, SIG_DFL);
	signal(SIGSEGV, SIG_DFL);
	*(volatile char *)at = 1;
}

bool ends_write_dies(void *at)
{
	int status = ends_fork(ends_write, at);

	if (WIFSIGNALED(status)) {
		cr_assert(WTERMSIG(status) == SIGBUS, "signal %d (%s), not SIGBUS",
			  WTERMSIG(status), strsignal(WTERMSIG(status)));
		return true;
	}
	return false;
}
