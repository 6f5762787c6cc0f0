// SPDX-License-Identifier: GPL-2.0
/*
 * The DMA heap: /dev/dma_heap/hyper_dmabuf, for clients of any heap. Buffers of
 * it are known to this driver, so that sharing one costs its grants and no more.
 *
 * The node is one of our own. dma_heap_add() is exported by few kernels, and
 * nothing undoes it: a module that has called it can never be unloaded.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include <uapi/linux/dma-heap.h>

#include "core.h"

static struct dma_buf *heap_alloc(const struct dma_heap_allocation_data *data)
{
	u64 pages;

	if (data->fd || data->fd_flags & ~DMA_HEAP_VALID_FD_FLAGS ||
	    data->heap_flags & ~DMA_HEAP_VALID_HEAP_FLAGS)
		return ERR_PTR(-EINVAL);

	/* Rounded up; what overflows by that is nothing, as to every heap. */
	pages = PAGE_ALIGN(data->len) >> PAGE_SHIFT;
	if (!pages)
		return ERR_PTR(-EINVAL);
	/* Not by trying: that would cost everybody else's caches first. */
	if (pages > HDB_MAX_PAGES || pages > max(si_mem_available(), 0l))
		return ERR_PTR(-ENOMEM);
	return hdb_heap_buf_create(pages, data->fd_flags);
}

static long heap_ioctl_alloc(struct dma_heap_allocation_data *data, void __user *to,
			     size_t size)
{
	struct dma_buf *dmabuf = heap_alloc(data);
	int fd;

	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	fd = get_unused_fd_flags(data->fd_flags & O_CLOEXEC);
	if (fd < 0) {
		dma_buf_put(dmabuf);
		return fd;
	}
	/* Nobody gets an fd that is not told which. */
	data->fd = fd;
	if (copy_to_user(to, data, size)) {
		put_unused_fd(fd);
		dma_buf_put(dmabuf);
		return -EFAULT;
	}
	fd_install(fd, dmabuf->file);
	return 0;
}

/*
 * As the kernel's heaps have it: a call is its number, and its struct is as long
 * as the caller says; what is missing is zero, what is beyond is not looked at.
 */
static long heap_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	struct dma_heap_allocation_data data = {};
	void __user *user = (void __user *)arg;
	size_t size = min_t(size_t, _IOC_SIZE(cmd), sizeof(data));

	if (_IOC_NR(cmd) != _IOC_NR(DMA_HEAP_IOCTL_ALLOC))
		return -EINVAL;
	if (cmd & IOC_IN && copy_from_user(&data, user, size))
		return -EFAULT;
	return heap_ioctl_alloc(&data, user, cmd & IOC_OUT ? size : 0);
}

static const struct file_operations heap_ops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.unlocked_ioctl = heap_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice heap_node = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hyper_dmabuf_heap",
	.nodename = "dma_heap/hyper_dmabuf",
	.fops = &heap_ops,
};

int hdb_heap_init(void)
{
	return misc_register(&heap_node);
}

void hdb_heap_exit(void)
{
	misc_deregister(&heap_node);
}
