// SPDX-License-Identifier: MIT
#include "surface.h"
#include "progress.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>

bool surface_is_copy(const struct surface *surface)
{
	return surface->image == EGL_NO_IMAGE_KHR;
}

static uint64_t surface_sync_flags(const struct surface *surface)
{
	return surface->use == SURFACE_DRAW ? DMA_BUF_SYNC_RW : DMA_BUF_SYNC_READ;
}

/*
 * Does the GPU's driver take this dma-buf at all? Asking it directly gives a
 * reason, where EGL only says that something does not match.
 */
static int surface_preflight(const char *node, int dmabuf, struct err *err)
{
	uint32_t handle;
	int fd = open(node, O_RDWR | O_CLOEXEC);
	int result;

	if (fd < 0)
		return err_errno(err, errno, "cannot open %s", node);
	result = drmPrimeFDToHandle(fd, dmabuf, &handle);
	if (result < 0)
		err_errno(err, errno, "%s does not take the dma-buf", node);
	close(fd);	/* and the handle with it */
	return result < 0 ? -1 : 0;
}

static int surface_make_image(struct surface *surface, const char *node, struct err *err)
{
	bool external;

	if (surface->egl->no_image)
		return err_set(err, EXIT_FAILED, "%s", surface->egl->no_image);
	if (*node && surface_preflight(node, surface->buffer.fd, err) < 0)
		return -1;
	if (egl_image(surface->egl, &surface->buffer, &surface->image, &external, err) < 0)
		return -1;
	if (external && surface->use == SURFACE_DRAW) {
		surface->egl->call.destroy_image(surface->egl->display, surface->image);
		surface->image = EGL_NO_IMAGE_KHR;
		return err_set(err, EXIT_FAILED, "EGL can only sample such a dma-buf");
	}
	surface->target = external ? GL_TEXTURE_EXTERNAL_OES : GL_TEXTURE_2D;
	return 0;
}

/* The last resort: only for linear buffers, whose bytes mean something to a CPU. */
static int surface_make_copy(struct surface *surface, struct err *err)
{
	const struct buffer *buffer = &surface->buffer;
	int access = surface->use == SURFACE_DRAW ? PROT_READ | PROT_WRITE : PROT_READ;

	if (buffer->modifier != DRM_FORMAT_MOD_LINEAR)
		return err_set(err, EXIT_FAILED, "and its modifier 0x%llx cannot be copied",
			       (unsigned long long)buffer->modifier);
	surface->map = mmap(NULL, buffer->size, access, MAP_SHARED, buffer->fd, 0);
	if (surface->map == MAP_FAILED) {
		surface->map = NULL;
		return err_errno(err, errno, "and cannot be mapped");
	}
	surface->rows = malloc((size_t)buffer->width * buffer->height * 4);
	if (!surface->rows)
		return err_errno(err, ENOMEM, "and cannot be copied");
	surface->target = GL_TEXTURE_2D;
	return 0;
}

static void surface_make_texture(struct surface *surface)
{
	const struct buffer *buffer = &surface->buffer;

	glGenTextures(1, &surface->texture);
	glBindTexture(surface->target, surface->texture);
	glTexParameteri(surface->target, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexParameteri(surface->target, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	if (!surface_is_copy(surface)) {
		surface->egl->call.image_to_texture(surface->target, surface->image);
	} else {
		glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, (GLsizei)buffer->width,
			       (GLsizei)buffer->height);
		if (surface->use == SURFACE_SAMPLE) {
			/* Uploaded as it lies in memory, B G R A; X reads as 1. */
			glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_SWIZZLE_R, GL_BLUE);
			glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_SWIZZLE_B, GL_RED);
			if (buffer->fourcc == DRM_FORMAT_XRGB8888)
				glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_SWIZZLE_A, GL_ONE);
		}
	}
	glBindTexture(surface->target, 0);
}

static int surface_make_framebuffer(struct surface *surface, struct err *err)
{
	GLenum status;

	glGenFramebuffers(1, &surface->framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, surface->framebuffer);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D,
			       surface->texture, 0);
	status = glCheckFramebufferStatus(GL_FRAMEBUFFER);
	glBindFramebuffer(GL_FRAMEBUFFER, 0);
	if (status == GL_FRAMEBUFFER_COMPLETE)
		return 0;
	return err_set(err, EXIT_FAILED, "GL does not draw into the dma-buf: framebuffer status "
		       "0x%x", status);
}

static int surface_check_gl(const char *what, struct err *err)
{
	GLenum error = glGetError();

	if (error == GL_NO_ERROR)
		return 0;
	return err_set(err, EXIT_FAILED, "GL error 0x%x while %s", error, what);
}

int surface_open(struct surface *surface, const struct egl *egl, const char *drm_node,
		 const struct buffer *buffer, enum surface_use use, struct err *err)
{
	*surface = (struct surface){ .egl = egl, .buffer = *buffer, .use = use };
	if (surface_make_image(surface, drm_node, err) < 0) {
		char why[sizeof(err->text)];

		memcpy(why, err->text, sizeof(why));
		progress_verbose("no zero-copy access, trying a copy: %s", why);
		if (surface_make_copy(surface, err) < 0) {
			char more[sizeof(err->text)];

			memcpy(more, err->text, sizeof(more));
			err_set(err, EXIT_FAILED, "%.180s, %.180s", why, more);
			goto fail;
		}
	}
	surface_make_texture(surface);
	if (surface_check_gl("making a texture of a dma-buf", err) < 0)
		goto fail;
	if (use == SURFACE_DRAW && surface_make_framebuffer(surface, err) < 0)
		goto fail;
	return 0;
fail:
	surface_close(surface);
	return -1;
}

void surface_close(struct surface *surface)
{
	if (!surface->egl)
		return;
	glDeleteFramebuffers(1, &surface->framebuffer);
	glDeleteTextures(1, &surface->texture);
	if (!surface_is_copy(surface))
		surface->egl->call.destroy_image(surface->egl->display, surface->image);
	if (surface->map)
		munmap(surface->map, surface->buffer.size);
	free(surface->rows);
	*surface = (struct surface){ 0 };
}

static int surface_upload(struct surface *surface, struct err *err)
{
	const struct buffer *buffer = &surface->buffer;

	if (buffer_cpu_begin(buffer->fd, DMA_BUF_SYNC_READ, err) < 0)
		return -1;
	glPixelStorei(GL_UNPACK_ROW_LENGTH, (GLint)(buffer->stride[0] / 4));
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, (GLsizei)buffer->width, (GLsizei)buffer->height,
			GL_RGBA, GL_UNSIGNED_BYTE, surface->map + buffer->offset[0]);
	glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
	surface->copied += (uint64_t)buffer->width * buffer->height * 4;
	return buffer_cpu_end(buffer->fd, DMA_BUF_SYNC_READ, err);
}

static int surface_download(struct surface *surface, struct err *err)
{
	const struct buffer *buffer = &surface->buffer;
	const uint8_t *from = surface->rows;

	glReadPixels(0, 0, (GLsizei)buffer->width, (GLsizei)buffer->height, GL_RGBA,
		     GL_UNSIGNED_BYTE, surface->rows);
	if (buffer_cpu_begin(buffer->fd, DMA_BUF_SYNC_WRITE, err) < 0)
		return -1;
	for (uint32_t y = 0; y < buffer->height; y++) {
		uint8_t *to = surface->map + buffer->offset[0] + (size_t)y * buffer->stride[0];

		for (uint32_t x = 0; x < buffer->width; x++, from += 4, to += 4) {
			to[0] = from[2];
			to[1] = from[1];
			to[2] = from[0];
			to[3] = from[3];
		}
	}
	surface->copied += (uint64_t)buffer->width * buffer->height * 4;
	return buffer_cpu_end(buffer->fd, DMA_BUF_SYNC_WRITE, err);
}

int surface_begin(struct surface *surface, struct err *err)
{
	if (surface->use == SURFACE_DRAW)
		glBindFramebuffer(GL_FRAMEBUFFER, surface->framebuffer);
	glBindTexture(surface->target, surface->texture);
	if (!surface_is_copy(surface)) {
		/* A GPU's driver may cache: naming the image again makes it look again. */
		if (surface->use == SURFACE_SAMPLE)
			surface->egl->call.image_to_texture(surface->target, surface->image);
		if (surface->egl->software &&
		    buffer_cpu_begin(surface->buffer.fd, surface_sync_flags(surface), err) < 0)
			return -1;
	} else if (surface->use == SURFACE_SAMPLE && surface_upload(surface, err) < 0) {
		return -1;
	}
	glBindTexture(surface->target, 0);
	return surface_check_gl("preparing a dma-buf", err);
}

static void surface_wait(int fence)
{
	struct pollfd pollfd = { .fd = fence, .events = POLLIN };

	/* GPUs are given up by their drivers, so this ends. */
	while (poll(&pollfd, 1, -1) < 0 && (errno == EINTR || errno == EAGAIN))
		;
	close(fence);
}

int surface_end_fence(struct surface *surface, int *fence, struct err *err)
{
	bool wait = surface->egl->software || surface_is_copy(surface);

	if (surface_is_copy(surface) && surface->use == SURFACE_DRAW &&
	    surface_download(surface, err) < 0)
		return -1;
	*fence = egl_fence(surface->egl);
	if (*fence < 0) {
		glFinish();
	} else if (wait) {
		surface_wait(*fence);
		*fence = -1;
	}
	if (!surface_is_copy(surface) && surface->egl->software &&
	    buffer_cpu_end(surface->buffer.fd, surface_sync_flags(surface), err) < 0)
		goto fail;
	if (surface_check_gl("using a dma-buf", err) == 0)
		return 0;
fail:
	if (*fence >= 0)
		close(*fence);
	return -1;
}

int surface_end(struct surface *surface, struct err *err)
{
	if (surface_is_copy(surface) && surface->use == SURFACE_DRAW &&
	    surface_download(surface, err) < 0)
		return -1;
	glFinish();
	if (!surface_is_copy(surface) && surface->egl->software &&
	    buffer_cpu_end(surface->buffer.fd, surface_sync_flags(surface), err) < 0)
		return -1;
	return surface_check_gl("using a dma-buf", err);
}
