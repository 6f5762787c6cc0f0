// SPDX-License-Identifier: MIT
/* /dev/dma_heap/hyper_dmabuf: a DMA heap like the system's, whose buffers are cheap to share. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <xf86drm.h>

#include "ends.h"
#include "fence.h"

#define HEAP_NODE	"/dev/dma_heap/hyper_dmabuf"
#define HEAP_SYSTEM	"/dev/dma_heap/system"

ENDS_SUITE(heap);

static int heap_open(const char *node)
{
	int heap = open(node, O_RDWR | O_CLOEXEC);

	cr_assert_geq(heap, 0, "%s: %s", node, strerror(errno));
	return heap;
}

/* An fd, or a negative errno; with a number of its own for the call if that is not 0. */
static int heap_call(int heap, unsigned long call, struct dma_heap_allocation_data *data)
{
	return ioctl(heap, call ? call : DMA_HEAP_IOCTL_ALLOC, data) ? -errno : (int)data->fd;
}

static int heap_fd(size_t size, unsigned int flags)
{
	struct dma_heap_allocation_data data = { .len = size, .fd_flags = flags };
	int heap = heap_open(HEAP_NODE), fd = heap_call(heap, 0, &data);

	close(heap);
	return fd;
}

static void heap_alloc(struct dmabuf *buffer, size_t size)
{
	int fd = heap_fd(size, O_RDWR | O_CLOEXEC);

	cr_assert_geq(fd, 0, "%zu bytes: %s", size, strerror(-fd));
	expect(0, dmabuf_wrap(buffer, fd, size));
}

Test(heap, node_is_a_device_for_its_owner)
{
	struct stat st;

	expect(0, stat(HEAP_NODE, &st));
	cr_assert(S_ISCHR(st.st_mode));
	cr_assert_eq(st.st_mode & 07777, 0600, "mode %o", st.st_mode & 07777);
}

Test(heap, memory_is_zeroed)
{
	struct dmabuf buffer;

	for (int i = 0; i < 4; i++) {
		heap_alloc(&buffer, DMABUF_8M);
		for (size_t at = 0; at < DMABUF_8M; at += sizeof(uint64_t))
			cr_assert_eq(*(uint64_t *)((char *)buffer.map + at), 0, "at %zu", at);
		memset(buffer.map, 0xff, DMABUF_8M);
		dmabuf_free(&buffer);
	}
}

Test(heap, every_size_holds_what_is_written)
{
	static const size_t sizes[] = { DMABUF_PAGE, DMABUF_ODD, DMABUF_8M, DMABUF_4K_FRAME };

	for (int i = 0; i < 4; i++) {
		struct dmabuf buffer;

		heap_alloc(&buffer, sizes[i]);
		expect((long)sizes[i], lseek(buffer.fd, 0, SEEK_END));
		dmabuf_fill(buffer.map, sizes[i], (uint32_t)i);
		assert_pattern(buffer.map, sizes[i], (uint32_t)i);
		dmabuf_free(&buffer);
	}
}

Test(heap, sizes_are_rounded_up)
{
	int fd = heap_fd(5000, O_RDWR);

	cr_assert_geq(fd, 0);
	expect(2 * DMABUF_PAGE, lseek(fd, 0, SEEK_END));
}

Test(heap, flags_are_those_of_the_fd)
{
	int fd = heap_fd(DMABUF_PAGE, O_RDWR | O_CLOEXEC);

	expect(FD_CLOEXEC, fcntl(fd, F_GETFD));
	expect(O_RDWR, fcntl(fd, F_GETFL) & O_ACCMODE);
	fd = heap_fd(DMABUF_PAGE, O_RDWR);
	expect(0, fcntl(fd, F_GETFD));
	fd = heap_fd(DMABUF_PAGE, O_RDONLY);
	expect(O_RDONLY, fcntl(fd, F_GETFL) & O_ACCMODE);
	cr_assert_eq(mmap(NULL, DMABUF_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0),
		     MAP_FAILED);
	/* Who may not write cannot let others write. */
	expect(-EACCES, call_export_flags(ends.out, fd, ends.domain, HYPER_DMABUF_EXPORT_WRITABLE,
					  NULL));
	fd = heap_fd(DMABUF_PAGE, O_WRONLY);
	expect(O_WRONLY, fcntl(fd, F_GETFL) & O_ACCMODE);
}

/* Nobody is killed for memory that there is not. */
Test(heap, too_much_is_enomem)
{
	long pages = sysconf(_SC_PHYS_PAGES);

	expect(-ENOMEM, heap_fd(1ul << 62, O_RDWR));
	expect(-ENOMEM, heap_fd((size_t)(pages + 1) * DMABUF_PAGE, O_RDWR));
	expect(-ENOMEM, heap_fd((size_t)pages * DMABUF_PAGE, O_RDWR));
}

#define HEAP_CALL(dir, nr, size) _IOC(dir, DMA_HEAP_IOC_MAGIC, nr, size)
#define HEAP_BOTH (_IOC_READ | _IOC_WRITE)

static const struct {
	const char *name;
	struct dma_heap_allocation_data data;
	unsigned long call;
} heap_calls[] = {
	{ "a page", { .len = 4096, .fd_flags = O_RDWR }, 0 },
	{ "no length", { .fd_flags = O_RDWR }, 0 },
	{ "a length that overflows", { .len = UINT64_MAX, .fd_flags = O_RDWR }, 0 },
	{ "a length that overflows when rounded", { .len = UINT64_MAX - 4094 }, 0 },
	{ "an fd", { .len = 4096, .fd = 1, .fd_flags = O_RDWR }, 0 },
	{ "O_CREAT", { .len = 4096, .fd_flags = O_RDWR | O_CREAT }, 0 },
	{ "O_NONBLOCK", { .len = 4096, .fd_flags = O_RDWR | O_NONBLOCK }, 0 },
	{ "the highest fd flag", { .len = 4096, .fd_flags = 1u << 31 }, 0 },
	{ "access mode 3", { .len = 4096, .fd_flags = 3 }, 0 },
	{ "heap flag 0", { .len = 4096, .fd_flags = O_RDWR, .heap_flags = 1 }, 0 },
	{ "the highest heap flag", { .len = 4096, .heap_flags = 1ull << 63 }, 0 },
	{ "call 1", { .len = 4096 }, HEAP_CALL(HEAP_BOTH, 1, 24) },
	{ "call 255", { .len = 4096 }, HEAP_CALL(HEAP_BOTH, 255, 24) },
	{ "a struct that ends behind the length", { .len = 4096, .fd_flags = O_RDWR },
	  HEAP_CALL(HEAP_BOTH, 0, 8) },
	{ "a struct without heap flags", { .len = 4096, .fd_flags = O_RDWR, .heap_flags = 1 },
	  HEAP_CALL(HEAP_BOTH, 0, 16) },
	{ "an empty struct", { .len = 4096 }, HEAP_CALL(HEAP_BOTH, 0, 0) },
	{ "nothing goes in", { .len = 4096 }, HEAP_CALL(_IOC_READ, 0, 24) },
};

/* Whatever is asked, the answer is that of the kernel's own heap. */
Test(heap, answers_as_the_systems_heap)
{
	int heap, system;

	if (access(HEAP_SYSTEM, F_OK))
		cr_skip_test("this kernel has no system heap");
	heap = heap_open(HEAP_NODE);
	system = heap_open(HEAP_SYSTEM);
	for (size_t i = 0; i < sizeof(heap_calls) / sizeof(heap_calls[0]); i++) {
		struct dma_heap_allocation_data ours = heap_calls[i].data, theirs = ours;
		int got = heap_call(heap, heap_calls[i].call, &ours);
		int want = heap_call(system, heap_calls[i].call, &theirs);

		cr_expect_eq(got < 0 ? got : 0, want < 0 ? want : 0, "%s: %s, not %s",
			     heap_calls[i].name, got < 0 ? strerror(-got) : "fine",
			     want < 0 ? strerror(-want) : "fine");
		cr_expect_eq(ours.len, theirs.len);
		cr_expect_eq(ours.fd_flags, theirs.fd_flags);
		if (got > 0)
			close(got);
		if (want > 0)
			close(want);
	}
}

/* A struct of the future, longer than any heap knows. */
Test(heap, longer_struct_is_one_all_the_same)
{
	struct {
		struct dma_heap_allocation_data data;
		uint64_t more[4];
	} grown = { .data = { .len = DMABUF_PAGE, .fd_flags = O_RDWR }, .more = { 1, 2, 3, 4 } };
	int heap = heap_open(HEAP_NODE);

	expect(0, call_raw(heap, HEAP_CALL(HEAP_BOTH, 0, sizeof(grown)), &grown));
	cr_assert_gt(grown.data.fd, 0);
	cr_assert_eq(grown.more[0], 1);
}

/* What cannot be told is not there: no fd is left behind. */
Test(heap, pointers_that_cannot_be_written_leave_nothing)
{
	struct dma_heap_allocation_data *data, good = { .len = DMABUF_PAGE, .fd_flags = O_RDWR };
	int heap = heap_open(HEAP_NODE), next;

	data = mmap(NULL, DMABUF_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*data = good;
	mprotect(data, DMABUF_PAGE, PROT_READ);
	next = dup(heap);
	close(next);
	expect(-EFAULT, call_raw(heap, DMA_HEAP_IOCTL_ALLOC, data));
	expect(-EFAULT, call_raw(heap, DMA_HEAP_IOCTL_ALLOC, NULL));
	expect(next, dup(heap));
}

Test(heap, sync_works)
{
	static const unsigned int flags[] = {
		DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW,
	};
	struct dmabuf buffer;

	heap_alloc(&buffer, DMABUF_ODD);
	for (int i = 0; i < 2; i++) {
		struct dma_buf_sync sync = { .flags = flags[i] };

		expect(0, call_raw(buffer.fd, DMA_BUF_IOCTL_SYNC, &sync));
	}
	cr_assert(fence_ready(buffer.fd, POLLOUT, 0));
}

Test(heap, mmap_is_shared_and_within)
{
	struct dmabuf buffer;
	char *part;

	heap_alloc(&buffer, DMABUF_8M);
	dmabuf_fill(buffer.map, DMABUF_8M, 1);
	part = mmap(NULL, 2 * DMABUF_PAGE, PROT_READ, MAP_SHARED, buffer.fd, 700 * DMABUF_PAGE);
	cr_assert(part != MAP_FAILED);
	cr_assert(!memcmp(part, (char *)buffer.map + 700 * DMABUF_PAGE, 2 * DMABUF_PAGE));
	cr_assert_eq(mmap(NULL, DMABUF_PAGE, PROT_READ, MAP_PRIVATE, buffer.fd, 0), MAP_FAILED);
	cr_assert_eq(mmap(NULL, 2 * DMABUF_PAGE, PROT_READ, MAP_SHARED, buffer.fd,
			  DMABUF_8M - DMABUF_PAGE), MAP_FAILED);
	dmabuf_close_fd(&buffer);
	assert_pattern(buffer.map, DMABUF_8M, 1);
}

/* A device of another driver maps it, and sees what is in it. */
Test(heap, vgem_imports_it)
{
	struct drm_mode_map_dumb map = { 0 };
	struct dmabuf buffer;
	int card = dmabuf_open_vgem();
	uint32_t handle;
	int back;

	if (card < 0)
		cr_skip_test("there is no vgem");
	heap_alloc(&buffer, DMABUF_8M);
	dmabuf_fill(buffer.map, DMABUF_8M, 5);
	expect(0, drmPrimeFDToHandle(card, buffer.fd, &handle));
	map.handle = handle;
	/* Imported ones it does not map itself. */
	cr_assert(drmIoctl(card, DRM_IOCTL_MODE_MAP_DUMB, &map));
	expect(0, drmPrimeHandleToFD(card, handle, DRM_CLOEXEC | DRM_RDWR, &back));
	close(card);
	dmabuf_unmap(&buffer);
	expect(0, dmabuf_wrap(&buffer, back, DMABUF_8M));
	assert_pattern(buffer.map, DMABUF_8M, 5);
}

Test(heap, buffers_are_shared)
{
	static const size_t sizes[] = { DMABUF_PAGE, DMABUF_ODD, DMABUF_8M, DMABUF_4K_FRAME };

	for (int i = 0; i < 4; i++) {
		struct shared shared;
		struct dmabuf import;

		heap_alloc(&shared.buffer, sizes[i]);
		dmabuf_fill(shared.buffer.map, sizes[i], (uint32_t)i);
		ends_share_buffer(&shared);
		ends_import(&shared, &import);
		assert_pattern(import.map, sizes[i], (uint32_t)i);
		cr_assert(ends_write_dies(import.map));
		/* The pages outlive the buffer's own users. */
		dmabuf_free(&shared.buffer);
		assert_pattern(import.map, sizes[i], (uint32_t)i);
		expect(0, call_unexport(ends.out, &shared.hid, 0));
		assert_pattern(import.map, sizes[i], (uint32_t)i);
		dmabuf_free(&import);
	}
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
}

Test(heap, buffers_are_shared_for_writing)
{
	struct shared shared;
	struct dmabuf import;

	heap_alloc(&shared.buffer, DMABUF_ODD);
	expect(0, call_export_flags(ends.out, shared.buffer.fd, ends.domain,
				    HYPER_DMABUF_EXPORT_WRITABLE, &shared.hid));
	cr_assert(eventually(call_query_value(ends.in, &shared.hid,
					      HYPER_DMABUF_QUERY_TYPE) == IMPORTED));
	ends_import(&shared, &import);
	dmabuf_fill(import.map, DMABUF_ODD, 7);
	assert_pattern(shared.buffer.map, DMABUF_ODD, 7);
}

/* How many devices are attached to all dma-bufs there are. */
static int heap_attached(void)
{
	FILE *file = fopen("/sys/kernel/debug/dma_buf/bufinfo", "r");
	int sum = 0, one;
	char line[256];

	if (!file)
		cr_skip_test("this kernel does not list dma-bufs");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "Total %d devices attached", &one) == 1)
			sum += one;
	fclose(file);
	return sum;
}

/* Returns how many more there are while @fd is shared. */
static int heap_attached_by_sharing(int fd)
{
	int before = heap_attached(), shared;
	hyper_dmabuf_id_t hid;

	expect(0, call_export(ends.out, fd, ends.domain, NULL, 0, &hid));
	shared = heap_attached();
	expect(0, call_unexport(ends.out, &hid, 0));
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
	return shared - before;
}

/* What it is for: a buffer is neither attached nor mapped nor walked to be shared. */
Test(heap, is_shared_without_an_attachment)
{
	expect(0, heap_attached_by_sharing(heap_fd(DMABUF_PAGE, O_RDWR)));
	expect(1, heap_attached_by_sharing(dmabuf_open(DMABUF_PAGE, O_RDWR)));
}
