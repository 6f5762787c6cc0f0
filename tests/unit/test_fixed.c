// SPDX-License-Identifier: MIT
/* Integer trigonometry against the C library's. */
#include <criterion/criterion.h>
#include <math.h>

#include "fixed.h"

Test(fixed, sine_and_cosine)
{
	const double one = 1 << 30;
	int64_t a;

	for (a = -2 * FIXED_TURN; a <= 2 * FIXED_TURN; a++) {
		double radians = (double)a * 2 * M_PI / FIXED_TURN;

		cr_assert_float_eq((double)fixed_sin(a), sin(radians) * one, 8, "sin %ld", (long)a);
		cr_assert_float_eq((double)fixed_cos(a), cos(radians) * one, 8, "cos %ld", (long)a);
	}
	cr_expect_eq(fixed_sin(0), 0);
	cr_expect_eq(fixed_sin(FIXED_TURN / 2), 0);
	cr_expect_eq(fixed_cos(0), 1 << 30);
}

Test(fixed, root)
{
	uint64_t i;

	for (i = 0; i < 100000; i++) {
		uint64_t r = fixed_sqrt(i);

		cr_assert(r * r <= i && (r + 1) * (r + 1) > i, "%lu", (unsigned long)i);
	}
	cr_expect_eq(fixed_sqrt(UINT64_MAX), UINT32_MAX);
	cr_expect_eq(fixed_sqrt((uint64_t)UINT32_MAX * UINT32_MAX), UINT32_MAX);
	cr_expect_eq(fixed_sqrt((uint64_t)UINT32_MAX * UINT32_MAX - 1), UINT32_MAX - 1);
}
