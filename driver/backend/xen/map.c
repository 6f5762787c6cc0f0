// SPDX-License-Identifier: GPL-2.0
/*
 * The importer's side of pages. In an auto-translated domain (PVH, HVM) a
 * granted page takes the place of a page frame of this domain, and everything
 * that can be done with a page can be done with it, but to write a read-only
 * one: Xen answers that with a general protection fault.
 *
 * In a PV domain it is the kernel's linear range alone that shows the granted
 * page at that frame. That serves the kernel and, by the frame's machine
 * address, devices; every other page table entry to it takes a grant mapping
 * of its own, which is what pv.c and pv_user.c are about.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <xen/features.h>
#include <xen/page.h>

#include "xen.h"

int xen_map_errno(s16 status)
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
		     const u32 *refs, u32 n)
{
	u32 flags = GNTMAP_host_map | (mapping->base.writable ? 0 : GNTMAP_readonly);
	u32 first = mapping->base.nr_pages;
	struct page **pages = mapping->pages + first;
	u32 mapped = 0;
	int err;

	for (u32 i = 0; i < n; i++)
		gnttab_set_map_op(&ops[i],
				  (unsigned long)pfn_to_kaddr(page_to_pfn(pages[i])),
				  flags, refs[i], hdb_link_peer(mapping->link));
	err = gnttab_map_refs(ops, NULL, pages, n);
	hdb_link_count(mapping->link, HDB_COUNT_CALLS, 1);

	/* Success says nothing of the single operations. */
	for (u32 i = 0; i < n; i++) {
		if (ops[i].status != GNTST_okay) {
			err = err ?: xen_map_errno(ops[i].status);
			continue;
		}
		/* Those that failed go to the end, behind those to unmap. */
		swap(pages[mapped], pages[i]);
		mapping->handles[first + mapped++] = ops[i].handle;
	}
	mapping->base.nr_pages += mapped;
	hdb_link_count(mapping->link, HDB_COUNT_MAPPED, mapped);
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
	hdb_link_count(mapping->link, HDB_COUNT_CALLS, 1);

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
		kmalloc_array(XEN_BATCH, sizeof(*ops), GFP_KERNEL | __GFP_NOFAIL);

	for (u32 done = 0; done < mapping->base.nr_pages; done += XEN_BATCH) {
		unmap_batch(mapping, ops, done,
			    min(mapping->base.nr_pages - done, XEN_BATCH));
		cond_resched();
	}
	kfree(ops);
	mapping_free(mapping, allocated);
}

static const struct hdb_mapping_ops xen_mapping_ops = { .unmap = xen_unmap };

static struct xen_mapping *mapping_alloc(struct hdb_link *link, u32 n, bool writable)
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

	mapping->link = link;
	mapping->base = (struct hdb_mapping) {
		.ops = &xen_mapping_ops,
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
	bool pv = !xen_feature(XENFEAT_auto_translated_physmap);
	struct gnttab_map_grant_ref *ops;
	struct xen_mapping *mapping;
	int err = 0;

	if (pv && !xen_pv_supported())
		return ERR_PTR(-EOPNOTSUPP);

	ops = kmalloc_array(XEN_BATCH, sizeof(*ops), GFP_KERNEL);
	if (!ops)
		return ERR_PTR(-ENOMEM);

	mapping = mapping_alloc(link, n, writable);
	if (IS_ERR(mapping)) {
		kfree(ops);
		return ERR_CAST(mapping);
	}

	for (u32 done = 0; done < n && !err; done += XEN_BATCH) {
		err = map_batch(mapping, ops, refs + done, min(n - done, XEN_BATCH));
		cond_resched();
	}
	kfree(ops);
	if (!err && pv)
		err = xen_pv_open(mapping, refs);
	if (err) {
		xen_pv_close(mapping);
		mapping_unmap(mapping, n);
		return ERR_PTR(err);
	}
	return &mapping->base;
}

void xen_unmap(struct hdb_mapping *base)
{
	struct xen_mapping *mapping = container_of(base, struct xen_mapping, base);

	xen_pv_close(mapping);
	mapping_unmap(mapping, base->nr_pages);
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
	hdb_link_count(link, HDB_COUNT_CALLS, 1);
	hdb_link_count(link, HDB_COUNT_COPIED, 1);
	return op.status == GNTST_okay ? 0 : -EINVAL;
}
