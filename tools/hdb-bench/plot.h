/* SPDX-License-Identifier: MIT */
/*
 * plot: pictures of results, drawn by gnuplot.
 */
#ifndef HDB_BENCH_PLOT_H
#define HDB_BENCH_PLOT_H

#include "result.h"

enum plot_kind {
	PLOT_DISTRIBUTION,	/* latency by percentile */
	PLOT_SCALING,		/* hand-over by size of the picture, each transport */
	PLOT_SETUP,		/* setting up by size of the buffer */
	PLOT_TRANSPORTS,	/* by which factor others are above hdb */
	PLOT_STAGES,		/* what the setup of a buffer is made of */
	PLOT_HISTORY,		/* the same case in one result after the other */
	PLOTS,
};

extern const struct plot_info {
	const char *name;	/* of the file */
	const char *title, *says;
} plot_info[PLOTS];

/*
 * The script that draws @kind of the last of @results to standard output: SVG,
 * or PNG. The caller frees it; NULL: there is nothing to draw, as its cases
 * are not in there, or no memory.
 */
char *plot_script(enum plot_kind kind, const struct results *results, size_t count, bool png);

/*
 * Have gnuplot draw it. What it gives is for the caller to free, *@size bytes and a NUL. NULL
 * with @err: EXIT_UNTESTED without gnuplot.
 */
char *plot_draw(const char *script, size_t *size, struct err *err);

#endif
