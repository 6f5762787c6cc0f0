/* SPDX-License-Identifier: MIT */
/*
 * cost: what a process and the driver have spent, as counts that only grow.
 */
#ifndef HDB_BENCH_COST_H
#define HDB_BENCH_COST_H

#include <stdint.h>

#include "err.h"
#include "wire.h"

/**
 * struct cost - of one domain
 * @cpu: nanoseconds of processor time of this process
 * @sent: messages of the driver to the other domain
 * @received: likewise from it
 */
struct cost {
	uint64_t cpu, sent, received;
};

/* The counts of now; of the driver those of the link with @domain. */
int cost_now(uint32_t domain, struct cost *cost, struct err *err);

/* As values of a reply, and back. */
int cost_tell(uint32_t domain, struct wire *reply, struct err *err);
void cost_told(const struct wire *reply, struct cost *cost);

/*
 * Add up the messages in one line of the driver's state, if it is that of a link with @domain.
 * For cost_now() and tests.
 */
void cost_line(const char *line, uint32_t domain, struct cost *cost);

#endif
