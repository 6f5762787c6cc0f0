/* SPDX-License-Identifier: MIT */
/*
 * record: an input of the message fuzzer in bytes, a sequence of what two ends of a link do.
 *
 * A record is a byte (its operation, modulo RECORD_OPERATIONS), a length of two bytes, and as
 * many bytes of payload. Any bytes are some input: what is too long is cut, what is missing is
 * zero. Numbers are little-endian.
 */
#ifndef HDB_FUZZ_RECORD_H
#define HDB_FUZZ_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum record_operation {
	RECORD_SLOT,		/* the peer sends a message: up to 256 bytes of its slot */
	RECORD_WRITE,		/* the peer writes: offset in shared memory (16 bits), bytes */
	RECORD_INDEX,		/* the peer sets: enum record_word (8 bits), value (32 bits) */
	RECORD_TAKE,		/* we take messages: at most how many (8 bits) */
	RECORD_PAGE,		/* the peer grants a page: reference (32 bits), its bytes */
	RECORD_SHARE,		/* we export a buffer: number (8 bits), private data */
	RECORD_UNEXPORT,	/* we unexport it: number (8 bits) */
	RECORD_DRAIN,		/* the peer takes all that we sent */
	RECORD_BACKEND,		/* as the first record: we are the backend, else the frontend */
	RECORD_OPERATIONS
};

/* A word of shared memory that belongs to the peer. */
enum record_word {
	RECORD_PRODUCER,
	RECORD_WAIT_ROOM,
	RECORD_CONSUMER,
	RECORD_WORDS
};

#define RECORD_HEADER	3
#define RECORD_PAYLOAD_MAX	(4 + 4096)

/* The longest input that is made or kept. */
#define RECORD_INPUT_MAX	32768

struct record {
	enum record_operation operation;
	uint16_t length;
	const uint8_t *payload;
};

/* Cut the next record off the front of @bytes; false at the end. */
bool record_next(const uint8_t **bytes, size_t *left, struct record *record);

/* Append a record; false, and nothing is written, when it does not fit. @at: bytes used so far */
bool record_put(uint8_t *bytes, size_t room, size_t *at, enum record_operation operation,
		const void *payload, size_t length);

/* The number of @width bytes at @offset in the payload; what is beyond its end is zero. */
uint32_t record_number(const struct record *record, size_t offset, size_t width);

#endif
