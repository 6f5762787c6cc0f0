/* SPDX-License-Identifier: MIT */
/*
 * cover: what a program reached. Where the kernel has KCOV and the driver was compiled for it:
 * which of the driver's basic blocks, one after the other, each thread ran through, and the works
 * of its links. Everywhere: what the calls answered.
 */
#ifndef HDB_FUZZ_COVER_H
#define HDB_FUZZ_COVER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* ---- what one program did ---- */

#define COVER_BITS	(1u << 18)
#define COVER_MOST	32768u

/* A set of things that can be told apart: hashes of pairs of blocks, and of answers. */
struct cover_set {
	uint8_t bits[COVER_BITS / 8];
	uint32_t list[COVER_MOST];
	size_t count;
};

void cover_clear(struct cover_set *set);
void cover_add(struct cover_set *set, uint64_t what);
bool cover_has(const struct cover_set *set, uint32_t bit);

/* What is in @set but not in @known goes to @fresh. Returns how much. */
size_t cover_fresh(const struct cover_set *set, const struct cover_set *known,
		   struct cover_set *fresh);

/* Is all of @wanted in @set? */
bool cover_holds(const struct cover_set *set, const struct cover_set *wanted);
void cover_merge(struct cover_set *into, const struct cover_set *set);

/* ---- the kernel's part ---- */

/* Threads beside the main one. */
#define COVER_THREADS	4

/* A basic block of the driver. */
struct cover_point {
	uint64_t pc;		/* where it is in this kernel */
	uint32_t function;	/* index */
	char section[28];	/* and where it is in the module's file */
	uint64_t offset;
};

struct cover {
	bool kcov, remote;
	int blocks;		/* file of hdb_coverage.ko, where there is no KCOV; else 0 */
	uint64_t text;		/* where the driver's code begins */
	uint8_t *copy;		/* of what is in that file */
	int fds[COVER_THREADS + 2];
	uint64_t *areas[COVER_THREADS + 2];	/* the last one: works */
	/* In memory that child processes share. */
	uint8_t *reached;	/* of each point */
	struct cover_point *points;
	size_t points_count;
	char **functions;
	size_t functions_count;
};

/*
 * Find KCOV, else hdb_coverage.ko, which tells blocks of all that runs but not their order; and the
 * driver's blocks in the module's file (NULL: where it usually is). That there is none is no error.
 */
int cover_open(struct cover *cover, const char *module, struct err *err);
void cover_close(struct cover *cover);

/* In a thread: count its blocks from now on; 0 is the main one. */
void cover_begin(struct cover *cover, int thread);
void cover_end(struct cover *cover, int thread);

/* Forget what was counted, or put it into @set, and then forget it. */
void cover_forget(struct cover *cover);
void cover_collect(struct cover *cover, struct cover_set *set);

/* Is there anything that tells? */
bool cover_tells(const struct cover *cover);
size_t cover_reached(const struct cover *cover);

/* An object for each function: name, reached, all. */
json_t *cover_functions(const struct cover *cover);

/* What was reached, as tests and people read it: those @functions, then every block. */
int cover_write(const struct cover *cover, json_t *functions, const char *path, struct err *err);

/* ---- points.c ---- */

/* Where the kernel says where it put the sections of the driver. */
#define COVER_SECTIONS	"/sys/module/hyper_dmabuf/sections"

/* The blocks in @module, with sections where a file in @folder says. Without any, all stays empty. */
int cover_points(struct cover *cover, const char *module, const char *folder, struct err *err);

/* Where the kernel put the first of those sections; 0: it does not say. */
uint64_t cover_text(const char *folder);

#endif
