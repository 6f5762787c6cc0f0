// SPDX-License-Identifier: MIT
/* Announcements in whatever order become frames in theirs, and gaps are counted. */
#include <criterion/criterion.h>

#include "stream.h"

#define ID 77

static struct stream stream;

static void lock(void)
{
	stream_lock(&stream, ID);
}

static hyper_dmabuf_id_t hid(uint32_t buffer)
{
	return (hyper_dmabuf_id_t){ .id = 1, .rng_key = { 2, 3, (int)buffer } };
}

static enum stream_offer offer(uint64_t id, enum meta_kind kind, uint64_t frame, uint32_t buffer,
			       uint32_t flags)
{
	struct meta meta = { .kind = kind, .stream = id, .frame = frame, .flags = flags };

	return stream_offer(&stream, hid(buffer), &meta);
}

static void take(uint64_t frame)
{
	struct stream_frame got;

	cr_assert(stream_take(&stream, &got), "no frame %lu", frame);
	cr_assert_eq(got.meta.frame, frame, "frame %lu, not %lu", got.meta.frame, frame);
}

Test(stream, unlocked_takes_nothing)
{
	cr_assert_eq(offer(ID, META_FRAME, 0, 0, 0), STREAM_OTHER);
	cr_assert_eq(stream.waiting, 0);
}

Test(stream, other_streams_and_acks_are_not_ours, .init = lock)
{
	struct stream_frame frame;

	cr_assert_eq(offer(ID + 1, META_FRAME, 0, 0, 0), STREAM_OTHER);
	cr_assert_eq(offer(ID, META_ACK, 0, 0, 0), STREAM_OTHER);
	cr_assert_eq(offer(ID + 1, META_END, 0, 0, 0), STREAM_OTHER);
	cr_assert_not(stream.ended);
	cr_assert_not(stream_take(&stream, &frame));
}

Test(stream, late_announcements_are_sorted, .init = lock)
{
	offer(ID, META_FRAME, 9, 0, 0);
	offer(ID, META_FRAME, 7, 1, 0);
	offer(ID, META_FRAME, 8, 2, 0);
	take(7);
	take(8);
	offer(ID, META_FRAME, 10, 1, 0);
	take(9);
	take(10);
	cr_assert_eq(stream.lost, 0);
	cr_assert_eq(stream.next, 11);
}

Test(stream, gaps_are_counted, .init = lock)
{
	offer(ID, META_FRAME, 3, 0, 0);
	take(3);
	offer(ID, META_FRAME, 6, 1, 0);
	take(6);
	cr_assert_eq(stream.lost, 2);
}

Test(stream, a_buffer_announced_again_loses_its_older_frame, .init = lock)
{
	offer(ID, META_FRAME, 0, 0, 0);
	take(0);
	offer(ID, META_FRAME, 1, 1, 0);
	offer(ID, META_FRAME, 2, 1, 0);
	cr_assert_eq(stream.waiting, 1);
	take(2);
	cr_assert_eq(stream.lost, 1);
}

Test(stream, repeated_frames_are_not_taken_twice, .init = lock)
{
	offer(ID, META_FRAME, 0, 0, 0);
	take(0);
	cr_assert_eq(offer(ID, META_FRAME, 0, 0, 0), STREAM_OLD);
	cr_assert_eq(stream.repeated, 1);
	cr_assert_eq(stream.waiting, 0);
}

Test(stream, no_more_buffers_than_fit, .init = lock)
{
	for (uint32_t i = 0; i < META_MAX_BUFFERS; i++)
		cr_assert_eq(offer(ID, META_FRAME, i, i, 0), STREAM_TAKEN);
	cr_assert_eq(offer(ID, META_FRAME, 99, 99, 0), STREAM_TOO_MANY);
	for (uint32_t i = 0; i < META_MAX_BUFFERS; i++)
		take(i);
}

Test(stream, ends_with_the_last_frame, .init = lock)
{
	offer(ID, META_FRAME, 4, 0, META_LAST);
	cr_assert(stream.ended);
	cr_assert_not(stream_done(&stream));
	take(4);
	cr_assert(stream_done(&stream));
	cr_assert_eq(stream.last, 4);
}

Test(stream, ends_by_word_once_all_is_taken, .init = lock)
{
	offer(ID, META_FRAME, 4, 0, 0);
	offer(ID, META_END, 4, 0, 0);
	cr_assert_not(stream_done(&stream));
	take(4);
	cr_assert(stream_done(&stream));
}

Test(stream, unlock_forgets, .init = lock)
{
	offer(ID, META_FRAME, 4, 0, 0);
	stream_unlock(&stream);
	cr_assert_not(stream.locked);
	cr_assert_eq(stream.waiting, 0);
}
