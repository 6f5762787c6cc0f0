// SPDX-License-Identifier: MIT
/* Memory from a DMA heap: the system's, or the driver's own. */
#include "buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <stdio.h>
#include <sys/ioctl.h>

static int buffer_heap_open_node(struct buffer_source *source, const char *heap,
				 struct err *err)
{
	snprintf(source->where, sizeof(source->where), "%s", heap);
	source->fd = open(heap, O_RDWR | O_CLOEXEC);
	if (source->fd >= 0)
		return 0;
	err_errno(err, errno, "cannot be tested here: %s", heap);
	err->code = EXIT_UNTESTED;
	return -1;
}

static int buffer_heap_open(struct buffer_source *source, const char *node, struct err *err)
{
	(void)node;
	return buffer_heap_open_node(source, "/dev/dma_heap/system", err);
}

static int buffer_hdb_heap_open(struct buffer_source *source, const char *node, struct err *err)
{
	(void)node;
	return buffer_heap_open_node(source, "/dev/dma_heap/hyper_dmabuf", err);
}

static int buffer_heap_alloc(struct buffer_source *source, struct buffer *buffer,
			     struct err *err)
{
	struct dma_heap_allocation_data call = { .fd_flags = O_RDWR | O_CLOEXEC };

	buffer_layout(buffer);
	call.len = buffer->size;
	if (ioctl(source->fd, DMA_HEAP_IOCTL_ALLOC, &call) < 0)
		return err_errno(err, errno, "cannot allocate %llu bytes from %s",
				 (unsigned long long)buffer->size, source->where);
	buffer->fd = (int)call.fd;
	return 0;
}

const struct buffer_source_ops buffer_heap_ops = {
	.name = "heap",
	.open = buffer_heap_open,
	.alloc = buffer_heap_alloc,
};

const struct buffer_source_ops buffer_hdb_heap_ops = {
	.name = "hdb-heap",
	.open = buffer_hdb_heap_open,
	.alloc = buffer_heap_alloc,
};
