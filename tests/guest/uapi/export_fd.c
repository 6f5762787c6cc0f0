// SPDX-License-Identifier: MIT
/* EXPORT_FD: getting a dma-buf for an imported buffer. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "ends.h"

ENDS_SUITE(export_fd);

Test(export_fd, gives_a_dma_buf)
{
	struct shared shared;
	struct dmabuf import;

	ends_share(&shared, DMABUF_PAGE, 1);
	ends_import(&shared, &import);
	assert_pattern(import.map, import.size, 1);
}

Test(export_fd, cloexec_is_as_asked)
{
	struct shared shared;
	int with, without;

	ends_share(&shared, DMABUF_PAGE, 1);
	with = call_import(ends.in, &shared.hid, O_CLOEXEC);
	without = call_import(ends.in, &shared.hid, 0);
	expect(FD_CLOEXEC, fcntl(with, F_GETFD));
	expect(0, fcntl(without, F_GETFD));
}

Test(export_fd, is_open_read_write_whatever_is_asked)
{
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR, O_ACCMODE };
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		int fd = call_import(ends.in, &shared.hid, modes[i]);

		cr_assert(fd >= 0, "flags %#x: %s", (unsigned int)modes[i], strerror(-fd));
		expect(O_RDWR, fcntl(fd, F_GETFL) & O_ACCMODE);
	}
}

Test(export_fd, other_flags_are_einval)
{
	static const int flags[] = {
		O_NONBLOCK, O_APPEND, O_CREAT, O_TRUNC, O_DIRECT, O_SYNC, 4, 8, 1 << 30, -1,
		O_CLOEXEC | O_NONBLOCK,
	};
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		expect(-EINVAL, call_import(ends.in, &shared.hid, flags[i]));
}

Test(export_fd, twice_gives_the_same_dma_buf)
{
	struct shared shared;
	struct stat first, second;
	int fds[2];

	ends_share(&shared, DMABUF_PAGE, 1);
	for (int i = 0; i < 2; i++)
		fds[i] = call_import(ends.in, &shared.hid, 0);
	cr_assert(fds[0] >= 0 && fds[1] >= 0 && fds[0] != fds[1]);
	expect(0, fstat(fds[0], &first));
	expect(0, fstat(fds[1], &second));
	cr_assert_eq(first.st_ino, second.st_ino);
}

Test(export_fd, twice_outlives_the_first)
{
	struct shared shared;
	struct dmabuf first, second;

	ends_share(&shared, DMABUF_PAGE, 1);
	ends_import(&shared, &first);
	ends_import(&shared, &second);
	dmabuf_free(&first);
	assert_pattern(second.map, second.size, 1);
}

Test(export_fd, from_two_files_gives_the_same_dma_buf)
{
	struct shared shared;
	struct stat first, second;
	int other = call_open(CALL_DEVICE, 0);

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, fstat(call_import(ends.in, &shared.hid, 0), &first));
	expect(0, fstat(call_import(other, &shared.hid, 0), &second));
	cr_assert_eq(first.st_ino, second.st_ino);
}

Test(export_fd, again_after_close_works)
{
	struct shared shared;
	struct dmabuf import;

	ends_share(&shared, DMABUF_ODD, 1);
	for (uint32_t i = 0; i < 20; i++) {
		dmabuf_fill(shared.buffer.map, shared.buffer.size, i);
		ends_import(&shared, &import);
		assert_pattern(import.map, import.size, i);
		dmabuf_free(&import);
	}
}

Test(export_fd, outlives_the_importing_file)
{
	struct shared shared;
	struct dmabuf import;

	ends_share(&shared, DMABUF_PAGE, 1);
	ends_import(&shared, &import);
	close(ends.in);
	assert_pattern(import.map, import.size, 1);
}

Test(export_fd, after_unexport_is_refused)
{
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	cr_assert(state_becomes("imports", 0, ENDS_PATIENCE_MS));
	expect_either(-EINVAL, -ENOENT, call_import(ends.in, &shared.hid, 0));
}

Test(export_fd, after_unexport_in_use_is_einval)
{
	struct shared shared;
	struct dmabuf import;

	ends_share(&shared, DMABUF_PAGE, 1);
	ends_import(&shared, &import);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	cr_assert(eventually(call_query_value(ends.in, &shared.hid,
					      HYPER_DMABUF_QUERY_UNEXPORTED) == 1));
	expect(-EINVAL, call_import(ends.in, &shared.hid, 0));
	assert_pattern(import.map, import.size, 1);
}

Test(export_fd, fd_that_cannot_be_told_is_taken_back)
{
	struct shared shared;
	struct ioctl_hyper_dmabuf_export_fd *arg;
	int before, after;

	ends_share(&shared, DMABUF_PAGE, 1);
	before = dup(ends.in);
	close(before);
	arg = aligned_alloc(DMABUF_PAGE, DMABUF_PAGE);
	arg->hid = shared.hid;
	arg->flags = 0;
	expect(0, mprotect(arg, DMABUF_PAGE, PROT_READ));
	expect(-EFAULT, call_raw(ends.in, IOCTL_HYPER_DMABUF_EXPORT_FD, arg));
	expect(0, mprotect(arg, DMABUF_PAGE, PROT_READ | PROT_WRITE));
	cr_assert(eventually(call_query_value(ends.in, &shared.hid,
					      HYPER_DMABUF_QUERY_BUSY) == 0));
	after = dup(ends.in);
	cr_assert_eq(after, before, "the next free fd was %d, now it is %d", before, after);
}

Test(export_fd, without_room_for_fds_is_emfile)
{
	struct shared shared;
	struct rlimit limit;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = 3;
	expect(0, setrlimit(RLIMIT_NOFILE, &limit));
	expect(-EMFILE, call_import(ends.in, &shared.hid, 0));
	limit.rlim_cur = limit.rlim_max;
	expect(0, setrlimit(RLIMIT_NOFILE, &limit));
	cr_assert(call_import(ends.in, &shared.hid, 0) >= 0);
}
