// SPDX-License-Identifier: MIT
/* read() and poll(): what an event looks like and how it is waited for. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "ends.h"

ENDS_SUITE(events);

/* Shares @count pages with private data of @sz bytes and awaits the last event. */
static void events_share(struct shared *shared, int count, int sz)
{
	char priv[MAX_SIZE_PRIV_DATA] = { 0 };

	for (int i = 0; i < count; i++) {
		expect(0, dmabuf_alloc(&shared[i].buffer, DMABUF_ANY, DMABUF_PAGE));
		memset(priv, i + 1, sizeof(priv));
		expect(0, call_export(ends.out, shared[i].buffer.fd, ends.domain, priv, sz,
				      &shared[i].hid));
	}
	cr_assert(state_becomes("imports", count, ENDS_PATIENCE_MS));
	cr_assert(eventually(event_ready(ends.in)));
	usleep(20000);
}

static long events_read(int dev, void *at, size_t room)
{
	/* Not read(), which the compiler knows too well to let it fail. */
	long len = syscall(SYS_read, dev, at, room);

	return len < 0 ? -errno : len;
}

Test(events, none_is_eagain)
{
	char room[256];

	expect(-EAGAIN, events_read(ends.in, room, sizeof(room)));
}

Test(events, say_what_was_shared)
{
	struct shared shared;
	struct event event;

	events_share(&shared, 1, 5);
	expect(24 + 5, events_read(ends.in, &event, sizeof(event)));
	cr_assert_eq(event.hdr.event_type, HYPER_DMABUF_NEW_IMPORT);
	cr_assert(event_same_id(&event.hdr.hid, &shared.hid));
	cr_assert_eq(event.hdr.size, 5);
	cr_assert(!memcmp(event.priv, "\1\1\1\1\1", 5));
}

Test(events, are_read_once)
{
	struct shared shared;
	struct event event;

	events_share(&shared, 1, 5);
	expect(24 + 5, events_read(ends.in, &event, sizeof(event)));
	expect(-EAGAIN, events_read(ends.in, &event, sizeof(event)));
}

Test(events, are_read_by_every_file)
{
	struct shared shared;
	struct event event;
	int other = call_open(CALL_DEVICE, O_NONBLOCK);

	events_share(&shared, 1, 5);
	expect(24 + 5, events_read(ends.in, &event, sizeof(event)));
	cr_assert(eventually(event_ready(other)));
	expect(24 + 5, events_read(other, &event, sizeof(event)));
}

Test(events, write_nothing_behind_the_private_data)
{
	struct shared shared;
	unsigned char room[256];

	memset(room, 0xa5, sizeof(room));
	events_share(&shared, 1, 5);
	expect(24 + 5, events_read(ends.in, room, sizeof(room)));
	for (size_t i = 24 + 5; i < sizeof(room); i++)
		cr_assert_eq(room[i], 0xa5, "byte %zu is written", i);
}

Test(events, come_in_order)
{
	enum { MANY = 20 };
	struct shared shared[MANY];
	struct event event;

	events_share(shared, MANY, 1);
	for (int i = 0; i < MANY; i++) {
		expect(24 + 1, event_next(ends.in, &event, ENDS_PATIENCE_MS));
		cr_assert(event_same_id(&event.hdr.hid, &shared[i].hid), "event %d", i);
	}
}

Test(events, of_one_buffer_come_in_order)
{
	struct shared shared;
	struct event event;

	events_share(&shared, 1, 1);
	for (char i = 2; i <= 20; i++)
		expect(0, call_export(ends.out, shared.buffer.fd, ends.domain, &i, 1, NULL));
	for (char i = 1; i <= 20; i++) {
		expect(24 + 1, event_next(ends.in, &event, ENDS_PATIENCE_MS));
		cr_assert(event_same_id(&event.hdr.hid, &shared.hid));
		cr_assert_eq(event.priv[0], i, "event %d carries %d", i, event.priv[0]);
	}
}

Test(events, that_fit_are_read_together)
{
	struct shared shared[3];
	char room[3 * (24 + 10)];
	struct hyper_dmabuf_event_hdr hdr;

	events_share(shared, 3, 10);
	expect((long)sizeof(room), events_read(ends.in, room, sizeof(room)));
	for (int i = 0; i < 3; i++) {
		memcpy(&hdr, room + i * (24 + 10), sizeof(hdr));
		cr_assert(event_same_id(&hdr.hid, &shared[i].hid));
		cr_assert_eq(room[i * (24 + 10) + 24], i + 1);
	}
}

Test(events, that_do_not_fit_stay)
{
	struct shared shared[2];
	char room[2 * (24 + 10) - 1];

	events_share(shared, 2, 10);
	expect(24 + 10, events_read(ends.in, room, sizeof(room)));
	expect(24 + 10, events_read(ends.in, room, sizeof(room)));
	expect(-EAGAIN, events_read(ends.in, room, sizeof(room)));
}

Test(events, first_that_does_not_fit_is_einval)
{
	static const size_t rooms[] = { 0, 1, 23, 24, 24 + 9 };
	struct shared shared;
	char room[24 + 10];

	events_share(&shared, 1, 10);
	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++)
		expect(-EINVAL, events_read(ends.in, room, rooms[i]));
	expect(24 + 10, events_read(ends.in, room, sizeof(room)));
}

Test(events, without_private_data_fit_a_header)
{
	struct shared shared;
	struct hyper_dmabuf_event_hdr hdr;

	events_share(&shared, 1, 0);
	expect((long)sizeof(hdr), events_read(ends.in, &hdr, sizeof(hdr)));
	cr_assert_eq(hdr.size, 0);
}

Test(events, read_to_bad_pointers_is_efault_and_loses_none)
{
	struct shared shared;
	struct event event;

	events_share(&shared, 1, 10);
	expect(-EFAULT, events_read(ends.in, NULL, 4096));
	expect(-EFAULT, events_read(ends.in, (void *)8, 4096));
	expect(24 + 10, events_read(ends.in, &event, sizeof(event)));
	cr_assert(event_same_id(&event.hdr.hid, &shared.hid));
}

Test(events, poll_is_quiet_without_any)
{
	struct pollfd pfd = { .fd = ends.in, .events = POLLIN };

	expect(0, poll(&pfd, 1, 50));
}

Test(events, poll_reports_one_until_it_is_read)
{
	struct shared shared;
	struct event event;

	events_share(&shared, 1, 0);
	cr_assert(event_ready(ends.in));
	cr_assert(event_ready(ends.in));
	expect(24, events_read(ends.in, &event, sizeof(event)));
	cr_assert(!event_ready(ends.in));
}

static void *events_share_later(void *arg)
{
	struct shared *shared = arg;

	usleep(200000);
	shared->buffer.fd = call_export(ends.out, shared->buffer.fd, ends.domain, NULL, 0,
					&shared->hid);
	return NULL;
}

Test(events, wake_poll)
{
	struct pollfd pfd = { .fd = ends.in, .events = POLLIN };
	struct shared shared;
	pthread_t thread;

	expect(0, dmabuf_alloc(&shared.buffer, DMABUF_ANY, DMABUF_PAGE));
	expect(0, pthread_create(&thread, NULL, events_share_later, &shared));
	expect(1, poll(&pfd, 1, ENDS_PATIENCE_MS));
	cr_assert(pfd.revents & POLLIN);
	pthread_join(thread, NULL);
}

Test(events, wake_a_blocking_read)
{
	struct shared shared;
	struct event event;
	pthread_t thread;

	expect(0, dmabuf_alloc(&shared.buffer, DMABUF_ANY, DMABUF_PAGE));
	expect(0, pthread_create(&thread, NULL, events_share_later, &shared));
	/* The exporting file is the blocking one; it gets its own event too. */
	expect(24, events_read(ends.out, &event, sizeof(event)));
	pthread_join(thread, NULL);
	cr_assert(event_same_id(&event.hdr.hid, &shared.hid));
}

static void events_ignore(int signal)
{
	(void)signal;
}

Test(events, blocking_read_ends_with_a_signal)
{
	struct sigaction action = { .sa_handler = events_ignore };
	struct event event;

	sigaction(SIGALRM, &action, NULL);
	alarm(1);
	expect(-EINTR, events_read(ends.out, &event, sizeof(event)));
}

static void events_read_forever(void *arg)
{
	struct event event;

	(void)arg;
	alarm(1);
	signal(SIGALRM, SIG_DFL);
	events_read(ends.out, &event, sizeof(event));
}

Test(events, blocking_read_can_be_killed)
{
	int status = ends_fork(events_read_forever, NULL);

	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
}
