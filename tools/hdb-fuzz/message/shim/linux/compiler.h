/* SPDX-License-Identifier: MIT */
/*
 * What driver/backend/ring.c takes from the kernel, for one thread: the fuzzer plays both ends in
 * turn, so that barriers order nothing.
 */
#ifndef HDB_SHIM_LINUX_COMPILER_H
#define HDB_SHIM_LINUX_COMPILER_H

#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))
#define barrier_data(pointer) __asm__ volatile("" : : "r"(pointer) : "memory")
#define BUILD_BUG_ON(condition) _Static_assert(!(condition), #condition)

#endif
