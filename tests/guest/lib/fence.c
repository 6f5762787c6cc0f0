// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/sync_file.h>

#include "dmabuf.h"
#include "fence.h"
#include "param.h"
#include "vgem_fence.h"

int fence_of(int dmabuf, bool write)
{
	struct dma_buf_export_sync_file arg = {
		.flags = write ? DMA_BUF_SYNC_WRITE : DMA_BUF_SYNC_READ,
		.fd = -1,
	};

	return ioctl(dmabuf, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &arg) ? -errno : arg.fd;
}

int fence_attach(int dmabuf, int sync_file, bool write)
{
	struct dma_buf_import_sync_file arg = {
		.flags = write ? DMA_BUF_SYNC_WRITE : DMA_BUF_SYNC_READ,
		.fd = sync_file,
	};

	return ioctl(dmabuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &arg) ? -errno : 0;
}

int fence_new(struct fence *fence)
{
	struct drm_mode_create_dumb dumb = { .width = 32, .height = 32, .bpp = 32 };
	struct vgem_fence_attach attach = { .flags = VGEM_FENCE_WRITES };
	int dmabuf = -1;

	*fence = (struct fence){ .dev = dmabuf_open_vgem(), .fd = -1 };
	if (fence->dev < 0)
		return fence->dev;
	if (drmIoctl(fence->dev, DRM_IOCTL_MODE_CREATE_DUMB, &dumb) ||
	    drmPrimeHandleToFD(fence->dev, dumb.handle, DRM_CLOEXEC | DRM_RDWR, &dmabuf))
		goto fail;
	attach.handle = dumb.handle;
	if (drmIoctl(fence->dev, VGEM_FENCE_IOCTL_ATTACH, &attach))
		goto fail;
	fence->id = attach.out_fence;
	fence->fd = fence_of(dmabuf, false);
	close(dmabuf);
	if (fence->fd >= 0)
		return 0;
	close(fence->dev);
	return fence->fd;

fail:
	fence->fd = -errno;
	close(fence->dev);
	if (dmabuf >= 0)
		close(dmabuf);
	return fence->fd;
}

int fence_signal(const struct fence *fence)
{
	struct vgem_fence_signal arg = { .fence = fence->id };

	return drmIoctl(fence->dev, VGEM_FENCE_IOCTL_SIGNAL, &arg) ? -errno : 0;
}

void fence_free(struct fence *fence)
{
	close(fence->fd);
	close(fence->dev);
}

int fence_status(int sync_file)
{
	struct sync_file_info info = { .num_fences = 0 };

	return ioctl(sync_file, SYNC_IOC_FILE_INFO, &info) ? -errno : info.status;
}

int fence_count(int sync_file, char driver[32])
{
	struct sync_fence_info fences[64] = { 0 };
	struct sync_file_info info = {
		.num_fences = 64,
		.sync_fence_info = (uintptr_t)fences,
	};

	if (ioctl(sync_file, SYNC_IOC_FILE_INFO, &info))
		return -errno;
	if (driver)
		memcpy(driver, fences[0].driver_name, 32);
	return (int)info.num_fences;
}

bool fence_ready(int fd, short events, int timeout_ms)
{
	struct pollfd pollfd = { .fd = fd, .events = events };

	return poll(&pollfd, 1, timeout_ms) == 1 && pollfd.revents & events;
}

long fence_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int fence_set_timeout(unsigned int ms)
{
	return param_set("fence_timeout_ms", ms);
}
