/* SPDX-License-Identifier: MIT */
/*
 * gl_context: a GLES 3 context without a window, on the software renderer, and
 * a framebuffer to draw into.
 */
#ifndef UNIT_GL_CONTEXT_H
#define UNIT_GL_CONTEXT_H

#include <EGL/egl.h>
#include <GLES3/gl3.h>
#include <stdint.h>

/*
 * Makes a context current; NULL, or why it cannot. Only a machine without any
 * EGL gives a reason: where there is EGL and it fails, the test fails.
 */
const char *gl_context_open(void);
void gl_context_close(void);
EGLDisplay gl_context_display(void);

struct gl_target {
	GLuint texture;
	GLuint fbo;
};

/* An RGBA8 texture as framebuffer, bound, and filled with a wrong colour. */
struct gl_target gl_target_new(uint32_t width, uint32_t height);
void gl_target_free(struct gl_target *t);

#endif /* UNIT_GL_CONTEXT_H */
