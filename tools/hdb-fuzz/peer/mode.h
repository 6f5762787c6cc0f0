/* SPDX-License-Identifier: MIT */
/*
 * peer: the mode that plays the other domain of a link, against a real driver in that one. It makes
 * scripts (script.h), has each carried out by a process of its own (run.h), keeps those that the
 * other end reacted to in a new way, and after some of them asks it for something honest (honest.c,
 * answer.c).
 */
#ifndef HDB_FUZZ_PEER_H
#define HDB_FUZZ_PEER_H

#include "end.h"
#include "failure.h"
#include "fuzz.h"
#include "run.h"
#include "script.h"

struct peer_options {
	struct fuzz_options fuzz;
	unsigned int as;	/* 0: frontend, 1: backend */
	bool answer;
	const char *peer;	/* whom to answer */
};

/* So many scripts between two honest shares. */
#define PEER_BATCH	8

struct peer_run {
	const struct peer_options *options;
	struct end_place place;
	struct runner runner;
	uint32_t seed;
	struct rng rng;
	uint64_t runs, steps, honest, killed;
	bool died;		/* the last script did, and left the link as it was */
	uint64_t started, ends;	/* stop_now()'s clock; ends: 0: no limit */
	struct script *batch[PEER_BATCH];
	unsigned int batched;
	struct script **kept;
	size_t kept_count, kept_room, seeds;
	uint8_t known[RUN_REACTIONS / 8];
	struct failure failure;		/* its size is in steps */
};

/* ---- honest.c ---- */

/*
 * Connect, share a buffer with what @number says in it, get it back inverted. @verdict says what
 * was wrong; -1: nothing could be asked.
 */
int peer_honest(const struct end_place *place, uint32_t number, struct fuzz_verdict *verdict,
		struct err *err);

/* ---- engine.c ---- */

int peer_begin(struct peer_run *run, bool backend, struct err *err);
void peer_finish(struct peer_run *run);

/* Carry out a script; what is wrong with the other end shows in peer_watch(). */
int peer_try(struct peer_run *run, const struct script *script, struct err *err);

/* Does the other end still do what it should? Otherwise that is run->failure. */
int peer_watch(struct peer_run *run, struct err *err);

/* The seeds in @folder; how many, or -1. */
int peer_load(struct peer_run *run, const char *folder, struct err *err);

/* New ones until time is up or something failed. */
int peer_explore(struct peer_run *run, struct err *err);

bool peer_over(const struct peer_run *run);

/* ---- crash.c ---- */

/* Which script it takes, as short as that goes, into --out. */
int peer_crash(struct peer_run *run, struct err *err);

int peer_replay(const char *path, struct fuzz_verdict *verdict, struct err *err);
int peer_minimize(const char *path, const char *to, struct fuzz_verdict *verdict,
		  struct err *err);

#endif
