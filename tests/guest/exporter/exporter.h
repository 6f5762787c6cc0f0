/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * /dev/hdb_test_exporter: dma-bufs as no ordinary exporter makes them, for tests.
 */
#ifndef HDB_TEST_EXPORTER_H
#define HDB_TEST_EXPORTER_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Pages of memory that a buffer of EXPORTER_MEMORY has; they repeat if it is larger. */
#define EXPORTER_PAGES	16

/* Every byte of its page n is that. */
#define EXPORTER_BYTE(n) (0x40 + (n) % EXPORTER_PAGES)

enum exporter_kind {
	EXPORTER_MEMORY,	/* a good one */
	EXPORTER_NO_STRUCT,	/* addresses where there is no memory, and no struct page */
	EXPORTER_RESERVED,	/* an address with a struct page, which is a device's */
	EXPORTER_OFFSET,	/* begins in the middle of a page */
	EXPORTER_PARTIAL,	/* ends in the middle of one */
	EXPORTER_FEWER,		/* has a page less than it says */
	EXPORTER_MORE,		/* has a page more than it says */
	EXPORTER_FAILS,		/* cannot be mapped: EIO */
	EXPORTER_KINDS
};

/**
 * struct exporter_make - make a dma-buf; returns its fd
 * @kind: enum exporter_kind
 * @size: bytes
 */
struct exporter_make {
	__u64 kind;
	__u64 size;
};

#define EXPORTER_MAKE _IOW('H', 0, struct exporter_make)

/**
 * struct exporter_flip - map a dma-buf into the kernel, and invert each of its bytes
 * @fd: the dma-buf, whoever made it
 * @pad: zero
 */
struct exporter_flip {
	__s32 fd;
	__u32 pad;
};

#define EXPORTER_FLIP _IOW('H', 1, struct exporter_flip)

/**
 * struct exporter_hold - keep the reservation of a dma-buf locked, as a slow user of it does
 * @fd: the dma-buf, whoever made it
 * @ms: for so long, at most 10 s; or until a signal
 * @held: address of a __u32, which becomes 1 once the lock is held, and 2 before it is let go
 */
struct exporter_hold {
	__s32 fd;
	__u32 ms;
	__u64 held;
};

#define EXPORTER_HOLD _IOW('H', 2, struct exporter_hold)

#endif /* HDB_TEST_EXPORTER_H */
