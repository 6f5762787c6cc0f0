// SPDX-License-Identifier: GPL-2.0
/*
 * Proxies: fences of this kernel that stand for what happens in another domain.
 * Whatever that domain does, each of them signals: with it, after the time
 * limit, or when the link dies. Whoever comes first takes the proxy out of the
 * link's lists and finishes it; all others find it taken.
 *
 * Others may hold a proxy long after it has signalled, and call its operations;
 * it holds the module until it is freed. The reservation object that we put it
 * into does not: it gets a stub in its place.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "fence.h"
#include "trace.h"

static unsigned int fence_timeout_ms = 2000;
module_param(fence_timeout_ms, uint, 0644);
MODULE_PARM_DESC(fence_timeout_ms,
		 "How long a fence of another domain may take to signal (2000)");

/* Before the lock of a reservation object is tried again. */
#define RESV_RETRY_MS 5

static atomic_t proxies_alive;

u32 hdb_proxies_alive(void)
{
	return atomic_read(&proxies_alive);
}

static struct hdb_proxy *to_proxy(struct dma_fence *fence)
{
	return container_of(fence, struct hdb_proxy, base);
}

static const char *proxy_driver_name(struct dma_fence *fence)
{
	return "hyper_dmabuf";
}

static const char *proxy_timeline_name(struct dma_fence *fence)
{
	return to_proxy(fence)->usage == DMA_RESV_USAGE_WRITE ? "peer-write" : "peer-read";
}

static void proxy_free(struct rcu_head *rcu)
{
	struct hdb_proxy *proxy = container_of(rcu, struct hdb_proxy, base.rcu);

	hdb_link_put(proxy->link);
	kfree(proxy);
	atomic_dec(&proxies_alive);
	/* Unloading waits for this callback to return. */
	module_put(THIS_MODULE);
}

static void proxy_release(struct dma_fence *fence)
{
	call_rcu(&fence->rcu, proxy_free);
}

static const struct dma_fence_ops proxy_ops = {
	.get_driver_name = proxy_driver_name,
	.get_timeline_name = proxy_timeline_name,
	.release = proxy_release,
};

struct hdb_proxy *hdb_proxy_from(struct dma_fence *fence, struct hdb_link *link)
{
	if (fence->ops != &proxy_ops || to_proxy(fence)->link != link)
		return NULL;
	return to_proxy(fence);
}

/* ---- the reservation object ---- */

static void resv_work_queue(struct hdb_proxy *proxy, unsigned int ms)
{
	dma_fence_get(&proxy->base);
	if (mod_delayed_work(hdb_wq, &proxy->resv_work, msecs_to_jiffies(ms)))
		dma_fence_put(&proxy->base);
}

void hdb_proxy_placed(struct hdb_proxy *proxy)
{
	dma_resv_add_fence(proxy->resv, &proxy->base, proxy->usage);
	proxy->placed = true;
}

/* False: not now. */
static bool resv_try_add(struct hdb_proxy *proxy)
{
	bool added;

	if (!dma_resv_trylock(proxy->resv))
		return false;
	added = !dma_resv_reserve_fences(proxy->resv, 1);
	if (added)
		hdb_proxy_placed(proxy);
	dma_resv_unlock(proxy->resv);
	return added;
}

static bool resv_try_remove(struct hdb_proxy *proxy)
{
	struct dma_fence *stub;

	if (!dma_resv_trylock(proxy->resv))
		return false;
	if (proxy->placed) {
		stub = dma_fence_get_stub();
		dma_resv_replace_fences(proxy->resv, proxy->base.context, stub,
					proxy->usage);
		dma_fence_put(stub);
	}
	dma_resv_unlock(proxy->resv);
	return true;
}

static void proxy_let_go(struct hdb_proxy *proxy)
{
	if (proxy->dmabuf)
		dma_buf_put(proxy->dmabuf);
	if (proxy->import)
		hdb_import_put(proxy->import);
	proxy->dmabuf = NULL;
	proxy->import = NULL;
	proxy->resv = NULL;
}

/* In its place, or not needed there any more. */
static void proxy_arrived(struct hdb_proxy *proxy)
{
	struct hdb_import *import = proxy->import;
	bool all = false;

	if (!import)
		return;
	spin_lock_irq(&proxy->link->tx_lock);
	if (proxy->unplaced)
		all = !--import->unplaced;
	proxy->unplaced = false;
	spin_unlock_irq(&proxy->link->tx_lock);
	if (all)
		hdb_import_announce_due(import);
}

static void proxy_resv_work(struct work_struct *work)
{
	struct hdb_proxy *proxy = container_of(to_delayed_work(work),
					       struct hdb_proxy, resv_work);
	bool over = dma_fence_is_signaled(&proxy->base);
	bool done;

	if (proxy->gone)
		goto out;

	done = over ? resv_try_remove(proxy) :
	       READ_ONCE(proxy->placed) || resv_try_add(proxy);
	if (!done) {
		resv_work_queue(proxy, RESV_RETRY_MS);
		goto out;
	}

	proxy_arrived(proxy);
	if (over) {
		proxy->gone = true;
		proxy_let_go(proxy);
	}
out:
	dma_fence_put(&proxy->base);
}

void hdb_proxy_place(struct hdb_proxy *proxy)
{
	if (resv_try_add(proxy))
		return;

	if (proxy->import) {
		spin_lock_irq(&proxy->link->tx_lock);
		proxy->unplaced = true;
		proxy->import->unplaced++;
		spin_unlock_irq(&proxy->link->tx_lock);
	}
	resv_work_queue(proxy, RESV_RETRY_MS);
}

/* ---- the end ---- */

bool hdb_proxy_take(struct hdb_proxy *proxy)
{
	lockdep_assert_held(&proxy->link->tx_lock);

	if (proxy->settled)
		return false;
	proxy->settled = true;
	if (proxy->id)
		hash_del(&proxy->by_id);
	list_del_init(&proxy->of_export);
	list_del_init(&proxy->of_link);
	if (proxy->usage == DMA_RESV_USAGE_READ)
		proxy->link->nr_returns--;
	else
		proxy->link->nr_proxies--;
	return true;
}

void hdb_proxy_finish(struct hdb_proxy *proxy, int err)
{
	unsigned long flags;

	trace_hdb_fence(proxy, true, err);
	spin_lock_irqsave(&proxy->lock, flags);
	if (err)
		dma_fence_set_error(&proxy->base, err);
	dma_fence_signal_locked(&proxy->base);
	spin_unlock_irqrestore(&proxy->lock, flags);

	if (cancel_delayed_work(&proxy->limit))
		dma_fence_put(&proxy->base);
	resv_work_queue(proxy, 0);
	dma_fence_put(&proxy->base);
}

static void proxy_limit_work(struct work_struct *work)
{
	struct hdb_proxy *proxy = container_of(to_delayed_work(work),
					       struct hdb_proxy, limit);
	struct hdb_link *link = proxy->link;
	bool taken;

	spin_lock_irq(&link->tx_lock);
	taken = hdb_proxy_take(proxy);
	spin_unlock_irq(&link->tx_lock);

	if (taken) {
		pr_warn_ratelimited("hyper_dmabuf: domain %u: a fence of buffer %08x did not signal in time\n",
				    link->peer, proxy->buffer.word[0]);
		hdb_proxy_finish(proxy, -ETIMEDOUT);
	}
	dma_fence_put(&proxy->base);
}

void hdb_proxies_settle_export(struct hdb_export *export)
{
	struct hdb_link *link = export->link;
	struct hdb_proxy *proxy;

	for (;;) {
		spin_lock_irq(&link->tx_lock);
		proxy = list_first_entry_or_null(&export->returns, struct hdb_proxy,
						 of_export);
		if (proxy)
			hdb_proxy_take(proxy);
		spin_unlock_irq(&link->tx_lock);
		if (!proxy)
			return;
		hdb_proxy_finish(proxy, -ECANCELED);
	}
}

void hdb_proxies_link_died(struct hdb_link *link)
{
	struct hdb_proxy *proxy;

	for (;;) {
		spin_lock_irq(&link->tx_lock);
		proxy = list_first_entry_or_null(&link->proxy_list, struct hdb_proxy,
						 of_link);
		if (proxy)
			hdb_proxy_take(proxy);
		spin_unlock_irq(&link->tx_lock);
		if (!proxy)
			return;
		hdb_proxy_finish(proxy, -ENODEV);
	}
}

/* ---- the beginning ---- */

struct hdb_proxy *hdb_proxy_create(struct hdb_link *link, const struct hdb_id *buffer,
				   struct dma_buf *dmabuf, struct hdb_import *import,
				   enum dma_resv_usage usage, gfp_t gfp)
{
	struct hdb_proxy *proxy;

	/* Fails only while the module is being unloaded. */
	if (!try_module_get(THIS_MODULE))
		return NULL;
	proxy = kzalloc(sizeof(*proxy), gfp);
	if (!proxy) {
		module_put(THIS_MODULE);
		return NULL;
	}

	atomic_inc(&proxies_alive);
	spin_lock_init(&proxy->lock);
	dma_fence_init(&proxy->base, &proxy_ops, &proxy->lock,
		       dma_fence_context_alloc(1), 1);
	hdb_link_get(link);
	proxy->link = link;
	proxy->buffer = *buffer;
	if (dmabuf) {
		get_dma_buf(dmabuf);
		proxy->dmabuf = dmabuf;
		proxy->resv = dmabuf->resv;
	} else {
		kref_get(&import->ref);
		proxy->import = import;
		proxy->resv = &import->resv;
	}
	proxy->usage = usage;
	INIT_LIST_HEAD(&proxy->of_export);
	INIT_LIST_HEAD(&proxy->of_link);
	INIT_DELAYED_WORK(&proxy->limit, proxy_limit_work);
	INIT_DELAYED_WORK(&proxy->resv_work, proxy_resv_work);
	return proxy;
}

void hdb_proxy_drop(struct hdb_proxy *proxy)
{
	proxy_let_go(proxy);
	dma_fence_put(&proxy->base);
}

void hdb_proxy_add(struct hdb_proxy *proxy)
{
	struct hdb_link *link = proxy->link;
	unsigned int limit = max(READ_ONCE(fence_timeout_ms), 1u);

	lockdep_assert_held(&link->tx_lock);
	trace_hdb_fence(proxy, false, 0);
	list_add_tail(&proxy->of_link, &link->proxy_list);
	if (proxy->usage == DMA_RESV_USAGE_READ)
		link->nr_returns++;
	else
		link->nr_proxies++;
	dma_fence_get(&proxy->base);
	queue_delayed_work(hdb_wq, &proxy->limit, msecs_to_jiffies(limit));
}

void hdb_proxy_name(struct hdb_proxy *proxy, u64 id)
{
	lockdep_assert_held(&proxy->link->tx_lock);
	proxy->id = id;
	hash_add(proxy->link->proxies, &proxy->by_id, id);
}
