// SPDX-License-Identifier: GPL-2.0
/*
 * Which page table entries of programs are grant mappings, in each mm that has
 * such, and how they are taken back. Xen has to be asked to clear one, before
 * anything else does; an entry that is only overwritten leaves the other domain's
 * page mapped for ever.
 *
 * So each of these mms has a space: a list of entries, and a notifier, which the
 * kernel calls before it unmaps, moves or protects anything, and when the mm ends.
 * A space goes by addresses and knows nothing of areas, so these may be split,
 * moved and parted with at will; what was taken back for no good reason is brought
 * back by the next fault.
 *
 * Whatever clears entries of such an area, one with VM_PFNMAP, holds the mmap
 * lock for writing from before the notifier until after that, and so keeps
 * faults off; what would do it with less leaves these areas alone.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <asm/xen/hypercall.h>

#include "pv_space.h"
#include "xen.h"

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

struct user_table *user_table_find(struct user_space *space, unsigned long addr)
{
	struct user_table *table = table_first(space, addr);

	return table && table->base <= addr ? table : NULL;
}

void user_table_add(struct user_space *space, struct user_table *table,
		    unsigned long addr, u64 entry)
{
	table->base = addr & PMD_MASK;
	table->entries = entry - pte_index(addr) * sizeof(pte_t);
	table->mapped = 0;
	for (unsigned int i = 0; i < PTRS_PER_PTE; i++)
		table->handles[i] = INVALID_GRANT_HANDLE;
	rb_add(&table->node, &space->tables, table_less);
}

void user_table_drop(struct user_space *space, struct user_table *table)
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

void user_space_unmap(struct user_space *space, unsigned long start,
		      unsigned long end, bool may_sleep)
{
	struct user_table *table = table_first(space, start), *next;

	for (; table && table->base < end; table = next) {
		unsigned long from = max(start, table->base);
		unsigned long to = min(end - 1, table->base + PMD_SIZE - 1);

		next = rb_entry_safe(rb_next(&table->node), struct user_table, node);
		table_unmap(space, table, pte_index(from), pte_index(to));
		user_table_drop(space, table);
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
	user_space_unmap(space, range->start, range->end, may_sleep);
	mutex_unlock(&space->lock);
	return 0;
}

static void space_release(struct mmu_notifier *notifier, struct mm_struct *mm)
{
	struct user_space *space = container_of(notifier, struct user_space, notifier);

	mutex_lock(&space->lock);
	user_space_unmap(space, 0, ULONG_MAX, true);
	mutex_unlock(&space->lock);
}

static struct mmu_notifier *space_alloc(struct mm_struct *mm)
{
	struct user_space *space = kzalloc(sizeof(*space), GFP_KERNEL_ACCOUNT);

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

struct user_space *user_space_get(struct mm_struct *mm, bool locked)
{
	struct mmu_notifier *notifier;

	notifier = locked ? mmu_notifier_get_locked(&space_ops, mm) :
			    mmu_notifier_get(&space_ops, mm);
	if (IS_ERR(notifier))
		return ERR_CAST(notifier);
	return container_of(notifier, struct user_space, notifier);
}

void user_space_put(struct user_space *space)
{
	mmu_notifier_put(&space->notifier);
}
