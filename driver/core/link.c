// SPDX-License-Identifier: GPL-2.0
/*
 * Links: which there are, and how one comes, goes and is found. A link object
 * stands for one connection; a backend whose other end comes back makes a new
 * one. The old one stays, dead, until the last buffer that came or went over it
 * is gone.
 */
#include <linux/moduleparam.h>
#include <linux/slab.h>

#include "core.h"
#include "kcov.h"
#include "trace.h"

static unsigned int connect_timeout_ms = 5000;
module_param(connect_timeout_ms, uint, 0644);
MODULE_PARM_DESC(connect_timeout_ms,
		 "How long TX_CH_SETUP and RX_CH_SETUP wait for the other end (5000)");

/* Of the list, which links are on until their memory is freed. */
DEFINE_MUTEX(hdb_links_lock);
LIST_HEAD(hdb_links);
static DECLARE_WAIT_QUEUE_HEAD(link_changed);

static void link_free_work(struct work_struct *work)
{
	struct hdb_link *link = container_of(work, struct hdb_link, free_work);

	mutex_lock(&hdb_links_lock);
	list_del(&link->node);
	mutex_unlock(&hdb_links_lock);

	mutex_destroy(&link->exports_lock);
	mutex_destroy(&link->imports_lock);
	kfree(link);
}

/* May be called in any context, hence the work. */
static void link_release(struct kref *ref)
{
	struct hdb_link *link = container_of(ref, struct hdb_link, ref);

	queue_work(hdb_wq, &link->free_work);
}

void hdb_link_get(struct hdb_link *link)
{
	kref_get(&link->ref);
}

void hdb_link_put(struct hdb_link *link)
{
	kref_put(&link->ref, link_release);
}

void hdb_link_kick(struct hdb_link *link)
{
	queue_delayed_work(hdb_wq, &link->rx_work, 0);
}

static void link_bad_message(struct hdb_link *link, const u8 *slot, int err)
{
	link->bad_messages++;
	pr_warn_ratelimited("hyper_dmabuf: domain %u: bad message, type %u, error %d\n",
			    link->peer, slot[0] | slot[1] << 8, err);
}

static void link_take(struct hdb_link *link, const u8 *slot,
		      int (*act)(struct hdb_link *link, const struct hdb_msg *msg))
{
	struct hdb_msg msg = {};
	int err = hdb_msg_decode(slot, &msg);

	if (!err)
		err = act(link, &msg);
	trace_hdb_message(link, &msg, false, err);
	if (err)
		link_bad_message(link, slot, err);
}

/* A signal, which any context can take; under rx_lock. False: it is none. */
static bool link_take_signal(struct hdb_link *link, const u8 *slot)
{
	if ((slot[0] | slot[1] << 8) != HDB_MSG_SIGNALED)
		return false;
	link_take(link, slot, hdb_fence_signaled);
	return true;
}

/* What only process context can do. */
static int link_act(struct hdb_link *link, const struct hdb_msg *msg)
{
	switch (msg->type) {
	case HDB_MSG_EXPORT:
	case HDB_MSG_UNEXPORT:
		return hdb_import_message(link, msg);
	case HDB_MSG_FENCE:
	case HDB_MSG_RETURN:
		return hdb_fence_message(link, msg);
	default:
		return hdb_export_message(link, msg);
	}
}

/*
 * The next message that is not a signal; those before it are dealt with. Return:
 * 1; 0: there is none; -EPROTO.
 */
static int link_receive(struct hdb_link *link, u8 *slot, unsigned int *budget)
{
	int got = 0;

	lockdep_assert_held(&link->rx_lock);
	if (link->rx_held) {
		memcpy(slot, link->rx_slot, HDB_SLOT_SIZE);
		link->rx_held = false;
		return 1;
	}
	while (*budget) {
		got = link->ops->receive(link, slot);
		if (got <= 0)
			break;
		(*budget)--;
		link->received++;
		hdb_quota_message(link);
		if (!link_take_signal(link, slot))
			break;
		got = 0;
	}
	return got;
}

/* For those that catch up. Most of the time there is none. */
static void link_wake(void)
{
	if (wq_has_sleeper(&link_changed))
		wake_up_all(&link_changed);
}

static void link_rx(struct hdb_link *link)
{
	unsigned int budget = HDB_SLOTS;
	u8 slot[HDB_SLOT_SIZE];
	unsigned long pause = 0;
	bool spurious;
	int got = 0;

	/* Only this work, and what waits for it, makes a connected link dead. */
	if (READ_ONCE(link->state) != HDB_LINK_CONNECTED)
		return;

	/* One that the handler left comes beside the budget. */
	spurious = !READ_ONCE(link->rx_held);
	while (budget) {
		spin_lock_irq(&link->rx_lock);
		pause = hdb_quota_pause(link);
		got = pause ? 0 : link_receive(link, slot, &budget);
		link->rx_busy = got > 0;
		spin_unlock_irq(&link->rx_lock);
		if (got <= 0)
			break;

		link_take(link, slot, link_act);
		spin_lock_irq(&link->rx_lock);
		link->rx_busy = false;
		spin_unlock_irq(&link->rx_lock);
	}
	link_wake();

	/* The event channel stays masked, and the ring fills: that stops whom it is to stop. */
	if (pause) {
		hdb_quota_paused(link);
		hdb_tx_flush(link);
		queue_delayed_work(hdb_wq, &link->rx_work, pause);
		return;
	}

	if (hdb_tx_flush(link) || budget != HDB_SLOTS)
		spurious = false;

	if (got < 0 || READ_ONCE(link->corrupt)) {
		pr_err("hyper_dmabuf: domain %u: corrupt ring, closing the link\n",
		       link->peer);
		spin_lock_irq(&link->tx_lock);
		link->state = HDB_LINK_DEAD;
		spin_unlock_irq(&link->tx_lock);
		hdb_tx_purge(link);
		hdb_fences_link_died(link);
		hdb_export_link_died(link);
		hdb_import_link_died(link);
		wake_up_all(&link_changed);
		hdb_file_uevent(link, "gone");
		link->ops->fail(link);
		return;
	}

	spin_lock_irq(&link->rx_lock);
	link->ops->received(link, spurious);
	spin_unlock_irq(&link->rx_lock);
	if (!budget)
		hdb_link_kick(link);
}

static void link_rx_work(struct work_struct *work)
{
	hdb_kcov_start();
	link_rx(container_of(to_delayed_work(work), struct hdb_link, rx_work));
	hdb_kcov_stop();
}

static struct hdb_link *link_alloc(const struct hdb_backend_ops *ops, void *priv,
				   u32 own, u32 peer)
{
	struct hdb_link *link = kzalloc(sizeof(*link), GFP_KERNEL);

	if (!link)
		return ERR_PTR(-ENOMEM);

	kref_init(&link->ref);
	link->ops = ops;
	link->priv = priv;
	link->own = own;
	link->peer = peer;
	link->exporting = true;
	INIT_DELAYED_WORK(&link->rx_work, link_rx_work);
	INIT_WORK(&link->free_work, link_free_work);
	mutex_init(&link->exports_lock);
	hash_init(link->exports);
	hash_init(link->shared);
	INIT_LIST_HEAD(&link->farewells);
	mutex_init(&link->imports_lock);
	hash_init(link->imports);
	spin_lock_init(&link->tx_lock);
	INIT_LIST_HEAD(&link->tx_list);
	spin_lock_init(&link->rx_lock);
	INIT_LIST_HEAD(&link->watches);
	INIT_LIST_HEAD(&link->proxy_list);
	hash_init(link->proxies);
	return link;
}

static void link_add(struct hdb_link *link)
{
	mutex_lock(&hdb_links_lock);
	list_add_tail(&link->node, &hdb_links);
	mutex_unlock(&hdb_links_lock);
	wake_up_all(&link_changed);
}

struct hdb_link *hdb_link_create(const struct hdb_backend_ops *ops, void *priv,
				 u32 own, u32 peer, const char *name)
{
	struct hdb_link *link = link_alloc(ops, priv, own, peer);

	if (IS_ERR(link))
		return link;
	strscpy(link->name, name, sizeof(link->name));
	link_add(link);
	return link;
}

struct hdb_link *hdb_link_create_loopback(const struct hdb_backend_ops *ops,
					  void *priv, u32 own, bool exporting)
{
	struct hdb_link *link = link_alloc(ops, priv, own, own);

	if (IS_ERR(link))
		return link;
	link->loopback = true;
	link->exporting = exporting;
	link_add(link);
	return link;
}

void hdb_link_connect(struct hdb_link *link)
{
	spin_lock_irq(&link->tx_lock);
	link->state = HDB_LINK_CONNECTED;
	spin_unlock_irq(&link->tx_lock);

	if (!link->loopback)
		pr_info("hyper_dmabuf: linked with domain %u %s\n", link->peer,
			link->name);
	wake_up_all(&link_changed);
	hdb_file_uevent(link, "connected");
	/* Whatever came in before this end was ready. */
	hdb_link_kick(link);
}

bool hdb_link_interrupt(struct hdb_link *link)
{
	unsigned int budget = HDB_SLOTS;
	bool more = true;
	unsigned long flags;
	int got;

	if (READ_ONCE(link->state) != HDB_LINK_CONNECTED)
		return false;

	/*
	 * Signals up to the first message that is none are dealt with here, unless
	 * the work has one in hand: what is behind that has to wait for it. So has
	 * a peer that sends too much.
	 */
	spin_lock_irqsave(&link->rx_lock, flags);
	if (!link->rx_busy && !link->rx_held && !hdb_quota_pause(link)) {
		got = link_receive(link, link->rx_slot, &budget);
		link->rx_held = got > 0;
		if (got < 0)
			link->corrupt = true;
		more = got || !budget || !list_empty(&link->tx_list);
		if (!more)
			link->ops->received(link, budget == HDB_SLOTS);
	}
	spin_unlock_irqrestore(&link->rx_lock, flags);

	link_wake();
	if (more)
		hdb_link_kick(link);
	return true;
}

void hdb_link_destroy(struct hdb_link *link)
{
	bool was_connected;

	spin_lock_irq(&link->tx_lock);
	was_connected = link->state == HDB_LINK_CONNECTED;
	link->state = HDB_LINK_DEAD;
	spin_unlock_irq(&link->tx_lock);

	link->ops->quiesce(link);
	cancel_delayed_work_sync(&link->rx_work);
	hdb_tx_purge(link);
	hdb_fences_link_died(link);
	hdb_export_link_died(link);
	hdb_import_link_died(link);
	link->priv = NULL;

	if (was_connected && !link->loopback)
		pr_info("hyper_dmabuf: link with domain %u %s is gone\n",
			link->peer, link->name);
	wake_up_all(&link_changed);
	if (was_connected)
		hdb_file_uevent(link, "gone");
	hdb_link_put(link);
}

void *hdb_link_priv(struct hdb_link *link)
{
	return link->priv;
}

u32 hdb_link_peer(struct hdb_link *link)
{
	return link->peer;
}

void hdb_link_count(struct hdb_link *link, enum hdb_count what, u32 n)
{
	atomic64_add(n, &link->counts[what]);
}

struct hdb_link *hdb_link_find(u32 peer)
{
	struct hdb_link *link, *found = NULL;

	mutex_lock(&hdb_links_lock);
	list_for_each_entry(link, &hdb_links, node) {
		enum hdb_link_state state = READ_ONCE(link->state);

		if (link->peer != peer || !link->exporting || state == HDB_LINK_DEAD)
			continue;
		if (!found || state == HDB_LINK_CONNECTED)
			found = link;
		if (state == HDB_LINK_CONNECTED)
			break;
	}
	/* Unless it died just now the backend holds its reference. */
	if (found && !kref_get_unless_zero(&found->ref))
		found = NULL;
	mutex_unlock(&hdb_links_lock);
	return found;
}

int hdb_link_wait(u32 peer)
{
	long left = msecs_to_jiffies(READ_ONCE(connect_timeout_ms));

	for (;;) {
		struct hdb_link *link = hdb_link_find(peer);
		enum hdb_link_state state;

		if (!link)
			return -ENODEV;

		left = wait_event_interruptible_timeout(link_changed,
							READ_ONCE(link->state) != HDB_LINK_WAITING,
							left);
		state = READ_ONCE(link->state);
		hdb_link_put(link);

		if (state == HDB_LINK_CONNECTED)
			return 0;
		if (left < 0)
			return -EINTR;
		if (!left)
			return -ETIMEDOUT;
		/* It died: perhaps there is another one by now. */
	}
}

#define CATCH_UP_MS 5000

static bool link_caught_up(struct hdb_link *link, u64 until)
{
	bool done;

	spin_lock_irq(&link->rx_lock);
	/* All that was received is dealt with, but for one that is held or in hand. */
	done = link->received - (link->rx_held || link->rx_busy) >= until;
	spin_unlock_irq(&link->rx_lock);
	return done || READ_ONCE(link->state) != HDB_LINK_CONNECTED;
}

int hdb_link_catch_up(struct hdb_link *link)
{
	long left = msecs_to_jiffies(CATCH_UP_MS);
	u64 until;

	spin_lock_irq(&link->rx_lock);
	until = link->received;
	/* As long as it is connected its ring is there. */
	spin_lock(&link->tx_lock);
	if (link->state == HDB_LINK_CONNECTED)
		until += link->ops->waiting(link);
	spin_unlock(&link->tx_lock);
	spin_unlock_irq(&link->rx_lock);

	if (!link_caught_up(link, until)) {
		hdb_link_kick(link);
		left = wait_event_interruptible_timeout(link_changed,
							link_caught_up(link, until), left);
	}
	if (left < 0)
		return -EINTR;
	if (!left)
		return -ETIMEDOUT;
	return READ_ONCE(link->state) == HDB_LINK_CONNECTED ? 0 : -EINVAL;
}

u32 hdb_links_list(struct hyper_dmabuf_link *to, u32 room)
{
	struct hdb_link *link;
	u32 count = 0;

	mutex_lock(&hdb_links_lock);
	list_for_each_entry(link, &hdb_links, node) {
		enum hdb_link_state state = READ_ONCE(link->state);

		if (state == HDB_LINK_DEAD || !link->exporting)
			continue;
		if (count++ >= room)
			continue;

		to->domain = link->peer;
		to->state = state == HDB_LINK_CONNECTED ?
			    HYPER_DMABUF_LINK_CONNECTED : HYPER_DMABUF_LINK_WAITING;
		to->flags = link->loopback ? HYPER_DMABUF_LINK_LOOPBACK : 0;
		memcpy(to->name, link->name, sizeof(to->name));
		to++;
	}
	mutex_unlock(&hdb_links_lock);
	return count;
}
