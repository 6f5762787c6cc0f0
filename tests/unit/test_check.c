// SPDX-License-Identifier: MIT
/* The checker: finds every fault, and says which kind it is. */
#include <criterion/criterion.h>
#include <drm_fourcc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "check.h"

#define W 320
#define H 240
#define STREAM 0x1122334455667788ULL
#define PAD 52	/* bytes behind each row */
#define STRIDE (W * 4 + PAD)

static const struct scene xr24 = { W, H, DRM_FORMAT_XRGB8888, STREAM };
static const struct scene ar24 = { W, H, DRM_FORMAT_ARGB8888, STREAM };

/* Rows from..to-1 of a frame, in the picture's own byte order. */
static void draw(const struct scene *s, uint64_t frame, struct picture *pic, uint32_t from,
		 uint32_t to)
{
	struct scene_params p;
	uint32_t row[W];
	uint32_t x, y;

	scene_params_init(&p, s, frame);
	for (y = from; y < to; y++) {
		uint8_t *out = (uint8_t *)pic->data + pic->stride * y;
		int red = pic->order == PICTURE_RGBA ? 0 : 2;

		scene_row(&p, y, row);
		for (x = 0; x < W; x++, out += 4) {
			out[red] = (uint8_t)(row[x] >> 16);
			out[1] = (uint8_t)(row[x] >> 8);
			out[2 - red] = (uint8_t)row[x];
			out[3] = (uint8_t)(row[x] >> 24);
		}
	}
}

static struct picture picture(const struct scene *s, uint64_t frame, enum picture_order order)
{
	struct picture pic = { malloc(STRIDE * H), STRIDE, W, H, order };

	cr_assert(pic.data);
	memset((void *)pic.data, 0x5a, STRIDE * H);
	draw(s, frame, &pic, 0, H);
	return pic;
}

static uint8_t *byte(struct picture *pic, uint32_t x, uint32_t y, uint32_t channel)
{
	return (uint8_t *)pic->data + pic->stride * y + x * 4 + channel;
}

static void done(struct picture *pic)
{
	free((void *)pic->data);
}

Test(check, right)
{
	const struct scene *both[] = { &xr24, &ar24 };
	struct check_result r;
	char text[200];
	int i, order;

	for (i = 0; i < 2; i++) {
		for (order = PICTURE_RGBA; order <= PICTURE_ARGB; order++) {
			struct picture pic = picture(both[i], 40, (enum picture_order)order);

			cr_expect(check_frame(both[i], 40, &pic, &r));
			cr_expect_eq(r.diagnosis, CHECK_OK);
			cr_expect_eq(r.bad, 0);
			check_describe(both[i], &r, text, sizeof(text));
			cr_expect_str_eq(text, "frame 40: all 76800 pixels are right");
			done(&pic);
		}
	}
}

/* One byte by one, anywhere, in any channel, for both formats. */
Test(check, one_byte)
{
	const struct scene *both[] = { &xr24, &ar24 };
	struct picture pic;
	struct check_result r;
	uint32_t i, k, n;

	for (i = 0; i < 2; i++) {
		pic = picture(both[i], 40, PICTURE_ARGB);
		for (n = 0; n < 60; n++) {
			uint32_t x = n * 7919 % W, y = n * 104729 % H, c = n % (i ? 4 : 3);
			uint8_t *b = byte(&pic, x, y, c);

			if (n == 0)
				x = 0, y = 0, b = byte(&pic, 0, 0, c);
			if (n == 1)
				x = W - 1, y = H - 1, b = byte(&pic, x, y, c);
			for (k = 1; k <= 0x80; k <<= 1) {
				uint32_t want = picture_pixel(&pic, x, y);

				*b ^= (uint8_t)k;
				cr_assert(!check_frame(both[i], 40, &pic, &r));
				cr_assert_eq(r.bad, 1);
				cr_assert(r.x == x && r.y == y, "%u,%u", r.x, r.y);
				cr_assert_eq(r.want, want);
				cr_assert_eq(r.got, want ^ k << c * 8);
				cr_assert_eq(r.diagnosis, CHECK_CORRUPT, "%u,%u bit %x is %s", x, y,
					     k, check_name(r.diagnosis));
				*b ^= (uint8_t)k;
			}
		}
		cr_assert(check_frame(both[i], 40, &pic, &r));
		done(&pic);
	}
}

Test(check, named_for_a_person)
{
	struct picture pic = picture(&xr24, 7, PICTURE_RGBA);
	struct check_result r;
	char text[200], want[200];
	uint32_t right = picture_pixel(&pic, 12, 34);

	*byte(&pic, 12, 34, 0) ^= 1;
	cr_expect(!check_frame(&xr24, 7, &pic, &r));
	check_describe(&xr24, &r, text, sizeof(text));
	snprintf(want, sizeof(want), "frame 7: 1 pixel of 76800 is wrong, the first at 12,34: "
		 "got %08x, want %08x (corrupt)", right ^ 0x10000, right);
	cr_expect_str_eq(text, want);
	/* it is cut, never overrun */
	memset(text, 'x', sizeof(text));
	check_describe(&xr24, &r, text, 10);
	cr_expect_str_eq(text, "frame 7: ");
	cr_expect_eq(text[10], 'x');
	done(&pic);
}

/* X is nobody's business, alpha is. */
Test(check, alpha)
{
	struct picture pic = picture(&xr24, 3, PICTURE_ARGB);
	struct check_result r;

	*byte(&pic, 5, 100, 3) = 0x12;
	cr_expect(check_frame(&xr24, 3, &pic, &r));
	cr_expect_eq(check_crc(&xr24, &pic), check_crc_scene(&xr24, 3));
	done(&pic);

	pic = picture(&ar24, 3, PICTURE_ARGB);
	*byte(&pic, 5, 100, 3) ^= 0x01;
	cr_expect(!check_frame(&ar24, 3, &pic, &r));
	cr_expect(r.x == 5 && r.y == 100 && r.bad == 1);
	cr_expect_neq(check_crc(&ar24, &pic), check_crc_scene(&ar24, 3));
	done(&pic);
}

/* Opaque alpha all over, as a wrong format gives it. */
Test(check, alpha_lost)
{
	struct picture pic = picture(&ar24, 3, PICTURE_ARGB);
	struct check_result r;
	uint32_t x, y;

	for (y = 0; y < H; y++)
		for (x = 0; x < W; x++)
			*byte(&pic, x, y, 3) = 0xff;
	cr_expect(!check_frame(&ar24, 3, &pic, &r));
	cr_expect_eq(r.diagnosis, CHECK_CORRUPT);
	cr_expect(r.bad > W * H * 9 / 10);
	done(&pic);
}

Test(check, red_and_blue_swapped)
{
	struct picture pic = picture(&xr24, 3, PICTURE_ARGB);
	struct check_result r;

	pic.order = PICTURE_RGBA;
	cr_expect(!check_frame(&xr24, 3, &pic, &r));
	cr_expect_eq(r.diagnosis, CHECK_CORRUPT);
	done(&pic);
}

Test(check, stale)
{
	struct picture pic = picture(&ar24, 38, PICTURE_RGBA);
	struct check_result r;
	char text[250];

	cr_expect(!check_frame(&ar24, 41, &pic, &r));
	cr_expect_eq(r.diagnosis, CHECK_STALE);
	cr_expect_eq(r.frame, 41);
	cr_expect_eq(r.other, 38);
	check_describe(&ar24, &r, text, sizeof(text));
	cr_expect(strstr(text, "(stale: this is frame 38)"), "%s", text);

	/* stale and damaged is no longer simply stale */
	*byte(&pic, 100, 100, 1) ^= 0x80;
	cr_expect(!check_frame(&ar24, 41, &pic, &r));
	cr_expect_eq(r.diagnosis, CHECK_CORRUPT);
	done(&pic);
}

/* Frame 41 was asked for; rows from @row on are of another, at every row. */
Test(check, torn_at_every_row)
{
	struct picture pic = picture(&xr24, 41, PICTURE_ARGB);
	struct check_result r;
	uint32_t row;

	for (row = H - scene_strip_rows(&xr24); row >= scene_strip_rows(&xr24); row--) {
		draw(&xr24, 42, &pic, row, H);
		cr_assert(!check_frame(&xr24, 41, &pic, &r));
		cr_assert_eq(r.diagnosis, CHECK_TORN, "row %u: %s", row, check_name(r.diagnosis));
		cr_assert_eq(r.other, 42);
		cr_assert_eq(r.frame, 41);
		/* the strip begins with cells that do not change */
		if (row < H - scene_strip_rows(&xr24))
			cr_assert_eq(r.row, row, "%u, not %u", r.row, row);
	}
	done(&pic);
}

/* The frame asked for is the lower part, or not there at all. */
Test(check, torn_other_ways)
{
	struct picture pic = picture(&xr24, 42, PICTURE_ARGB);
	struct check_result r;
	char text[250];

	draw(&xr24, 41, &pic, 100, H);
	cr_expect(!check_frame(&xr24, 41, &pic, &r));
	cr_expect_eq(r.diagnosis, CHECK_TORN);
	cr_expect_eq(r.frame, 41);
	cr_expect_eq(r.other, 42);
	cr_expect_eq(r.row, 100);
	check_describe(&xr24, &r, text, sizeof(text));
	cr_expect(strstr(text, "(torn: a mix of frames 41 and 42, from row 100 on)"), "%s", text);

	cr_expect(!check_frame(&xr24, 99, &pic, &r));
	cr_expect_eq(r.diagnosis, CHECK_TORN);
	cr_expect_eq(r.frame, 42);
	cr_expect_eq(r.other, 41);
	cr_expect_eq(r.row, 100);
	done(&pic);
}

/* Both strips are right, a band between them is not; also in part of a row. */
Test(check, torn_in_the_middle)
{
	struct picture pic = picture(&xr24, 41, PICTURE_RGBA), old;
	struct check_result r;
	uint32_t y;

	draw(&xr24, 38, &pic, 100, 120);
	cr_expect(!check_frame(&xr24, 41, &pic, &r));
	cr_expect_eq(r.diagnosis, CHECK_TORN, "%s", check_name(r.diagnosis));
	cr_expect_eq(r.other, 38);
	cr_expect_eq(r.row, 100);
	done(&pic);

	/* tiles, as a renderer leaves them, below a torn strip */
	pic = picture(&ar24, 41, PICTURE_RGBA);
	old = picture(&ar24, 40, PICTURE_RGBA);
	for (y = 64; y < H; y++)
		memcpy(byte(&pic, 64, y, 0), byte(&old, 64, y, 0), (W - 64) * 4);
	draw(&ar24, 40, &pic, H - scene_strip_rows(&ar24), H);
	cr_expect(!check_frame(&ar24, 41, &pic, &r));
	cr_expect_eq(r.diagnosis, CHECK_TORN, "%s", check_name(r.diagnosis));
	cr_expect_eq(r.other, 40);
	cr_expect_eq(r.row, 64);
	done(&pic);
	done(&old);
}

Test(check, torn_and_damaged)
{
	struct picture pic = picture(&xr24, 41, PICTURE_ARGB);
	struct check_result r;

	draw(&xr24, 42, &pic, 90, H);
	*byte(&pic, 33, 150, 0) ^= 0x40;
	cr_expect(!check_frame(&xr24, 41, &pic, &r));
	cr_expect_eq(r.diagnosis, CHECK_CORRUPT);
	done(&pic);
}

Test(check, one_row_down)
{
	struct picture pic = picture(&xr24, 41, PICTURE_ARGB);
	struct check_result r;

	memmove((uint8_t *)pic.data + STRIDE, pic.data, STRIDE * (H - 1));
	cr_expect(!check_frame(&xr24, 41, &pic, &r));
	cr_expect_eq(r.diagnosis, CHECK_CORRUPT);
	cr_expect(r.bad > W * H / 2);
	done(&pic);
}

Test(check, upside_down)
{
	struct picture pic = picture(&xr24, 41, PICTURE_ARGB), turned = pic;
	struct check_result r;
	uint32_t y;

	turned.data = malloc(STRIDE * H);
	for (y = 0; y < H; y++)
		memcpy((uint8_t *)turned.data + STRIDE * y,
		       (const uint8_t *)pic.data + STRIDE * (H - 1 - y), STRIDE);
	cr_expect(!check_frame(&xr24, 41, &turned, &r));
	cr_expect_eq(r.diagnosis, CHECK_CORRUPT);
	done(&pic);
	done(&turned);
}

Test(check, wrong_stride)
{
	struct picture pic = picture(&xr24, 41, PICTURE_ARGB);
	struct check_result r;

	pic.stride -= 4;
	cr_expect(!check_frame(&xr24, 41, &pic, &r));
	cr_expect_eq(r.diagnosis, CHECK_CORRUPT);
	done(&pic);
}

Test(check, other_stream)
{
	struct scene other = xr24;
	struct check_result r;
	struct picture pic;
	char text[250];

	other.stream = 0xabc;
	pic = picture(&other, 41, PICTURE_ARGB);
	cr_expect(!check_frame(&xr24, 41, &pic, &r));
	cr_expect_eq(r.diagnosis, CHECK_STREAM);
	cr_expect_eq(r.other_stream, 0xabc);
	check_describe(&xr24, &r, text, sizeof(text));
	cr_expect(strstr(text, "(of another stream, 0000000000000abc)"), "%s", text);
	done(&pic);
}

Test(check, nothing_there)
{
	struct picture pic = picture(&xr24, 41, PICTURE_ARGB);
	struct check_result r;

	memset((void *)pic.data, 0, STRIDE * H);
	cr_expect(!check_frame(&xr24, 41, &pic, &r));
	cr_expect_eq(r.diagnosis, CHECK_CORRUPT);
	cr_expect_eq(r.got, 0xff000000);
	done(&pic);
}

/* The checksum of an independent walk over the same bytes. */
Test(check, crc)
{
	struct picture a = picture(&ar24, 12, PICTURE_ARGB), b = picture(&ar24, 12, PICTURE_RGBA);
	uint32_t crc = 0, y;

	for (y = 0; y < H; y++)
		crc = (uint32_t)crc32(crc, (const uint8_t *)a.data + STRIDE * y, W * 4);
	cr_expect_eq(check_crc(&ar24, &a), crc);
	cr_expect_eq(check_crc(&ar24, &b), crc);
	cr_expect_eq(check_crc_scene(&ar24, 12), crc);
	cr_expect_neq(check_crc_scene(&ar24, 13), crc);
	*byte(&b, W - 1, H - 1, 2) ^= 1;
	cr_expect_neq(check_crc(&ar24, &b), crc);
	done(&a);
	done(&b);
}

Test(check, names)
{
	cr_expect_str_eq(check_name(CHECK_OK), "ok");
	cr_expect_str_eq(check_name(CHECK_STALE), "stale");
	cr_expect_str_eq(check_name(CHECK_TORN), "torn");
	cr_expect_str_eq(check_name(CHECK_STREAM), "stream");
	cr_expect_str_eq(check_name(CHECK_CORRUPT), "corrupt");
	cr_expect_str_eq(check_name((enum check_diagnosis)99), "unknown");
}
