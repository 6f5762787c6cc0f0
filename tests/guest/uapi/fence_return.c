// SPDX-License-Identifier: MIT
/* Handing back: what the exporter has to wait for before it writes again. */
#include "fenced.h"

FENCED_SUITE(fence_return);

Test(fence_return, makes_writers_wait_at_once)
{
	struct fence fence = fenced_new();
	struct shared shared;
	int import;

	fenced_share(&shared, &import);
	expect(1, fenced_publish(&shared, EXPECT, fence.fd));
	cr_assert(!fence_ready(shared.buffer.fd, POLLOUT, 0), "it looked free");
	/* Others may read it meanwhile. */
	cr_assert(fence_ready(shared.buffer.fd, POLLIN, 0));
	expect(0, fence_signal(&fence));
	assert_ready(import, POLLIN);
	assert_waits(shared.buffer.fd, POLLOUT);
	expect(0, fenced_return(&shared, -1));
	assert_ready(shared.buffer.fd, POLLOUT);
}

Test(fence_return, waits_for_readers)
{
	struct fence fence = fenced_new();
	struct shared shared;
	int import, sync;

	fenced_share(&shared, &import);
	expect(0, fenced_publish(&shared, EXPECT, -1));
	sync = fence_of(shared.buffer.fd, true);
	expect(0, fence_status(sync));
	usleep(NOT_YET_MS * 1000);
	expect(0, fence_attach(import, fence.fd, false));
	expect(1, fenced_return(&shared, -1));
	assert_waits(shared.buffer.fd, POLLOUT);
	expect(0, fence_signal(&fence));
	assert_ready(shared.buffer.fd, POLLOUT);
	expect(1, fence_status(sync));
}

Test(fence_return, waits_for_a_sync_file)
{
	struct fence fence = fenced_new();
	struct shared shared;
	int import;

	fenced_share(&shared, &import);
	expect(0, fenced_publish(&shared, EXPECT, -1));
	usleep(NOT_YET_MS * 1000);
	expect(1, fenced_return(&shared, fence.fd));
	assert_waits(shared.buffer.fd, POLLOUT);
	expect(0, fence_signal(&fence));
	assert_ready(shared.buffer.fd, POLLOUT);
}

Test(fence_return, covers_what_was_seen)
{
	struct fence fence = fenced_new();
	struct shared shared;
	int import;

	fenced_share(&shared, &import);
	for (int i = 0; i < 3; i++)
		expect(0, fenced_publish(&shared, EXPECT, -1));
	usleep(NOT_YET_MS * 1000);
	expect(3, state_read("waiting"));
	expect(1, fenced_return(&shared, fence.fd));
	/* One more, of which the importer did not speak. */
	expect(0, fenced_publish(&shared, EXPECT, -1));
	expect(0, fence_signal(&fence));
	cr_assert(state_becomes("waiting", 1, SOON_MS));
	assert_waits(shared.buffer.fd, POLLOUT);
	expect(0, fenced_return(&shared, -1));
	assert_ready(shared.buffer.fd, POLLOUT);
}

Test(fence_return, of_nothing_says_nothing)
{
	struct fence fence = fenced_new();
	struct shared shared;
	int import;

	fenced_share(&shared, &import);
	expect(1, fenced_return(&shared, fence.fd));
	usleep(NOT_YET_MS * 1000);
	/* A peer must not be able to keep a buffer that nobody waits for. */
	assert_ready(shared.buffer.fd, POLLOUT);
	expect(0, fenced_publish(&shared, EXPECT, -1));
	usleep(NOT_YET_MS * 1000);
	expect(0, fenced_return(&shared, -1));
	expect(0, fenced_return(&shared, -1));
	expect(1, fenced_return(&shared, fence.fd));
	assert_ready(shared.buffer.fd, POLLOUT);
	expect(0, state_read("watches"));
}

Test(fence_return, of_a_writable_buffer_brings_writers)
{
	struct fence fence = fenced_new();
	struct shared shared;
	struct event event;
	int import;

	expect(0, dmabuf_alloc(&shared.buffer, DMABUF_ANY, DMABUF_PAGE));
	expect(0, call_export_flags(ends.out, shared.buffer.fd, ends.domain,
				    HYPER_DMABUF_EXPORT_WRITABLE, &shared.hid));
	cr_assert(event_wait(ends.in, &shared.hid, &event, ENDS_PATIENCE_MS) >= 0);
	import = call_import(ends.in, &shared.hid, 0);
	cr_assert(import >= 0);
	expect(0, fence_attach(import, fence.fd, true));
	expect(1, fenced_return(&shared, -1));
	assert_arrives(shared.buffer.fd, POLLIN);
	assert_waits(shared.buffer.fd, POLLIN);
	expect(0, fence_signal(&fence));
	assert_ready(shared.buffer.fd, POLLIN);
	fence_free(&fence);
	fence = fenced_new();
	expect(1, call_fence_send(ends.in, &shared.hid, IMPORT | WRITE, fence.fd));
	assert_arrives(shared.buffer.fd, POLLIN);
	expect(0, fence_signal(&fence));
	assert_ready(shared.buffer.fd, POLLIN);
}

/* One buffer, to and fro, both sides pending each time; nobody is ever early. */
Test(fence_return, lets_one_buffer_rotate)
{
	struct shared shared;
	int import;

	fenced_share(&shared, &import);
	for (uint32_t i = 0; i < 100; i++) {
		struct fence drawing = fenced_new(), reading = fenced_new();
		struct event event;

		cr_assert(fence_ready(shared.buffer.fd, POLLOUT, 0), "round %u", i);
		expect(0, fence_attach(shared.buffer.fd, drawing.fd, true));
		expect(1, fenced_publish(&shared, EXPECT, -1));
		expect(0, call_export(ends.out, shared.buffer.fd, ends.domain, &i, sizeof(i),
				      NULL));
		cr_assert(event_wait(ends.in, &shared.hid, &event, ENDS_PATIENCE_MS) >= 0);
		cr_assert(!fence_ready(import, POLLIN, 0), "round %u: seen early", i);
		expect(0, fence_attach(import, reading.fd, false));
		expect(1, fenced_return(&shared, -1));
		dmabuf_fill(shared.buffer.map, DMABUF_PAGE, i);
		expect(0, fence_signal(&drawing));
		assert_ready(import, POLLIN);
		cr_assert(!fence_ready(shared.buffer.fd, POLLOUT, 0), "round %u: free early", i);
		expect(0, fence_signal(&reading));
		assert_ready(shared.buffer.fd, POLLOUT);
		fence_free(&drawing);
		fence_free(&reading);
	}
	cr_assert(state_becomes("waiting", 0, SOON_MS));
	cr_assert(state_becomes("watches", 0, SOON_MS));
}
