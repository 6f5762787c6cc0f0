// SPDX-License-Identifier: MIT
/* Limits of Xen: an event channel's round trip, mapping grants from user space. */
#include "cases.h"
#include "xen.h"

#include <errno.h>
#include <stdlib.h>

/* Pages that are mapped in one call. */
#define GRANTS_PAGES XEN_MAX_REFS

static int xen_possible(struct case_context *context, struct err *err)
{
	if (context->channel->peer.loopback)
		return err_set(err, EXIT_UNTESTED, "the other end is no Xen domain of its own");
	return 0;
}

/* The other end lets go of what it has open at Xen. */
static void xen_over(struct case_context *context)
{
	struct wire request = { .actions = WIRE_XEN_END }, reply;
	struct err ignored;

	if (!context->channel->lost)
		channel_ask(context->channel, NULL, &request, &reply, NULL, &ignored);
}

static const struct case_series evtchn_series[] = {
	{ "limits/evtchn-round-trip", UNIT_NS,
		"user space rings an event channel, user space of the other domain wakes up in "
		"poll() and rings back, until poll() returns here" },
	{ 0 },
};

static int evtchn_open(struct case_context *context, struct err *err)
{
	struct wire request = { .actions = WIRE_EVTCHN }, reply;
	struct xen_event *event;
	uint32_t port;

	if (xen_possible(context, err) < 0)
		return -1;
	event = xen_event_open(context->channel->peer.domain, &port, err);
	if (!event)
		return -1;
	context->state = event;
	request.args[0] = port;
	return channel_ask(context->channel, NULL, &request, &reply, NULL, err);
}

static int evtchn_once(struct case_context *context, uint64_t intended, double *values,
		       struct err *err)
{
	if (xen_event_round(context->state, err) < 0)
		return -1;
	values[0] = (double)(stop_now() - intended);
	return 0;
}

static void evtchn_close(struct case_context *context)
{
	if (!context->state)
		return;
	xen_over(context);
	xen_event_close(context->state);
}

const struct case_exercise case_evtchn = {
	.series = evtchn_series,
	.transports = CASE_TRANSPORT(TRANSPORT_NONE),
	.flags = CASE_PEER | CASE_PACED,
	.depends = "Xen, the scheduler of both kernels and of Xen",
	.open = evtchn_open,
	.once = evtchn_once,
	.close = evtchn_close,
};

static const struct case_series grants_series[] = {
	{ "limits/grant-map", UNIT_NS,
		"mapping a page that the other domain granted into user space through gntdev: 14 "
		"at once, a 14th of the time" },
	{ "limits/grant-unmap", UNIT_NS,
		"and unmapping it, likewise" },
	{ 0 },
};

static int grants_open(struct case_context *context, struct err *err)
{
	struct wire request = { .actions = WIRE_GRANTS, .args = { GRANTS_PAGES } }, reply;
	uint32_t refs[GRANTS_PAGES];

	if (xen_possible(context, err) < 0 ||
	    channel_ask(context->channel, NULL, &request, &reply, NULL, err) < 0)
		return -1;
	for (size_t i = 0; i < GRANTS_PAGES; i++)
		refs[i] = (uint32_t)(reply.values[1 + i / 2] >> 32 * (i % 2));
	context->state = xen_map_open(context->channel->peer.domain, refs, GRANTS_PAGES, err);
	return context->state ? 0 : -1;
}

static int grants_once(struct case_context *context, uint64_t intended, double *values,
		       struct err *err)
{
	uint64_t map_ns, unmap_ns;

	(void)intended;
	if (xen_map_round(context->state, &map_ns, &unmap_ns, err) < 0)
		return -1;
	values[0] = (double)map_ns / GRANTS_PAGES;
	values[1] = (double)unmap_ns / GRANTS_PAGES;
	return 0;
}

static void grants_close(struct case_context *context)
{
	if (!context->state)
		return;
	xen_map_close(context->state);
	xen_over(context);
}

const struct case_exercise case_grants = {
	.series = grants_series,
	.transports = CASE_TRANSPORT(TRANSPORT_NONE),
	.flags = CASE_PEER,
	.depends = "Xen, the kind of domain (PV or PVH)",
	.open = grants_open,
	.once = grants_once,
	.close = grants_close,
};
