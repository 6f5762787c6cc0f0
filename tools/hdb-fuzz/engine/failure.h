/* SPDX-License-Identifier: MIT */
/* failure: what a mode found, and how it is told. */
#ifndef HDB_FUZZ_FAILURE_H
#define HDB_FUZZ_FAILURE_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct failure {
	bool failed;
	bool again;		/* it happened again when tried again */
	char what[300];		/* the line that says so */
	uint64_t after, after_runs;	/* nanoseconds, inputs, from the beginning to the first time */
	size_t size;		/* of the shortest input, in what it is made of */
	char input[PATH_MAX];	/* files; empty: there is none */
	char report[PATH_MAX];
};

/* It has failed, unless it has already; the run began at @started, and has tried @runs inputs. */
void failure_set(struct failure *failure, const char *what, uint64_t started, uint64_t runs);

/* Where it failed: as "failure" into the result, with its size as @unit. */
void failure_report(const struct failure *failure, const char *unit, json_t *root);

#endif
