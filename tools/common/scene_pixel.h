/* SPDX-License-Identifier: MIT */
/*
 * scene_pixel: what colour a pixel of the scene has. Written once, in the words
 * that C and GLSL share, and compiled twice: by scene.c for the reference, by
 * scene_gl.c into the text of the shaders. That is what makes the GPU's picture
 * and the reference equal in every bit; no include guard, for that reason.
 *
 * The rules that keep it so: int and ivec3 only, no overflow for any size that
 * scene_error() accepts (the unit tests watch with UBSan), divisions of
 * non-negative numbers only, right shifts are arithmetic in both languages.
 *
 * FN() wraps a function; CTX is its first parameter and ARG passes it on; U()
 * reads a parameter (scene_param.h) and tab() a table. Colours are 0 to 4095
 * per channel until scene_finish(). Factors of 256 or 4096 stand for one.
 */

/* A triangle wave over @a, of period 4 @q: -q at 0, q at 2 q. @q: a power of 2. */
FN(int scene_wave(int a, int q) {
	return q - abs((a & (4 * q - 1)) - 2 * q);
})

FN(ivec3 scene_mix(ivec3 a, ivec3 b, int f) {
	return a + ((b - a) * f >> 8);
})

/* Centre of a pixel in units. */
FN(int scene_x(CTX int x) {
	return ((2 * x + 1 - U(SCENE_WIDTH)) * U(SCENE_UNIT)) >> 12;
})

FN(int scene_y(CTX int y) {
	return ((2 * y + 1 - U(SCENE_HEIGHT)) * U(SCENE_UNIT)) >> 12;
})

/* The back wall: dusk from top to horizon, a slow grid, a light behind the ball. */
FN(ivec3 scene_wall(CTX int vx, int vy) {
	int up = ((vy + U(SCENE_WALL_TOP)) * U(SCENE_WALL_RAMP)) >> 12;
	int gx = abs(scene_wave(vx + U(SCENE_WALL_SHIFT), 1024));
	int gy = abs(scene_wave(vy - U(SCENE_HORIZON), 1024));
	int line = clamp(((U(SCENE_WALL_LINE) - min(gx, gy)) * U(SCENE_WALL_EDGE) >> 8) + 128,
			 0, 256);
	int dx = clamp((vx - U(SCENE_BALL_X)) >> 4, -2047, 2047);
	int dy = (vy - U(SCENE_BALL_Y)) >> 4;
	int glow = max(256 - (((dx * dx + dy * dy) >> 8) * U(SCENE_GLOW) >> 8), 0);
	int clear = clamp((U(SCENE_HORIZON) - vy) >> 3, 0, 256);
	ivec3 c = scene_mix(ivec3(290, 330, 820), ivec3(1900, 1120, 2000), clamp(up, 0, 256));

	glow = glow * glow >> 8;
	glow = glow * clear >> 8;
	return c + (ivec3(1000, 760, 1000) * (glow + (line * clear >> 9)) >> 8);
})

/* The floor: chequers in perspective, moving towards the viewer, with the shadow. */
FN(ivec3 scene_floor(CTX int vx, int vy) {
	int d = max(vy - U(SCENE_HORIZON), 1);
	int z = min(8388608 / d, 32767);
	int fx = scene_wave((vx * z) >> 12, 512);
	int fz = scene_wave(z * 3 + U(SCENE_FLOOR_SHIFT), 512);
	int sx = clamp((((fx * d) >> 6) * U(SCENE_FLOOR_EDGE_X)) >> 10, -256, 256);
	int sz = clamp(((((fz * d) >> 6) * (d >> 3) >> 10) * U(SCENE_FLOOR_EDGE_Z)) >> 8,
		       -256, 256);
	int haze = min(d >> 3, 256);
	int ex = clamp((vx - U(SCENE_SHADOW_X)) >> 2, -4095, 4095);
	int ey = clamp((vy - U(SCENE_SHADOW_Y)) >> 2, -4095, 4095);
	int shade;
	ivec3 c;

	ex = clamp((ex * U(SCENE_SHADOW_INV_X)) >> 10, -4096, 4096);
	ey = clamp((ey * U(SCENE_SHADOW_INV_Y)) >> 10, -4096, 4096);
	shade = max(256 - ((ex * ex + ey * ey) >> 16), 0);
	shade = 256 - ((shade * shade >> 8) * U(SCENE_SHADOW_DEPTH) >> 8);
	c = scene_mix(ivec3(1180, 1200, 1750), ivec3(3150, 3200, 3350), 128 + ((sx * sz) >> 9));
	c = scene_mix(ivec3(1900, 1120, 2000), c, haze);
	return c * shade >> 8;
})

FN(ivec3 scene_room(CTX int vx, int vy) {
	return vy < U(SCENE_HORIZON) ? scene_wall(ARG vx, vy) : scene_floor(ARG vx, vy);
})

/* What remains of the radius, squared (2^24 stands for one); negative outside. */
FN(int scene_inside(CTX int vx, int vy) {
	int nx = clamp(vx - U(SCENE_BALL_X), -8191, 8191) * U(SCENE_BALL_INV) >> 12;
	int ny = clamp(vy - U(SCENE_BALL_Y), -8191, 8191) * U(SCENE_BALL_INV) >> 12;

	nx = clamp(nx, -16383, 16383);
	ny = clamp(ny, -16383, 16383);
	return 16777216 - nx * nx - ny * ny;
})

/* How much of a pixel the ball covers, 0 to 256. */
FN(int scene_cover(CTX int inside) {
	return clamp((clamp(inside >> 8, -8192, 8191) * U(SCENE_BALL_EDGE) >> 16) + 128, 0, 256);
})

/* Chequers by latitude and longitude, the coloured ones going round the colours. */
FN(ivec3 scene_skin(CTX int nx, int ny, int nz) {
	int bx = (U(SCENE_M00) * nx + U(SCENE_M01) * ny + U(SCENE_M02) * nz) >> 12;
	int by = (U(SCENE_M10) * nx + U(SCENE_M11) * ny + U(SCENE_M12) * nz) >> 12;
	int bz = (U(SCENE_M20) * nx + U(SCENE_M21) * ny + U(SCENE_M22) * nz) >> 12;
	int lat = tab(SCENE_TAB_ASIN + clamp(by, -4096, 4096) + 4096);
	int ax = abs(bx);
	int az = abs(bz);
	int lon = tab(SCENE_TAB_ATAN + (min(ax, az) * 4096) / max(max(ax, az), 1));
	int ring = tab(SCENE_TAB_SQRT + clamp((16777216 - by * by) >> 12, 0, 4096));
	int sharp = (U(SCENE_BALL_CHECK) * nz) >> 12;
	int slat = clamp((scene_wave(lat + 2048, 2048) * sharp) >> 8, -256, 256);
	int slon;
	int hue;
	ivec3 colour;

	lon = ax > az ? 16384 - lon : lon;
	lon = bz < 0 ? 32768 - lon : lon;
	lon = bx < 0 ? 65536 - lon : lon;
	slon = clamp((scene_wave(lon + 2048, 2048) * (sharp * ring >> 12)) >> 8, -256, 256);
	hue = scene_wave(lon, 16384) + 16384;
	colour = scene_mix(ivec3(3680, 300, 420), ivec3(4000, 2050, 200), hue >> 7);
	return scene_mix(colour, ivec3(4000, 3930, 3780), 128 + ((slat * slon) >> 9));
})

/* The ball's colour at a point that is inside of it, or nearly. */
FN(ivec3 scene_ball(CTX int vx, int vy, int inside) {
	int w = clamp(inside, 0, 16777215);
	int root = tab(SCENE_TAB_SQRT + (w >> 12));
	int next = tab(SCENE_TAB_SQRT + (w >> 12) + 1);
	int nx = clamp(clamp(vx - U(SCENE_BALL_X), -8191, 8191) * U(SCENE_BALL_INV) >> 12,
		       -4096, 4096);
	int ny = clamp(clamp(vy - U(SCENE_BALL_Y), -8191, 8191) * U(SCENE_BALL_INV) >> 12,
		       -4096, 4096);
	int nz = root + ((next - root) * (w & 4095) >> 12);
	int light = max((2540 * nz - 1966 * nx - 2540 * ny) >> 12, 0);
	int half_way = clamp((3687 * nz - 1092 * nx - 1411 * ny) >> 12, 0, 4096);
	int shine = tab(SCENE_TAB_SHINE + half_way);
	int below = max(ny, 0) >> 4;
	int rim = (4096 - nz) >> 4;
	ivec3 c = scene_skin(ARG nx, ny, nz);

	rim = rim * rim >> 8;
	rim = rim * rim >> 8;
	c = (c * ((light >> 4) + 8) >> 8)
	  + (c * below >> 10)
	  + (c * ivec3(44, 40, 66) >> 8);
	c = c + (ivec3(1500, 1250, 1900) * rim >> 8);
	return c + (ivec3(3700, 3700, 3600) * shine >> 8);
})

/* The room with the ball and, where the ball is not, its reflection. */
FN(ivec3 scene_full(CTX int vx, int vy) {
	int inside = scene_inside(ARG vx, vy);
	int cover = scene_cover(ARG inside);
	int py = vy;
	ivec3 c = scene_room(ARG vx, vy);

	if (cover == 0 && vy > U(SCENE_HORIZON)) {
		int depth = min((vy - U(SCENE_HORIZON)) >> 3, 256);

		py = U(SCENE_MIRROR) - vy;
		inside = scene_inside(ARG vx, py);
		cover = scene_cover(ARG inside) * depth >> 9;
	}
	if (cover > 0)
		c = scene_mix(c, scene_ball(ARG vx, py, inside), cover);
	return c;
})

/* One texel of the frame number, 0 beyond its ends. */
FN(int scene_texel(CTX int x, int y) {
	int cell = clamp(x >> 5, 0, U(SCENE_TEXT_COUNT) - 1);
	int at = U(SCENE_DIGIT + cell) * 1536 + clamp(y, 0, 47) * 32 + (x & 31);

	return x >= 0 && cell == x >> 5 ? tab(SCENE_TAB_GLYPH + at) : -127;
})

/* The frame number over the wall: white with a dark outline. */
FN(ivec3 scene_text(CTX int x, int y, ivec3 c) {
	int tx = (((2 * (x - U(SCENE_TEXT_X)) + 1) * U(SCENE_TEXT_SCALE)) >> 9) - 8;
	int ty = (((2 * (y - U(SCENE_TEXT_Y)) + 1) * U(SCENE_TEXT_SCALE)) >> 9) - 8;
	int ix = tx >> 4;
	int iy = ty >> 4;
	int fx = tx & 15;
	int fy = ty & 15;
	int a = scene_texel(ARG ix, iy) * (16 - fx) + scene_texel(ARG ix + 1, iy) * fx;
	int b = scene_texel(ARG ix, iy + 1) * (16 - fx) + scene_texel(ARG ix + 1, iy + 1) * fx;
	int inside = (a * (16 - fy) + b * fy) >> 4;
	int ink = clamp(128 + (inside * U(SCENE_TEXT_EDGE) >> 8), 0, 256);
	int edge = clamp(128 + ((inside + 480) * U(SCENE_TEXT_EDGE) >> 8), 0, 256);

	c = scene_mix(c, ivec3(150, 130, 330), edge);
	return scene_mix(c, ivec3(4080, 4080, 4000), ink);
})

/* Vignette, then down to 8 bits with an ordered dither: 0xRRGGBB. */
FN(int scene_finish(CTX int x, int y, int vx, int vy, ivec3 c) {
	int qx = vx >> 6;
	int qy = vy >> 6;
	int dark = max(256 - (qx * qx * U(SCENE_VIGNETTE_X) >> 14)
			   - (qy * qy * U(SCENE_VIGNETTE_Y) >> 14), 96);
	/* Every row, and nearly every column, runs through all 16 levels */
	int dither = (7 * x + 10 * y + U(SCENE_DITHER)) & 15;

	c = (c * dark >> 8) + dither;
	return clamp(c[0] >> 4, 0, 255) * 65536 + clamp(c[1] >> 4, 0, 255) * 256
	     + clamp(c[2] >> 4, 0, 255);
})

/* A cell of the strip: row and column of the cell choose one bit. */
FN(int scene_strip(CTX int x, int y) {
	int from_top = y < U(SCENE_STRIP_ROWS) ? y : y - U(SCENE_HEIGHT) + U(SCENE_STRIP_ROWS);
	int col = x * U(SCENE_STRIP_COLS) / U(SCENE_WIDTH);
	int bit = from_top / U(SCENE_STRIP_CELL) * U(SCENE_STRIP_COLS) + col;

	return ((U(SCENE_WORD + (bit >> 5)) >> (31 - (bit & 31))) & 1) * 16777215;
})

/* 0 to 255, changing from pixel to pixel and from frame to frame. */
FN(int scene_alpha(CTX int x, int y) {
	int t = (x + 2 * y + U(SCENE_ALPHA)) & 63;

	return U(SCENE_ALPHA) < 0 ? 255 : 255 - min(t, 63 - t);
})
