// SPDX-License-Identifier: MIT
/* Metadata: what is encoded comes back; each bad field is refused by its name. */
#include <criterion/criterion.h>
#include <drm_fourcc.h>
#include <stdlib.h>
#include <string.h>

#include "hyper_dmabuf.h"
#include "meta.h"

_Static_assert(META_SIZE <= MAX_SIZE_PRIV_DATA, "metadata must fit the private data");

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TILED 0x0100000000000009ULL	/* a modifier with an auxiliary plane */

static const struct meta frame = {
	.kind = META_FRAME,
	.flags = META_LAST | META_CRC,
	.stream = 0x1122334455667788ULL,
	.frame = 0x99aabbccddeeff00ULL,
	.buffer = 2,
	.buffers = 3,
	.size = 640 * 4 * 480 + 4096,
	.width = 640,
	.height = 480,
	.fourcc = DRM_FORMAT_ARGB8888,
	.modifier = DRM_FORMAT_MOD_LINEAR,
	.n_planes = 1,
	.planes = { { 4096, 640 * 4 } },
	.crc = 0xdeadbeef,
};

static const struct meta tiled = {
	.kind = META_FRAME,
	.buffers = 16,
	.buffer = 15,
	.size = 65536,
	.width = 64,
	.height = 64,
	.fourcc = DRM_FORMAT_XRGB8888,
	.modifier = TILED,
	.n_planes = 4,
	.planes = { { 0, 256 }, { 16384, 8 }, { 16384, 4 }, { 65532, 4 } },
};

static const struct meta ack = {
	.kind = META_ACK,
	.stream = 5,
	.frame = 77,
	.buffer = 15,
	.frames_ok = 70,
	.frames_bad = UINT64_MAX,
};

static const struct meta end = { .kind = META_END, .stream = 5, .frame = 119 };

static void expect_same(const struct meta *a, const struct meta *b)
{
	size_t i;

#define SAME(field) cr_expect_eq(a->field, b->field, #field)
	SAME(kind);
	SAME(flags);
	SAME(stream);
	SAME(frame);
	SAME(buffer);
	SAME(buffers);
	SAME(size);
	SAME(width);
	SAME(height);
	SAME(fourcc);
	SAME(modifier);
	SAME(n_planes);
	for (i = 0; i < META_MAX_PLANES; i++) {
		SAME(planes[i].offset);
		SAME(planes[i].stride);
	}
	SAME(crc);
	SAME(frames_ok);
	SAME(frames_bad);
#undef SAME
}

static void put(uint8_t *at, uint64_t v, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes; i++)
		at[i] = (uint8_t)(v >> i * 8);
}

Test(meta, round_trip)
{
	const struct meta *all[] = { &frame, &tiled, &ack, &end };
	uint8_t bytes[META_SIZE];
	struct meta out;
	size_t i;

	for (i = 0; i < COUNT(all); i++) {
		memset(bytes, 0xaa, sizeof(bytes));
		memset(&out, 0xbb, sizeof(out));
		cr_assert_eq(meta_encode(all[i], bytes), META_OK);
		cr_assert_eq(meta_decode(&out, bytes, sizeof(bytes)), META_OK);
		expect_same(all[i], &out);
	}
}

/* The bytes themselves, so that two builds of different age understand each other. */
Test(meta, layout)
{
	static const uint8_t want[META_SIZE] = {
		'h', 'd', 'b', 'm', 1, 0, 1, 0, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0,
		0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,
		0x00, 0xff, 0xee, 0xdd, 0xcc, 0xbb, 0xaa, 0x99,
		0x00, 0xd0, 0x12, 0, 0, 0, 0, 0, 0x80, 2, 0, 0, 0xe0, 1, 0, 0,
		'A', 'R', '2', '4', 0xef, 0xbe, 0xad, 0xde, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0x10, 0, 0, 0, 0x0a, 0, 0,
	};
	uint8_t bytes[META_SIZE];

	cr_assert_eq(meta_encode(&frame, bytes), META_OK);
	cr_expect_arr_eq(bytes, want, META_SIZE);
}

/* One field of an encoded record overwritten, and what must come of it. */
static const struct {
	const struct meta *base;
	size_t at, bytes;
	uint64_t value;
	enum meta_error want;
} bad[] = {
	{ &frame, 0, 4, 0, META_BAD_MAGIC },
	{ &frame, 0, 1, 'H', META_BAD_MAGIC },
	{ &frame, 3, 1, 'n', META_BAD_MAGIC },
	{ &frame, 4, 2, 0, META_BAD_VERSION },
	{ &frame, 4, 2, 2, META_BAD_VERSION },
	{ &frame, 4, 2, 0x0101, META_BAD_VERSION },
	{ &frame, 6, 2, 0, META_BAD_KIND },
	{ &frame, 6, 2, 4, META_BAD_KIND },
	{ &frame, 6, 2, 0x0101, META_BAD_KIND },
	{ &frame, 8, 4, 4, META_BAD_FLAGS },
	{ &frame, 8, 4, 0x80000003, META_BAD_FLAGS },
	{ &ack, 8, 4, META_LAST, META_BAD_FLAGS },
	{ &ack, 8, 4, META_CRC, META_BAD_FLAGS },
	{ &end, 8, 4, META_LAST, META_BAD_FLAGS },
	{ &frame, 120, 1, 1, META_BAD_PAD },
	{ &frame, 127, 1, 0x80, META_BAD_PAD },
	{ &ack, 124, 4, 1, META_BAD_PAD },
	{ &end, 120, 8, 1, META_BAD_PAD },
	{ &frame, 16, 4, 0, META_BAD_BUFFERS },
	{ &frame, 16, 4, 17, META_BAD_BUFFERS },
	{ &frame, 16, 4, UINT32_MAX, META_BAD_BUFFERS },
	{ &frame, 12, 4, 3, META_BAD_BUFFER },
	{ &frame, 12, 4, UINT32_MAX, META_BAD_BUFFER },
	{ &ack, 12, 4, 16, META_BAD_BUFFER },
	{ &frame, 48, 4, 0, META_BAD_WIDTH },
	{ &frame, 48, 4, 16385, META_BAD_WIDTH },
	{ &frame, 48, 4, 0x40000280, META_BAD_WIDTH },
	{ &frame, 52, 4, 0, META_BAD_HEIGHT },
	{ &frame, 52, 4, 16385, META_BAD_HEIGHT },
	{ &frame, 52, 4, UINT32_MAX, META_BAD_HEIGHT },
	{ &frame, 56, 4, 0, META_BAD_FOURCC },
	{ &frame, 56, 4, DRM_FORMAT_XBGR8888, META_BAD_FOURCC },
	{ &frame, 56, 4, DRM_FORMAT_RGB565, META_BAD_FOURCC },
	{ &frame, 56, 4, DRM_FORMAT_ARGB8888 | DRM_FORMAT_BIG_ENDIAN, META_BAD_FOURCC },
	{ &frame, 40, 8, 0, META_BAD_SIZE },
	{ &frame, 40, 8, ((uint64_t)1 << 40) + 1, META_BAD_SIZE },
	{ &frame, 40, 8, UINT64_MAX, META_BAD_SIZE },
	{ &frame, 20, 4, 0, META_BAD_PLANES },
	{ &frame, 20, 4, 2, META_BAD_PLANES },
	{ &frame, 20, 4, UINT32_MAX, META_BAD_PLANES },
	{ &tiled, 20, 4, 5, META_BAD_PLANES },
	{ &tiled, 64, 8, DRM_FORMAT_MOD_LINEAR, META_BAD_PLANES },
	{ &tiled, 64, 8, DRM_FORMAT_MOD_INVALID, META_BAD_PLANES },
	{ &frame, 76, 4, 0, META_BAD_STRIDE },
	{ &frame, 76, 4, 640 * 4 - 4, META_BAD_STRIDE },
	{ &frame, 76, 4, 640 * 4 + 2, META_BAD_STRIDE },
	{ &tiled, 84, 4, 0, META_BAD_STRIDE },
	{ &tiled, 84, 4, 6, META_BAD_STRIDE },
	{ &frame, 72, 4, 2, META_BAD_OFFSET },
	{ &tiled, 80, 4, 16385, META_BAD_OFFSET },
	{ &frame, 72, 4, 4100, META_BAD_BOUNDS },
	{ &frame, 72, 4, 0xfffffffc, META_BAD_BOUNDS },
	{ &frame, 76, 4, 640 * 4 + 4, META_BAD_BOUNDS },
	{ &frame, 76, 4, 0xfffffffc, META_BAD_BOUNDS },
	{ &frame, 40, 8, 640 * 4 * 480 + 4095, META_BAD_BOUNDS },
	{ &frame, 52, 4, 481, META_BAD_BOUNDS },
	{ &frame, 52, 4, 16384, META_BAD_BOUNDS },
	{ &tiled, 96, 4, 65536, META_BAD_BOUNDS },
	{ &tiled, 84, 4, 0xfffffffc, META_BAD_BOUNDS },
	{ &frame, 8, 4, META_LAST, META_BAD_CRC },
	/* what a kind does not use */
	{ &frame, 104, 8, 1, META_BAD_UNUSED },
	{ &frame, 112, 8, 1, META_BAD_UNUSED },
	{ &frame, 80, 4, 4, META_BAD_UNUSED },
	{ &frame, 100, 4, 4, META_BAD_UNUSED },
	{ &ack, 16, 4, 3, META_BAD_UNUSED },
	{ &ack, 20, 4, 1, META_BAD_UNUSED },
	{ &ack, 40, 8, (uint64_t)1 << 63, META_BAD_UNUSED },
	{ &ack, 48, 4, 1, META_BAD_UNUSED },
	{ &ack, 52, 4, 1, META_BAD_UNUSED },
	{ &ack, 56, 4, DRM_FORMAT_XRGB8888, META_BAD_UNUSED },
	{ &ack, 60, 4, 1, META_BAD_UNUSED },
	{ &ack, 64, 8, TILED, META_BAD_UNUSED },
	{ &ack, 72, 4, 1, META_BAD_UNUSED },
	{ &ack, 100, 4, 1, META_BAD_UNUSED },
	{ &end, 12, 4, 1, META_BAD_UNUSED },
	{ &end, 104, 8, 1, META_BAD_UNUSED },
	{ &end, 112, 8, 1, META_BAD_UNUSED },
	{ &end, 48, 4, 1, META_BAD_UNUSED },
};

Test(meta, each_bad_field)
{
	uint8_t bytes[META_SIZE];
	struct meta out, before;
	size_t i;

	memset(&before, 0x5a, sizeof(before));
	for (i = 0; i < COUNT(bad); i++) {
		enum meta_error e;

		cr_assert_eq(meta_encode(bad[i].base, bytes), META_OK);
		put(bytes + bad[i].at, bad[i].value, bad[i].bytes);
		out = before;
		e = meta_decode(&out, bytes, sizeof(bytes));
		cr_expect_eq(e, bad[i].want, "case %zu, offset %zu: %s, not %s", i, bad[i].at,
			     meta_error_name(e), meta_error_name(bad[i].want));
		cr_expect_eq(memcmp(&out, &before, sizeof(out)), 0, "case %zu wrote", i);
	}
}

/* No error of the list goes without a case above or below. */
Test(meta, every_error_has_a_case)
{
	enum meta_error e;
	size_t i;

	for (e = META_BAD_MAGIC; e < META_ERRORS; e++) {
		for (i = 0; i < COUNT(bad) && bad[i].want != e; i++)
			;
		cr_expect(i < COUNT(bad), "%s", meta_error_name(e));
	}
}

Test(meta, length)
{
	uint8_t bytes[META_SIZE + 64] = { 0 };
	struct meta out;
	size_t len;

	cr_assert_eq(meta_encode(&frame, bytes), META_OK);
	for (len = 0; len <= sizeof(bytes); len++)
		cr_expect_eq(meta_decode(&out, bytes, len),
			     len == META_SIZE ? META_OK : META_BAD_LENGTH, "%zu", len);
	cr_expect_eq(meta_decode(&out, NULL, 0), META_BAD_LENGTH);
}

Test(meta, limits_are_good)
{
	struct meta m = frame;
	uint8_t bytes[META_SIZE];

	m.width = 16384;
	m.height = 16384;
	m.planes[0] = (struct meta_plane){ 0, 65536 };
	m.size = (uint64_t)65536 * 16384;
	cr_expect_eq(meta_encode(&m, bytes), META_OK);
	m.size--;
	cr_expect_eq(meta_encode(&m, bytes), META_BAD_BOUNDS);
	m = frame;
	m.width = 1;
	m.height = 1;
	m.size = 4;
	m.planes[0] = (struct meta_plane){ 0, 4 };
	m.buffer = 0;
	m.buffers = 1;
	m.modifier = DRM_FORMAT_MOD_INVALID;
	cr_expect_eq(meta_encode(&m, bytes), META_OK);
	m.size = (uint64_t)1 << 40;
	cr_expect_eq(meta_encode(&m, bytes), META_OK);
}

/* What one side would refuse the other does not send. */
Test(meta, encode_refuses_too)
{
	uint8_t bytes[META_SIZE], before[META_SIZE];
	struct meta m = frame;

	memset(before, 0x33, sizeof(before));
	memcpy(bytes, before, sizeof(bytes));
	m.planes[0].offset = 8192;
	cr_expect_eq(meta_encode(&m, bytes), META_BAD_BOUNDS);
	m.kind = (enum meta_kind)0;
	cr_expect_eq(meta_encode(&m, bytes), META_BAD_KIND);
	cr_expect_arr_eq(bytes, before, sizeof(bytes));
}

/* Random bytes behind a right beginning: never a crash, and what passes encodes. */
Test(meta, random)
{
	uint8_t bytes[META_SIZE], again[META_SIZE];
	unsigned int good = 0;
	struct meta out;
	long i;
	int k;

	srand(1);
	for (i = 0; i < 300000; i++) {
		cr_assert_eq(meta_encode(i & 1 ? &frame : &tiled, bytes), META_OK);
		for (k = rand() % 4; k >= 0; k--)
			bytes[rand() % META_SIZE] = (uint8_t)rand();
		if (meta_decode(&out, bytes, sizeof(bytes)))
			continue;
		good++;
		cr_assert_eq(meta_encode(&out, again), META_OK);
		cr_assert_arr_eq(again, bytes, META_SIZE);
		cr_assert(out.buffer < out.buffers && out.buffers <= META_MAX_BUFFERS);
		cr_assert(out.planes[0].offset + (uint64_t)out.planes[0].stride *
			  (out.height - 1) + out.width * 4 <= out.size);
	}
	cr_expect(good > 1000, "only %u records passed", good);
}

Test(meta, names_differ)
{
	int a, b;

	for (a = 0; a < META_ERRORS; a++) {
		cr_assert_not_null(meta_error_text((enum meta_error)a));
		for (b = 0; b < a; b++) {
			cr_expect_str_neq(meta_error_name((enum meta_error)a),
					  meta_error_name((enum meta_error)b));
			cr_expect_str_neq(meta_error_text((enum meta_error)a),
					  meta_error_text((enum meta_error)b));
		}
	}
	cr_expect_str_eq(meta_error_name(META_ERRORS), "unknown");
}
