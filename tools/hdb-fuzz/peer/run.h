/* SPDX-License-Identifier: MIT */
/* run: carries out scripts, each in a process of its own, which may die of it. */
#ifndef HDB_FUZZ_RUN_H
#define HDB_FUZZ_RUN_H

#include "end.h"
#include "script.h"

/* Reactions of the other end to a step, hashed. */
#define RUN_REACTIONS	4096

struct run_shared {
	struct script script;
	uint32_t done;			/* steps */
	uint32_t slowest;		/* which of them took longest */
	uint64_t slowest_ns;
	char trouble[200];		/* why it could not be carried out at all */
	uint8_t reactions[RUN_REACTIONS / 8];
};

struct runner {
	const struct end_place *place;
	struct run_shared *shared;
};

int runner_open(struct runner *runner, const struct end_place *place, struct err *err);
void runner_close(struct runner *runner);

enum run_end {
	RUN_ENDED,	/* by itself */
	RUN_DIED,	/* as the script says */
	RUN_KILLED,	/* it took too long */
	RUN_TROUBLE,	/* err says why nothing can be run */
};

/* What it came to is in runner->shared. */
enum run_end runner_run(struct runner *runner, const struct script *script, struct err *err);

#endif
