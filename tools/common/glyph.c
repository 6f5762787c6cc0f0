// SPDX-License-Identifier: MIT
/*
 * Each digit is drawn with a round pen along straight lines and arcs. The field
 * of a digit is the distance to the nearest of its strokes, less the pen.
 */
#include "glyph.h"

#include <stddef.h>

#include "fixed.h"

#define UNIT		16	/* coordinates: sixteenths of a texel */
#define PEN		52	/* half the stroke's width, likewise */
#define MAX_POINTS	48
#define ARC_STEPS	14

enum glyph_op {
	END,
	MOVE,	/* x, y: start a stroke */
	LINE,	/* x, y */
	ARC,	/* centre x, y, radius x, y, from, to: degrees, clockwise from the right */
};

struct glyph_step {
	enum glyph_op op;
	int16_t a[6];	/* texels * 2, angles in degrees */
};

static const struct glyph_step digits[GLYPH_COUNT][8] = {
	{
		{ ARC, { 32, 31, 18, 19, 180, 360 } }, { LINE, { 50, 65 } },
		{ ARC, { 32, 65, 18, 19, 0, 180 } }, { LINE, { 14, 31 } },
	},
	{
		{ MOVE, { 20, 24 } }, { LINE, { 34, 12 } }, { LINE, { 34, 84 } },
		{ MOVE, { 20, 84 } }, { LINE, { 48, 84 } },
	},
	{
		{ ARC, { 32, 31, 18, 19, 185, 395 } }, { LINE, { 14, 84 } },
		{ LINE, { 51, 84 } },
	},
	{
		{ ARC, { 31, 29, 17, 17, 195, 450 } }, { MOVE, { 31, 46 } },
		{ ARC, { 31, 65, 19, 19, 270, 525 } },
	},
	{
		{ MOVE, { 40, 84 } }, { LINE, { 40, 12 } }, { LINE, { 13, 62 } },
		{ LINE, { 53, 62 } },
	},
	{
		{ MOVE, { 47, 12 } }, { LINE, { 20, 12 } }, { LINE, { 17, 46 } },
		{ ARC, { 31, 61, 20, 23, 225, 510 } },
	},
	{
		{ MOVE, { 41, 12 } }, { LINE, { 20, 44 } },
		{ ARC, { 32, 62, 19, 22, 213, 573 } },
	},
	{
		{ MOVE, { 13, 12 } }, { LINE, { 51, 12 } }, { LINE, { 26, 84 } },
	},
	{
		{ ARC, { 32, 29, 16, 17, 90, 450 } }, { MOVE, { 32, 46 } },
		{ ARC, { 32, 65, 19, 19, 270, 630 } },
	},
	{
		{ MOVE, { 23, 84 } }, { LINE, { 44, 52 } },
		{ ARC, { 32, 34, 19, 22, 33, 393 } },
	},
};

struct glyph_path {
	size_t n;
	struct {
		int32_t x, y;
		int start;	/* no line leads here */
	} p[MAX_POINTS];
};

static void glyph_point(struct glyph_path *path, int32_t x, int32_t y, int start)
{
	if (path->n == MAX_POINTS)
		return;
	path->p[path->n].x = x;
	path->p[path->n].y = y;
	path->p[path->n].start = start || path->n == 0;
	path->n++;
}

static void glyph_arc(struct glyph_path *path, const int16_t *a)
{
	int i;

	for (i = 0; i <= ARC_STEPS; i++) {
		int64_t deg = a[4] * ARC_STEPS + (a[5] - a[4]) * i;
		int64_t angle = deg * FIXED_TURN / (360 * ARC_STEPS);
		int64_t x = a[2] * (UNIT / 2) * fixed_cos(angle);
		int64_t y = a[3] * (UNIT / 2) * fixed_sin(angle);

		glyph_point(path, a[0] * (UNIT / 2) + (int32_t)(x >> 30),
			    a[1] * (UNIT / 2) + (int32_t)(y >> 30), 0);
	}
}

/* Distance from (x, y) to the line from point i - 1 to point i. */
static int32_t glyph_distance(const struct glyph_path *path, size_t i, int32_t x, int32_t y)
{
	int64_t ax = path->p[i - 1].x, ay = path->p[i - 1].y;
	int64_t lx = path->p[i].x - ax, ly = path->p[i].y - ay;
	int64_t px = x - ax, py = y - ay;
	int64_t len2 = lx * lx + ly * ly;
	int64_t along = px * lx + py * ly;
	int64_t dx, dy;

	if (along < 0 || len2 == 0)
		along = 0;
	else if (along > len2)
		along = len2;
	/* scaled by 16 to keep the fraction */
	dx = px * 16 - (len2 ? lx * 16 * along / len2 : 0);
	dy = py * 16 - (len2 ? ly * 16 * along / len2 : 0);
	return (int32_t)(fixed_sqrt((uint64_t)(dx * dx + dy * dy)) / 16);
}

void glyph_field(unsigned int digit, int16_t field[GLYPH_TEXELS])
{
	struct glyph_path path = { 0 };
	const struct glyph_step *s;
	int32_t x, y;
	size_t i;

	for (s = digits[digit % GLYPH_COUNT]; s->op != END; s++) {
		if (s->op == ARC)
			glyph_arc(&path, s->a);
		else
			glyph_point(&path, s->a[0] * (UNIT / 2), s->a[1] * (UNIT / 2),
				    s->op == MOVE);
	}
	for (y = 0; y < GLYPH_HEIGHT; y++) {
		for (x = 0; x < GLYPH_WIDTH; x++) {
			int32_t best = PEN + GLYPH_RANGE;

			for (i = 1; i < path.n; i++) {
				int32_t d;

				if (path.p[i].start)
					continue;
				d = glyph_distance(&path, i, x * UNIT + UNIT / 2,
						   y * UNIT + UNIT / 2);
				if (d < best)
					best = d;
			}
			field[y * GLYPH_WIDTH + x] = (int16_t)(PEN - best);
		}
	}
}
