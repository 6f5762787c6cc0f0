/* SPDX-License-Identifier: MIT */
/*
 * gl_util: what scene_gl and sample_gl share. A GLES 3.0 context is current.
 */
#ifndef HDB_GL_UTIL_H
#define HDB_GL_UTIL_H

#include <GLES3/gl3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Vertex shader of a triangle that covers the viewport, without any vertex
 * data: glDrawArrays(GL_TRIANGLES, 0, 3).
 */
extern const char gl_util_triangle[];

/*
 * Compiles and links; 0 on failure, with one line in @err.
 */
GLuint gl_util_program(const char *vertex, const char *fragment, char *err, size_t err_len);

/* Whether no GL error is pending; else one line in @err that says during what. */
bool gl_util_ok(const char *doing, char *err, size_t err_len);

/* Drops pending errors: those of earlier calls are not ours to report. */
void gl_util_forget_errors(void);

/* Nothing between a fragment and the framebuffer; texture unit 0 is active. */
void gl_util_plain_state(uint32_t width, uint32_t height);

#endif /* HDB_GL_UTIL_H */
