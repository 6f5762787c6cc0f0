// SPDX-License-Identifier: MIT
/* Publishing: what the importer has to wait for, until when, and what it sees of it. */
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <linux/dma-buf.h>

#include "fenced.h"
#include "made.h"

FENCED_SUITE(fence);

Test(fence, a_sync_file_makes_readers_wait)
{
	struct fence fence = fenced_new();
	struct shared shared;
	int import;

	fenced_share(&shared, &import);
	assert_ready(import, POLLIN);
	expect(1, fenced_publish(&shared, 0, fence.fd));
	assert_arrives(import, POLLIN);
	assert_waits(import, POLLIN);
	assert_waits(import, POLLOUT);
	expect(0, fence_signal(&fence));
	assert_ready(import, POLLIN);
	assert_ready(import, POLLOUT);
}

Test(fence, the_buffers_own_writers_make_readers_wait)
{
	struct fence fence = fenced_new();
	struct shared shared;
	int import;

	fenced_share(&shared, &import);
	expect(0, fenced_publish(&shared, 0, -1));
	expect(0, fence_attach(shared.buffer.fd, fence.fd, true));
	expect(1, fenced_publish(&shared, 0, -1));
	assert_arrives(import, POLLIN);
	assert_waits(import, POLLIN);
	expect(0, fence_signal(&fence));
	assert_ready(import, POLLIN);
}

Test(fence, the_buffers_readers_are_not_published)
{
	struct fence fence = fenced_new();
	struct shared shared;
	int import;

	fenced_share(&shared, &import);
	expect(0, fence_attach(shared.buffer.fd, fence.fd, false));
	expect(0, fenced_publish(&shared, 0, -1));
	usleep(NOT_YET_MS * 1000);
	assert_ready(import, POLLIN);
}

Test(fence, is_in_place_before_the_import)
{
	struct fence fence = fenced_new();
	struct shared shared;
	int import;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(1, fenced_publish(&shared, 0, fence.fd));
	usleep(NOT_YET_MS * 1000);
	import = call_import(ends.in, &shared.hid, 0);
	cr_assert(import >= 0);
	assert_waits(import, POLLIN);
	expect(0, fence_signal(&fence));
	assert_ready(import, POLLIN);
}

Test(fence, survives_the_dma_buf)
{
	struct fence fence = fenced_new();
	struct shared shared;
	int import;

	fenced_share(&shared, &import);
	expect(1, fenced_publish(&shared, 0, fence.fd));
	assert_arrives(import, POLLIN);
	close(import);
	import = call_import(ends.in, &shared.hid, 0);
	cr_assert(import >= 0);
	assert_waits(import, POLLIN);
	expect(0, fence_signal(&fence));
	assert_ready(import, POLLIN);
}

/* The event must not come before there is something to wait for. */
Test(fence, is_in_place_before_the_event)
{
	struct event event;
	struct shared shared;

	expect(0, dmabuf_alloc(&shared.buffer, DMABUF_ANY, DMABUF_PAGE));
	for (int i = 0; i < 200; i++) {
		struct fence fence = fenced_new();
		int import;

		expect(0, fence_attach(shared.buffer.fd, fence.fd, true));
		expect(0, call_export(ends.out, shared.buffer.fd, ends.domain, "new", 3,
				      &shared.hid));
		cr_assert(event_wait(ends.in, &shared.hid, &event, ENDS_PATIENCE_MS) >= 0);
		import = call_import(ends.in, &shared.hid, 0);
		cr_assert(import >= 0);
		cr_assert(!fence_ready(import, POLLIN, 0), "round %d: ready with its event", i);
		expect(0, fence_signal(&fence));
		assert_ready(import, POLLIN);
		close(import);
		fence_free(&fence);
		/* Every third time as a new buffer. */
		if (i % 3 == 2)
			expect(0, call_unexport(ends.out, &shared.hid, 0));
	}
}

struct hold {
	int fd;
	uint32_t held;
	int err;
};

static void *fence_hold(void *data)
{
	struct hold *hold = data;

	hold->err = made_hold(hold->fd, 1000, &hold->held);
	return NULL;
}

/* Nor where somebody else has the import's reservation locked, for as long as that takes. */
Test(fence, is_in_place_before_the_event_of_a_busy_buffer)
{
	struct fence fence = fenced_new();
	struct hold hold = { .fd = -1 };
	struct shared shared;
	struct event event;
	pthread_t thread;
	int got;

	fenced_share(&shared, &hold.fd);
	while (event_next(ends.in, &event, 0) >= 0)
		;
	expect(0, pthread_create(&thread, NULL, fence_hold, &hold));
	cr_assert(eventually(__atomic_load_n(&hold.held, __ATOMIC_ACQUIRE) || hold.err));
	expect(0, hold.err);
	expect(0, fence_attach(shared.buffer.fd, fence.fd, true));
	expect(0, call_export(ends.out, shared.buffer.fd, ends.domain, "new", 3, &shared.hid));
	got = event_wait(ends.in, &shared.hid, &event, 300);
	cr_assert(got == -ETIMEDOUT || __atomic_load_n(&hold.held, __ATOMIC_ACQUIRE) == 2,
		  "the event came before its fence");
	pthread_join(thread, NULL);
	expect(0, hold.err);
	if (got < 0)
		cr_assert(event_wait(ends.in, &shared.hid, &event, ENDS_PATIENCE_MS) >= 0);
	assert_waits(hold.fd, POLLIN);
	expect(0, fence_signal(&fence));
	assert_ready(hold.fd, POLLIN);
	close(hold.fd);
	expect(0, made_end());
}

Test(fence, an_export_of_a_new_buffer_publishes_once)
{
	struct fence fence = fenced_new();
	struct shared shared;
	struct event event;
	int import;

	expect(0, dmabuf_alloc(&shared.buffer, DMABUF_ANY, DMABUF_PAGE));
	expect(0, fence_attach(shared.buffer.fd, fence.fd, true));
	ends_share_buffer(&shared);
	expect(-ETIMEDOUT, event_next(ends.in, &event, NOT_YET_MS));
	import = call_import(ends.in, &shared.hid, 0);
	cr_assert(import >= 0);
	assert_waits(import, POLLIN);
	/* Renewed, and published by call: it stays one. */
	expect(1, state_read("waiting"));
	expect(0, call_export(ends.out, shared.buffer.fd, ends.domain, "x", 1, &shared.hid));
	cr_assert(event_wait(ends.in, &shared.hid, &event, ENDS_PATIENCE_MS) >= 0);
	expect(1, state_read("waiting"));
	expect(0, fence_signal(&fence));
	assert_ready(import, POLLIN);
	cr_assert(state_becomes("waiting", 0, SOON_MS));
	cr_assert(state_becomes("watches", 0, SOON_MS));
}

Test(fence, a_late_file_hears_of_a_fenced_buffer)
{
	struct fence fence = fenced_new();
	struct shared shared;
	struct event event;
	int late, import;

	expect(0, dmabuf_alloc(&shared.buffer, DMABUF_ANY, DMABUF_PAGE));
	expect(0, fence_attach(shared.buffer.fd, fence.fd, true));
	ends_share_buffer(&shared);
	late = call_open(CALL_DEVICE, O_NONBLOCK);
	cr_assert(event_wait(late, &shared.hid, &event, SOON_MS) >= 0);
	import = call_import(late, &shared.hid, 0);
	cr_assert(import >= 0);
	assert_waits(import, POLLIN);
}

Test(fence, a_signalled_one_is_no_wait)
{
	struct fence fence = fenced_new();
	struct shared shared;
	int import;

	fenced_share(&shared, &import);
	expect(0, fence_signal(&fence));
	expect(0, fenced_publish(&shared, 0, fence.fd));
	usleep(NOT_YET_MS * 1000);
	assert_ready(import, POLLIN);
}

Test(fence, several_at_once_all_count)
{
	struct fence fences[8];
	struct shared shared;
	int import;

	fenced_share(&shared, &import);
	for (int i = 0; i < 8; i++) {
		fences[i] = fenced_new();
		expect(0, fence_attach(shared.buffer.fd, fences[i].fd, true));
	}
	expect(8, fenced_publish(&shared, 0, -1));
	assert_arrives(import, POLLIN);
	for (int i = 0; i < 8; i++) {
		assert_waits(import, POLLIN);
		expect(0, fence_signal(&fences[i]));
	}
	assert_ready(import, POLLIN);
}

Test(fence, one_after_the_other_all_count)
{
	struct fence fences[4];
	struct shared shared;
	int import;

	fenced_share(&shared, &import);
	for (int i = 0; i < 4; i++) {
		fences[i] = fenced_new();
		expect(1, fenced_publish(&shared, 0, fences[i].fd));
	}
	assert_arrives(import, POLLIN);
	/* Not in the order in which they were sent. */
	for (int i = 3; i >= 0; i--) {
		assert_waits(import, POLLIN);
		expect(0, fence_signal(&fences[i]));
	}
	assert_ready(import, POLLIN);
}

Test(fence, signal_in_the_order_of_their_signals)
{
	struct fence fences[32];
	struct shared shared;
	int import, sync[32];

	fenced_share(&shared, &import);
	for (int i = 0; i < 32; i++) {
		fences[i] = fenced_new();
		expect(1, fenced_publish(&shared, 0, fences[i].fd));
		cr_assert(state_becomes("waiting", i + 1, SOON_MS));
		sync[i] = fence_of(import, false);
		cr_assert(sync[i] >= 0);
	}
	/* The sync_file of round i waits for the fences 0 to i. */
	for (int i = 0; i < 32; i++) {
		cr_assert(fence_status(sync[i]) == 0, "fence %d is early", i);
		expect(0, fence_signal(&fences[i]));
		assert_ready(sync[i], POLLIN);
		expect(1, fence_status(sync[i]));
	}
}

Test(fence, shows_in_a_sync_file)
{
	struct fence fence = fenced_new();
	struct shared shared;
	char driver[32];
	int import, sync;

	fenced_share(&shared, &import);
	expect(1, fenced_publish(&shared, 0, fence.fd));
	assert_arrives(import, POLLIN);
	sync = fence_of(import, false);
	cr_assert(sync >= 0);
	expect(0, fence_status(sync));
	expect(1, fence_count(sync, driver));
	cr_assert_str_eq(driver, "hyper_dmabuf");
	expect(0, fence_signal(&fence));
	assert_ready(sync, POLLIN);
	expect(1, fence_status(sync));
}

struct fence_waiter {
	int import;
	uint64_t flags;
};

static void fence_cpu_access(void *arg)
{
	struct fence_waiter *waiter = arg;
	struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_START | waiter->flags };
	long start = fence_now();

	if (ioctl(waiter->import, DMA_BUF_IOCTL_SYNC, &sync))
		_exit(1);
	_exit(fence_now() - start >= 250 ? 0 : 2);
}

/* Who begins to read by the CPU waits as well, without asking for any fence. */
Test(fence, holds_up_cpu_access)
{
	struct fence_waiter waiter = { .flags = DMA_BUF_SYNC_READ };
	struct fence fence = fenced_new();
	struct shared shared;
	int status;
	pid_t pid;

	fenced_share(&shared, &waiter.import);
	expect(1, fenced_publish(&shared, 0, fence.fd));
	assert_arrives(waiter.import, POLLIN);
	pid = fork();
	cr_assert(pid >= 0);
	if (!pid)
		fence_cpu_access(&waiter);
	usleep(300000);
	expect(0, waitpid(pid, &status, WNOHANG));
	expect(0, fence_signal(&fence));
	cr_assert(waitpid(pid, &status, 0) == pid);
	cr_assert(status == 0, "status %#x", (unsigned int)status);
}

/* A fence of ours that fails is one of the peer's that fails, with the same error. */
Test(fence, carries_the_error)
{
	struct fence fence = fenced_new();
	struct shared first, second;
	int import[2], sync[2];
	long start;

	expect(0, fence_set_timeout(500));
	fenced_share(&first, &import[0]);
	fenced_share(&second, &import[1]);
	expect(1, fenced_publish(&first, 0, fence.fd));
	assert_arrives(import[0], POLLIN);
	sync[0] = fence_of(import[0], false);
	/* It fails by the time limit; the one that is published for it has a longer one. */
	expect(0, fence_set_timeout(9000));
	start = fence_now();
	expect(1, fenced_publish(&second, 0, sync[0]));
	assert_arrives(import[1], POLLIN);
	sync[1] = fence_of(import[1], false);
	assert_ready(sync[1], POLLIN);
	cr_assert(fence_now() - start < 5000);
	expect(-ETIMEDOUT, fence_status(sync[0]));
	expect(-ETIMEDOUT, fence_status(sync[1]));
}

Test(fence, of_a_peer_does_not_go_back_to_it)
{
	struct fence fence = fenced_new();
	struct shared shared;
	int import, sync;

	fenced_share(&shared, &import);
	expect(1, fenced_publish(&shared, EXPECT, fence.fd));
	assert_arrives(import, POLLIN);
	sync = fence_of(import, true);
	cr_assert(sync >= 0);
	/* Neither as the buffer's own, nor by name: what is left has happened. */
	expect(0, fenced_return(&shared, -1));
	assert_ready(shared.buffer.fd, POLLOUT);
	expect(1, fenced_publish(&shared, EXPECT, fence.fd));
	usleep(NOT_YET_MS * 1000);
	expect(0, fenced_return(&shared, sync));
	assert_ready(shared.buffer.fd, POLLOUT);
	assert_waits(import, POLLIN);
}

Test(fence, refuses_what_makes_no_sense)
{
	struct ioctl_hyper_dmabuf_fence_send arg = { .size = sizeof(arg), .fence_fd = -1 };
	struct fence fence = fenced_new();
	hyper_dmabuf_id_t other;
	struct shared shared;
	int import;

	fenced_share(&shared, &import);
	other = shared.hid;
	other.rng_key[2] ^= 1;
	expect(-ENOENT, call_fence_send(ends.out, &other, 0, -1));
	expect(-ENOENT, call_fence_send(ends.out, &other, IMPORT, -1));
	expect(-EINVAL, call_fence_send(ends.out, &shared.hid, 8, -1));
	expect(-EINVAL, call_fence_send(ends.out, &shared.hid, 1u << 31, -1));
	expect(-EINVAL, call_fence_send(ends.out, &shared.hid, WRITE, fence.fd));
	expect(-EINVAL, call_fence_send(ends.in, &shared.hid, IMPORT | EXPECT, -1));
	expect(-EINVAL, call_fence_send(ends.in, &shared.hid, IMPORT | WRITE, -1));
	/* The import is read-only. */
	expect(-EINVAL, call_fence_send(ends.in, &shared.hid, IMPORT | WRITE, fence.fd));
	expect(-EINVAL, call_fence_send(ends.out, &shared.hid, 0, -2));
	expect(-EINVAL, call_fence_send(ends.out, &shared.hid, 0, 9999));
	expect(-EINVAL, call_fence_send(ends.out, &shared.hid, 0, shared.buffer.fd));
	expect(-EINVAL, call_fence_send(ends.out, &shared.hid, EXPECT, import));
	arg.hid = shared.hid;
	arg.size = sizeof(arg) - 4;
	expect(-EINVAL, call_raw(ends.out, IOCTL_HYPER_DMABUF_FENCE_SEND, &arg));
	expect(-EFAULT, call_raw(ends.out, IOCTL_HYPER_DMABUF_FENCE_SEND, NULL));
	/* Nothing of it has had an effect. */
	assert_ready(import, POLLIN);
	assert_ready(shared.buffer.fd, POLLOUT);
	expect(0, state_read("waiting"));
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	expect(-EINVAL, call_fence_send(ends.out, &shared.hid, 0, fence.fd));
	expect(-EINVAL, call_fence_send(ends.out, &shared.hid, EXPECT, -1));
}
