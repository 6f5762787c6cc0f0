/* SPDX-License-Identifier: MIT */
/* See ../linux/compiler.h. */
#ifndef HDB_SHIM_ASM_BARRIER_H
#define HDB_SHIM_ASM_BARRIER_H

#define virt_mb() __asm__ volatile("" : : : "memory")
#define virt_load_acquire(pointer) READ_ONCE(*(pointer))
#define virt_store_release(pointer, value) WRITE_ONCE(*(pointer), value)

#endif
