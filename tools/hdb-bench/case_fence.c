// SPDX-License-Identifier: MIT
/*
 * Fences: one that is pending when a frame is published signals, which the
 * other domain waits for; it hands back, which signals the fence that we wait
 * for. One that signals before it should, in another order, because it was given
 * up, or never, fails the case.
 */
#include "cases.h"
#include "fence.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define FENCE_MOST	64
#define FENCE_BYTES	4096u
#define FENCE_WAIT_MS	20000

/* Until the other end, which has replied, surely waits. */
#define FENCE_SETTLE_US	2000

enum fence_value {
	FENCE_ROUND_TRIP,
	FENCE_SIGNAL,
};

static const struct case_series fence_series[] = {
	[FENCE_ROUND_TRIP] = { "fence/round-trip", UNIT_NS,
		"from the call that signals the fence of a published buffer (of the first of "
		"several), until poll() says that the other domain, which waited in poll() too, "
		"has handed it (them all) back" },
	[FENCE_SIGNAL] = { "fence/signal", UNIT_NS,
		"signal to remote signal, either way: half of the round trip of one, without the "
		"other end's call that hands back" },
	{ 0 },
};

/* All of one size: what differs is how many are in flight. */
static const struct case_size fence_sizes[] = {
	{ "1-in-flight", FENCE_BYTES, .count = 1 },
	{ "8-in-flight", FENCE_BYTES, .count = 8 },
	{ "64-in-flight", FENCE_BYTES, .count = FENCE_MOST },
	{ 0 },
};

struct fence_slot {
	struct fence_source source;
	struct buffer buffer;
	hyper_dmabuf_id_t hid;
	bool shared;
};

struct fences {
	struct fence_slot slot[FENCE_MOST];
	size_t count;
};

static int fence_ask(struct case_context *context, struct fence_slot *slot, uint32_t actions,
		     struct wire *reply, struct err *err)
{
	struct wire request = { .actions = actions, .bytes = FENCE_BYTES };

	return channel_ask(context->channel, slot ? &slot->buffer : NULL, &request, reply,
			   slot ? &slot->hid : NULL, err);
}

static void fence_close(struct case_context *context)
{
	struct fences *fences = context->state;
	struct wire reply;
	struct err ignored;

	if (!fences)
		return;
	for (size_t i = 0; i < fences->count; i++) {
		struct fence_slot *slot = &fences->slot[i];

		fence_source_close(&slot->source);
		if (slot->shared) {
			if (!context->channel->lost)
				fence_ask(context, slot, WIRE_DROP, &reply, &ignored);
			hdb_unexport(context->channel->hdb, slot->hid, &ignored);
		}
		if (slot->buffer.fd >= 0)
			buffer_free(&context->channel->source, &slot->buffer);
	}
	free(fences);
}

static int fence_open(struct case_context *context, struct err *err)
{
	struct fences *fences = calloc(1, sizeof(*fences));
	struct wire reply;

	if (!fences)
		return err_errno(err, ENOMEM, "fences");
	context->state = fences;
	while (fences->count < context->size->count) {
		struct fence_slot *slot = &fences->slot[fences->count++];

		slot->buffer.fd = -1;
		if (fence_source_open(&slot->source, FENCE_VGEM, true, err) < 0 ||
		    channel_alloc(context->channel, FENCE_BYTES, &slot->buffer, err) < 0)
			return -1;
		if (fence_ask(context, slot, WIRE_IMPORT, &reply, err) < 0)
			return -1;
		slot->shared = true;
	}
	return 0;
}

/* Publish all, with a fence that is pending and one that waits for the return. */
static int fence_publish(struct case_context *context, struct err *err)
{
	struct fences *fences = context->state;
	struct wire reply;

	for (size_t i = 0; i < fences->count; i++) {
		struct fence_slot *slot = &fences->slot[i];
		uint32_t last = i + 1 == fences->count ? WIRE_FENCE_GO : 0;

		if (fence_begin(&slot->source, slot->buffer.fd, true, err) < 0 ||
		    hdb_fence_send(context->channel->hdb, slot->hid,
				   HYPER_DMABUF_FENCE_EXPECT_RETURN, err) < 0 ||
		    fence_ask(context, slot, WIRE_FENCE | last, &reply, err) < 0)
			return -1;
	}
	return 0;
}

/* Signal all; all come back. */
static int fence_signal(struct case_context *context, struct err *err)
{
	struct fences *fences = context->state;

	for (size_t i = 0; i < fences->count; i++)
		if (fence_end(&fences->slot[i].source, err) < 0)
			return -1;
	for (size_t i = 0; i < fences->count; i++) {
		struct pollfd ready = { .fd = fences->slot[i].buffer.fd, .events = POLLOUT };

		if (poll(&ready, 1, FENCE_WAIT_MS) != 1)
			return err_set(err, EXIT_FAILED, "lost: buffer %zu was not handed back "
				       "within %d ms", i, FENCE_WAIT_MS);
	}
	return 0;
}

/* Nothing may have come back of what has not been signalled. */
static int fence_pending(const struct fences *fences, struct err *err)
{
	for (size_t i = 0; i < fences->count; i++) {
		struct pollfd ready = { .fd = fences->slot[i].buffer.fd, .events = POLLOUT };

		if (poll(&ready, 1, 0) != 0)
			return err_set(err, EXIT_FAILED, "early: buffer %zu is free before its "
							 "time", i);
	}
	return 0;
}

static int fence_once(struct case_context *context, uint64_t intended, double *values,
		      struct err *err)
{
	struct fences *fences = context->state;
	struct wire reply;
	uint64_t start, spent;

	(void)intended;
	if (fence_publish(context, err) < 0)
		return -1;
	usleep(FENCE_SETTLE_US);
	if (fence_pending(fences, err) < 0)
		return -1;
	start = stop_now();
	if (fence_signal(context, err) < 0)
		return -1;
	spent = stop_now() - start;
	if (fence_ask(context, NULL, WIRE_FENCE_DONE, &reply, err) < 0)
		return -1;
	values[FENCE_ROUND_TRIP] = (double)spent;
	values[FENCE_SIGNAL] = NAN;
	if (fences->count > 1)
		return 0;
	return clocks_one_way(&context->channel->clocks, spent, reply.values[WIRE_NS_FENCE],
			       &values[FENCE_SIGNAL], err);
}

const struct case_exercise case_fence = {
	.series = fence_series,
	.sizes = fence_sizes,
	.transports = CASE_TRANSPORT(TRANSPORT_HDB),
	.cannot = {
		[TRANSPORT_GNTDEV] = "it carries no fences",
		[TRANSPORT_COPY] = "it carries bytes, no fences",
	},
	.flags = CASE_PEER,
	.depends = "schedulers of both domains; needs vgem, for fences that are pending",
	.open = fence_open,
	.once = fence_once,
	.close = fence_close,
};
