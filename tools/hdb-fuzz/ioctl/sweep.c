// SPDX-License-Identifier: MIT
/* What chance seldom hits: each way in which a call that works can be made to fail on its way. */
#include "ioctl.h"
#include "table.h"

#define SWEEP_PLACES	(RUN_POINTERS - 1)	/* all but the good one */

static unsigned int sweep_pointers(const struct run_call *call)
{
	const struct table_arg *arg = table_calls[call->name].args;
	unsigned int count = 0;

	for (size_t i = 0; arg[i].name; i++)
		count += arg[i].words == table_to;
	return count;
}

/* One of its pointers leads elsewhere; behind the last one, one of its allocations fails. */
static void sweep_step(struct run_call *call, unsigned int step)
{
	const struct table_arg *arg = table_calls[call->name].args;

	for (size_t i = 0; arg[i].name; i++) {
		if (arg[i].words != table_to)
			continue;
		if (step < SWEEP_PLACES) {
			call->arg[i] = (struct run_value){ .number = RUN_GOOD + 1 + step };
			return;
		}
		step -= SWEEP_PLACES;
	}
	call->fail = (uint16_t)(step + 1);
}

/* The next step of @kept from @at on that is wanted, in @program. */
static bool sweep_next(struct ioctl_run *run, const struct ioctl_kept *kept,
		       struct ioctl_sweep *at, bool kinds, struct program *program)
{
	*program = *kept->program;
	for (; at->call < program->count; at->call++, at->step = 0) {
		struct run_call *call = &program->calls[at->call];
		bool *swept = run->swept[call->name], good = kept->good[at->call];
		unsigned int fails = sweep_pointers(call) * SWEEP_PLACES;
		unsigned int end = fails + (run->fail_nth ? IOCTL_SWEEP_FAILS : 0);

		if (!table_calls[call->name].errors || (kinds && !good))
			continue;
		/* What fails by itself has not come to where it would use its pointers. */
		if (!good && at->step < fails)
			at->step = fails;
		while (kinds && at->step < end && swept[at->step])
			at->step++;
		if (at->step < end) {
			swept[at->step] = true;
			sweep_step(call, at->step++);
			return true;
		}
	}
	return false;
}

struct ioctl_sweep *ioctl_sweep_all(struct ioctl_run *run, struct ioctl_kept *kept,
				    struct program *program)
{
	return sweep_next(run, kept, &kept->all, false, program) ? &kept->all : NULL;
}

struct ioctl_sweep *ioctl_sweep_kinds(struct ioctl_run *run, struct program *program)
{
	for (; run->sweeping < run->kept_count; run->sweeping++) {
		struct ioctl_kept *kept = &run->kept[run->sweeping];

		if (sweep_next(run, kept, &kept->kinds, true, program))
			return &kept->kinds;
	}
	return NULL;
}

void ioctl_swept(struct ioctl_run *run, struct ioctl_sweep *sweep)
{
	const struct executor_shared *shared = run->executor.shared;
	const struct run_call *call = &shared->program.calls[sweep->call];

	/* It has no more allocations than this. */
	if (call->fail && !shared->injected[sweep->call])
		*sweep = (struct ioctl_sweep){ .call = sweep->call + 1 };
}
