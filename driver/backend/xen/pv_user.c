// SPDX-License-Identifier: GPL-2.0
/*
 * The pages of another domain in the page tables of programs of a PV domain.
 * Each such entry is a grant mapping: Xen writes it, by order of a fault, and the
 * kernel itself never does. pv_space.c takes them back, when something happens to
 * the area, and when a fault needs the room.
 *
 * The kernel fills the tables of a child process from its parent's, without
 * notice, but it opens the child's area first: then the parent's entries are
 * taken back, and either comes by its own through faults. The child's mm gets
 * its space by the first of them, because the half-made mm has to be left alone.
 * Kernels that open it afterwards do not let children have the area.
 */
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <asm/xen/hypercall.h>
#include <xen/features.h>
#include <xen/page.h>

#include "../../compat/compat.h"
#include "pv_space.h"
#include "xen.h"

static unsigned int max_user_pages = 131072;
module_param(max_user_pages, uint, 0644);
MODULE_PARM_DESC(max_user_pages,
		 "Page table entries of programs that may be mapped at once, in a PV domain (131072)");

/*
 * Bits of the kernel's own in an entry, as grant operations name them: nothing may
 * be pinned; and a page that may be written is dirty at once, so that the kernel
 * never has a reason to write the entry anew.
 */
#define USER_BIT(bit)	(1u << (_GNTMAP_guest_avail0 + (bit) - _PAGE_BIT_SOFTW1))
#define USER_SPECIAL	USER_BIT(_PAGE_BIT_SPECIAL)
#define USER_SOFT_DIRTY	USER_BIT(_PAGE_BIT_SOFT_DIRTY)

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

/* ---- views ---- */

static void view_free(struct kref *ref)
{
	struct user_view *view = container_of(ref, struct user_view, ref);

	if (view->space)
		user_space_put(view->space);
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

static struct workqueue_struct *join_wq;

struct view_join {
	struct work_struct work;
	struct mm_struct *mm;
	struct user_space *space;
};

static void view_join_work(struct work_struct *work)
{
	struct view_join *join = container_of(work, struct view_join, work);

	join->space = user_space_get(join->mm, false);
}

/*
 * Gives a view its space, for which the mmap lock has to be let go, and the area
 * with it. Done by a worker, because a signal to the program would end it each
 * time; by one of our own, because it waits for that lock as long as the program
 * likes. Without memory the fault comes again.
 */
static vm_fault_t view_join(struct user_view *view, struct vm_fault *vmf)
{
	struct view_join join = { .mm = view->mm };
	struct file *file;

	if (!(vmf->flags & FAULT_FLAG_ALLOW_RETRY) || (vmf->flags & FAULT_FLAG_RETRY_NOWAIT))
		return VM_FAULT_SIGBUS;

	/* The file, too: it keeps the module, should the area go meanwhile. */
	file = get_file(vmf->vma->vm_file);
	kref_get(&view->ref);
	hdb_release_fault_lock(vmf);

	INIT_WORK_ONSTACK(&join.work, view_join_work);
	queue_work(join_wq, &join.work);
	flush_work(&join.work);
	destroy_work_on_stack(&join.work);

	if (!IS_ERR(join.space) && cmpxchg(&view->space, NULL, join.space))
		user_space_put(join.space);
	kref_put(&view->ref, view_free);
	fput(file);
	return VM_FAULT_RETRY;
}

/* ---- faults ---- */

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
				  flags, mapping->refs[page + i],
				  hdb_link_peer(mapping->link));
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
	hdb_link_count(mapping->link, HDB_COUNT_CALLS, 1);
	hdb_link_count(mapping->link, HDB_COUNT_MAPPED, mapped);
	table->mapped += mapped;
	atomic_sub(count - mapped, &hdb_user_pages);
	return mapped == count;
}

/**
 * struct user_fault - a fault that is being served
 * @view: with its space
 * @vmf: the kernel's side of it
 * @alone: nothing but this entry, and nothing else in the mm
 * @spare: becomes the table if there is none; NULL then
 * @table: that has the entry, once it was looked for
 * @flags: of the operations
 * @left: entries to map, from the one that is missing on
 * @done: how many of them were tried
 */
struct user_fault {
	struct user_view *view;
	struct vm_fault *vmf;
	bool alone;
	struct user_table *spare;
	struct user_table *table;
	u32 flags;
	unsigned int left, done;
};

/*
 * The entry that is missing and what follows it in the same page table, which need
 * not all be possible: what is mapped gets read from end to end.
 */
static void fault_prepare(struct user_fault *fault)
{
	struct hdb_mapping *mapping = &fault->view->mapping->base;
	struct vm_area_struct *vma = fault->vmf->vma;
	unsigned long addr = fault->vmf->address & PAGE_MASK;

	fault->flags = GNTMAP_host_map | GNTMAP_application_map | GNTMAP_contains_pte |
		       USER_SPECIAL;
	if (mapping->writable && (vma->vm_flags & VM_WRITE))
		fault->flags |= USER_SOFT_DIRTY;
	else
		fault->flags |= GNTMAP_readonly;
	fault->left = min3((vma->vm_end - addr) >> PAGE_SHIFT,
			   mapping->nr_pages - fault->vmf->pgoff,
			   (unsigned long)PTRS_PER_PTE - pte_index(addr));
	if (fault->alone)
		fault->left = 1;
}

/* False when there is nothing more to be done. */
static bool fault_batch(struct user_fault *fault)
{
	unsigned int n = min(fault->left - fault->done, USER_BATCH);
	unsigned int first = pte_index(fault->vmf->address) + fault->done;
	u32 page = fault->vmf->pgoff + fault->done;

	fault->done += n;
	return table_map_batch(fault->view, fault->table, fault->flags, first, page, n) &&
	       fault->done < fault->left;
}

/*
 * The first entries of a table are made under the lock of the page table: an empty
 * one need not stay where it is. One with entries does.
 */
static int fault_start(pte_t *pte, unsigned long addr, void *data)
{
	struct user_fault *fault = data;
	struct user_space *space = fault->view->space;

	fault->table = user_table_find(space, addr);
	if (!fault->table) {
		fault->table = fault->spare;
		fault->spare = NULL;
		user_table_add(space, fault->table, addr,
			       arbitrary_virt_to_machine(pte).maddr);
	}
	if (!fault_batch(fault))
		fault->done = fault->left;
	return 0;
}

static int page_table_there(pte_t *pte, unsigned long addr, void *data)
{
	return 0;
}

/* Returns 0 when the entry is there; -ENOSPC: it cannot be mapped. */
static int view_fault(struct user_view *view, struct vm_fault *vmf, bool alone)
{
	struct user_fault fault = { .view = view, .vmf = vmf, .alone = alone };
	struct mm_struct *mm = vmf->vma->vm_mm;
	unsigned long addr = vmf->address & PAGE_MASK;
	struct user_space *space = view->space;
	unsigned int reclaim;
	int err;

	if (apply_to_page_range(mm, addr, PAGE_SIZE, page_table_there, NULL))
		return -ENOMEM;
	fault.spare = kmalloc(sizeof(*fault.spare), GFP_KERNEL_ACCOUNT);
	if (!fault.spare)
		return -ENOMEM;
	fault_prepare(&fault);

	mutex_lock(&space->lock);
	if (alone)
		user_space_unmap(space, 0, ULONG_MAX, true);

	/* Allocates, if at all, what was freed a moment ago; reclaim takes our lock. */
	reclaim = memalloc_noreclaim_save();
	err = apply_to_page_range(mm, addr, PAGE_SIZE, fault_start, &fault);
	memalloc_noreclaim_restore(reclaim);

	if (!err) {
		while (fault.done < fault.left && fault_batch(&fault))
			;
		if (fault.table->handles[pte_index(addr)] == INVALID_GRANT_HANDLE)
			err = -ENOSPC;
		user_table_drop(space, fault.table);
	}
	mutex_unlock(&space->lock);
	kfree(fault.spare);
	return err;
}

static vm_fault_t user_fault(struct vm_fault *vmf)
{
	struct user_view *view = vmf->vma->vm_private_data;
	int err;

	if (vmf->pgoff >= view->mapping->base.nr_pages)
		return VM_FAULT_SIGBUS;
	if ((vmf->flags & FAULT_FLAG_WRITE) && !view->mapping->base.writable)
		return VM_FAULT_SIGBUS;

	if (!READ_ONCE(view->space))
		return view_join(view, vmf);

	/* Xen counts a page's mappings in 8 bits: the mm's others can be done without. */
	err = view_fault(view, vmf, false);
	if (err == -ENOSPC)
		err = view_fault(view, vmf, true);
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
		user_space_unmap(space, vma->vm_start, vma->vm_end, true);
		mutex_unlock(&space->lock);
	}
	child = kmalloc(sizeof(*child), GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
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
	struct user_space *space;
	struct user_view *view;

	view = kmalloc(sizeof(*view), GFP_KERNEL_ACCOUNT);
	if (!view)
		return -ENOMEM;

	space = user_space_get(vma->vm_mm, true);
	if (IS_ERR(space)) {
		kfree(view);
		/* A signal that is pending; the program need not know. */
		return PTR_ERR(space) == -EINTR ? -ERESTARTNOINTR : PTR_ERR(space);
	}

	view_init(view, container_of(base, struct xen_mapping, base), vma->vm_mm, space);
	vma->vm_private_data = view;
	vma->vm_ops = &user_vm_ops;
	hdb_vm_flags_set(vma, VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP | HDB_VM_DONTFORK);
	return 0;
}

int xen_pv_init(void)
{
	if (xen_feature(XENFEAT_auto_translated_physmap))
		return 0;
	join_wq = alloc_workqueue("hyper_dmabuf_pv", WQ_UNBOUND, 0);
	return join_wq ? 0 : -ENOMEM;
}

void xen_pv_exit(void)
{
	mmu_notifier_synchronize();
	if (join_wq)
		destroy_workqueue(join_wq);
}
