// SPDX-License-Identifier: GPL-2.0
/*
 * hyper_dmabuf: a reference driver that shares dma-bufs between domains of one
 * hypervisor, without a copy.
 *
 * It forwards buffers, fences and releases, nothing else of the dma-buf API: no
 * operation of a dma-buf waits for another domain. It draws nothing, and knows no
 * GPU. Everything that comes from another domain is taken for hostile.
 *
 * core/ is the driver, protocol/ the wire, backend/ what depends on the
 * hypervisor. The loopback backend is there always, as a link of the domain
 * with itself.
 */
#include <linux/module.h>

#include "core.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

struct workqueue_struct *hdb_wq;
u32 hdb_own_domain;

static int __init hdb_init(void)
{
	int err;

	hdb_wq = alloc_workqueue("hyper_dmabuf", WQ_HIGHPRI | HDB_WQ_PERCPU, 0);
	if (!hdb_wq)
		return -ENOMEM;

	/* Without Xen, or any other domain, this one is domain 0. */
	err = hdb_xen_own_domain(&hdb_own_domain);
	if (err && err != -ENODEV)
		goto err_wq;

	err = hdb_pages_init();
	if (err)
		goto err_wq;
	err = hdb_loopback_init(hdb_own_domain);
	if (err)
		goto err_pages;
	err = hdb_xen_init(hdb_own_domain);
	if (err)
		goto err_loopback;
	err = hdb_shrink_init();
	if (err)
		goto err_xen;
	err = hdb_heap_init();
	if (err)
		goto err_shrink;
	err = hdb_file_init();
	if (err)
		goto err_heap;
	hdb_debugfs_init();
	return 0;

err_heap:
	hdb_heap_exit();
err_shrink:
	hdb_shrink_exit();
err_xen:
	hdb_xen_exit();
err_loopback:
	hdb_loopback_exit();
err_pages:
	hdb_pages_exit();
err_wq:
	destroy_workqueue(hdb_wq);
	return err;
}

/*
 * Not while a file is open, an import in use, an export granted or a device
 * bound: each holds the module.
 */
static void __exit hdb_exit(void)
{
	hdb_debugfs_exit();
	hdb_file_exit();
	hdb_heap_exit();
	hdb_shrink_exit();
	hdb_xen_exit();
	hdb_loopback_exit();
	/* The work that let the last export go, and the memory of links. */
	drain_workqueue(hdb_wq);
	/* What let the last proxy go. */
	rcu_barrier();
	drain_workqueue(hdb_wq);
	destroy_workqueue(hdb_wq);
	hdb_pages_exit();
}

module_init(hdb_init);
module_exit(hdb_exit);

MODULE_DESCRIPTION("Share dma-bufs between virtual machines");
MODULE_LICENSE("GPL");
HDB_IMPORT_NS_DMA_BUF;
