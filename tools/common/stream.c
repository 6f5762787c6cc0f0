// SPDX-License-Identifier: MIT
#include "stream.h"
#include "hdb.h"

#include <string.h>

void stream_lock(struct stream *stream, uint64_t id)
{
	memset(stream, 0, sizeof(*stream));
	stream->locked = true;
	stream->id = id;
}

void stream_unlock(struct stream *stream)
{
	memset(stream, 0, sizeof(*stream));
}

/* Where an announcement for this buffer goes; NULL when there is no room. */
static struct stream_frame *stream_slot(struct stream *stream, hyper_dmabuf_id_t hid)
{
	for (uint32_t i = 0; i < stream->waiting; i++)
		if (hdb_id_equal(stream->frame[i].hid, hid))
			return &stream->frame[i];
	if (stream->waiting == META_MAX_BUFFERS)
		return NULL;
	return &stream->frame[stream->waiting++];
}

static void stream_end(struct stream *stream, uint64_t last)
{
	stream->ended = true;
	stream->last = last;
}

enum stream_offer stream_offer(struct stream *stream, hyper_dmabuf_id_t hid,
			       const struct meta *meta)
{
	struct stream_frame *slot;

	if (!stream->locked || meta->stream != stream->id || meta->kind == META_ACK)
		return STREAM_OTHER;
	if (meta->kind == META_END) {
		stream_end(stream, meta->frame);
		return STREAM_TAKEN;
	}
	if (stream->started && meta->frame < stream->next) {
		stream->repeated++;
		return STREAM_OLD;
	}
	slot = stream_slot(stream, hid);
	if (!slot)
		return STREAM_TOO_MANY;
	slot->hid = hid;
	slot->meta = *meta;
	if (meta->flags & META_LAST)
		stream_end(stream, meta->frame);
	return STREAM_TAKEN;
}

bool stream_take(struct stream *stream, struct stream_frame *frame)
{
	uint32_t first = 0;

	if (!stream->waiting)
		return false;
	for (uint32_t i = 1; i < stream->waiting; i++)
		if (stream->frame[i].meta.frame < stream->frame[first].meta.frame)
			first = i;
	*frame = stream->frame[first];
	stream->frame[first] = stream->frame[--stream->waiting];
	if (stream->started && frame->meta.frame > stream->next)
		stream->lost += frame->meta.frame - stream->next;
	stream->started = true;
	stream->next = frame->meta.frame + 1;
	return true;
}

bool stream_done(const struct stream *stream)
{
	return stream->ended && !stream->waiting;
}
