/* SPDX-License-Identifier: MIT */
/*
 * stop: SIGINT and SIGTERM end a run cleanly; and bounded waiting that notices.
 */
#ifndef HDB_STOP_H
#define HDB_STOP_H

#include <stdbool.h>
#include <stdint.h>

#define STOP_NS_PER_S 1000000000ull

/*
 * Catch the first SIGINT or SIGTERM; the second one kills, for a run that is
 * stuck in a graphics driver. Call once, before any thread is started.
 */
void stop_init(void);

/* Has a signal come? */
bool stop_requested(void);

/*
 * Forget the signal that came, so that what ends the run cleanly may wait in its
 * turn. The next signal kills.
 */
void stop_forget(void);

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t stop_now(void);

enum stop_wait {
	STOP_TIMEOUT,
	STOP_READY,	/* @fd is readable, or in error: read it to learn */
	STOP_SIGNAL,
};

/*
 * Wait until @fd is readable (-1: nothing to wait for), until @deadline on
 * stop_now()'s clock, or until a signal came; the signal goes before the rest.
 */
enum stop_wait stop_wait(int fd, uint64_t deadline);

#endif
