/* SPDX-License-Identifier: MIT */
/*
 * echo_gl: a consumer that samples frames as textures.
 */
#ifndef HDB_BENCH_ECHO_GL_H
#define HDB_BENCH_ECHO_GL_H

#include "err.h"
#include "wire.h"

struct echo_gl;

/* The first one takes long: it finds a device and compiles. NULL with @err. */
struct echo_gl *echo_gl_new(struct err *err);

/*
 * Sample frame args[1] of a picture of args[0] (width in the lower half, height
 * in the upper), which lies in @dmabuf; the texture is kept until the next picture comes. With
 * WIRE_CHECK every pixel is compared with what the frame must be, which is not in the values.
 */
int echo_gl_sample(struct echo_gl *gl, int dmabuf, const struct wire *request,
		   struct wire *reply, struct err *err);

/* The dma-buf is closed next: let go of what is made of it. */
void echo_gl_drop(struct echo_gl *gl);

/* NULL is nothing. */
void echo_gl_free(struct echo_gl *gl);

#endif
