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

/* Of the first node, while there is one that udev knows. */
static DEFINE_MUTEX(uevent_lock);
static struct device *uevent_device;

static void uevent_set_device(struct device *device)
{
	mutex_lock(&uevent_lock);
	uevent_device = device;
	mutex_unlock(&uevent_lock);
}

void hdb_file_uevent(const struct hdb_link *link, const char *what)
{
	char state[32], domain[32], name[16 + HYPER_DMABUF_LINK_NAME_LEN];
	char *env[4] = { state, domain, link->name[0] ? name : NULL };

	/* It comes with the device and goes with it. */
	if (link->loopback)
		return;

	snprintf(state, sizeof(state), "HDB_LINK=%s", what);
	snprintf(domain, sizeof(domain), "HDB_DOMAIN=%u", link->peer);
	snprintf(name, sizeof(name), "HDB_NAME=%s", link->name);
	mutex_lock(&uevent_lock);
	if (uevent_device)
		kobject_uevent_env(&uevent_device->kobj, KOBJ_CHANGE, env);
	mutex_unlock(&uevent_lock);
}

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
	uevent_set_device(nodes[0].this_device);
	return 0;
}

void hdb_file_exit(void)
{
	uevent_set_device(NULL);
	for (unsigned int i = 0; i < ARRAY_SIZE(nodes); i++)
		misc_deregister(&nodes[i]);
}
