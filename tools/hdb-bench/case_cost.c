// SPDX-License-Identifier: MIT
/* What a frame costs: processor time of both ends, and messages, which are counted. */
#include "cases.h"
#include "cost.h"
#include "frame.h"

#include <errno.h>
#include <stdlib.h>

#define COST_FRAMES 50

enum cost_value {
	COST_PRODUCER,
	COST_CONSUMER,
	COST_SENT,
	COST_RECEIVED,
};

static const struct case_series cost_series[] = {
	[COST_PRODUCER] = { "cost/cpu-producer", UNIT_CPU_NS,
		"processor time of the producing process, its system calls included, for one of "
		"50 frames handed over one by one" },
	[COST_CONSUMER] = { "cost/cpu-consumer", UNIT_CPU_NS,
		"likewise of the consuming process" },
	[COST_SENT] = { "cost/messages-sent", UNIT_COUNT,
		"messages of the driver to the other domain for these 50 frames; over the "
		"loopback those of both ends" },
	[COST_RECEIVED] = { "cost/messages-received", UNIT_COUNT,
		"and those that came back" },
	{ 0 },
};

static void cost_close(struct case_context *context)
{
	struct frame *frame = context->state;

	if (!frame)
		return;
	frame_close(frame);
	free(frame);
}

static int cost_open(struct case_context *context, struct err *err)
{
	struct frame *frame = calloc(1, sizeof(*frame));
	struct cost cost;

	if (!frame)
		return err_errno(err, ENOMEM, "cost");
	frame->buffer.fd = -1;
	context->state = frame;
	if (cost_now(context->channel->peer.domain, &cost, err) < 0 ||
	    frame_open(frame, context, err) < 0)
		return -1;
	return frame_draw(frame, true, err);
}

static int cost_ask(struct case_context *context, struct cost *cost, struct err *err)
{
	struct wire reply, request = { .actions = WIRE_COST };

	if (channel_ask(context->channel, NULL, &request, &reply, NULL, err) < 0)
		return -1;
	cost_told(&reply, cost);
	return 0;
}

static int cost_frames(struct case_context *context, struct err *err)
{
	struct frame *frame = context->state;
	uint64_t copied, seq;
	struct wire reply;

	for (unsigned int i = 0; i < COST_FRAMES; i++)
		if (frame_bring(frame, &copied, err) < 0 ||
		    frame_publish(frame, 0, &seq, err) < 0 ||
		    channel_reply(context->channel, seq, &reply, err) < 0 ||
		    frame_draw(frame, false, err) < 0)
			return -1;
	return 0;
}

static int cost_once(struct case_context *context, uint64_t intended, double *values,
		     struct err *err)
{
	uint32_t domain = context->channel->peer.domain;
	struct cost ours[2], theirs[2];

	(void)intended;
	/* Asking costs messages too, so it is outside of what is counted here. */
	if (cost_ask(context, &theirs[0], err) < 0 || cost_now(domain, &ours[0], err) < 0 ||
	    cost_frames(context, err) < 0 || cost_now(domain, &ours[1], err) < 0 ||
	    cost_ask(context, &theirs[1], err) < 0)
		return -1;
	values[COST_PRODUCER] = (double)(ours[1].cpu - ours[0].cpu) / COST_FRAMES;
	values[COST_CONSUMER] = (double)(theirs[1].cpu - theirs[0].cpu) / COST_FRAMES;
	values[COST_SENT] = (double)(ours[1].sent - ours[0].sent);
	values[COST_RECEIVED] = (double)(ours[1].received - ours[0].received);
	return 0;
}

const struct case_exercise case_cost = {
	.series = cost_series,
	.sizes = case_picture_sizes,
	.transports = CASE_TRANSPORT(TRANSPORT_HDB) | CASE_TRANSPORT(TRANSPORT_COPY),
	.cannot = { [TRANSPORT_GNTDEV] = CASE_NO_GNTDEV },
	.flags = CASE_PEER,
	.depends = "processor; by copy: the size",
	.open = cost_open,
	.once = cost_once,
	.close = cost_close,
};
