/* SPDX-License-Identifier: MIT */
/* steps: what each step of a script does. */
#ifndef HDB_FUZZ_STEPS_H
#define HDB_FUZZ_STEPS_H

#include "memory.h"
#include "run.h"
#include "theirs.h"

struct stage {
	struct end end;
	struct memory memory;
	struct theirs theirs;
	struct run_shared *shared;
	unsigned int sent;		/* type of the last message that we sent */
	enum end_state other;		/* as it was seen last */
};

void steps_do(struct stage *stage, const struct step *step);

#endif
