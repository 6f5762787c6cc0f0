/* SPDX-License-Identifier: MIT */
/*
 * fixed: trigonometry and roots in integers. The C library's would do, but two
 * machines may round differently, and the scene must not.
 */
#ifndef HDB_FIXED_H
#define HDB_FIXED_H

#include <stdint.h>

#define FIXED_TURN	65536	/* angle units in a full turn */

/* sin(@angle) * 2^30; any angle, in FIXED_TURN units. Error below 4 / 2^30. */
int64_t fixed_sin(int64_t angle);

static inline int64_t fixed_cos(int64_t angle)
{
	return fixed_sin(angle + FIXED_TURN / 4);
}

/* The root of @v, rounded down. */
uint32_t fixed_sqrt(uint64_t v);

#endif /* HDB_FIXED_H */
