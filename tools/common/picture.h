/* SPDX-License-Identifier: MIT */
/*
 * picture: 32-bit pixels in memory, the currency of the checker, the PNG
 * writer and the contact sheet. Header only.
 *
 * The first row in memory is the top of the picture. That is also how GL sees
 * a dma-buf: row 0 of the buffer is y = 0 of the texture, of the framebuffer
 * and of glReadPixels, so nothing is ever flipped.
 */
#ifndef HDB_PICTURE_H
#define HDB_PICTURE_H

#include <stddef.h>
#include <stdint.h>

/**
 * enum picture_order - how the four bytes of a pixel lie in memory
 * @PICTURE_RGBA: R, G, B, A: what glReadPixels(GL_RGBA, GL_UNSIGNED_BYTE) gives
 * @PICTURE_ARGB: B, G, R, A: a little-endian word 0xAARRGGBB, which is what a
 *	buffer of DRM_FORMAT_XRGB8888 or DRM_FORMAT_ARGB8888 holds
 */
enum picture_order {
	PICTURE_RGBA,
	PICTURE_ARGB,
};

/**
 * struct picture - a view of pixels that belong to somebody else
 * @data: first byte of the top row; read only, never freed here
 * @stride: bytes from one row to the next, at least width * 4; the checker and
 *	the PNG writer put no demand on the alignment of rows
 * @width: pixels
 * @height: rows
 * @order: of the bytes in a pixel
 */
struct picture {
	const void *data;
	size_t stride;
	uint32_t width;
	uint32_t height;
	enum picture_order order;
};

/* One pixel as 0xAARRGGBB. The caller keeps x and y within the picture. */
static inline uint32_t picture_pixel(const struct picture *p, uint32_t x, uint32_t y)
{
	const uint8_t *b = (const uint8_t *)p->data + p->stride * y + (size_t)x * 4;
	uint32_t ends = p->order == PICTURE_RGBA ? (uint32_t)b[0] << 16 | b[2]
						 : (uint32_t)b[2] << 16 | b[0];

	return (uint32_t)b[3] << 24 | (uint32_t)b[1] << 8 | ends;
}

#endif /* HDB_PICTURE_H */
