// SPDX-License-Identifier: MIT
/* EXPORT, the extensible form, and imports that may be written. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>

#include "ends.h"

ENDS_SUITE(export_flags);

struct export_grown {
	struct ioctl_hyper_dmabuf_export call;
	__u64 more;
};

static struct ioctl_hyper_dmabuf_export export_arg(int fd)
{
	return (struct ioctl_hyper_dmabuf_export){
		.size = sizeof(struct ioctl_hyper_dmabuf_export),
		.dmabuf_fd = fd,
		.remote_domain = (__u32)ends.domain,
	};
}

static int export_call(struct ioctl_hyper_dmabuf_export *arg)
{
	return call_raw(ends.out, IOCTL_HYPER_DMABUF_EXPORT, arg);
}

static struct dmabuf export_buffer(void)
{
	struct dmabuf buffer;

	expect(0, dmabuf_alloc(&buffer, DMABUF_ANY, DMABUF_PAGE));
	return buffer;
}

/* Shares @shared, which the other side may write. */
static void export_writable(struct shared *shared, size_t size)
{
	struct event event;

	expect(0, dmabuf_alloc(&shared->buffer, DMABUF_ANY, size));
	expect(0, call_export_flags(ends.out, shared->buffer.fd, ends.domain,
				    HYPER_DMABUF_EXPORT_WRITABLE, &shared->hid));
	cr_assert(event_wait(ends.in, &shared->hid, &event, ENDS_PATIENCE_MS) >= 0);
}

Test(export_flags, without_flags_is_export_remote)
{
	struct shared shared = { .buffer = export_buffer() };
	struct ioctl_hyper_dmabuf_export arg = export_arg(shared.buffer.fd);
	struct dmabuf import;
	struct event event;

	arg.priv = (uintptr_t)"priv";
	arg.sz_priv = 4;
	expect(0, export_call(&arg));
	shared.hid = arg.hid;
	expect(24 + 4, event_wait(ends.in, &arg.hid, &event, ENDS_PATIENCE_MS));
	ends_import(&shared, &import);
	cr_assert(ends_write_dies(import.map));
}

Test(export_flags, and_export_remote_share_under_one_id)
{
	struct shared shared;
	hyper_dmabuf_id_t hid;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, call_export_flags(ends.out, shared.buffer.fd, ends.domain, 0, &hid));
	cr_assert(event_same_id(&hid, &shared.hid));
}

Test(export_flags, unknown_flags_are_einval)
{
	struct dmabuf buffer = export_buffer();

	for (int bit = 1; bit < 32; bit++)
		expect(-EINVAL, call_export_flags(ends.out, buffer.fd, ends.domain, 1u << bit,
						  NULL));
}

Test(export_flags, padding_is_einval)
{
	struct dmabuf buffer = export_buffer();
	struct ioctl_hyper_dmabuf_export arg = export_arg(buffer.fd);

	arg.pad = 1;
	expect(-EINVAL, export_call(&arg));
}

Test(export_flags, too_small_sizes_are_einval)
{
	static const uint32_t sizes[] = { 0, 1, 32, sizeof(struct ioctl_hyper_dmabuf_export) - 1 };
	struct dmabuf buffer = export_buffer();

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct ioctl_hyper_dmabuf_export arg = export_arg(buffer.fd);

		arg.size = sizes[i];
		expect(-EINVAL, export_call(&arg));
	}
}

Test(export_flags, grown_struct_with_zeroes_works)
{
	struct dmabuf buffer = export_buffer();
	struct export_grown arg = { .call = export_arg(buffer.fd) };

	arg.call.size = sizeof(arg);
	expect(0, export_call(&arg.call));
}

Test(export_flags, grown_struct_with_unknown_field_is_e2big)
{
	struct dmabuf buffer = export_buffer();
	struct export_grown arg = { .call = export_arg(buffer.fd), .more = 1 };

	arg.call.size = sizeof(arg);
	expect(-E2BIG, export_call(&arg.call));
}

Test(export_flags, bad_inputs_are_those_of_export_remote)
{
	struct dmabuf buffer = export_buffer();
	struct ioctl_hyper_dmabuf_export arg = export_arg(-1);

	expect(-EBADF, export_call(&arg));
	arg = export_arg(ends.in);
	expect(-EINVAL, export_call(&arg));
	arg = export_arg(buffer.fd);
	arg.remote_domain = UINT32_MAX;
	expect(-ENODEV, export_call(&arg));
	arg = export_arg(buffer.fd);
	arg.sz_priv = MAX_SIZE_PRIV_DATA + 1;
	expect(-EINVAL, export_call(&arg));
	arg = export_arg(buffer.fd);
	arg.sz_priv = 1;
	expect(-EFAULT, export_call(&arg));
	expect(0, state_read("exports"));
}

Test(export_flags, writable_of_read_only_fd_is_eacces)
{
	int fd = dmabuf_open(DMABUF_PAGE, O_RDONLY);

	cr_assert(fd >= 0, "cannot allocate: %s", strerror(-fd));
	expect(-EACCES, call_export_flags(ends.out, fd, ends.domain, HYPER_DMABUF_EXPORT_WRITABLE,
					  NULL));
	expect(0, call_export_flags(ends.out, fd, ends.domain, 0, NULL));
}

Test(export_flags, shared_with_other_rights_is_eexist)
{
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(-EEXIST, call_export_flags(ends.out, shared.buffer.fd, ends.domain,
					  HYPER_DMABUF_EXPORT_WRITABLE, NULL));
	export_writable(&shared, DMABUF_PAGE);
	expect(-EEXIST, call_export_flags(ends.out, shared.buffer.fd, ends.domain, 0, NULL));
}

Test(export_flags, writable_import_writes_the_exporters_pages)
{
	struct shared shared;
	struct dmabuf import;

	export_writable(&shared, DMABUF_ODD);
	ends_import(&shared, &import);
	dmabuf_fill(import.map, import.size, 5);
	assert_pattern(shared.buffer.map, shared.buffer.size, 5);
}

Test(export_flags, writable_goes_both_ways)
{
	struct shared shared;
	struct dmabuf import;

	export_writable(&shared, DMABUF_PAGE);
	ends_import(&shared, &import);
	for (uint32_t i = 0; i < 100; i++) {
		dmabuf_fill(import.map, import.size, i);
		assert_pattern(shared.buffer.map, shared.buffer.size, i);
		dmabuf_fill(shared.buffer.map, shared.buffer.size, ~i);
		assert_pattern(import.map, import.size, ~i);
	}
}
