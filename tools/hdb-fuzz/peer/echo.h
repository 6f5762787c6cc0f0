/* SPDX-License-Identifier: MIT */
/*
 * echo: what the fuzzer and the program that answers it in the other domain say to each other, in
 * the private data of buffers. The fuzzer shares one with ECHO_ASKS; the other one, a user of the
 * real driver, imports it, and shares one with ECHO_ANSWERS, the same number, and all bytes inverted.
 */
#ifndef HDB_FUZZ_ECHO_H
#define HDB_FUZZ_ECHO_H

#include <stdint.h>

#define ECHO_ASKS	0x6b736168u	/* "hask" */
#define ECHO_ANSWERS	0x6c657468u	/* "htel" */
#define ECHO_PAGE	4096u
#define ECHO_COMPLAINT	160

struct echo {
	uint32_t magic;
	uint32_t number;
	uint32_t pages;
	char complaint[ECHO_COMPLAINT];	/* of the victim's kernel, in answers; or empty */
};

/* What the asking side puts at byte @at of its buffer. */
static inline uint8_t echo_byte(uint32_t number, uint32_t at)
{
	return (uint8_t)((number * 2654435761u + at * 40503u) >> 11);
}

#endif
