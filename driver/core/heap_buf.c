// SPDX-License-Identifier: GPL-2.0
/*
 * Buffers of the heap: memory that this driver allocates, so that it need not
 * ask anybody where it is. It comes in pieces as large as can be had without
 * trying hard, zeroed, and is charged to who asks for it.
 */
#include <linux/dma-mapping.h>
#include <linux/iosys-map.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "attach.h"
#include "core.h"

/* 2 MiB: what fits one entry of an IOMMU, and of Xen's second stage of translation. */
#define LARGEST_ORDER 9

/**
 * struct heap_buf - a buffer
 * @attachments: devices that use it
 * @pieces: its memory, as it was allocated
 * @pfns: the same page by page
 * @nr_pages: how many
 */
struct heap_buf {
	struct hdb_attachments attachments;
	struct sg_table pieces;
	unsigned long *pfns;
	u32 nr_pages;
};

static int heap_buf_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	struct heap_buf *buf = dmabuf->priv;

	return hdb_attachments_add(&buf->attachments, attach);
}

static void heap_buf_detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	struct heap_buf *buf = dmabuf->priv;

	hdb_attachments_remove(&buf->attachments, attach);
}

static struct sg_table *heap_buf_map(struct dma_buf_attachment *attach,
				     enum dma_data_direction dir)
{
	struct heap_buf *buf = attach->dmabuf->priv;
	struct scatterlist *from, *to;
	struct sg_table *sgt;
	int i, err;

	sgt = kzalloc(sizeof(*sgt), GFP_KERNEL);
	if (!sgt)
		return ERR_PTR(-ENOMEM);

	err = sg_alloc_table(sgt, buf->pieces.orig_nents, GFP_KERNEL);
	if (err)
		goto err_free;
	to = sgt->sgl;
	for_each_sgtable_sg(&buf->pieces, from, i) {
		sg_set_page(to, sg_page(from), from->length, 0);
		to = sg_next(to);
	}

	err = dma_map_sgtable(attach->dev, sgt, dir, 0);
	if (err)
		goto err_table;
	hdb_attachments_mapped(&buf->attachments, attach, sgt, dir);
	return sgt;

err_table:
	sg_free_table(sgt);
err_free:
	kfree(sgt);
	return ERR_PTR(err);
}

static void heap_buf_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt,
			   enum dma_data_direction dir)
{
	struct heap_buf *buf = attach->dmabuf->priv;

	hdb_attachments_mapped(&buf->attachments, attach, NULL, dir);
	dma_unmap_sgtable(attach->dev, sgt, dir, 0);
	sg_free_table(sgt);
	kfree(sgt);
}

static int heap_buf_begin_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	struct heap_buf *buf = dmabuf->priv;

	hdb_attachments_for_cpu(&buf->attachments);
	return 0;
}

static int heap_buf_end_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	struct heap_buf *buf = dmabuf->priv;

	hdb_attachments_for_device(&buf->attachments);
	return 0;
}

/* The core has seen to it that it lies within the buffer. */
static int heap_buf_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	struct heap_buf *buf = dmabuf->priv;
	unsigned long at = vma->vm_pgoff, end = at + vma_pages(vma);
	unsigned long addr = vma->vm_start;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;

	while (at < end) {
		unsigned long run = 1;
		int err;

		while (at + run < end && buf->pfns[at + run] == buf->pfns[at] + run)
			run++;
		err = remap_pfn_range(vma, addr, buf->pfns[at], run << PAGE_SHIFT,
				      vma->vm_page_prot);
		if (err)
			return err;
		at += run;
		addr += run << PAGE_SHIFT;
	}
	return 0;
}

static int heap_buf_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct heap_buf *buf = dmabuf->priv;
	struct page **pages;
	void *addr;

	pages = kvmalloc_array(buf->nr_pages, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;

	for (u32 i = 0; i < buf->nr_pages; i++)
		pages[i] = pfn_to_page(buf->pfns[i]);
	addr = vmap(pages, buf->nr_pages, VM_MAP, PAGE_KERNEL);
	kvfree(pages);
	if (!addr)
		return -ENOMEM;
	iosys_map_set_vaddr(map, addr);
	return 0;
}

static void heap_buf_vunmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	vunmap(map->vaddr);
}

static void pieces_free(struct list_head *pieces)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, pieces, lru)
		__free_pages(page, compound_order(page));
}

static void heap_buf_free(struct heap_buf *buf)
{
	struct scatterlist *sg;
	int i;

	for_each_sgtable_sg(&buf->pieces, sg, i)
		__free_pages(sg_page(sg), get_order(sg->length));
	sg_free_table(&buf->pieces);
	kvfree(buf->pfns);
	hdb_attachments_destroy(&buf->attachments);
	kfree(buf);
}

static void heap_buf_release(struct dma_buf *dmabuf)
{
	heap_buf_free(dmabuf->priv);
}

static const struct dma_buf_ops heap_buf_ops = {
	.attach = heap_buf_attach,
	.detach = heap_buf_detach,
	.map_dma_buf = heap_buf_map,
	.unmap_dma_buf = heap_buf_unmap,
	.begin_cpu_access = heap_buf_begin_cpu_access,
	.end_cpu_access = heap_buf_end_cpu_access,
	.mmap = heap_buf_mmap,
	.vmap = heap_buf_vmap,
	.vunmap = heap_buf_vunmap,
	.release = heap_buf_release,
};

/* One that is no larger than @left pages, nor than @order, which it lowers. */
static struct page *piece_alloc(u32 left, unsigned int *order)
{
	gfp_t flags = GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_COMP;

	*order = min_t(unsigned int, *order, ilog2(left));
	for (; *order; (*order)--) {
		struct page *page;

		page = alloc_pages((flags | __GFP_NOWARN | __GFP_NORETRY) &
				   ~__GFP_DIRECT_RECLAIM, *order);
		if (page)
			return page;
	}
	/* Rather an error than somebody else's death. */
	return alloc_page(flags | __GFP_NOWARN | __GFP_RETRY_MAYFAIL);
}

/* Counts in how many there are, also on failure. */
static int pieces_alloc(struct list_head *pieces, u32 pages, unsigned int *count)
{
	unsigned int order = LARGEST_ORDER;

	while (pages) {
		struct page *page;

		if (fatal_signal_pending(current))
			return -EINTR;
		page = piece_alloc(pages, &order);
		if (!page)
			return -ENOMEM;
		list_add_tail(&page->lru, pieces);
		pages -= 1u << order;
		(*count)++;
	}
	return 0;
}

static void heap_buf_fill(struct heap_buf *buf, struct list_head *pieces)
{
	struct scatterlist *sg = buf->pieces.sgl;
	struct page *page, *next;
	u32 n = 0;

	list_for_each_entry_safe(page, next, pieces, lru) {
		list_del(&page->lru);
		sg_set_page(sg, page, page_size(page), 0);
		sg = sg_next(sg);
		for (u32 i = 0; i < compound_nr(page); i++)
			buf->pfns[n++] = page_to_pfn(page) + i;
	}
}

static struct heap_buf *heap_buf_alloc(u32 nr_pages)
{
	struct heap_buf *buf;
	unsigned int count = 0;
	LIST_HEAD(pieces);
	int err = -ENOMEM;

	buf = kzalloc(sizeof(*buf), GFP_KERNEL);
	if (!buf)
		return ERR_PTR(-ENOMEM);

	hdb_attachments_init(&buf->attachments);
	buf->nr_pages = nr_pages;
	buf->pfns = kvmalloc_array(nr_pages, sizeof(*buf->pfns), GFP_KERNEL_ACCOUNT);
	if (!buf->pfns)
		goto err_buf;
	err = pieces_alloc(&pieces, nr_pages, &count);
	if (err)
		goto err_pieces;
	err = sg_alloc_table(&buf->pieces, count, GFP_KERNEL);
	if (err)
		goto err_pieces;
	heap_buf_fill(buf, &pieces);
	return buf;

err_pieces:
	pieces_free(&pieces);
	kvfree(buf->pfns);
err_buf:
	hdb_attachments_destroy(&buf->attachments);
	kfree(buf);
	return ERR_PTR(err);
}

struct dma_buf *hdb_heap_buf_create(u32 nr_pages, unsigned int flags)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *dmabuf;
	struct heap_buf *buf;

	buf = heap_buf_alloc(nr_pages);
	if (IS_ERR(buf))
		return ERR_CAST(buf);

	info.ops = &heap_buf_ops;
	info.size = (size_t)nr_pages << PAGE_SHIFT;
	info.flags = flags;
	info.priv = buf;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf))
		heap_buf_free(buf);
	return dmabuf;
}

unsigned long *hdb_heap_buf_pfns(const struct dma_buf *dmabuf)
{
	const struct heap_buf *buf = dmabuf->priv;

	return dmabuf->ops == &heap_buf_ops ? buf->pfns : NULL;
}
