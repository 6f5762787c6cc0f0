// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <xf86drm.h>

#include "dmabuf.h"

static int dmabuf_udmabuf(size_t size)
{
	struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = size };
	int dev = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	int memfd = memfd_create("hdb-test", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	int fd = -1;

	if (dev >= 0 && memfd >= 0 && !ftruncate(memfd, (off_t)size) &&
	    !fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK)) {
		create.memfd = (__u32)memfd;
		fd = ioctl(dev, UDMABUF_CREATE, &create);
	}
	if (fd < 0)
		fd = -errno;
	if (memfd >= 0)
		close(memfd);
	if (dev >= 0)
		close(dev);
	return fd;
}

static int dmabuf_of_heap(const char *node, size_t size, int flags)
{
	struct dma_heap_allocation_data data = {
		.len = size,
		.fd_flags = (__u32)flags | O_CLOEXEC,
	};
	int dev = open(node, O_RDWR | O_CLOEXEC);
	int ret;

	if (dev < 0)
		return -errno;
	ret = ioctl(dev, DMA_HEAP_IOCTL_ALLOC, &data) ? -errno : (int)data.fd;
	close(dev);
	return ret;
}

static int dmabuf_open_heap(size_t size, int flags)
{
	return dmabuf_of_heap("/dev/dma_heap/system", size, flags);
}

static int dmabuf_heap(size_t size)
{
	return dmabuf_open_heap(size, O_RDWR);
}

static int dmabuf_hdb_heap(size_t size)
{
	return dmabuf_of_heap("/dev/dma_heap/hyper_dmabuf", size, O_RDWR);
}

int dmabuf_open_driver(const char *driver)
{
	for (int i = 0; i < 16; i++) {
		char path[32];
		drmVersion *version;
		bool found;
		int dev;

		snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		dev = open(path, O_RDWR | O_CLOEXEC);
		if (dev < 0)
			continue;
		version = drmGetVersion(dev);
		found = version && !strcmp(version->name, driver);
		drmFreeVersion(version);
		if (found)
			return dev;
		close(dev);
	}
	return -ENOENT;
}

int dmabuf_open_vgem(void)
{
	return dmabuf_open_driver("vgem");
}

/* A dumb buffer is a picture: a row of one page, as many as it takes. */
static int dmabuf_open_dumb(size_t size, int flags)
{
	struct drm_mode_create_dumb dumb = {
		.width = 1024,
		.height = (__u32)(size / 4096),
		.bpp = 32,
	};
	int dev = dmabuf_open_vgem();
	int fd = -1, err = 0;

	if (dev < 0)
		return dev;
	if (drmIoctl(dev, DRM_IOCTL_MODE_CREATE_DUMB, &dumb) ||
	    drmPrimeHandleToFD(dev, dumb.handle, DRM_CLOEXEC | (__u32)flags, &fd))
		err = -errno;
	close(dev);
	return err ? err : fd;
}

static int dmabuf_vgem(size_t size)
{
	return dmabuf_open_dumb(size, O_RDWR);
}

int dmabuf_open(size_t size, int flags)
{
	int fd = dmabuf_open_heap(size, flags);

	return fd == -ENOENT ? dmabuf_open_dumb(size, flags) : fd;
}

/* DMABUF_ANY is the first that there is; our own buffers come last, as they hold the module. */
static const struct {
	const char *name;
	int (*alloc)(size_t size);
} dmabuf_sources[] = {
	{ "udmabuf", dmabuf_udmabuf },
	{ "heap", dmabuf_heap },
	{ "vgem", dmabuf_vgem },
	{ "hdb-heap", dmabuf_hdb_heap },
};

int dmabuf_alloc(struct dmabuf *buffer, const char *source, size_t size)
{
	bool any = !strcmp(source, DMABUF_ANY);
	int fd = -EINVAL;

	for (size_t i = 0; i < sizeof(dmabuf_sources) / sizeof(dmabuf_sources[0]); i++) {
		if (!any && strcmp(source, dmabuf_sources[i].name))
			continue;
		fd = dmabuf_sources[i].alloc(size);
		if (!any || fd != -ENOENT)
			break;
	}
	return fd < 0 ? fd : dmabuf_wrap(buffer, fd, size);
}

int dmabuf_wrap(struct dmabuf *buffer, int fd, size_t size)
{
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED) {
		int err = -errno;

		close(fd);
		return err;
	}
	*buffer = (struct dmabuf){ .fd = fd, .size = size, .map = map };
	return 0;
}

void dmabuf_unmap(struct dmabuf *buffer)
{
	if (buffer->map)
		munmap(buffer->map, buffer->size);
	buffer->map = NULL;
}

void dmabuf_close_fd(struct dmabuf *buffer)
{
	if (buffer->fd >= 0)
		close(buffer->fd);
	buffer->fd = -1;
}

void dmabuf_free(struct dmabuf *buffer)
{
	dmabuf_unmap(buffer);
	dmabuf_close_fd(buffer);
}

static uint64_t dmabuf_word(uint64_t seed, size_t index)
{
	uint64_t word = (seed + index) * 0x9e3779b97f4a7c15ull;

	return word ^ (word >> 29);
}

void dmabuf_fill(void *map, size_t size, uint32_t seed)
{
	uint64_t *words = map;

	for (size_t i = 0; i < size / sizeof(*words); i++)
		words[i] = dmabuf_word((uint64_t)seed << 32, i);
}

long dmabuf_check(const void *map, size_t size, uint32_t seed)
{
	const uint64_t *words = map;

	for (size_t i = 0; i < size / sizeof(*words); i++) {
		uint64_t wrong = words[i] ^ dmabuf_word((uint64_t)seed << 32, i);

		if (wrong)
			return (long)(i * sizeof(*words)) + __builtin_ctzll(wrong) / 8;
	}
	return -1;
}
