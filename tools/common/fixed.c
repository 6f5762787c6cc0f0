// SPDX-License-Identifier: MIT
#include "fixed.h"

#define ONE ((int64_t)1 << 30)

/* Odd Taylor terms over the first eighth of a turn, even ones for the second. */
static int64_t fixed_octant(int64_t angle, int cosine)
{
	/* 2 pi / 2^16 as a fraction of 2^45: radians in 2^30 units from here on */
	int64_t x = (angle * 3373259426LL) >> 15;
	int64_t x2 = (x * x) >> 30;
	int64_t term = cosine ? ONE : x;
	int64_t sum = term;
	int k;

	for (k = cosine ? 1 : 2; k < 14; k += 2) {
		term = -((term * x2) >> 30) / (k * (k + 1));
		sum += term;
	}
	return sum;
}

int64_t fixed_sin(int64_t angle)
{
	int64_t a = angle & (FIXED_TURN - 1);
	int sign = 1;

	if (a >= FIXED_TURN / 2) {
		a -= FIXED_TURN / 2;
		sign = -1;
	}
	if (a > FIXED_TURN / 4)
		a = FIXED_TURN / 2 - a;
	if (a > FIXED_TURN / 8)
		return sign * fixed_octant(FIXED_TURN / 4 - a, 1);
	return sign * fixed_octant(a, 0);
}

uint32_t fixed_sqrt(uint64_t v)
{
	uint64_t root = 0;
	uint64_t bit = (uint64_t)1 << 62;

	while (bit > v)
		bit >>= 2;
	for (; bit; bit >>= 2) {
		if (v >= root + bit) {
			v -= root + bit;
			root = (root >> 1) + bit;
		} else {
			root >>= 1;
		}
	}
	return (uint32_t)root;
}
