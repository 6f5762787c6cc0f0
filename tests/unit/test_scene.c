// SPDX-License-Identifier: MIT
/* The reference picture: the same however it is asked for, at every size. */
#include <criterion/criterion.h>
#include <drm_fourcc.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "scene.h"
#include "scene_param.h"

#define STREAM 0xfedcba9876543210ULL
#define XR24 DRM_FORMAT_XRGB8888
#define AR24 DRM_FORMAT_ARGB8888
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const uint64_t frames[] = {
	0, 1, 2, 43, 44, 131, 132, 263, 999999, 1000000, UINT32_MAX, 1ULL << 32, UINT64_MAX,
};

static uint32_t *render(const struct scene *s, uint64_t frame)
{
	uint32_t *pixels = malloc((size_t)s->width * s->height * 4);
	struct scene_params p;
	uint32_t y;

	cr_assert(pixels);
	scene_params_init(&p, s, frame);
	for (y = 0; y < s->height; y++)
		scene_row(&p, y, pixels + (size_t)y * s->width);
	return pixels;
}

static struct picture view(const struct scene *s, const uint32_t *pixels)
{
	return (struct picture){
		pixels, (size_t)s->width * 4, s->width, s->height, PICTURE_ARGB,
	};
}

Test(scene, what_can_be_drawn)
{
	static const struct {
		struct scene s;
		const char *error;
	} cases[] = {
		{ { 64, 64, XR24, 0 }, NULL },
		{ { 4096, 4096, AR24, UINT64_MAX }, NULL },
		{ { 63, 64, XR24, 0 }, "the width is not between 64 and 4096" },
		{ { 4097, 64, XR24, 0 }, "the width is not between 64 and 4096" },
		{ { 64, 63, XR24, 0 }, "the height is not between 64 and 4096" },
		{ { 64, 4097, XR24, 0 }, "the height is not between 64 and 4096" },
		{ { 64, 64, DRM_FORMAT_XBGR8888, 0 }, "the format is neither XR24 nor AR24" },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		const char *error = scene_error(&cases[i].s);

		if (cases[i].error)
			cr_expect_str_eq(error ? error : "nothing", cases[i].error);
		else
			cr_expect_null(error);
	}
}

/* The row is drawn in pieces, each with less arithmetic; a pixel with all of it. */
Test(scene, rows_equal_pixels)
{
	static const struct {
		uint32_t width, height, step;
	} sizes[] = {
		{ 64, 64, 1 }, { 65, 71, 1 }, { 257, 130, 1 }, { 320, 240, 1 }, { 640, 480, 7 },
		{ 1921, 1081, 41 }, { 4096, 64, 1 }, { 64, 4096, 13 }, { 4096, 4096, 211 },
		{ 3840, 2160, 127 }, { 2160, 3840, 127 },
	};
	uint32_t *row = malloc(4096 * 4);
	size_t i, k;

	for (i = 0; i < COUNT(sizes); i++) {
		struct scene s = { sizes[i].width, sizes[i].height, AR24, STREAM };

		for (k = 0; k < COUNT(frames); k++) {
			struct scene_params p;
			uint32_t x, y;

			scene_params_init(&p, &s, frames[k]);
			for (y = (uint32_t)k % sizes[i].step; y < s.height; y += sizes[i].step) {
				scene_row(&p, y, row);
				for (x = 0; x < s.width; x++)
					cr_assert_eq(row[x], scene_pixel(&p, x, y),
						     "%ux%u frame %lu at %u,%u", s.width,
						     s.height, (unsigned long)frames[k], x, y);
			}
		}
	}
	free(row);
}

/* The number is drawn over the bare wall: the ball must stay below, at any size. */
Test(scene, ball_stays_below_the_number)
{
	struct scene s = { 0, 0, XR24, STREAM };
	struct scene_params p;
	uint64_t frame;

	for (s.width = 64; s.width <= 4096; s.width += 1 + s.width / 16) {
		for (s.height = 64; s.height <= 4096; s.height += 1 + s.height / 16) {
			for (frame = 0; frame < 44; frame++) {
				scene_params_init(&p, &s, frame);
				/* the box has a margin of two pixels */
				cr_assert(p.box[SCENE_BOX_BALL][1] + 2 >=
					  p.box[SCENE_BOX_TEXT][3], "%ux%u frame %lu", s.width,
					  s.height, (unsigned long)frame);
				cr_assert(p.box[SCENE_BOX_TEXT][3] <= p.box[SCENE_BOX_FLOOR][1]);
				cr_assert(p.box[SCENE_BOX_TEXT][2] <= (int)s.width);
			}
		}
	}
}

Test(scene, same_frame_same_bits)
{
	struct scene s = { 200, 150, AR24, STREAM };
	uint32_t *a = render(&s, 77), *b = render(&s, 77);

	cr_expect_eq(memcmp(a, b, 200 * 150 * 4), 0);
	free(a);
	free(b);
}

/*
 * The picture is an agreement between two machines, which may run builds of
 * different age: who changes it on purpose changes these sums, and the version
 * of the metadata.
 */
Test(scene, stays_what_it_is)
{
	static const struct {
		uint32_t width, height, fourcc;
		uint64_t frame;
		uint32_t crc;
	} known[] = {
		{ 64, 64, XR24, 0, 0xf1270fc2 },
		{ 640, 480, XR24, 28, 0x9484e0cf },
		{ 641, 479, AR24, 1000000, 0x447a6fd4 },
		{ 1920, 1080, AR24, UINT64_MAX, 0x8d7e76bd },
		{ 100, 2000, AR24, 77, 0x67387ea4 },
	};
	size_t i;

	for (i = 0; i < COUNT(known); i++) {
		struct scene s = { known[i].width, known[i].height, known[i].fourcc, STREAM };
		uint32_t *pixels = render(&s, known[i].frame);
		uLong crc = crc32(0, (const Bytef *)pixels, s.width * s.height * 4);

		cr_expect_eq(crc, known[i].crc, "%ux%u: 0x%08lx", s.width, s.height, crc);
		free(pixels);
	}
}

/* Every row tells frames apart, else a tear could hide between two of them. */
Test(scene, every_row_changes_every_frame)
{
	struct scene s = { 320, 240, XR24, STREAM };
	uint32_t *a = render(&s, 0), *b;
	uint32_t y, frame;

	for (frame = 1; frame < 100; frame++) {
		b = render(&s, frame);
		/* the strip's own rows without the number's low word do not */
		for (y = scene_strip_rows(&s); y < 240 - scene_strip_rows(&s); y++)
			cr_assert(memcmp(a + y * 320, b + y * 320, 320 * 4),
				  "row %u of frames %u and %u", y, frame - 1, frame);
		free(a);
		a = b;
	}
	free(a);
}

Test(scene, it_moves)
{
	struct scene s = { 320, 240, XR24, STREAM };
	uint32_t *a = render(&s, 10), *b = render(&s, 11);
	uint32_t i, large = 0;

	for (i = 0; i < 320 * 240; i++)
		large += abs((int)(a[i] >> 8 & 255) - (int)(b[i] >> 8 & 255)) > 40;
	cr_expect(large > 320 * 240 / 50, "only %u pixels change visibly", large);
	free(a);
	free(b);
}

Test(scene, alpha)
{
	struct scene xr = { 320, 240, XR24, STREAM }, ar = { 320, 240, AR24, STREAM };
	uint32_t *x = render(&xr, 5), *a = render(&ar, 5), *next = render(&ar, 6);
	uint32_t first = scene_strip_rows(&xr) * 320, last = 320 * 240 - first;
	uint32_t seen[256] = { 0 };
	uint32_t i, values = 0, same = 0;

	for (i = 0; i < 320 * 240; i++) {
		cr_assert_eq(x[i] >> 24, 0xff);
		/* the strip's checksum covers the format */
		if (i >= first && i < last)
			cr_assert_eq(x[i] & 0xffffff, a[i] & 0xffffff);
		seen[a[i] >> 24]++;
		same += a[i] >> 24 == next[i] >> 24;
	}
	for (i = 0; i < 256; i++)
		values += seen[i] > 0;
	cr_expect_eq(values, 32);
	cr_expect(same < 320 * 240 / 10, "%u of the alpha values did not change", same);
	cr_expect_eq(scene_mask(&xr), 0x00ffffff);
	cr_expect_eq(scene_mask(&ar), 0xffffffff);
	free(x);
	free(a);
	free(next);
}

/* ---- the strip --------------------------------------------------------- */

static void read_both(const struct scene *s, uint64_t frame)
{
	uint32_t rows = scene_strip_rows(s), y;
	uint32_t *pixels = calloc((size_t)s->width * s->height, 4);
	struct picture pic = view(s, pixels);
	struct scene_strip strip = { 0, 0 };
	struct scene_params p;
	int where;

	cr_assert(pixels);
	cr_assert(rows * 2 < s->height);
	scene_params_init(&p, s, frame);
	for (y = 0; y < rows; y++) {
		scene_row(&p, y, pixels + (size_t)y * s->width);
		scene_row(&p, s->height - rows + y,
			  pixels + (size_t)(s->height - rows + y) * s->width);
	}
	for (where = SCENE_TOP; where <= SCENE_BOTTOM; where++) {
		cr_assert(scene_read_strip(s, &pic, (enum scene_where)where, &strip),
			  "%ux%u: no strip %d", s->width, s->height, where);
		cr_assert_eq(strip.frame, frame);
		cr_assert_eq(strip.stream, s->stream);
	}
	free(pixels);
}

Test(strip, every_width)
{
	struct scene s = { 0, 64, XR24, STREAM };

	for (s.width = 64; s.width <= 4096; s.width++)
		read_both(&s, s.width * 7919);
}

Test(strip, every_height)
{
	struct scene s = { 64, 0, AR24, STREAM };

	for (s.height = 64; s.height <= 4096; s.height++)
		read_both(&s, s.height);
}

Test(strip, every_bit)
{
	struct scene s = { 320, 64, XR24, 0 };
	int bit;

	for (bit = 0; bit < 64; bit++) {
		s.stream = 1ULL << bit;
		read_both(&s, 1ULL << (63 - bit));
	}
	s.stream = UINT64_MAX;
	read_both(&s, UINT64_MAX);
}

/* Turns the cell at @x of the topmost row of cells over. */
static void flip_cell(uint32_t *pixels, uint32_t x)
{
	uint32_t i;

	for (i = 0; i < 8; i++)
		pixels[i / 4 * 256 + x + i % 4] ^= 0xffffff;
}

/* A strip is believed whole or not at all. */
Test(strip, damage)
{
	struct scene s = { 256, 128, XR24, STREAM }, other = s;
	uint32_t *pixels = render(&s, 9);
	struct picture pic = view(&s, pixels);
	struct scene_strip strip = { 1, 2 };
	uint32_t x;

	for (x = 0; x < 256; x += 4) {
		flip_cell(pixels, x);
		cr_assert(!scene_read_strip(&s, &pic, SCENE_TOP, &strip), "cell %u", x / 4);
		cr_assert(scene_read_strip(&s, &pic, SCENE_BOTTOM, &strip));
		flip_cell(pixels, x);
		cr_assert(scene_read_strip(&s, &pic, SCENE_TOP, &strip));
	}
	strip = (struct scene_strip){ 1, 2 };
	other.fourcc = AR24;
	cr_expect(!scene_read_strip(&other, &pic, SCENE_TOP, &strip));
	other = s;
	other.height = 127;
	cr_expect(!scene_read_strip(&other, &pic, SCENE_TOP, &strip));
	memset(pixels, 0, 256 * 128 * 4);
	cr_expect(!scene_read_strip(&s, &pic, SCENE_TOP, &strip));
	memset(pixels, 0xff, 256 * 128 * 4);
	cr_expect(!scene_read_strip(&s, &pic, SCENE_TOP, &strip));
	cr_expect_eq(strip.frame, 1);
	cr_expect_eq(strip.stream, 2);
	free(pixels);
}
