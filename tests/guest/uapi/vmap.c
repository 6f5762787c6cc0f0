// SPDX-License-Identifier: MIT
/* Buffers mapped into the kernel, where drivers draw with the CPU. */
#include <errno.h>
#include <fcntl.h>

#include "ends.h"
#include "made.h"

static void vmap_fini(void)
{
	cr_assert(eventually(made_end() == 0), "the test module is held still");
}

TestSuite(vmap, .init = ends_init, .fini = vmap_fini, .timeout = 60);

/* Inverted by the kernel, and seen by whoever maps it here; then back. */
static void vmap_flip(const struct dmabuf *buffer, const void *seen)
{
	const uint64_t *words = seen;
	uint64_t first = words[0], last = words[buffer->size / sizeof(*words) - 1];

	expect(0, made_flip(buffer->fd));
	cr_assert_eq(words[0], ~first);
	cr_assert_eq(words[buffer->size / sizeof(*words) - 1], ~last);
	expect(0, made_flip(buffer->fd));
	assert_pattern(seen, buffer->size, 9);
}

Test(vmap, of_the_heap)
{
	static const size_t sizes[] = { DMABUF_PAGE, DMABUF_ODD, DMABUF_8M };

	for (int i = 0; i < 3; i++) {
		struct dmabuf buffer;

		expect(0, dmabuf_alloc(&buffer, "hdb-heap", sizes[i]));
		dmabuf_fill(buffer.map, buffer.size, 9);
		vmap_flip(&buffer, buffer.map);
		dmabuf_free(&buffer);
	}
}

Test(vmap, of_a_writable_import)
{
	struct shared shared;
	struct dmabuf import;
	struct event event;

	expect(0, dmabuf_alloc(&shared.buffer, DMABUF_ANY, DMABUF_ODD));
	dmabuf_fill(shared.buffer.map, DMABUF_ODD, 9);
	expect(0, call_export_flags(ends.out, shared.buffer.fd, ends.domain,
				    HYPER_DMABUF_EXPORT_WRITABLE, &shared.hid));
	cr_assert(event_wait(ends.in, &shared.hid, &event, ENDS_PATIENCE_MS) >= 0);
	ends_import(&shared, &import);
	vmap_flip(&import, shared.buffer.map);
}

/* Who maps it so would write. */
Test(vmap, of_a_read_only_import_is_refused)
{
	struct shared shared;
	struct dmabuf import;

	ends_share(&shared, DMABUF_ODD, 9);
	ends_import(&shared, &import);
	expect(-EINVAL, made_flip(import.fd));
	assert_pattern(shared.buffer.map, DMABUF_ODD, 9);
}
