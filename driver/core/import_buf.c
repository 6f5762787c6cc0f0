// SPDX-License-Identifier: GPL-2.0
/*
 * The dma-buf that stands for an import: an exporter like any other, on pages
 * that belong to another domain.
 *
 * Of a read-only import the pages cannot be written, whoever tries. User space
 * may map it for writing all the same, since Mesa maps every buffer so; its
 * page table entries stay write-protected and the first write gets SIGBUS from
 * here, not a fault from the hypervisor. Devices may read it, under the name of
 * BIDIRECTIONAL too, which is what DRM always asks for, as long as no bounce
 * buffer would have to be copied back. There is no vmap: its users write.
 */
#include <linux/dma-buf.h>
#include <linux/dma-map-ops.h>
#include <linux/iosys-map.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "attach.h"
#include "core.h"

/*
 * Pages that one fault maps, if the mapping has so many more. A frame is read
 * from end to end, and a fault costs more than a few hundred entries.
 */
#define FAULT_AROUND 512

/* As long as the dma-buf lives, so does the mapping: import->users counts it. */
struct import_buf {
	struct hdb_import *import;
	struct hdb_mapping *mapping;
	struct hdb_attachments attachments;
};

static int import_buf_attach(struct dma_buf *dmabuf,
			     struct dma_buf_attachment *attach)
{
	struct import_buf *buf = dmabuf->priv;

	return hdb_attachments_add(&buf->attachments, attach);
}

static void import_buf_detach(struct dma_buf *dmabuf,
			      struct dma_buf_attachment *attach)
{
	struct import_buf *buf = dmabuf->priv;

	hdb_attachments_remove(&buf->attachments, attach);
}

/*
 * A device behind an IOMMU always says that it needs syncs; it only bounces
 * where its driver is not trusted, and then reads a copy, which does no harm.
 */
static bool import_buf_bounces(struct hdb_mapping *mapping, struct device *dev,
			       struct sg_table *sgt)
{
	struct scatterlist *sg;
	int i;

	if (mapping->ops->bounced)
		return mapping->ops->bounced(mapping, dev, sgt);
	if (get_dma_ops(dev))
		return false;
	for_each_sgtable_dma_sg(sgt, sg, i)
		if (dma_need_sync(dev, sg_dma_address(sg)))
			return true;
	return false;
}

static unsigned long import_buf_attrs(struct import_buf *buf)
{
	return buf->mapping->writable ? 0 : DMA_ATTR_SKIP_CPU_SYNC;
}

static struct sg_table *import_buf_map(struct dma_buf_attachment *attach,
				       enum dma_data_direction dir)
{
	struct import_buf *buf = attach->dmabuf->priv;
	struct hdb_mapping *mapping = buf->mapping;
	unsigned int segment = PAGE_SIZE;
	struct sg_table *sgt;
	int err;

	if (!mapping->writable && dir == DMA_FROM_DEVICE)
		return ERR_PTR(-EACCES);

	sgt = kzalloc(sizeof(*sgt), GFP_KERNEL);
	if (!sgt)
		return ERR_PTR(-ENOMEM);

	/* What the device takes, and less where neighbours are none to it. */
	if (!mapping->scattered)
		segment = max_t(unsigned int, segment, dma_get_max_seg_size(attach->dev));
	err = sg_alloc_table_from_pages_segment(sgt, mapping->pages, mapping->nr_pages, 0,
						(size_t)mapping->nr_pages << PAGE_SHIFT,
						segment, GFP_KERNEL);
	if (err)
		goto err_free;

	err = dma_map_sgtable(attach->dev, sgt, dir, import_buf_attrs(buf));
	if (err)
		goto err_table;

	if (!mapping->writable && import_buf_bounces(mapping, attach->dev, sgt)) {
		err = -EOPNOTSUPP;
		goto err_unmap;
	}

	hdb_attachments_mapped(&buf->attachments, attach, sgt, dir);
	return sgt;

err_unmap:
	dma_unmap_sgtable(attach->dev, sgt, dir, import_buf_attrs(buf));
err_table:
	sg_free_table(sgt);
err_free:
	kfree(sgt);
	return ERR_PTR(err);
}

static void import_buf_unmap(struct dma_buf_attachment *attach,
			     struct sg_table *sgt, enum dma_data_direction dir)
{
	struct import_buf *buf = attach->dmabuf->priv;

	hdb_attachments_mapped(&buf->attachments, attach, NULL, dir);
	dma_unmap_sgtable(attach->dev, sgt, dir, import_buf_attrs(buf));
	sg_free_table(sgt);
	kfree(sgt);
}

static int import_buf_begin_cpu_access(struct dma_buf *dmabuf,
				       enum dma_data_direction dir)
{
	struct import_buf *buf = dmabuf->priv;

	if (buf->mapping->writable)
		hdb_attachments_for_cpu(&buf->attachments);
	return 0;
}

static int import_buf_end_cpu_access(struct dma_buf *dmabuf,
				     enum dma_data_direction dir)
{
	struct import_buf *buf = dmabuf->priv;

	if (buf->mapping->writable)
		hdb_attachments_for_device(&buf->attachments);
	return 0;
}

static vm_fault_t import_buf_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct hdb_mapping *mapping = vma->vm_private_data;
	pgprot_t prot = vma->vm_page_prot;
	unsigned long left = (vma->vm_end - vmf->address) >> PAGE_SHIFT;
	vm_fault_t ret = VM_FAULT_SIGBUS;

	if (!mapping->writable) {
		if (vmf->flags & FAULT_FLAG_WRITE)
			return VM_FAULT_SIGBUS;
		prot = vm_get_page_prot(vma->vm_flags & ~VM_WRITE & ~VM_SHARED);
	}
	if (vmf->pgoff >= mapping->nr_pages)
		return VM_FAULT_SIGBUS;

	left = min3(left, mapping->nr_pages - vmf->pgoff, (unsigned long)FAULT_AROUND);
	for (unsigned long i = 0; i < left; i++) {
		vm_fault_t err;

		err = vmf_insert_pfn_prot(vma, (vmf->address & PAGE_MASK) + (i << PAGE_SHIFT),
					  page_to_pfn(mapping->pages[vmf->pgoff + i]),
					  prot);
		/* Only the page that was asked for has to be there. */
		if (!i)
			ret = err;
		if (err != VM_FAULT_NOPAGE)
			break;
	}
	return ret;
}

/* The entry is there, and write-protected: a write to a read-only import. */
static vm_fault_t import_buf_mkwrite(struct vm_fault *vmf)
{
	return VM_FAULT_SIGBUS;
}

static const struct vm_operations_struct import_buf_vm_ops = {
	.fault = import_buf_fault,
};

static const struct vm_operations_struct import_buf_ro_vm_ops = {
	.fault = import_buf_fault,
	.pfn_mkwrite = import_buf_mkwrite,
};

static int import_buf_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	struct import_buf *buf = dmabuf->priv;

	/* A private copy would have to be made of pages that nobody may touch. */
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;

	if (buf->mapping->ops->mmap)
		return buf->mapping->ops->mmap(buf->mapping, vma);

	vma->vm_private_data = buf->mapping;
	vma->vm_ops = buf->mapping->writable ? &import_buf_vm_ops :
					       &import_buf_ro_vm_ops;
	/* No references to these pages: one that stays would pin the grant. */
	hdb_vm_flags_set(vma, VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	return 0;
}

static int import_buf_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct import_buf *buf = dmabuf->priv;
	struct hdb_mapping *mapping = buf->mapping;
	void *addr = mapping->vaddr;

	if (!addr)
		addr = vmap(mapping->pages, mapping->nr_pages, VM_MAP, PAGE_KERNEL);
	if (!addr)
		return -ENOMEM;
	iosys_map_set_vaddr(map, addr);
	return 0;
}

static void import_buf_vunmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct import_buf *buf = dmabuf->priv;

	if (!buf->mapping->vaddr)
		vunmap(map->vaddr);
}

static void import_buf_release(struct dma_buf *dmabuf)
{
	struct import_buf *buf = dmabuf->priv;
	struct hdb_import *import = buf->import;

	hdb_attachments_destroy(&buf->attachments);
	kfree(buf);
	hdb_import_released(import, dmabuf);
	hdb_import_put(import);
}

#define IMPORT_BUF_OPS						\
	.attach = import_buf_attach,				\
	.detach = import_buf_detach,				\
	.map_dma_buf = import_buf_map,				\
	.unmap_dma_buf = import_buf_unmap,			\
	.begin_cpu_access = import_buf_begin_cpu_access,	\
	.end_cpu_access = import_buf_end_cpu_access,		\
	.mmap = import_buf_mmap,				\
	.release = import_buf_release

static const struct dma_buf_ops import_buf_ro_ops = {
	IMPORT_BUF_OPS,
};

static const struct dma_buf_ops import_buf_ops = {
	IMPORT_BUF_OPS,
	.vmap = import_buf_vmap,
	.vunmap = import_buf_vunmap,
};

bool hdb_import_buf_is(const struct dma_buf *dmabuf)
{
	return dmabuf->ops == &import_buf_ops || dmabuf->ops == &import_buf_ro_ops;
}

struct hdb_import *hdb_import_buf_import(const struct dma_buf *dmabuf)
{
	const struct import_buf *buf = dmabuf->priv;

	return hdb_import_buf_is(dmabuf) ? buf->import : NULL;
}

struct dma_buf *hdb_import_buf_create(struct hdb_import *import)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct import_buf *buf;
	struct dma_buf *dmabuf;

	buf = kzalloc(sizeof(*buf), GFP_KERNEL);
	if (!buf)
		return ERR_PTR(-ENOMEM);

	buf->import = import;
	buf->mapping = import->mapping;
	hdb_attachments_init(&buf->attachments);

	info.ops = buf->mapping->writable ? &import_buf_ops : &import_buf_ro_ops;
	info.size = (size_t)import->nr_pages << PAGE_SHIFT;
	info.flags = O_RDWR;
	info.priv = buf;
	info.resv = &import->resv;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf)) {
		hdb_attachments_destroy(&buf->attachments);
		kfree(buf);
		return dmabuf;
	}
	kref_get(&import->ref);
	return dmabuf;
}
