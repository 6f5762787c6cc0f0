// SPDX-License-Identifier: MIT
/* What an open file's queue keeps when nobody reads, and what a late file gets. */
#include <errno.h>
#include <fcntl.h>

#include "ends.h"

ENDS_SUITE(event_queue);

/* The queue holds at least so many. */
#define QUEUE_KEPT	32

/* Far more than the queue holds. */
#define QUEUE_FLOOD	1000

/*
 * Renews the private data of a new buffer @count times, with the number in it.
 * Each waits until the one before has arrived, read through a file that nobody
 * looks at otherwise: what was not sent yet may be replaced by what is newer.
 */
static void queue_publish(struct shared *shared, uint32_t count)
{
	int other = call_open(CALL_DEVICE, O_NONBLOCK);
	struct event event;

	expect(0, dmabuf_alloc(&shared->buffer, DMABUF_ANY, DMABUF_PAGE));
	for (uint32_t i = 0; i < count; i++) {
		expect(0, call_export(ends.out, shared->buffer.fd, ends.domain, &i, sizeof(i),
				      &shared->hid));
		expect(24 + 4, event_next(other, &event, ENDS_PATIENCE_MS));
		cr_assert(!memcmp(event.priv, &i, sizeof(i)));
	}
	close(other);
	usleep(20000);
}

Test(event_queue, holds_32)
{
	struct shared shared;
	struct event event;
	uint32_t number;

	queue_publish(&shared, QUEUE_KEPT);
	for (uint32_t i = 0; i < QUEUE_KEPT; i++) {
		expect(24 + 4, event_next(ends.in, &event, 0));
		memcpy(&number, event.priv, sizeof(number));
		cr_assert_eq(number, i);
	}
}

Test(event_queue, drops_the_oldest)
{
	struct shared shared;
	struct event event;
	uint32_t number, first = 0, count = 0;

	queue_publish(&shared, QUEUE_FLOOD);
	for (; event_next(ends.in, &event, 0) >= 0; count++) {
		memcpy(&number, event.priv, sizeof(number));
		if (!count)
			first = number;
		cr_assert_eq(number, first + count, "%u after %u", number, first + count - 1);
	}
	cr_assert_geq(count, QUEUE_KEPT, "only %u are kept", count);
	cr_assert_eq(first + count, QUEUE_FLOOD, "the newest is %u", first + count - 1);
}

Test(event_queue, counts_what_it_drops)
{
	struct shared shared;
	struct event event;
	long before = state_read("events_lost");
	uint32_t kept = 0;

	cr_assert_geq(before, 0, "the driver has no count of dropped events");
	close(ends.out);
	ends.out = ends.in;
	queue_publish(&shared, QUEUE_FLOOD);
	while (event_next(ends.in, &event, 0) >= 0)
		kept++;
	expect(QUEUE_FLOOD - kept, state_read("events_lost") - before);
}

Test(event_queue, late_file_gets_every_living_import)
{
	enum { MANY = 10 };
	struct shared shared[MANY];
	struct event event;
	int late;

	for (int i = 0; i < MANY; i++)
		ends_share(&shared[i], DMABUF_PAGE, 1);
	late = call_open(CALL_DEVICE, O_NONBLOCK);
	for (int seen = 0; seen < (1 << MANY) - 1;) {
		int which = 0;

		expect(24 + 3, event_next(late, &event, ENDS_PATIENCE_MS));
		while (which < MANY && !event_same_id(&event.hdr.hid, &shared[which].hid))
			which++;
		cr_assert(which < MANY && !(seen & 1 << which), "an event too many");
		seen |= 1 << which;
	}
	expect(-ETIMEDOUT, event_next(late, &event, 50));
}

Test(event_queue, late_file_gets_the_newest_private_data)
{
	struct shared shared;
	struct event event;
	int late;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, call_export(ends.out, shared.buffer.fd, ends.domain, "newest", 6, NULL));
	cr_assert(event_wait(ends.in, &shared.hid, &event, ENDS_PATIENCE_MS) >= 0);
	late = call_open(CALL_DEVICE, O_NONBLOCK);
	expect(24 + 6, event_next(late, &event, ENDS_PATIENCE_MS));
	cr_assert(!memcmp(event.priv, "newest", 6));
	expect(-ETIMEDOUT, event_next(late, &event, 50));
}

Test(event_queue, late_file_gets_nothing_of_what_is_gone)
{
	struct shared shared;
	struct event event;
	int late;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	cr_assert(state_becomes("imports", 0, ENDS_PATIENCE_MS));
	late = call_open(CALL_DEVICE, O_NONBLOCK);
	expect(-ETIMEDOUT, event_next(late, &event, 50));
}

Test(event_queue, late_file_gets_nothing_of_what_is_unexported_but_in_use)
{
	struct shared shared;
	struct dmabuf import;
	struct event event;
	int late;

	ends_share(&shared, DMABUF_PAGE, 1);
	ends_import(&shared, &import);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	cr_assert(eventually(call_query_value(ends.in, &shared.hid,
					      HYPER_DMABUF_QUERY_UNEXPORTED) == 1));
	late = call_open(CALL_DEVICE, O_NONBLOCK);
	expect(-ETIMEDOUT, event_next(late, &event, 50));
}
