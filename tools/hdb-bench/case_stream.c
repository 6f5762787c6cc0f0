// SPDX-License-Identifier: MIT
/* How many frames get through: three buffers at every size, and many small ones. */
#include "cases.h"
#include "stream.h"

#include <errno.h>
#include <stdlib.h>

#define STREAM_BUFFERS	3
#define STREAM_FRAMES	12

static void stream_case_close(struct case_context *context)
{
	struct stream *stream = context->state;

	if (!stream)
		return;
	stream_close(stream);
	free(stream);
}

static int stream_case_new(struct case_context *context, const struct case_context *each,
			   size_t count, struct err *err)
{
	context->state = calloc(1, sizeof(struct stream));
	if (!context->state)
		return err_errno(err, ENOMEM, "stream");
	return stream_open(context->state, each, context->channel, count, err);
}

/* Frames per second of a burst of @frames. */
static int stream_burst(struct stream *stream, size_t frames, bool draw, uint32_t actions,
			double *rate, struct err *err)
{
	uint64_t start = stop_now(), spent;

	stream_start(stream);
	for (size_t i = 0; i < frames; i++)
		if (stream_frame(stream, i, draw, actions, err) < 0)
			return -1;
	if (stream_finish(stream, err) < 0)
		return -1;
	spent = stop_now() - start;
	*rate = (double)frames * (double)STOP_NS_PER_S / (double)(spent ? spent : 1);
	return 0;
}

/* ---- sizes ------------------------------------------------------------- */

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

static int stream_case_open(struct case_context *context, struct err *err)
{
	return stream_case_new(context, context, STREAM_BUFFERS, err);
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
		if (stream_burst(context->state, STREAM_FRAMES, kinds[i].draw, kinds[i].actions,
				 &values[i], err) < 0)
			return -1;
		if (i != STREAM_HANDED)
			values[i] *= (double)context->size->bytes;
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
	.open = stream_case_open,
	.once = stream_once,
	.close = stream_case_close,
};

/* ---- many buffers ------------------------------------------------------ */

/* Each buffer comes up so often in a burst. */
#define BUFFERS_TURNS	4

static const struct case_series buffers_series[] = {
	{ "throughput/buffers", UNIT_FRAMES_S,
		"frames of 64x64 in so many buffers that rotate, each 4 times" },
	{ 0 },
};

static const struct case_size buffers_sizes[] = {
	{ "1-buffer", CASE_SMALLEST_PICTURE, .count = 1 },
	{ "8-buffers", CASE_SMALLEST_PICTURE, .count = 8 },
	{ "64-buffers", CASE_SMALLEST_PICTURE, .count = STREAM_MOST },
	{ 0 },
};

static int buffers_open(struct case_context *context, struct err *err)
{
	struct case_context each = *context;

	each.size = &case_picture_sizes[0];
	return stream_case_new(context, &each, context->size->count, err);
}

static int buffers_once(struct case_context *context, uint64_t intended, double *values,
			struct err *err)
{
	(void)intended;
	return stream_burst(context->state, BUFFERS_TURNS * context->size->count, false, 0,
			    &values[0], err);
}

const struct case_exercise case_buffers = {
	.series = buffers_series,
	.sizes = buffers_sizes,
	.transports = CASE_TRANSPORT(TRANSPORT_HDB) | CASE_TRANSPORT(TRANSPORT_COPY),
	.cannot = { [TRANSPORT_GNTDEV] = CASE_NO_GNTDEV },
	.flags = CASE_PEER,
	.depends = "schedulers; by copy: memory",
	.open = buffers_open,
	.once = buffers_once,
	.close = stream_case_close,
};
