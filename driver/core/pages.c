// SPDX-License-Identifier: GPL-2.0
/*
 * Which pages a dma-buf is made of, by the rules for importers: its struct
 * pages are its exporter's business, DMA addresses are what an importer gets.
 * So the driver's device has DMA operations under which the address of a page
 * is its physical address: no IOMMU, no bounce buffer, no machine addresses,
 * and no way to map what is not ordinary memory.
 */
#include <linux/dma-map-ops.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/platform_device.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "core.h"

static struct platform_device *pages_dev;

static int identity_map_sg(struct device *dev, struct scatterlist *sgl, int nents,
			   enum dma_data_direction dir, unsigned long attrs)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(sgl, sg, nents, i) {
		sg_dma_address(sg) = sg_phys(sg);
		sg_dma_len(sg) = sg->length;
	}
	return nents;
}

static void identity_unmap_sg(struct device *dev, struct scatterlist *sgl,
			      int nents, enum dma_data_direction dir,
			      unsigned long attrs)
{
}

#ifdef HDB_HAVE_DMA_OPS_MAP_PAGE
static dma_addr_t identity_map_page(struct device *dev, struct page *page,
				    unsigned long offset, size_t size,
				    enum dma_data_direction dir,
				    unsigned long attrs)
{
	return page_to_phys(page) + offset;
}

static void identity_unmap_page(struct device *dev, dma_addr_t addr, size_t size,
				enum dma_data_direction dir, unsigned long attrs)
{
}
#endif

static const struct dma_map_ops identity_ops = {
#ifdef HDB_HAVE_DMA_OPS_MAP_PAGE
	.map_page = identity_map_page,
	.unmap_page = identity_unmap_page,
#endif
	.map_sg = identity_map_sg,
	.unmap_sg = identity_unmap_sg,
};

int hdb_pages_init(void)
{
	int err;

	pages_dev = platform_device_register_simple("hyper_dmabuf",
						    PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(pages_dev))
		return PTR_ERR(pages_dev);

	set_dma_ops(&pages_dev->dev, &identity_ops);
	/* Nothing is done with a segment but to walk its pages: it may be of any size. */
	dma_set_max_seg_size(&pages_dev->dev, UINT_MAX);
	dma_set_seg_boundary(&pages_dev->dev, ULONG_MAX);
	err = dma_coerce_mask_and_coherent(&pages_dev->dev, DMA_BIT_MASK(64));
	if (err)
		platform_device_unregister(pages_dev);
	return err;
}

void hdb_pages_exit(void)
{
	platform_device_unregister(pages_dev);
}

/* Grants speak of whole pages, and must show nothing that is not the buffer's. */
static bool pages_are_whole(struct sg_table *sgt)
{
	struct scatterlist *sg;
	int i;

	for_each_sgtable_dma_sg(sgt, sg, i)
		if (!PAGE_ALIGNED(sg_dma_address(sg)) || !PAGE_ALIGNED(sg_dma_len(sg)))
			return false;
	return true;
}

/*
 * Memory of this domain: neither a device's, with struct pages or without, nor
 * another domain's. What somebody has reserved may be either, and is looked up.
 */
static bool pfn_is_memory(unsigned long pfn)
{
	struct page *page = pfn_to_online_page(pfn);

	return page && (!PageReserved(page) || page_is_ram(pfn));
}

static int pages_collect(struct sg_table *sgt, struct hdb_pages *pages)
{
	struct sg_dma_page_iter iter;
	u32 n = 0;

	if (!pages_are_whole(sgt))
		return -EINVAL;

	for_each_sgtable_dma_page(sgt, &iter, 0) {
		unsigned long pfn = PHYS_PFN(sg_page_iter_dma_address(&iter));

		if (n == pages->count)
			break;
		if (!pfn_is_memory(pfn))
			return -EINVAL;
		pages->pfns[n++] = pfn;
	}
	return n == pages->count ? 0 : -EINVAL;
}

int hdb_pages_count(const struct dma_buf *dmabuf)
{
	BUILD_BUG_ON(PAGE_SIZE != HDB_PAGE_SIZE);

	if (!dmabuf->size || !PAGE_ALIGNED(dmabuf->size))
		return -EINVAL;
	if (dmabuf->size >> PAGE_SHIFT > HDB_MAX_PAGES)
		return -E2BIG;
	return dmabuf->size >> PAGE_SHIFT;
}

int hdb_pages_pin(struct dma_buf *dmabuf, struct hdb_pages *pages)
{
	int count = hdb_pages_count(dmabuf);
	int err;

	if (count < 0)
		return count;

	pages->count = count;
	pages->attach = NULL;
	/* Neither walked nor copied: the buffer is pinned by its dma-buf. */
	pages->pfns = hdb_heap_buf_pfns(dmabuf);
	if (pages->pfns)
		return 0;

	pages->pfns = kvmalloc_array(pages->count, sizeof(*pages->pfns), GFP_KERNEL);
	if (!pages->pfns)
		return -ENOMEM;

	pages->attach = dma_buf_attach(dmabuf, &pages_dev->dev);
	if (IS_ERR(pages->attach)) {
		err = PTR_ERR(pages->attach);
		goto err_free;
	}

	pages->sgt = hdb_dma_buf_map_unlocked(pages->attach, DMA_BIDIRECTIONAL);
	if (IS_ERR(pages->sgt)) {
		err = PTR_ERR(pages->sgt);
		goto err_detach;
	}

	err = pages_collect(pages->sgt, pages);
	if (err)
		goto err_unmap;
	return 0;

err_unmap:
	hdb_dma_buf_unmap_unlocked(pages->attach, pages->sgt, DMA_BIDIRECTIONAL);
err_detach:
	dma_buf_detach(dmabuf, pages->attach);
err_free:
	kvfree(pages->pfns);
	pages->attach = NULL;
	return err;
}

void hdb_pages_unpin(struct hdb_pages *pages)
{
	struct dma_buf *dmabuf;

	if (!pages->attach)
		return;
	dmabuf = pages->attach->dmabuf;

	hdb_dma_buf_unmap_unlocked(pages->attach, pages->sgt, DMA_BIDIRECTIONAL);
	dma_buf_detach(dmabuf, pages->attach);
	kvfree(pages->pfns);
}
