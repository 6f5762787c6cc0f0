/* SPDX-License-Identifier: MIT */
/*
 * check: is this picture the frame that it claims to be, and if not, what is it?
 *
 * Two ways, for two costs. check_frame() compares every pixel with the scene
 * and names what is wrong (--verify full). check_crc() condenses a picture to
 * one CRC-32 that the exporter sends along (--verify crc): it says only whether
 * the pixels arrived as they were sent. With --verify none nothing here is
 * called, and not even the strip is read.
 */
#ifndef HDB_CHECK_H
#define HDB_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "picture.h"
#include "scene.h"

/**
 * enum check_diagnosis - what a picture turned out to be
 * @CHECK_OK: the frame asked for, in every pixel
 * @CHECK_STALE: another frame of this stream, in every pixel (.other says which)
 * @CHECK_TORN: two frames of this stream: each pixel belongs to .frame or .other
 * @CHECK_STREAM: the strips are intact, but those of another stream
 * @CHECK_CORRUPT: none of these
 */
enum check_diagnosis {
	CHECK_OK,
	CHECK_STALE,
	CHECK_TORN,
	CHECK_STREAM,
	CHECK_CORRUPT,
};

/**
 * struct check_result - what check_frame() found
 * @diagnosis: see there
 * @frame: the frame that was asked for; of a torn picture that does not hold
 *	any of it, the frame at its top
 * @bad: pixels that differ from the frame asked for
 * @x: column of the first of them, in reading order; 0 when there is none
 * @y: row of the first of them
 * @got: what the picture has there, 0xAARRGGBB
 * @want: what the frame has there; for XR24 both show alpha as 0xff
 * @other: STALE: the frame that it is; TORN: the other frame that is in it
 * @row: TORN: the first row with pixels of another frame than the row above
 *	(or than its own left part)
 * @other_stream: STREAM: whose picture it is
 */
struct check_result {
	enum check_diagnosis diagnosis;
	uint64_t frame;
	uint64_t bad;
	uint32_t x, y;
	uint32_t got, want;
	uint64_t other;
	uint32_t row;
	uint64_t other_stream;
};

/*
 * Compares all pixels of @pic, which must be of the scene's size, with frame
 * @frame. True when all agree; *r is filled in either way. A frame that is right
 * costs one pass; only a wrong one is looked at again to find out why.
 */
bool check_frame(const struct scene *s, uint64_t frame, const struct picture *pic,
		 struct check_result *r);

/* "ok", "stale", "torn", "stream", "corrupt": for JSON. */
const char *check_name(enum check_diagnosis d);

/*
 * One line for a person, such as "frame 7: 1 pixel of 307200 is wrong, the first
 * at 12,34: got ff102030, want ff102031 (corrupt)". Always NUL-terminated.
 */
void check_describe(const struct scene *s, const struct check_result *r, char *buf, size_t len);

/*
 * CRC-32 (that of zlib and PNG) over the pixels, row by row from the top, as
 * little-endian words 0xAARRGGBB without row padding; X counts as 0xff. The
 * byte order and the stride of the picture make no difference.
 */
uint32_t check_crc(const struct scene *s, const struct picture *pic);

/* The same over what the scene should be, without a picture. */
uint32_t check_crc_scene(const struct scene *s, uint64_t frame);

#endif /* HDB_CHECK_H */
