/* SPDX-License-Identifier: MIT */
/*
 * message: the mode that tries the wire format and the ring, in programs of their own beside
 * hdb-fuzz: hdb-fuzz-message (libFuzzer), hdb-fuzz-message-afl (AFL++), both with the address and
 * undefined-behaviour sanitizers.
 */
#ifndef HDB_FUZZ_MESSAGE_H
#define HDB_FUZZ_MESSAGE_H

#include <jansson.h>
#include <limits.h>

#include "fuzz.h"

enum message_engine {
	MESSAGE_LIBFUZZER,
	MESSAGE_AFL,
};

struct message_options {
	struct fuzz_options fuzz;
	unsigned int engine;	/* enum message_engine */
	bool kernel;		/* in this kernel (inside/), not in a program */
	const char *module, *coverage;	/* then: the driver's file; a file for the blocks reached */
};

/* What an engine found out so far. */
struct message_progress {
	uint64_t runs;
	double rate;		/* runs per second, over all */
	uint64_t edges, edges_all;	/* of the driver's code */
	uint64_t messages, bad;	/* in all inputs; known at the end, of libFuzzer */
	uint64_t inputs;	/* in the corpus */
	bool failed;
	char what[300];
};

/* Where things are during a run. */
struct message_run {
	const struct message_options *options;
	uint32_t seed;
	char folder[PATH_MAX - 64];	/* temporary: seeds/, new/, found/ */
	struct message_progress progress;
	FILE *log;		/* all that the engine says */
};

/*
 * Each runs its engine to the end. Afterwards run->folder/new has the inputs that reached something
 * new, run->folder/found those that fail. Return 0, whatever was found, or -1.
 */
int message_libfuzzer(struct message_run *run, struct err *err);
int message_afl(struct message_run *run, struct err *err);

/*
 * Reduce what is new to what reaches code that the seeds do not: it stays in run->folder/new.
 * Done by libFuzzer, whichever engine found it; without it all stays.
 */
int message_reduce(struct message_run *run, struct err *err);

/* Draw the status line. */
void message_show(const struct message_run *run);

/* The path of a program or folder of ours; @what as in "hdb-fuzz-message". False: not there. */
bool message_program(const char *what, char *path, size_t size);
bool message_dictionary(char *path, size_t size);

/* @line begins the report of a failure: it is kept in the progress. */
bool message_is_failure(const char *line);

/* ---- inputs ------------------------------------------------------------ */

/* Read one input in its text form. Returns its size, or -1. */
int message_load(const char *path, uint8_t *bytes, size_t room, struct err *err);

/* Write it for @mode, with @note as a comment where it is not NULL. */
int message_save(const char *path, const char *mode, const uint8_t *bytes, size_t size,
		 const char *note, struct err *err);

/* For names of files. */
uint64_t message_hash(const uint8_t *bytes, size_t size);

/* The paths of all *.txt in a folder, in the order of their names, which the caller frees; or -1. */
int message_list(const char *folder, char ***paths, struct err *err);

/* As bytes, without a text form. */
int message_write_raw(const char *path, const uint8_t *bytes, size_t size, struct err *err);
int message_read_raw(const char *path, uint8_t *bytes, size_t room, struct err *err);

/* All NAME.txt in @from as bytes into @to/NAME. Returns how many, or -1. */
int message_compile(const char *from, const char *to, struct err *err);

/*
 * All files of bytes in @from as text into @to, named by a hash of their contents with @prefix in
 * front; the name of the last one goes to @last, which may be NULL. Returns how many, or -1.
 */
int message_decompile(const char *from, const char *to, const char *prefix, const char *note,
		      char *last, size_t size, struct err *err);

/* Move the files that libFuzzer named (a SHA-1) from one folder to another, which is made. */
int message_take_hashed(const char *from, const char *to, struct err *err);

/* ---- shorten.c ---- */

size_t message_records(const uint8_t *bytes, size_t size);

/* Does an input still fail in the same way? 1, 0; -1: that cannot be found out */
typedef int message_again(void *data, const uint8_t *bytes, size_t size, struct err *err);

/* Leave out ever smaller runs of records while @again says so. Returns 0, or -1. */
int message_shorten(uint8_t *bytes, size_t *size, message_again *again, void *data,
		    struct err *err);

/* ---- replay ------------------------------------------------------------ */

int message_replay(const char *path, struct fuzz_verdict *verdict, struct err *err);
int message_minimize(const char *path, const char *to, struct fuzz_verdict *verdict,
		     struct err *err);

#endif
