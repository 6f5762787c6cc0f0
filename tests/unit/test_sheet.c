// SPDX-License-Identifier: MIT
/* The contact sheet: an even spread, true colours, bad frames marked. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "pngfile.h"
#include "scratch.h"
#include "sheet.h"

static char err[300];

/* A picture in one colour. The caller frees .data. */
static struct picture plain(uint32_t width, uint32_t height, uint32_t colour)
{
	uint32_t *pixels = malloc((size_t)width * height * 4);
	size_t i;

	cr_assert(pixels);
	for (i = 0; i < (size_t)width * height; i++)
		pixels[i] = colour;
	return (struct picture){ pixels, (size_t)width * 4, width, height, PICTURE_ARGB };
}

static uint32_t count_colour(const struct picture *pic, uint32_t colour)
{
	uint32_t x, y, n = 0;

	for (y = 0; y < pic->height; y++)
		for (x = 0; x < pic->width; x++)
			n += picture_pixel(pic, x, y) == colour;
	return n;
}

static struct picture written(const struct sheet *s)
{
	struct picture out;

	cr_assert(sheet_write(s, scratch_path("sheet.png"), err, sizeof(err)), "%s", err);
	cr_assert(pngfile_read(scratch_path("sheet.png"), &out, err, sizeof(err)), "%s", err);
	return out;
}

TestSuite(sheet, .init = scratch_open, .fini = scratch_close);

Test(sheet, empty)
{
	struct sheet *s = sheet_new(12);

	cr_expect_eq(sheet_count(s), 0);
	cr_expect(!sheet_write(s, scratch_path("sheet.png"), err, sizeof(err)));
	cr_expect(strstr(err, "no frame"), "%s", err);
	cr_expect_eq(scratch_count(), 0);
	sheet_free(s);
	sheet_free(NULL);
}

/* Each thumbnail keeps its colour and its area. */
Test(sheet, colours)
{
	static const uint32_t colours[] = { 0xff102030, 0xff40a050, 0xff0000ff, 0xff808000 };
	struct sheet *s = sheet_new(4);
	struct picture pic, out;
	uint32_t i;

	for (i = 0; i < 4; i++) {
		pic = plain(640, 480, colours[i]);
		cr_assert(sheet_add(s, &pic, i, false));
		free((void *)pic.data);
	}
	out = written(s);
	cr_expect_gt(out.width, 2 * 240);
	for (i = 0; i < 4; i++)
		cr_expect_eq(count_colour(&out, colours[i]), 240 * 180);
	free((void *)out.data);
	sheet_free(s);
}

/* Scaling down takes the mean: fine stripes become grey, exactly. */
Test(sheet, mean)
{
	struct picture pic = plain(480, 480, 0xff000000), out;
	struct sheet *s = sheet_new(4);
	uint32_t x, y;

	for (y = 0; y < 480; y++)
		for (x = y & 1; x < 480; x += 2)
			((uint32_t *)pic.data)[y * 480 + x] = 0x00c86432;
	cr_assert(sheet_add(s, &pic, 0, false));
	out = written(s);
	cr_expect_eq(count_colour(&out, 0xff643219), 240 * 240);
	free((void *)pic.data);
	free((void *)out.data);
	sheet_free(s);
}

/* However many frames come, the sheet holds an even spread of them. */
Test(sheet, any_number_of_frames)
{
	unsigned int max, n, frames;

	for (max = 4; max <= 25; max++) {
		struct picture pic = plain(64, 64, 0xff123456);

		for (frames = 1; frames < 200; frames += 7) {
			struct sheet *s = sheet_new(max);

			for (n = 0; n < frames; n++) {
				unsigned int before = sheet_count(s);
				bool wanted = sheet_wants(s);

				cr_assert(sheet_add(s, wanted ? &pic : NULL, n, false));
				if (before < max)
					cr_assert_eq(sheet_count(s), before + wanted);
				else if (!wanted)
					cr_assert_eq(sheet_count(s), max);
				else	/* thinned, and the new one kept */
					cr_assert_eq(sheet_count(s), (max + 1) / 2 + 1);
			}
			cr_assert(sheet_count(s) <= max);
			cr_assert(sheet_count(s) >= (frames < max ? frames : max / 2),
				  "%u of %u frames, at most %u", sheet_count(s), frames, max);
			sheet_free(s);
		}
		free((void *)pic.data);
	}
}

Test(sheet, bad_frames_are_kept_and_red)
{
	struct picture pic = plain(240, 240, 0xff123456), out;
	struct sheet *s = sheet_new(8);
	unsigned int n;

	for (n = 0; n < 9; n++)
		cr_assert(sheet_add(s, &pic, n, false));
	/* Full once, so every second is kept: 0 2 4 6 8; the next wanted is 10 */
	cr_expect_eq(sheet_count(s), 5);
	cr_expect(!sheet_wants(s));
	cr_assert(sheet_add(s, &pic, 9, true));
	cr_expect_eq(sheet_count(s), 6);
	out = written(s);
	/* a frame of 3 pixels around one thumbnail, and the digit */
	cr_expect_gt(count_colour(&out, 0xffff4040), 4 * 240 * 3);
	cr_expect_eq(count_colour(&out, 0xff123456), 6 * 240 * 240);
	free((void *)out.data);
	free((void *)pic.data);
	sheet_free(s);
}

/* Nothing but bad frames: still bounded. */
Test(sheet, all_bad)
{
	struct picture pic = plain(64, 64, 0xff123456);
	struct sheet *s = sheet_new(7);
	unsigned int n;

	for (n = 0; n < 500; n++) {
		cr_assert(sheet_add(s, &pic, n, true));
		cr_assert(sheet_count(s) <= 7);
	}
	cr_expect(sheet_count(s) >= 3);
	free((void *)pic.data);
	sheet_free(s);
}

Test(sheet, other_size_is_refused)
{
	struct picture a = plain(64, 64, 0xff000000), b = plain(65, 64, 0xff000000);
	struct sheet *s = sheet_new(4);

	cr_assert(sheet_add(s, &a, 0, false));
	cr_expect(!sheet_add(s, &b, 1, false));
	cr_expect_eq(sheet_count(s), 1);
	free((void *)a.data);
	free((void *)b.data);
	sheet_free(s);
}

/* Long and thin pictures, and numbers too long for their thumbnail. */
Test(sheet, odd_shapes)
{
	static const uint32_t sizes[][2] = { { 64, 4096 }, { 4096, 64 }, { 64, 64 }, { 241, 239 } };
	size_t i;

	for (i = 0; i < 4; i++) {
		struct picture pic = plain(sizes[i][0], sizes[i][1], 0xff3377cc), out;
		struct sheet *s = sheet_new(4);

		cr_assert(sheet_add(s, &pic, UINT64_MAX, false));
		cr_assert(sheet_add(s, &pic, 1, true));
		out = written(s);
		cr_expect_gt(count_colour(&out, 0xff3377cc), 0);
		free((void *)out.data);
		free((void *)pic.data);
		sheet_free(s);
	}
}
