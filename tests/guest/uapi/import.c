// SPDX-License-Identifier: MIT
/* What an imported dma-buf is to those who use it as a dma-buf. */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <linux/dma-buf.h>
#include <xf86drm.h>

#include "ends.h"

ENDS_SUITE(import);

/* A shared buffer and its import. */
struct imported {
	struct shared shared;
	struct dmabuf buffer;
};

static struct imported import_new(size_t size)
{
	struct imported imported;

	ends_share(&imported.shared, size, 1);
	ends_import(&imported.shared, &imported.buffer);
	return imported;
}

Test(import, lseek_tells_the_size)
{
	struct imported imported = import_new(DMABUF_ODD);

	expect(DMABUF_ODD, lseek(imported.buffer.fd, 0, SEEK_END));
	expect(0, lseek(imported.buffer.fd, 0, SEEK_SET));
}

Test(import, write_after_import_is_seen)
{
	struct imported imported = import_new(DMABUF_ODD);

	for (uint32_t i = 0; i < 50; i++) {
		dmabuf_fill(imported.shared.buffer.map, DMABUF_ODD, i);
		assert_pattern(imported.buffer.map, DMABUF_ODD, i);
	}
}

static int import_sync(int fd, __u64 flags)
{
	struct dma_buf_sync sync = { .flags = flags };

	return ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync) ? -errno : 0;
}

Test(import, sync_for_reading_works)
{
	struct imported imported = import_new(DMABUF_PAGE);

	for (int i = 0; i < 10; i++) {
		expect(0, import_sync(imported.buffer.fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ));
		expect(0, import_sync(imported.buffer.fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ));
	}
}

Test(import, sync_with_unknown_flags_is_einval)
{
	struct imported imported = import_new(DMABUF_PAGE);

	expect(-EINVAL, import_sync(imported.buffer.fd, 1 << 5));
	expect(-EINVAL, import_sync(imported.buffer.fd, DMA_BUF_SYNC_START));
}

Test(import, sync_does_not_write_the_exporters_pages)
{
	struct imported imported = import_new(DMABUF_PAGE);

	import_sync(imported.buffer.fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW);
	import_sync(imported.buffer.fd, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW);
	assert_pattern(imported.shared.buffer.map, DMABUF_PAGE, 1);
}

Test(import, vgem_takes_it)
{
	struct imported imported = import_new(DMABUF_ODD);
	int dev = dmabuf_open_vgem();
	uint32_t handle;

	cr_assert(dev >= 0, "no vgem: %s", strerror(-dev));
	expect(0, drmPrimeFDToHandle(dev, imported.buffer.fd, &handle));
	expect(0, drmCloseBufferHandle(dev, handle));
	close(dev);
	assert_pattern(imported.buffer.map, DMABUF_ODD, 1);
}

Test(import, vgem_keeps_it_busy)
{
	struct imported imported = import_new(DMABUF_ODD);
	const hyper_dmabuf_id_t *hid = &imported.shared.hid;
	int dev = dmabuf_open_vgem();
	uint32_t handle;

	cr_assert(dev >= 0, "no vgem: %s", strerror(-dev));
	expect(0, drmPrimeFDToHandle(dev, imported.buffer.fd, &handle));
	dmabuf_free(&imported.buffer);
	usleep(50000);
	expect(1, call_query_value(ends.in, hid, HYPER_DMABUF_QUERY_BUSY));
	expect(0, drmCloseBufferHandle(dev, handle));
	cr_assert(eventually(call_query_value(ends.in, hid, HYPER_DMABUF_QUERY_BUSY) == 0));
}

Test(import, vgem_takes_it_through_unexport)
{
	struct imported imported = import_new(DMABUF_8M);
	int dev = dmabuf_open_vgem();
	uint32_t handle;

	cr_assert(dev >= 0, "no vgem: %s", strerror(-dev));
	expect(0, drmPrimeFDToHandle(dev, imported.buffer.fd, &handle));
	expect(0, call_unexport(ends.out, &imported.shared.hid, 0));
	usleep(100000);
	dmabuf_free(&imported.buffer);
	dmabuf_free(&imported.shared.buffer);
	usleep(100000);
	expect(1, state_read("exports"));
	close(dev);
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
}

Test(import, can_be_passed_over_a_socket)
{
	struct imported imported = import_new(DMABUF_PAGE);
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 0;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	struct dmabuf received;
	int pair[2], fd;

	expect(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	*cmsg = (struct cmsghdr){
		.cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
	};
	memcpy(CMSG_DATA(cmsg), &imported.buffer.fd, sizeof(int));
	expect(1, sendmsg(pair[0], &msg, 0));
	dmabuf_free(&imported.buffer);
	expect(1, recvmsg(pair[1], &msg, 0));
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(int));
	expect(0, dmabuf_wrap(&received, fd, DMABUF_PAGE));
	assert_pattern(received.map, DMABUF_PAGE, 1);
}

Test(import, read_and_write_calls_are_refused)
{
	struct imported imported = import_new(DMABUF_PAGE);
	char byte = 0;

	cr_assert_eq(read(imported.buffer.fd, &byte, 1), -1);
	cr_assert_eq(write(imported.buffer.fd, &byte, 1), -1);
	cr_assert_eq(ftruncate(imported.buffer.fd, 0), -1);
}
