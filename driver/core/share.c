// SPDX-License-Identifier: GPL-2.0
/*
 * The pages of a buffer and the directory that lists them: granted on one side,
 * read on the other.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "core.h"

static void share_free(struct hdb_share *share)
{
	for (u32 i = 0; i < share->nr_dirs; i++)
		free_page((unsigned long)share->dirs[i]);
	kvfree(share->dirs);
	kvfree(share->refs);
}

/* Zeroed: nothing uninitialised leaves, whatever becomes of the page later. */
static int dirs_alloc(struct hdb_share *share, u32 count)
{
	share->dirs = kvcalloc(count, sizeof(*share->dirs), GFP_KERNEL);
	if (!share->dirs)
		return -ENOMEM;

	for (; share->nr_dirs < count; share->nr_dirs++) {
		u8 *dir = (u8 *)get_zeroed_page(GFP_KERNEL);

		if (!dir)
			return -ENOMEM;
		share->dirs[share->nr_dirs] = dir;
	}
	return 0;
}

static int dirs_grant(struct hdb_link *link, struct hdb_share *share, u32 flags)
{
	u32 *dir_refs = share->refs + share->nr_pages;
	unsigned long *pfns;
	int err;

	pfns = kvmalloc_array(share->nr_dirs, sizeof(*pfns), GFP_KERNEL);
	if (!pfns)
		return -ENOMEM;

	for (u32 i = 0; i < share->nr_dirs; i++)
		pfns[i] = page_to_pfn(virt_to_page(share->dirs[i]));
	err = link->ops->grant(link, pfns, share->nr_dirs, false, dir_refs);
	kvfree(pfns);
	if (err)
		return err;

	for (u32 i = 0; i < share->nr_dirs; i++)
		hdb_dir_encode(share->dirs[i], i, share->nr_pages, flags,
			       share->refs,
			       i + 1 < share->nr_dirs ? dir_refs[i + 1] : 0);
	return 0;
}

int hdb_share_create(struct hdb_link *link, const struct hdb_pages *pages,
		     u32 flags, struct hdb_share *share)
{
	u32 nr_dirs = hdb_dir_count(pages->count);
	int err;

	*share = (struct hdb_share) { .link = link, .nr_pages = pages->count };

	share->refs = kvmalloc_array(share->nr_pages + nr_dirs,
				     sizeof(*share->refs), GFP_KERNEL);
	if (!share->refs)
		return -ENOMEM;

	err = dirs_alloc(share, nr_dirs);
	if (err)
		goto err_free;

	err = link->ops->grant(link, pages->pfns, share->nr_pages,
			       flags & HDB_BUF_WRITABLE, share->refs);
	if (err)
		goto err_free;

	/* From here on a peer that guesses references may have mapped pages. */
	share->left = share->nr_pages;
	err = dirs_grant(link, share, flags);
	if (!err)
		share->left += nr_dirs;
	return err;

err_free:
	share_free(share);
	share->refs = NULL;
	return err;
}

u32 hdb_share_dir_ref(const struct hdb_share *share)
{
	return share->refs[share->nr_pages];
}

bool hdb_share_end(struct hdb_share *share)
{
	if (!share->refs)
		return true;

	share->left = share->link->ops->ungrant(share->link, share->refs,
						share->left);
	if (share->left)
		return false;
	share_free(share);
	return true;
}

int hdb_share_read(struct hdb_link *link, u32 dir_ref, u32 nr_pages, u32 flags,
		   u32 *refs)
{
	u32 nr_dirs = hdb_dir_count(nr_pages);
	u8 *page;
	int err = 0;

	page = (u8 *)get_zeroed_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;

	for (u32 i = 0; i < nr_dirs && !err; i++) {
		err = link->ops->copy_page(link, dir_ref, page);
		if (!err)
			err = hdb_dir_decode(page, i, nr_pages, flags, refs, &dir_ref);
	}
	free_page((unsigned long)page);
	return err;
}
