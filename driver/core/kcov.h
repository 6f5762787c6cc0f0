/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Works that act on what user space or another domain asked for: a fuzzer that
 * gives this handle to KCOV (tools/hdb-fuzz/engine/cover.c) is told what they
 * run through, as it is of its own system calls. Without KCOV, nothing.
 */
#ifndef HDB_KCOV_H
#define HDB_KCOV_H

#include <linux/kcov.h>

#define HDB_KCOV_HANDLE 0x68646266

static inline void hdb_kcov_start(void)
{
	kcov_remote_start(kcov_remote_handle(KCOV_SUBSYSTEM_COMMON, HDB_KCOV_HANDLE));
}

static inline void hdb_kcov_stop(void)
{
	kcov_remote_stop();
}

#endif
