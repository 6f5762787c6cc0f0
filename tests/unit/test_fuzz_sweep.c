// SPDX-License-Identifier: MIT
/* The ioctl fuzzer's sweeps: which ways to fail are tried of which calls, and how often. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "ioctl.h"

#define PLACES	(RUN_POINTERS - 1)

static struct ioctl_run run;
static struct ioctl_kept kept[2];
static struct program programs[2], program;
static struct executor_shared shared;

/* Of two calls of the driver, with one pointer and with two; @allocations of each can fail. */
static void sweep_setup(const char *text, bool good)
{
	memset(&run, 0, sizeof(run));
	memset(kept, 0, sizeof(kept));
	for (int i = 0; i < 2; i++) {
		FILE *file = fmemopen((void *)text, strlen(text), "r");
		struct err err = { 0 };

		cr_assert(program_read(file, &programs[i], &err) == 0, "%s", err.text);
		fclose(file);
		kept[i].program = &programs[i];
		memset(kept[i].good, good, sizeof(kept[i].good));
	}
	run.executor.shared = &shared;
	run.fail_nth = true;
	run.kept = kept;
	run.kept_count = 2;
}

/* The program was tried, and that allocation was made, as each call makes so many. */
static void sweep_try(struct ioctl_sweep *sweep, unsigned int allocations)
{
	size_t at = sweep->call;

	shared.program = program;
	shared.injected[at] = program.calls[at].fail && program.calls[at].fail <= allocations;
	ioctl_swept(&run, sweep);
}

/* How many steps there are, and that each is of one call only. */
static unsigned int sweep_count(bool kinds, unsigned int allocations)
{
	struct ioctl_sweep *sweep;
	unsigned int count = 0;

	while ((sweep = kinds ? ioctl_sweep_kinds(&run, &program) :
				ioctl_sweep_all(&run, &kept[0], &program))) {
		unsigned int changed = 0;

		for (size_t i = 0; i < program.count; i++)
			changed += memcmp(&program.calls[i], &programs[0].calls[i],
					  sizeof(program.calls[i])) != 0;
		cr_assert_eq(changed, 1u);
		cr_assert_leq(++count, 1000u);
		sweep_try(sweep, allocations);
	}
	return count;
}

#define TWO_CALLS "open out=dev0\nexport_fd dev=dev0 id=id0\nquery dev=dev0 id=id0\nclose fd=dev0\n"

Test(fuzz_sweep, every_pointer_then_every_allocation)
{
	sweep_setup(TWO_CALLS, true);
	for (unsigned int place = RUN_NULL; place < RUN_POINTERS; place++) {
		struct ioctl_sweep *sweep = ioctl_sweep_all(&run, &kept[0], &program);

		cr_assert(sweep);
		cr_assert_eq(program.calls[1].arg[4].number, place);
		cr_assert_eq(program.calls[1].fail, 0);
		sweep_try(sweep, 0);
	}
	cr_assert(ioctl_sweep_all(&run, &kept[0], &program));
	cr_assert_eq(program.calls[1].arg[4].number, (uint64_t)RUN_GOOD);
	cr_assert_eq(program.calls[1].fail, 1);
}

/* One allocation more than there are shows that there are no more. */
Test(fuzz_sweep, each_step_once)
{
	sweep_setup(TWO_CALLS, true);
	cr_assert_eq(sweep_count(false, 3), PLACES + 4 + 2 * PLACES + 4u);
	cr_assert_null(ioctl_sweep_all(&run, &kept[0], &program));
}

Test(fuzz_sweep, no_pointers_of_what_fails_by_itself)
{
	sweep_setup(TWO_CALLS, false);
	cr_assert_eq(sweep_count(false, 3), 4 + 4u);
}

Test(fuzz_sweep, no_allocations_where_the_kernel_cannot)
{
	sweep_setup(TWO_CALLS, true);
	run.fail_nth = false;
	cr_assert_eq(sweep_count(false, 3), 3u * PLACES);
}

/* The second program has nothing new, but is gone through by itself. */
Test(fuzz_sweep, each_kind_once)
{
	sweep_setup(TWO_CALLS, true);
	cr_assert_eq(sweep_count(true, 3), PLACES + 4 + 2 * PLACES + 4u + 2);
	cr_assert_null(ioctl_sweep_kinds(&run, &program));
	cr_assert_eq(sweep_count(false, 3), PLACES + 4 + 2 * PLACES + 4u);
}

Test(fuzz_sweep, no_kinds_of_what_fails_by_itself)
{
	sweep_setup(TWO_CALLS, false);
	cr_assert_eq(sweep_count(true, 3), 0u);
}
