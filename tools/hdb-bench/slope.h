/* SPDX-License-Identifier: MIT */
/*
 * slope: what a case takes for a buffer, however large, and what for each page of it. Shared pages
 * are not to cost anything when a frame is handed over; setting them up does.
 *
 * Each round gives one line through its sizes: the median of the slopes between any two of them
 * (Theil, 1950; Sen, 1968), so that one size that was disturbed does not turn it. What is told is
 * the median of the rounds' lines, with its interval.
 */
#ifndef HDB_BENCH_SLOPE_H
#define HDB_BENCH_SLOPE_H

#include <stdio.h>

#include "result.h"

#define SLOPE_PAGE 4096

/**
 * struct slope - one case by one transport, over its sizes
 * @name: "group/what"
 * @transport: how
 * @unit: of both
 * @sizes: how many, three or more
 * @buffer: for a buffer of no pages
 * @page: and for each page more
 */
struct slope {
	char name[64];
	enum transport_kind transport;
	enum unit unit;
	size_t sizes;
	struct rank_interval buffer, page;
};

/*
 * The first one whose sizes begin at row *@row or behind it; *@row is moved past that. False when
 * there is none any more. Only of durations.
 */
bool slope_next(const struct results *results, size_t *row, struct slope *slope);

/* All that the run says something of: an array; a table; nothing when there is none. */
json_t *slope_json(const struct results *results);
void slope_print(const struct results *results, FILE *file);

#endif
