/* SPDX-License-Identifier: MIT */
/*
 * text: inputs of the message fuzzer as a person reads and writes them, a line for each record.
 *
 *	backend				we are the backend; only as the first line
 *	slot EXPORT id=1,2,3,4 nr_pages=2 dir_ref=8 priv=00ff
 *	slot 77 flags=1			any type
 *	slot USED id=own0 length=25	"own0" to "own3": the buffers of "share"
 *	page 8 nr_pages=2 refs=5-7,9	a directory page with reference 8
 *	write 4096 00ff			bytes into shared memory
 *	index producer 64		or wait_room, consumer
 *	take 64
 *	share 0 00ff			with private data
 *	unexport 0
 *	drain
 *
 * Numbers are decimal, or hexadecimal behind 0x; bytes are pairs of hexadecimal digits. What is
 * not said of a slot or page is zero, but for what follows from the rest (fields_seal_*()).
 * @OFFSET=BYTES overwrites bytes of it at last, bytes=N cuts it off. "raw BYTES" is a payload that
 * nothing else describes. A '#' begins a comment.
 */
#ifndef HDB_FUZZ_TEXT_H
#define HDB_FUZZ_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "err.h"
#include "record.h"

/*
 * Read @file to its end into @bytes. Returns how many there are, or -1 with the line that is
 * wrong in @err.
 */
int text_read(FILE *file, uint8_t *bytes, size_t room, struct err *err);

/* Write the lines that text_read() makes the same records of. */
void text_write(FILE *file, const uint8_t *bytes, size_t size);

/* ---- for those that have lines of their own between these ---- */

/* Room for the longest line: a page with all its bytes. */
#define TEXT_LINE	16384

/* Bytes of pairs of hexadecimal digits. Returns how many, or -1. */
int text_hex(const char *hex, uint8_t *bytes, size_t room);

/*
 * The next line that says something, without its comment, in the TEXT_LINE bytes of @text: 1, with
 * @line at its first word and @number, which begins with 0, its number; 0 at the end; -1.
 */
int text_line(FILE *file, char *text, int *number, char **line, struct err *err);

/*
 * What line @number says: the operation @name, with the rest of it in @line, or NULL. The payload
 * of @record is there until the next call.
 */
int text_record(const char *name, char *line, int number, struct record *record, struct err *err);

void text_write_record(FILE *file, const struct record *record);

#endif
