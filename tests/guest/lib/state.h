/* SPDX-License-Identifier: MIT */
/* state: the driver's own counts, from debugfs. */
#ifndef HDB_TEST_STATE_H
#define HDB_TEST_STATE_H

#include <stdbool.h>
#include <stddef.h>

/* The number behind @key, -1 when there is none. */
long state_read(const char *key);

/* Waits until @key has @value; false when it has not after @timeout_ms. */
bool state_becomes(const char *key, long value, int timeout_ms);

/*
 * Waits until nothing is open, shared or mapped. Returns true, or false with
 * what is left after @timeout_ms in @left.
 */
bool state_at_rest(int timeout_ms, char *left, size_t room);

#endif /* HDB_TEST_STATE_H */
