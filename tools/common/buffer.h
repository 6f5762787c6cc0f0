/* SPDX-License-Identifier: MIT */
/*
 * buffer: memory for pictures, from one of several sources, as dma-bufs.
 */
#ifndef HDB_BUFFER_H
#define HDB_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define BUFFER_MAX_PLANES 4

/**
 * struct buffer - a picture in a dma-buf
 * @fd: the dma-buf, opened read-write, as Mesa maps it
 * @width: pixels
 * @height: rows
 * @fourcc: DRM_FORMAT_*
 * @planes: in use
 * @offset: of each plane, bytes
 * @stride: of each plane, bytes
 * @modifier: DRM_FORMAT_MOD_*
 * @size: bytes of the dma-buf, whole pages
 * @source: the source's own, for free
 */
struct buffer {
	int fd;
	uint32_t width, height, fourcc, planes;
	uint32_t offset[BUFFER_MAX_PLANES], stride[BUFFER_MAX_PLANES];
	uint64_t modifier, size;
	void *source;
};

struct buffer_source;

/**
 * struct buffer_source_ops - one kind of memory
 * @name: as in --source
 * @open: make the source ready; @node is the DRM node to use, for those that use
 *	one. Fills in source->where, and source->state where it needs one
 * @alloc: fill in fd, strides, offsets, modifier, size and source of @buffer,
 *	whose width, height and fourcc are set
 * @free: release what alloc made, but for the fd; may be NULL
 * @close: may be NULL
 */
struct buffer_source_ops {
	const char *name;
	int (*open)(struct buffer_source *source, const char *node, struct err *err);
	int (*alloc)(struct buffer_source *source, struct buffer *buffer, struct err *err);
	void (*free)(struct buffer_source *source, struct buffer *buffer);
	void (*close)(struct buffer_source *source);
};

struct buffer_source {
	const struct buffer_source_ops *ops;
	int fd;			/* of the node */
	void *state;
	char where[64];		/* the node that the memory comes from */
};

extern const struct buffer_source_ops buffer_gbm_ops, buffer_heap_ops, buffer_udmabuf_ops,
	buffer_hdb_heap_ops, buffer_vgem_ops;

enum buffer_kind {
	BUFFER_AUTO,
	BUFFER_GBM,
	BUFFER_HEAP,
	BUFFER_UDMABUF,
	BUFFER_HDB_HEAP,
	BUFFER_VGEM,
};

/*
 * Open a source. @node: the DRM node of the GPU, or one that the user named, or
 * NULL without either; then GBM takes a vgem node. BUFFER_AUTO tries GBM where
 * there is a @node, then heap, udmabuf, hdb-heap and vgem.
 */
int buffer_source_open(struct buffer_source *source, enum buffer_kind kind, const char *node,
		       struct err *err);
void buffer_source_close(struct buffer_source *source);

int buffer_alloc(struct buffer_source *source, uint32_t width, uint32_t height, uint32_t fourcc,
		 struct buffer *buffer, struct err *err);
void buffer_free(struct buffer_source *source, struct buffer *buffer);

/*
 * A linear layout that every consumer takes, for sources that know only bytes:
 * strides of 256 bytes serve the GPUs, and llvmpipe draws blocks of 4x4 pixels,
 * also over the last rows of a picture whose height is no multiple of 4.
 */
#define BUFFER_ALIGN_STRIDE	256u
#define BUFFER_ALIGN_WIDTH	(BUFFER_ALIGN_STRIDE / 4)
#define BUFFER_ALIGN_ROWS	4u
void buffer_layout(struct buffer *buffer);

/* Round up to a multiple of @to, a power of two. */
static inline uint64_t buffer_align(uint64_t value, uint64_t to)
{
	return (value + to - 1) & ~(to - 1);
}

/* Bracket access by the CPU; @flags is DMA_BUF_SYNC_READ, _WRITE or both. */
int buffer_cpu_begin(int dmabuf, uint64_t flags, struct err *err);
int buffer_cpu_end(int dmabuf, uint64_t flags, struct err *err);

/*
 * Find the card node of the DRM driver @driver ("vgem"), into @path.
 * False when there is none that may be opened.
 */
bool buffer_find_node(const char *driver, char *path, size_t size);

#endif
