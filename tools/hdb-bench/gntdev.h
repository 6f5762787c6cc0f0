/* SPDX-License-Identifier: MIT */
/*
 * gntdev: the mainline way to share a dma-buf with another Xen domain, grants of
 * user space's through gntdev-dmabuf, to compare with.
 */
#ifndef HDB_BENCH_GNTDEV_H
#define HDB_BENCH_GNTDEV_H

#include <stdint.h>

#include "channel.h"
#include "err.h"

struct gntdev;

/* NULL with EXIT_UNTESTED and the reason where it is not possible. */
struct gntdev *gntdev_open(struct channel *channel, uint64_t bytes, struct err *err);

/* Share, map, let go; @values as case_setup's series. */
int gntdev_once(struct gntdev *gntdev, double *values, struct err *err);

/* NULL is nothing. */
void gntdev_close(struct gntdev *gntdev);

#endif
