// SPDX-License-Identifier: MIT
#include "rng.h"

void rng_seed(struct rng *rng, uint64_t seed)
{
	rng->state = seed;
}

/* SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators). */
uint64_t rng_next(struct rng *rng)
{
	uint64_t z = rng->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint32_t rng_below(struct rng *rng, uint32_t bound)
{
	return bound ? (uint32_t)((rng_next(rng) >> 32) * bound >> 32) : 0;
}

bool rng_one_in(struct rng *rng, uint32_t n)
{
	return rng_below(rng, n) == 0;
}

uint64_t rng_edge(struct rng *rng)
{
	switch (rng_below(rng, 4)) {
	case 0:
		return rng_below(rng, 17);
	case 1:
		return -(uint64_t)rng_below(rng, 17);
	case 2:
		return (1ull << rng_below(rng, 64)) + rng_below(rng, 3) - 1;
	default:
		return rng_next(rng) >> rng_below(rng, 64);
	}
}
