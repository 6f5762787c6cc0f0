/* SPDX-License-Identifier: MIT */
/*
 * gntdev: the mainline way to share a dma-buf with another Xen domain, grants of
 * user space's through gntdev-dmabuf, by Xen's own library.
 *
 * The kernel makes references of a dma-buf, and a dma-buf of references; how
 * they get to the other domain is left to user space. Such a dma-buf has no
 * mmap(): only a device can read it. In a PV domain there is none of it.
 */
#ifndef HDB_GNTDEV_H
#define HDB_GNTDEV_H

#include <stdint.h>

#include "err.h"
#include "peer.h"

#define GNTDEV_PAGE	4096u

struct gntdev;

/* For sharing with @peer. NULL with EXIT_UNTESTED and the reason where it is not possible. */
struct gntdev *gntdev_open(const struct peer *peer, struct err *err);

/* NULL is nothing. What is granted still is not any more, what is imported is let go. */
void gntdev_close(struct gntdev *gntdev);

/* Grant all @count pages of a dma-buf, writable, as always there; @refs gets the references. */
int gntdev_grant(struct gntdev *gntdev, int dmabuf, uint32_t count, uint32_t *refs,
		 struct err *err);

/* Take them back. What the other domain has mapped still stays its until it lets go. */
int gntdev_ungrant(struct gntdev *gntdev, int dmabuf, struct err *err);

/* A dma-buf of the other domain's pages, for gntdev_drop() to close. */
int gntdev_import(struct gntdev *gntdev, const uint32_t *refs, uint32_t count, struct err *err);

/* Close it, and wait until its pages are unmapped: bounded. */
int gntdev_drop(struct gntdev *gntdev, int dmabuf, struct err *err);

#endif
