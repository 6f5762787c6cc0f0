/* SPDX-License-Identifier: MIT */
/*
 * stream: buffers in rotation over one link, as fast as the slower end allows.
 */
#ifndef HDB_BENCH_STREAM_H
#define HDB_BENCH_STREAM_H

#include "frame.h"

#define STREAM_MOST	64

/**
 * struct stream - one
 * @channel: the link
 * @count: buffers
 * @seq: of the last request with each, 0: there is none in this burst
 * @reply: the newest; replies come in order, and each speaks for all before it
 */
struct stream {
	struct channel *channel;
	struct frame frame[STREAM_MOST];
	size_t count;
	uint64_t seq[STREAM_MOST];
	struct wire reply;
};

/*
 * @count buffers of @context's size and transport, over @channel. Also to be closed after a
 * failure.
 */
int stream_open(struct stream *stream, const struct case_context *context,
		struct channel *channel, size_t count, struct err *err);

/* Also of a zeroed one. */
void stream_close(struct stream *stream);

/* A burst begins. */
void stream_start(struct stream *stream);

/*
 * Frame number @i of the burst, in the buffer whose turn it is, once that was handed back: drawn
 * in whole if @draw, and published with @actions.
 */
int stream_frame(struct stream *stream, size_t i, bool draw, uint32_t actions, struct err *err);

/* The burst is over: wait until all are handed back. */
int stream_finish(struct stream *stream, struct err *err);

#endif
