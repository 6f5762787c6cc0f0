/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All differences between kernels, found by compiling the probes beside this
 * file (see Kbuild), never by version number: distributions carry backports.
 * Every wrapper has the prefix hdb_, so that none clashes with a backport.
 */
#ifndef HDB_COMPAT_H
#define HDB_COMPAT_H

#include <linux/dma-buf.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#ifdef HDB_HAVE_IMPORT_NS_TOKEN
#define HDB_IMPORT_NS_DMA_BUF	MODULE_IMPORT_NS(DMA_BUF)
#else
#define HDB_IMPORT_NS_DMA_BUF	MODULE_IMPORT_NS("DMA_BUF")
#endif

/* Before they existed, the plain ones were called without the lock. */
#ifdef HDB_HAVE_MAP_ATTACHMENT_UNLOCKED
#define hdb_dma_buf_map_unlocked	dma_buf_map_attachment_unlocked
#define hdb_dma_buf_unmap_unlocked	dma_buf_unmap_attachment_unlocked
#else
#define hdb_dma_buf_map_unlocked	dma_buf_map_attachment
#define hdb_dma_buf_unmap_unlocked	dma_buf_unmap_attachment
#endif

static inline void hdb_vm_flags_set(struct vm_area_struct *vma, unsigned long flags)
{
#ifdef HDB_HAVE_VM_FLAGS_SET
	vm_flags_set(vma, flags);
#else
	vma->vm_flags |= flags;
#endif
}

/*
 * HDB_VM_DONTFORK - for areas whose page table entries must not be copied: keeps
 * them from children where a fork copies entries before it opens the child's area,
 * and with VM_IO for good
 */
#ifdef HDB_HAVE_FORK_OPENS_FIRST
#define HDB_VM_DONTFORK	0
#else
#define HDB_VM_DONTFORK	(VM_DONTCOPY | VM_IO)
#endif

/*
 * hdb_release_fault_lock - let go of what a fault holds, to return VM_FAULT_RETRY
 */
static inline void hdb_release_fault_lock(struct vm_fault *vmf)
{
#ifdef HDB_HAVE_RELEASE_FAULT_LOCK
	release_fault_lock(vmf);
#else
	mmap_read_unlock(vmf->vma->vm_mm);
#endif
}

/*
 * hdb_get_file_unless_dead - a reference to a file whose memory is known to be
 * there, but whose last reference may be gone
 */
static inline bool hdb_get_file_unless_dead(struct file *file)
{
#ifdef HDB_HAVE_FILE_REF
	return file_ref_get(&file->f_ref);
#else
	return atomic_long_inc_not_zero(&file->f_count);
#endif
}

/* For workqueues that are not WQ_UNBOUND. */
#ifdef HDB_HAVE_WQ_PERCPU
#define HDB_WQ_PERCPU	WQ_PERCPU
#else
#define HDB_WQ_PERCPU	0
#endif

/*
 * A shrinker: allocated, its operations filled in, registered. What was not
 * registered is freed by who failed to.
 */
static inline struct shrinker *hdb_shrinker_alloc(const char *name)
{
#ifdef HDB_HAVE_SHRINKER_ALLOC
	return shrinker_alloc(0, "%s", name);
#else
	return kzalloc(sizeof(struct shrinker), GFP_KERNEL);
#endif
}

static inline int hdb_shrinker_register(struct shrinker *shrinker, const char *name)
{
#ifdef HDB_HAVE_SHRINKER_ALLOC
	shrinker_register(shrinker);
	return 0;
#else
	int err = register_shrinker(shrinker, "%s", name);

	if (err)
		kfree(shrinker);
	return err;
#endif
}

static inline void hdb_shrinker_free(struct shrinker *shrinker)
{
#ifdef HDB_HAVE_SHRINKER_ALLOC
	shrinker_free(shrinker);
#else
	unregister_shrinker(shrinker);
	kfree(shrinker);
#endif
}

#endif /* HDB_COMPAT_H */
