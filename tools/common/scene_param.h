/* SPDX-License-Identifier: MIT */
/*
 * scene_param: the numbers that a frame is made of, computed once per frame by
 * scene_params_init() and read, by name, by both compilations of scene_pixel.h.
 * Private to scene.c and scene_gl.c.
 *
 * Lengths are in "units": SCENE_UNITS of them make the longer of the picture's
 * height and a quarter of its width, so that no product below overflows,
 * however long or thin the picture. The origin is its centre, y points down.
 */
#ifndef HDB_SCENE_PARAM_H
#define HDB_SCENE_PARAM_H

#include <stdint.h>

#define SCENE_UNITS	16384
#define SCENE_DIGITS	12	/* most digits of the frame number that are shown */
#define SCENE_WORDS	6	/* 32-bit words in a strip */

#define SCENE_PARAM_LIST(X)						\
	X(WIDTH)	/* pixels */					\
	X(HEIGHT)							\
	X(ALPHA)	/* phase of the alpha pattern, -1: opaque */	\
	X(UNIT)		/* half a pixel in units, times 4096 */		\
	X(DITHER)	/* phase of the dither pattern */		\
	X(VIGNETTE_X)	/* darkening towards the edges */		\
	X(VIGNETTE_Y)							\
	X(HORIZON)	/* where the floor meets the wall, units */	\
	X(WALL_TOP)	/* half the height, units */			\
	X(WALL_RAMP)	/* 2^20 / height of the wall */			\
	X(WALL_SHIFT)	/* how far the wall's grid has moved */		\
	X(WALL_LINE)	/* half the width of a grid line, units */	\
	X(WALL_EDGE)	/* sharpness of its edges: 65536 / pixel */	\
	X(GLOW)		/* size of the light on the wall */		\
	X(FLOOR_SHIFT)	/* how far the floor has moved */		\
	X(FLOOR_EDGE_X)	/* sharpness of the floor's chequers */		\
	X(FLOOR_EDGE_Z)							\
	X(BALL_X)	/* centre, units */				\
	X(BALL_Y)							\
	X(BALL_INV)	/* 2^24 / radius */				\
	X(BALL_EDGE)	/* sharpness of the outline */			\
	X(BALL_CHECK)	/* sharpness of the chequers on it */		\
	X(MIRROR)	/* y of a point and of its reflection add up to this */ \
	X(SHADOW_X)	/* centre, units */				\
	X(SHADOW_Y)							\
	X(SHADOW_INV_X)	/* 2^24 / half axis */				\
	X(SHADOW_INV_Y)							\
	X(SHADOW_DEPTH)	/* darkness, 0 to 256 */			\
	X(M00) X(M01) X(M02) /* the ball's rotation, times 4096 */	\
	X(M10) X(M11) X(M12)						\
	X(M20) X(M21) X(M22)						\
	X(TEXT_X)	/* top left corner of the digits, pixels */	\
	X(TEXT_Y)							\
	X(TEXT_SCALE)	/* texels per pixel, times 4096 */		\
	X(TEXT_EDGE)	/* pixels per texel, times 256 */		\
	X(TEXT_COUNT)	/* digits */					\
	X(STRIP_ROWS)	/* height of a strip, pixels */			\
	X(STRIP_CELL)	/* height of a cell, pixels */			\
	X(STRIP_COLS)	/* cells beside each other */

enum scene_param {
#define X(name) SCENE_##name,
	SCENE_PARAM_LIST(X)
#undef X
	SCENE_DIGIT,
	SCENE_WORD = SCENE_DIGIT + SCENE_DIGITS,
	SCENE_PARAM_COUNT = SCENE_WORD + SCENE_WORDS,
};

/* Where each lookup table starts in scene_table(). */
enum scene_tab {
	SCENE_TAB_SQRT,					/* w in 0..4096: 64 sqrt(w) */
	SCENE_TAB_ASIN = SCENE_TAB_SQRT + 4098,		/* s + 4096: angle */
	SCENE_TAB_ATAN = SCENE_TAB_ASIN + 8193,		/* 4096 t: angle up to 8192 */
	SCENE_TAB_SHINE = SCENE_TAB_ATAN + 4097,	/* 4096 c: highlight, 0..256 */
	SCENE_TAB_GLYPH = SCENE_TAB_SHINE + 4097,
	SCENE_TAB_COUNT = SCENE_TAB_GLYPH + 10 * 32 * 48,
};

/* As a texture: rows of this many entries. The table is padded to whole rows. */
#define SCENE_TAB_ROW	1024
#define SCENE_TAB_ROWS	((SCENE_TAB_COUNT + SCENE_TAB_ROW - 1) / SCENE_TAB_ROW)

/* The tables, SCENE_TAB_ROWS * SCENE_TAB_ROW entries, built on the first call. */
const int16_t *scene_table(void);

/* The rectangles in scene_params.box. */
enum scene_box {
	SCENE_BOX_BALL,
	SCENE_BOX_MIRROR,
	SCENE_BOX_TEXT,
	SCENE_BOX_FLOOR,
};

#endif /* HDB_SCENE_PARAM_H */
