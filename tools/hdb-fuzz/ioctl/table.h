/* SPDX-License-Identifier: MIT */
/* table: what calls a program may have, the names of their arguments, and what is worth a try. */
#ifndef HDB_FUZZ_TABLE_H
#define HDB_FUZZ_TABLE_H

#include "run.h"

/* Values for an argument, beside the usual one. */
struct table_list {
	const uint64_t *values;
	unsigned int count;
};

/**
 * struct table_arg - one argument
 * @name: in text; NULL behind the last one
 * @kind: what it usually is
 * @also: another kind that is worth a try; 0: none
 * @out: the call puts a resource there
 * @usual: its value where text does not name it, for numbers
 * @words: names of the numbers from 0 on, or NULL
 * @list: what else is worth a try
 */
struct table_arg {
	const char *name;
	uint8_t kind, also;
	bool out;
	uint64_t usual;
	const char *const *words;
	struct table_list list;
};

/**
 * struct table_call - one kind of call
 * @weight: how often it is chosen
 * @errors: which the driver may answer with, beside those of every call; ends with 0. NULL: not
 *	the driver's
 */
struct table_call {
	const char *name;
	unsigned int weight;
	const int *errors;
	struct table_arg args[RUN_ARGS + 1];
};

extern const struct table_call table_calls[RUN_NAMES];

/* "dev", "buf"; NULL for numbers. */
extern const char *const table_kinds[RUN_KINDS];

/* The words of an argument that is a pointer: where it leads, enum run_pointer. */
extern const char *const table_to[RUN_POINTERS + 1];

/* May this call, alone, end so? @result: a negative errno. */
bool table_allowed(const struct run_call *call, long result);

#endif
