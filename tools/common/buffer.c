// SPDX-License-Identifier: MIT
#include "buffer.h"
#include "progress.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/dma-buf.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <xf86drm.h>

#define BUFFER_PAGE 4096u

static const struct buffer_source_ops *const buffer_ops[] = {
	[BUFFER_GBM] = &buffer_gbm_ops,
	[BUFFER_HEAP] = &buffer_heap_ops,
	[BUFFER_UDMABUF] = &buffer_udmabuf_ops,
	[BUFFER_HDB_HEAP] = &buffer_hdb_heap_ops,
	[BUFFER_VGEM] = &buffer_vgem_ops,
};

static int buffer_open_one(struct buffer_source *source, enum buffer_kind kind,
			   const char *node, struct err *err)
{
	memset(source, 0, sizeof(*source));
	source->fd = -1;
	source->ops = buffer_ops[kind];
	if (source->ops->open(source, node, err) == 0)
		return 0;
	buffer_source_close(source);
	return -1;
}

int buffer_source_open(struct buffer_source *source, enum buffer_kind kind, const char *node,
		       struct err *err)
{
	static const enum buffer_kind order[] = { BUFFER_GBM, BUFFER_HEAP, BUFFER_UDMABUF,
						  BUFFER_HDB_HEAP, BUFFER_VGEM };

	if (kind != BUFFER_AUTO)
		return buffer_open_one(source, kind, node, err);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (order[i] == BUFFER_GBM && !node)
			continue;
		if (buffer_open_one(source, order[i], node, err) == 0)
			return 0;
		progress_verbose("source %s not taken: %s", buffer_ops[order[i]]->name,
				 err->text);
	}
	return err_set(err, EXIT_UNTESTED,
		       "cannot be tested here: no memory to share: neither a GPU, nor "
		       "/dev/dma_heap/system, nor /dev/udmabuf, nor the driver's heap, nor vgem");
}

void buffer_source_close(struct buffer_source *source)
{
	if (source->ops && source->ops->close)
		source->ops->close(source);
	if (source->fd >= 0)
		close(source->fd);
	source->fd = -1;
	source->ops = NULL;
}

int buffer_alloc(struct buffer_source *source, uint32_t width, uint32_t height, uint32_t fourcc,
		 struct buffer *buffer, struct err *err)
{
	*buffer = (struct buffer){
		.fd = -1, .width = width, .height = height, .fourcc = fourcc,
	};
	if (source->ops->alloc(source, buffer, err) == 0)
		return 0;
	buffer_free(source, buffer);
	return -1;
}

void buffer_free(struct buffer_source *source, struct buffer *buffer)
{
	if (buffer->fd >= 0)
		close(buffer->fd);
	buffer->fd = -1;
	if (buffer->source && source->ops->free)
		source->ops->free(source, buffer);
	buffer->source = NULL;
}

void buffer_layout(struct buffer *buffer)
{
	buffer->planes = 1;
	buffer->offset[0] = 0;
	buffer->stride[0] = (uint32_t)buffer_align(buffer->width * 4u, BUFFER_ALIGN_STRIDE);
	buffer->modifier = DRM_FORMAT_MOD_LINEAR;
	buffer->size = buffer_align(buffer->stride[0] *
				    buffer_align(buffer->height, BUFFER_ALIGN_ROWS), BUFFER_PAGE);
}

static int buffer_sync(int dmabuf, uint64_t flags)
{
	struct dma_buf_sync sync = { .flags = flags };
	int result;

	do
		result = ioctl(dmabuf, DMA_BUF_IOCTL_SYNC, &sync);
	while (result < 0 && (errno == EINTR || errno == EAGAIN));
	return result;
}

int buffer_cpu_begin(int dmabuf, uint64_t flags, struct err *err)
{
	if (buffer_sync(dmabuf, DMA_BUF_SYNC_START | flags) == 0)
		return 0;
	return err_errno(err, errno, "cannot begin CPU access to a dma-buf");
}

int buffer_cpu_end(int dmabuf, uint64_t flags, struct err *err)
{
	if (buffer_sync(dmabuf, DMA_BUF_SYNC_END | flags) == 0)
		return 0;
	return err_errno(err, errno, "cannot end CPU access to a dma-buf");
}

bool buffer_find_node(const char *driver, char *path, size_t size)
{
	glob_t nodes;
	bool found = false;

	if (glob("/dev/dri/card*", 0, NULL, &nodes) != 0)
		return false;
	for (size_t i = 0; i < nodes.gl_pathc && !found; i++) {
		int fd = open(nodes.gl_pathv[i], O_RDWR | O_CLOEXEC);
		drmVersion *version = fd >= 0 ? drmGetVersion(fd) : NULL;

		if (version && strcmp(version->name, driver) == 0) {
			snprintf(path, size, "%s", nodes.gl_pathv[i]);
			found = true;
		}
		drmFreeVersion(version);
		if (fd >= 0)
			close(fd);
	}
	globfree(&nodes);
	return found;
}
