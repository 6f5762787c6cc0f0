// SPDX-License-Identifier: GPL-2.0
/*
 * A grant table without a hypervisor: references to pages of this kernel, with
 * the rules that a hypervisor enforces. What is mapped cannot be taken back,
 * what is read-only cannot be mapped for writing, what was taken back cannot be
 * mapped, and there are only so many of them.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include "loopback.h"

static unsigned int loopback_grants = 32768;
module_param(loopback_grants, uint, 0644);
MODULE_PARM_DESC(loopback_grants,
		 "Pages that the loopback may grant at once (32768)");

struct loopback_page {
	unsigned long pfn;
	unsigned int maps;
	bool writable;
};

static DEFINE_XARRAY_FLAGS(table, XA_FLAGS_ALLOC1);
/* Of the entries' contents; the array has a lock of its own. */
static DEFINE_SPINLOCK(table_lock);
static unsigned int table_count;

struct loopback_mapping {
	struct hdb_mapping base;
	struct hdb_link *link;
	struct page **pages;
	u32 refs[];
};

static bool page_ungrant(u32 ref)
{
	struct loopback_page *page;

	spin_lock(&table_lock);
	page = xa_load(&table, ref);
	if (!page || page->maps) {
		spin_unlock(&table_lock);
		return !page;
	}
	xa_erase(&table, ref);
	table_count--;
	spin_unlock(&table_lock);
	kfree(page);
	return true;
}

static int page_grant(unsigned long pfn, bool writable, u32 *ref)
{
	struct loopback_page *page = kmalloc(sizeof(*page), GFP_KERNEL);
	int err;

	if (!page)
		return -ENOMEM;

	*page = (struct loopback_page) { .pfn = pfn, .writable = writable };
	err = xa_alloc(&table, ref, page, xa_limit_31b, GFP_KERNEL);
	if (err) {
		kfree(page);
		return err;
	}
	return 0;
}

u32 loopback_ungrant(struct hdb_link *link, const u32 *refs, u32 n)
{
	while (n && page_ungrant(refs[n - 1]))
		n--;
	return n;
}

int loopback_grant_pages(const unsigned long *pfns, u32 n, bool writable, u32 *refs)
{
	int err;

	spin_lock(&table_lock);
	if (table_count + n > READ_ONCE(loopback_grants)) {
		spin_unlock(&table_lock);
		pr_warn_ratelimited("hyper_dmabuf: loopback: %u pages do not fit loopback_grants = %u, %u in use\n",
				    n, loopback_grants, table_count);
		return -ENOSPC;
	}
	table_count += n;
	spin_unlock(&table_lock);

	for (u32 i = 0; i < n; i++) {
		err = page_grant(pfns[i], writable, &refs[i]);
		if (err) {
			spin_lock(&table_lock);
			table_count -= n - i;
			spin_unlock(&table_lock);
			loopback_ungrant(NULL, refs, i);
			return err;
		}
	}
	return 0;
}

int loopback_grant(struct hdb_link *link, const unsigned long *pfns, u32 n,
		   bool writable, u32 *refs)
{
	int err = loopback_grant_pages(pfns, n, writable, refs);

	if (!err)
		hdb_link_count(link, HDB_COUNT_GRANTED, n);
	return err;
}

static int page_map(u32 ref, bool writable, unsigned long *pfn)
{
	struct loopback_page *page;
	int err = -EINVAL;

	spin_lock(&table_lock);
	page = xa_load(&table, ref);
	if (page && writable && !page->writable) {
		err = -EACCES;
	} else if (page) {
		page->maps++;
		*pfn = page->pfn;
		err = 0;
	}
	spin_unlock(&table_lock);
	return err;
}

static void page_unmap(u32 ref)
{
	struct loopback_page *page;

	spin_lock(&table_lock);
	page = xa_load(&table, ref);
	page->maps--;
	spin_unlock(&table_lock);
}

int loopback_copy_page(struct hdb_link *link, u32 ref, void *to)
{
	unsigned long pfn;
	int err = page_map(ref, false, &pfn);

	if (err)
		return err;
	copy_page(to, page_address(pfn_to_page(pfn)));
	page_unmap(ref);
	hdb_link_count(link, HDB_COUNT_CALLS, 1);
	hdb_link_count(link, HDB_COUNT_COPIED, 1);
	return 0;
}

static const struct hdb_mapping_ops loopback_mapping_ops = { .unmap = loopback_unmap };

struct hdb_mapping *loopback_map(struct hdb_link *link, const u32 *refs, u32 n,
				 bool writable)
{
	struct loopback_mapping *mapping;
	int err;

	mapping = kvzalloc(struct_size(mapping, refs, n), GFP_KERNEL);
	if (!mapping)
		return ERR_PTR(-ENOMEM);
	mapping->pages = kvmalloc_array(n, sizeof(*mapping->pages), GFP_KERNEL);
	if (!mapping->pages) {
		kvfree(mapping);
		return ERR_PTR(-ENOMEM);
	}

	mapping->base = (struct hdb_mapping) {
		.ops = &loopback_mapping_ops,
		.pages = mapping->pages,
		.writable = writable,
	};
	mapping->link = link;
	for (u32 i = 0; i < n; i++) {
		unsigned long pfn;

		err = page_map(refs[i], writable, &pfn);
		if (err) {
			loopback_unmap(&mapping->base);
			return ERR_PTR(err);
		}
		mapping->refs[i] = refs[i];
		mapping->pages[i] = pfn_to_page(pfn);
		mapping->base.nr_pages++;
	}
	/* A hypervisor would be called once for many pages. */
	hdb_link_count(link, HDB_COUNT_CALLS, 1);
	hdb_link_count(link, HDB_COUNT_MAPPED, n);
	return &mapping->base;
}

void loopback_unmap(struct hdb_mapping *base)
{
	struct loopback_mapping *mapping =
		container_of(base, struct loopback_mapping, base);

	for (u32 i = 0; i < base->nr_pages; i++)
		page_unmap(mapping->refs[i]);
	hdb_link_count(mapping->link, HDB_COUNT_CALLS, 1);
	kvfree(mapping->pages);
	kvfree(mapping);
}
