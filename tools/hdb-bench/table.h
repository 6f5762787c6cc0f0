/* SPDX-License-Identifier: MIT */
/*
 * table: results for a person, and for CI systems as KTAP.
 */
#ifndef HDB_BENCH_TABLE_H
#define HDB_BENCH_TABLE_H

#include <stdio.h>

#include "result.h"

/* The medians with their intervals, tails, and how the transports compare. */
void table_print(const struct results *results, FILE *file);

/*
 * One KTAP line for each row: "ok" when it was measured, "ok ... # SKIP why" when
 * it is not possible here, "not ok" when it failed or is not complete.
 */
void table_ktap(const struct results *results, FILE *file);

#endif
