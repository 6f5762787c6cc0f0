/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The seam between the core, which knows no hypervisor, and the backends, which
 * know nothing else.
 *
 * A backend makes a struct hdb_link for each link that it finds, tells the core
 * when the other end is there and when it went, and offers the operations
 * below. All memory that comes from the other end is copied here, once, before
 * the core looks at it.
 */
#ifndef HDB_BACKEND_H
#define HDB_BACKEND_H

#include <linux/atomic.h>
#include <linux/mm_types.h>
#include <linux/types.h>

#include "../protocol/hdb_protocol.h"

struct device;
struct hdb_link;
struct hdb_mapping;
struct sg_table;
struct vm_area_struct;

/**
 * struct hdb_mapping_ops - what is done with mapped pages
 *
 * All but unmap() are NULL where the pages are like any others to the kernel:
 * the core then makes page table entries and asks the DMA API itself. All are
 * called in process context and may sleep.
 */
struct hdb_mapping_ops {
	/** @unmap: undo map(), with a dead link too; frees the mapping */
	void (*unmap)(struct hdb_mapping *mapping);

	/**
	 * @mmap: the mapping's part of a mmap system call
	 *
	 * The file of @vma keeps the mapping. It is shared, and no longer than
	 * the pages. What the mapping does not allow to write is to be SIGBUS.
	 */
	int (*mmap)(struct hdb_mapping *mapping, struct vm_area_struct *vma);

	/** @bounced: whether @dev, which @sgt is mapped for, sees copies */
	bool (*bounced)(struct hdb_mapping *mapping, struct device *dev,
			struct sg_table *sgt);
};

/**
 * struct hdb_mapping - pages of the other domain, mapped into this one
 * @ops: the backend's part in their use
 * @pages: one for each page, usable for scatterlists, for vmap() unless there is
 *	@vaddr, and, by its pfn, for page tables unless @ops have mmap(); not to be
 *	referenced beyond the mapping's life
 * @nr_pages: how many
 * @vaddr: all pages in a row; NULL: vmap() can be used
 * @writable: without it a write, even by way of the kernel's own tables, is a
 *	fault in this domain
 * @scattered: neighbours among @pages may not be neighbours to a device
 *
 * The backend embeds it. It stays valid, and its contents readable, when the
 * link dies; it is the core's until it calls unmap().
 */
struct hdb_mapping {
	const struct hdb_mapping_ops *ops;
	struct page **pages;
	void *vaddr;
	u32 nr_pages;
	bool writable, scattered;
};

/**
 * struct hdb_backend_ops - what a hypervisor must offer
 *
 * Most are called in process context and may sleep. Those of the rings, send(),
 * notify(), receive() and received(), are called in any context, with a spinlock
 * held and interrupts off. None waits for the other domain.
 */
struct hdb_backend_ops {
	const char *name;

	/**
	 * @grant: let the other domain reach pages
	 *
	 * @pfns are page frames of this kernel. Writes @n references; all or
	 * nothing. Return: 0; -ENOSPC: no references left, above the reserve.
	 */
	int (*grant)(struct hdb_link *link, const unsigned long *pfns, u32 n,
		     bool writable, u32 *refs);

	/**
	 * @ungrant: take pages back that the other domain does not map
	 *
	 * Works from the end, and stops at the first page that is still mapped.
	 * Return: how many are left. Called with a dead link too.
	 */
	u32 (*ungrant)(struct hdb_link *link, const u32 *refs, u32 n);

	/**
	 * @copy_page: copy one page that the other domain granted
	 *
	 * @to: a whole page of kernel memory. Return: 0, or -EINVAL: the
	 * reference is not valid, or not ours to use.
	 */
	int (*copy_page)(struct hdb_link *link, u32 ref, void *to);

	/**
	 * @map: map pages that the other domain granted; all or nothing
	 *
	 * Return: the mapping, or an ERR_PTR: -EINVAL: a reference is not valid;
	 * -EACCES: one is read-only, and @writable is set; -ENOMEM; -ENOSPC: no
	 * room to map; -EOPNOTSUPP: not in this kind of domain.
	 */
	struct hdb_mapping *(*map)(struct hdb_link *link, const u32 *refs, u32 n,
				   bool writable);

	/**
	 * @send: put a message into the ring, without ringing the doorbell
	 *
	 * Return: 0; -EAGAIN: full, rx() will be
	 * asked for when there is room; -EPROTO: the ring is corrupt.
	 */
	int (*send)(struct hdb_link *link, const u8 slot[HDB_SLOT_SIZE]);

	/** @notify: ring the doorbell */
	void (*notify)(struct hdb_link *link);

	/**
	 * @receive: take the next message out of the ring
	 *
	 * Return: 1; 0: there is none; -EPROTO: the ring is corrupt.
	 */
	int (*receive)(struct hdb_link *link, u8 slot[HDB_SLOT_SIZE]);

	/**
	 * @waiting: how many messages receive() could take
	 *
	 * Only with both locks of the link's rings held, while it is connected. Of
	 * a corrupt ring any number.
	 */
	u32 (*waiting)(struct hdb_link *link);

	/**
	 * @received: the core has taken what it wants for now
	 *
	 * @spurious: it found nothing. Rings the doorbell if the other end waits
	 * for room, and lets the next interrupt come.
	 */
	void (*received)(struct hdb_link *link, bool spurious);

	/** @fail: the ring is corrupt; close the link, do not destroy it yet */
	void (*fail)(struct hdb_link *link);

	/** @quiesce: wait until no interrupt handler of the link runs */
	void (*quiesce)(struct hdb_link *link);
};

/* ---- what the core offers to backends (core/link.c) ---- */

/**
 * hdb_link_create - make the core's side of a link, in state waiting
 * @ops: outlives the link
 * @priv: the backend's
 * @own: id of this domain
 * @peer: id of the other domain
 * @name: of the other domain, may be empty; copied
 *
 * Return: the link, which the backend must hand to hdb_link_destroy(), or an
 * ERR_PTR.
 */
struct hdb_link *hdb_link_create(const struct hdb_backend_ops *ops, void *priv,
				 u32 own, u32 peer, const char *name);

/**
 * hdb_link_create_loopback - likewise, for one of the two ends of a loopback
 * @exporting: the end that exports go out of; imports come in at the other one
 */
struct hdb_link *hdb_link_create_loopback(const struct hdb_backend_ops *ops,
					  void *priv, u32 own, bool exporting);

/** hdb_link_connect - the other end is there, messages may be sent */
void hdb_link_connect(struct hdb_link *link);

/**
 * hdb_link_interrupt - the doorbell rang
 *
 * From hard interrupt context, where fence signals are dealt with at once. Return:
 * whether received() was, or will be, called for it.
 */
bool hdb_link_interrupt(struct hdb_link *link);

/**
 * hdb_link_destroy - the link is no more
 *
 * When it returns, no message is sent or received, and none of send, notify,
 * receive, received, fail, quiesce is called any more. Exports and imports may live
 * on; for them ungrant() and unmap() are called until they are gone, and the
 * core keeps the link, but not @priv.
 */
void hdb_link_destroy(struct hdb_link *link);

/** hdb_link_priv - what hdb_link_create() was given; NULL once destroyed */
void *hdb_link_priv(struct hdb_link *link);

/** hdb_link_peer - id of the other domain; also of a dead link */
u32 hdb_link_peer(struct hdb_link *link);

/**
 * enum hdb_count - what a link has cost so far, for debugfs
 * @HDB_COUNT_GRANTED: references to pages of ours, given
 * @HDB_COUNT_MAPPED: entries of the hypervisor's table of mappings, taken
 * @HDB_COUNT_COPIED: pages
 * @HDB_COUNT_CALLS: of the hypervisor, that the backend itself asked for; where
 *	there is none, what would be one
 */
enum hdb_count {
	HDB_COUNT_GRANTED,
	HDB_COUNT_MAPPED,
	HDB_COUNT_COPIED,
	HDB_COUNT_CALLS,
	HDB_COUNTS,
};

/** hdb_link_count - it took @n more; any context, and a dead link too */
void hdb_link_count(struct hdb_link *link, enum hdb_count what, u32 n);

/**
 * hdb_user_pages - page table entries of programs that backends made themselves
 *
 * Counted by hdb_mapping_ops.mmap; for debugfs.
 */
extern atomic_t hdb_user_pages;

/* ---- the backends ---- */

int hdb_loopback_init(u32 own);
void hdb_loopback_exit(void);

#if IS_ENABLED(CONFIG_XEN)
int hdb_xen_own_domain(u32 *own);
int hdb_xen_init(u32 own);
void hdb_xen_exit(void);
#else
static inline int hdb_xen_own_domain(u32 *own)
{
	return -ENODEV;
}

static inline int hdb_xen_init(u32 own)
{
	return 0;
}

static inline void hdb_xen_exit(void)
{
}
#endif

#endif /* HDB_BACKEND_H */
