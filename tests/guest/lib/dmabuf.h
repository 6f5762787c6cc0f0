/* SPDX-License-Identifier: MIT */
/* dmabuf: dma-bufs to share, and what is written into them. */
#ifndef HDB_TEST_DMABUF_H
#define HDB_TEST_DMABUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sizes that every source has to carry. */
#define DMABUF_PAGE	4096
#define DMABUF_ODD	(64 * 1024 + 4096)
#define DMABUF_8M	(8 * 1024 * 1024)
#define DMABUF_4K_FRAME	(3840 * 2160 * 4)

/* The first source that this kernel has; all have contents that start as zeros. */
#define DMABUF_ANY	"any"

/**
 * struct dmabuf - a dma-buf and its mapping
 * @fd: the dma-buf, -1 when closed
 * @size: bytes
 * @map: the buffer, mapped read-write and shared; NULL when unmapped
 */
struct dmabuf {
	int fd;
	size_t size;
	void *map;
};

/**
 * dmabuf_alloc - get a dma-buf of @size bytes, a multiple of the page size
 * @source: "udmabuf", "heap" (the system's), "hdb-heap" (the driver's) or "vgem",
 *	or DMABUF_ANY
 *
 * The buffer is mapped. Returns 0 or a negative errno; -ENOENT where the source
 * is not there.
 */
int dmabuf_alloc(struct dmabuf *buffer, const char *source, size_t size);

/* Maps the dma-buf @fd of @size bytes, which the buffer then owns. */
int dmabuf_wrap(struct dmabuf *buffer, int fd, size_t size);

void dmabuf_unmap(struct dmabuf *buffer);
void dmabuf_close_fd(struct dmabuf *buffer);

/* Both of these. */
void dmabuf_free(struct dmabuf *buffer);

/* An unmapped dma-buf of the system heap, else of vgem; opened with O_RDONLY or O_RDWR. */
int dmabuf_open(size_t size, int flags);

/* The primary node of a DRM driver, or of vgem, opened; -ENOENT when there is none. */
int dmabuf_open_driver(const char *driver);
int dmabuf_open_vgem(void);

/* Bytes that follow from @seed and from where they lie, different in each page. */
void dmabuf_fill(void *map, size_t size, uint32_t seed);

/* The offset of the first byte that is not as dmabuf_fill() left it, or -1. */
long dmabuf_check(const void *map, size_t size, uint32_t seed);

#endif /* HDB_TEST_DMABUF_H */
