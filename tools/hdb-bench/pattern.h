/* SPDX-License-Identifier: MIT */
/*
 * pattern: which cases are meant.
 */
#ifndef HDB_BENCH_PATTERN_H
#define HDB_BENCH_PATTERN_H

#include <stdbool.h>

/* Is it among the comma-separated patterns, in which * stands for anything? NULL: all are. */
bool pattern_fits(const char *patterns, const char *name);

#endif
