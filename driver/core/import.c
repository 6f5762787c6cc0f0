// SPDX-License-Identifier: GPL-2.0
/*
 * Imports: buffers of another domain that this one may map. The other domain
 * announces one, and nothing is mapped until somebody asks for a dma-buf. The
 * mapping outlives the last dma-buf a while, so that a buffer in rotation is
 * mapped once; but not the export.
 */
#include <linux/moduleparam.h>
#include <linux/slab.h>

#include "core.h"
#include "trace.h"

static unsigned int cache_ms = 2000;
module_param(cache_ms, uint, 0644);
MODULE_PARM_DESC(cache_ms,
		 "How long the pages of an import stay mapped after its last use (2000)");

atomic_t hdb_user_pages = ATOMIC_INIT(0);

static void import_free_work(struct work_struct *work)
{
	struct hdb_import *import = container_of(work, struct hdb_import, free_work);

	dma_resv_fini(&import->resv);
	mutex_destroy(&import->lock);
	hdb_link_put(import->link);
	kfree(import);
}

/* May be called in any context; there may be fences of others to let go of. */
static void import_release(struct kref *ref)
{
	struct hdb_import *import = container_of(ref, struct hdb_import, ref);

	queue_work(hdb_wq, &import->free_work);
}

void hdb_import_put(struct hdb_import *import)
{
	kref_put(&import->ref, import_release);
}

/* ---- what the other domain is told ---- */

static bool import_tx_next(struct hdb_tx *tx, struct hdb_msg *msg)
{
	struct hdb_import *import = container_of(tx, struct hdb_import, tx);

	msg->id = import->id;
	if (import->gone) {
		msg->type = HDB_MSG_RELEASED;
		return true;
	}
	msg->type = import->used ? HDB_MSG_USED : HDB_MSG_IDLE;
	return import->used != import->told_used;
}

static void import_tx_sent(struct hdb_tx *tx, const struct hdb_msg *msg)
{
	struct hdb_import *import = container_of(tx, struct hdb_import, tx);

	if (msg->type == HDB_MSG_RELEASED) {
		import->gone = false;
		import->told_used = import->used;
	} else {
		import->told_used = msg->type == HDB_MSG_USED;
	}
}

static void import_tx_put(struct hdb_tx *tx)
{
	hdb_import_put(container_of(tx, struct hdb_import, tx));
}

static void import_tell(struct hdb_import *import, bool used, bool gone)
{
	spin_lock_irq(&import->link->tx_lock);
	import->used = used;
	import->gone = gone;
	kref_get(&import->ref);
	if (!hdb_tx_queue(import->link, &import->tx))
		hdb_import_put(import);
	spin_unlock_irq(&import->link->tx_lock);
}

/* ---- mapping, and letting go ---- */

static void import_unmap(struct hdb_import *import)
{
	lockdep_assert_held(&import->lock);
	if (import->mapping) {
		import->mapping->ops->unmap(import->mapping);
		trace_hdb_unmap(import->link, &import->id, import->nr_pages, 0);
	}
	import->mapping = NULL;
}

static void import_cache_work(struct work_struct *work)
{
	struct hdb_import *import = container_of(to_delayed_work(work),
						 struct hdb_import, cache_work);

	mutex_lock(&import->lock);
	if (!import->users)
		import_unmap(import);
	mutex_unlock(&import->lock);
	hdb_import_put(import);
}

static void import_cache_set(struct hdb_import *import, unsigned int ms)
{
	kref_get(&import->ref);
	if (mod_delayed_work(hdb_wq, &import->cache_work, msecs_to_jiffies(ms)))
		hdb_import_put(import);
}

static void import_cache_start(struct hdb_import *import)
{
	import_cache_set(import, READ_ONCE(cache_ms));
}

bool hdb_import_idle(const struct hdb_import *import)
{
	return READ_ONCE(import->mapping) && !READ_ONCE(import->users);
}

void hdb_import_expire(struct hdb_import *import)
{
	import_cache_set(import, 0);
}

static void import_cache_stop(struct hdb_import *import)
{
	if (cancel_delayed_work(&import->cache_work))
		hdb_import_put(import);
}

/* Dead, and nobody uses it: the table's reference goes. */
static void import_drop(struct hdb_import *import)
{
	struct hdb_link *link = import->link;

	lockdep_assert_held(&import->lock);
	import_cache_stop(import);
	import_unmap(import);
	import_tell(import, false, true);

	mutex_lock(&link->imports_lock);
	hash_del(&import->node);
	hdb_quota_return(&link->imported, import->nr_pages);
	mutex_unlock(&link->imports_lock);
	hdb_import_put(import);
}

static void import_die(struct hdb_import *import)
{
	mutex_lock(&import->lock);
	if (!import->dead) {
		WRITE_ONCE(import->dead, true);
		if (!import->users)
			import_drop(import);
	}
	mutex_unlock(&import->lock);
}

void hdb_import_released(struct hdb_import *import, struct dma_buf *dmabuf)
{
	mutex_lock(&import->lock);
	if (import->dmabuf == dmabuf)
		import->dmabuf = NULL;
	if (!--import->users) {
		if (import->dead) {
			import_drop(import);
		} else {
			import_tell(import, false, false);
			import_cache_start(import);
		}
	}
	mutex_unlock(&import->lock);
	hdb_tx_flush(import->link);
}

static int import_map(struct hdb_import *import)
{
	struct hdb_link *link = import->link;
	struct hdb_mapping *mapping;
	u32 *refs;
	int err;

	refs = kvmalloc_array(import->nr_pages, sizeof(*refs), GFP_KERNEL);
	if (!refs)
		return -ENOMEM;

	err = hdb_share_read(link, import->dir_ref, import->nr_pages,
			     import->flags, refs);
	if (!err) {
		mapping = link->ops->map(link, refs, import->nr_pages,
					 import->flags & HDB_BUF_WRITABLE);
		err = PTR_ERR_OR_ZERO(mapping);
		if (!err) {
			import->mapping = mapping;
			import->proven = false;
		}
	}
	kvfree(refs);
	trace_hdb_map(link, &import->id, import->nr_pages, err);
	return err;
}

static struct dma_buf *import_dmabuf_locked(struct hdb_import *import)
{
	struct dma_buf *dmabuf = import->dmabuf;
	int err;

	if (import->dead)
		return ERR_PTR(-EINVAL);

	/* Its release takes our lock, so the memory is still there to look at. */
	if (dmabuf && hdb_get_file_unless_dead(dmabuf->file))
		return dmabuf;

	import_cache_stop(import);
	if (!import->mapping) {
		err = import_map(import);
		if (err)
			return ERR_PTR(err);
	}

	dmabuf = hdb_import_buf_create(import);
	if (IS_ERR(dmabuf)) {
		if (!import->users)
			import_cache_start(import);
		return dmabuf;
	}

	import->dmabuf = dmabuf;
	import->users++;
	import_tell(import, true, false);
	return dmabuf;
}

/*
 * The exporter may have taken the buffer back before its pages were mapped, while this
 * domain did not run, and granted others by the same references. Then it had said so
 * before (hdb_export_told()): what it has said by now tells what is mapped.
 */
static int import_prove(struct hdb_import *import)
{
	int err;

	/* The ring is looked at after the pages were mapped. */
	smp_mb();
	err = hdb_link_catch_up(import->link);
	if (err)
		return err;

	mutex_lock(&import->lock);
	if (import->dead)
		err = -EINVAL;
	else
		import->proven = true;
	mutex_unlock(&import->lock);
	return err;
}

struct dma_buf *hdb_import_dmabuf(struct hdb_import *import)
{
	struct dma_buf *dmabuf;
	bool proven;
	int err;

	err = mutex_lock_interruptible(&import->lock);
	if (err)
		return ERR_PTR(err);
	dmabuf = import_dmabuf_locked(import);
	proven = import->proven;
	mutex_unlock(&import->lock);
	hdb_tx_flush(import->link);
	if (IS_ERR(dmabuf) || proven)
		return dmabuf;

	err = import_prove(import);
	if (err) {
		dma_buf_put(dmabuf);
		return ERR_PTR(err);
	}
	return dmabuf;
}

/* ---- messages ---- */

struct import_refusal {
	struct hdb_tx tx;
	struct hdb_link *link;
	struct hdb_id id;
	u32 reason;
	bool sent;
};

/* More than these a peer only gets when it does not read: then it gets none. */
#define MAX_REFUSALS 64

static bool refusal_next(struct hdb_tx *tx, struct hdb_msg *msg)
{
	struct import_refusal *refusal = container_of(tx, struct import_refusal, tx);

	msg->type = HDB_MSG_REFUSED;
	msg->id = refusal->id;
	msg->reason = refusal->reason;
	return !refusal->sent;
}

static void refusal_sent(struct hdb_tx *tx, const struct hdb_msg *msg)
{
	container_of(tx, struct import_refusal, tx)->sent = true;
}

static void refusal_put(struct hdb_tx *tx)
{
	struct import_refusal *refusal = container_of(tx, struct import_refusal, tx);

	refusal->link->refusals--;
	kfree(refusal);
}

static void import_refuse(struct hdb_link *link, const struct hdb_msg *msg,
			  u32 reason)
{
	struct import_refusal *refusal = kmalloc(sizeof(*refusal), GFP_KERNEL);

	if (!refusal)
		return;

	*refusal = (struct import_refusal) {
		.tx = {
			.node = LIST_HEAD_INIT(refusal->tx.node),
			.next = refusal_next,
			.sent = refusal_sent,
			.put = refusal_put,
		},
		.link = link,
		.id = msg->id,
		.reason = reason,
	};

	spin_lock_irq(&link->tx_lock);
	if (link->refusals < MAX_REFUSALS && hdb_tx_queue(link, &refusal->tx)) {
		link->refusals++;
		refusal = NULL;
	}
	spin_unlock_irq(&link->tx_lock);
	kfree(refusal);
}

static struct hdb_import *import_in_link(struct hdb_link *link,
					 const struct hdb_id *id)
{
	struct hdb_import *import;

	lockdep_assert_held(&link->imports_lock);
	hash_for_each_possible(link->imports, import, node, hdb_id_hash(id))
		if (hdb_id_equal(&import->id, id))
			return import;
	return NULL;
}

static struct hdb_import *import_alloc(struct hdb_link *link,
				       const struct hdb_msg *msg)
{
	struct hdb_import *import = kzalloc(sizeof(*import), GFP_KERNEL);

	if (!import)
		return NULL;

	kref_init(&import->ref);
	import->link = link;
	hdb_link_get(link);
	import->id = msg->id;
	import->nr_pages = msg->nr_pages;
	import->dir_ref = msg->dir_ref;
	import->flags = msg->flags & HDB_BUF_FLAGS;
	import->silent = true;
	dma_resv_init(&import->resv);
	INIT_WORK(&import->free_work, import_free_work);
	mutex_init(&import->lock);
	INIT_DELAYED_WORK(&import->cache_work, import_cache_work);
	import->tx = (struct hdb_tx) {
		.node = LIST_HEAD_INIT(import->tx.node),
		.next = import_tx_next,
		.sent = import_tx_sent,
		.put = import_tx_put,
	};
	return import;
}

static int import_add(struct hdb_link *link, const struct hdb_msg *msg,
		      struct hdb_import **added)
{
	struct hdb_import *import;
	int err;

	err = hdb_quota_import(link, msg->nr_pages);
	if (err) {
		import_refuse(link, msg, HDB_REFUSED_QUOTA);
		return err;
	}

	import = import_alloc(link, msg);
	if (!import) {
		hdb_quota_return(&link->imported, msg->nr_pages);
		import_refuse(link, msg, HDB_REFUSED_MEMORY);
		return -ENOMEM;
	}

	hash_add(link->imports, &import->node, hdb_id_hash(&import->id));
	*added = import;
	return 0;
}

/* Is there an event to send, now that nothing holds it up? Then it is taken. */
static bool import_take_event(struct hdb_import *import)
{
	lockdep_assert_held(&import->link->tx_lock);
	if (!import->due || import->unplaced)
		return false;
	import->due = false;
	import->silent = false;
	return true;
}

/* Return: whether it is to be told of now. */
static bool import_set_priv(struct hdb_import *import, const struct hdb_msg *msg)
{
	bool tell;

	spin_lock_irq(&import->link->tx_lock);
	import->priv_len = msg->priv_len;
	memcpy(import->priv, msg->priv, msg->priv_len);
	if (!(msg->flags & HDB_EXPORT_QUIET))
		import->due = true;
	tell = import_take_event(import);
	spin_unlock_irq(&import->link->tx_lock);
	return tell;
}

void hdb_import_announce_due(struct hdb_import *import)
{
	bool tell;

	mutex_lock(&hdb_files_lock);
	spin_lock_irq(&import->link->tx_lock);
	tell = import_take_event(import);
	spin_unlock_irq(&import->link->tx_lock);
	if (tell && !READ_ONCE(import->dead))
		hdb_events_broadcast(import);
	mutex_unlock(&hdb_files_lock);
}

bool hdb_import_told(struct hdb_import *import)
{
	bool told;

	spin_lock_irq(&import->link->tx_lock);
	told = !import->silent && !import->due;
	spin_unlock_irq(&import->link->tx_lock);
	return told;
}

/*
 * Does another domain announce a buffer under the id of one of ours? It knows that
 * only because we told it, and one id must not stand for two buffers here. Over the
 * loopback it stands for both ends of one.
 */
static bool import_has_our_id(struct hdb_link *link, const struct hdb_id *id)
{
	struct hdb_export *export;
	bool known;

	if (link->loopback)
		return false;
	mutex_lock(&link->imports_lock);
	known = import_in_link(link, id);
	mutex_unlock(&link->imports_lock);
	if (known)
		return false;

	export = hdb_export_find(id, NULL);
	if (export)
		hdb_export_put(export);
	return export;
}

static int import_announced(struct hdb_link *link, const struct hdb_msg *msg)
{
	struct hdb_import *import;
	bool tell = false;
	int err = 0;

	if (import_has_our_id(link, &msg->id))
		return -EPROTO;

	/* A file that is opened now gets either the listing or the event. */
	mutex_lock(&hdb_files_lock);
	mutex_lock(&link->imports_lock);
	import = import_in_link(link, &msg->id);
	if (!import)
		err = import_add(link, msg, &import);
	else if (READ_ONCE(import->dead) || import->nr_pages != msg->nr_pages ||
		 import->dir_ref != msg->dir_ref ||
		 import->flags != (msg->flags & HDB_BUF_FLAGS))
		err = -EPROTO;
	if (!err) {
		tell = import_set_priv(import, msg);
		kref_get(&import->ref);
	}
	mutex_unlock(&link->imports_lock);

	if (!err) {
		if (tell)
			hdb_events_broadcast(import);
		hdb_import_put(import);
	}
	mutex_unlock(&hdb_files_lock);
	return err;
}

static int import_withdrawn(struct hdb_link *link, const struct hdb_msg *msg)
{
	struct hdb_import *import;

	mutex_lock(&link->imports_lock);
	import = import_in_link(link, &msg->id);
	if (import && READ_ONCE(import->dead))
		import = NULL;
	if (import)
		kref_get(&import->ref);
	mutex_unlock(&link->imports_lock);
	if (!import)
		return -ENOENT;

	import_die(import);
	hdb_import_put(import);
	return 0;
}

int hdb_import_message(struct hdb_link *link, const struct hdb_msg *msg)
{
	if (msg->type == HDB_MSG_EXPORT)
		return import_announced(link, msg);
	return import_withdrawn(link, msg);
}

static struct hdb_import *import_first_living(struct hdb_link *link)
{
	struct hdb_import *import;
	int i;

	mutex_lock(&link->imports_lock);
	hash_for_each(link->imports, i, import, node)
		if (!READ_ONCE(import->dead)) {
			kref_get(&import->ref);
			mutex_unlock(&link->imports_lock);
			return import;
		}
	mutex_unlock(&link->imports_lock);
	return NULL;
}

void hdb_import_link_died(struct hdb_link *link)
{
	struct hdb_import *import;

	while ((import = import_first_living(link))) {
		import_die(import);
		hdb_import_put(import);
	}
}

/* ---- finding and asking ---- */

struct hdb_import *hdb_import_in_link(struct hdb_link *link, const struct hdb_id *id)
{
	struct hdb_import *import;

	mutex_lock(&link->imports_lock);
	import = import_in_link(link, id);
	if (import)
		kref_get(&import->ref);
	mutex_unlock(&link->imports_lock);
	return import;
}

struct hdb_import *hdb_import_find(const struct hdb_id *id)
{
	struct hdb_import *import = NULL;
	struct hdb_link *link;

	mutex_lock(&hdb_links_lock);
	list_for_each_entry(link, &hdb_links, node) {
		mutex_lock(&link->imports_lock);
		import = import_in_link(link, id);
		if (import)
			kref_get(&import->ref);
		mutex_unlock(&link->imports_lock);
		if (import)
			break;
	}
	mutex_unlock(&hdb_links_lock);
	return import;
}

void hdb_imports_each(void (*fn)(struct hdb_import *import, void *data),
		      void *data)
{
	struct hdb_import *import;
	struct hdb_link *link;
	int i;

	mutex_lock(&hdb_links_lock);
	list_for_each_entry(link, &hdb_links, node) {
		mutex_lock(&link->imports_lock);
		hash_for_each(link->imports, i, import, node)
			if (!READ_ONCE(import->dead))
				fn(import, data);
		mutex_unlock(&link->imports_lock);
	}
	mutex_unlock(&hdb_links_lock);
}

int hdb_import_query(struct hdb_import *import, int item, u64 *value, u8 *priv)
{
	struct hdb_link *link = import->link;

	switch (item) {
	case HYPER_DMABUF_QUERY_TYPE:
		*value = IMPORTED;
		return 0;
	case HYPER_DMABUF_QUERY_EXPORTER:
		*value = link->peer;
		return 0;
	case HYPER_DMABUF_QUERY_IMPORTER:
		*value = link->own;
		return 0;
	case HYPER_DMABUF_QUERY_SIZE:
		*value = (u64)import->nr_pages << HDB_PAGE_SHIFT;
		return 0;
	case HYPER_DMABUF_QUERY_BUSY:
		mutex_lock(&import->lock);
		*value = import->users > 0;
		mutex_unlock(&import->lock);
		return 0;
	case HYPER_DMABUF_QUERY_UNEXPORTED:
		*value = READ_ONCE(import->dead);
		return 0;
	case HYPER_DMABUF_QUERY_PRIV_INFO_SIZE:
	case HYPER_DMABUF_QUERY_PRIV_INFO:
		spin_lock_irq(&link->tx_lock);
		*value = import->priv_len;
		memcpy(priv, import->priv, import->priv_len);
		spin_unlock_irq(&link->tx_lock);
		return 0;
	default:
		return -EINVAL;
	}
}
