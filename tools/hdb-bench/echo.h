/* SPDX-License-Identifier: MIT */
/*
 * echo: the other end of a measurement: does what requests say, and replies.
 */
#ifndef HDB_BENCH_ECHO_H
#define HDB_BENCH_ECHO_H

#include <stdint.h>
#include <sys/types.h>

#include "err.h"

/* Serve one run: until it says goodbye, the link dies, or nothing came for @wait seconds. */
int echo_run(const char *peer, uint32_t wait, struct err *err);

/*
 * The same in a process of its own, for a run over the loopback. The child ends
 * with its parent. -1: it cannot be started.
 */
pid_t echo_start(const char *peer, uint32_t wait, struct err *err);

/* Wait until it has ended, for a second; then end it. */
void echo_end(pid_t echo);

#endif
