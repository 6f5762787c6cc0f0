// SPDX-License-Identifier: MIT
#include "sheet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "glyph.h"
#include "pngfile.h"

#define MAX_SIDE	240	/* of a thumbnail, pixels */
#define GAP		8	/* around each, pixels */
#define LABEL		20	/* height of a label, pixels */
#define MAX_DIGITS	20

#define BACKGROUND	0xff16161c
#define INK		0xffd8d8e0
#define BAD		0xffff4040

struct thumb {
	uint32_t *pixels;
	uint64_t frame;
	uint64_t index;		/* which sheet_add() it came with */
	bool bad;
};

/*
 * Bounds: count <= max. Spaced thumbnails are those whose index is a multiple of
 * @every; others are bad frames kept beside them.
 */
struct sheet {
	unsigned int max;
	unsigned int count;
	uint64_t next;
	uint64_t every;
	uint32_t from_width, from_height;
	uint32_t width, height;
	struct thumb *thumbs;
};

struct sheet *sheet_new(unsigned int max)
{
	struct sheet *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->max = max < 4 ? 4 : max > 256 ? 256 : max;
	s->every = 1;
	s->thumbs = calloc(s->max, sizeof(*s->thumbs));
	if (!s->thumbs) {
		free(s);
		return NULL;
	}
	return s;
}

void sheet_free(struct sheet *s)
{
	unsigned int i;

	if (!s)
		return;
	for (i = 0; i < s->count; i++)
		free(s->thumbs[i].pixels);
	free(s->thumbs);
	free(s);
}

bool sheet_wants(const struct sheet *s)
{
	/* A full sheet is thinned before it takes another */
	return s->next % (s->count < s->max ? s->every : s->every * 2) == 0;
}

unsigned int sheet_count(const struct sheet *s)
{
	return s->count;
}

/* ---- collecting -------------------------------------------------------- */

static void sheet_set_size(struct sheet *s, const struct picture *pic)
{
	uint32_t longer = pic->width > pic->height ? pic->width : pic->height;

	s->from_width = pic->width;
	s->from_height = pic->height;
	if (longer <= MAX_SIDE) {
		s->width = pic->width;
		s->height = pic->height;
		return;
	}
	s->width = (uint32_t)((uint64_t)pic->width * MAX_SIDE / longer);
	s->height = (uint32_t)((uint64_t)pic->height * MAX_SIDE / longer);
	if (!s->width)
		s->width = 1;
	if (!s->height)
		s->height = 1;
}

/* The mean of the pixels that fall, wholly or by their corner, into this one. */
static uint32_t box_pixel(const struct sheet *s, const struct picture *pic, uint32_t x,
			  uint32_t y)
{
	uint32_t x0 = (uint32_t)((uint64_t)x * s->from_width / s->width);
	uint32_t x1 = (uint32_t)((uint64_t)(x + 1) * s->from_width / s->width);
	uint32_t y0 = (uint32_t)((uint64_t)y * s->from_height / s->height);
	uint32_t y1 = (uint32_t)((uint64_t)(y + 1) * s->from_height / s->height);
	uint64_t r = 0, g = 0, b = 0, n = (uint64_t)(x1 - x0) * (y1 - y0);
	uint32_t i, k;

	for (k = y0; k < y1; k++) {
		for (i = x0; i < x1; i++) {
			uint32_t v = picture_pixel(pic, i, k);

			r += v >> 16 & 0xff;
			g += v >> 8 & 0xff;
			b += v & 0xff;
		}
	}
	return 0xff000000 | (uint32_t)((r + n / 2) / n) << 16 | (uint32_t)((g + n / 2) / n) << 8 |
	       (uint32_t)((b + n / 2) / n);
}

static uint32_t *sheet_scale(const struct sheet *s, const struct picture *pic)
{
	uint32_t *pixels = malloc((size_t)s->width * s->height * sizeof(*pixels));
	uint32_t x, y;

	if (!pixels)
		return NULL;
	for (y = 0; y < s->height; y++)
		for (x = 0; x < s->width; x++)
			pixels[(size_t)y * s->width + x] = box_pixel(s, pic, x, y);
	return pixels;
}

/* Keeps those that @every wants, and the bad ones where @with_bad. */
static void sheet_thin(struct sheet *s, bool with_bad)
{
	unsigned int i, kept = 0;

	for (i = 0; i < s->count; i++) {
		struct thumb *t = &s->thumbs[i];

		if (t->index % s->every == 0 || (with_bad && t->bad))
			s->thumbs[kept++] = *t;
		else
			free(t->pixels);
	}
	s->count = kept;
}

/*
 * Whether the next picture is to be kept, room having been made for it. A bad
 * frame beside the spacing drives nothing out.
 */
static bool sheet_make_room(struct sheet *s, bool bad)
{
	if (!sheet_wants(s))
		return bad && s->count < s->max;
	while (s->count == s->max) {
		s->every *= 2;
		sheet_thin(s, true);
		if (s->count == s->max)
			sheet_thin(s, false);
	}
	return bad || s->next % s->every == 0;
}

bool sheet_add(struct sheet *s, const struct picture *pic, uint64_t frame, bool bad)
{
	struct thumb *t;

	if (pic && !s->from_width)
		sheet_set_size(s, pic);
	if (pic && (pic->width != s->from_width || pic->height != s->from_height))
		return false;
	if (pic && sheet_make_room(s, bad)) {
		t = &s->thumbs[s->count];
		t->pixels = sheet_scale(s, pic);
		if (!t->pixels)
			return false;
		t->frame = frame;
		t->index = s->next;
		t->bad = bad;
		s->count++;
	}
	s->next++;
	return true;
}

/* ---- composing --------------------------------------------------------- */

struct canvas {
	uint32_t *pixels;
	uint32_t width, height;
};

static void canvas_fill(struct canvas *c, uint32_t x0, uint32_t y0, uint32_t w, uint32_t h,
			uint32_t colour)
{
	uint32_t x, y;

	for (y = y0; y < y0 + h && y < c->height; y++)
		for (x = x0; x < x0 + w && x < c->width; x++)
			c->pixels[(size_t)y * c->width + x] = colour;
}

static uint32_t blend(uint32_t under, uint32_t over, int32_t part)
{
	uint32_t out = 0xff;
	int shift;

	for (shift = 16; shift >= 0; shift -= 8) {
		int32_t a = (int32_t)(under >> shift & 0xff);
		int32_t b = (int32_t)(over >> shift & 0xff);

		out = out << 8 | (uint32_t)(a + (b - a) * part / 256);
	}
	return out;
}

static int32_t field_at(const int16_t *field, int32_t x, int32_t y)
{
	if (x < 0 || y < 0 || x >= GLYPH_WIDTH || y >= GLYPH_HEIGHT)
		return -GLYPH_RANGE;
	return field[y * GLYPH_WIDTH + x];
}

static void canvas_digit(struct canvas *c, const int16_t *field, uint32_t x0, uint32_t y0,
			 uint32_t tall, uint32_t colour)
{
	int32_t t = (int32_t)tall;
	int32_t wide = t * GLYPH_WIDTH / GLYPH_HEIGHT;
	int32_t x, y;

	for (y = 0; y < t; y++) {
		for (x = 0; x < wide; x++) {
			/* centre of the pixel in sixteenths of a texel */
			int32_t tx = (2 * x + 1) * GLYPH_HEIGHT * 8 / t - 8;
			int32_t ty = (2 * y + 1) * GLYPH_HEIGHT * 8 / t - 8;
			int32_t d = field_at(field, tx / 16, ty / 16);
			int32_t part = 128 + d * 16 * t / GLYPH_HEIGHT;
			uint32_t *p;

			part = part < 0 ? 0 : part > 256 ? 256 : part;
			if (x0 + (uint32_t)x >= c->width || y0 + (uint32_t)y >= c->height)
				continue;
			p = &c->pixels[(size_t)(y0 + (uint32_t)y) * c->width + x0 + (uint32_t)x];
			*p = blend(*p, colour, part);
		}
	}
}

/* Right up to @right at most: a number that does not fit loses its first digits. */
static void canvas_number(struct canvas *c, int16_t fields[GLYPH_COUNT][GLYPH_TEXELS], uint64_t n,
			  uint32_t x, uint32_t y, uint32_t room, uint32_t colour)
{
	uint32_t advance = LABEL * GLYPH_WIDTH / GLYPH_HEIGHT;
	uint32_t fit = room / advance, count = 0, i;
	uint8_t digits[MAX_DIGITS];

	do {
		digits[count++] = (uint8_t)(n % 10);
		n /= 10;
	} while (n);
	if (count > fit)
		count = fit;
	for (i = 0; i < count; i++)
		canvas_digit(c, fields[digits[count - 1 - i]], x + i * advance, y, LABEL, colour);
}

static void canvas_thumb(struct canvas *c, const struct sheet *s, const struct thumb *t,
			 uint32_t x, uint32_t y)
{
	uint32_t row;

	if (t->bad)
		canvas_fill(c, x - 3, y - 3, s->width + 6, s->height + 6, BAD);
	for (row = 0; row < s->height; row++)
		memcpy(c->pixels + (size_t)(y + row) * c->width + x,
		       t->pixels + (size_t)row * s->width, (size_t)s->width * 4);
}

bool sheet_write(const struct sheet *s, const char *path, char *err, size_t err_len)
{
	static int16_t fields[GLYPH_COUNT][GLYPH_TEXELS];
	uint32_t cell_w = s->width + GAP, cell_h = s->height + LABEL + 2 * GAP;
	uint32_t cols = 1, rows, i;
	struct picture pic;
	struct canvas c;
	bool ok;

	if (!s->count) {
		snprintf(err, err_len, "%s: no frame to put on the contact sheet", path);
		return false;
	}
	/* The squarest arrangement that is at least as wide as it is tall */
	while (cols < s->count &&
	       (uint64_t)cols * cell_w < (uint64_t)((s->count + cols - 1) / cols) * cell_h)
		cols++;
	rows = (s->count + cols - 1) / cols;
	c.width = cols * cell_w + GAP;
	c.height = rows * cell_h + GAP;
	c.pixels = malloc((size_t)c.width * c.height * sizeof(*c.pixels));
	if (!c.pixels) {
		snprintf(err, err_len, "%s: out of memory", path);
		return false;
	}
	for (i = 0; i < GLYPH_COUNT; i++)
		glyph_field(i, fields[i]);
	canvas_fill(&c, 0, 0, c.width, c.height, BACKGROUND);
	for (i = 0; i < s->count; i++) {
		const struct thumb *t = &s->thumbs[i];
		uint32_t x = GAP + i % cols * cell_w, y = GAP + i / cols * cell_h;

		canvas_thumb(&c, s, t, x, y);
		canvas_number(&c, fields, t->frame, x, y + s->height + GAP / 2, s->width,
			      t->bad ? BAD : INK);
	}
	pic = (struct picture){ c.pixels, (size_t)c.width * 4, c.width, c.height, PICTURE_ARGB };
	ok = pngfile_write(path, &pic, false, err, err_len);
	free(c.pixels);
	return ok;
}
