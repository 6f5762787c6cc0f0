/* SPDX-License-Identifier: MIT */
/*
 * gntdev: the mainline way to share a dma-buf with another Xen domain, grants of
 * user space's through gntdev-dmabuf, to compare with.
 *
 * The kernel makes references of a dma-buf, and a dma-buf of references; how
 * they get to the other domain is left to user space. Here they are written into
 * a buffer that hdb shares, which is not part of what is timed.
 */
#ifndef HDB_BENCH_GNTDEV_H
#define HDB_BENCH_GNTDEV_H

#include <stdint.h>

#include "channel.h"
#include "err.h"

/* ---- the measuring end ------------------------------------------------- */

struct gntdev;

/* NULL with EXIT_UNTESTED and the reason where it is not possible. */
struct gntdev *gntdev_open(struct channel *channel, uint64_t bytes, struct err *err);

/* How long each step took, in nanoseconds. Nothing like mmap() is possible there. */
struct gntdev_times {
	uint64_t grant, import, release;
};

/* Share, import, let go. */
int gntdev_once(struct gntdev *gntdev, struct gntdev_times *times, struct err *err);

/* NULL is nothing. */
void gntdev_close(struct gntdev *gntdev);

/* ---- the echo ---------------------------------------------------------- */

/*
 * Make a dma-buf of @count references of @domain's, and let go of it again; @node is
 * /dev/xen/gntdev, opened when it is -1.
 */
int gntdev_echo(int *node, uint32_t domain, const uint32_t *refs, uint32_t count,
		struct wire *reply, struct err *err);

#endif
