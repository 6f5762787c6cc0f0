// SPDX-License-Identifier: MIT
/* CAPABILITIES and ID_OF_FD: what the driver says of itself, and of an fd. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "ends.h"
#include "param.h"

ENDS_SUITE(about);

static int ask(struct ioctl_hyper_dmabuf_capabilities *arg)
{
	arg->size = sizeof(*arg);
	return call_raw(ends.out, IOCTL_HYPER_DMABUF_CAPABILITIES, arg);
}

static int id_of(int dev, int fd, struct ioctl_hyper_dmabuf_id_of_fd *arg)
{
	arg->size = sizeof(*arg);
	arg->fd = fd;
	return call_raw(dev, IOCTL_HYPER_DMABUF_ID_OF_FD, arg);
}

Test(about, capabilities_are_those_of_the_interface)
{
	struct ioctl_hyper_dmabuf_capabilities got = { 0 };

	expect(0, ask(&got));
	cr_assert_eq(got.max_priv, MAX_SIZE_PRIV_DATA);
	cr_assert_eq(got.max_size, 1ull << 32);
	cr_assert_eq((int)got.own_domain, ends.domain);
	cr_assert_geq(got.event_room, 32);
	cr_assert_gt(got.max_imports, 0);
	cr_assert_gt(got.max_import_size, 0);
}

Test(about, calls_are_those_that_exist)
{
	struct ioctl_hyper_dmabuf_capabilities got = { 0 };
	/* No call has a struct of size 0, and one that is not there is not asked for it. */
	__u32 nothing[64] = { 0 };

	expect(0, ask(&got));
	for (unsigned int nr = 0; nr < 64; nr++) {
		int err = call_raw(ends.out, _IOC(_IOC_READ | _IOC_WRITE, 'G', 0x20 + nr, 8),
				   nothing);

		expect(got.calls >> nr & 1 ? -EINVAL : -ENOTTY, err);
	}
}

Test(about, limits_follow_the_parameters)
{
	static const char path[] = "/sys/module/hyper_dmabuf/parameters/max_imports";
	struct ioctl_hyper_dmabuf_capabilities got = { 0 };
	FILE *file = fopen(path, "r+");
	unsigned int before;

	cr_assert_not_null(file, "%s", path);
	cr_assert_eq(fscanf(file, "%u", &before), 1);
	rewind(file);
	fprintf(file, "%u\n", before + 7);
	fflush(file);
	expect(0, ask(&got));
	rewind(file);
	fprintf(file, "%u\n", before);
	fclose(file);
	cr_assert_eq(got.max_imports, before + 7);
}

/* As a program asks that was compiled before the call grew. */
Test(about, first_version_of_capabilities_is_answered)
{
	struct ioctl_hyper_dmabuf_capabilities got = { .max_wait_ms = 77 };

	got.size = offsetof(struct ioctl_hyper_dmabuf_capabilities, max_export_size);
	expect(0, call_raw(ends.out, IOCTL_HYPER_DMABUF_CAPABILITIES, &got));
	cr_assert_eq(got.max_priv, MAX_SIZE_PRIV_DATA);
	cr_assert_eq(got.max_wait_ms, 77, "more was written than there is room for");
	expect(0, ask(&got));
	cr_assert_eq(got.max_wait_ms, param_get("release_timeout_ms"));
	cr_assert_eq(got.max_exports, param_get("max_exports"));
	cr_assert_eq(got.max_export_size, (__u64)param_get("max_export_pages") << 12);
	cr_assert_eq(got.event_room, param_get("max_events"));
}

Test(about, flags_of_capabilities_are_einval)
{
	for (int bit = 0; bit < 32; bit++)
		expect(-EINVAL, ask(&(struct ioctl_hyper_dmabuf_capabilities){
			.flags = 1u << bit }));
}

Test(about, fd_of_an_import)
{
	struct ioctl_hyper_dmabuf_id_of_fd got = { 0 };
	struct dmabuf import;
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	ends_import(&shared, &import);
	/* Whichever file is asked. */
	expect(0, id_of(ends.out, import.fd, &got));
	cr_assert(event_same_id(&got.hid, &shared.hid));
	cr_assert_eq(got.type, IMPORTED);
	cr_assert_eq((int)got.domain, ends.domain);

	expect(0, call_unexport(ends.out, &shared.hid, 0));
	memset(&got, 0, sizeof(got));
	expect(0, id_of(ends.in, import.fd, &got));
	cr_assert(event_same_id(&got.hid, &shared.hid), "unexported, it lost its id");
}

Test(about, fd_of_an_export)
{
	struct ioctl_hyper_dmabuf_id_of_fd got = { 0 };
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, id_of(ends.out, shared.buffer.fd, &got));
	cr_assert(event_same_id(&got.hid, &shared.hid));
	cr_assert_eq(got.type, EXPORTED);
	cr_assert_eq((int)got.domain, ends.domain);

	/* Only to the file that exported it: with the id goes the right to end it. */
	expect(-ENOENT, id_of(ends.in, shared.buffer.fd, &got));
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	expect(-ENOENT, id_of(ends.out, shared.buffer.fd, &got));
}

Test(about, fd_with_a_domain)
{
	struct ioctl_hyper_dmabuf_id_of_fd got = { .flags = HYPER_DMABUF_ID_OF_FD_DOMAIN };
	struct dmabuf import;
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	ends_import(&shared, &import);
	got.domain = (unsigned int)ends.domain;
	expect(0, id_of(ends.out, shared.buffer.fd, &got));
	cr_assert(event_same_id(&got.hid, &shared.hid));
	expect(0, id_of(ends.in, import.fd, &got));
	got.domain = (unsigned int)ends.domain + 1;
	expect(-ENOENT, id_of(ends.out, shared.buffer.fd, &got));
	got.domain = (unsigned int)ends.domain + 1;
	expect(-ENOENT, id_of(ends.in, import.fd, &got));
}

Test(about, fds_that_are_nothing)
{
	struct ioctl_hyper_dmabuf_id_of_fd got = { 0 };
	int heap = dmabuf_open(DMABUF_PAGE, O_RDWR);

	cr_assert_geq(heap, 0);
	expect(-ENOENT, id_of(ends.out, heap, &got));
	expect(-EINVAL, id_of(ends.out, ends.in, &got));
	expect(-EBADF, id_of(ends.out, -1, &got));
	expect(-EBADF, id_of(ends.out, 9999, &got));
	close(heap);
}

Test(about, flags_and_padding_of_fd_are_einval)
{
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	for (int bit = 1; bit < 32; bit++)
		expect(-EINVAL, id_of(ends.out, shared.buffer.fd,
				      &(struct ioctl_hyper_dmabuf_id_of_fd){
					.flags = 1u << bit }));
	expect(-EINVAL, id_of(ends.out, shared.buffer.fd,
			      &(struct ioctl_hyper_dmabuf_id_of_fd){ .pad = 1 }));
}
