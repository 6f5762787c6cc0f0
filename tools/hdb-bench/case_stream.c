// SPDX-License-Identifier: MIT
/* Several buffers in rotation, as fast as the slower end allows. */
#include "cases.h"
#include "frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_BUFFERS	3
#define STREAM_FRAMES	12

enum stream_value {
	STREAM_HANDED,
	STREAM_PRODUCER,
	STREAM_CONSUMER,
};

static const struct case_series stream_series[] = {
	[STREAM_HANDED] = { "throughput/frames", UNIT_FRAMES_S,
		"12 frames in 3 buffers that rotate, nobody looks at more than the first pixels" },
	[STREAM_PRODUCER] = { "throughput/producer-bound", UNIT_BYTES_S,
		"likewise, the producer writes every byte" },
	[STREAM_CONSUMER] = { "throughput/consumer-bound", UNIT_BYTES_S,
		"likewise, the consumer reads every byte" },
	{ 0 },
};

struct stream {
	struct frame frame[STREAM_BUFFERS];
	uint64_t seq[STREAM_BUFFERS];	/* of the last request with it, 0: none */
};

static void stream_close(struct case_context *context)
{
	struct stream *stream = context->state;

	if (!stream)
		return;
	for (size_t i = 0; i < STREAM_BUFFERS; i++)
		frame_close(&stream->frame[i]);
	free(stream);
}

static int stream_open(struct case_context *context, struct err *err)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return err_errno(err, ENOMEM, "stream");
	context->state = stream;
	for (size_t i = 0; i < STREAM_BUFFERS; i++)
		stream->frame[i].buffer.fd = -1;
	for (size_t i = 0; i < STREAM_BUFFERS; i++)
		if (frame_open(&stream->frame[i], context, err) < 0 ||
		    frame_draw(&stream->frame[i], true, err) < 0)
			return -1;
	return 0;
}

/* All frames, until the last one is handed back. */
static int stream_burst(struct case_context *context, bool draw, uint32_t actions,
			struct err *err)
{
	struct stream *stream = context->state;
	struct wire reply = { 0 };
	uint64_t copied;

	memset(stream->seq, 0, sizeof(stream->seq));
	for (size_t i = 0; i < STREAM_FRAMES + STREAM_BUFFERS; i++) {
		size_t slot = i % STREAM_BUFFERS;
		struct frame *frame = &stream->frame[slot];

		/* Replies come in order, and each speaks for all before it. */
		if (reply.seq < stream->seq[slot] &&
		    channel_reply(context->channel, stream->seq[slot], &reply, err) < 0)
			return -1;
		if (i >= STREAM_FRAMES)
			continue;
		if (frame_draw(frame, draw, err) < 0 || frame_bring(frame, &copied, err) < 0 ||
		    frame_publish(frame, actions, &stream->seq[slot], err) < 0)
			return -1;
	}
	return 0;
}

static int stream_once(struct case_context *context, uint64_t intended, double *values,
		       struct err *err)
{
	static const struct {
		bool draw;
		uint32_t actions;
	} kinds[] = {
		[STREAM_HANDED] = { false, 0 },
		[STREAM_PRODUCER] = { true, 0 },
		[STREAM_CONSUMER] = { false, WIRE_READ },
	};

	(void)intended;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		uint64_t start = stop_now(), spent;
		double frames;

		if (stream_burst(context, kinds[i].draw, kinds[i].actions, err) < 0)
			return -1;
		spent = stop_now() - start;
		frames = STREAM_FRAMES * (double)STOP_NS_PER_S / (double)(spent ? spent : 1);
		values[i] = i == STREAM_HANDED ? frames : frames * (double)context->size->bytes;
	}
	return 0;
}

const struct case_exercise case_stream = {
	.series = stream_series,
	.sizes = case_picture_sizes,
	.transports = CASE_TRANSPORT(TRANSPORT_HDB) | CASE_TRANSPORT(TRANSPORT_COPY),
	.cannot = { [TRANSPORT_GNTDEV] = CASE_NO_GNTDEV },
	.flags = CASE_PEER,
	.depends = "schedulers; producer- and consumer-bound: memory; by copy: the size",
	.open = stream_open,
	.once = stream_once,
	.close = stream_close,
};
