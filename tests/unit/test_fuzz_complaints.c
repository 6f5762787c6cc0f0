// SPDX-License-Identifier: MIT
/* What hdb-fuzz takes for trouble in a kernel's log is what a lane does. */
#include <criterion/criterion.h>

#include "complaints.h"

static void complaints_ready(void)
{
	struct err err = { 0 };

	cr_assert_eq(complaints_open(&err), 0, "%s", err.text);
	cr_assert_eq(complaints_open(&err), 0, "%s", err.text);
}

TestSuite(fuzz_complaints, .init = complaints_ready);

Test(fuzz_complaints, trouble_is_seen)
{
	static const char *const lines[] = {
		"WARNING: CPU: 1 PID: 54 at lib/refcount.c:28 refcount_warn_saturate+0xbe/0x110",
		"BUG: KASAN: slab-use-after-free in hdb_import_find+0x40/0x90",
		"BUG: kernel NULL pointer dereference, address: 0000000000000008",
		"BUG: unable to handle page fault for address: ffff888003a41000",
		"Oops: general protection fault, probably for non-canonical address: 0000 [#1] SMP",
		"INFO: possible recursive locking detected",
		"WARNING: possible circular locking dependency detected",
		"INFO: task hdb-fuzz:54 blocked for more than 120 seconds.",
		"watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [hdb-fuzz:54]",
		"rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
		"refcount_t: underflow; use-after-free.",
		"list_del corruption. prev->next should be ffff888, but was 0",
		"kmemleak: 2 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
		"UBSAN: array-index-out-of-bounds in driver/core/export.c:100:3",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		cr_expect(complaints_match(lines[i]), "'%s' passes for nothing", lines[i]);
}

Test(fuzz_complaints, the_rest_is_not)
{
	static const char *const lines[] = {
		"", "hyper_dmabuf: domain 2: linked", "debug: unmapping init memory",
		"Kernel command line: console=hvc0 kasan_multi_shot",
		/* ci/tolerated: DMA debugging knows of no memory that is shared. */
		"WARNING: CPU: 0 PID: 54 at kernel/dma/debug.c:601 add_dma_entry+0x3c1/0x510",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		cr_expect_not(complaints_match(lines[i]), "'%s' is taken for trouble", lines[i]);
}
