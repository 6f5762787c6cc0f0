// SPDX-License-Identifier: MIT
#include "fenced.h"

void fenced_init(void)
{
	struct fence fence;

	ends_init();
	expect(0, fence_set_timeout(FENCE_TIMEOUT_MS));
	if (fence_new(&fence) == -ENOENT)
		cr_skip_test("there is no vgem, whose fences stay pending");
	fence_free(&fence);
}

void fenced_share(struct shared *shared, int *import)
{
	ends_share(shared, DMABUF_PAGE, 1);
	*import = call_import(ends.in, &shared->hid, O_CLOEXEC);
	cr_assert(*import >= 0, "cannot import: %s", strerror(-*import));
}

struct fence fenced_new(void)
{
	struct fence fence;

	expect(0, fence_new(&fence));
	return fence;
}

int fenced_publish(const struct shared *shared, unsigned int flags, int fd)
{
	int pending = call_fence_send(ends.out, &shared->hid, flags, fd);

	cr_assert(pending >= 0, "cannot publish: %s", strerror(-pending));
	return pending;
}

int fenced_return(const struct shared *shared, int fd)
{
	int pending = call_fence_send(ends.in, &shared->hid, IMPORT, fd);

	cr_assert(pending >= 0, "cannot hand back: %s", strerror(-pending));
	return pending;
}
