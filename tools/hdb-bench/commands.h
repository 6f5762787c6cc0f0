/* SPDX-License-Identifier: MIT */
/*
 * commands: what "hdb-bench COMMAND" does. Each takes the command line that
 * begins with its own name, and returns what the program is to exit with.
 */
#ifndef HDB_BENCH_COMMANDS_H
#define HDB_BENCH_COMMANDS_H

#include "bench_options.h"
#include "compare.h"

int command_list(int argc, char **argv);
int command_run(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_report(int argc, char **argv);
int command_gate(int argc, char **argv);

/* ---- what they have in common ------------------------------------------ */

/* A command line that was bad, or asked only for help. Returns the exit status. */
int command_parsed(enum options_result parsed, const struct err *err);

/* Say what went wrong, if anything. Returns the exit status. */
int command_end(const struct err *err);

bool command_is_stdout(const char *path);

/* Give out a comparison as the options want it. Returns the exit status. */
int command_compared(const struct comparisons *comparisons, const struct bench_options *options,
		     struct err *err);

#endif
