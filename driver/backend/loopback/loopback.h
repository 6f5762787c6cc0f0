/* SPDX-License-Identifier: GPL-2.0 */
/* Between loopback.c, the link, and grant.c, its pages. */
#ifndef HDB_LOOPBACK_H
#define HDB_LOOPBACK_H

#include "../backend.h"

int loopback_grant_pages(const unsigned long *pfns, u32 n, bool writable, u32 *refs);
int loopback_grant(struct hdb_link *link, const unsigned long *pfns, u32 n,
		   bool writable, u32 *refs);
u32 loopback_ungrant(struct hdb_link *link, const u32 *refs, u32 n);
int loopback_copy_page(struct hdb_link *link, u32 ref, void *to);
struct hdb_mapping *loopback_map(struct hdb_link *link, const u32 *refs, u32 n,
				 bool writable);
void loopback_unmap(struct hdb_mapping *mapping);

/* ---- inject.c, for fuzzers ---- */

#ifdef HDB_FUZZ
void loopback_inject_init(void);
void loopback_inject_exit(void);
#else
static inline void loopback_inject_init(void)
{
}

static inline void loopback_inject_exit(void)
{
}
#endif

#endif /* HDB_LOOPBACK_H */
