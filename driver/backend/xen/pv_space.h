/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between pv_space.c, which knows which page table entries of programs are grant
 * mappings and takes them back, and pv_user.c, which makes them.
 */
#ifndef HDB_XEN_PV_SPACE_H
#define HDB_XEN_PV_SPACE_H

#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <xen/grant_table.h>

/* Operations per hypercall. */
#define USER_BATCH 128u

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
 * user_space_get - the space of a mm, made if there is none
 * @mm: somebody uses it
 * @locked: its mmap lock is held for writing; else that is taken here
 *
 * Return: the space, or an ERR_PTR: -ENOMEM; -EINTR: a signal is pending.
 */
struct user_space *user_space_get(struct mm_struct *mm, bool locked);

/** user_space_put - the caller has no area left in it */
void user_space_put(struct user_space *space);

/**
 * user_space_unmap - take back all entries from @start to @end
 * @may_sleep: ... as long as it takes, beside the lock
 *
 * Caller holds the lock.
 */
void user_space_unmap(struct user_space *space, unsigned long start,
		      unsigned long end, bool may_sleep);

/** user_table_find - the table with the entry for @addr, or NULL */
struct user_table *user_table_find(struct user_space *space, unsigned long addr);

/**
 * user_table_add - begin a table
 * @table: allocated; the space's from now on
 * @addr: of one of its entries
 * @entry: machine address of that
 */
void user_table_add(struct user_space *space, struct user_table *table,
		    unsigned long addr, u64 entry);

/** user_table_drop - free it if it has no entries */
void user_table_drop(struct user_space *space, struct user_table *table);

#endif /* HDB_XEN_PV_SPACE_H */
