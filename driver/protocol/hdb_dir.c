// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Directory pages: which references make up a buffer. An importer believes
 * nothing of a page that its message did not say too, so that a chain can
 * neither loop nor outgrow the buffer.
 */
#include "hdb_protocol.h"
#include "hdb_wire.h"

u32 hdb_dir_count(u32 nr_pages)
{
	return (nr_pages + HDB_DIR_REFS - 1) / HDB_DIR_REFS;
}

static u32 dir_refs_in(u32 index, u32 nr_pages)
{
	u32 left = nr_pages - index * HDB_DIR_REFS;

	return left < HDB_DIR_REFS ? left : HDB_DIR_REFS;
}

void hdb_dir_encode(u8 *page, u32 index, u32 nr_pages, u32 flags,
		    const u32 *refs, u32 next)
{
	u32 count = dir_refs_in(index, nr_pages);

	memset(page, 0, HDB_PAGE_SIZE);
	hdb_put32(page, HDB_DIR_MAGIC);
	hdb_put32(page + 4, index);
	hdb_put32(page + 8, count);
	hdb_put32(page + 12, next);
	hdb_put32(page + 16, nr_pages);
	hdb_put32(page + 20, flags);
	for (u32 i = 0; i < count; i++)
		hdb_put32(page + HDB_DIR_HEADER + 4 * i,
			  refs[index * HDB_DIR_REFS + i]);
}

int hdb_dir_decode(const u8 *page, u32 index, u32 nr_pages, u32 flags,
		   u32 *refs, u32 *next)
{
	u32 count, link;

	if (!nr_pages || nr_pages > HDB_MAX_PAGES || index >= hdb_dir_count(nr_pages))
		return -EINVAL;

	count = dir_refs_in(index, nr_pages);
	link = hdb_get32(page + 12);
	if (hdb_get32(page) != HDB_DIR_MAGIC || hdb_get32(page + 4) != index ||
	    hdb_get32(page + 8) != count || hdb_get32(page + 16) != nr_pages ||
	    hdb_get32(page + 20) != flags || hdb_get64(page + 24))
		return -EINVAL;
	if (!link != (index + 1 == hdb_dir_count(nr_pages)))
		return -EINVAL;

	for (u32 i = 0; i < count; i++) {
		u32 ref = hdb_get32(page + HDB_DIR_HEADER + 4 * i);

		if (!ref)
			return -EINVAL;
		refs[index * HDB_DIR_REFS + i] = ref;
	}
	*next = link;
	return 0;
}
