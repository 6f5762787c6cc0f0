/* SPDX-License-Identifier: MIT */
/* The loop around inside.h, what it found, and what it kept. */
#ifndef HDB_FUZZ_INSIDE_ENGINE_H
#define HDB_FUZZ_INSIDE_ENGINE_H

#include "failure.h"
#include "inside.h"
#include "journal.h"
#include "kernel.h"
#include "message.h"
#include "rng.h"

/* Inputs that may have led to what is seen after the last one. */
#define INSIDE_HISTORY	32

struct inside_input {
	uint8_t *bytes;
	size_t size;
	bool seed;		/* was there at the beginning */
};

struct inside {
	const struct message_options *options;
	uint32_t seed;
	struct rng rng;
	struct cover cover;
	struct kernel_log log;
	struct inside_process process;
	struct journal journal;
	bool prepared;
	uint64_t runs, messages, bad, late, imported, sent, closed;
	uint64_t started, ends;	/* stop_now()'s clock; ends: 0: no limit */
	struct inside_input history[INSIDE_HISTORY];
	struct inside_input *kept;
	size_t kept_count;
	struct cover_set known, set, fresh;
	struct failure failure;		/* its size is in records */
};

int inside_begin(struct inside *inside, struct err *err);
void inside_finish(struct inside *inside);

/*
 * Run one input and look at what came of it: inside->set has what it reached, inside->failure what
 * was wrong. Returns -1 when it could not be done.
 */
int inside_try(struct inside *inside, const uint8_t *bytes, size_t size, struct err *err);

/* Does the driver hold nothing any more, and do honest programs get on? Otherwise it is a failure. */
int inside_rest(struct inside *inside, struct err *err);

/* Try all inputs in a folder. Returns how many there are, or -1. */
int inside_load(struct inside *inside, const char *folder, bool seeds, struct err *err);

/* New inputs until time is up or something failed. */
int inside_explore(struct inside *inside, struct err *err);

/* Write what is new to a folder. Returns how many, or -1. */
int inside_store(struct inside *inside, const char *folder, struct err *err);

/* ---- command.c ---- */

/* hdb-fuzz message --kernel: returns the exit status. */
int inside_command(const struct message_options *options, struct report *report);

/* ---- found.c ---- */

/* Find out which input it was, make it short, write it to --out. */
int inside_found(struct inside *inside, struct err *err);

int inside_replay(const char *path, struct fuzz_verdict *verdict, struct err *err);
int inside_minimize(const char *path, const char *to, struct fuzz_verdict *verdict,
		    struct err *err);

#endif
