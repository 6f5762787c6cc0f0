// SPDX-License-Identifier: MIT
/* Buffers that are not what they should be: refused, and nothing of them is looked at. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "ends.h"
#include "made.h"

static void foreign_fini(void)
{
	/* Not while anything of it is held, be it by the driver. */
	cr_assert(eventually(made_end() == 0), "a buffer is held still");
}

TestSuite(foreign, .init = ends_init, .fini = foreign_fini, .timeout = 60);

static int foreign_export(enum exporter_kind kind, size_t size)
{
	int fd = made_new(kind, size), ret;

	cr_assert_geq(fd, 0, "%s", strerror(-fd));
	ret = call_export(ends.out, fd, ends.domain, NULL, 0, NULL);
	close(fd);
	return ret;
}

Test(foreign, good_one_is_shared)
{
	struct shared shared = { .buffer.size = 40 * DMABUF_PAGE };
	struct dmabuf import;
	int fd = made_new(EXPORTER_MEMORY, shared.buffer.size);

	cr_assert_geq(fd, 0, "%s", strerror(-fd));
	expect(0, call_export(ends.out, fd, ends.domain, NULL, 0, &shared.hid));
	close(fd);
	cr_assert(state_becomes("imports", 1, ENDS_PATIENCE_MS));
	ends_import(&shared, &import);
	expect(-1, made_check(import.map, import.size));
	dmabuf_free(&import);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
}

static const struct {
	const char *name;
	enum exporter_kind kind;
	size_t size;
	int err;
} foreign_wrong[] = {
	{ "no struct page", EXPORTER_NO_STRUCT, 8 * DMABUF_PAGE, -EINVAL },
	{ "no struct page, a single one", EXPORTER_NO_STRUCT, DMABUF_PAGE, -EINVAL },
	{ "a device's page", EXPORTER_RESERVED, DMABUF_PAGE, -EINVAL },
	{ "beginning within a page", EXPORTER_OFFSET, 8 * DMABUF_PAGE, -EINVAL },
	{ "ending within a page", EXPORTER_PARTIAL, 8 * DMABUF_PAGE, -EINVAL },
	{ "a page too few", EXPORTER_FEWER, 8 * DMABUF_PAGE, -EINVAL },
	{ "an odd size", EXPORTER_MEMORY, 8 * DMABUF_PAGE + 100, -EINVAL },
	{ "more than 4 GiB", EXPORTER_MEMORY, (1ul << 32) + DMABUF_PAGE, -E2BIG },
	{ "its exporter's own error", EXPORTER_FAILS, 8 * DMABUF_PAGE, -EIO },
};

Test(foreign, wrong_ones_are_refused)
{
	for (size_t i = 0; i < sizeof(foreign_wrong) / sizeof(foreign_wrong[0]); i++) {
		int ret = foreign_export(foreign_wrong[i].kind, foreign_wrong[i].size);

		cr_expect_eq(ret, foreign_wrong[i].err, "%s: %s", foreign_wrong[i].name,
			     strerror(-ret));
		cr_expect_eq(state_read("exports"), 0, "%s: shared", foreign_wrong[i].name);
	}
}

/* No more is shared than the buffer says that it has. */
Test(foreign, what_is_too_long_is_shared_as_far_as_it_says)
{
	struct shared shared = { .buffer.size = 8 * DMABUF_PAGE };
	struct dmabuf import;
	int fd = made_new(EXPORTER_MORE, shared.buffer.size);

	expect(0, call_export(ends.out, fd, ends.domain, NULL, 0, &shared.hid));
	close(fd);
	cr_assert(state_becomes("imports", 1, ENDS_PATIENCE_MS));
	ends_import(&shared, &import);
	expect(8 * DMABUF_PAGE, lseek(import.fd, 0, SEEK_END));
	cr_assert_eq(mmap(NULL, 9 * DMABUF_PAGE, PROT_READ, MAP_SHARED, import.fd, 0), MAP_FAILED);
	expect(-1, made_check(import.map, import.size));
	dmabuf_free(&import);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
}
