/* SPDX-License-Identifier: MIT */
/*
 * page: one HTML page of results, with the plots in it, that needs nothing else.
 */
#ifndef HDB_BENCH_PAGE_H
#define HDB_BENCH_PAGE_H

#include <stdio.h>

#include "plot.h"
#include "result.h"

/* @svg: the plots, NULL for those that there are none of. Writes the last of @results. */
void page_write(FILE *file, const struct results *results, size_t count,
		char *const svg[PLOTS]);

/* @text with what HTML takes for its own replaced. */
void page_text(FILE *file, const char *text);

#endif
