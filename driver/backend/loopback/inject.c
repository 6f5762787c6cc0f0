// SPDX-License-Identifier: GPL-2.0
/*
 * A loopback whose other end is a program, which writes into the shared pages what
 * it likes: for fuzzers (inject.h), and no part of the module that is shipped. It
 * looks into the core, as no backend does, to tell the program when the driver has
 * come to rest.
 */
#include <linux/debugfs.h>
#include <linux/irq_work.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "../../core/core.h"
#include "../ring.h"
#include "inject.h"
#include "loopback.h"

/* A work that finds more to do queues itself again, as often as a peer keeps it busy. */
#define INJECT_ROUNDS 8

/**
 * struct inject - an open file
 * @ref: the file's, and one of each mapping of its pages
 * @lock: one ioctl at a time
 * @link: the driver's end, once it is connected
 * @ring: likewise
 * @doorbell: rung by the program
 * @rung: how often the driver rang
 * @memory: HDB_INJECT_BYTES, shared
 * @refs: of the pages behind the rings, in the loopback's table
 * @granted: how many of them are
 */
struct inject {
	struct kref ref;
	struct mutex lock;		/* of all calls */
	struct hdb_link *link;
	struct hdb_ring ring;
	struct irq_work doorbell;
	void *memory;
	u32 refs[HDB_INJECT_PAGES];
	u32 granted;
	atomic_t rung;
};

/* The pages of the program as the driver has them mapped. */
struct inject_mapping {
	struct hdb_mapping base;
	struct hdb_mapping *pages;
	struct inject *inject;
};

static struct dentry *inject_file;
static atomic_t inject_open_files = ATOMIC_INIT(0);

static void inject_free(struct kref *ref)
{
	struct inject *inject = container_of(ref, struct inject, ref);

	/* Whatever was mapped is not any more. */
	WARN_ON(loopback_ungrant(NULL, inject->refs, inject->granted));
	mutex_destroy(&inject->lock);
	vfree(inject->memory);
	kfree(inject);
}

/* ---- the link's operations ---- */

static void inject_doorbell(struct irq_work *work)
{
	hdb_link_interrupt(container_of(work, struct inject, doorbell)->link);
}

/* Our number of a reference that the program made up; 0: it is of nothing. */
static u32 inject_ref(const struct inject *inject, u32 ref, bool writable)
{
	if (!ref || ref >= HDB_INJECT_REFS || (writable && ref % 8 == 7))
		return 0;
	return inject->refs[ref % HDB_INJECT_PAGES];
}

static int inject_copy_page(struct hdb_link *link, u32 ref, void *to)
{
	ref = inject_ref(hdb_link_priv(link), ref, false);
	return ref ? loopback_copy_page(link, ref, to) : -EINVAL;
}

static void inject_unmap(struct hdb_mapping *base)
{
	struct inject_mapping *mapping = container_of(base, struct inject_mapping, base);

	mapping->pages->ops->unmap(mapping->pages);
	kref_put(&mapping->inject->ref, inject_free);
	kfree(mapping);
}

static const struct hdb_mapping_ops inject_mapping_ops = { .unmap = inject_unmap };

static struct hdb_mapping *inject_map(struct hdb_link *link, const u32 *refs, u32 n,
				      bool writable)
{
	struct inject *inject = hdb_link_priv(link);
	struct hdb_mapping *pages = ERR_PTR(-EINVAL);
	struct inject_mapping *mapping;
	u32 *ours;

	mapping = kmalloc(sizeof(*mapping), GFP_KERNEL);
	ours = kvmalloc_array(n, sizeof(*ours), GFP_KERNEL);
	if (!mapping || !ours) {
		pages = ERR_PTR(-ENOMEM);
		goto err;
	}
	for (u32 i = 0; i < n; i++) {
		ours[i] = inject_ref(inject, refs[i], writable);
		if (!ours[i])
			goto err;
	}
	pages = loopback_map(link, ours, n, writable);
	if (IS_ERR(pages))
		goto err;
	kvfree(ours);

	kref_get(&inject->ref);
	*mapping = (struct inject_mapping) {
		.base = *pages, .pages = pages, .inject = inject,
	};
	mapping->base.ops = &inject_mapping_ops;
	return &mapping->base;

err:
	kvfree(ours);
	kfree(mapping);
	return pages;
}

static int inject_send(struct hdb_link *link, const u8 slot[HDB_SLOT_SIZE])
{
	struct inject *inject = hdb_link_priv(link);

	return hdb_ring_put(&inject->ring, slot);
}

static void inject_notify(struct hdb_link *link)
{
	struct inject *inject = hdb_link_priv(link);

	atomic_inc(&inject->rung);
}

static int inject_receive(struct hdb_link *link, u8 slot[HDB_SLOT_SIZE])
{
	struct inject *inject = hdb_link_priv(link);

	return hdb_ring_get(&inject->ring, slot);
}

static u32 inject_waiting(struct hdb_link *link)
{
	struct inject *inject = hdb_link_priv(link);

	return hdb_ring_waiting(&inject->ring);
}

static void inject_received(struct hdb_link *link, bool spurious)
{
	struct inject *inject = hdb_link_priv(link);

	if (hdb_ring_release(&inject->ring))
		inject_notify(link);
}

/* The core has closed it; the program will see that. */
static void inject_fail(struct hdb_link *link)
{
}

static void inject_quiesce(struct hdb_link *link)
{
	struct inject *inject = hdb_link_priv(link);

	irq_work_sync(&inject->doorbell);
}

static const struct hdb_backend_ops inject_ops = {
	.name = "inject",
	.grant = loopback_grant,
	.ungrant = loopback_ungrant,
	.copy_page = inject_copy_page,
	.map = inject_map,
	.send = inject_send,
	.notify = inject_notify,
	.receive = inject_receive,
	.waiting = inject_waiting,
	.received = inject_received,
	.fail = inject_fail,
	.quiesce = inject_quiesce,
};

/* ---- the file ---- */

static int inject_grant(struct inject *inject)
{
	unsigned long pfns[HDB_INJECT_PAGES];
	int err;

	for (u32 i = 0; i < HDB_INJECT_PAGES; i++)
		pfns[i] = vmalloc_to_pfn(inject->memory + HDB_INJECT_RINGS + i * PAGE_SIZE);
	err = loopback_grant_pages(pfns, HDB_INJECT_PAGES, true, inject->refs);
	if (!err)
		inject->granted = HDB_INJECT_PAGES;
	return err;
}

static int inject_open(struct inode *inode, struct file *file)
{
	struct inject *inject;
	int err = -ENOMEM;

	BUILD_BUG_ON(HDB_RING_PAGES * HDB_PAGE_SIZE != HDB_INJECT_RINGS);

	/* One link for each domain. */
	if (atomic_cmpxchg(&inject_open_files, 0, 1))
		return -EBUSY;
	inject = kzalloc(sizeof(*inject), GFP_KERNEL);
	if (!inject)
		goto err_open;
	kref_init(&inject->ref);
	mutex_init(&inject->lock);
	inject->doorbell = IRQ_WORK_INIT_HARD(inject_doorbell);
	inject->memory = vmalloc_user(HDB_INJECT_BYTES);
	if (!inject->memory)
		goto err_put;
	err = inject_grant(inject);
	if (err)
		goto err_put;
	file->private_data = inject;
	return 0;

err_put:
	kref_put(&inject->ref, inject_free);
err_open:
	atomic_set(&inject_open_files, 0);
	return err;
}

static int inject_release(struct inode *inode, struct file *file)
{
	struct inject *inject = file->private_data;

	if (inject->link)
		hdb_link_destroy(inject->link);
	kref_put(&inject->ref, inject_free);
	atomic_set(&inject_open_files, 0);
	return 0;
}

static int inject_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct inject *inject = file->private_data;

	return remap_vmalloc_range(vma, inject->memory, vma->vm_pgoff);
}

static int inject_connect(struct inject *inject, bool frontend)
{
	struct hdb_link *link;

	if (inject->link)
		return -EISCONN;
	hdb_ring_init(&inject->ring, inject->memory, frontend);
	link = hdb_link_create(&inject_ops, inject, hdb_own_domain, HDB_INJECT_DOMAIN, "");
	if (IS_ERR(link))
		return PTR_ERR(link);
	inject->link = link;
	hdb_link_connect(link);
	return 0;
}

static void inject_settle(struct inject *inject)
{
	unsigned int rounds = INJECT_ROUNDS;

	irq_work_sync(&inject->doorbell);
	while (rounds-- && flush_delayed_work(&inject->link->rx_work))
		;
}

static void inject_look(const struct inject *inject, struct hdb_inject_look *look)
{
	const struct hdb_link *link = inject->link;

	*look = (struct hdb_inject_look) {
		.received = READ_ONCE(link->received),
		.bad = READ_ONCE(link->bad_messages),
		.late = READ_ONCE(link->late),
		.sent = READ_ONCE(link->sent),
		.dead = READ_ONCE(link->state) == HDB_LINK_DEAD,
		.rung = atomic_read(&inject->rung),
	};
}

static long inject_call(struct inject *inject, unsigned int cmd, unsigned long arg)
{
	struct hdb_inject_look look;

	lockdep_assert_held(&inject->lock);
	if (cmd == HDB_INJECT_CONNECT)
		return arg > 1 ? -EINVAL : inject_connect(inject, arg);
	if (!inject->link)
		return -ENOTCONN;

	switch (cmd) {
	case HDB_INJECT_RING:
	case HDB_INJECT_RING_ASYNC:
		irq_work_queue(&inject->doorbell);
		if (cmd == HDB_INJECT_RING)
			inject_settle(inject);
		return 0;
	case HDB_INJECT_LOOK:
		inject_look(inject, &look);
		return copy_to_user((void __user *)arg, &look, sizeof(look)) ? -EFAULT : 0;
	default:
		return -ENOTTY;
	}
}

static long inject_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct inject *inject = file->private_data;
	long result;

	if (mutex_lock_interruptible(&inject->lock))
		return -EINTR;
	result = inject_call(inject, cmd, arg);
	mutex_unlock(&inject->lock);
	return result;
}

static const struct file_operations inject_fops = {
	.owner = THIS_MODULE,
	.open = inject_open,
	.release = inject_release,
	.mmap = inject_mmap,
	.unlocked_ioctl = inject_ioctl,
	.llseek = noop_llseek,
};

void loopback_inject_init(void)
{
	/* As it is: debugfs' own file operations know no mmap. */
	inject_file = debugfs_create_file_unsafe(HDB_INJECT_FILE, 0600, NULL, NULL,
						 &inject_fops);
}

void loopback_inject_exit(void)
{
	debugfs_remove(inject_file);
}
