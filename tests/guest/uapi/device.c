// SPDX-License-Identifier: MIT
/* The device nodes, and what every call refuses. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "ends.h"

ENDS_SUITE(device);

static const struct {
	const char *name;
	unsigned long request;
	size_t size;
} device_calls[] = {
	{ "TX_CH_SETUP", IOCTL_HYPER_DMABUF_TX_CH_SETUP, 4 },
	{ "RX_CH_SETUP", IOCTL_HYPER_DMABUF_RX_CH_SETUP, 4 },
	{ "EXPORT_REMOTE", IOCTL_HYPER_DMABUF_EXPORT_REMOTE, 40 },
	{ "EXPORT_REMOTE_SHORT", IOCTL_HYPER_DMABUF_EXPORT_REMOTE_SHORT, 24 },
	{ "EXPORT_FD", IOCTL_HYPER_DMABUF_EXPORT_FD, 24 },
	{ "UNEXPORT", IOCTL_HYPER_DMABUF_UNEXPORT, 24 },
	{ "QUERY", IOCTL_HYPER_DMABUF_QUERY, 32 },
	{ "LINKS", IOCTL_HYPER_DMABUF_LINKS, sizeof(struct ioctl_hyper_dmabuf_links) },
	{ "EXPORT", IOCTL_HYPER_DMABUF_EXPORT, sizeof(struct ioctl_hyper_dmabuf_export) },
};

#define DEVICE_CALLS (sizeof(device_calls) / sizeof(device_calls[0]))

/* The first six calls have structs of a fixed size. */
#define DEVICE_V2_LAST_NR	0x05

Test(device, numbers_are_those_of_v2)
{
	cr_assert_eq(IOCTL_HYPER_DMABUF_TX_CH_SETUP, 0x00044700);
	cr_assert_eq(IOCTL_HYPER_DMABUF_RX_CH_SETUP, 0x00044701);
	cr_assert_eq(IOCTL_HYPER_DMABUF_EXPORT_REMOTE, 0x00284702);
	cr_assert_eq(IOCTL_HYPER_DMABUF_EXPORT_REMOTE_SHORT, 0x00184702);
	cr_assert_eq(IOCTL_HYPER_DMABUF_EXPORT_FD, 0x00184703);
	cr_assert_eq(IOCTL_HYPER_DMABUF_UNEXPORT, 0x00184704);
	cr_assert_eq(IOCTL_HYPER_DMABUF_QUERY, 0x00204705);
	for (size_t i = 0; i < DEVICE_CALLS; i++)
		cr_assert_eq(_IOC_SIZE(device_calls[i].request), device_calls[i].size,
			     "%s is %u bytes", device_calls[i].name,
			     _IOC_SIZE(device_calls[i].request));
}

Test(device, both_nodes_are_character_devices)
{
	struct stat st;

	expect(0, stat(CALL_DEVICE, &st));
	cr_assert(S_ISCHR(st.st_mode));
	expect(0, stat(CALL_DEVICE_XEN, &st));
	cr_assert(S_ISCHR(st.st_mode));
}

Test(device, both_nodes_reach_one_driver)
{
	struct shared shared;
	struct event event;
	int dev = call_open(CALL_DEVICE_XEN, O_NONBLOCK);
	int fd;

	cr_assert(dev >= 0, "cannot open %s: %s", CALL_DEVICE_XEN, strerror(-dev));
	ends_share(&shared, DMABUF_PAGE, 1);
	cr_assert(event_wait(dev, &shared.hid, &event, ENDS_PATIENCE_MS) >= 0);
	fd = call_import(dev, &shared.hid, 0);
	cr_assert(fd >= 0, "cannot import: %s", strerror(-fd));
}

Test(device, unknown_numbers_are_enotty)
{
	static const unsigned int numbers[] = { 0x06, 0x07, 0x10, 0x1f, 0x7f, 0xff };
	char arg[256] = { 0 };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		expect(-ENOTTY, call_raw(ends.out, _IOC(_IOC_NONE, 'G', numbers[i], 24), arg));
	expect(-ENOTTY, call_raw(ends.out, _IOC(_IOC_READ | _IOC_WRITE, 'G', 0xff, 24), arg));
	expect(-ENOTTY, call_raw(ends.out, 0, arg));
	expect(-ENOTTY, call_raw(ends.out, 0xffffffff, arg));
}

Test(device, other_types_are_enotty)
{
	char arg[256] = { 0 };

	expect(-ENOTTY, call_raw(ends.out, _IOC(_IOC_NONE, 'H', 0, 4), arg));
	expect(-ENOTTY, call_raw(ends.out, _IOC(_IOC_NONE, 0, 0, 4), arg));
	expect(-ENOTTY, call_raw(ends.out, _IOC(_IOC_NONE, 'g', 2, 40), arg));
}

Test(device, other_directions_of_v2_calls_are_enotty)
{
	char arg[256] = { 0 };

	for (size_t i = 0; i < DEVICE_CALLS; i++) {
		unsigned long request = device_calls[i].request;

		if (_IOC_NR(request) > DEVICE_V2_LAST_NR)
			continue;
		expect(-ENOTTY, call_raw(ends.out, request | _IOC(_IOC_READ, 0, 0, 0), arg));
		expect(-ENOTTY, call_raw(ends.out, request | _IOC(_IOC_WRITE, 0, 0, 0), arg));
	}
}

Test(device, other_sizes_of_v2_calls_are_enotty)
{
	static const int off[] = { -4, -1, 1, 4, 1000 };
	char arg[2048] = { 0 };

	for (size_t i = 0; i < DEVICE_CALLS; i++) {
		unsigned int nr = _IOC_NR(device_calls[i].request);

		if (nr > DEVICE_V2_LAST_NR)
			continue;
		for (size_t j = 0; j < sizeof(off) / sizeof(off[0]); j++)
			expect(-ENOTTY, call_raw(ends.out,
						 _IOC(_IOC_NONE, 'G', nr,
						      device_calls[i].size + (size_t)off[j]),
						 arg));
		expect(-ENOTTY, call_raw(ends.out, _IOC(_IOC_NONE, 'G', nr, 0), arg));
	}
}

Test(device, null_argument_is_efault)
{
	for (size_t i = 0; i < DEVICE_CALLS; i++)
		expect(-EFAULT, call_raw(ends.out, device_calls[i].request, NULL));
}

Test(device, wild_arguments_are_efault)
{
	static const uintptr_t wild[] = {
		8, 0x0000800000000000, 0xffff800000000000, 0xffffffff81000000,
		(uintptr_t)-1, (uintptr_t)-4096,
	};

	for (size_t i = 0; i < DEVICE_CALLS; i++)
		for (size_t j = 0; j < sizeof(wild) / sizeof(wild[0]); j++)
			expect(-EFAULT, call_raw(ends.out, device_calls[i].request,
						 (void *)wild[j]));
}

Test(device, argument_that_runs_into_nothing_is_efault)
{
	char *pages = mmap(NULL, 2 * DMABUF_PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert(pages != MAP_FAILED);
	munmap(pages + DMABUF_PAGE, DMABUF_PAGE);
	for (size_t i = 0; i < DEVICE_CALLS; i++) {
		uint32_t size = (uint32_t)device_calls[i].size;
		char *arg = pages + DMABUF_PAGE - size / 2;

		/* Those that begin with their size are to believe it. */
		memset(arg, 0, size / 2);
		if (_IOC_NR(device_calls[i].request) > DEVICE_V2_LAST_NR)
			memcpy(arg, &size, sizeof(size));
		expect(-EFAULT, call_raw(ends.out, device_calls[i].request, arg));
	}
}

Test(device, write_is_refused)
{
	cr_assert_eq(write(ends.out, "x", 1), -1);
}

Test(device, mmap_is_refused)
{
	cr_assert_eq(mmap(NULL, DMABUF_PAGE, PROT_READ, MAP_SHARED, ends.out, 0), MAP_FAILED);
}

Test(device, opens_many_times)
{
	int devs[200];

	for (size_t i = 0; i < sizeof(devs) / sizeof(devs[0]); i++) {
		devs[i] = call_open(i % 2 ? CALL_DEVICE : CALL_DEVICE_XEN, 0);
		cr_assert(devs[i] >= 0, "open %zu: %s", i, strerror(-devs[i]));
	}
	expect(202, state_read("files"));
	for (size_t i = 0; i < sizeof(devs) / sizeof(devs[0]); i++)
		close(devs[i]);
	cr_assert(state_becomes("files", 2, ENDS_PATIENCE_MS));
}
