/* SPDX-License-Identifier: MIT */
/*
 * scene_gl: draws the scene with GLES 3.0; sample_gl: reads a texture back,
 * texel for texel. Neither knows EGL: a GLES 3.0 context must be current, the
 * same one (or one that shares with it) from _new to _free.
 *
 * Both draw into the framebuffer that is bound to GL_DRAW_FRAMEBUFFER, whose
 * colour attachment must be of the picture's size and hold 8 bits per channel
 * (RGBA8, or an EGLImage of XR24 or AR24; sRGB encoding must be off). They set
 * program, viewport, scissor, blend, dither, colour mask, depth, stencil and
 * culling state as they need and leave the scissor test off; they bind a vertex
 * array and textures of their own and leave 0 bound in their place. Neither
 * calls glFlush or glFinish: ordering is the caller's.
 */
#ifndef HDB_SCENE_GL_H
#define HDB_SCENE_GL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scene.h"

struct scene_gl;

/*
 * Compiles the programs and uploads the tables. NULL on failure, with one line
 * in @err (may be NULL when @err_len is 0).
 */
struct scene_gl *scene_gl_new(char *err, size_t err_len);
void scene_gl_free(struct scene_gl *g);

/*
 * Draws a frame: row 0 of the framebuffer is the top of the picture. Every
 * pixel is written, none is blended. False when GL reports an error, with one
 * line in @err.
 */
bool scene_gl_draw(struct scene_gl *g, const struct scene_params *p, char *err, size_t err_len);

struct sample_gl;

/*
 * @target: what the textures are that will be sampled: GL_TEXTURE_2D or
 * GL_TEXTURE_EXTERNAL_OES. The latter needs GL_OES_EGL_image_external_essl3: NULL
 * and a line in @err where that is missing.
 */
struct sample_gl *sample_gl_new(unsigned int target, char *err, size_t err_len);
void sample_gl_free(struct sample_gl *g);

/*
 * Copies @texture, 1:1, into the bound framebuffer, so that glReadPixels(0, 0,
 * width, height, GL_RGBA, GL_UNSIGNED_BYTE) afterwards gives exactly the texels
 * as a PICTURE_RGBA with its top row first. Sets the texture's filters to
 * GL_NEAREST. Alpha of an XR24 texture reads 0xff.
 */
bool sample_gl_draw(struct sample_gl *g, unsigned int texture, uint32_t width, uint32_t height,
		    char *err, size_t err_len);

#endif /* HDB_SCENE_GL_H */
