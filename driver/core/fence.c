// SPDX-License-Identifier: GPL-2.0
/*
 * Fences: which ones a buffer has, what user space sends of them, and what the
 * other domain says of its own.
 *
 * Linux tells nobody that a reservation object got a new fence, so sending is a
 * call. What came over a link is never sent back over it.
 */
#include <linux/dma-fence-unwrap.h>
#include <linux/slab.h>
#include <linux/sync_file.h>

#include "fence.h"

/* ---- which there are ---- */

/* Takes over a reference; keeps what is worth sending. */
static void fences_keep(struct hdb_fences *fences, struct dma_fence *fence,
			struct hdb_link *link)
{
	if (!hdb_proxy_from(fence, link) && !dma_fence_is_signaled(fence)) {
		fences->fence[fences->count++] = fence;
		return;
	}
	if (!hdb_proxy_from(fence, link) && fence->error < 0 && !fences->error)
		fences->error = fence->error;
	dma_fence_put(fence);
}

int hdb_fences_of_resv(struct dma_resv *resv, enum dma_resv_usage usage,
		       struct hdb_link *link, struct hdb_fences *fences)
{
	unsigned int found;
	int err;

	*fences = (struct hdb_fences) {};
	err = dma_resv_get_fences(resv, usage, &found, &fences->fence);
	if (err)
		return err;
	for (unsigned int i = 0; i < found; i++)
		fences_keep(fences, fences->fence[i], link);
	return 0;
}

int hdb_fences_of_fd(int fd, struct hdb_link *link, struct hdb_fences *fences)
{
	struct dma_fence *whole, *part;
	struct dma_fence_unwrap iter;
	unsigned int found = 0;

	*fences = (struct hdb_fences) {};
	whole = sync_file_get_fence(fd);
	if (!whole)
		return -EINVAL;

	dma_fence_unwrap_for_each(part, &iter, whole)
		found++;
	fences->fence = kcalloc(max(found, 1u), sizeof(*fences->fence), GFP_KERNEL);
	if (fences->fence)
		dma_fence_unwrap_for_each(part, &iter, whole) {
			/* Chains only get shorter while they are looked at. */
			if (found-- == 0)
				break;
			fences_keep(fences, dma_fence_get(part), link);
		}
	dma_fence_put(whole);
	return fences->fence ? 0 : -ENOMEM;
}

void hdb_fences_put(struct hdb_fences *fences)
{
	for (unsigned int i = 0; i < fences->count; i++)
		dma_fence_put(fences->fence[i]);
	kfree(fences->fence);
}

/* ---- what user space sends ---- */

static int fences_of(int fd, struct dma_resv *resv, enum dma_resv_usage usage,
		     struct hdb_link *link, struct hdb_fences *fences)
{
	if (fd >= 0)
		return hdb_fences_of_fd(fd, link, fences);
	return hdb_fences_of_resv(resv, usage, link, fences);
}

static int export_send(struct hdb_export *export, const struct hdb_fences *fences)
{
	const struct hdb_watch_args args = {
		.type = HDB_MSG_FENCE,
		.id = &export->id,
		.fences = fences,
		.export = export,
	};

	if (!fences->count && !fences->error)
		return 0;
	return hdb_watch_send(export->link, &args);
}

/* The proxy is in its place before the other domain can know of it. */
static int export_send_expect(struct hdb_export *export, struct dma_buf *dmabuf,
			      const struct hdb_fences *fences)
{
	struct dma_resv *resv = dmabuf->resv;
	struct hdb_watch_args args = {
		.type = HDB_MSG_FENCE,
		.id = &export->id,
		.fences = fences,
		.export = export,
	};
	int err;

	args.proxy = hdb_proxy_create(export->link, &export->id, dmabuf, NULL,
				      DMA_RESV_USAGE_READ, GFP_KERNEL);
	if (!args.proxy)
		return -ENOMEM;

	err = dma_resv_lock_interruptible(resv, NULL);
	if (err)
		goto err_drop;
	err = dma_resv_reserve_fences(resv, 1);
	if (!err)
		err = hdb_watch_send(export->link, &args);
	if (err) {
		dma_resv_unlock(resv);
		goto err_drop;
	}
	hdb_proxy_placed(args.proxy);
	dma_resv_unlock(resv);
	return 0;

err_drop:
	hdb_proxy_drop(args.proxy);
	return err;
}

int hdb_export_fence_send(struct hdb_export *export, int fd, bool expect, u32 *pending)
{
	struct dma_buf *dmabuf = hdb_export_dmabuf(export);
	struct hdb_fences fences;
	int err;

	if (!dmabuf)
		return -EINVAL;
	err = fences_of(fd, dmabuf->resv, DMA_RESV_USAGE_WRITE, export->link, &fences);
	if (err)
		goto out_dmabuf;
	*pending = fences.count;
	if (expect)
		err = export_send_expect(export, dmabuf, &fences);
	else
		err = export_send(export, &fences);
	hdb_fences_put(&fences);
	hdb_tx_flush(export->link);
out_dmabuf:
	dma_buf_put(dmabuf);
	return err;
}

int hdb_export_publish(struct hdb_export *export, const struct hdb_fences *fences)
{
	/* A FENCE_SEND just before has said it already. */
	if (!fences->count || hdb_watch_covers(export->link, &export->id, fences))
		return 0;
	return export_send(export, fences);
}

static int import_send(struct hdb_import *import, enum hdb_msg_type type,
		       const struct hdb_fences *fences)
{
	const struct hdb_watch_args args = {
		.type = type,
		.id = &import->id,
		.fences = fences,
		.import = type == HDB_MSG_RETURN ? import : NULL,
	};

	return hdb_watch_send(import->link, &args);
}

/* What was written here, over a buffer that may be: nothing to do with reads. */
static int import_send_writes(struct hdb_import *import, int fd)
{
	struct hdb_fences writes;
	int err;

	err = fences_of(fd, &import->resv, DMA_RESV_USAGE_WRITE, import->link, &writes);
	if (err)
		return err;
	if (writes.count)
		err = import_send(import, HDB_MSG_FENCE, &writes);
	hdb_fences_put(&writes);
	return err;
}

int hdb_import_fence_send(struct hdb_import *import, int fd, bool write, u32 *pending)
{
	bool writable = import->flags & HDB_BUF_WRITABLE;
	struct hdb_fences fences;
	int err;

	if (READ_ONCE(import->dead) || (write && !writable))
		return -EINVAL;

	err = fences_of(fd, &import->resv, DMA_RESV_USAGE_READ, import->link, &fences);
	if (err)
		return err;
	*pending = fences.count;
	if (writable && (write || fd < 0))
		err = import_send_writes(import, fd);
	if (!err)
		err = import_send(import, HDB_MSG_RETURN, &fences);
	hdb_fences_put(&fences);
	hdb_tx_flush(import->link);
	return err;
}

/* ---- what the other domain says ---- */

static void proxy_begin(struct hdb_proxy *proxy, u64 id)
{
	struct hdb_link *link = proxy->link;

	hdb_proxy_place(proxy);
	spin_lock_irq(&link->tx_lock);
	hdb_proxy_add(proxy);
	hdb_proxy_name(proxy, id);
	spin_unlock_irq(&link->tx_lock);
}

/* A fence that cannot be told of would be a frame seen early, hence no failure. */
static int import_fence(struct hdb_import *import, const struct hdb_msg *msg)
{
	struct hdb_link *link = import->link;
	struct hdb_proxy *proxy;

	if (!(msg->flags & HDB_FENCE_SIGNALED)) {
		if (READ_ONCE(link->nr_proxies) >= HDB_MAX_FENCES)
			return -EDQUOT;
		proxy = hdb_proxy_create(link, &import->id, NULL, import,
					 DMA_RESV_USAGE_WRITE, GFP_KERNEL | __GFP_NOFAIL);
		if (!proxy)
			return -ENODEV;
		proxy_begin(proxy, msg->fence);
	}
	if (msg->flags & HDB_FENCE_RETURN) {
		spin_lock_irq(&link->tx_lock);
		import->published = msg->fence;
		spin_unlock_irq(&link->tx_lock);
	}
	return 0;
}

static int export_fence(struct hdb_export *export, const struct hdb_msg *msg)
{
	struct hdb_link *link = export->link;
	struct dma_buf *dmabuf;
	struct hdb_proxy *proxy;

	if (!(export->flags & HDB_BUF_WRITABLE) || msg->flags & HDB_FENCE_RETURN)
		return -EPROTO;
	if (msg->flags & HDB_FENCE_SIGNALED)
		return 0;
	if (READ_ONCE(link->nr_proxies) >= HDB_MAX_FENCES)
		return -EDQUOT;
	dmabuf = hdb_export_dmabuf(export);
	if (!dmabuf)
		return 0;
	proxy = hdb_proxy_create(link, &export->id, dmabuf, NULL,
				 DMA_RESV_USAGE_WRITE, GFP_KERNEL | __GFP_NOFAIL);
	dma_buf_put(dmabuf);
	if (!proxy)
		return -ENODEV;
	proxy_begin(proxy, msg->fence);
	return 0;
}

/* The returns that wait for it, by turns; those of one that failed fail too. */
static int export_return(struct hdb_export *export, const struct hdb_msg *msg)
{
	struct hdb_link *link = export->link;
	struct hdb_proxy *proxy, *next;
	LIST_HEAD(done);

	spin_lock_irq(&link->tx_lock);
	list_for_each_entry_safe(proxy, next, &export->returns, of_export) {
		if (proxy->id || proxy->publish > msg->until)
			continue;
		if (!(msg->flags & HDB_FENCE_SIGNALED)) {
			hdb_proxy_name(proxy, msg->fence);
		} else {
			hdb_proxy_take(proxy);
			list_add_tail(&proxy->of_export, &done);
		}
	}
	spin_unlock_irq(&link->tx_lock);

	list_for_each_entry_safe(proxy, next, &done, of_export) {
		list_del_init(&proxy->of_export);
		hdb_proxy_finish(proxy, -(int)msg->reason);
	}
	return 0;
}

int hdb_fence_message(struct hdb_link *link, const struct hdb_msg *msg)
{
	struct hdb_import *import = NULL;
	struct hdb_export *export = NULL;
	int err = 0;

	if (msg->fence <= link->fence_seen)
		return -EPROTO;
	WRITE_ONCE(link->fence_seen, msg->fence);

	if (msg->type == HDB_MSG_FENCE)
		import = hdb_import_in_link(link, &msg->id);
	if (!import)
		export = hdb_export_in_link(link, &msg->id);

	if (import) {
		err = import_fence(import, msg);
		hdb_import_put(import);
	} else if (export) {
		err = msg->type == HDB_MSG_FENCE ? export_fence(export, msg) :
						   export_return(export, msg);
		hdb_export_put(export);
	} else {
		/* Refused, or let go, while it was on its way. */
		link->late++;
	}
	return err;
}

int hdb_fence_signaled(struct hdb_link *link, const struct hdb_msg *msg)
{
	struct hdb_proxy *proxy;
	unsigned long flags;
	bool found = false;

	if (msg->fence > READ_ONCE(link->fence_seen))
		return -EPROTO;

	/* More than one return may have this name. */
	for (;;) {
		struct hdb_proxy *match = NULL;

		spin_lock_irqsave(&link->tx_lock, flags);
		hash_for_each_possible(link->proxies, proxy, by_id, msg->fence)
			if (proxy->id == msg->fence) {
				match = proxy;
				break;
			}
		if (match && !hdb_id_equal(&match->buffer, &msg->id)) {
			spin_unlock_irqrestore(&link->tx_lock, flags);
			return -EPROTO;
		}
		if (match)
			hdb_proxy_take(match);
		spin_unlock_irqrestore(&link->tx_lock, flags);

		if (!match)
			break;
		found = true;
		hdb_proxy_finish(match, -(int)msg->reason);
	}
	/* It was not waited for any more. */
	if (!found)
		link->late++;
	return 0;
}

void hdb_fences_link_died(struct hdb_link *link)
{
	hdb_watches_link_died(link);
	hdb_proxies_link_died(link);
}
