// SPDX-License-Identifier: MIT
#include "stream.h"

#include <string.h>

int stream_open(struct stream *stream, const struct case_context *context,
		struct channel *channel, size_t count, struct err *err)
{
	struct case_context each = *context;

	*stream = (struct stream){ .channel = channel };
	each.channel = channel;
	while (stream->count < count) {
		struct frame *frame = &stream->frame[stream->count++];

		frame->buffer.fd = -1;
		if (frame_open(frame, &each, err) < 0 || frame_draw(frame, true, err) < 0)
			return -1;
	}
	return 0;
}

void stream_close(struct stream *stream)
{
	for (size_t i = 0; i < stream->count; i++)
		frame_close(&stream->frame[i]);
	stream->count = 0;
}

void stream_start(struct stream *stream)
{
	memset(stream->seq, 0, sizeof(stream->seq));
	stream->reply = (struct wire){ 0 };
}

static int stream_back(struct stream *stream, size_t slot, struct err *err)
{
	if (stream->reply.seq >= stream->seq[slot])
		return 0;
	return channel_reply(stream->channel, stream->seq[slot], &stream->reply, err);
}

int stream_frame(struct stream *stream, size_t i, bool draw, uint32_t actions, struct err *err)
{
	size_t slot = i % stream->count;
	struct frame *frame = &stream->frame[slot];
	uint64_t copied;

	if (stream_back(stream, slot, err) < 0 || frame_draw(frame, draw, err) < 0 ||
	    frame_bring(frame, &copied, err) < 0)
		return -1;
	return frame_publish(frame, actions, &stream->seq[slot], err);
}

int stream_finish(struct stream *stream, struct err *err)
{
	for (size_t slot = 0; slot < stream->count; slot++)
		if (stream_back(stream, slot, err) < 0)
			return -1;
	return 0;
}
