/* SPDX-License-Identifier: MIT */
/*
 * journal: the last inputs, each in its file before it runs, for when the machine does not live to
 * tell. A place for each, in turn, where text ends in empty lines; ci/fuzz takes them out.
 */
#ifndef HDB_FUZZ_JOURNAL_H
#define HDB_FUZZ_JOURNAL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define JOURNAL_PLACES	32

struct journal {
	int fd;			/* -1: nothing is written down */
	size_t place;		/* bytes of each */
	size_t used[JOURNAL_PLACES];
	/* between journal_begin() and journal_end() */
	FILE *file;
	char *text;
	size_t size;
	uint64_t run;
};

/* Anew, as @out/@mode.journal. One that cannot be made is none. */
void journal_open(struct journal *journal, const char *out, const char *mode, size_t place);
void journal_close(struct journal *journal);

/* Where input number @run, from 0, of this seed is to be written as text; NULL: nowhere. */
FILE *journal_begin(struct journal *journal, uint64_t run);

/* That was all of it. What its place has no room for is left out. */
void journal_end(struct journal *journal);

#endif
