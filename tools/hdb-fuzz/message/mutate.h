/* SPDX-License-Identifier: MIT */
/*
 * mutate: inputs of the message fuzzer out of others, knowing what the bytes mean. Fields get
 * values that border on what is allowed, and those that follow from them are mostly put right
 * again, so that most of what comes out fails for one reason and not for ten.
 */
#ifndef HDB_FUZZ_MUTATE_H
#define HDB_FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* Change @bytes, @size of @room in use, as @seed says. Returns the new size, never 0. */
size_t mutate(uint8_t *bytes, size_t size, size_t room, uint64_t seed);

/* Parts of two inputs into one. Returns its size. */
size_t mutate_cross(const uint8_t *one, size_t one_size, const uint8_t *two, size_t two_size,
		    uint8_t *out, size_t room, uint64_t seed);

#endif
