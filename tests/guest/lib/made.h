/* SPDX-License-Identifier: MIT */
/* made: dma-bufs of the test module in tests/guest/exporter. */
#ifndef HDB_TEST_MADE_H
#define HDB_TEST_MADE_H

#include <stddef.h>
#include <stdint.h>

#include "exporter.h"

/* The fd of one, or a negative errno. Loads the module where it is not. */
int made_new(enum exporter_kind kind, size_t size);

/* Has the module invert each byte of a dma-buf, by vmap. Returns 0 or a negative errno. */
int made_flip(int fd);

/*
 * Has the module keep the reservation of a dma-buf locked for @ms. @held becomes 1 then, and 2 before it
 * is let go. Returns 0 or a negative errno.
 */
int made_hold(int fd, unsigned int ms, uint32_t *held);

/* Unloads it, so that nothing of it may be left. Returns 0 or a negative errno. */
int made_end(void);

/*
 * The first page of @size bytes at @map that does not begin and end as one of EXPORTER_MEMORY
 * does, or -1.
 */
long made_check(const void *map, size_t size);

#endif /* HDB_TEST_MADE_H */
