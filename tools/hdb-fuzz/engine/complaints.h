/* SPDX-License-Identifier: MIT */
/* complaints: which lines of a kernel's log mean trouble. */
#ifndef HDB_FUZZ_COMPLAINTS_H
#define HDB_FUZZ_COMPLAINTS_H

#include <stdbool.h>

#include "err.h"

/*
 * The extended regular expressions of ci/complaints, and those of ci/tolerated, which are built in.
 * Must have been called before complaints_match(); any number of times.
 */
int complaints_open(struct err *err);

/* The first say so of @line, and the others do not. */
bool complaints_match(const char *line);

#endif
