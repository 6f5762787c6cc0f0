/* SPDX-License-Identifier: MIT */
/*
 * run: do the exercises, in rounds in which all take turns, and collect.
 */
#ifndef HDB_BENCH_RUN_H
#define HDB_BENCH_RUN_H

#include "cases.h"
#include "result.h"

struct run_settings {
	const char *cases;	/* patterns, or NULL for all */
	unsigned int transports;	/* CASE_TRANSPORT() of each */
	uint32_t rounds;
	uint32_t values;	/* in each round, for each case, at most */
	double round_seconds;	/* likewise: a slow one ends its round by time */
	double rate;		/* Hz: how often what is paced begins, at most */
	const char *peer;
	uint32_t wait;		/* seconds, for the other end */
	const char *save;	/* file to save results to after each round, or NULL */
};

/*
 * Everything that is wanted, into @results, which has what was measured also after a failure. 0
 * also when single cases failed; their rows say so.
 */
int run_all(const struct run_settings *settings, struct results *results, struct err *err);

/* What "hdb-bench list" prints: each case, what is timed, unit and what it depends on. */
void run_list(const char *cases, bool json);

#endif
