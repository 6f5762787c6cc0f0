// SPDX-License-Identifier: MIT
/* What the rounds of a churn are made of: calls that are timed, and imports. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "churn.h"
#include "event.h"

/* What the exporter says of a buffer: how to know its contents. */
#define CHURN_NOTE "churn %u %u"

static void churn_took(struct churn *churn, const char *call, long ms, long most)
{
	struct churn_report *report = churn->report;

	if (ms > report->longest_ms) {
		report->longest_ms = ms;
		snprintf(report->longest, sizeof(report->longest), "%s", call);
	}
	if (ms > most && !report->why[0])
		snprintf(report->why, sizeof(report->why), "%s took %ld ms", call, ms);
}

/* Of a call that began at @start and gave @ret. */
static int churn_called(struct churn *churn, const char *call, long start, int ret)
{
	churn_took(churn, call, fence_now() - start, CHURN_CALL_MS);
	if (ret < 0)
		snprintf(churn->report->call, sizeof(churn->report->call), "%s", call);
	return ret;
}

int churn_share(struct churn *churn, int index, unsigned int note)
{
	long start = fence_now();
	char priv[40];

	snprintf(priv, sizeof(priv), CHURN_NOTE, index + 1, note);
	return churn_called(churn, "export", start,
			    call_export(churn->dev, churn->buffers[index].fd, churn->domain, priv,
					(int)strlen(priv) + 1, &churn->hids[index]));
}

int churn_unshare(struct churn *churn, int index, int delay_ms)
{
	long start = fence_now();

	return churn_called(churn, "unexport", start,
			    call_unexport(churn->dev, &churn->hids[index], delay_ms));
}

int churn_fence_send(struct churn *churn, const hyper_dmabuf_id_t *hid, unsigned int flags)
{
	long start = fence_now();

	return churn_called(churn, "fence-send", start, call_fence_send(churn->dev, hid, flags, -1));
}

/* Without a link there is nothing to wait for; it may come. */
int churn_setup_channels(struct churn *churn)
{
	struct ioctl_hyper_dmabuf_tx_ch_setup arg = { .remote_domain = churn->domain };
	long start = fence_now();
	int ret = churn_called(churn, "setup", start,
			       call_raw(churn->dev, IOCTL_HYPER_DMABUF_TX_CH_SETUP, &arg));

	return ret == -ENODEV || ret == -ETIMEDOUT || ret == -EINTR ? 0 : ret;
}

int churn_alive(struct churn *churn)
{
	struct hyper_dmabuf_link links[8];
	long start = fence_now();
	int count = churn_called(churn, "links", start, call_links(churn->dev, links, 8));

	for (int i = 0; i < count && i < 8; i++)
		if ((int)links[i].domain == churn->domain &&
		    links[i].state == HYPER_DMABUF_LINK_CONNECTED)
			return 0;
	snprintf(churn->report->call, sizeof(churn->report->call), "links");
	return count < 0 ? count : -ENODEV;
}

void churn_unmap(struct churn_import *import)
{
	if (import->buffer.fd >= 0)
		dmabuf_free(&import->buffer);
	import->buffer.fd = -1;
}

/* The import of that name: one that is known, or the place of the oldest one. */
static struct churn_import *churn_place(struct churn *churn, const hyper_dmabuf_id_t *hid)
{
	struct churn_import *import;

	for (int i = 0; i < CHURN_IMPORTS; i++)
		if (event_same_id(&churn->imports[i].hid, hid))
			return &churn->imports[i];
	import = &churn->imports[churn->next++ % CHURN_IMPORTS];
	churn_unmap(import);
	import->hid = *hid;
	return import;
}

int churn_event(struct churn *churn, struct churn_import **found, int ms)
{
	struct event event = { .hdr.size = 0 };
	unsigned int seed, note;
	int ret = event_next(churn->dev, &event, ms);

	if (ret == -ETIMEDOUT || ret == -EINTR || ret == -EAGAIN)
		return 0;
	if (ret < 0)
		return ret;
	event.priv[sizeof(event.priv) - 1] = '\0';
	if (sscanf(event.priv, CHURN_NOTE, &seed, &note) != 2)
		return 0;
	*found = churn_place(churn, &event.hdr.hid);
	(*found)->seed = seed;
	return 1;
}

static int churn_check(struct churn *churn, struct churn_import *import)
{
	long at = dmabuf_check(import->buffer.map, import->buffer.size, import->seed);

	if (at >= 0 && !churn->report->why[0])
		snprintf(churn->report->why, sizeof(churn->report->why),
			 "byte %ld of what is mapped is wrong", at);
	return 0;
}

int churn_map(struct churn *churn, struct churn_import *import)
{
	long start = fence_now();
	int fd;

	if (import->buffer.fd >= 0)
		return churn_check(churn, import);
	fd = churn_called(churn, "import", start,
			  call_import(churn->dev, &import->hid, O_CLOEXEC));
	if (fd < 0)
		return fd;
	import->buffer.fd = -1;
	if (dmabuf_wrap(&import->buffer, fd, CHURN_BYTES)) {
		import->buffer.fd = -1;
		return -ENOMEM;
	}
	return churn_check(churn, import);
}

int churn_wait(struct churn *churn, int fd, short events, const char *what)
{
	struct pollfd pfd = { .fd = fd, .events = events };
	long start = fence_now();
	int ready = poll(&pfd, 1, CHURN_WAIT_MS);

	if (!ready && !churn->report->why[0])
		snprintf(churn->report->why, sizeof(churn->report->why),
			 "nothing ended the wait for %s", what);
	churn_took(churn, what, fence_now() - start, CHURN_WAIT_MS);
	return 0;
}
