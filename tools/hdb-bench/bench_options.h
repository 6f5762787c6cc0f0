/* SPDX-License-Identifier: MIT */
/*
 * hdb-bench: the command lines of its commands.
 */
#ifndef HDB_BENCH_OPTIONS_H
#define HDB_BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "options.h"
#include "run.h"

enum bench_role {
	BENCH_MEASURE,
	BENCH_ECHO,
};

/* Which of the fields count is said by the command's --help. */
struct bench_options {
	struct run_settings run;
	unsigned int role;	/* enum bench_role */
	bool json_list;
	const char *json, *ktap, *html, *plots, *again, *limits;
	double threshold, level;	/* percent */
	uint32_t runs;
	const char *base, *new;
	bool same_place, quiet, verbose;
	struct options_operands operands;
};

struct bench_command {
	const char *name;	/* as it is typed */
	const char *summary;	/* one line, for --help */
	int (*run)(int argc, char **argv);
};

/* Set the defaults and read the command line of one command. */
enum options_result bench_options_list(int argc, char **argv, struct bench_options *options,
				       struct err *err);
enum options_result bench_options_run(int argc, char **argv, struct bench_options *options,
				      struct err *err);
enum options_result bench_options_compare(int argc, char **argv, struct bench_options *options,
					  struct err *err);
enum options_result bench_options_report(int argc, char **argv, struct bench_options *options,
					 struct err *err);
enum options_result bench_options_gate(int argc, char **argv, struct bench_options *options,
				       struct err *err);

#endif
