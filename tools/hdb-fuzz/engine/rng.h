/* SPDX-License-Identifier: MIT */
/* rng: numbers that follow from a seed alone, on every machine. */
#ifndef HDB_FUZZ_RNG_H
#define HDB_FUZZ_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

void rng_seed(struct rng *rng, uint64_t seed);
uint64_t rng_next(struct rng *rng);

/* 0 to @bound - 1; 0 when @bound is 0. */
uint32_t rng_below(struct rng *rng, uint32_t bound);

/* True once in @n times. */
bool rng_one_in(struct rng *rng, uint32_t n);

/* A number of 64 bits that borders on something: powers of two, their neighbours, small ones. */
uint64_t rng_edge(struct rng *rng);

#endif
