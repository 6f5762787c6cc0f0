/* SPDX-License-Identifier: MIT */
/*
 * program: an input of the ioctl fuzzer, and how a person reads and writes it, a line a call:
 *
 *	open out=dev0
 *	buffer out=buf0 source=vgem pages=2
 *	export_remote dev=dev0 dmabuf=buf0 out=id0
 *	1: unexport dev=dev0 id=id0
 *	2: export_fd dev=dev0 id=id0 out=imp0 fail=3
 *
 * Lines with a number in front are calls of threads that run at the same time; one without waits
 * for all before it. Values are numbers, words of table.c, "own" for the id of this domain, or
 * resources: dev0 to dev3, buf (dma-bufs), imp (dma-bufs of imports), sync (sync_files), map, id.
 * What is not said is the usual. fail=N: the Nth allocation of the call fails, where the kernel can
 * (/proc/thread-self/fail-nth). A '#' begins a comment.
 */
#ifndef HDB_FUZZ_PROGRAM_H
#define HDB_FUZZ_PROGRAM_H

#include <stdio.h>

#include "err.h"
#include "rng.h"
#include "run.h"

/* The longest that is made; those that are read may have RUN_CALLS. */
#define PROGRAM_MADE	48

struct program {
	size_t count;
	struct run_call calls[RUN_CALLS];
};

/* ---- text -------------------------------------------------------------- */

int program_read(FILE *file, struct program *program, struct err *err);
int program_load(const char *path, struct program *program, struct err *err);

/* The lines, with @note as a comment where it is not NULL. */
void program_write(FILE *file, const struct program *program, const char *note);
int program_save(const char *path, const struct program *program, const char *note,
		 struct err *err);

/* Write a C program that makes the same calls. */
int program_save_c(const char *path, const struct program *program, const char *note,
		   struct err *err);

/* ---- changes ----------------------------------------------------------- */

/* A new one. */
void program_make(struct program *program, struct rng *rng);

/* Change it a little, or much; @other is one to take calls from. */
void program_mutate(struct program *program, const struct program *other, struct rng *rng);

/* Leave out @count calls from @first on. */
void program_cut(struct program *program, size_t first, size_t count);

/* @program, all let go, and @next. False: that is too long. */
bool program_append(struct program *program, const struct program *next);

bool program_equal(const struct program *one, const struct program *two);

/* The same for equal programs, on every machine. */
uint64_t program_hash(const struct program *program);

#endif
