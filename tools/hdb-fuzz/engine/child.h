/* SPDX-License-Identifier: MIT */
/* child: another program that runs while its output is read. */
#ifndef HDB_FUZZ_CHILD_H
#define HDB_FUZZ_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

struct child {
	pid_t pid;
	int fd;			/* its standard output and error */
	char line[8192];
	size_t used;
	bool ended;
	int status;		/* as waitpid() tells; valid when ended */
};

/*
 * Start @argv, which ends with NULL, with the settings of @env ("NAME=value", ends with NULL) on
 * top of ours. Returns 0, or -1 with the reason in @err.
 */
int child_start(struct child *child, const char *const *argv, const char *const *env,
		struct err *err);

/*
 * Hand each line of output that there is, without its end, to @each; return when there has been
 * nothing more for @timeout milliseconds, or when the child has ended. Returns false in the latter
 * case.
 */
bool child_read(struct child *child, int timeout, void (*each)(const char *line, void *data),
		void *data);

/* Ask it to end, as C-c does; kill it when it has not after @seconds. Reads the rest. */
void child_end(struct child *child, unsigned int seconds,
	       void (*each)(const char *line, void *data), void *data);

#endif
