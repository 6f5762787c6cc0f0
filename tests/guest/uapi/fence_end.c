// SPDX-License-Identifier: MIT
/* How fences end that do not signal, and what they leave behind: nothing. */
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <linux/dma-buf.h>

#include "fenced.h"

FENCED_SUITE(fence_end);

#define LIMIT_MS	600

/* From the limit on, a busy machine is given this much more. */
#define LATEST_MS	(LIMIT_MS + 3000)

static void end_in_time(long start)
{
	long took = fence_now() - start;

	cr_assert(took >= LIMIT_MS - 20 && took < LATEST_MS, "after %ld ms", took);
}

Test(fence_end, time_limit_of_a_publish)
{
	struct fence fence = fenced_new();
	struct shared shared;
	int import, sync;
	long start;

	expect(0, fence_set_timeout(LIMIT_MS));
	fenced_share(&shared, &import);
	start = fence_now();
	expect(1, fenced_publish(&shared, 0, fence.fd));
	assert_arrives(import, POLLIN);
	sync = fence_of(import, false);
	cr_assert(fence_ready(import, POLLIN, LATEST_MS), "poll waits for ever");
	end_in_time(start);
	cr_assert(fence_ready(sync, POLLIN, 0), "its sync_file waits for ever");
	expect(-ETIMEDOUT, fence_status(sync));
	/* It comes too late, and is no news to anybody. */
	expect(0, fence_signal(&fence));
	usleep(NOT_YET_MS * 1000);
	expect(-ETIMEDOUT, fence_status(sync));
}

Test(fence_end, time_limit_of_a_return)
{
	struct shared shared;
	int import, sync;
	long start;

	expect(0, fence_set_timeout(LIMIT_MS));
	fenced_share(&shared, &import);
	start = fence_now();
	expect(0, fenced_publish(&shared, EXPECT, -1));
	sync = fence_of(shared.buffer.fd, true);
	cr_assert(fence_ready(shared.buffer.fd, POLLOUT, LATEST_MS), "poll waits for ever");
	end_in_time(start);
	expect(-ETIMEDOUT, fence_status(sync));
	/* The importer did nothing wrong. */
	expect(0, fenced_return(&shared, -1));
}

Test(fence_end, time_limit_of_a_return_in_hand)
{
	struct fence fence = fenced_new();
	struct shared shared;
	int import, sync;
	long start;

	expect(0, fence_set_timeout(LIMIT_MS));
	fenced_share(&shared, &import);
	start = fence_now();
	expect(0, fenced_publish(&shared, EXPECT, -1));
	sync = fence_of(shared.buffer.fd, true);
	usleep(NOT_YET_MS * 1000);
	expect(1, fenced_return(&shared, fence.fd));
	cr_assert(fence_ready(shared.buffer.fd, POLLOUT, LATEST_MS));
	end_in_time(start);
	expect(-ETIMEDOUT, fence_status(sync));
}

Test(fence_end, time_limit_of_cpu_access)
{
	struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ };
	struct fence fence = fenced_new();
	struct shared shared;
	int import;
	long start;

	expect(0, fence_set_timeout(LIMIT_MS));
	fenced_share(&shared, &import);
	start = fence_now();
	expect(1, fenced_publish(&shared, 0, fence.fd));
	assert_arrives(import, POLLIN);
	expect(0, ioctl(import, DMA_BUF_IOCTL_SYNC, &sync));
	end_in_time(start);
}

Test(fence_end, unexport_ends_returns)
{
	struct fence fence = fenced_new();
	struct shared shared;
	int import, sync;

	fenced_share(&shared, &import);
	expect(1, fenced_publish(&shared, EXPECT, fence.fd));
	sync = fence_of(shared.buffer.fd, true);
	expect(0, fence_status(sync));
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	cr_assert(fence_ready(shared.buffer.fd, POLLOUT, 0));
	expect(-ECANCELED, fence_status(sync));
	/* What is being drawn is ready when it is, all the same. */
	cr_assert(!fence_ready(import, POLLIN, 0));
	expect(0, fence_signal(&fence));
	assert_ready(import, POLLIN);
}

Test(fence_end, unexport_ends_returns_in_hand)
{
	struct fence fence = fenced_new();
	struct shared shared;
	int import, sync;

	fenced_share(&shared, &import);
	expect(0, fenced_publish(&shared, EXPECT, -1));
	sync = fence_of(shared.buffer.fd, true);
	usleep(NOT_YET_MS * 1000);
	expect(1, fenced_return(&shared, fence.fd));
	usleep(NOT_YET_MS * 1000);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	cr_assert(fence_ready(shared.buffer.fd, POLLOUT, 0));
	expect(-ECANCELED, fence_status(sync));
	close(import);
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
	/* After all, to nobody. */
	expect(0, fence_signal(&fence));
	cr_assert(state_becomes("watches", 0, SOON_MS));
}

Test(fence_end, closing_the_file_ends_returns)
{
	struct shared shared;
	int import, sync;

	fenced_share(&shared, &import);
	expect(0, fenced_publish(&shared, EXPECT, -1));
	sync = fence_of(shared.buffer.fd, true);
	close(ends.out);
	expect(-ECANCELED, fence_status(sync));
}

static void end_publish(void *arg)
{
	struct shared shared;
	struct fence fence;
	int dev = call_open(CALL_DEVICE, 0);

	if (dev < 0 || fence_new(&fence) || dmabuf_alloc(&shared.buffer, DMABUF_ANY, DMABUF_PAGE) ||
	    fence_attach(shared.buffer.fd, fence.fd, true) ||
	    call_export(dev, shared.buffer.fd, ends.domain, "kill", 4, &shared.hid) ||
	    call_fence_send(dev, &shared.hid, EXPECT, -1) != 1)
		_exit(1);
	if (write(*(int *)arg, &shared.hid, sizeof(shared.hid)) != sizeof(shared.hid))
		_exit(1);
	pause();
}

/* vgem signals the fences of who dies; what was published is not left hanging. */
Test(fence_end, a_killed_exporter_leaves_nothing)
{
	int pipes[2], import;
	hyper_dmabuf_id_t hid;
	struct event event;
	pid_t pid;

	expect(0, pipe(pipes));
	pid = fork();
	cr_assert(pid >= 0);
	if (!pid)
		end_publish(&pipes[1]);
	cr_assert(read(pipes[0], &hid, sizeof(hid)) == sizeof(hid));
	cr_assert(event_wait(ends.in, &hid, &event, ENDS_PATIENCE_MS) >= 0);
	import = call_import(ends.in, &hid, 0);
	cr_assert(import >= 0);
	assert_waits(import, POLLIN);
	expect(0, kill(pid, SIGKILL));
	cr_assert(waitpid(pid, NULL, 0) == pid);
	assert_ready(import, POLLIN);
	close(import);
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
	cr_assert(state_becomes("waiting", 0, SOON_MS));
	cr_assert(state_becomes("watches", 0, SOON_MS));
}

/* Nobody holds them, nobody waits: signalled ones are gone from both buffers. */
Test(fence_end, signalled_ones_are_let_go_of)
{
	struct fence fence = fenced_new();
	struct shared shared;
	int import;

	fenced_share(&shared, &import);
	expect(1, fenced_publish(&shared, EXPECT, fence.fd));
	assert_arrives(import, POLLIN);
	expect(2, state_read("proxies"));
	expect(0, fence_signal(&fence));
	expect(0, fenced_return(&shared, -1));
	cr_assert(state_becomes("proxies", 0, ENDS_PATIENCE_MS), "%ld are left",
		  state_read("proxies"));
	expect(DMABUF_PAGE, (long)shared.buffer.size);
}

/* The quota: 1024 of them, then none until one has signalled. */
Test(fence_end, flood_is_refused)
{
	struct fence fence = fenced_new();
	struct shared shared;
	int import, sent = 0, ret = 0;

	expect(0, fence_set_timeout(9000));
	fenced_share(&shared, &import);
	for (; sent < 2000; sent++) {
		ret = call_fence_send(ends.out, &shared.hid, 0, fence.fd);
		if (ret < 0)
			break;
	}
	expect(-EDQUOT, ret);
	expect(1024, sent);
	expect(-EDQUOT, call_fence_send(ends.out, &shared.hid, EXPECT, -1));
	cr_assert(fence_ready(shared.buffer.fd, POLLOUT, 0), "what failed has had an effect");
	cr_assert(state_becomes("waiting", 1024, ENDS_PATIENCE_MS));
	expect(0, fence_signal(&fence));
	cr_assert(state_becomes("watches", 0, ENDS_PATIENCE_MS));
	cr_assert(state_becomes("waiting", 0, ENDS_PATIENCE_MS));
	expect(0, fenced_publish(&shared, EXPECT, -1));
	expect(0, fenced_return(&shared, -1));
}
