/* SPDX-License-Identifier: MIT */
/*
 * setup_gntdev: a buffer that is shared by gntdev-dmabuf, again and again, to compare with.
 *
 * The references get to the other domain in a buffer that hdb shares, which is not part of
 * what is timed.
 */
#ifndef HDB_BENCH_SETUP_GNTDEV_H
#define HDB_BENCH_SETUP_GNTDEV_H

#include <stdint.h>

#include "channel.h"
#include "err.h"
#include "gntdev.h"

/* ---- the measuring end ------------------------------------------------- */

struct setup_gntdev;

/* NULL with EXIT_UNTESTED and the reason where it is not possible. */
struct setup_gntdev *setup_gntdev_open(struct channel *channel, uint64_t bytes,
				       struct err *err);

/* How long each step took, in nanoseconds. Nothing like mmap() is possible there. */
struct setup_gntdev_times {
	uint64_t grant, import, release;
};

/* Share, import, let go. */
int setup_gntdev_once(struct setup_gntdev *setup, struct setup_gntdev_times *times,
		      struct err *err);

/* NULL is nothing. */
void setup_gntdev_close(struct setup_gntdev *setup);

/* ---- the echo ---------------------------------------------------------- */

/* Make a dma-buf of @count references, and let go of it again. */
int setup_gntdev_echo(struct gntdev *gntdev, const uint32_t *refs, uint32_t count,
		      struct wire *reply, struct err *err);

#endif
