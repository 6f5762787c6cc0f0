// SPDX-License-Identifier: MIT
/*
 * What a frame costs: processor time of both ends, and what is counted and is
 * the same each time: messages, grants, mappings, pages copied, hypercalls.
 */
#include "cases.h"
#include "cost_span.h"
#include "frame.h"

#include <errno.h>
#include <stdlib.h>

#define COST_FRAMES 50

/* By copy: in, and out. */
#define COST_COPIES 2
#define COST_PAGE 4096u

enum cost_value {
	COST_PRODUCER,
	COST_CONSUMER,
	COST_VALUE_COUNTS,	/* enum cost_count */
};

static const struct case_series cost_series[] = {
	[COST_PRODUCER] = { "cost/cpu-producer", UNIT_CPU_NS,
		"processor time of the producing process, its system calls included, for one of "
		"50 frames handed over one by one" },
	[COST_CONSUMER] = { "cost/cpu-consumer", UNIT_CPU_NS,
		"likewise of the consuming process" },
	[COST_VALUE_COUNTS + COST_SENT] = { "cost/messages-sent", UNIT_COUNT,
		"messages of the driver to the other domain for these 50 frames; over the "
		"loopback those of both ends" },
	[COST_VALUE_COUNTS + COST_RECEIVED] = { "cost/messages-received", UNIT_COUNT,
		"and those that came back" },
	[COST_VALUE_COUNTS + COST_GRANTED] = { "cost/grants", UNIT_COUNT,
		"references that both drivers gave for these 50 frames" },
	[COST_VALUE_COUNTS + COST_MAPPED] = { "cost/mappings", UNIT_COUNT,
		"entries of the hypervisor's table of mappings that both drivers took for them" },
	[COST_VALUE_COUNTS + COST_COPIED] = { "cost/pages-copied", UNIT_COUNT,
		"pages that were copied for them, by both drivers or by the transport" },
	[COST_VALUE_COUNTS + COST_CALLS] = { "cost/hypercalls", UNIT_COUNT,
		"hypercalls that both drivers asked for, for them; over the loopback what would "
		"be one" },
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
	struct cost_span span;

	(void)intended;
	if (cost_begin(&span, context->channel, err) < 0 || cost_frames(context, err) < 0 ||
	    cost_end(&span, context->channel, err) < 0)
		return -1;
	values[COST_PRODUCER] = (double)span.ours.cpu / COST_FRAMES;
	values[COST_CONSUMER] = (double)span.theirs.cpu / COST_FRAMES;
	cost_values(&span, &values[COST_VALUE_COUNTS]);
	if (context->transport == TRANSPORT_COPY)
		values[COST_VALUE_COUNTS + COST_COPIED] +=
			(double)(COST_FRAMES * COST_COPIES * context->size->bytes / COST_PAGE);
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
