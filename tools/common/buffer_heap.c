// SPDX-License-Identifier: MIT
/* Memory from the system DMA heap. */
#include "buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <stdio.h>
#include <sys/ioctl.h>

#define BUFFER_HEAP_NODE "/dev/dma_heap/system"

static int buffer_heap_open(struct buffer_source *source, const char *node, struct err *err)
{
	(void)node;
	snprintf(source->where, sizeof(source->where), BUFFER_HEAP_NODE);
	source->fd = open(BUFFER_HEAP_NODE, O_RDWR | O_CLOEXEC);
	if (source->fd >= 0)
		return 0;
	err_errno(err, errno, "cannot be tested here: " BUFFER_HEAP_NODE);
	err->code = EXIT_UNTESTED;
	return -1;
}

static int buffer_heap_alloc(struct buffer_source *source, struct buffer *buffer,
			     struct err *err)
{
	struct dma_heap_allocation_data call = { .fd_flags = O_RDWR | O_CLOEXEC };

	buffer_layout(buffer);
	call.len = buffer->size;
	if (ioctl(source->fd, DMA_HEAP_IOCTL_ALLOC, &call) < 0)
		return err_errno(err, errno, "cannot allocate %llu bytes from " BUFFER_HEAP_NODE,
				 (unsigned long long)buffer->size);
	buffer->fd = (int)call.fd;
	return 0;
}

const struct buffer_source_ops buffer_heap_ops = {
	.name = "heap",
	.open = buffer_heap_open,
	.alloc = buffer_heap_alloc,
};
