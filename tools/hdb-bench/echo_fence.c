// SPDX-License-Identifier: MIT
#include "echo_fence.h"
#include "fence.h"
#include "stop.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* The other end's fences signal within milliseconds, unless they are lost. */
#define ECHO_FENCE_MS 20000

/* As they become ready they are in epoll's list, so that what comes out first was first. */
static int echo_fence_watch(struct echo_fences *fences, int dmabuf, struct err *err)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLONESHOT,
		.data.u32 = fences->count,
	};

	if (!fences->count)
		fences->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (fences->epoll >= 0 && epoll_ctl(fences->epoll, EPOLL_CTL_ADD, dmabuf, &event) == 0)
		return 0;
	err_errno(err, errno, "cannot wait for fences");
	if (!fences->count && fences->epoll >= 0)
		close(fences->epoll);
	return -1;
}

int echo_fence_add(struct echo_fences *fences, hyper_dmabuf_id_t hid, int dmabuf,
		   struct err *err)
{
	struct pollfd ready = { .fd = dmabuf, .events = POLLIN };
	struct echo_fence *fence = &fences->fence[fences->count];

	if (fences->count == ECHO_FENCES)
		return err_set(err, EXIT_FAILED, "more than %d fences", ECHO_FENCES);
	if (poll(&ready, 1, 0) != 0)
		return err_set(err, EXIT_FAILED, "early: the fence had signalled before it did");
	fence->hid = hid;
	fence->dmabuf = dmabuf;
	fence->sync_file = fence_of(dmabuf, false, err);
	if (fence->sync_file < 0)
		return -1;
	if (echo_fence_watch(fences, dmabuf, err) == 0) {
		fences->count++;
		return 0;
	}
	close(fence->sync_file);
	return -1;
}

/* One is ready: the one that is due, and because the other end signalled it. */
static int echo_fence_check(struct echo_fences *fences, uint32_t which, uint32_t due,
			    struct err *err)
{
	int status = fence_status(fences->fence[which].sync_file);

	if (status < 0)
		return err_set(err, EXIT_FAILED, "late: fence %u of %u was given up: %s", which,
			       fences->count, strerror(-status));
	if (which != due && fence_status(fences->fence[due].sync_file) == 0)
		return err_set(err, EXIT_FAILED, "out of order: fence %u signalled before fence "
			       "%u", which, due);
	return 0;
}

static int echo_fence_serve_all(struct echo_fences *fences, int hdb, struct err *err)
{
	for (uint32_t due = 0; due < fences->count; due++) {
		const struct echo_fence *fence;
		struct epoll_event event;
		uint64_t start;

		if (epoll_wait(fences->epoll, &event, 1, ECHO_FENCE_MS) != 1)
			return err_set(err, EXIT_FAILED, "lost: fence %u did not signal within "
				       "%d ms", due, ECHO_FENCE_MS);
		start = stop_now();
		fence = &fences->fence[event.data.u32];
		if (echo_fence_check(fences, event.data.u32, due, err) < 0 ||
		    hdb_fence_send(hdb, fence->hid, HYPER_DMABUF_FENCE_IMPORT, err) < 0)
			return -1;
		fences->spent_ns += stop_now() - start;
	}
	return 0;
}

void echo_fence_serve(struct echo_fences *fences, int hdb)
{
	echo_fence_serve_all(fences, hdb, &fences->err);
}

int echo_fence_tell(struct echo_fences *fences, struct wire *reply, struct err *err)
{
	struct err what = fences->err;

	reply->values[WIRE_NS_FENCE] = fences->spent_ns;
	echo_fence_forget(fences);
	if (!what.text[0])
		return 0;
	*err = what;
	return -1;
}

void echo_fence_forget(struct echo_fences *fences)
{
	for (uint32_t i = 0; i < fences->count; i++)
		close(fences->fence[i].sync_file);
	if (fences->count)
		close(fences->epoll);
	*fences = (struct echo_fences){ 0 };
}
