// SPDX-License-Identifier: GPL-2.0
/*
 * dma-bufs as no ordinary exporter makes them: without struct pages, with parts of
 * pages, shorter or longer than they say, and large ones that take hardly any
 * memory. What is wrong with them only their DMA addresses tell. And a user of
 * dma-bufs inside the kernel, as drivers are that draw with the CPU.
 */
#include <linux/delay.h>
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/file.h>
#include <linux/iosys-map.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pfn.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "exporter.h"

#ifndef VMAP_UNLOCKED
#define dma_buf_vmap_unlocked	dma_buf_vmap
#define dma_buf_vunmap_unlocked	dma_buf_vunmap
#endif

/* A page frame of the old graphics memory: there in every PC's map, and never memory. */
#define RESERVED_ADDR	0xa0000

/* Far above what any machine here has. */
#define NO_STRUCT_ADDR	(1ull << 45)

struct exporter_buf {
	enum exporter_kind kind;
	size_t size;
	struct page *pages;
};

/* One segment for each round of the memory that there is. */
static int buf_table(struct exporter_buf *buf, struct sg_table *sgt)
{
	size_t round = EXPORTER_PAGES * PAGE_SIZE, left = buf->size;
	struct scatterlist *sg;
	int i, err;

	if (buf->kind == EXPORTER_FEWER)
		left -= PAGE_SIZE;
	if (buf->kind == EXPORTER_MORE)
		left += PAGE_SIZE;
	err = sg_alloc_table(sgt, DIV_ROUND_UP(left, round), GFP_KERNEL);
	if (err)
		return err;

	for_each_sgtable_sg(sgt, sg, i) {
		sg_set_page(sg, buf->pages, min(left, round), 0);
		left -= sg->length;
	}
	return 0;
}

static void buf_falsify(struct exporter_buf *buf, struct sg_table *sgt)
{
	struct scatterlist *sg = sgt->sgl;

	switch (buf->kind) {
	case EXPORTER_NO_STRUCT:
		sg_dma_address(sg) = NO_STRUCT_ADDR;
		break;
	case EXPORTER_RESERVED:
		sg_dma_address(sg) = RESERVED_ADDR;
		break;
	case EXPORTER_OFFSET:
		sg_dma_address(sg) += 512;
		break;
	case EXPORTER_PARTIAL:
		sg_dma_len(sg) -= 512;
		break;
	default:
		break;
	}
}

static struct sg_table *buf_map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	struct exporter_buf *buf = attach->dmabuf->priv;
	struct sg_table *sgt;
	int err;

	if (buf->kind == EXPORTER_FAILS)
		return ERR_PTR(-EIO);

	sgt = kzalloc(sizeof(*sgt), GFP_KERNEL);
	if (!sgt)
		return ERR_PTR(-ENOMEM);

	err = buf_table(buf, sgt);
	if (err)
		goto err_free;
	err = dma_map_sgtable(attach->dev, sgt, dir, 0);
	if (err)
		goto err_table;
	buf_falsify(buf, sgt);
	return sgt;

err_table:
	sg_free_table(sgt);
err_free:
	kfree(sgt);
	return ERR_PTR(err);
}

/* Only for devices whose mappings need no undoing, as those of the driver that is tested. */
static void buf_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt,
		      enum dma_data_direction dir)
{
	sg_free_table(sgt);
	kfree(sgt);
}

static void buf_free(struct exporter_buf *buf)
{
	free_pages_exact(page_address(buf->pages), EXPORTER_PAGES * PAGE_SIZE);
	kfree(buf);
}

static void buf_release(struct dma_buf *dmabuf)
{
	buf_free(dmabuf->priv);
}

static const struct dma_buf_ops buf_ops = {
	.map_dma_buf = buf_map,
	.unmap_dma_buf = buf_unmap,
	.release = buf_release,
};

static struct exporter_buf *buf_new(const struct exporter_make *make)
{
	struct exporter_buf *buf = kzalloc(sizeof(*buf), GFP_KERNEL);
	u8 *memory;

	if (!buf)
		return NULL;

	memory = alloc_pages_exact(EXPORTER_PAGES * PAGE_SIZE, GFP_KERNEL);
	if (!memory) {
		kfree(buf);
		return NULL;
	}
	for (unsigned int i = 0; i < EXPORTER_PAGES; i++)
		memset(memory + i * PAGE_SIZE, EXPORTER_BYTE(i), PAGE_SIZE);
	buf->kind = make->kind;
	buf->size = make->size;
	buf->pages = virt_to_page(memory);
	return buf;
}

static long exporter_flip(void __user *arg)
{
	struct exporter_flip flip;
	struct dma_buf *dmabuf;
	struct iosys_map map;
	int err;

	if (copy_from_user(&flip, arg, sizeof(flip)))
		return -EFAULT;
	if (flip.pad)
		return -EINVAL;
	dmabuf = dma_buf_get(flip.fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	err = dma_buf_vmap_unlocked(dmabuf, &map);
	if (!err) {
		u8 *bytes = map.vaddr;

		for (size_t i = 0; i < dmabuf->size; i++)
			bytes[i] = ~bytes[i];
		dma_buf_vunmap_unlocked(dmabuf, &map);
	}
	dma_buf_put(dmabuf);
	return err;
}

/* A fault might wait for the lock; but the page is there, for it was just written to. */
static long exporter_hold(void __user *arg)
{
	u32 __user *held;
	struct exporter_hold hold;
	struct dma_buf *dmabuf;
	int err;

	if (copy_from_user(&hold, arg, sizeof(hold)))
		return -EFAULT;
	held = u64_to_user_ptr(hold.held);
	if (hold.ms > 10000)
		return -EINVAL;
	if (put_user(0, held))
		return -EFAULT;
	dmabuf = dma_buf_get(hold.fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	err = dma_resv_lock_interruptible(dmabuf->resv, NULL);
	if (!err) {
		pagefault_disable();
		err = put_user(1, held);
		pagefault_enable();
		msleep_interruptible(err ? 0 : hold.ms);
		pagefault_disable();
		err = put_user(2, held) ? -EFAULT : err;
		pagefault_enable();
		dma_resv_unlock(dmabuf->resv);
	}
	dma_buf_put(dmabuf);
	return err;
}

static long exporter_make(void __user *arg)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct exporter_make make;
	struct exporter_buf *buf;
	struct dma_buf *dmabuf;
	int fd;

	if (copy_from_user(&make, arg, sizeof(make)))
		return -EFAULT;
	if (make.kind >= EXPORTER_KINDS || make.size < PAGE_SIZE || make.size > 1ull << 40)
		return -EINVAL;

	buf = buf_new(&make);
	if (!buf)
		return -ENOMEM;
	info.ops = &buf_ops;
	info.size = buf->size;
	info.flags = O_RDWR;
	info.priv = buf;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf)) {
		buf_free(buf);
		return PTR_ERR(dmabuf);
	}
	fd = dma_buf_fd(dmabuf, O_CLOEXEC);
	if (fd < 0)
		dma_buf_put(dmabuf);
	return fd;
}

static long exporter_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case EXPORTER_MAKE:
		return exporter_make((void __user *)arg);
	case EXPORTER_FLIP:
		return exporter_flip((void __user *)arg);
	case EXPORTER_HOLD:
		return exporter_hold((void __user *)arg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations exporter_ops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = exporter_ioctl,
};

static struct miscdevice exporter_node = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hdb_test_exporter",
	.fops = &exporter_ops,
};
module_misc_device(exporter_node);

MODULE_DESCRIPTION("dma-bufs that are wrong, for tests of hyper_dmabuf");
MODULE_LICENSE("GPL");
#ifdef IMPORT_NS_TOKEN
MODULE_IMPORT_NS(DMA_BUF);
#else
MODULE_IMPORT_NS("DMA_BUF");
#endif
