/* SPDX-License-Identifier: MIT */
/*
 * cost_span: what both ends have spent between two moments.
 */
#ifndef HDB_BENCH_COST_SPAN_H
#define HDB_BENCH_COST_SPAN_H

#include "channel.h"
#include "cost.h"

/**
 * struct cost_span - from cost_begin() to cost_end()
 * @ours: what this end has spent, once it has ended; until then what it had before
 * @theirs: likewise the other end
 * @asking: what the other end spends to tell what it has spent
 * @loopback: both ends are one driver's, and @ours.count has all
 */
struct cost_span {
	struct cost ours, theirs, asking;
	bool loopback;
};

int cost_begin(struct cost_span *span, struct channel *channel, struct err *err);
int cost_end(struct cost_span *span, struct channel *channel, struct err *err);

/* Counts of both ends, by enum cost_count; messages are this end's. */
void cost_values(const struct cost_span *span, double values[COST_COUNTS]);

#endif
