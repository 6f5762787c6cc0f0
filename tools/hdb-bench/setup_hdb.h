/* SPDX-License-Identifier: MIT */
/*
 * setup_hdb: a buffer is shared, imported, mapped, and let go of, until all of its
 * pages are back.
 */
#ifndef HDB_BENCH_SETUP_HDB_H
#define HDB_BENCH_SETUP_HDB_H

#include "channel.h"

/* Nanoseconds of each step; see case_setup.c. */
struct setup_hdb_times {
	uint64_t export, import, first_map, unexport, release;
};

/* Once. The two ends take turns, so that no step has another one beside it. */
int setup_hdb_once(struct channel *channel, const struct buffer *buffer, uint64_t bytes,
		   struct setup_hdb_times *times, struct err *err);

#endif
