/* SPDX-License-Identifier: MIT */
/*
 * cost: what a process and the driver have spent, as counts that only grow.
 */
#ifndef HDB_BENCH_COST_H
#define HDB_BENCH_COST_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "wire.h"

/* What the driver counts for each link: see docs/architecture.md. */
enum cost_count {
	COST_SENT,		/* messages to the other domain */
	COST_RECEIVED,
	COST_GRANTED,		/* references */
	COST_MAPPED,		/* entries of the table of mappings */
	COST_COPIED,		/* pages */
	COST_CALLS,		/* hypercalls */
	COST_COUNTS,
};

/**
 * struct cost - of one domain
 * @cpu: nanoseconds of processor time of this process
 * @count: of the link with the other domain
 */
struct cost {
	uint64_t cpu, count[COST_COUNTS];
};

/* The counts of now; of the driver those of the link with @domain. */
int cost_now(uint32_t domain, struct cost *cost, struct err *err);

/* As values of a reply, and back. */
int cost_tell(uint32_t domain, struct wire *reply, struct err *err);
void cost_told(const struct wire *reply, struct cost *cost);

/*
 * Add up what one line of the driver's file counts, if it is that of a link with @domain. False:
 * it is such a line, and has not all of it. For cost_now() and tests.
 */
bool cost_line(const char *line, uint32_t domain, struct cost *cost);

#endif
