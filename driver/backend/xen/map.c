// SPDX-License-Identifier: GPL-2.0
/*
 * The importer's side of pages. In an auto-translated domain (PVH, HVM) a
 * granted page takes the place of a page frame of this domain, and everything
 * that can be done with a page can be done with it, but to write a read-only
 * one: Xen answers that with a general protection fault.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <xen/features.h>
#include <xen/page.h>

#include "xen.h"

/* Operations per hypercall. */
#define MAP_BATCH 256u

struct xen_mapping {
	struct hdb_mapping base;
	struct page **pages;
	grant_handle_t handles[];	/* of the first base.nr_pages */
};

static int map_errno(s16 status)
{
	switch (status) {
	case GNTST_okay:
		return 0;
	case GNTST_no_space:
		return -ENOSPC;
	default:
		return -EINVAL;
	}
}

/* Counts in what was mapped, also on failure. */
static int map_batch(struct xen_mapping *mapping, struct gnttab_map_grant_ref *ops,
		     domid_t peer, const u32 *refs, u32 n)
{
	u32 flags = GNTMAP_host_map | (mapping->base.writable ? 0 : GNTMAP_readonly);
	u32 first = mapping->base.nr_pages;
	struct page **pages = mapping->pages + first;
	u32 mapped = 0;
	int err;

	for (u32 i = 0; i < n; i++)
		gnttab_set_map_op(&ops[i],
				  (unsigned long)pfn_to_kaddr(page_to_pfn(pages[i])),
				  flags, refs[i], peer);
	err = gnttab_map_refs(ops, NULL, pages, n);

	/* Success says nothing of the single operations. */
	for (u32 i = 0; i < n; i++) {
		if (ops[i].status != GNTST_okay) {
			err = err ?: map_errno(ops[i].status);
			continue;
		}
		/* Those that failed go to the end, behind those to unmap. */
		swap(pages[mapped], pages[i]);
		mapping->handles[first + mapped++] = ops[i].handle;
	}
	mapping->base.nr_pages += mapped;
	return err;
}

static void unmap_batch(struct xen_mapping *mapping,
			struct gnttab_unmap_grant_ref *ops, u32 first, u32 n)
{
	struct page **pages = mapping->pages + first;
	int err;

	for (u32 i = 0; i < n; i++)
		gnttab_set_unmap_op(&ops[i],
				    (unsigned long)pfn_to_kaddr(page_to_pfn(pages[i])),
				    GNTMAP_host_map, mapping->handles[first + i]);
	err = gnttab_unmap_refs(ops, NULL, pages, n);

	for (u32 i = 0; i < n; i++) {
		if (!err && ops[i].status == GNTST_okay)
			continue;
		/* Still the other domain's: it must never be used as ours. */
		pr_err("hyper_dmabuf: a page cannot be unmapped, status %d, keeping it\n",
		       ops[i].status);
		pages[i] = NULL;
	}
}

static void pages_free(struct page **pages, u32 n)
{
	u32 kept = 0;

	for (u32 i = 0; i < n; i++)
		if (pages[i])
			pages[kept++] = pages[i];
	if (kept)
		gnttab_free_pages(kept, pages);
}

static void mapping_free(struct xen_mapping *mapping, u32 allocated)
{
	pages_free(mapping->pages, allocated);
	kvfree(mapping->pages);
	kvfree(mapping);
}

static void mapping_unmap(struct xen_mapping *mapping, u32 allocated)
{
	/* Too small to fail; and what is mapped must be unmapped. */
	struct gnttab_unmap_grant_ref *ops =
		kmalloc_array(MAP_BATCH, sizeof(*ops), GFP_KERNEL | __GFP_NOFAIL);

	for (u32 done = 0; done < mapping->base.nr_pages; done += MAP_BATCH) {
		unmap_batch(mapping, ops, done,
			    min(mapping->base.nr_pages - done, MAP_BATCH));
		cond_resched();
	}
	kfree(ops);
	mapping_free(mapping, allocated);
}

static struct xen_mapping *mapping_alloc(u32 n, bool writable)
{
	struct xen_mapping *mapping;
	int err = -ENOMEM;

	mapping = kvzalloc(struct_size(mapping, handles, n), GFP_KERNEL);
	if (!mapping)
		return ERR_PTR(err);

	mapping->pages = kvcalloc(n, sizeof(*mapping->pages), GFP_KERNEL);
	if (!mapping->pages)
		goto err_mapping;

	err = gnttab_alloc_pages(n, mapping->pages);
	if (err)
		goto err_pages;

	mapping->base = (struct hdb_mapping) {
		.ops = &xen_link_ops,
		.pages = mapping->pages,
		.writable = writable,
	};
	return mapping;

err_pages:
	kvfree(mapping->pages);
err_mapping:
	kvfree(mapping);
	return ERR_PTR(err);
}

struct hdb_mapping *xen_map(struct hdb_link *link, const u32 *refs, u32 n,
			    bool writable)
{
	struct gnttab_map_grant_ref *ops;
	struct xen_mapping *mapping;
	int err = 0;

	/* Ordinary page table entries to a foreign frame are refused there. */
	if (!xen_feature(XENFEAT_auto_translated_physmap))
		return ERR_PTR(-EOPNOTSUPP);

	ops = kmalloc_array(MAP_BATCH, sizeof(*ops), GFP_KERNEL);
	if (!ops)
		return ERR_PTR(-ENOMEM);

	mapping = mapping_alloc(n, writable);
	if (IS_ERR(mapping)) {
		kfree(ops);
		return ERR_CAST(mapping);
	}

	for (u32 done = 0; done < n && !err; done += MAP_BATCH) {
		err = map_batch(mapping, ops, hdb_link_peer(link), refs + done,
				min(n - done, MAP_BATCH));
		cond_resched();
	}
	kfree(ops);
	if (err) {
		mapping_unmap(mapping, n);
		return ERR_PTR(err);
	}
	return &mapping->base;
}

void xen_unmap(struct hdb_mapping *base)
{
	mapping_unmap(container_of(base, struct xen_mapping, base), base->nr_pages);
}

/* The hypervisor copies, so there is no page that changes while it is read. */
int xen_copy_page(struct hdb_link *link, u32 ref, void *to)
{
	struct gnttab_copy op = {
		.source.u.ref = ref,
		.source.domid = hdb_link_peer(link),
		.dest.u.gmfn = virt_to_gfn(to),
		.dest.domid = DOMID_SELF,
		.len = PAGE_SIZE,
		.flags = GNTCOPY_source_gref,
	};

	gnttab_batch_copy(&op, 1);
	return op.status == GNTST_okay ? 0 : -EINVAL;
}
