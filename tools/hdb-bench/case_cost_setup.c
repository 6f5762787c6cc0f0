// SPDX-License-Identifier: MIT
/* What setting up a buffer and letting it go costs, as far as it can be counted. */
#include "cases.h"
#include "cost_span.h"
#include "setup_hdb.h"

#include <errno.h>
#include <stdlib.h>

static const struct case_series cost_setup_series[] = {
	[COST_SENT] = { "cost/setup-messages-sent", UNIT_COUNT,
		"messages of the driver to the other domain, from sharing a buffer until all its "
		"pages are back, the other end having mapped it and let go of it; with the request "
		"to do so, and over the loopback those of both ends" },
	[COST_RECEIVED] = { "cost/setup-messages-received", UNIT_COUNT,
		"and those that came back, with the reply" },
	[COST_GRANTED] = { "cost/setup-grants", UNIT_COUNT,
		"references given for that: pages, and the directory that lists them" },
	[COST_MAPPED] = { "cost/setup-mappings", UNIT_COUNT,
		"entries of the hypervisor's table of mappings taken for that" },
	[COST_COPIED] = { "cost/setup-pages-copied", UNIT_COUNT,
		"pages copied for that: of the directory" },
	[COST_CALLS] = { "cost/setup-hypercalls", UNIT_COUNT,
		"hypercalls that both drivers asked for, for that; over the loopback what would be "
		"one" },
	{ 0 },
};

static void cost_setup_close(struct case_context *context)
{
	struct buffer *buffer = context->state;

	if (!buffer)
		return;
	if (buffer->fd >= 0)
		buffer_free(&context->channel->source, buffer);
	free(buffer);
}

static int cost_setup_open(struct case_context *context, struct err *err)
{
	struct buffer *buffer = calloc(1, sizeof(*buffer));
	struct cost cost;

	if (!buffer)
		return err_errno(err, ENOMEM, "cost");
	buffer->fd = -1;
	context->state = buffer;
	if (cost_now(context->channel->peer.domain, &cost, err) < 0)
		return -1;
	return channel_alloc(context->channel, context->size->bytes, buffer, err);
}

static int cost_setup_once(struct case_context *context, uint64_t intended, double *values,
			   struct err *err)
{
	struct channel *channel = context->channel;
	struct setup_hdb_times ignored;
	struct cost_span span;

	(void)intended;
	if (cost_begin(&span, channel, err) < 0 ||
	    setup_hdb_once(channel, context->state, context->size->bytes, &ignored, err) < 0 ||
	    cost_end(&span, channel, err) < 0)
		return -1;
	cost_values(&span, values);
	return 0;
}

const struct case_exercise case_cost_setup = {
	.series = cost_setup_series,
	.sizes = case_buffer_sizes,
	.transports = CASE_TRANSPORT(TRANSPORT_HDB),
	.cannot = {
		[TRANSPORT_GNTDEV] = "its grants are the kernel's, which nobody counts",
		[TRANSPORT_COPY] = "it sets up one buffer, which is hdb's, and never another",
	},
	.flags = CASE_PEER,
	.depends = "number of pages, the kind of domain (PV or PVH)",
	.open = cost_setup_open,
	.once = cost_setup_once,
	.close = cost_setup_close,
};
