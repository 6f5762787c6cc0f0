// SPDX-License-Identifier: MIT
/*
 * Buffers from GBM, on a GPU or, where there is none, on vgem. Linear ones: the
 * two domains need not have the same GPU.
 */
#include "buffer.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <fcntl.h>
#include <gbm.h>
#include <stdio.h>
#include <unistd.h>
#include <xf86drm.h>

static int buffer_gbm_open(struct buffer_source *source, const char *node, struct err *err)
{
	if (node)
		snprintf(source->where, sizeof(source->where), "%s", node);
	else if (!buffer_find_node("vgem", source->where, sizeof(source->where)))
		return err_set(err, EXIT_UNTESTED, "cannot be tested here: GBM needs a DRM node, "
			       "and there is neither a GPU nor vgem (modprobe vgem?)");
	source->fd = open(source->where, O_RDWR | O_CLOEXEC);
	if (source->fd < 0)
		return err_errno(err, errno, "cannot open %s", source->where);
	source->state = gbm_create_device(source->fd);
	if (!source->state)
		return err_errno(err, errno, "GBM does not take %s", source->where);
	return 0;
}

static void buffer_gbm_close(struct buffer_source *source)
{
	if (source->state)
		gbm_device_destroy(source->state);
	source->state = NULL;
}

static int buffer_gbm_describe(struct buffer *buffer, struct gbm_bo *bo, struct err *err)
{
	int planes = gbm_bo_get_plane_count(bo);
	off_t size;

	if (planes < 1 || planes > BUFFER_MAX_PLANES)
		return err_set(err, EXIT_FAILED, "GBM gave a buffer of %d planes", planes);
	buffer->planes = (uint32_t)planes;
	for (int i = 0; i < planes; i++) {
		buffer->offset[i] = gbm_bo_get_offset(bo, i);
		buffer->stride[i] = gbm_bo_get_stride_for_plane(bo, i);
	}
	buffer->modifier = gbm_bo_get_modifier(bo);
	/* Drivers without modifiers say INVALID; linear is what we asked for. */
	if (buffer->modifier == DRM_FORMAT_MOD_INVALID)
		buffer->modifier = DRM_FORMAT_MOD_LINEAR;
	size = lseek(buffer->fd, 0, SEEK_END);
	if (size < 0)
		return err_errno(err, errno, "cannot tell the size of a GBM buffer");
	buffer->size = (uint64_t)size;
	return 0;
}

static int buffer_gbm_alloc(struct buffer_source *source, struct buffer *buffer,
			    struct err *err)
{
	struct gbm_bo *bo;

	/* GBM on vgem adds no room of its own for llvmpipe's blocks. */
	bo = gbm_bo_create(source->state,
			   (uint32_t)buffer_align(buffer->width, BUFFER_ALIGN_WIDTH),
			   (uint32_t)buffer_align(buffer->height, BUFFER_ALIGN_ROWS),
			   buffer->fourcc, GBM_BO_USE_RENDERING | GBM_BO_USE_LINEAR);
	if (!bo)
		return err_errno(err, errno, "GBM cannot allocate %ux%u on %s", buffer->width,
				 buffer->height, source->where);
	buffer->source = bo;
	/* gbm_bo_get_fd() would give a read-only one on vgem. */
	if (drmPrimeHandleToFD(source->fd, gbm_bo_get_handle(bo).u32, DRM_CLOEXEC | DRM_RDWR,
			       &buffer->fd) < 0)
		return err_errno(err, errno, "cannot get a dma-buf from %s", source->where);
	return buffer_gbm_describe(buffer, bo, err);
}

static void buffer_gbm_free(struct buffer_source *source, struct buffer *buffer)
{
	(void)source;
	gbm_bo_destroy(buffer->source);
}

const struct buffer_source_ops buffer_gbm_ops = {
	.name = "gbm",
	.open = buffer_gbm_open,
	.alloc = buffer_gbm_alloc,
	.free = buffer_gbm_free,
	.close = buffer_gbm_close,
};
