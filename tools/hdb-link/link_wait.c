// SPDX-License-Identifier: MIT
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "link.h"
#include "link_path.h"

/* After this long without a change, a removed link is taken to stay removed. */
#define LINK_QUIET_MS	200

static long long link_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static int link_watch(struct xs_handle *xs, const struct link *link, bool on)
{
	char path[STORE_PATH_LEN];
	bool (*call)(struct xs_handle *h, const char *path, const char *token) =
		on ? xs_watch : xs_unwatch;
	bool ok;

	link_front_path(path, link);
	ok = call(xs, path, "front");
	link_back_path(path, link);
	return call(xs, path, "back") && ok ? 0 : -errno;
}

/*
 * Waits until something changes in either directory. Returns 1 when it did, 0
 * when @timeout_ms passed first, or a negative errno.
 */
static int link_poll(struct xs_handle *xs, long long timeout_ms)
{
	struct pollfd pfd = { .fd = xs_fileno(xs), .events = POLLIN };
	int ready = poll(&pfd, 1, timeout_ms > 0 ? (int)timeout_ms : 0);
	char **event;

	if (ready < 0)
		return errno == EINTR ? 1 : -errno;
	if (!ready)
		return 0;
	while ((event = xs_check_watch(xs)))
		free(event);
	return errno == EAGAIN ? 1 : -errno;
}

static void link_refresh(struct xs_handle *xs, struct link *link)
{
	char path[STORE_PATH_LEN];

	link_front_path(path, link);
	link->front.state = link_read_state(xs, XBT_NULL, path);
	link_back_path(path, link);
	link->back.state = link_read_state(xs, XBT_NULL, path);
}

int link_wait_connected(struct xs_handle *xs, struct link *link, int timeout_ms)
{
	long long end = link_now_ms() + timeout_ms;
	int ret = link_watch(xs, link, true);

	while (ret >= 0) {
		link_refresh(xs, link);
		if (link->front.state == LINK_STATE_CONNECTED &&
		    link->back.state == LINK_STATE_CONNECTED) {
			ret = 0;
			break;
		}
		if (link->front.state == LINK_STATE_NONE || link->back.state == LINK_STATE_NONE)
			ret = -ENOENT;
		else if (link_now_ms() >= end)
			ret = -ETIMEDOUT;
		else
			ret = link_poll(xs, end - link_now_ms());
	}
	link_watch(xs, link, false);
	return ret;
}

static int link_erase_step(struct xs_handle *xs, xs_transaction_t t, void *arg)
{
	return link_erase(xs, t, arg);
}

int link_wait_gone(struct xs_handle *xs, const struct link *removed, int timeout_ms)
{
	long long end = link_now_ms() + timeout_ms;
	struct link link = *removed;
	int ret = link_watch(xs, &link, true);

	while (ret >= 0) {
		long long left = end - link_now_ms();

		link_refresh(xs, &link);
		if (link.front.state != LINK_STATE_NONE || link.back.state != LINK_STATE_NONE) {
			ret = left <= 0 ? -ETIMEDOUT : store_transact(xs, link_erase_step, &link);
			continue;
		}
		ret = link_poll(xs, left < LINK_QUIET_MS ? left : LINK_QUIET_MS);
		if (ret == 0)
			break;
	}
	link_watch(xs, &link, false);
	return ret;
}
