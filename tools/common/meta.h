/* SPDX-License-Identifier: MIT */
/*
 * meta: what travels beside a buffer, as its private data.
 *
 * A fixed little-endian record of META_SIZE bytes. It comes from another
 * domain, so meta_decode() believes nothing: each field is checked, and fields
 * that a kind does not use must be zero.
 *
 *	offset size field
 *	0	4   magic "hdbm"
 *	4	2   version, META_VERSION
 *	6	2   kind
 *	8	4   flags
 *	12	4   buffer
 *	16	4   buffers
 *	20	4   planes in use
 *	24	8   stream
 *	32	8   frame
 *	40	8   size
 *	48	4   width
 *	52	4   height
 *	56	4   fourcc
 *	60	4   crc
 *	64	8   modifier
 *	72	32  four planes, each offset (4) and stride (4)
 *	104	8   frames_ok
 *	112	8   frames_bad
 *	120	8   zero
 */
#ifndef HDB_META_H
#define HDB_META_H

#include <stddef.h>
#include <stdint.h>

#define META_VERSION		1
#define META_SIZE		128
#define META_MAX_PLANES		4
#define META_MAX_BUFFERS	16
#define META_MAX_SIDE		16384	/* width and height, pixels */

/**
 * enum meta_kind - what the record announces
 * @META_FRAME: the buffer holds a frame; all fields but the counters count
 * @META_ACK: importer to exporter: done with a frame. Uses stream, frame, buffer
 *	and the counters
 * @META_END: the stream is over. Uses stream and frame, the number of the last
 *	frame that was published
 */
enum meta_kind {
	META_FRAME = 1,
	META_ACK,
	META_END,
};

/* Flags, of META_FRAME only. */
#define META_LAST	(1u << 0)	/* no frame follows */
#define META_CRC	(1u << 1)	/* @crc is valid */

struct meta_plane {
	uint32_t offset;	/* bytes into the buffer, a multiple of 4 */
	uint32_t stride;	/* bytes, a multiple of 4 */
};

/**
 * struct meta - the record in native form
 * @kind: enum meta_kind
 * @flags: META_LAST, META_CRC
 * @stream: the stream that the frame belongs to
 * @frame: number of the frame, from 0
 * @buffer: which buffer of the rotation, below @buffers
 * @buffers: how many rotate, 1 to META_MAX_BUFFERS
 * @size: bytes in the buffer
 * @width: pixels, 1 to META_MAX_SIDE
 * @height: rows, likewise
 * @fourcc: DRM_FORMAT_XRGB8888 or DRM_FORMAT_ARGB8888
 * @modifier: DRM_FORMAT_MOD_*; of LINEAR and INVALID there is one plane
 * @n_planes: 1 to META_MAX_PLANES; the rest of @planes is zero
 * @planes: plane 0 holds the pixels, further ones what the modifier says
 * @crc: check_crc() of the frame; 0 without META_CRC
 * @frames_ok: ACK: frames of this stream found right so far
 * @frames_bad: ACK: frames of this stream found wrong so far
 */
struct meta {
	enum meta_kind kind;
	uint32_t flags;
	uint64_t stream;
	uint64_t frame;
	uint32_t buffer;
	uint32_t buffers;
	uint64_t size;
	uint32_t width;
	uint32_t height;
	uint32_t fourcc;
	uint64_t modifier;
	uint32_t n_planes;
	struct meta_plane planes[META_MAX_PLANES];
	uint32_t crc;
	uint64_t frames_ok;
	uint64_t frames_bad;
};

/* Why a record was refused; the checks are made in this order. */
enum meta_error {
	META_OK,
	META_BAD_LENGTH,	/* not META_SIZE bytes */
	META_BAD_MAGIC,		/* not our metadata at all */
	META_BAD_VERSION,
	META_BAD_KIND,
	META_BAD_FLAGS,		/* unknown ones, or any outside of FRAME */
	META_BAD_PAD,		/* the reserved bytes are not zero */
	META_BAD_UNUSED,	/* a field that this kind does not use is not zero */
	META_BAD_BUFFERS,
	META_BAD_BUFFER,
	META_BAD_WIDTH,
	META_BAD_HEIGHT,
	META_BAD_FOURCC,
	META_BAD_SIZE,		/* zero, or above 2^40 */
	META_BAD_PLANES,	/* their number */
	META_BAD_STRIDE,	/* too small for a row, or not a multiple of 4 */
	META_BAD_OFFSET,	/* not a multiple of 4 */
	META_BAD_BOUNDS,	/* a plane reaches beyond the buffer */
	META_BAD_CRC,		/* a value without META_CRC */
	META_ERRORS,
};

/*
 * Writes META_SIZE bytes. Checks as meta_decode() does, so that what one side
 * sends the other accepts; on an error nothing is written.
 */
enum meta_error meta_encode(const struct meta *m, uint8_t out[META_SIZE]);

/* Reads and checks. On an error *m is left alone. */
enum meta_error meta_decode(struct meta *m, const void *data, size_t len);

/* A short name, for JSON and logs: "ok", "length", "magic", ... */
const char *meta_error_name(enum meta_error e);

/* A sentence part for a person: "the metadata has an unknown version". */
const char *meta_error_text(enum meta_error e);

#endif /* HDB_META_H */
