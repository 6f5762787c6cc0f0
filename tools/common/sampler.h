/* SPDX-License-Identifier: MIT */
/*
 * sampler: looks at a texture as a consumer does: samples all of it into a
 * picture of its own, which the CPU may then read and judge.
 *
 * A GLES 3.0 context must be current, the same one all the time.
 */
#ifndef HDB_SAMPLER_H
#define HDB_SAMPLER_H

#include <GLES3/gl3.h>
#include <stdint.h>

#include "err.h"
#include "picture.h"
#include "scene_gl.h"
#include "surface.h"

/**
 * struct sampler - a sample pass and what it samples into; zero it to begin with
 * @pass: the pass, for textures of @target; NULL: none yet
 * @width: of the picture, pixels; 0: there is none yet
 * @height: rows
 * @texture: the picture
 * @framebuffer: on it
 * @pixels: room to read it back
 */
struct sampler {
	struct sample_gl *pass;
	GLenum target;
	uint32_t width, height;
	GLuint texture, framebuffer;
	uint8_t *pixels;
};

/* Have a pass for textures of @target (GL_TEXTURE_2D, or _EXTERNAL_OES). */
int sampler_compile(struct sampler *sampler, GLenum target, struct err *err);

/* Have a picture of this size. */
int sampler_resize(struct sampler *sampler, uint32_t width, uint32_t height, struct err *err);

/*
 * Sample @surface, which is begun, and of the picture's size. Only surface_end() tells when
 * GL is done.
 */
int sampler_draw(struct sampler *sampler, const struct surface *surface, struct err *err);

/* Read back what was sampled last. The pixels are the sampler's, until it samples again. */
struct picture sampler_read(struct sampler *sampler);

/* Also for a zeroed struct, without a context. */
void sampler_close(struct sampler *sampler);

#endif
