/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fences across a link. A watch is on fences of this domain, and tells the other
 * one when they have signalled; a proxy stands here for a fence of the other
 * domain. A watch's callback and a proxy's signal run in any context, hard
 * interrupts too; neither waits, and neither needs memory.
 *
 * Between fence.c, proxy.c and watch.c, and for export.c and import.c.
 */
#ifndef HDB_FENCE_H
#define HDB_FENCE_H

#include <linux/dma-fence.h>
#include <linux/dma-resv.h>

#include "core.h"

/**
 * struct hdb_fences - some fences of this domain, none of them a container
 * @count: how many, all unsignalled a moment ago
 * @fence: a reference to each
 * @error: of one that had signalled already, or 0
 */
struct hdb_fences {
	unsigned int count;
	struct dma_fence **fence;
	int error;
};

/**
 * hdb_fences_of_resv - the unsignalled ones of a reservation object
 * @usage: up to this one
 * @link: where they are to be sent: what came from there is left out
 *
 * Return: 0, hdb_fences_put() is due; -ENOMEM.
 */
int hdb_fences_of_resv(struct dma_resv *resv, enum dma_resv_usage usage,
		       struct hdb_link *link, struct hdb_fences *fences);

/** hdb_fences_of_fd - likewise, of a sync_file; -EINVAL: @fd is none */
int hdb_fences_of_fd(int fd, struct hdb_link *link, struct hdb_fences *fences);
void hdb_fences_put(struct hdb_fences *fences);

/* ---- watch.c ---- */

struct hdb_proxy;

/**
 * struct hdb_watch_args - what the other domain is told of some fences
 * @type: HDB_MSG_FENCE or HDB_MSG_RETURN
 * @id: of the buffer
 * @fences: signalled when all of them are
 * @export: of a FENCE of the exporter's
 * @proxy: of a FENCE with RETURN: waits for what is returned; or NULL
 * @import: of a RETURN
 */
struct hdb_watch_args {
	enum hdb_msg_type type;
	const struct hdb_id *id;
	const struct hdb_fences *fences;
	struct hdb_export *export;
	struct hdb_proxy *proxy;
	struct hdb_import *import;
};

/**
 * hdb_watch_send - tell of fences now, and of their signal when it comes
 *
 * Call hdb_tx_flush() afterwards. A RETURN that nobody expects is not sent.
 * Return: 0; -ENOTCONN; -EINVAL: the export is dead; -EDQUOT: too many are
 * unsignalled; -ENOMEM.
 */
int hdb_watch_send(struct hdb_link *link, const struct hdb_watch_args *args);

/** hdb_watch_covers - whether all these have been sent, and are unsignalled */
bool hdb_watch_covers(struct hdb_link *link, const struct hdb_id *id,
		      const struct hdb_fences *fences);

/** hdb_watches_link_died - let go of all fences that are watched for it */
void hdb_watches_link_died(struct hdb_link *link);

/* ---- proxy.c ---- */

/**
 * struct hdb_proxy - a fence that the other domain settles, or time
 * @base: first; freed by way of RCU, and only then the module is let go
 * @link: it came over, or went out for
 * @buffer: that it is about
 * @dmabuf: whose reservation object it is in, with a reference, or NULL;
 * @import: whose it is in otherwise, with a reference
 * @resv: of either
 * @placed: it is in there; under the lock of @resv
 * @unplaced: it is to be, and counted in import->unplaced; under tx_lock
 * @gone: out of there for good; of @resv_work alone
 * @id: name that the other domain gave it; 0: none yet
 * @publish: name of the FENCE that a return is awaited for
 * @by_id: in link->proxies, if it has an id
 * @of_export: in export->returns, if it is a return; which it is if its usage is
 *	that of a reader
 * @of_link: in link->proxy_list; all under tx_lock
 * @settled: out of these, or never in; under tx_lock
 * @limit: the time limit; @resv_work: into the reservation object, and out
 *
 * Each pending work has a reference, and being in the lists is one.
 */
struct hdb_proxy {
	struct dma_fence base;
	spinlock_t lock;		/* of @base */
	struct hdb_link *link;
	struct hdb_id buffer;
	struct dma_buf *dmabuf;
	struct hdb_import *import;
	struct dma_resv *resv;
	enum dma_resv_usage usage;
	bool placed, unplaced, gone;
	u64 id, publish;
	struct hlist_node by_id;
	struct list_head of_export, of_link;
	bool settled;
	struct delayed_work limit;
	struct delayed_work resv_work;
};

/**
 * hdb_proxy_create - a proxy that nobody knows yet
 * @dmabuf: whose reservation object it goes into, or
 * @import: which
 * @gfp: with __GFP_NOFAIL, NULL means that the module is on its way out
 *
 * Return: the proxy, hdb_proxy_drop() it if it is not added; or NULL.
 */
struct hdb_proxy *hdb_proxy_create(struct hdb_link *link, const struct hdb_id *buffer,
				   struct dma_buf *dmabuf, struct hdb_import *import,
				   enum dma_resv_usage usage, gfp_t gfp);

void hdb_proxy_drop(struct hdb_proxy *proxy);

/**
 * hdb_proxy_add - from now on it is settled: in time, or by time
 *
 * Under tx_lock; takes over the caller's reference.
 */
void hdb_proxy_add(struct hdb_proxy *proxy);

/** hdb_proxy_name - the other domain calls it @id from now on; under tx_lock */
void hdb_proxy_name(struct hdb_proxy *proxy, u64 id);

/**
 * hdb_proxy_take - who gets true has to call hdb_proxy_finish()
 *
 * Under tx_lock; false: somebody else does.
 */
bool hdb_proxy_take(struct hdb_proxy *proxy);

/** hdb_proxy_finish - signal it, with @err unless 0; without tx_lock */
void hdb_proxy_finish(struct hdb_proxy *proxy, int err);

/**
 * hdb_proxy_place - put it into the reservation object, at once or soon
 *
 * Does not wait for the reservation lock: who holds it may wait for a signal
 * that is behind us in the ring.
 */
void hdb_proxy_place(struct hdb_proxy *proxy);

/** hdb_proxy_placed - put it there now, reserved and locked by the caller */
void hdb_proxy_placed(struct hdb_proxy *proxy);

/** hdb_proxy_from - the proxy that a fence is, if it came over @link, or NULL */
struct hdb_proxy *hdb_proxy_from(struct dma_fence *fence, struct hdb_link *link);

/** hdb_proxies_settle_export - returns that do not come any more: -ECANCELED */
void hdb_proxies_settle_export(struct hdb_export *export);

/** hdb_proxies_link_died - nothing comes any more: -ENODEV */
void hdb_proxies_link_died(struct hdb_link *link);

#endif /* HDB_FENCE_H */
