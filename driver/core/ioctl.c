// SPDX-License-Identifier: GPL-2.0
/*
 * The calls: what user space says is checked here, and nowhere below; what user
 * space is told is complete here, or the call has failed and changed nothing.
 */
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "core.h"

#define EXTENSIONS 0x20

static long ioctl_channel_setup(struct hdb_file *file, void __user *arg)
{
	/* Both structs are one int, the domain. */
	struct ioctl_hyper_dmabuf_tx_ch_setup setup;

	BUILD_BUG_ON(sizeof(setup) != sizeof(struct ioctl_hyper_dmabuf_rx_ch_setup));

	if (copy_from_user(&setup, arg, sizeof(setup)))
		return -EFAULT;
	return hdb_link_wait(setup.remote_domain);
}

static int export_priv(struct hdb_export_args *args, const void __user *priv,
		       u32 size)
{
	if (size > HDB_MAX_PRIV)
		return -EINVAL;
	if (copy_from_user(args->priv, priv, size))
		return -EFAULT;
	args->priv_len = size;
	return 0;
}

/*
 * The id is written before the buffer is shared in vain: a pointer that cannot
 * be written is found out first.
 */
static long export_common(struct hdb_file *file, const struct hdb_export_args *args,
			  hyper_dmabuf_id_t __user *hid)
{
	hyper_dmabuf_id_t out = {};
	struct hdb_id id;
	int err;

	if (copy_to_user(hid, &out, sizeof(out)))
		return -EFAULT;
	err = hdb_export(file, args, &id);
	if (err)
		return err;
	out = hdb_id_to_user(&id);
	return copy_to_user(hid, &out, sizeof(out)) ? -EFAULT : 0;
}

static long ioctl_export_remote(struct hdb_file *file, void __user *arg)
{
	struct ioctl_hyper_dmabuf_export_remote __user *to = arg;
	struct ioctl_hyper_dmabuf_export_remote export;
	struct hdb_export_args args = {};
	int err;

	if (copy_from_user(&export, arg, sizeof(export)))
		return -EFAULT;
	args.fd = export.dmabuf_fd;
	args.peer = export.remote_domain;
	/* A negative size is a huge one. */
	err = export_priv(&args, (const void __user *)export.priv, export.sz_priv);
	if (err)
		return err;
	return export_common(file, &args, &to->hid);
}

static long ioctl_export_remote_short(struct hdb_file *file, void __user *arg)
{
	struct ioctl_hyper_dmabuf_export_remote_short __user *to = arg;
	struct ioctl_hyper_dmabuf_export_remote_short export;
	struct hdb_export_args args = {};

	if (copy_from_user(&export, arg, sizeof(export)))
		return -EFAULT;
	args.fd = export.dmabuf_fd;
	args.peer = export.remote_domain;
	return export_common(file, &args, &to->hid);
}

static long ioctl_export_fd(struct hdb_file *file, void __user *arg)
{
	struct ioctl_hyper_dmabuf_export_fd __user *to = arg;
	struct ioctl_hyper_dmabuf_export_fd export;
	struct hdb_import *import;
	struct dma_buf *dmabuf;
	struct hdb_id id;
	int fd;

	if (copy_from_user(&export, arg, sizeof(export)))
		return -EFAULT;
	if (export.flags & ~(O_CLOEXEC | O_ACCMODE))
		return -EINVAL;

	id = hdb_id_from_user(&export.hid);
	import = hdb_import_find(&id);
	if (!import)
		return -ENOENT;
	dmabuf = hdb_import_dmabuf(import);
	hdb_import_put(import);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	fd = get_unused_fd_flags(export.flags & O_CLOEXEC);
	if (fd < 0) {
		dma_buf_put(dmabuf);
		return fd;
	}
	if (put_user(fd, &to->fd)) {
		put_unused_fd(fd);
		dma_buf_put(dmabuf);
		return -EFAULT;
	}
	fd_install(fd, dmabuf->file);
	return 0;
}

static long ioctl_unexport(struct hdb_file *file, void __user *arg)
{
	struct ioctl_hyper_dmabuf_unexport __user *to = arg;
	struct ioctl_hyper_dmabuf_unexport unexport;
	struct hdb_export *export;
	struct hdb_id id;
	int err;

	if (copy_from_user(&unexport, arg, sizeof(unexport)))
		return -EFAULT;
	if (unexport.delay_ms < 0)
		return -EINVAL;
	if (put_user(0, &to->status))
		return -EFAULT;

	id = hdb_id_from_user(&unexport.hid);
	export = hdb_export_find(&id, NULL);
	if (!export)
		return -ENOENT;
	err = hdb_export_unexport(export, unexport.delay_ms);
	hdb_export_put(export);
	return err;
}

/*
 * Over the loopback one id is an export and an import. It is the export for the
 * file that exported it, and the import for all others.
 */
static int query_either(struct hdb_file *file, const struct hdb_id *id, int item,
			u64 *value, u8 *priv)
{
	struct hdb_export *export = hdb_export_find(id, file);
	struct hdb_import *import = NULL;
	int err = -ENOENT;

	if (!export)
		import = hdb_import_find(id);
	if (!export && !import)
		export = hdb_export_find(id, NULL);

	if (export) {
		err = hdb_export_query(export, item, value, priv);
		hdb_export_put(export);
	} else if (import) {
		err = hdb_import_query(import, item, value, priv);
		hdb_import_put(import);
	}
	return err;
}

static long ioctl_query(struct hdb_file *file, void __user *arg)
{
	struct ioctl_hyper_dmabuf_query __user *to = arg;
	struct ioctl_hyper_dmabuf_query query;
	u8 priv[HDB_MAX_PRIV];
	struct hdb_id id;
	u64 value = 0;
	int err;

	if (copy_from_user(&query, arg, sizeof(query)))
		return -EFAULT;

	id = hdb_id_from_user(&query.hid);
	err = query_either(file, &id, query.item, &value, priv);
	if (err)
		return err;

	if (query.item == HYPER_DMABUF_QUERY_PRIV_INFO)
		return copy_to_user((void __user *)query.info, priv, value) ?
		       -EFAULT : 0;
	return put_user((unsigned long)value, &to->info);
}

/* ---- extensions: their structs may grow ---- */

static long ioctl_links(struct hdb_file *file, void *arg)
{
	struct ioctl_hyper_dmabuf_links *links = arg;
	struct hyper_dmabuf_link *list = NULL;
	u32 room = min(links->count, 1024u);
	long err = 0;

	if (links->flags)
		return -EINVAL;
	if (room) {
		list = kvcalloc(room, sizeof(*list), GFP_KERNEL);
		if (!list)
			return -ENOMEM;
	}

	links->count = hdb_links_list(list, room);
	links->own_domain = hdb_own_domain;
	if (copy_to_user(u64_to_user_ptr(links->links), list,
			 min(room, links->count) * sizeof(*list)))
		err = -EFAULT;
	kvfree(list);
	return err;
}

static long ioctl_export(struct hdb_file *file, void *arg)
{
	struct ioctl_hyper_dmabuf_export *export = arg;
	struct hdb_export_args args = {
		.fd = export->dmabuf_fd,
		.peer = export->remote_domain,
	};
	struct hdb_id id;
	int err;

	if (export->flags & ~HYPER_DMABUF_EXPORT_WRITABLE || export->pad)
		return -EINVAL;
	if (export->flags & HYPER_DMABUF_EXPORT_WRITABLE)
		args.flags |= HDB_BUF_WRITABLE;
	err = export_priv(&args, u64_to_user_ptr(export->priv), export->sz_priv);
	if (err)
		return err;

	err = hdb_export(file, &args, &id);
	if (!err)
		export->hid = hdb_id_to_user(&id);
	return err;
}

static long ioctl_fence_send(struct hdb_file *file, void *arg)
{
	struct ioctl_hyper_dmabuf_fence_send *send = arg;
	struct hdb_id id = hdb_id_from_user(&send->hid);
	bool expect = send->flags & HYPER_DMABUF_FENCE_EXPECT_RETURN;
	bool write = send->flags & HYPER_DMABUF_FENCE_WRITE;
	struct hdb_export *export;
	struct hdb_import *import;
	int err;

	if (send->flags & ~(HYPER_DMABUF_FENCE_IMPORT | HYPER_DMABUF_FENCE_EXPECT_RETURN |
			    HYPER_DMABUF_FENCE_WRITE) ||
	    send->fence_fd < -1)
		return -EINVAL;

	if (send->flags & HYPER_DMABUF_FENCE_IMPORT) {
		if (expect || (write && send->fence_fd < 0))
			return -EINVAL;
		import = hdb_import_find(&id);
		if (!import)
			return -ENOENT;
		err = hdb_import_fence_send(import, send->fence_fd, write, &send->pending);
		hdb_import_put(import);
	} else {
		if (write)
			return -EINVAL;
		export = hdb_export_find(&id, NULL);
		if (!export)
			return -ENOENT;
		err = hdb_export_fence_send(export, send->fence_fd, expect, &send->pending);
		hdb_export_put(export);
	}
	return err;
}

static long ioctl_wait_released(struct hdb_file *file, void *arg)
{
	struct ioctl_hyper_dmabuf_wait_released *wait = arg;
	struct hdb_id id = hdb_id_from_user(&wait->hid);
	struct hdb_export *export;
	int err;

	if (wait->flags || wait->pad)
		return -EINVAL;
	export = hdb_export_find(&id, NULL);
	if (!export)
		return -ENOENT;
	err = hdb_export_wait(export, wait->timeout_ms);
	hdb_export_put(export);
	return err;
}

static long ioctl_capabilities(struct hdb_file *file, void *arg);

static long ioctl_id_of_fd(struct hdb_file *file, void *arg)
{
	return hdb_about_id_of_fd(file, arg);
}

/* All begin with their size, as the caller knows it. */
union extension {
	__u32 size;
	struct ioctl_hyper_dmabuf_capabilities capabilities;
	struct ioctl_hyper_dmabuf_id_of_fd id_of_fd;
	struct ioctl_hyper_dmabuf_links links;
	struct ioctl_hyper_dmabuf_export export;
	struct ioctl_hyper_dmabuf_fence_send fence_send;
	struct ioctl_hyper_dmabuf_wait_released wait_released;
};

static const struct {
	long (*call)(struct hdb_file *file, void *arg);
	size_t size, min;
} extensions[] = {
#define EXTENSION(cmd, fn, type, last) \
	[_IOC_NR(cmd) - EXTENSIONS] = { fn, sizeof(type), offsetofend(type, last) }
	EXTENSION(IOCTL_HYPER_DMABUF_LINKS, ioctl_links,
		  struct ioctl_hyper_dmabuf_links, links),
	EXTENSION(IOCTL_HYPER_DMABUF_EXPORT, ioctl_export,
		  struct ioctl_hyper_dmabuf_export, priv),
	EXTENSION(IOCTL_HYPER_DMABUF_FENCE_SEND, ioctl_fence_send,
		  struct ioctl_hyper_dmabuf_fence_send, pending),
	EXTENSION(IOCTL_HYPER_DMABUF_WAIT_RELEASED, ioctl_wait_released,
		  struct ioctl_hyper_dmabuf_wait_released, pad),
	EXTENSION(IOCTL_HYPER_DMABUF_CAPABILITIES, ioctl_capabilities,
		  struct ioctl_hyper_dmabuf_capabilities, own_domain),
	EXTENSION(IOCTL_HYPER_DMABUF_ID_OF_FD, ioctl_id_of_fd,
		  struct ioctl_hyper_dmabuf_id_of_fd, pad),
};

static long ioctl_capabilities(struct hdb_file *file, void *arg)
{
	u64 calls = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(extensions); i++)
		if (extensions[i].call)
			calls |= BIT_ULL(i);
	return hdb_about_capabilities(arg, calls);
}

static long ioctl_extension(struct hdb_file *file, unsigned int cmd,
			    void __user *arg)
{
	unsigned int nr = _IOC_NR(cmd) - EXTENSIONS;
	union extension args = {};
	u32 size;
	long err;

	/* The number says a size too, but it is @size that counts. */
	if (_IOC_TYPE(cmd) != 'G' || _IOC_DIR(cmd) != (_IOC_READ | _IOC_WRITE) ||
	    nr >= ARRAY_SIZE(extensions) || !extensions[nr].call)
		return -ENOTTY;
	if (get_user(size, (__u32 __user *)arg))
		return -EFAULT;
	if (size < extensions[nr].min || size > PAGE_SIZE)
		return -EINVAL;

	err = copy_struct_from_user(&args, extensions[nr].size, arg, size);
	if (err)
		return err;
	/* It may have changed since; what counts is what was checked. */
	args.size = size;
	size = min_t(u32, size, extensions[nr].size);
	/* What is written back later can be written now. */
	if (copy_to_user(arg, &args, size))
		return -EFAULT;

	err = extensions[nr].call(file, &args);
	if (!err && copy_to_user(arg, &args, size))
		err = -EFAULT;
	return err;
}

long hdb_ioctl(struct hdb_file *file, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case IOCTL_HYPER_DMABUF_TX_CH_SETUP:
	case IOCTL_HYPER_DMABUF_RX_CH_SETUP:
		return ioctl_channel_setup(file, user);
	case IOCTL_HYPER_DMABUF_EXPORT_REMOTE:
		return ioctl_export_remote(file, user);
	case IOCTL_HYPER_DMABUF_EXPORT_REMOTE_SHORT:
		return ioctl_export_remote_short(file, user);
	case IOCTL_HYPER_DMABUF_EXPORT_FD:
		return ioctl_export_fd(file, user);
	case IOCTL_HYPER_DMABUF_UNEXPORT:
		return ioctl_unexport(file, user);
	case IOCTL_HYPER_DMABUF_QUERY:
		return ioctl_query(file, user);
	default:
		if (_IOC_NR(cmd) < EXTENSIONS)
			return -ENOTTY;
		return ioctl_extension(file, cmd, user);
	}
}
