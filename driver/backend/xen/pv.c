// SPDX-License-Identifier: GPL-2.0
/*
 * The importer's side of pages in a PV domain: what a mapping needs beside its
 * pages. Xen refuses an ordinary page table entry to another domain's frame,
 * so vmap() cannot work: a writable mapping gets its place in the kernel from
 * the start, by the grant operations that may make such entries. It is made
 * here and not when it is asked for, because it may fail, and vmap of a dma-buf
 * may not.
 */
#include <linux/dma-map-ops.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <asm/xen/hypercall.h>
#include <xen/features.h>
#include <xen/page.h>

#include "xen.h"

bool xen_pv_supported(void)
{
	/* Lets a grant operation mark an entry as special: not to be pinned. */
	return xen_feature(XENFEAT_gnttab_map_avail_bits);
}

static unsigned long range_addr(const struct xen_mapping *mapping, u32 i)
{
	return (unsigned long)mapping->base.vaddr + ((unsigned long)i << PAGE_SHIFT);
}

/* A place in the kernel with page tables: entries to nothing, which are replaced. */
static void *range_reserve(u32 n)
{
	struct page **pages = kvmalloc_array(n, sizeof(*pages), GFP_KERNEL);
	void *addr;

	if (!pages)
		return NULL;

	for (u32 i = 0; i < n; i++)
		pages[i] = ZERO_PAGE(0);
	addr = vmap(pages, n, VM_MAP, PAGE_KERNEL_RO);
	kvfree(pages);
	return addr;
}

/* Xen replaces entries without a flush; a processor may have read the old ones. */
static int range_flush(const struct xen_mapping *mapping)
{
	struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_ALL };

	hdb_link_count(mapping->link, HDB_COUNT_CALLS, 1);
	return HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

static int range_map_batch(struct xen_mapping *mapping,
			   struct gnttab_map_grant_ref *ops, u32 first, u32 n)
{
	int err;

	for (u32 i = 0; i < n; i++)
		gnttab_set_map_op(&ops[i], range_addr(mapping, first + i),
				  GNTMAP_host_map, mapping->refs[first + i],
				  hdb_link_peer(mapping->link));
	err = HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref, ops, n);
	hdb_link_count(mapping->link, HDB_COUNT_CALLS, 1);
	if (err)
		return err;
	hdb_link_count(mapping->link, HDB_COUNT_MAPPED, n);

	for (u32 i = 0; i < n; i++) {
		if (ops[i].status == GNTST_okay)
			mapping->vhandles[first + i] = ops[i].handle;
		else
			err = err ?: xen_map_errno(ops[i].status);
	}
	return err;
}

static int range_map(struct xen_mapping *mapping)
{
	u32 n = mapping->base.nr_pages;
	struct gnttab_map_grant_ref *ops;
	int err = 0;

	mapping->vhandles = kvmalloc_array(n, sizeof(*mapping->vhandles), GFP_KERNEL);
	if (!mapping->vhandles)
		return -ENOMEM;
	for (u32 i = 0; i < n; i++)
		mapping->vhandles[i] = INVALID_GRANT_HANDLE;

	mapping->base.vaddr = range_reserve(n);
	if (!mapping->base.vaddr)
		return -ENOMEM;

	ops = kmalloc_array(XEN_BATCH, sizeof(*ops), GFP_KERNEL);
	if (!ops)
		return -ENOMEM;
	for (u32 done = 0; done < n && !err; done += XEN_BATCH) {
		err = range_map_batch(mapping, ops, done, min(n - done, XEN_BATCH));
		cond_resched();
	}
	kfree(ops);
	if (!err)
		err = range_flush(mapping);
	return err;
}

/* Returns false if an entry could not be taken back. */
static bool range_unmap_batch(struct xen_mapping *mapping,
			      struct gnttab_unmap_grant_ref *ops, u32 first, u32 n)
{
	u32 count = 0;
	bool ok;

	for (u32 i = first; i < first + n; i++)
		if (mapping->vhandles[i] != INVALID_GRANT_HANDLE)
			gnttab_set_unmap_op(&ops[count++], range_addr(mapping, i),
					    GNTMAP_host_map, mapping->vhandles[i]);
	ok = !HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, ops, count);
	hdb_link_count(mapping->link, HDB_COUNT_CALLS, 1);
	for (u32 i = 0; i < count; i++)
		ok = ok && ops[i].status == GNTST_okay;
	return ok;
}

static void range_unmap(struct xen_mapping *mapping)
{
	/* Too small to fail; and what is mapped must be unmapped. */
	struct gnttab_unmap_grant_ref *ops =
		kmalloc_array(XEN_BATCH, sizeof(*ops), GFP_KERNEL | __GFP_NOFAIL);
	u32 n = mapping->base.nr_pages;
	bool ok = true;

	for (u32 done = 0; done < n; done += XEN_BATCH) {
		if (!range_unmap_batch(mapping, ops, done, min(n - done, XEN_BATCH)))
			ok = false;
		cond_resched();
	}
	kfree(ops);

	/* An entry that is left is Xen's: nobody else may get that place. */
	if (ok)
		vunmap(mapping->base.vaddr);
	else
		pr_err("hyper_dmabuf: a kernel mapping cannot be unmapped, keeping its place\n");
}

/*
 * Where there is swiotlb-xen, a device gets machine addresses; without it the
 * domain's own, which only serve devices that are none. All else is a copy.
 */
static bool pv_bounced(struct hdb_mapping *base, struct device *dev,
		       struct sg_table *sgt)
{
	bool machine = get_dma_ops(dev);
	struct scatterlist *sg;
	int i;

	for_each_sgtable_dma_sg(sgt, sg, i) {
		unsigned long frame = page_to_pfn(base->pages[i]);

		if (machine)
			frame = pfn_to_gfn(frame);
		if (sg_dma_address(sg) != PFN_PHYS(frame))
			return true;
	}
	return false;
}

static const struct hdb_mapping_ops pv_mapping_ops = {
	.unmap = xen_unmap,
	.mmap = xen_pv_mmap,
	.bounced = pv_bounced,
};

int xen_pv_open(struct xen_mapping *mapping, const u32 *refs)
{
	u32 n = mapping->base.nr_pages;

	mapping->base.ops = &pv_mapping_ops;
	mapping->base.scattered = true;
	mapping->refs = kvmalloc_array(n, sizeof(*refs), GFP_KERNEL);
	if (!mapping->refs)
		return -ENOMEM;
	memcpy(mapping->refs, refs, n * sizeof(*refs));
	return mapping->base.writable ? range_map(mapping) : 0;
}

void xen_pv_close(struct xen_mapping *mapping)
{
	if (mapping->base.vaddr)
		range_unmap(mapping);
	kvfree(mapping->vhandles);
	kvfree(mapping->refs);
}
