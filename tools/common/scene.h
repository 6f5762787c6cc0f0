/* SPDX-License-Identifier: MIT */
/*
 * scene: the animated test picture, and the machine-readable strip in it.
 *
 * Every pixel of frame N is a pure function of (size, format, stream, N) in
 * 32-bit integer arithmetic that cannot overflow, so the GPU that renders it
 * (scene_gl) and the CPU that checks it (scene_row) agree in every bit, on any
 * hardware. There is one source for both, scene_pixel.h.
 *
 * What a person sees: a lit, turning, bouncing ball over a chequered floor with
 * its shadow and its reflection, and the frame number in large digits. What a
 * program sees: a band of black and white cells at the top and again at the
 * bottom, each with the frame number, the stream and a checksum; where the two
 * disagree, the frame is torn.
 */
#ifndef HDB_SCENE_H
#define HDB_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "picture.h"

/* Width and height, each, in pixels. Any value between them works. */
#define SCENE_MIN_SIZE	64
#define SCENE_MAX_SIZE	4096

/**
 * struct scene - what stays the same for a whole stream
 * @width: pixels, SCENE_MIN_SIZE to SCENE_MAX_SIZE
 * @height: rows, likewise
 * @fourcc: DRM_FORMAT_XRGB8888 or DRM_FORMAT_ARGB8888. The colours are the same;
 *	of the first one alpha reads 0xff everywhere, of the second one it
 *	varies from pixel to pixel and from frame to frame
 * @stream: any number that tells this stream from others
 */
struct scene {
	uint32_t width;
	uint32_t height;
	uint32_t fourcc;
	uint64_t stream;
};

/* NULL where the scene can be drawn, else what is wrong with it (static text). */
const char *scene_error(const struct scene *s);

/* Room for the numbers that scene_pixel.h wants; checked at compile time there. */
#define SCENE_PARAMS_MAX 96

/**
 * struct scene_params - one frame, ready to draw: all trigonometry is done
 * @scene: whose frame
 * @frame: its number
 * @v: inputs of scene_pixel.h, private to scene.c and scene_gl.c
 * @box: pixel rectangles x0, y0, x1, y1 (ends excluded) of the moving parts,
 *	private likewise
 */
struct scene_params {
	struct scene scene;
	uint64_t frame;
	int32_t v[SCENE_PARAMS_MAX];
	int32_t box[4][4];
};

/* Prepares a frame. @s must be one that scene_error() has nothing against. */
void scene_params_init(struct scene_params *p, const struct scene *s, uint64_t frame);

/*
 * One row of the frame: @row receives scene.width words 0xAARRGGBB, native
 * integers, which on a little-endian machine are the bytes of the buffer. @y
 * counts from the top. Thread-safe.
 */
void scene_row(const struct scene_params *p, uint32_t y, uint32_t *row);

/* One pixel; slow. Equals what scene_row() gives there. */
uint32_t scene_pixel(const struct scene_params *p, uint32_t x, uint32_t y);

/*
 * The bits of an XRGB8888 or ARGB8888 word that count: all, or all but X.
 * Two pixels are the same when they agree in these.
 */
uint32_t scene_mask(const struct scene *s);

/* The two copies of the strip. */
enum scene_where {
	SCENE_TOP,
	SCENE_BOTTOM,
};

/**
 * struct scene_strip - what a strip says
 * @frame: number of the frame that these rows were drawn for
 * @stream: of which stream
 */
struct scene_strip {
	uint64_t frame;
	uint64_t stream;
};

/*
 * Reads one strip out of a picture of this scene's size. Needs only the size
 * and the fourcc of @s: the stream is read, not compared. False when there is
 * no strip or its checksum is wrong; *out is then left alone.
 */
bool scene_read_strip(const struct scene *s, const struct picture *pic, enum scene_where where,
		      struct scene_strip *out);

/* Height of each strip in rows. */
uint32_t scene_strip_rows(const struct scene *s);

#endif /* HDB_SCENE_H */
