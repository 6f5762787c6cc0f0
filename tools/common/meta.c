// SPDX-License-Identifier: MIT
#include "meta.h"

#include <drm_fourcc.h>
#include <stdbool.h>
#include <string.h>

#define MAGIC		0x6d626468u	/* "hdbm" as bytes */
#define MAX_BYTES	((uint64_t)1 << 40)
#define FRAME_FLAGS	(META_LAST | META_CRC)

/* Where each field lies; meta.h shows the whole. */
enum {
	AT_MAGIC = 0,
	AT_VERSION = 4,
	AT_KIND = 6,
	AT_FLAGS = 8,
	AT_BUFFER = 12,
	AT_BUFFERS = 16,
	AT_N_PLANES = 20,
	AT_STREAM = 24,
	AT_FRAME = 32,
	AT_SIZE = 40,
	AT_WIDTH = 48,
	AT_HEIGHT = 52,
	AT_FOURCC = 56,
	AT_CRC = 60,
	AT_MODIFIER = 64,
	AT_PLANES = 72,
	AT_FRAMES_OK = 104,
	AT_FRAMES_BAD = 112,
	AT_PAD = 120,
};

static void put(uint8_t *at, uint64_t v, unsigned int bytes)
{
	while (bytes--) {
		*at++ = (uint8_t)v;
		v >>= 8;
	}
}

static uint64_t get(const uint8_t *at, unsigned int bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | at[bytes];
	return v;
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get(at, 4);
}

static bool meta_unused_is_zero(const struct meta *m)
{
	uint64_t any = 0;
	uint32_t i;

	if (m->kind == META_FRAME)
		return !(m->frames_ok | m->frames_bad);
	any |= m->size | m->modifier | m->buffers | m->width | m->height | m->fourcc | m->crc |
	       m->n_planes;
	for (i = 0; i < META_MAX_PLANES; i++)
		any |= m->planes[i].offset | m->planes[i].stride;
	if (m->kind == META_END)
		any |= m->buffer | m->frames_ok | m->frames_bad;
	return !any;
}

static enum meta_error meta_check_planes(const struct meta *m)
{
	bool linear = m->modifier == DRM_FORMAT_MOD_LINEAR ||
		      m->modifier == DRM_FORMAT_MOD_INVALID;
	uint32_t i;

	if (m->n_planes < 1 || m->n_planes > (linear ? 1 : META_MAX_PLANES))
		return META_BAD_PLANES;
	for (i = 0; i < META_MAX_PLANES; i++) {
		const struct meta_plane *p = &m->planes[i];
		uint64_t bytes;

		if (i >= m->n_planes) {
			if (p->offset | p->stride)
				return META_BAD_UNUSED;
			continue;
		}
		/* Both known formats have 4 bytes in a pixel, all in plane 0 */
		if (p->stride % 4 || p->stride < (i ? 4 : m->width * 4))
			return META_BAD_STRIDE;
		if (p->offset % 4)
			return META_BAD_OFFSET;
		bytes = i ? p->stride : (uint64_t)p->stride * (m->height - 1) + m->width * 4;
		if (p->offset + bytes > m->size)
			return META_BAD_BOUNDS;
	}
	return META_OK;
}

static enum meta_error meta_check(const struct meta *m)
{
	enum meta_error e;

	if (m->kind != META_FRAME && m->kind != META_ACK && m->kind != META_END)
		return META_BAD_KIND;
	if (m->flags & ~(m->kind == META_FRAME ? FRAME_FLAGS : 0))
		return META_BAD_FLAGS;
	if (!meta_unused_is_zero(m))
		return META_BAD_UNUSED;
	if (m->kind == META_ACK && m->buffer >= META_MAX_BUFFERS)
		return META_BAD_BUFFER;
	if (m->kind != META_FRAME)
		return META_OK;
	if (m->buffers < 1 || m->buffers > META_MAX_BUFFERS)
		return META_BAD_BUFFERS;
	if (m->buffer >= m->buffers)
		return META_BAD_BUFFER;
	if (m->width < 1 || m->width > META_MAX_SIDE)
		return META_BAD_WIDTH;
	if (m->height < 1 || m->height > META_MAX_SIDE)
		return META_BAD_HEIGHT;
	if (m->fourcc != DRM_FORMAT_XRGB8888 && m->fourcc != DRM_FORMAT_ARGB8888)
		return META_BAD_FOURCC;
	if (m->size < 1 || m->size > MAX_BYTES)
		return META_BAD_SIZE;
	e = meta_check_planes(m);
	if (e)
		return e;
	if (!(m->flags & META_CRC) && m->crc)
		return META_BAD_CRC;
	return META_OK;
}

enum meta_error meta_encode(const struct meta *m, uint8_t out[META_SIZE])
{
	enum meta_error e = meta_check(m);
	uint32_t i;

	if (e)
		return e;
	memset(out, 0, META_SIZE);
	put(out + AT_MAGIC, MAGIC, 4);
	put(out + AT_VERSION, META_VERSION, 2);
	put(out + AT_KIND, m->kind, 2);
	put(out + AT_FLAGS, m->flags, 4);
	put(out + AT_BUFFER, m->buffer, 4);
	put(out + AT_BUFFERS, m->buffers, 4);
	put(out + AT_N_PLANES, m->n_planes, 4);
	put(out + AT_STREAM, m->stream, 8);
	put(out + AT_FRAME, m->frame, 8);
	put(out + AT_SIZE, m->size, 8);
	put(out + AT_WIDTH, m->width, 4);
	put(out + AT_HEIGHT, m->height, 4);
	put(out + AT_FOURCC, m->fourcc, 4);
	put(out + AT_CRC, m->crc, 4);
	put(out + AT_MODIFIER, m->modifier, 8);
	for (i = 0; i < META_MAX_PLANES; i++) {
		put(out + AT_PLANES + i * 8, m->planes[i].offset, 4);
		put(out + AT_PLANES + i * 8 + 4, m->planes[i].stride, 4);
	}
	put(out + AT_FRAMES_OK, m->frames_ok, 8);
	put(out + AT_FRAMES_BAD, m->frames_bad, 8);
	return META_OK;
}

enum meta_error meta_decode(struct meta *out, const void *data, size_t len)
{
	const uint8_t *in = data;
	struct meta m = { 0 };
	enum meta_error e;
	uint32_t i;

	if (len != META_SIZE)
		return META_BAD_LENGTH;
	if (get32(in + AT_MAGIC) != MAGIC)
		return META_BAD_MAGIC;
	if (get(in + AT_VERSION, 2) != META_VERSION)
		return META_BAD_VERSION;
	m.kind = (enum meta_kind)get(in + AT_KIND, 2);
	m.flags = get32(in + AT_FLAGS);
	m.buffer = get32(in + AT_BUFFER);
	m.buffers = get32(in + AT_BUFFERS);
	m.n_planes = get32(in + AT_N_PLANES);
	m.stream = get(in + AT_STREAM, 8);
	m.frame = get(in + AT_FRAME, 8);
	m.size = get(in + AT_SIZE, 8);
	m.width = get32(in + AT_WIDTH);
	m.height = get32(in + AT_HEIGHT);
	m.fourcc = get32(in + AT_FOURCC);
	m.crc = get32(in + AT_CRC);
	m.modifier = get(in + AT_MODIFIER, 8);
	for (i = 0; i < META_MAX_PLANES; i++) {
		m.planes[i].offset = get32(in + AT_PLANES + i * 8);
		m.planes[i].stride = get32(in + AT_PLANES + i * 8 + 4);
	}
	m.frames_ok = get(in + AT_FRAMES_OK, 8);
	m.frames_bad = get(in + AT_FRAMES_BAD, 8);
	e = meta_check(&m);
	/* Padding is judged after kind and flags, before everything else */
	if (e != META_BAD_KIND && e != META_BAD_FLAGS && get(in + AT_PAD, 8))
		return META_BAD_PAD;
	if (e)
		return e;
	*out = m;
	return META_OK;
}

static const struct {
	const char *name;
	const char *text;
} errors[META_ERRORS] = {
	[META_OK] = { "ok", "the metadata is good" },
	[META_BAD_LENGTH] = { "length", "the metadata has a wrong length" },
	[META_BAD_MAGIC] = { "magic", "the private data is not hdb's metadata" },
	[META_BAD_VERSION] = { "version", "the metadata has an unknown version" },
	[META_BAD_KIND] = { "kind", "the metadata is of an unknown kind" },
	[META_BAD_FLAGS] = { "flags", "the metadata has flags that its kind does not know" },
	[META_BAD_PAD] = { "pad", "the metadata's reserved bytes are not zero" },
	[META_BAD_UNUSED] = { "unused", "the metadata sets a field that it must not use" },
	[META_BAD_BUFFERS] = { "buffers", "the metadata names an impossible number of buffers" },
	[META_BAD_BUFFER] = { "buffer", "the metadata's buffer index is out of range" },
	[META_BAD_WIDTH] = { "width", "the metadata's width is out of range" },
	[META_BAD_HEIGHT] = { "height", "the metadata's height is out of range" },
	[META_BAD_FOURCC] = { "fourcc", "the metadata's pixel format is neither XR24 nor AR24" },
	[META_BAD_SIZE] = { "size", "the metadata's buffer size is out of range" },
	[META_BAD_PLANES] = { "planes", "the metadata has too few or too many planes" },
	[META_BAD_STRIDE] = { "stride", "the metadata's stride is too small or odd" },
	[META_BAD_OFFSET] = { "offset", "the metadata's offset is not a multiple of 4" },
	[META_BAD_BOUNDS] = { "bounds", "the metadata's plane reaches beyond the buffer" },
	[META_BAD_CRC] = { "crc", "the metadata has a checksum but does not say so" },
};

const char *meta_error_name(enum meta_error e)
{
	return (unsigned int)e < META_ERRORS ? errors[e].name : "unknown";
}

const char *meta_error_text(enum meta_error e)
{
	return (unsigned int)e < META_ERRORS ? errors[e].text : "the metadata is bad";
}
