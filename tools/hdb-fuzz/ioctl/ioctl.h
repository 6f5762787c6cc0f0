/* SPDX-License-Identifier: MIT */
/*
 * ioctl: the mode that tries the driver's calls, in the kernel that it runs on. It makes programs
 * (program.h), has them carried out by another process (executor.h), keeps those that reach
 * something new (cover.h), and looks at what came of it: what the kernel says (kernel.h), answers
 * that the interface does not know, calls that do not return, what the driver still holds when all
 * was let go.
 */
#ifndef HDB_FUZZ_IOCTL_H
#define HDB_FUZZ_IOCTL_H

#include "cover.h"
#include "executor.h"
#include "failure.h"
#include "fuzz.h"
#include "journal.h"
#include "kernel.h"
#include "program.h"

struct ioctl_options {
	struct fuzz_options fuzz;
	bool plain;		/* calls with arguments by chance, nothing else */
	const char *module;	/* the driver's file, for KCOV */
	const char *coverage;	/* file for the blocks that were reached */
};

/* Programs that may have led to what is seen after the last one. */
#define IOCTL_HISTORY	32

/* How far a sweep (sweep.c) came in a program: the call it is at, and what of it comes next. */
struct ioctl_sweep {
	size_t call;
	unsigned int step;
};

/* The most steps of a call: its pointers, and allocations of it. */
#define IOCTL_SWEEP_FAILS	60
#define IOCTL_SWEEP_STEPS	(RUN_ARGS * (RUN_POINTERS - 1) + IOCTL_SWEEP_FAILS)

/* One that reached something. */
struct ioctl_kept {
	struct program *program;
	bool seed;		/* was there at the beginning */
	bool good[RUN_CALLS];	/* what that call answered */
	struct ioctl_sweep kinds, all;
};

struct ioctl_run {
	const struct ioctl_options *options;
	uint32_t seed;
	struct rng rng;
	struct cover cover;
	struct kernel_log log;
	struct executor executor;
	bool fail_nth;
	struct journal journal;
	uint64_t runs, calls, injected;
	uint64_t started, ends;	/* stop_now()'s clock; ends: 0: no limit */
	struct program *history[IOCTL_HISTORY];
	size_t kept_count, kept_room;
	struct ioctl_kept *kept;
	size_t sweeping;	/* all before have had their turn in ioctl_sweep_kinds() */
	bool swept[RUN_NAMES][IOCTL_SWEEP_STEPS];
	struct cover_set known, set, fresh;
	struct failure failure;		/* its size is in calls */
	char source[PATH_MAX];		/* the program in C that fails so */
};

/* ---- engine.c ---- */

int ioctl_begin(struct ioctl_run *run, struct err *err);
void ioctl_finish(struct ioctl_run *run);

/*
 * Carry out one program and look at what came of it: run->set has what it reached, run->failure
 * what was wrong. Returns -1 when it could not be done.
 */
int ioctl_try(struct ioctl_run *run, const struct program *program, struct err *err);

/* Does the driver hold nothing any more? Otherwise that is a failure. */
void ioctl_rest(struct ioctl_run *run);

/* Try the seeds, then new programs until time is up or something failed. */
int ioctl_explore(struct ioctl_run *run, struct err *err);

/* Is it time to end? */
bool ioctl_over(const struct ioctl_run *run);

/* ---- sweep.c ---- */

/*
 * A program that was kept, in which one of the driver's calls, which was good, is now given a bad
 * pointer, or one of its allocations fails. ioctl_sweep_all() goes through all of one program, a
 * step each time; ioctl_sweep_kinds() through what was not yet tried of calls of that name, in
 * whatever program. NULL: there is none left. After ioctl_try(), ioctl_swept() wants what they
 * returned.
 */
struct ioctl_sweep *ioctl_sweep_all(struct ioctl_run *run, struct ioctl_kept *kept,
				    struct program *program);
struct ioctl_sweep *ioctl_sweep_kinds(struct ioctl_run *run, struct program *program);
void ioctl_swept(struct ioctl_run *run, struct ioctl_sweep *sweep);

/* ---- corpus.c ---- */

/* Try all programs in a folder; those that reach something are kept. Returns how many there are. */
int ioctl_load(struct ioctl_run *run, const char *folder, bool seeds, struct err *err);

/* Keep a program, which reached run->fresh, as short as that goes. */
int ioctl_keep(struct ioctl_run *run, const struct program *program, bool seed, struct err *err);

/* Write what is new to a folder, without what others reach too. Returns how many, or -1. */
int ioctl_store(struct ioctl_run *run, const char *folder, struct err *err);

/* ---- crash.c ---- */

/* Find out which programs it takes, make them short, write all to --out. */
int ioctl_crash(struct ioctl_run *run, struct err *err);

/* Leave out what @program does not need to fail as @what says. Returns -1 on trouble. */
int ioctl_shorten(struct ioctl_run *run, struct program *program, const char *what,
		  struct err *err);

int ioctl_replay(const char *path, struct fuzz_verdict *verdict, struct err *err);
int ioctl_minimize(const char *path, const char *to, struct fuzz_verdict *verdict,
		   struct err *err);

/* ---- plain.c ---- */

int ioctl_plain(struct ioctl_run *run, struct err *err);

#endif
