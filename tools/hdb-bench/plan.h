/* SPDX-License-Identifier: MIT */
/*
 * plan: which exercises a run does, at which sizes, by which transports.
 */
#ifndef HDB_BENCH_PLAN_H
#define HDB_BENCH_PLAN_H

#include "cases.h"
#include "result.h"
#include "run.h"

/**
 * struct plan_entry - one exercise, at one size, by one transport
 * @row: for each series the index of its row in the results; PLAN_UNWANTED
 * @over: it failed, or is not possible here
 * @period: between two intended starts, nanoseconds; 0: not known yet
 * @done: rounds that are through
 */
struct plan_entry {
	const struct case_exercise *exercise;
	const struct case_size *size;
	enum transport_kind transport;
	size_t row[CASES_MAX_SERIES];
	bool over;
	uint64_t period;
	uint32_t done;
};

#define PLAN_UNWANTED SIZE_MAX

struct plan {
	struct plan_entry *entry;
	size_t count;
	bool needs_peer;
};

/* Make the plan, and a row in @results for each case of it. */
int plan_make(const struct run_settings *settings, struct plan *plan, struct results *results,
	      struct err *err);
void plan_free(struct plan *plan);

/* Put the entries' indices into another order, that only @round determines. */
void plan_shuffle(size_t *order, size_t count, uint32_t round);

#endif
