/* SPDX-License-Identifier: MIT */
/*
 * surface: a dma-buf that GL draws into or samples from.
 *
 * The way that this project is about is an EGL image: GL uses the very pages of
 * the dma-buf. Where EGL cannot do that, GL works on a texture of its own, and
 * the CPU copies between it and the dma-buf; such a surface says so and counts
 * the bytes.
 */
#ifndef HDB_SURFACE_H
#define HDB_SURFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "egl.h"

enum surface_use {
	SURFACE_DRAW,
	SURFACE_SAMPLE,
};

struct surface {
	const struct egl *egl;
	struct buffer buffer;	/* its fd belongs to the caller, and outlives us */
	enum surface_use use;
	EGLImageKHR image;	/* EGL_NO_IMAGE_KHR: copied */
	GLenum target;		/* GL_TEXTURE_2D, or _EXTERNAL_OES for sampling */
	GLuint texture, framebuffer;
	uint8_t *map;		/* where it is copied: the dma-buf's bytes */
	uint8_t *rows;		/* and a picture for what GL gives */
	uint64_t copied;	/* bytes, so far */
};

/* @drm_node: of the GPU that egl draws with, or empty. */
int surface_open(struct surface *surface, const struct egl *egl, const char *drm_node,
		 const struct buffer *buffer, enum surface_use use, struct err *err);

/* Also for a zeroed struct. */
void surface_close(struct surface *surface);

/*
 * SURFACE_DRAW: binds the framebuffer to draw into.
 * SURFACE_SAMPLE: makes surface->texture show what the dma-buf holds now.
 */
int surface_begin(struct surface *surface, struct err *err);

/*
 * Waits until GL is done. After drawing the pixels are in the dma-buf, for
 * everybody; after sampling nothing reads it any more.
 */
int surface_end(struct surface *surface, struct err *err);

/*
 * The same without waiting, where that is possible: @fence gets a sync_file of
 * when it will be so, which the caller closes, or -1: it is so now.
 */
int surface_end_fence(struct surface *surface, int *fence, struct err *err);

bool surface_is_copy(const struct surface *surface);

#endif
