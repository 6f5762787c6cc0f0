// SPDX-License-Identifier: MIT
#include <errno.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buffer.h"

void buffer_append(struct buffer *buffer, const void *data, size_t size)
{
	if (size == 0)
		return;
	if (buffer->room - buffer->used < size) {
		buffer->room = (buffer->used + size) * 2;
		buffer->data = realloc(buffer->data, buffer->room);
		if (!buffer->data)
			err(1, "cannot keep %zu bytes", buffer->room);
	}
	memcpy(buffer->data + buffer->used, data, size);
	buffer->used += size;
}

void buffer_drop(struct buffer *buffer, size_t size)
{
	buffer->used -= size;
	if (buffer->used > 0)
		memmove(buffer->data, buffer->data + size, buffer->used);
}

void buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){ 0 };
}

long buffer_read(struct buffer *buffer, int fd)
{
	unsigned char chunk[16384];
	ssize_t size = read(fd, chunk, sizeof(chunk));

	if (size > 0)
		buffer_append(buffer, chunk, size);
	return size;
}

bool buffer_write(struct buffer *buffer, int fd)
{
	ssize_t size;

	if (buffer->used == 0)
		return true;
	size = write(fd, buffer->data, buffer->used);
	if (size < 0)
		return errno == EAGAIN || errno == EINTR;
	buffer_drop(buffer, size);
	return true;
}

void frame_put(struct buffer *buffer, uint32_t session, enum wire_type type,
	       const void *payload, size_t size)
{
	struct wire_frame frame = { .session = session, .type = type, .size = size };

	buffer_append(buffer, &frame, sizeof(frame));
	buffer_append(buffer, payload, size);
}

bool frame_peek(const struct buffer *buffer, struct wire_frame *frame,
		const unsigned char **payload)
{
	if (buffer->used < sizeof(*frame))
		return false;
	memcpy(frame, buffer->data, sizeof(*frame));
	*payload = buffer->data + sizeof(*frame);
	if (frame->size > WIRE_PAYLOAD_MAX) {
		frame->size = 0;
		frame->type = UINT32_MAX;
		return true;
	}
	return buffer->used - sizeof(*frame) >= frame->size;
}

void frame_drop(struct buffer *buffer, const struct wire_frame *frame)
{
	buffer_drop(buffer, sizeof(*frame) + frame->size);
}
