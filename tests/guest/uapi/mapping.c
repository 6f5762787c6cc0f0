// SPDX-License-Identifier: MIT
/* mmap of a read-only import, and everything that is done to mappings. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "ends.h"

ENDS_SUITE(mapping);

#define MAPPING_PAGES	16
#define MAPPING_SIZE	((size_t)MAPPING_PAGES * DMABUF_PAGE)

/* A shared buffer of MAPPING_PAGES, imported but not mapped. */
struct mapped {
	struct shared shared;
	int fd;
};

static struct mapped mapping_new(void)
{
	struct mapped mapped;

	ends_share(&mapped.shared, MAPPING_SIZE, 1);
	mapped.fd = call_import(ends.in, &mapped.shared.hid, 0);
	cr_assert(mapped.fd >= 0, "cannot import: %s", strerror(-mapped.fd));
	return mapped;
}

static char *mapping_map(const struct mapped *mapped, int prot)
{
	char *map = mmap(NULL, MAPPING_SIZE, prot, MAP_SHARED, mapped->fd, 0);

	cr_assert(map != MAP_FAILED, "cannot map: %s", strerror(errno));
	return map;
}

/* Whatever was tried, the exporter's pages are as they were. */
static void mapping_unharmed(const struct mapped *mapped)
{
	assert_pattern(mapped->shared.buffer.map, MAPPING_SIZE, 1);
}

Test(mapping, reads)
{
	struct mapped mapped = mapping_new();

	assert_pattern(mapping_map(&mapped, PROT_READ), MAPPING_SIZE, 1);
}

Test(mapping, read_write_reads)
{
	struct mapped mapped = mapping_new();

	assert_pattern(mapping_map(&mapped, PROT_READ | PROT_WRITE), MAPPING_SIZE, 1);
}

Test(mapping, first_write_is_sigbus)
{
	struct mapped mapped = mapping_new();
	char *map = mapping_map(&mapped, PROT_READ | PROT_WRITE);

	cr_assert(ends_write_dies(map), "the write went through");
	cr_assert(ends_write_dies(map + MAPPING_SIZE - 1), "the write went through");
	mapping_unharmed(&mapped);
}

Test(mapping, write_after_read_is_sigbus)
{
	struct mapped mapped = mapping_new();
	char *map = mapping_map(&mapped, PROT_READ | PROT_WRITE);

	assert_pattern(map, MAPPING_SIZE, 1);
	cr_assert(ends_write_dies(map + 5 * DMABUF_PAGE), "the write went through");
	mapping_unharmed(&mapped);
}

/* System calls that write for the process get an error, and write nothing. */
Test(mapping, kernel_writes_are_efault)
{
	struct mapped mapped = mapping_new();
	char *map = mapping_map(&mapped, PROT_READ | PROT_WRITE);
	int pipes[2];

	expect(0, pipe(pipes));
	expect(4, write(pipes[1], "evil", 4));
	cr_assert(read(pipes[0], map, 4) == -1 && errno == EFAULT);
	mapping_unharmed(&mapped);
}

Test(mapping, pinning_for_writing_is_refused)
{
	struct mapped mapped = mapping_new();
	char *map = mapping_map(&mapped, PROT_READ | PROT_WRITE);
	struct iovec local = { .iov_base = "evil", .iov_len = 4 };
	struct iovec remote = { .iov_base = map, .iov_len = 4 };

	cr_assert_eq(process_vm_writev(getpid(), &local, 1, &remote, 1, 0), -1);
	mapping_unharmed(&mapped);
}

/* /proc/PID/mem writes even where the process itself may not. */
Test(mapping, proc_mem_does_not_write)
{
	struct mapped mapped = mapping_new();
	char *map = mapping_map(&mapped, PROT_READ);
	FILE *mem = fopen("/proc/self/mem", "r+");

	cr_assert_not_null(mem);
	setvbuf(mem, NULL, _IONBF, 0);
	fseeko(mem, (off_t)(uintptr_t)map, SEEK_SET);
	cr_assert_eq(fwrite("evil", 4, 1, mem), 0);
	mapping_unharmed(&mapped);
}

Test(mapping, private_never_writes_the_exporters_pages)
{
	struct mapped mapped = mapping_new();
	char *map = mmap(NULL, MAPPING_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, mapped.fd, 0);

	if (map == MAP_FAILED) {
		cr_assert(errno == EINVAL || errno == EACCES, "%s", strerror(errno));
		return;
	}
	ends_write_dies(map);
	mapping_unharmed(&mapped);
}

Test(mapping, private_for_reading_reads_or_is_refused)
{
	struct mapped mapped = mapping_new();
	char *map = mmap(NULL, MAPPING_SIZE, PROT_READ, MAP_PRIVATE, mapped.fd, 0);

	if (map == MAP_FAILED)
		cr_assert(errno == EINVAL || errno == EACCES, "%s", strerror(errno));
	else
		assert_pattern(map, MAPPING_SIZE, 1);
}

Test(mapping, mprotect_does_not_help_to_write)
{
	struct mapped mapped = mapping_new();
	char *map = mapping_map(&mapped, PROT_READ);

	assert_pattern(map, MAPPING_SIZE, 1);
	if (!mprotect(map, MAPPING_SIZE, PROT_READ | PROT_WRITE))
		cr_assert(ends_write_dies(map + DMABUF_PAGE), "the write went through");
	else
		cr_assert_eq(errno, EACCES);
	mapping_unharmed(&mapped);
}

Test(mapping, mprotect_of_touched_pages_does_not_help_to_write)
{
	struct mapped mapped = mapping_new();
	char *map = mapping_map(&mapped, PROT_READ | PROT_WRITE);

	assert_pattern(map, MAPPING_SIZE, 1);
	expect(0, mprotect(map, MAPPING_SIZE, PROT_READ));
	expect(0, mprotect(map, MAPPING_SIZE, PROT_READ | PROT_WRITE));
	cr_assert(ends_write_dies(map + 3 * DMABUF_PAGE), "the write went through");
	mapping_unharmed(&mapped);
}

Test(mapping, mprotect_none_and_back_reads)
{
	struct mapped mapped = mapping_new();
	char *map = mapping_map(&mapped, PROT_READ);

	assert_pattern(map, MAPPING_SIZE, 1);
	expect(0, mprotect(map + DMABUF_PAGE, DMABUF_PAGE, PROT_NONE));
	expect(0, mprotect(map + DMABUF_PAGE, DMABUF_PAGE, PROT_READ));
	assert_pattern(map, MAPPING_SIZE, 1);
}

Test(mapping, from_an_offset_reads)
{
	struct mapped mapped = mapping_new();
	const char *whole = mapping_map(&mapped, PROT_READ);
	const char *part = mmap(NULL, 2 * DMABUF_PAGE, PROT_READ, MAP_SHARED, mapped.fd,
				7 * DMABUF_PAGE);

	cr_assert(part != MAP_FAILED);
	cr_assert(!memcmp(part, whole + 7 * DMABUF_PAGE, 2 * DMABUF_PAGE));
}

Test(mapping, beyond_the_end_is_einval)
{
	struct mapped mapped = mapping_new();
	static const struct {
		size_t size;
		off_t offset;
	} bad[] = {
		{ MAPPING_SIZE + DMABUF_PAGE, 0 },
		{ MAPPING_SIZE, DMABUF_PAGE },
		{ DMABUF_PAGE, MAPPING_SIZE },
		{ DMABUF_PAGE, 1ll << 40 },
		{ 2 * DMABUF_PAGE, (off_t)-DMABUF_PAGE },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		void *map = mmap(NULL, bad[i].size, PROT_READ, MAP_SHARED, mapped.fd,
				 bad[i].offset);

		cr_assert(map == MAP_FAILED, "%zu bytes at %lld are mapped", bad[i].size,
			  (long long)bad[i].offset);
		cr_assert(errno == EINVAL || errno == EOVERFLOW, "%s", strerror(errno));
	}
}

static void mapping_read(void *at)
{
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	(void)*(volatile char *)at;
}

Test(mapping, can_be_unmapped_in_part)
{
	struct mapped mapped = mapping_new();
	char *map = mapping_map(&mapped, PROT_READ);
	const size_t third = 5 * DMABUF_PAGE;
	char *whole;

	expect(0, munmap(map + third, third));
	whole = mapping_map(&mapped, PROT_READ);
	cr_assert(!memcmp(map, whole, third));
	cr_assert(!memcmp(map + 2 * third, whole + 2 * third, MAPPING_SIZE - 2 * third));
	munmap(whole, MAPPING_SIZE);
}

Test(mapping, hole_is_a_hole)
{
	struct mapped mapped = mapping_new();
	char *map = mapping_map(&mapped, PROT_READ);
	int status;

	expect(0, munmap(map + DMABUF_PAGE, DMABUF_PAGE));
	status = ends_fork(mapping_read, map + DMABUF_PAGE);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

Test(mapping, rest_of_a_mapping_keeps_it_busy)
{
	struct mapped mapped = mapping_new();
	char *map = mapping_map(&mapped, PROT_READ);

	close(mapped.fd);
	munmap(map, MAPPING_SIZE - DMABUF_PAGE);
	usleep(50000);
	expect(1, call_query_value(ends.in, &mapped.shared.hid, HYPER_DMABUF_QUERY_BUSY));
	munmap(map + MAPPING_SIZE - DMABUF_PAGE, DMABUF_PAGE);
	cr_assert(eventually(call_query_value(ends.in, &mapped.shared.hid,
					      HYPER_DMABUF_QUERY_BUSY) == 0));
}

Test(mapping, cannot_be_grown)
{
	struct mapped mapped = mapping_new();
	char *map = mapping_map(&mapped, PROT_READ);

	cr_assert_eq(mremap(map, MAPPING_SIZE, 2 * MAPPING_SIZE, MREMAP_MAYMOVE), MAP_FAILED);
	assert_pattern(map, MAPPING_SIZE, 1);
}

Test(mapping, can_be_moved)
{
	struct mapped mapped = mapping_new();
	char *map = mapping_map(&mapped, PROT_READ | PROT_WRITE);
	char *place = mmap(NULL, MAPPING_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert_eq(mremap(map, MAPPING_SIZE, MAPPING_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, place),
		     place);
	assert_pattern(place, MAPPING_SIZE, 1);
	cr_assert(ends_write_dies(place), "the write went through");
	mapping_unharmed(&mapped);
}

/* The child has the mapping, or, where the driver keeps it from children, dies. */
static void mapping_check_in_child(void *map)
{
	signal(SIGSEGV, SIG_DFL);
	_exit(dmabuf_check(map, MAPPING_SIZE, 1) < 0 ? 0 : 1);
}

Test(mapping, child_reads_it)
{
	struct mapped mapped = mapping_new();
	char *map = mapping_map(&mapped, PROT_READ);
	int status;

	assert_pattern(map, MAPPING_SIZE, 1);
	status = ends_fork(mapping_check_in_child, map);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "wait status %#x", status);
	assert_pattern(map, MAPPING_SIZE, 1);
}

static void mapping_unmap(void *map)
{
	munmap(map, MAPPING_SIZE);
}

Test(mapping, child_unmaps_only_its_own)
{
	struct mapped mapped = mapping_new();
	char *map = mapping_map(&mapped, PROT_READ);

	expect(0, ends_fork(mapping_unmap, map));
	assert_pattern(map, MAPPING_SIZE, 1);
}

Test(mapping, dontneed_brings_it_back)
{
	struct mapped mapped = mapping_new();
	char *map = mapping_map(&mapped, PROT_READ);

	assert_pattern(map, MAPPING_SIZE, 1);
	madvise(map, MAPPING_SIZE, MADV_DONTNEED);
	assert_pattern(map, MAPPING_SIZE, 1);
}

Test(mapping, many_at_once)
{
	struct mapped mapped = mapping_new();
	char *maps[64];

	for (int i = 0; i < 64; i++)
		maps[i] = mapping_map(&mapped, PROT_READ);
	close(mapped.fd);
	for (int i = 0; i < 64; i++) {
		assert_pattern(maps[i], MAPPING_SIZE, 1);
		munmap(maps[i], MAPPING_SIZE);
	}
	cr_assert(eventually(call_query_value(ends.in, &mapped.shared.hid,
					      HYPER_DMABUF_QUERY_BUSY) == 0));
}

Test(mapping, kernel_reads_work)
{
	struct mapped mapped = mapping_new();
	char *map = mapping_map(&mapped, PROT_READ);
	static char copy[DMABUF_PAGE];
	int pipes[2];

	expect(0, pipe(pipes));
	expect(DMABUF_PAGE, write(pipes[1], map, DMABUF_PAGE));
	expect(DMABUF_PAGE, read(pipes[0], copy, DMABUF_PAGE));
	cr_assert(!memcmp(copy, mapped.shared.buffer.map, DMABUF_PAGE));
}
