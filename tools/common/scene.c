// SPDX-License-Identifier: MIT
#include "scene.h"

#include <drm_fourcc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "fixed.h"
#include "glyph.h"
#include "scene_param.h"

_Static_assert(SCENE_PARAM_COUNT <= SCENE_PARAMS_MAX, "scene_params.v is too small");

#define STRIP_MAGIC	0x48444253u	/* "HDBS" */
#define BOUNCE_FRAMES	44		/* from floor to floor */
#define CROSS_FRAMES	132		/* from side to side */

/* ---- tables ------------------------------------------------------------ */

static int16_t table[SCENE_TAB_ROWS * SCENE_TAB_ROW];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void table_build(void)
{
	int64_t one = (int64_t)1 << 30;
	int64_t angle = -FIXED_TURN / 4;
	int i, k;

	for (i = 0; i < 4098; i++)
		table[SCENE_TAB_SQRT + i] = (int16_t)fixed_sqrt((uint64_t)i << 12);
	for (i = -4096; i <= 4096; i++) {
		while (angle < FIXED_TURN / 4 && fixed_sin(angle) * 4096 < i * one)
			angle++;
		table[SCENE_TAB_ASIN + i + 4096] = (int16_t)angle;
	}
	for (i = 0, angle = 0; i <= 4096; i++) {
		while (angle < FIXED_TURN / 8 && fixed_sin(angle) * 4096 < i * fixed_cos(angle))
			angle++;
		table[SCENE_TAB_ATAN + i] = (int16_t)angle;
	}
	for (i = 0; i <= 4096; i++) {
		int64_t v = i * (one / 4096);

		for (k = 0; k < 6; k++)
			v = (v * v) >> 30;
		table[SCENE_TAB_SHINE + i] = (int16_t)(v >> 22);
	}
	for (i = 0; i < GLYPH_COUNT; i++)
		glyph_field((unsigned int)i, table + SCENE_TAB_GLYPH + i * GLYPH_TEXELS);
}

const int16_t *scene_table(void)
{
	pthread_once(&table_once, table_build);
	return table;
}

/* ---- the pixel functions, as C ----------------------------------------- */

typedef int ivec3 __attribute__((vector_size(16)));

#define ivec3(r, g, b)	((ivec3){ (r), (g), (b), 0 })
#define FN(...)		static inline __VA_ARGS__
#define CTX		const struct scene_params *scene_ctx,
#define ARG		scene_ctx,
#define U(i)		(scene_ctx->v[i])
#define tab(i)		((int)table[i])

static inline int min(int a, int b)
{
	return a < b ? a : b;
}

static inline int max(int a, int b)
{
	return a > b ? a : b;
}

static inline int clamp(int v, int low, int high)
{
	return min(max(v, low), high);
}

#include "scene_pixel.h"

/* ---- parameters of a frame --------------------------------------------- */

const char *scene_error(const struct scene *s)
{
	if (s->width < SCENE_MIN_SIZE || s->width > SCENE_MAX_SIZE)
		return "the width is not between 64 and 4096";
	if (s->height < SCENE_MIN_SIZE || s->height > SCENE_MAX_SIZE)
		return "the height is not between 64 and 4096";
	if (s->fourcc != DRM_FORMAT_XRGB8888 && s->fourcc != DRM_FORMAT_ARGB8888)
		return "the format is neither XR24 nor AR24";
	return NULL;
}

uint32_t scene_mask(const struct scene *s)
{
	return s->fourcc == DRM_FORMAT_ARGB8888 ? 0xffffffff : 0x00ffffff;
}

static uint32_t strip_cols(const struct scene *s)
{
	return s->width >= 256 ? 64 : 32;
}

static uint32_t strip_cell(const struct scene *s)
{
	uint32_t cell = s->height / 120;

	return cell < 2 ? 2 : cell;
}

uint32_t scene_strip_rows(const struct scene *s)
{
	return strip_cell(s) * (SCENE_WORDS * 32 / strip_cols(s));
}

/* The size and format are part of the sum, so that a strip is not read amiss. */
static uint32_t strip_sum(const struct scene *s, const uint32_t *words)
{
	uint32_t all[SCENE_WORDS + 2];
	uint8_t bytes[sizeof(all)];
	size_t i;

	memcpy(all, words, (SCENE_WORDS - 1) * 4);
	all[SCENE_WORDS - 1] = s->width;
	all[SCENE_WORDS] = s->height;
	all[SCENE_WORDS + 1] = s->fourcc;
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(all[i / 4] >> (i % 4 * 8));
	return (uint32_t)crc32(0, bytes, sizeof(bytes));
}

static void params_strip(struct scene_params *p)
{
	const struct scene *s = &p->scene;
	uint32_t words[SCENE_WORDS] = {
		STRIP_MAGIC,
		(uint32_t)(p->frame >> 32), (uint32_t)p->frame,
		(uint32_t)(s->stream >> 32), (uint32_t)s->stream,
	};

	words[SCENE_WORDS - 1] = strip_sum(s, words);
	memcpy(p->v + SCENE_WORD, words, sizeof(words));
	p->v[SCENE_STRIP_COLS] = (int32_t)strip_cols(s);
	p->v[SCENE_STRIP_CELL] = (int32_t)strip_cell(s);
	p->v[SCENE_STRIP_ROWS] = (int32_t)scene_strip_rows(s);
}

/* The rotation: turned about its own axis, which leans to the side and to us. */
static void params_rotation(struct scene_params *p, int64_t turn)
{
	const int64_t lean = -FIXED_TURN / 18, nod = FIXED_TURN / 22;
	int64_t cl = fixed_cos(lean) >> 16, sl = fixed_sin(lean) >> 16;
	int64_t cn = fixed_cos(nod) >> 16, sn = fixed_sin(nod) >> 16;
	int64_t ct = fixed_cos(turn) >> 16, st = fixed_sin(turn) >> 16;
	/* Rows of the lean and the nod; 2^14 stands for one */
	int64_t a[3][3] = {
		{ cl, sl, 0 },
		{ -sl * cn >> 14, cl * cn >> 14, sn },
		{ sl * sn >> 14, -cl * sn >> 14, cn },
	};
	int i;

	for (i = 0; i < 3; i++) {
		p->v[SCENE_M00 + i] = (int32_t)((ct * a[0][i] + st * a[2][i]) >> 16);
		p->v[SCENE_M10 + i] = (int32_t)(a[1][i] >> 2);
		p->v[SCENE_M20 + i] = (int32_t)((ct * a[2][i] - st * a[0][i]) >> 16);
	}
}

/* The pixels of one axis whose centres may lie within @from to @to units. */
static void params_span(const struct scene_params *p, int64_t from, int64_t to, int32_t pixels,
			int32_t *first, int32_t *end)
{
	int64_t unit = p->v[SCENE_UNIT];
	int64_t a = (from * 4096 / unit + pixels) / 2 - 2;
	int64_t b = (to * 4096 / unit + pixels) / 2 + 3;

	*first = a < 0 ? 0 : a > pixels ? pixels : (int32_t)a;
	*end = b < 0 ? 0 : b > pixels ? pixels : (int32_t)b;
}

static void params_ball(struct scene_params *p, int64_t wide, int64_t high)
{
	int32_t *v = p->v;
	int64_t radius = high * 21 / 100 < wide * 26 / 100 ? high * 21 / 100 : wide * 26 / 100;
	int64_t floor_y = high * 34 / 100;
	/* At its highest it just stays below the number */
	int64_t text_y = scene_y(p, p->box[SCENE_BOX_TEXT][3]);
	int64_t rise = floor_y - 2 * radius - text_y - high / 50;
	int64_t cross = (int64_t)((p->frame + CROSS_FRAMES / 4) % (2 * CROSS_FRAMES));
	int64_t bounce = (int64_t)((p->frame + BOUNCE_FRAMES / 3) % BOUNCE_FRAMES);
	int64_t pixel2 = v[SCENE_UNIT];	/* half a pixel, times 4096 */
	int64_t reach, lift, x, y, i;

	/* At least 64 units, whatever the shape: BALL_INV stays below 2^18 + 1 */
	reach = wide / 2 - radius * 5 / 4;
	x = cross < CROSS_FRAMES ? cross : 2 * CROSS_FRAMES - cross;
	lift = 4 * rise * bounce * (BOUNCE_FRAMES - bounce) / (BOUNCE_FRAMES * BOUNCE_FRAMES);
	y = floor_y - radius - lift;

	v[SCENE_BALL_X] = (int32_t)(2 * reach * x / CROSS_FRAMES - reach);
	v[SCENE_BALL_Y] = (int32_t)y;
	v[SCENE_BALL_INV] = (int32_t)((1 << 24) / radius);
	v[SCENE_BALL_EDGE] = (int32_t)(radius * 64 * 4096 / pixel2);
	v[SCENE_BALL_CHECK] = (int32_t)(radius * 32768 * 4096 / (pixel2 * 10430));
	v[SCENE_MIRROR] = (int32_t)(2 * floor_y);
	params_rotation(p, x * FIXED_TURN / 88);

	v[SCENE_SHADOW_X] = v[SCENE_BALL_X] + (int32_t)(radius / 8 + lift / 3);
	v[SCENE_SHADOW_Y] = (int32_t)(floor_y - radius / 16 - lift / 16);
	i = radius * 5 / 4 + lift / 5;
	v[SCENE_SHADOW_INV_X] = (int32_t)((1 << 24) / i);
	v[SCENE_SHADOW_INV_Y] = (int32_t)((1 << 24) / (i / 3 < 64 ? 64 : i / 3));
	v[SCENE_SHADOW_DEPTH] = (int32_t)(200 - 90 * lift / (high * 28 / 100));

	for (i = SCENE_BOX_BALL; i <= SCENE_BOX_MIRROR; i++) {
		int64_t cy = i == SCENE_BOX_BALL ? y : 2 * floor_y - y;
		int32_t *box = p->box[i];

		params_span(p, v[SCENE_BALL_X] - radius, v[SCENE_BALL_X] + radius,
			    (int32_t)p->scene.width, &box[0], &box[2]);
		params_span(p, cy - radius, cy + radius, (int32_t)p->scene.height,
			    &box[1], &box[3]);
	}
}

/* Digits in the top left corner: at least six, and small enough to fit. */
static void params_text(struct scene_params *p)
{
	int32_t width = (int32_t)p->scene.width, height = (int32_t)p->scene.height;
	int32_t *v = p->v, *box = p->box[SCENE_BOX_TEXT];
	uint64_t rest = p->frame;
	int32_t count = 6, tall, i;

	while (count < SCENE_DIGITS && rest >= 1000000) {
		rest /= 10;
		count++;
	}
	for (i = count - 1, rest = p->frame; i >= 0; i--, rest /= 10)
		v[SCENE_DIGIT + i] = (int32_t)(rest % 10);
	tall = height / 8;
	if (tall * count * 2 / 3 > width * 9 / 10)
		tall = width * 9 / 10 * 3 / (2 * count);
	v[SCENE_TEXT_COUNT] = count;
	v[SCENE_TEXT_SCALE] = GLYPH_HEIGHT * 4096 / tall;
	v[SCENE_TEXT_EDGE] = 256 * tall / GLYPH_HEIGHT;
	v[SCENE_TEXT_X] = tall / 4;
	v[SCENE_TEXT_Y] = v[SCENE_STRIP_ROWS] + tall / 8;
	box[0] = v[SCENE_TEXT_X];
	box[1] = v[SCENE_TEXT_Y];
	box[2] = box[0] + tall * count * 2 / 3 + 1;
	box[3] = box[1] + tall + 1;
	if (box[2] > width)
		box[2] = width;
}

void scene_params_init(struct scene_params *p, const struct scene *s, uint64_t frame)
{
	int64_t width = s->width, height = s->height;
	int64_t side = height > (width + 3) / 4 ? height : (width + 3) / 4;
	int64_t wide, high, pixel;
	int32_t *v = p->v;
	int32_t *box = p->box[SCENE_BOX_FLOOR];

	scene_table();
	memset(p, 0, sizeof(*p));
	p->scene = *s;
	p->frame = frame;
	v[SCENE_WIDTH] = (int32_t)width;
	v[SCENE_HEIGHT] = (int32_t)height;
	v[SCENE_ALPHA] = s->fourcc == DRM_FORMAT_ARGB8888 ? (int32_t)(frame % 64 * 3 % 64) : -1;
	v[SCENE_UNIT] = (int32_t)(SCENE_UNITS / 2 * 4096 / side);
	v[SCENE_DITHER] = (int32_t)(frame * 5 & 15);
	wide = SCENE_UNITS * width / side;
	high = SCENE_UNITS * height / side;
	pixel = SCENE_UNITS / side;
	v[SCENE_VIGNETTE_X] = (int32_t)(((int64_t)52 << 26) / (wide * wide / 4 + 1));
	v[SCENE_VIGNETTE_Y] = (int32_t)(((int64_t)36 << 26) / (high * high / 4 + 1));

	v[SCENE_HORIZON] = (int32_t)(high * 14 / 100);
	v[SCENE_WALL_TOP] = (int32_t)(high / 2);
	v[SCENE_WALL_RAMP] = (int32_t)((1 << 20) / (high * 64 / 100));
	v[SCENE_WALL_SHIFT] = (int32_t)(frame % 1024 * 4);
	v[SCENE_WALL_LINE] = (int32_t)(14 + pixel / 3);
	v[SCENE_WALL_EDGE] = (int32_t)(65536 / pixel);
	v[SCENE_GLOW] = 110;
	v[SCENE_FLOOR_SHIFT] = (int32_t)(frame % 256 * 24);
	v[SCENE_FLOOR_EDGE_X] = (int32_t)(65536 * side / (8 * SCENE_UNITS));
	v[SCENE_FLOOR_EDGE_Z] = (int32_t)(1365 * side / SCENE_UNITS);

	params_strip(p);
	params_text(p);
	params_ball(p, wide, high);
	box[2] = (int32_t)width;
	box[3] = (int32_t)height;
	for (box[1] = 0; box[1] < height; box[1]++)
		if (scene_y(p, box[1]) >= v[SCENE_HORIZON])
			break;
}

/* ---- pixels ------------------------------------------------------------ */

static inline int in_box(const int32_t *box, int x, int y)
{
	return x >= box[0] && x < box[2] && y >= box[1] && y < box[3];
}

static inline int in_strip(const struct scene_params *p, int y)
{
	return y < p->v[SCENE_STRIP_ROWS] || y >= p->v[SCENE_HEIGHT] - p->v[SCENE_STRIP_ROWS];
}

static inline uint32_t pack(const struct scene_params *p, int x, int y, int rgb)
{
	return (uint32_t)scene_alpha(p, x, y) << 24 | (uint32_t)rgb;
}

uint32_t scene_pixel(const struct scene_params *p, uint32_t px, uint32_t py)
{
	int x = (int)px, y = (int)py;
	int vx = scene_x(p, x), vy = scene_y(p, y);
	ivec3 c;

	if (in_strip(p, y))
		return pack(p, x, y, scene_strip(p, x, y));
	c = scene_full(p, vx, vy);
	if (in_box(p->box[SCENE_BOX_TEXT], x, y))
		c = scene_text(p, x, y, c);
	return pack(p, x, y, scene_finish(p, x, y, vx, vy, c));
}

/* One piece of a row; @kind is a constant wherever this is expanded. */
enum piece {
	PIECE_WALL,
	PIECE_FLOOR,
	PIECE_FULL,
	PIECE_TEXT,
	PIECE_STRIP,
};

static inline __attribute__((always_inline))
void row_piece(const struct scene_params *p, int y, int from, int to, uint32_t *row,
	       enum piece kind)
{
	int vy = scene_y(p, y);
	int x;

	for (x = from; x < to; x++) {
		int vx = scene_x(p, x);
		ivec3 c;

		if (kind == PIECE_STRIP) {
			row[x] = pack(p, x, y, scene_strip(p, x, y));
			continue;
		}
		if (kind == PIECE_WALL || kind == PIECE_TEXT)
			c = scene_wall(p, vx, vy);
		else if (kind == PIECE_FLOOR)
			c = scene_floor(p, vx, vy);
		else
			c = scene_full(p, vx, vy);
		if (kind == PIECE_TEXT)
			c = scene_text(p, x, y, c);
		row[x] = pack(p, x, y, scene_finish(p, x, y, vx, vy, c));
	}
}

static void row_room(const struct scene_params *p, int y, int from, int to, uint32_t *row)
{
	if (y < p->box[SCENE_BOX_FLOOR][1])
		row_piece(p, y, from, to, row, PIECE_WALL);
	else
		row_piece(p, y, from, to, row, PIECE_FLOOR);
}

void scene_row(const struct scene_params *p, uint32_t py, uint32_t *row)
{
	const int32_t *text = p->box[SCENE_BOX_TEXT];
	int width = p->v[SCENE_WIDTH];
	int y = (int)py, x = 0;

	if (in_strip(p, y)) {
		row_piece(p, y, 0, width, row, PIECE_STRIP);
		return;
	}
	if (y >= text[1] && y < text[3]) {
		row_room(p, y, 0, text[0], row);
		row_piece(p, y, text[0], text[2], row, PIECE_TEXT);
		x = text[2];
	}
	while (x < width) {
		int first = width, end = width, i;

		/* The next stretch from x on in which the ball or its image may be */
		for (i = SCENE_BOX_BALL; i <= SCENE_BOX_MIRROR; i++) {
			const int32_t *box = p->box[i];

			if (y < box[1] || y >= box[3] || x >= box[2] || box[0] >= first)
				continue;
			first = max(box[0], x);
			end = box[2];
		}
		row_room(p, y, x, first, row);
		row_piece(p, y, first, end, row, PIECE_FULL);
		x = end;
	}
}

/* ---- the strip, read back ---------------------------------------------- */

/* Bit @n of the strip that starts in row @top: the middle of its cell decides. */
static uint32_t strip_bit(const struct scene *s, const struct picture *pic, uint32_t top,
			  uint32_t n)
{
	uint32_t cols = strip_cols(s), cell = strip_cell(s), col = n % cols;
	/* Column x belongs to cell x * cols / width, rounded down */
	uint32_t from = (col * s->width + cols - 1) / cols;
	uint32_t to = ((col + 1) * s->width + cols - 1) / cols;
	uint32_t word = picture_pixel(pic, (from + to - 1) / 2, top + n / cols * cell + cell / 2);

	return (word >> 8 & 0xff) >= 0x80;
}

bool scene_read_strip(const struct scene *s, const struct picture *pic, enum scene_where where,
		      struct scene_strip *out)
{
	uint32_t top = where == SCENE_TOP ? 0 : s->height - scene_strip_rows(s);
	uint32_t words[SCENE_WORDS] = { 0 };
	uint32_t n;

	if (scene_error(s) || pic->width != s->width || pic->height != s->height)
		return false;
	for (n = 0; n < SCENE_WORDS * 32; n++)
		words[n / 32] = words[n / 32] << 1 | strip_bit(s, pic, top, n);
	if (words[0] != STRIP_MAGIC || words[SCENE_WORDS - 1] != strip_sum(s, words))
		return false;
	out->frame = (uint64_t)words[1] << 32 | words[2];
	out->stream = (uint64_t)words[3] << 32 | words[4];
	return true;
}
