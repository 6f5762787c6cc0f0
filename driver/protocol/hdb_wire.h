/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Little-endian numbers in bytes, at any alignment, on any machine. */
#ifndef HDB_WIRE_H
#define HDB_WIRE_H

#include "hdb_types.h"

static inline void hdb_put16(u8 *to, u16 value)
{
	to[0] = value & 0xff;
	to[1] = value >> 8;
}

static inline void hdb_put32(u8 *to, u32 value)
{
	hdb_put16(to, value & 0xffff);
	hdb_put16(to + 2, value >> 16);
}

static inline void hdb_put64(u8 *to, u64 value)
{
	hdb_put32(to, value & 0xffffffff);
	hdb_put32(to + 4, value >> 32);
}

static inline u16 hdb_get16(const u8 *from)
{
	return from[0] | from[1] << 8;
}

static inline u32 hdb_get32(const u8 *from)
{
	return hdb_get16(from) | (u32)hdb_get16(from + 2) << 16;
}

static inline u64 hdb_get64(const u8 *from)
{
	return hdb_get32(from) | (u64)hdb_get32(from + 4) << 32;
}

#endif /* HDB_WIRE_H */
