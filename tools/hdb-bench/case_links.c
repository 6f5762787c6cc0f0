// SPDX-License-Identifier: MIT
/*
 * Several links at once: that of the run, and each other one that this domain has
 * with somebody who echoes. The loopback is one too, and brings its own echo.
 */
#include "cases.h"
#include "echo.h"
#include "stream.h"

#include <errno.h>
#include <stdlib.h>

#define LINKS_MOST	8
#define LINKS_BUFFERS	3
#define LINKS_FRAMES	12

/* Seconds, for somebody who may not be there. */
#define LINKS_WAIT	2

static const struct case_series links_series[] = {
	{ "throughput/links", UNIT_FRAMES_S,
		"12 frames of 64x64 in 3 buffers over each of all links of this domain at once, that "
		"with itself included: of all of them together" },
	{ "throughput/links-one", UNIT_FRAMES_S,
		"the same frames over the link of the run alone, to compare with" },
	{ 0 },
};

/* One beside that of the run. */
struct link {
	struct channel channel;
	pid_t echo;		/* of the loopback, else 0 */
	bool open;
};

struct links {
	struct link other[LINKS_MOST - 1];
	struct stream stream[LINKS_MOST];	/* the first is that of the run */
	size_t others;
};

static void link_close(struct link *link)
{
	struct wire reply, bye = { .actions = WIRE_BYE };
	struct err ignored;

	if (link->open && link->channel.heard && !link->channel.lost)
		channel_ask(&link->channel, NULL, &bye, &reply, NULL, &ignored);
	if (link->open)
		channel_close(&link->channel);
	if (link->echo > 0)
		echo_end(link->echo);
	*link = (struct link){ 0 };
}

static int link_open(struct link *link, uint32_t domain, uint32_t wait, struct err *err)
{
	struct wire reply, hello = { 0 };
	char peer[16];

	snprintf(peer, sizeof(peer), "%u", domain);
	if (channel_open(&link->channel, peer, wait, WIRE_REPLY, err) < 0)
		return -1;
	link->open = true;
	if (link->channel.peer.loopback)
		link->echo = echo_start(peer, wait, err);
	if (link->echo < 0 || channel_ask(&link->channel, NULL, &hello, &reply, NULL, err) < 0) {
		link_close(link);
		return -1;
	}
	return 0;
}

/* Whoever does not answer is asked once and not again, as asking takes its time. */
static bool links_silent(uint32_t domain, bool remember)
{
	static uint32_t silent[LINKS_MOST];
	static size_t count;

	for (size_t i = 0; i < count; i++)
		if (silent[i] == domain)
			return true;
	if (remember && count < LINKS_MOST)
		silent[count++] = domain;
	return false;
}

static int links_find(struct case_context *context, struct err *err)
{
	uint32_t main_domain = context->channel->peer.domain;
	struct links *links = context->state;
	struct hdb_links all;

	if (hdb_links(context->channel->hdb, &all, err) < 0)
		return -1;
	for (uint32_t i = 0; i < all.count && links->others < LINKS_MOST - 1; i++) {
		const struct hyper_dmabuf_link *link = &all.links[i];
		bool own = link->flags & HYPER_DMABUF_LINK_LOOPBACK;
		struct err ignored;

		if (link->domain == main_domain || link->state != HYPER_DMABUF_LINK_CONNECTED ||
		    links_silent(link->domain, false))
			continue;
		if (link_open(&links->other[links->others], link->domain,
			      own ? context->channel->wait : LINKS_WAIT, &ignored) == 0)
			links->others++;
		else
			links_silent(link->domain, true);
	}
	hdb_links_free(&all);
	if (links->others)
		return 0;
	return err_set(err, EXIT_UNTESTED, "this domain has one link where somebody echoes");
}

static void links_close(struct case_context *context)
{
	struct links *links = context->state;

	if (!links)
		return;
	for (size_t i = 0; i < LINKS_MOST; i++)
		stream_close(&links->stream[i]);
	for (size_t i = 0; i < links->others; i++)
		link_close(&links->other[i]);
	free(links);
}

static int links_open(struct case_context *context, struct err *err)
{
	struct case_context each = *context;
	struct links *links = calloc(1, sizeof(*links));

	if (!links)
		return err_errno(err, ENOMEM, "links");
	context->state = links;
	each.size = &case_picture_sizes[0];
	if (links_find(context, err) < 0)
		return -1;
	for (size_t i = 0; i <= links->others; i++)
		if (stream_open(&links->stream[i], &each,
				i ? &links->other[i - 1].channel : context->channel,
				LINKS_BUFFERS, err) < 0)
			return -1;
	return 0;
}

static int links_burst(struct links *links, size_t count, double *rate, struct err *err)
{
	uint64_t start = stop_now(), spent;

	for (size_t i = 0; i < count; i++)
		stream_start(&links->stream[i]);
	for (size_t frame = 0; frame < LINKS_FRAMES; frame++)
		for (size_t i = 0; i < count; i++)
			if (stream_frame(&links->stream[i], frame, false, 0, err) < 0)
				return -1;
	for (size_t i = 0; i < count; i++)
		if (stream_finish(&links->stream[i], err) < 0)
			return -1;
	spent = stop_now() - start;
	*rate = (double)(LINKS_FRAMES * count) * (double)STOP_NS_PER_S /
		(double)(spent ? spent : 1);
	return 0;
}

static int links_once(struct case_context *context, uint64_t intended, double *values,
		      struct err *err)
{
	struct links *links = context->state;

	(void)intended;
	if (links_burst(links, links->others + 1, &values[0], err) < 0)
		return -1;
	return links_burst(links, 1, &values[1], err);
}

const struct case_exercise case_links = {
	.series = links_series,
	.transports = CASE_TRANSPORT(TRANSPORT_HDB),
	.cannot = {
		[TRANSPORT_GNTDEV] = CASE_NO_GNTDEV,
		[TRANSPORT_COPY] = "its frames go by hdb's links, and say the same of them",
	},
	.flags = CASE_PEER,
	.depends = "number of links, schedulers of all domains",
	.open = links_open,
	.once = links_once,
	.close = links_close,
};
