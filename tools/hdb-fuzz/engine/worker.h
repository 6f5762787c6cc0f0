/* SPDX-License-Identifier: MIT */
/* worker: a process that tries one thing after the other, in turns with us, and may die of one. */
#ifndef HDB_FUZZ_WORKER_H
#define HDB_FUZZ_WORKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "err.h"

/* All zero: it is not there. */
struct worker {
	pid_t pid;
	int pidfd;
	int go, done;		/* pipes */
};

/**
 * struct worker_job - what it does
 * @begin: first of all; false: it cannot be done here
 * @turn: whenever it is its turn
 */
struct worker_job {
	bool (*begin)(void *data);
	void (*turn)(void *data);
};

enum worker_end {
	WORKER_DONE,
	WORKER_ENDED,		/* status is what waitpid() told */
	WORKER_HANGS,		/* still at it, much longer than any wait of the driver */
	WORKER_BROKEN,		/* it cannot be started; err says more */
};

/*
 * Have it take a turn; @job and @data are for the process, which is started where there is none. It
 * shares no memory with us but what @data has of that kind.
 */
enum worker_end worker_turn(struct worker *worker, const struct worker_job *job, void *data,
			    int *status, struct err *err);

/* Of one that hangs. False: it cannot be killed, and is left. */
bool worker_kill(struct worker *worker);

void worker_close(struct worker *worker);

#endif
