/* SPDX-License-Identifier: MIT */
/*
 * touch: memory as a producer and a consumer without a GPU treat it.
 */
#ifndef HDB_BENCH_TOUCH_H
#define HDB_BENCH_TOUCH_H

#include <stdint.h>

#include "err.h"

/* Memory that is there, not only promised; NULL with @err filled in. */
void *touch_alloc(uint64_t bytes, struct err *err);

/* NULL is nothing. */
void touch_free(void *memory, uint64_t bytes);

/* Read every 64-bit word. */
void touch_read(const void *memory, uint64_t bytes);

/* Read one word of each page. */
void touch_pages(const void *memory, uint64_t bytes);

#endif
