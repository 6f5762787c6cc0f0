// SPDX-License-Identifier: MIT
/* What an exporter believes of what comes from an importer. */
#include <criterion/criterion.h>

#include "handback.h"

#define STREAM	0xfeedull
#define SENT	10	/* frames published */

static struct handback_in in;

static void start(void)
{
	in = (struct handback_in){ .stream = STREAM };
}

static bool hear(int from, struct meta meta)
{
	struct hdb_event event = { .hid = { .id = from }, .size = META_SIZE };

	cr_assert_eq(meta_encode(&meta, event.priv), META_OK);
	return handback_take(&in, &event, SENT);
}

TestSuite(handback, .init = start);

Test(handback, an_ack_hands_back_all_up_to_it)
{
	cr_assert(hear(1, (struct meta){ .kind = META_ACK, .stream = STREAM, .frame = 4,
					 .frames_ok = 4, .frames_bad = 1 }));
	cr_assert(in.heard);
	cr_assert_eq(in.done, 5);
	cr_assert_eq(in.ok, 4);
	cr_assert_eq(in.bad, 1);
}

Test(handback, an_older_ack_takes_nothing_back)
{
	hear(1, (struct meta){ .kind = META_ACK, .stream = STREAM, .frame = 4 });
	hear(1, (struct meta){ .kind = META_ACK, .stream = STREAM, .frame = 2 });
	cr_assert_eq(in.done, 5);
}

Test(handback, another_stream_is_not_ours)
{
	cr_assert_not(hear(1, (struct meta){ .kind = META_ACK, .stream = 1, .frame = 4 }));
	cr_assert_not(in.heard);
	cr_assert_eq(in.done, 0);
}

Test(handback, a_frame_that_was_never_sent_cannot_come_back)
{
	cr_assert_not(hear(1, (struct meta){ .kind = META_ACK, .stream = STREAM, .frame = SENT }));
	cr_assert_not(hear(1, (struct meta){ .kind = META_ACK, .stream = STREAM,
					     .frame = UINT64_MAX }));
	cr_assert_eq(in.done, 0);
	cr_assert(hear(1, (struct meta){ .kind = META_ACK, .stream = STREAM, .frame = SENT - 1 }));
	cr_assert_eq(in.done, SENT);
}

Test(handback, leaving_counts_only_from_whom_we_heard)
{
	const struct meta end = { .kind = META_END, .stream = STREAM, .frame = 0 };

	cr_assert_not(hear(1, end));
	cr_assert_not(in.left);
	hear(1, (struct meta){ .kind = META_ACK, .stream = STREAM, .frame = 0 });
	cr_assert_not(hear(2, end), "our own END, on the loopback");
	cr_assert_not(in.left);
	cr_assert(hear(1, end));
	cr_assert(in.left);
}

Test(handback, garbage_is_ignored)
{
	struct hdb_event event = { .size = META_SIZE };

	cr_assert_not(handback_take(&in, &event, SENT));
	event.size = 0;
	cr_assert_not(handback_take(&in, &event, SENT));
	event.size = MAX_SIZE_PRIV_DATA;
	for (size_t i = 0; i < sizeof(event.priv); i++)
		event.priv[i] = 0xff;
	cr_assert_not(handback_take(&in, &event, SENT));
	cr_assert_not(in.heard);
}
