// SPDX-License-Identifier: MIT
#include "cost_span.h"

static int cost_ask(struct channel *channel, struct cost *cost, struct err *err)
{
	struct wire reply, request = { .actions = WIRE_COST };

	if (channel_ask(channel, NULL, &request, &reply, NULL, err) < 0)
		return -1;
	cost_told(&reply, cost);
	return 0;
}

static void cost_since(struct cost *cost, const struct cost *before)
{
	cost->cpu -= before->cpu;
	for (unsigned int i = 0; i < COST_COUNTS; i++)
		cost->count[i] -= before->count[i];
}

int cost_begin(struct cost_span *span, struct channel *channel, struct err *err)
{
	struct cost before;

	*span = (struct cost_span){ .loopback = channel->peer.loopback };
	/* Telling costs a message after the other end has looked: asked twice, it is known. */
	if (cost_ask(channel, &before, err) < 0 || cost_ask(channel, &span->theirs, err) < 0)
		return -1;
	span->asking = span->theirs;
	cost_since(&span->asking, &before);
	return cost_now(channel->peer.domain, &span->ours, err);
}

int cost_end(struct cost_span *span, struct channel *channel, struct err *err)
{
	struct cost ours, theirs;

	if (cost_now(channel->peer.domain, &ours, err) < 0 || cost_ask(channel, &theirs, err) < 0)
		return -1;
	cost_since(&ours, &span->ours);
	cost_since(&theirs, &span->theirs);
	for (unsigned int i = 0; i < COST_COUNTS; i++)
		theirs.count[i] -= span->asking.count[i];
	span->ours = ours;
	span->theirs = theirs;
	return 0;
}

void cost_values(const struct cost_span *span, double values[COST_COUNTS])
{
	for (unsigned int i = 0; i < COST_COUNTS; i++) {
		bool both = i != COST_SENT && i != COST_RECEIVED && !span->loopback;

		values[i] = (double)span->ours.count[i];
		if (both)
			values[i] += (double)span->theirs.count[i];
	}
}
