// SPDX-License-Identifier: MIT
/* What is written on one side is read on the other, for every source and size. */
#include <errno.h>

#include "ends.h"

ENDS_SUITE(data);

static void data_test(const char *source, size_t size)
{
	struct shared shared;
	struct dmabuf import;
	int err;

	err = dmabuf_alloc(&shared.buffer, source, size);
	if (err == -ENOENT)
		cr_skip_test("this kernel has none");
	expect(0, err);
	dmabuf_fill(shared.buffer.map, size, 1);
	ends_share_buffer(&shared);
	expect((long)size, call_query_value(ends.in, &shared.hid, HYPER_DMABUF_QUERY_SIZE));
	ends_import(&shared, &import);
	expect((long)size, lseek(import.fd, 0, SEEK_END));
	assert_pattern(import.map, size, 1);
	dmabuf_fill(shared.buffer.map, size, 2);
	assert_pattern(import.map, size, 2);
	cr_assert(ends_write_dies((char *)import.map + size - 1), "the write went through");
}

Test(data, udmabuf_4k) { data_test("udmabuf", DMABUF_PAGE); }
Test(data, udmabuf_68k) { data_test("udmabuf", DMABUF_ODD); }
Test(data, udmabuf_8m) { data_test("udmabuf", DMABUF_8M); }
Test(data, udmabuf_3840x2160) { data_test("udmabuf", DMABUF_4K_FRAME); }
Test(data, heap_4k) { data_test("heap", DMABUF_PAGE); }
Test(data, heap_68k) { data_test("heap", DMABUF_ODD); }
Test(data, heap_8m) { data_test("heap", DMABUF_8M); }
Test(data, heap_3840x2160) { data_test("heap", DMABUF_4K_FRAME); }
Test(data, hdb_heap_4k) { data_test("hdb-heap", DMABUF_PAGE); }
Test(data, hdb_heap_68k) { data_test("hdb-heap", DMABUF_ODD); }
Test(data, hdb_heap_8m) { data_test("hdb-heap", DMABUF_8M); }
Test(data, hdb_heap_3840x2160) { data_test("hdb-heap", DMABUF_4K_FRAME); }
Test(data, vgem_4k) { data_test("vgem", DMABUF_PAGE); }
Test(data, vgem_68k) { data_test("vgem", DMABUF_ODD); }
Test(data, vgem_8m) { data_test("vgem", DMABUF_8M); }
Test(data, vgem_3840x2160) { data_test("vgem", DMABUF_4K_FRAME); }
