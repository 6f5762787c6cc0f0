// SPDX-License-Identifier: GPL-2.0
/*
 * Watches: fences of this domain that another one waits for. The last of them to
 * signal puts the watch on the link's list of what is to be told, and sends it,
 * in whatever context that happens.
 */
#include <linux/slab.h>

#include "fence.h"

struct watch_item {
	struct dma_fence_cb cb;
	struct dma_fence *fence;
	struct hdb_watch *watch;
};

/*
 * struct hdb_watch - some fences, which the other domain knows as one
 * @node: in link->watches, until their signal was sent
 * @left: unsignalled ones, and 1 while it is being made
 * @announced, @signaled: under tx_lock
 * @error: of the first one that failed
 *
 * References: one of @node, one of the tx list, one of @left.
 */
struct hdb_watch {
	struct kref ref;
	struct hdb_link *link;
	struct list_head node;
	struct hdb_tx tx;
	enum hdb_msg_type type;
	struct hdb_id buffer;
	u32 flags;
	u64 id, until;
	bool announced, signaled;
	int error;
	atomic_t left;
	struct work_struct free_work;
	unsigned int count;
	struct watch_item item[];
};

static void watch_free_work(struct work_struct *work)
{
	struct hdb_watch *watch = container_of(work, struct hdb_watch, free_work);

	for (unsigned int i = 0; i < watch->count; i++)
		dma_fence_put(watch->item[i].fence);
	hdb_link_put(watch->link);
	kfree(watch);
}

/* In any context, and under the lock of one of the fences. */
static void watch_release(struct kref *ref)
{
	struct hdb_watch *watch = container_of(ref, struct hdb_watch, ref);

	queue_work(hdb_wq, &watch->free_work);
}

static void watch_put(struct hdb_watch *watch)
{
	kref_put(&watch->ref, watch_release);
}

static bool watch_next(struct hdb_tx *tx, struct hdb_msg *msg)
{
	struct hdb_watch *watch = container_of(tx, struct hdb_watch, tx);

	msg->id = watch->buffer;
	msg->fence = watch->id;
	if (watch->signaled)
		msg->reason = -watch->error;
	if (!watch->announced) {
		msg->type = watch->type;
		msg->flags = watch->flags;
		if (watch->signaled)
			msg->flags |= HDB_FENCE_SIGNALED;
		msg->until = watch->until;
		return true;
	}
	msg->type = HDB_MSG_SIGNALED;
	/* Once it was told of, it is off the list of the link. */
	return watch->signaled && !list_empty(&watch->node);
}

static void watch_sent(struct hdb_tx *tx, const struct hdb_msg *msg)
{
	struct hdb_watch *watch = container_of(tx, struct hdb_watch, tx);

	watch->announced = true;
	if (!watch->signaled)
		return;
	list_del_init(&watch->node);
	watch->link->nr_watches--;
	watch_put(watch);
}

static void watch_tx_put(struct hdb_tx *tx)
{
	watch_put(container_of(tx, struct hdb_watch, tx));
}

static void watch_tell(struct hdb_watch *watch)
{
	lockdep_assert_held(&watch->link->tx_lock);
	kref_get(&watch->ref);
	if (!hdb_tx_queue(watch->link, &watch->tx))
		watch_put(watch);
}

/* One less is left. Return: whether there is something to send. */
static bool watch_done(struct hdb_watch *watch)
{
	struct hdb_link *link = watch->link;
	unsigned long flags;

	if (!atomic_dec_and_test(&watch->left))
		return false;

	spin_lock_irqsave(&link->tx_lock, flags);
	watch->signaled = true;
	if (!list_empty(&watch->node))
		watch_tell(watch);
	spin_unlock_irqrestore(&link->tx_lock, flags);
	return true;
}

static void watch_failed(struct hdb_watch *watch, int error)
{
	/* A driver may say anything. */
	if (error < 0 && error >= -(int)HDB_MAX_ERRNO)
		cmpxchg(&watch->error, 0, error);
}

static void watch_callback(struct dma_fence *fence, struct dma_fence_cb *cb)
{
	struct watch_item *item = container_of(cb, struct watch_item, cb);
	struct hdb_watch *watch = item->watch;

	watch_failed(watch, fence->error);
	if (watch_done(watch)) {
		hdb_tx_flush(watch->link);
		watch_put(watch);
	}
}

static struct hdb_watch *watch_create(struct hdb_link *link,
				      const struct hdb_watch_args *args)
{
	const struct hdb_fences *fences = args->fences;
	struct hdb_watch *watch;

	watch = kzalloc(struct_size(watch, item, fences->count), GFP_KERNEL);
	if (!watch)
		return NULL;

	kref_init(&watch->ref);
	watch->link = link;
	hdb_link_get(link);
	INIT_LIST_HEAD(&watch->node);
	INIT_WORK(&watch->free_work, watch_free_work);
	watch->tx = (struct hdb_tx) {
		.node = LIST_HEAD_INIT(watch->tx.node),
		.next = watch_next,
		.sent = watch_sent,
		.put = watch_tx_put,
	};
	watch->type = args->type;
	watch->buffer = *args->id;
	watch->flags = args->proxy ? HDB_FENCE_RETURN : 0;
	watch->error = fences->error;
	watch->count = fences->count;
	atomic_set(&watch->left, fences->count + 1);

	for (unsigned int i = 0; i < fences->count; i++) {
		struct watch_item *item = &watch->item[i];

		item->watch = watch;
		item->fence = dma_fence_get(fences->fence[i]);
		INIT_LIST_HEAD(&item->cb.node);
		if (dma_fence_add_callback(item->fence, &item->cb, watch_callback)) {
			watch_failed(watch, item->fence->error);
			/* Not the last one: it is still being made. */
			atomic_dec(&watch->left);
		}
	}
	return watch;
}

/* Let go of all fences; no callback runs, or will. */
static void watch_cancel(struct hdb_watch *watch)
{
	for (unsigned int i = 0; i < watch->count; i++) {
		struct watch_item *item = &watch->item[i];

		if (dma_fence_remove_callback(item->fence, &item->cb) &&
		    atomic_dec_and_test(&watch->left))
			watch_put(watch);
	}
}

static int watch_add(struct hdb_watch *watch, const struct hdb_watch_args *args)
{
	struct hdb_link *link = watch->link;

	lockdep_assert_held(&link->tx_lock);
	if (link->state != HDB_LINK_CONNECTED)
		return -ENOTCONN;
	if (args->export && READ_ONCE(args->export->dead))
		return -EINVAL;
	if (link->nr_watches >= HDB_MAX_FENCES)
		return -EDQUOT;
	if (args->proxy && link->nr_returns >= HDB_MAX_FENCES)
		return -EDQUOT;
	if (args->type == HDB_MSG_RETURN) {
		/* Nothing is expected back. */
		if (args->import->published == args->import->returned)
			return -EALREADY;
		args->import->returned = args->import->published;
		watch->until = args->import->published;
	}

	watch->id = ++link->fence_last;
	if (args->export)
		hdb_export_introduce(args->export);
	if (args->proxy) {
		args->proxy->publish = watch->id;
		list_add_tail(&args->proxy->of_export, &args->export->returns);
		hdb_proxy_add(args->proxy);
	}
	kref_get(&watch->ref);
	list_add_tail(&watch->node, &link->watches);
	link->nr_watches++;
	watch_tell(watch);
	return 0;
}

int hdb_watch_send(struct hdb_link *link, const struct hdb_watch_args *args)
{
	struct hdb_watch *watch = watch_create(link, args);
	int err;

	if (!watch)
		return -ENOMEM;

	spin_lock_irq(&link->tx_lock);
	err = watch_add(watch, args);
	spin_unlock_irq(&link->tx_lock);

	if (err)
		watch_cancel(watch);
	if (watch_done(watch))
		watch_put(watch);
	return err == -EALREADY ? 0 : err;
}

static bool watch_has(const struct hdb_watch *watch, const struct dma_fence *fence)
{
	for (unsigned int i = 0; i < watch->count; i++)
		if (watch->item[i].fence == fence)
			return true;
	return false;
}

bool hdb_watch_covers(struct hdb_link *link, const struct hdb_id *id,
		      const struct hdb_fences *fences)
{
	struct hdb_watch *watch;
	unsigned int covered = 0;

	spin_lock_irq(&link->tx_lock);
	for (unsigned int i = 0; i < fences->count; i++)
		list_for_each_entry(watch, &link->watches, node)
			if (watch->type == HDB_MSG_FENCE && !watch->signaled &&
			    hdb_id_equal(&watch->buffer, id) &&
			    watch_has(watch, fences->fence[i])) {
				covered++;
				break;
			}
	spin_unlock_irq(&link->tx_lock);
	return covered == fences->count;
}

void hdb_watches_link_died(struct hdb_link *link)
{
	struct hdb_watch *watch;

	for (;;) {
		spin_lock_irq(&link->tx_lock);
		watch = list_first_entry_or_null(&link->watches, struct hdb_watch, node);
		if (watch) {
			list_del_init(&watch->node);
			link->nr_watches--;
		}
		spin_unlock_irq(&link->tx_lock);
		if (!watch)
			return;
		watch_cancel(watch);
		watch_put(watch);
	}
}
