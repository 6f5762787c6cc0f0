// SPDX-License-Identifier: MIT
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "event.h"

bool event_same_id(const hyper_dmabuf_id_t *a, const hyper_dmabuf_id_t *b)
{
	return !memcmp(a, b, sizeof(*a));
}

int event_next(int dev, struct event *event, int timeout_ms)
{
	struct {
		struct hyper_dmabuf_event_hdr hdr;
		char priv[MAX_SIZE_PRIV_DATA];
	} one;
	struct pollfd pfd = { .fd = dev, .events = POLLIN };
	int ready = poll(&pfd, 1, timeout_ms);
	ssize_t len;

	if (ready <= 0)
		return ready ? -errno : -ETIMEDOUT;
	/*
	 * A buffer that is just too small for a second event behind the first:
	 * grown until the first one fits.
	 */
	for (size_t room = sizeof(one.hdr); room <= sizeof(one); room++) {
		len = read(dev, &one, room);
		if (len >= 0 || errno != EINVAL)
			break;
	}
	if (len < 0)
		return -errno;
	memcpy(event, &one, sizeof(one));
	return (int)len;
}

static int event_left_ms(const struct timespec *end)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int)((end->tv_sec - now.tv_sec) * 1000 + (end->tv_nsec - now.tv_nsec) / 1000000);
}

int event_wait(int dev, const hyper_dmabuf_id_t *hid, struct event *event, int timeout_ms)
{
	struct timespec end;
	int left = timeout_ms;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += timeout_ms / 1000;
	end.tv_nsec += timeout_ms % 1000 * 1000000L;
	do {
		int len = event_next(dev, event, left);

		if (len < 0 || event_same_id(&event->hdr.hid, hid))
			return len;
		left = event_left_ms(&end);
	} while (left > 0);
	return -ETIMEDOUT;
}

bool event_ready(int dev)
{
	struct pollfd pfd = { .fd = dev, .events = POLLIN };

	return poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLIN);
}
