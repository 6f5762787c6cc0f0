// SPDX-License-Identifier: MIT
/* A link that works: a buffer each way, with its contents, and back to nothing. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "churn.h"
#include "event.h"
#include "state.h"

#define MEET_BYTES	DMABUF_ODD

/* For the link to come, and for each word of the other end. */
#define MEET_MS		20000

struct meeting {
	int dev, domain, own;
	unsigned int seed;
	struct dmabuf ours, theirs;
	hyper_dmabuf_id_t our_hid, their_hid;
	char *why;
	size_t room;
};

static int meet_fail(const struct meeting *meeting, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int meet_fail(const struct meeting *meeting, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(meeting->why, meeting->room, fmt, args);
	va_end(args);
	return -1;
}

/* The bytes of a domain's buffer. */
static uint32_t meet_seed(const struct meeting *meeting, int domain)
{
	return meeting->seed * 64 + (uint32_t)domain;
}

static int meet_connect(struct meeting *meeting)
{
	struct ioctl_hyper_dmabuf_tx_ch_setup arg = { .remote_domain = meeting->domain };
	long end = fence_now() + MEET_MS;
	int ret;

	meeting->dev = call_open(CALL_DEVICE, O_NONBLOCK);
	if (meeting->dev < 0)
		return meet_fail(meeting, "open: %s", strerrorname_np(-meeting->dev));
	do {
		ret = call_raw(meeting->dev, IOCTL_HYPER_DMABUF_TX_CH_SETUP, &arg);
		if (ret)
			usleep(20000);
	} while (ret && fence_now() < end);
	meeting->own = call_own_domain(meeting->dev);
	return ret ? meet_fail(meeting, "no link: %s", strerrorname_np(-ret)) : 0;
}

static int meet_say(struct meeting *meeting, const char *word)
{
	char priv[40];
	int ret;

	snprintf(priv, sizeof(priv), "meet %u %s", meeting->seed, word);
	ret = call_export(meeting->dev, meeting->ours.fd, meeting->domain, priv,
			  (int)strlen(priv) + 1, &meeting->our_hid);
	return ret ? meet_fail(meeting, "export %s: %s", word, strerrorname_np(-ret)) : 0;
}

static int meet_hear(struct meeting *meeting, const char *word)
{
	long end = fence_now() + MEET_MS;
	struct event event;
	char wanted[40];

	snprintf(wanted, sizeof(wanted), "meet %u %s", meeting->seed, word);
	while (fence_now() < end) {
		int ret = event_next(meeting->dev, &event, 1000);

		if (ret < 0 && ret != -ETIMEDOUT)
			return meet_fail(meeting, "event: %s", strerrorname_np(-ret));
		if (ret < 0 || (size_t)event.hdr.size != strlen(wanted) + 1 ||
		    memcmp(event.priv, wanted, strlen(wanted)))
			continue;
		meeting->their_hid = event.hdr.hid;
		return 0;
	}
	return meet_fail(meeting, "the other end never said '%s'", word);
}

static int meet_check(struct meeting *meeting)
{
	int fd = call_import(meeting->dev, &meeting->their_hid, O_CLOEXEC);
	long at;

	if (fd < 0)
		return meet_fail(meeting, "import: %s", strerrorname_np(-fd));
	if (lseek(fd, 0, SEEK_END) != MEET_BYTES || dmabuf_wrap(&meeting->theirs, fd, MEET_BYTES))
		return meet_fail(meeting, "what was imported is of no use");
	at = dmabuf_check(meeting->theirs.map, MEET_BYTES, meet_seed(meeting, meeting->domain));
	dmabuf_free(&meeting->theirs);
	return at < 0 ? 0 : meet_fail(meeting, "byte %ld is wrong", at);
}

static int meet_both(struct meeting *meeting)
{
	int ret;

	if (meet_connect(meeting))
		return -1;
	ret = dmabuf_alloc(&meeting->ours, "heap", MEET_BYTES);
	if (ret)
		return meet_fail(meeting, "alloc: %s", strerrorname_np(-ret));
	dmabuf_fill(meeting->ours.map, MEET_BYTES, meet_seed(meeting, meeting->own));
	return meet_say(meeting, "there") || meet_hear(meeting, "there") || meet_check(meeting) ||
	       meet_say(meeting, "done") || meet_hear(meeting, "done") ? -1 : 0;
}

int churn_meet(int domain, unsigned int seed, char *why, size_t room)
{
	struct meeting meeting = {
		.dev = -1, .domain = domain, .seed = seed, .ours.fd = -1, .theirs.fd = -1,
		.why = why, .room = room,
	};
	int ret = meet_both(&meeting);
	char left[200];

	if (meeting.ours.fd >= 0)
		dmabuf_free(&meeting.ours);
	if (meeting.dev >= 0)
		close(meeting.dev);
	if (ret)
		return -1;
	return state_at_rest(15000, left, sizeof(left)) ? 0 : meet_fail(&meeting, "left:%s", left);
}
