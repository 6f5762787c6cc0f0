// SPDX-License-Identifier: GPL-2.0
/* The device nodes: /dev/hyper_dmabuf, and the same at /dev/xen/hyper_dmabuf. */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "core.h"

static int file_open(struct inode *inode, struct file *filp)
{
	struct hdb_file *file = kzalloc(sizeof(*file), GFP_KERNEL);
	int err;

	if (!file)
		return -ENOMEM;

	spin_lock_init(&file->lock);
	init_waitqueue_head(&file->wait);
	mutex_init(&file->read_lock);
	INIT_LIST_HEAD(&file->owned);
	err = hdb_events_init(file);
	if (err) {
		kfree(file);
		return err;
	}

	filp->private_data = file;
	return stream_open(inode, filp);
}

static int file_release(struct inode *inode, struct file *filp)
{
	struct hdb_file *file = filp->private_data;

	hdb_export_close(file);
	hdb_events_exit(file);
	mutex_destroy(&file->read_lock);
	kfree(file);
	return 0;
}

static ssize_t file_read(struct file *filp, char __user *to, size_t size,
			 loff_t *offset)
{
	return hdb_events_read(filp->private_data, to, size,
			       filp->f_flags & O_NONBLOCK);
}

static __poll_t file_poll(struct file *filp, poll_table *table)
{
	struct hdb_file *file = filp->private_data;

	poll_wait(filp, &file->wait, table);
	return hdb_events_pending(file) ? EPOLLIN | EPOLLRDNORM : 0;
}

static long file_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	return hdb_ioctl(filp->private_data, cmd, arg);
}

static const struct file_operations file_ops = {
	.owner = THIS_MODULE,
	.open = file_open,
	.release = file_release,
	.read = file_read,
	.poll = file_poll,
	.unlocked_ioctl = file_ioctl,
};

static struct miscdevice nodes[] = {
	{
		.minor = MISC_DYNAMIC_MINOR,
		.name = "hyper_dmabuf",
		.fops = &file_ops,
	}, {
		.minor = MISC_DYNAMIC_MINOR,
		.name = "xen/hyper_dmabuf",
		.fops = &file_ops,
	},
};

int hdb_file_init(void)
{
	int err;

	for (unsigned int i = 0; i < ARRAY_SIZE(nodes); i++) {
		err = misc_register(&nodes[i]);
		if (err) {
			while (i--)
				misc_deregister(&nodes[i]);
			return err;
		}
	}
	return 0;
}

void hdb_file_exit(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(nodes); i++)
		misc_deregister(&nodes[i]);
}
