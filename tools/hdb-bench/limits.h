/* SPDX-License-Identifier: MIT */
/*
 * limits: how large a change has to be to count, for each case.
 *
 * A file has a pattern of cases, as --cases takes it, and percent in each line;
 * the first line that fits counts. '#' begins a comment.
 */
#ifndef HDB_BENCH_LIMITS_H
#define HDB_BENCH_LIMITS_H

#include <stddef.h>

#include "err.h"

struct limit {
	char pattern[80];
	double share;		/* 0.05 is 5 % */
};

/* A zeroed struct has none. */
struct limits {
	struct limit *limit;
	size_t count;
};

int limits_load(struct limits *limits, const char *path, struct err *err);
void limits_free(struct limits *limits);

/* Of a case; @otherwise where no line fits. */
double limits_find(const struct limits *limits, const char *name, double otherwise);

#endif
