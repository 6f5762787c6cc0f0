// SPDX-License-Identifier: MIT
/*
 * One frame at a time: publish, the other domain has a look, and hands back. The clocks of two
 * domains are never compared: what a way takes is half of the round trip, without what the other
 * end says it spent itself, which is a duration of one clock.
 */
#include "cases.h"
#include "frame.h"

#include <errno.h>
#include <stdlib.h>

enum frame_value {
	FRAME_PUBLISH,
	FRAME_ROUND_TRIP,
	FRAME_NOTIFY,
	FRAME_TO_READABLE,
};

static const struct case_series frame_series[] = {
	[FRAME_PUBLISH] = { "frame/publish", UNIT_NS,
		"the call that announces a new frame in a buffer that is shared already" },
	[FRAME_ROUND_TRIP] = { "frame/round-trip", UNIT_NS,
		"the hand-over: from when the frame was to be published, until the other domain "
		"has read its first pixels in a mapping that it keeps, has handed it back, and we "
		"know" },
	[FRAME_NOTIFY] = { "frame/notify", UNIT_NS,
		"publish to event, or hand back to event: half of a round trip without what both "
		"ends do with pixels" },
	[FRAME_TO_READABLE] = { "frame/to-readable", UNIT_NS,
		"publish until the other domain has read the first pixels: notify, and its own "
		"time" },
	{ 0 },
};

static void frame_case_close(struct case_context *context)
{
	struct frame *frame = context->state;

	if (!frame)
		return;
	frame_close(frame);
	free(frame);
}

static int frame_case_open(struct case_context *context, struct err *err)
{
	struct frame *frame = calloc(1, sizeof(*frame));

	if (!frame)
		return err_errno(err, ENOMEM, "frame");
	frame->buffer.fd = -1;
	context->state = frame;
	if (frame_open(frame, context, err) < 0)
		return -1;
	return frame_draw(frame, true, err);
}

static int frame_round(struct case_context *context, uint32_t actions, uint64_t intended,
		       double *values, struct err *err)
{
	struct frame *frame = context->state;
	uint64_t copied, start, published, end, theirs, seq;
	struct wire reply;

	if (frame_bring(frame, &copied, err) < 0)
		return -1;
	start = stop_now();
	if (frame_publish(frame, actions, &seq, err) < 0)
		return -1;
	published = stop_now();
	if (channel_reply(context->channel, seq, &reply, err) < 0)
		return -1;
	end = stop_now();
	theirs = reply.values[WIRE_NS_TOTAL];
	if (clocks_one_way(&context->channel->clocks, end - start, theirs, &values[FRAME_NOTIFY],
			   err) < 0)
		return -1;
	values[FRAME_PUBLISH] = (double)(published - start);
	values[FRAME_ROUND_TRIP] = (double)(end - intended);
	values[FRAME_TO_READABLE] = (double)copied + values[FRAME_NOTIFY] + (double)theirs;
	/* The next one is drawn before it is to begin. */
	return frame_draw(frame, false, err);
}

static int frame_once(struct case_context *context, uint64_t intended, double *values,
		      struct err *err)
{
	return frame_round(context, 0, intended, values, err);
}

const struct case_exercise case_frame = {
	.series = frame_series,
	.sizes = case_picture_sizes,
	.transports = CASE_TRANSPORT(TRANSPORT_HDB) | CASE_TRANSPORT(TRANSPORT_COPY),
	.cannot = { [TRANSPORT_GNTDEV] = CASE_NO_GNTDEV },
	.flags = CASE_PEER | CASE_PACED,
	.depends = "schedulers of both domains; by copy: the size",
	.open = frame_case_open,
	.once = frame_once,
	.close = frame_case_close,
};

/* ---- a consumer that imports each frame anew --------------------------- */

static const struct case_series remap_series[] = {
	{ "frame/to-mapped", UNIT_NS,
		"publish until a consumer that kept nothing has got a dma-buf, mapped it and read "
		"the first pixels: notify, and its own time; the driver still has the pages "
		"mapped" },
	{ 0 },
};

static int remap_once(struct case_context *context, uint64_t intended, double *values,
		      struct err *err)
{
	double all[CASES_MAX_SERIES];

	if (frame_round(context, WIRE_IMPORT | WIRE_MAP | WIRE_DROP, intended, all, err) < 0)
		return -1;
	values[0] = all[FRAME_TO_READABLE];
	return 0;
}

const struct case_exercise case_remap = {
	.series = remap_series,
	.sizes = case_picture_sizes,
	.transports = CASE_TRANSPORT(TRANSPORT_HDB),
	.cannot = {
		[TRANSPORT_GNTDEV] = CASE_NO_GNTDEV,
		[TRANSPORT_COPY] = "a consumer gets its copy from a mapping that it keeps",
	},
	.flags = CASE_PEER | CASE_PACED,
	.depends = "schedulers, the time to map pages into a process",
	.open = frame_case_open,
	.once = remap_once,
	.close = frame_case_close,
};
