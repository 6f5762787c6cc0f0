// SPDX-License-Identifier: GPL-2.0
/*
 * The pages of another domain in the page tables of programs of a PV domain.
 * Each such entry is a grant mapping: Xen writes it, and Xen has to be asked to
 * clear it, before anything else does; an entry that is only overwritten leaves
 * the other domain's page mapped for ever.
 *
 * So each mm that has such entries has a space: which entries there are, and a
 * notifier, which the kernel calls before it unmaps, moves or protects anything,
 * and when the mm ends. Entries are made by faults, and taken back by the notifier
 * and by faults that need the room; the kernel itself never writes one. A space
 * goes by addresses and knows nothing of areas, so these may be split, moved and
 * parted with at will; what was taken back for no good reason is brought back by
 * the next fault.
 *
 * Whatever clears entries of such an area, one with VM_PFNMAP, holds the mmap
 * lock for writing from before the notifier until after that, and so keeps
 * faults off; what would do it with less leaves these areas alone.
 *
 * The kernel fills the tables of a child process from its parent's, without
 * notice, but it opens the child's area first: then the parent's entries are
 * taken back, and either comes by its own through faults. The child's mm gets
 * its space by the first of them, because the half-made mm has to be left alone.
 */
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/moduleparam.h>
#include <linux/rbtree.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <asm/xen/hypercall.h>
#include <xen/page.h>

#include "../../compat/compat.h"
#include "xen.h"

static unsigned int max_user_pages = 131072;
module_param(max_user_pages, uint, 0644);
MODULE_PARM_DESC(max_user_pages,
		 "Page table entries of programs that may be mapped at once, in a PV domain (131072)");

/* Operations per hypercall. */
#define USER_BATCH 128u

/*
 * Bits of the kernel's own in an entry, as grant operations name them: nothing may
 * be pinned; and a page that may be written is dirty at once, so that the kernel
 * never has a reason to write the entry anew.
 */
#define USER_BIT(bit)	(1u << (_GNTMAP_guest_avail0 + (bit) - _PAGE_BIT_SOFTW1))
#define USER_SPECIAL	USER_BIT(_PAGE_BIT_SPECIAL)
#define USER_SOFT_DIRTY	USER_BIT(_PAGE_BIT_SOFT_DIRTY)

/**
 * struct user_table - the entries in one page table
 * @node: in its space, by @base
 * @base: address that the table's first entry stands for
 * @entries: machine address of that entry
 * @mapped: how many of them are made; a table without any is freed
 * @handles: what Xen calls those, or INVALID_GRANT_HANDLE
 */
struct user_table {
	struct rb_node node;
	unsigned long base;
	u64 entries;
	unsigned int mapped;
	grant_handle_t handles[PTRS_PER_PTE];
};

/**
 * struct user_space - all entries in one mm
 * @notifier: counts the views
 * @lock: of all the rest. It is taken in reclaim, so nothing is allocated under it
 * @tables: struct user_table
 * @index: entries of a table that the operations of one hypercall are for
 * @map: those operations
 * @unmap: likewise
 */
struct user_space {
	struct mmu_notifier notifier;
	struct mutex lock;		/* of all that follows */
	struct rb_root tables;
	u16 index[USER_BATCH];
	union {
		struct gnttab_map_grant_ref map[USER_BATCH];
		struct gnttab_unmap_grant_ref unmap[USER_BATCH];
	};
};

/**
 * struct user_view - a mapping, as one mmap call made it
 * @ref: areas that are left of it
 * @mapping: kept by the file of those areas
 * @mm: theirs
 * @space: of that; NULL in a child process until the first fault
 */
struct user_view {
	struct kref ref;
	struct xen_mapping *mapping;
	struct mm_struct *mm;
	struct user_space *space;
};

/* ---- tables ---- */

/* The first table that reaches beyond @addr. */
static struct user_table *table_first(struct user_space *space, unsigned long addr)
{
	struct rb_node *node = space->tables.rb_node;
	struct user_table *found = NULL;

	while (node) {
		struct user_table *table = rb_entry(node, struct user_table, node);

		if (table->base + PMD_SIZE > addr) {
			found = table;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

static bool table_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct user_table, node)->base <
	       rb_entry(b, struct user_table, node)->base;
}

static void table_drop(struct user_space *space, struct user_table *table)
{
	if (table->mapped)
		return;
	rb_erase(&table->node, &space->tables);
	kfree(table);
}

/* ---- taking back ---- */

static void table_unmap_batch(struct user_space *space, struct user_table *table,
			      unsigned int n)
{
	int err;

	for (unsigned int i = 0; i < n; i++)
		gnttab_set_unmap_op(&space->unmap[i],
				    table->entries + space->index[i] * sizeof(pte_t),
				    GNTMAP_host_map | GNTMAP_application_map |
				    GNTMAP_contains_pte,
				    table->handles[space->index[i]]);
	err = HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, space->unmap, n);

	for (unsigned int i = 0; i < n; i++) {
		if (err || space->unmap[i].status != GNTST_okay)
			pr_err_ratelimited("hyper_dmabuf: a page of a program cannot be unmapped, status %d\n",
					   err ?: space->unmap[i].status);
		table->handles[space->index[i]] = INVALID_GRANT_HANDLE;
	}
	table->mapped -= n;
	atomic_sub(n, &hdb_user_pages);
}

static void table_unmap(struct user_space *space, struct user_table *table,
			unsigned int first, unsigned int last)
{
	unsigned int n = 0;

	for (unsigned int i = first; i <= last; i++) {
		if (table->handles[i] != INVALID_GRANT_HANDLE)
			space->index[n++] = i;
		if (n == USER_BATCH || (n && i == last)) {
			table_unmap_batch(space, table, n);
			n = 0;
		}
	}
}

static void space_unmap(struct user_space *space, unsigned long start,
			unsigned long end, bool may_sleep)
{
	struct user_table *table = table_first(space, start), *next;

	for (; table && table->base < end; table = next) {
		unsigned long from = max(start, table->base);
		unsigned long to = min(end - 1, table->base + PMD_SIZE - 1);

		next = rb_entry_safe(rb_next(&table->node), struct user_table, node);
		table_unmap(space, table, pte_index(from), pte_index(to));
		table_drop(space, table);
		if (may_sleep)
			cond_resched();
	}
}

static int space_invalidate(struct mmu_notifier *notifier,
			    const struct mmu_notifier_range *range)
{
	struct user_space *space = container_of(notifier, struct user_space, notifier);

	bool may_sleep = mmu_notifier_range_blockable(range);

	if (may_sleep)
		mutex_lock(&space->lock);
	else if (!mutex_trylock(&space->lock))
		return -EAGAIN;
	space_unmap(space, range->start, range->end, may_sleep);
	mutex_unlock(&space->lock);
	return 0;
}

static void space_release(struct mmu_notifier *notifier, struct mm_struct *mm)
{
	struct user_space *space = container_of(notifier, struct user_space, notifier);

	mutex_lock(&space->lock);
	space_unmap(space, 0, ULONG_MAX, true);
	mutex_unlock(&space->lock);
}

static struct mmu_notifier *space_alloc(struct mm_struct *mm)
{
	struct user_space *space = kzalloc(sizeof(*space), GFP_KERNEL);

	if (!space)
		return ERR_PTR(-ENOMEM);

	mutex_init(&space->lock);
	space->tables = RB_ROOT;
	return &space->notifier;
}

static void space_free(struct mmu_notifier *notifier)
{
	struct user_space *space = container_of(notifier, struct user_space, notifier);

	WARN_ON(!RB_EMPTY_ROOT(&space->tables));
	mutex_destroy(&space->lock);
	kfree(space);
}

static const struct mmu_notifier_ops space_ops = {
	.invalidate_range_start = space_invalidate,
	.release = space_release,
	.alloc_notifier = space_alloc,
	.free_notifier = space_free,
};

void xen_pv_exit(void)
{
	mmu_notifier_synchronize();
}

/* ---- views ---- */

static void view_free(struct kref *ref)
{
	struct user_view *view = container_of(ref, struct user_view, ref);

	if (view->space)
		mmu_notifier_put(&view->space->notifier);
	kfree(view);
}

static void view_init(struct user_view *view, struct xen_mapping *mapping,
		      struct mm_struct *mm, struct user_space *space)
{
	kref_init(&view->ref);
	view->mapping = mapping;
	view->mm = mm;
	view->space = space;
}

struct view_join {
	struct work_struct work;
	struct mm_struct *mm;
	struct mmu_notifier *notifier;
};

static void view_join_work(struct work_struct *work)
{
	struct view_join *join = container_of(work, struct view_join, work);

	join->notifier = mmu_notifier_get(&space_ops, join->mm);
}

/*
 * Gives a view its space, for which the mmap lock has to be let go, and the area
 * with it. Done by a worker, because a signal to the program would end it each
 * time. Without memory the fault comes again.
 */
static vm_fault_t view_join(struct user_view *view, struct vm_fault *vmf)
{
	struct view_join join = { .mm = view->mm };

	if (!(vmf->flags & FAULT_FLAG_ALLOW_RETRY) || (vmf->flags & FAULT_FLAG_RETRY_NOWAIT))
		return VM_FAULT_SIGBUS;

	kref_get(&view->ref);
	hdb_release_fault_lock(vmf);

	INIT_WORK_ONSTACK(&join.work, view_join_work);
	queue_work(system_unbound_wq, &join.work);
	flush_work(&join.work);
	destroy_work_on_stack(&join.work);

	if (!IS_ERR(join.notifier) &&
	    cmpxchg(&view->space, NULL,
		    container_of(join.notifier, struct user_space, notifier)))
		mmu_notifier_put(join.notifier);
	kref_put(&view->ref, view_free);
	return VM_FAULT_RETRY;
}

/* ---- faults ---- */

static int entry_address(pte_t *pte, unsigned long addr, void *data)
{
	u64 *entry = data;

	*entry = arbitrary_virt_to_machine(pte).maddr;
	return 0;
}

static bool user_pages_charge(unsigned int n)
{
	if (atomic_add_return(n, &hdb_user_pages) <= READ_ONCE(max_user_pages))
		return true;
	atomic_sub(n, &hdb_user_pages);
	return false;
}

/*
 * Maps @n entries from @first on to pages of the mapping from @page on, but those
 * that are there already. False if one of them could not be mapped.
 */
static bool table_map_batch(struct user_view *view, struct user_table *table,
			    u32 flags, unsigned int first, u32 page, unsigned int n)
{
	struct xen_mapping *mapping = view->mapping;
	struct user_space *space = view->space;
	unsigned int count = 0, mapped = 0;

	for (unsigned int i = 0; i < n; i++) {
		if (table->handles[first + i] != INVALID_GRANT_HANDLE)
			continue;
		space->index[count] = first + i;
		gnttab_set_map_op(&space->map[count++],
				  table->entries + (first + i) * sizeof(pte_t),
				  flags, mapping->refs[page + i], mapping->peer);
	}
	if (!count)
		return true;
	if (!user_pages_charge(count))
		return false;

	if (!HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref, space->map, count)) {
		for (unsigned int i = 0; i < count; i++) {
			if (space->map[i].status != GNTST_okay)
				continue;
			table->handles[space->index[i]] = space->map[i].handle;
			mapped++;
		}
	}
	table->mapped += mapped;
	atomic_sub(count - mapped, &hdb_user_pages);
	return mapped == count;
}

/*
 * The entry that is missing and up to @most from it on in the same page table,
 * which need not all be possible: what is mapped gets read from end to end.
 */
static void view_map(struct user_view *view, struct vm_fault *vmf,
		     struct user_table *table, unsigned long most)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned int first = pte_index(vmf->address);
	unsigned long left = (vma->vm_end - (vmf->address & PAGE_MASK)) >> PAGE_SHIFT;
	u32 flags = GNTMAP_host_map | GNTMAP_application_map | GNTMAP_contains_pte |
		    USER_SPECIAL;

	if (view->mapping->base.writable && (vma->vm_flags & VM_WRITE))
		flags |= USER_SOFT_DIRTY;
	else
		flags |= GNTMAP_readonly;
	left = min3(left, view->mapping->base.nr_pages - vmf->pgoff,
		    (unsigned long)PTRS_PER_PTE - first);
	left = min(left, most);

	for (unsigned int done = 0; done < left; done += USER_BATCH)
		if (!table_map_batch(view, table, flags, first + done, vmf->pgoff + done,
				     min_t(unsigned int, left - done, USER_BATCH)))
			break;
}

/* Returns 0 when the entry at @addr, with machine address @entry, is there. */
static int view_fault(struct user_view *view, struct vm_fault *vmf, unsigned long addr,
		      u64 entry, bool alone)
{
	struct user_space *space = view->space;
	struct user_table *table, *spare;
	int err;

	spare = kmalloc(sizeof(*spare), GFP_KERNEL);
	if (!spare)
		return -ENOMEM;
	spare->base = addr & PMD_MASK;
	spare->entries = entry - pte_index(addr) * sizeof(pte_t);
	spare->mapped = 0;
	memset(spare->handles, 0xff, sizeof(spare->handles));

	mutex_lock(&space->lock);
	if (alone)
		space_unmap(space, 0, ULONG_MAX, true);
	table = table_first(space, addr);
	if (!table || table->base > addr) {
		table = spare;
		spare = NULL;
		rb_add(&table->node, &space->tables, table_less);
	}
	view_map(view, vmf, table, alone ? 1 : PTRS_PER_PTE);
	err = table->handles[pte_index(addr)] == INVALID_GRANT_HANDLE ? -ENOSPC : 0;
	table_drop(space, table);
	mutex_unlock(&space->lock);
	kfree(spare);
	return err;
}

static vm_fault_t user_fault(struct vm_fault *vmf)
{
	struct user_view *view = vmf->vma->vm_private_data;
	unsigned long addr = vmf->address & PAGE_MASK;
	u64 entry;
	int err;

	if (vmf->pgoff >= view->mapping->base.nr_pages)
		return VM_FAULT_SIGBUS;
	if ((vmf->flags & FAULT_FLAG_WRITE) && !view->mapping->base.writable)
		return VM_FAULT_SIGBUS;

	if (!READ_ONCE(view->space))
		return view_join(view, vmf);

	/* Only makes sure that there is a table, which the area then keeps. */
	if (apply_to_page_range(vmf->vma->vm_mm, addr, PAGE_SIZE, entry_address, &entry))
		return VM_FAULT_OOM;

	/* Xen counts a page's mappings in 8 bits: the mm's others can be done without. */
	err = view_fault(view, vmf, addr, entry, false);
	if (err == -ENOSPC)
		err = view_fault(view, vmf, addr, entry, true);
	if (!err)
		return VM_FAULT_NOPAGE;
	if (err == -ENOMEM)
		return VM_FAULT_OOM;
	pr_warn_ratelimited("hyper_dmabuf: a page cannot be mapped for a program: max_user_pages = %u, or a limit of Xen's\n",
			    max_user_pages);
	return VM_FAULT_SIGBUS;
}

/* The entry is there, and write-protected: a write to a read-only import. */
static vm_fault_t user_mkwrite(struct vm_fault *vmf)
{
	return VM_FAULT_SIGBUS;
}

/* ---- areas ---- */

static void user_open(struct vm_area_struct *vma)
{
	struct user_view *view = vma->vm_private_data, *child;
	struct user_space *space = READ_ONCE(view->space);

	/* Split or moved. */
	if (vma->vm_mm == view->mm) {
		kref_get(&view->ref);
		return;
	}

	/* Copied by a fork, but for the tables. Too small to fail, and may not. */
	if (space) {
		mutex_lock(&space->lock);
		space_unmap(space, vma->vm_start, vma->vm_end, true);
		mutex_unlock(&space->lock);
	}
	child = kmalloc(sizeof(*child), GFP_KERNEL | __GFP_NOFAIL);
	view_init(child, view->mapping, vma->vm_mm, NULL);
	vma->vm_private_data = child;
}

static void user_close(struct vm_area_struct *vma)
{
	struct user_view *view = vma->vm_private_data;

	kref_put(&view->ref, view_free);
}

static const struct vm_operations_struct user_vm_ops = {
	.open = user_open,
	.close = user_close,
	.fault = user_fault,
	.pfn_mkwrite = user_mkwrite,
};

int xen_pv_mmap(struct hdb_mapping *base, struct vm_area_struct *vma)
{
	struct mmu_notifier *notifier;
	struct user_view *view;

	BUILD_BUG_ON(INVALID_GRANT_HANDLE != (grant_handle_t)~0);

	view = kmalloc(sizeof(*view), GFP_KERNEL);
	if (!view)
		return -ENOMEM;

	notifier = mmu_notifier_get_locked(&space_ops, vma->vm_mm);
	if (IS_ERR(notifier)) {
		kfree(view);
		/* A signal that is pending; the program need not know. */
		return PTR_ERR(notifier) == -EINTR ? -ERESTARTNOINTR : PTR_ERR(notifier);
	}

	view_init(view, container_of(base, struct xen_mapping, base), vma->vm_mm,
		  container_of(notifier, struct user_space, notifier));
	vma->vm_private_data = view;
	vma->vm_ops = &user_vm_ops;
	hdb_vm_flags_set(vma, VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	return 0;
}
