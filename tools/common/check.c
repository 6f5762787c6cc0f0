// SPDX-License-Identifier: MIT
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

/* Frames this near are candidates for a tear that both strips escaped. */
#define NEIGHBOURS	16

/* Enough for a row of the reference, twice. */
struct rows {
	uint32_t a[SCENE_MAX_SIZE];
	uint32_t b[SCENE_MAX_SIZE];
};

/* A pixel as far as the format gives it meaning; X reads 0xff. */
static inline uint32_t check_pixel(const struct scene *s, const struct picture *pic, uint32_t x,
				   uint32_t y)
{
	return picture_pixel(pic, x, y) | ~scene_mask(s);
}

/* ---- why a picture is wrong -------------------------------------------- */

/* Whether the whole picture is frame @frame. */
static bool check_is(const struct scene *s, uint64_t frame, const struct picture *pic,
		     struct rows *rows)
{
	struct scene_params p;
	uint32_t x, y;

	scene_params_init(&p, s, frame);
	for (y = 0; y < s->height; y++) {
		scene_row(&p, y, rows->a);
		for (x = 0; x < s->width; x++)
			if (check_pixel(s, pic, x, y) != rows->a[x])
				return false;
	}
	return true;
}

/*
 * Whether every pixel is of frame @a or of @b. *row is the first row that holds
 * a pixel that is not of the frame which the picture began with.
 */
static bool check_is_mix(const struct scene *s, uint64_t a, uint64_t b, const struct picture *pic,
			 struct rows *rows, uint32_t *row)
{
	struct scene_params pa, pb;
	bool only_a = true, only_b = true;
	bool found = false;
	uint32_t x, y;

	scene_params_init(&pa, s, a);
	scene_params_init(&pb, s, b);
	for (y = 0; y < s->height; y++) {
		scene_row(&pa, y, rows->a);
		scene_row(&pb, y, rows->b);
		for (x = 0; x < s->width; x++) {
			uint32_t v = check_pixel(s, pic, x, y);

			if (v != rows->a[x] && v != rows->b[x])
				return false;
			only_a &= v == rows->a[x];
			only_b &= v == rows->b[x];
		}
		if (!found && !only_a && !only_b) {
			*row = y;
			found = true;
		}
	}
	return found;
}

/*
 * Whether row @y is, as a whole, that of @frame. A single wrong pixel may by
 * chance have the colour of another frame; all of a row cannot.
 */
static bool check_row_is(const struct scene *s, uint64_t frame, uint32_t y,
			 const struct picture *pic, struct rows *rows)
{
	struct scene_params p;
	uint32_t x, differs = 0;

	scene_params_init(&p, s, frame);
	scene_row(&p, y, rows->b);
	for (x = 0; x < s->width; x++) {
		if (check_pixel(s, pic, x, y) != rows->b[x])
			return false;
		differs += rows->a[x] != rows->b[x];
	}
	return differs >= s->width / 8;
}

/* Both strips are right: were rows between them left from, or taken by, another? */
static bool check_neighbours(const struct scene *s, const struct picture *pic, struct rows *rows,
			     struct check_result *r)
{
	struct scene_params p;
	int i;

	scene_params_init(&p, s, r->frame);
	scene_row(&p, r->y, rows->a);
	for (i = 1; i <= NEIGHBOURS; i++) {
		uint64_t near[2] = { r->frame - (uint64_t)i, r->frame + (uint64_t)i };
		int k;

		for (k = 0; k < 2; k++) {
			if (k == 0 && r->frame < (uint64_t)i)
				continue;
			if (!check_row_is(s, near[k], r->y, pic, rows))
				continue;
			if (!check_is_mix(s, r->frame, near[k], pic, rows, &r->row)) {
				/* its row was used up by the mix */
				scene_row(&p, r->y, rows->a);
				continue;
			}
			r->other = near[k];
			return true;
		}
	}
	return false;
}

static enum check_diagnosis check_diagnose(const struct scene *s, const struct picture *pic,
					   struct rows *rows, struct check_result *r)
{
	struct scene_strip top, bottom;
	bool has_top = scene_read_strip(s, pic, SCENE_TOP, &top);
	bool has_bottom = scene_read_strip(s, pic, SCENE_BOTTOM, &bottom);
	uint64_t frame = r->frame;

	if (!has_top || !has_bottom)
		return CHECK_CORRUPT;
	if (top.stream != s->stream && bottom.stream == top.stream) {
		r->other_stream = top.stream;
		return CHECK_STREAM;
	}
	if (top.stream != s->stream || bottom.stream != s->stream)
		return CHECK_CORRUPT;
	if (top.frame != bottom.frame) {
		if (!check_is_mix(s, top.frame, bottom.frame, pic, rows, &r->row))
			return CHECK_CORRUPT;
		if (frame == bottom.frame)
			r->other = top.frame;
		else
			r->other = bottom.frame;
		if (frame != top.frame && frame != bottom.frame)
			r->frame = top.frame;
		return CHECK_TORN;
	}
	if (top.frame != frame) {
		if (!check_is(s, top.frame, pic, rows))
			return CHECK_CORRUPT;
		r->other = top.frame;
		return CHECK_STALE;
	}
	return check_neighbours(s, pic, rows, r) ? CHECK_TORN : CHECK_CORRUPT;
}

/* ---- the comparison ---------------------------------------------------- */

bool check_frame(const struct scene *s, uint64_t frame, const struct picture *pic,
		 struct check_result *r)
{
	struct scene_params p;
	struct rows rows;
	uint32_t x, y;

	memset(r, 0, sizeof(*r));
	r->frame = frame;
	scene_params_init(&p, s, frame);
	for (y = 0; y < s->height; y++) {
		scene_row(&p, y, rows.a);
		for (x = 0; x < s->width; x++) {
			uint32_t got = check_pixel(s, pic, x, y);

			if (got == rows.a[x])
				continue;
			if (r->bad++)
				continue;
			r->x = x;
			r->y = y;
			r->got = got;
			r->want = rows.a[x];
		}
	}
	r->diagnosis = r->bad ? check_diagnose(s, pic, &rows, r) : CHECK_OK;
	return !r->bad;
}

const char *check_name(enum check_diagnosis d)
{
	static const char *const names[] = {
		[CHECK_OK] = "ok",
		[CHECK_STALE] = "stale",
		[CHECK_TORN] = "torn",
		[CHECK_STREAM] = "stream",
		[CHECK_CORRUPT] = "corrupt",
	};

	return (size_t)d < sizeof(names) / sizeof(names[0]) ? names[d] : "unknown";
}

void check_describe(const struct scene *s, const struct check_result *r, char *buf, size_t len)
{
	uint64_t all = (uint64_t)s->width * s->height;
	char why[120] = "corrupt";

	if (r->diagnosis == CHECK_OK) {
		snprintf(buf, len, "frame %" PRIu64 ": all %" PRIu64 " pixels are right",
			 r->frame, all);
		return;
	}
	if (r->diagnosis == CHECK_STALE)
		snprintf(why, sizeof(why), "stale: this is frame %" PRIu64, r->other);
	else if (r->diagnosis == CHECK_TORN)
		snprintf(why, sizeof(why),
			 "torn: a mix of frames %" PRIu64 " and %" PRIu64 ", from row %u on",
			 r->frame, r->other, r->row);
	else if (r->diagnosis == CHECK_STREAM)
		snprintf(why, sizeof(why), "of another stream, %016" PRIx64, r->other_stream);
	snprintf(buf, len, "frame %" PRIu64 ": %" PRIu64 " pixel%s of %" PRIu64
		 " %s wrong, the first at %u,%u: got %08x, want %08x (%s)", r->frame, r->bad,
		 r->bad == 1 ? "" : "s", all, r->bad == 1 ? "is" : "are", r->x, r->y, r->got,
		 r->want, why);
}

/* ---- checksums --------------------------------------------------------- */

static uint32_t crc_row(uint32_t crc, const uint32_t *row, uint32_t width)
{
	uint8_t bytes[SCENE_MAX_SIZE * 4];
	uint32_t x;

	for (x = 0; x < width; x++) {
		bytes[x * 4] = (uint8_t)row[x];
		bytes[x * 4 + 1] = (uint8_t)(row[x] >> 8);
		bytes[x * 4 + 2] = (uint8_t)(row[x] >> 16);
		bytes[x * 4 + 3] = (uint8_t)(row[x] >> 24);
	}
	return (uint32_t)crc32(crc, bytes, width * 4);
}

uint32_t check_crc(const struct scene *s, const struct picture *pic)
{
	uint32_t row[SCENE_MAX_SIZE];
	uint32_t crc = 0, x, y;

	for (y = 0; y < s->height; y++) {
		for (x = 0; x < s->width; x++)
			row[x] = check_pixel(s, pic, x, y);
		crc = crc_row(crc, row, s->width);
	}
	return crc;
}

uint32_t check_crc_scene(const struct scene *s, uint64_t frame)
{
	uint32_t row[SCENE_MAX_SIZE];
	struct scene_params p;
	uint32_t crc = 0, y;

	scene_params_init(&p, s, frame);
	for (y = 0; y < s->height; y++) {
		scene_row(&p, y, row);
		crc = crc_row(crc, row, s->width);
	}
	return crc;
}
