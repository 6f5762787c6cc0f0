/* SPDX-License-Identifier: MIT */
/* executor: a process that carries out programs, one after the other, and may die of them. */
#ifndef HDB_FUZZ_EXECUTOR_H
#define HDB_FUZZ_EXECUTOR_H

#include "cover.h"
#include "program.h"
#include "worker.h"

_Static_assert(RUN_THREADS <= COVER_THREADS, "each thread is counted");

/* What became of a call. */
enum executor_state {
	EXECUTOR_NOT,
	EXECUTOR_BEGUN,
	EXECUTOR_RETURNED,
};

/* Shared with the process. */
struct executor_shared {
	struct program program;
	uint8_t state[RUN_CALLS];
	bool injected[RUN_CALLS];
	long result[RUN_CALLS];
	char wrong[200];
};

struct executor {
	struct cover *cover;
	struct executor_shared *shared;
	struct worker worker;
};

int executor_open(struct executor *executor, struct cover *cover, struct err *err);
void executor_close(struct executor *executor);

enum executor_end {
	EXECUTOR_DONE,
	EXECUTOR_DIED,		/* it was killed, as programs may ask for */
	EXECUTOR_CRASHED,	/* it died of something else */
	EXECUTOR_HANGS,		/* a call does not return; the process was killed */
	EXECUTOR_BROKEN,	/* it cannot be started, or not be killed; err says more */
};

/* Carry out a program; all is let go at its end. */
enum executor_end executor_run(struct executor *executor, const struct program *program,
			       struct err *err);

#endif
