// SPDX-License-Identifier: MIT
#include "frame.h"
#include "touch.h"

#include <errno.h>
#include <linux/dma-buf.h>
#include <string.h>
#include <sys/mman.h>

static int frame_ask(struct frame *frame, uint32_t actions, struct err *err)
{
	struct wire reply, request = { .actions = actions, .bytes = frame->bytes };

	if (channel_ask(frame->channel, &frame->buffer, &request, &reply, &frame->hid, err) < 0)
		return -1;
	frame->shared = true;
	return 0;
}

int frame_open(struct frame *frame, struct case_context *context, struct err *err)
{
	*frame = (struct frame){
		.channel = context->channel,
		.transport = context->transport,
		.buffer = { .fd = -1 },
		.bytes = context->size->bytes,
	};
	if (channel_alloc(frame->channel, frame->bytes, &frame->buffer, err) < 0)
		return -1;
	frame->map = mmap(NULL, frame->bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			  frame->buffer.fd, 0);
	if (frame->map == MAP_FAILED) {
		frame->map = NULL;
		return err_errno(err, errno, "mmap of %llu bytes",
				 (unsigned long long)frame->bytes);
	}
	if (frame->transport == TRANSPORT_COPY) {
		frame->drawn = touch_alloc(frame->bytes, err);
		if (!frame->drawn)
			return -1;
	}
	return frame_ask(frame, WIRE_IMPORT | WIRE_MAP | WIRE_TOUCH, err);
}

void frame_close(struct frame *frame)
{
	struct err ignored;

	if (frame->shared) {
		if (!frame->channel->lost)
			frame_ask(frame, WIRE_DROP, &ignored);
		hdb_unexport(frame->channel->hdb, frame->hid, &ignored);
	}
	touch_free(frame->drawn, frame->bytes);
	touch_free(frame->map, frame->bytes);
	if (frame->channel && frame->buffer.fd >= 0)
		buffer_free(&frame->channel->source, &frame->buffer);
	*frame = (struct frame){ .buffer = { .fd = -1 } };
}

int frame_draw(struct frame *frame, bool all, struct err *err)
{
	uint8_t *into = frame->drawn ? frame->drawn : frame->map;

	frame->stamp = frame->stamp * 6364136223846793005ull + 1442695040888963407ull;
	if (!frame->drawn && buffer_cpu_begin(frame->buffer.fd, DMA_BUF_SYNC_WRITE, err) < 0)
		return -1;
	if (all)
		memset(into, (int)(frame->stamp >> 56), frame->bytes);
	memcpy(into, &frame->stamp, sizeof(frame->stamp));
	if (!frame->drawn && buffer_cpu_end(frame->buffer.fd, DMA_BUF_SYNC_WRITE, err) < 0)
		return -1;
	return 0;
}

int frame_bring(struct frame *frame, uint64_t *spent_ns, struct err *err)
{
	uint64_t start = stop_now();

	*spent_ns = 0;
	if (!frame->drawn)
		return 0;
	if (buffer_cpu_begin(frame->buffer.fd, DMA_BUF_SYNC_WRITE, err) < 0)
		return -1;
	memcpy(frame->map, frame->drawn, frame->bytes);
	if (buffer_cpu_end(frame->buffer.fd, DMA_BUF_SYNC_WRITE, err) < 0)
		return -1;
	*spent_ns = stop_now() - start;
	return 0;
}

int frame_publish(struct frame *frame, uint32_t actions, uint64_t *seq, struct err *err)
{
	struct wire request = {
		.actions = actions | WIRE_CHECK |
			   (frame->transport == TRANSPORT_COPY ? WIRE_COPY : 0),
		.bytes = frame->bytes,
		.stamp = frame->stamp,
	};

	*seq = channel_request(frame->channel, &request);
	return channel_say(frame->channel, &frame->buffer, &request, &frame->hid, err);
}
