/* SPDX-License-Identifier: MIT */
/* A growing byte queue, and frames in it. Running out of memory ends the program. */
#ifndef HDB_AGENT_BUFFER_H
#define HDB_AGENT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "wire.h"

struct buffer {
	unsigned char *data;	/* the first byte is the next to go */
	size_t used;
	size_t room;
};

void buffer_append(struct buffer *buffer, const void *data, size_t size);
void buffer_drop(struct buffer *buffer, size_t size);
void buffer_free(struct buffer *buffer);

/* Reads what is there, once. Returns bytes read, 0 at the end, -1 with errno. */
long buffer_read(struct buffer *buffer, int fd);

/* Writes what the other side takes now. False: it is gone. */
bool buffer_write(struct buffer *buffer, int fd);

void frame_put(struct buffer *buffer, uint32_t session, enum wire_type type,
	       const void *payload, size_t size);

/*
 * Whether a whole frame stands at the front; its header is copied to @frame, and @payload points
 * into the buffer until that changes. Drop it with frame_drop(). A payload that is longer than
 * any may be counts as a whole frame of size 0 and type UINT32_MAX.
 */
bool frame_peek(const struct buffer *buffer, struct wire_frame *frame,
		const unsigned char **payload);
void frame_drop(struct buffer *buffer, const struct wire_frame *frame);

#endif
