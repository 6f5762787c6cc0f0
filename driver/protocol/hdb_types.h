/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The fixed-width types and errno values of the protocol, in the kernel and in
 * user space. Nothing else of either comes in here.
 */
#ifndef HDB_TYPES_H
#define HDB_TYPES_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
#endif

#endif /* HDB_TYPES_H */
