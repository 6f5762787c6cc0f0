// SPDX-License-Identifier: MIT
/* Dumb buffers of vgem: DRM memory on a machine without a GPU. */
#include "buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <xf86drm.h>

static int buffer_vgem_open(struct buffer_source *source, const char *node, struct err *err)
{
	(void)node;
	/* The card node: a render node may not create dumb buffers. */
	if (!buffer_find_node("vgem", source->where, sizeof(source->where)))
		return err_set(err, EXIT_UNTESTED,
			       "cannot be tested here: no vgem card node (modprobe vgem?)");
	source->fd = open(source->where, O_RDWR | O_CLOEXEC);
	if (source->fd < 0)
		return err_errno(err, errno, "cannot open %s", source->where);
	return 0;
}

static void buffer_vgem_destroy(struct buffer_source *source, uint32_t handle)
{
	struct drm_mode_destroy_dumb call = { .handle = handle };

	drmIoctl(source->fd, DRM_IOCTL_MODE_DESTROY_DUMB, &call);
}

static int buffer_vgem_alloc(struct buffer_source *source, struct buffer *buffer,
			     struct err *err)
{
	struct drm_mode_create_dumb call = { .bpp = 32 };
	int result;

	buffer_layout(buffer);
	call.width = buffer->stride[0] / 4;
	call.height = (uint32_t)buffer_align(buffer->height, BUFFER_ALIGN_ROWS);
	if (drmIoctl(source->fd, DRM_IOCTL_MODE_CREATE_DUMB, &call) < 0)
		return err_errno(err, errno, "cannot create a dumb buffer on %s", source->where);
	buffer->stride[0] = call.pitch;
	buffer->size = call.size;
	result = drmPrimeHandleToFD(source->fd, call.handle, DRM_CLOEXEC | DRM_RDWR,
				    &buffer->fd);
	if (result < 0)
		err_errno(err, errno, "cannot get a dma-buf from %s", source->where);
	/* The dma-buf holds the memory from here on. */
	buffer_vgem_destroy(source, call.handle);
	return result < 0 ? -1 : 0;
}

const struct buffer_source_ops buffer_vgem_ops = {
	.name = "vgem",
	.open = buffer_vgem_open,
	.alloc = buffer_vgem_alloc,
};
