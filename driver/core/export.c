// SPDX-License-Identifier: GPL-2.0
/*
 * Exports: dma-bufs of this domain that another one may map. An export is
 * shared as long as a file owns it; then it is retired: the other domain is
 * told, and its pages stay pinned until the hypervisor says that they are
 * unmapped.
 */
#include <linux/file.h>
#include <linux/slab.h>

#include "core.h"
#include "export.h"
#include "fence.h"
#include "trace.h"

static void export_release(struct kref *ref)
{
	struct hdb_export *export = container_of(ref, struct hdb_export, ref);

	hdb_id_free(&export->id);
	hdb_link_put(export->link);
	kfree(export);
}

void hdb_export_put(struct hdb_export *export)
{
	kref_put(&export->ref, export_release);
}

/* ---- what the other domain is told ---- */

static void export_describe(struct hdb_export *export, struct hdb_msg *msg)
{
	msg->id = export->id;
	msg->type = HDB_MSG_EXPORT;
	msg->flags = export->flags;
	msg->nr_pages = export->share.nr_pages;
	msg->size = (u64)msg->nr_pages << HDB_PAGE_SHIFT;
	msg->dir_ref = hdb_share_dir_ref(&export->share);
	msg->priv_len = export->priv_len;
	memcpy(msg->priv, export->priv, export->priv_len);
}

static bool export_tx_next(struct hdb_tx *tx, struct hdb_msg *msg)
{
	struct hdb_export *export = container_of(tx, struct hdb_export, tx);

	if (export->announce) {
		export_describe(export, msg);
		return true;
	}
	msg->id = export->id;
	msg->type = HDB_MSG_UNEXPORT;
	return export->retire;
}

static void export_tx_sent(struct hdb_tx *tx, const struct hdb_msg *msg)
{
	struct hdb_export *export = container_of(tx, struct hdb_export, tx);

	if (msg->type == HDB_MSG_EXPORT) {
		export->announce = false;
		export->announced = true;
	} else {
		export->retire = false;
	}
}

static void export_tx_put(struct hdb_tx *tx)
{
	hdb_export_put(container_of(tx, struct hdb_export, tx));
}

/* Behind the fences that are to be told of first. */
static void export_tell(struct hdb_export *export)
{
	lockdep_assert_held(&export->link->tx_lock);

	export->introduced = true;
	kref_get(&export->ref);
	if (!hdb_tx_queue_last(export->link, &export->tx))
		hdb_export_put(export);
}

static bool export_intro_next(struct hdb_tx *tx, struct hdb_msg *msg)
{
	struct hdb_export *export = container_of(tx, struct hdb_export, intro);

	export_describe(export, msg);
	msg->flags |= HDB_EXPORT_QUIET;
	/* A second one would be no harm, but there is none. */
	return export->intro_due;
}

static void export_intro_sent(struct hdb_tx *tx, const struct hdb_msg *msg)
{
	struct hdb_export *export = container_of(tx, struct hdb_export, intro);

	export->intro_due = false;
	export->announced = true;
}

static void export_intro_put(struct hdb_tx *tx)
{
	hdb_export_put(container_of(tx, struct hdb_export, intro));
}

void hdb_export_introduce(struct hdb_export *export)
{
	lockdep_assert_held(&export->link->tx_lock);
	export->fenced = true;
	if (export->introduced)
		return;

	export->introduced = true;
	export->intro_due = true;
	kref_get(&export->ref);
	if (!hdb_tx_queue(export->link, &export->intro))
		hdb_export_put(export);
}

/*
 * What the other domain has not been told of yet it need not be told of any more.
 * So one that does not read leaves no more behind than its ring holds, however
 * much is shared with it meanwhile. Return: whether that is so.
 */
static bool export_unsay(struct hdb_export *export)
{
	struct hdb_link *link = export->link;
	bool unsaid;

	spin_lock_irq(&link->tx_lock);
	unsaid = !export->announced && !export->fenced;
	if (unsaid) {
		export->announce = false;
		if (!list_empty(&export->tx.node)) {
			list_del_init(&export->tx.node);
			hdb_export_put(export);
		}
	}
	spin_unlock_irq(&link->tx_lock);
	return unsaid;
}

bool hdb_export_told(struct hdb_export *export)
{
	struct hdb_link *link = export->link;
	bool told;

	spin_lock_irq(&link->tx_lock);
	told = !export->retire || link->state != HDB_LINK_CONNECTED;
	spin_unlock_irq(&link->tx_lock);
	return told;
}

static void export_announce(struct hdb_export *export,
			    const struct hdb_export_args *args)
{
	spin_lock_irq(&export->link->tx_lock);
	export->priv_len = args->priv_len;
	memcpy(export->priv, args->priv, args->priv_len);
	export->announce = true;
	export_tell(export);
	spin_unlock_irq(&export->link->tx_lock);
}

/* ---- no longer shared ---- */

/*
 * No longer shared. The reap work inherits the table's reference. @told: the
 * peer has let go already, or cannot be told.
 */
static void export_retire(struct hdb_export *export, bool told)
{
	struct hdb_link *link = export->link;

	lockdep_assert_held(&link->exports_lock);
	if (export->dead)
		return;

	WRITE_ONCE(export->dead, true);
	export->delayed = false;
	if (cancel_delayed_work(&export->unexport_work))
		hdb_export_put(export);

	told = told || export_unsay(export);
	if (!told) {
		export->state = hdb_export_next(export->state, HDB_MSG_UNEXPORT);
		spin_lock_irq(&link->tx_lock);
		export->retire = true;
		export_tell(export);
		spin_unlock_irq(&link->tx_lock);
	}
	/* Nothing is returned to an export that is no more. */
	hdb_proxies_settle_export(export);
	hdb_release_start(export, told);
}

static void export_unexport_work(struct work_struct *work)
{
	struct hdb_export *export = container_of(to_delayed_work(work),
						 struct hdb_export, unexport_work);
	struct hdb_link *link = export->link;
	bool again;

	mutex_lock(&link->exports_lock);
	/* Cancelled, or given more time, while this work was on its way. */
	again = export->delayed && time_before(jiffies, export->due);
	if (again)
		again = queue_delayed_work(hdb_wq, &export->unexport_work,
					   export->due - jiffies);
	else if (export->delayed)
		export_retire(export, false);
	mutex_unlock(&link->exports_lock);

	hdb_tx_flush(link);
	if (!again)
		hdb_export_put(export);
}

int hdb_export_unexport(struct hdb_export *export, unsigned int delay_ms)
{
	struct hdb_link *link = export->link;
	int err = 0;

	mutex_lock(&link->exports_lock);
	if (export->dead) {
		err = -EINVAL;
	} else if (delay_ms) {
		unsigned long delay = msecs_to_jiffies(delay_ms);

		export->delayed = true;
		export->due = jiffies + delay;
		kref_get(&export->ref);
		if (mod_delayed_work(hdb_wq, &export->unexport_work, delay))
			hdb_export_put(export);
	} else {
		export_retire(export, false);
	}
	mutex_unlock(&link->exports_lock);

	hdb_tx_flush(link);
	return err;
}

void hdb_export_close(struct hdb_file *file)
{
	struct hdb_export *export;

	while ((export = hdb_owners_first(file))) {
		struct hdb_link *link = export->link;

		mutex_lock(&link->exports_lock);
		if (hdb_owners_remove(export, file))
			export_retire(export, false);
		mutex_unlock(&link->exports_lock);

		hdb_tx_flush(link);
		hdb_export_put(export);
	}
}

void hdb_export_link_died(struct hdb_link *link)
{
	struct hdb_export *export;
	struct hlist_node *next;
	int i;

	mutex_lock(&link->exports_lock);
	hash_for_each_safe(link->exports, i, next, export, node)
		export_retire(export, true);
	hdb_farewells_forget(link);
	mutex_unlock(&link->exports_lock);
}

/* ---- the beginning ---- */

static struct hdb_export *export_alloc(struct hdb_link *link,
				       struct dma_buf *dmabuf, u32 flags)
{
	struct hdb_export *export = kzalloc(sizeof(*export), GFP_KERNEL);
	int err;

	if (!export)
		return ERR_PTR(-ENOMEM);

	err = hdb_id_alloc(link->own, &export->id);
	if (err) {
		kfree(export);
		return ERR_PTR(err);
	}

	kref_init(&export->ref);
	INIT_HLIST_NODE(&export->node);
	INIT_HLIST_NODE(&export->by_dmabuf);
	export->link = link;
	hdb_link_get(link);
	export->dmabuf = dmabuf;
	get_dma_buf(dmabuf);
	export->flags = flags;
	export->state = HDB_EXPORT_SHARED;
	INIT_LIST_HEAD(&export->owners);
	INIT_LIST_HEAD(&export->returns);
	export->intro = (struct hdb_tx) {
		.node = LIST_HEAD_INIT(export->intro.node),
		.next = export_intro_next,
		.sent = export_intro_sent,
		.put = export_intro_put,
	};
	INIT_DELAYED_WORK(&export->unexport_work, export_unexport_work);
	export->tx = (struct hdb_tx) {
		.node = LIST_HEAD_INIT(export->tx.node),
		.next = export_tx_next,
		.sent = export_tx_sent,
		.put = export_tx_put,
	};

	hdb_release_init(export);
	return export;
}

static int export_create(struct hdb_file *file, struct hdb_link *link,
			 struct dma_buf *dmabuf, u32 flags,
			 struct hdb_export **created)
{
	int pages = hdb_pages_count(dmabuf);
	struct hdb_export *export;
	int err;

	if (pages < 0)
		return pages;
	err = hdb_quota_export(link, pages);
	if (err)
		return err;
	export = export_alloc(link, dmabuf, flags);
	if (IS_ERR(export)) {
		hdb_quota_return(&link->exported, pages);
		return PTR_ERR(export);
	}

	err = hdb_pages_pin(dmabuf, &export->pages);
	if (err)
		goto err_destroy;

	err = hdb_share_create(link, &export->pages, flags, &export->share);
	trace_hdb_grant(link, &export->id, export->pages.count, err);
	if (!err)
		err = hdb_owners_add(export, file);
	if (err && hdb_share_end(&export->share))
		goto err_destroy;

	hash_add(link->exports, &export->node, hdb_id_hash(&export->id));
	hash_add(link->shared, &export->by_dmabuf, (unsigned long)dmabuf);
	*created = export;
	/* Nobody was told, but a peer guessed references, and mapped. */
	if (err)
		export_retire(export, true);
	return err;

err_destroy:
	hdb_quota_return(&link->exported, pages);
	hdb_release(export);
	return err;
}

static struct hdb_export *export_of_dmabuf(struct hdb_link *link,
					   struct dma_buf *dmabuf)
{
	struct hdb_export *export;

	hash_for_each_possible(link->shared, export, by_dmabuf, (unsigned long)dmabuf)
		if (export->dmabuf == dmabuf && !export->dead)
			return export;
	return NULL;
}

static int export_renew(struct hdb_file *file, struct hdb_export *export, u32 flags,
			const struct hdb_fences *fences)
{
	int err;

	if (export->flags != flags)
		return -EEXIST;

	err = hdb_export_publish(export, fences);
	if (err)
		return err;
	err = hdb_owners_add(export, file);
	if (err)
		return err;

	export->delayed = false;
	if (cancel_delayed_work(&export->unexport_work))
		hdb_export_put(export);
	return 0;
}

static int export_locked(struct hdb_file *file, struct hdb_link *link,
			 struct dma_buf *dmabuf,
			 const struct hdb_export_args *args,
			 const struct hdb_fences *fences, struct hdb_id *id)
{
	struct hdb_export *export = export_of_dmabuf(link, dmabuf);
	int err;

	/* Under exports_lock: a link that dies now finds the export, or was dead. */
	if (READ_ONCE(link->state) != HDB_LINK_CONNECTED)
		return -ENOTCONN;

	if (export) {
		err = export_renew(file, export, args->flags, fences);
	} else {
		err = export_create(file, link, dmabuf, args->flags, &export);
		if (err)
			return err;
		err = hdb_export_publish(export, fences);
		/* Nobody was told yet. */
		if (err)
			export_retire(export, true);
	}
	if (err)
		return err;

	*id = export->id;
	export_announce(export, args);
	return 0;
}

int hdb_export(struct hdb_file *file, const struct hdb_export_args *args,
	       struct hdb_id *id)
{
	struct hdb_fences fences;
	struct dma_buf *dmabuf;
	struct hdb_link *link;
	int err;

	dmabuf = dma_buf_get(args->fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	link = hdb_link_find(args->peer);
	if (!link) {
		err = -ENODEV;
		goto out_dmabuf;
	}

	err = -EINVAL;
	if (hdb_import_buf_is(dmabuf))
		goto out_link;

	err = -EACCES;
	if (args->flags & HDB_BUF_WRITABLE && !(dmabuf->file->f_mode & FMODE_WRITE))
		goto out_link;

	err = hdb_fences_of_resv(dmabuf->resv, DMA_RESV_USAGE_WRITE, link, &fences);
	if (err)
		goto out_link;
	err = mutex_lock_interruptible(&link->exports_lock);
	if (err)
		goto out_fences;
	err = export_locked(file, link, dmabuf, args, &fences, id);
	mutex_unlock(&link->exports_lock);
	hdb_tx_flush(link);

out_fences:
	hdb_fences_put(&fences);
out_link:
	hdb_link_put(link);
out_dmabuf:
	dma_buf_put(dmabuf);
	return err;
}

/* ---- finding, asking, hearing ---- */

static struct hdb_export *export_in_link(struct hdb_link *link,
					 const struct hdb_id *id)
{
	struct hdb_export *export;

	lockdep_assert_held(&link->exports_lock);
	hash_for_each_possible(link->exports, export, node, hdb_id_hash(id))
		if (hdb_id_equal(&export->id, id))
			return export;
	return NULL;
}

struct hdb_export *hdb_export_in_link(struct hdb_link *link, const struct hdb_id *id)
{
	struct hdb_export *export;

	mutex_lock(&link->exports_lock);
	export = export_in_link(link, id);
	if (export)
		kref_get(&export->ref);
	mutex_unlock(&link->exports_lock);
	return export;
}

struct dma_buf *hdb_export_dmabuf(struct hdb_export *export)
{
	struct dma_buf *dmabuf = NULL;

	/* What is dead may lose it, but not under this lock. */
	mutex_lock(&export->link->exports_lock);
	if (!export->dead) {
		dmabuf = export->dmabuf;
		get_dma_buf(dmabuf);
	}
	mutex_unlock(&export->link->exports_lock);
	return dmabuf;
}

struct hdb_export *hdb_export_find(const struct hdb_id *id,
				   const struct hdb_file *file)
{
	struct hdb_export *export = NULL;
	struct hdb_link *link;

	mutex_lock(&hdb_links_lock);
	list_for_each_entry(link, &hdb_links, node) {
		mutex_lock(&link->exports_lock);
		export = export_in_link(link, id);
		if (export && file && !hdb_owners_has(export, file))
			export = NULL;
		if (export)
			kref_get(&export->ref);
		mutex_unlock(&link->exports_lock);
		if (export)
			break;
	}
	mutex_unlock(&hdb_links_lock);
	return export;
}

int hdb_export_id_of(const struct dma_buf *dmabuf, const struct hdb_file *file,
		     bool of_domain, u32 *domain, struct hdb_id *id)
{
	struct hdb_export *export;
	struct hdb_link *link;
	u32 found = 0, peer = 0;

	mutex_lock(&hdb_links_lock);
	list_for_each_entry(link, &hdb_links, node) {
		if (of_domain && link->peer != *domain)
			continue;
		mutex_lock(&link->exports_lock);
		hash_for_each_possible(link->shared, export, by_dmabuf,
				       (unsigned long)dmabuf) {
			if (export->dmabuf != dmabuf || export->dead ||
			    !hdb_owners_has(export, file))
				continue;
			*id = export->id;
			peer = link->peer;
			found++;
		}
		mutex_unlock(&link->exports_lock);
	}
	mutex_unlock(&hdb_links_lock);

	if (found != 1)
		return found ? -ENOTUNIQ : -ENOENT;
	*domain = peer;
	return 0;
}

int hdb_export_query(struct hdb_export *export, int item, u64 *value, u8 *priv)
{
	struct hdb_link *link = export->link;
	int err = 0;

	mutex_lock(&link->exports_lock);
	switch (item) {
	case HYPER_DMABUF_QUERY_TYPE:
		*value = EXPORTED;
		break;
	case HYPER_DMABUF_QUERY_EXPORTER:
		*value = link->own;
		break;
	case HYPER_DMABUF_QUERY_IMPORTER:
		*value = link->peer;
		break;
	case HYPER_DMABUF_QUERY_SIZE:
		*value = (u64)export->share.nr_pages << PAGE_SHIFT;
		break;
	case HYPER_DMABUF_QUERY_BUSY:
		*value = export->state == HDB_EXPORT_BUSY ||
			 export->state == HDB_EXPORT_ENDING_BUSY;
		break;
	case HYPER_DMABUF_QUERY_UNEXPORTED:
		*value = export->dead;
		break;
	case HYPER_DMABUF_QUERY_DELAYED_UNEXPORTED:
		*value = export->delayed;
		break;
	case HYPER_DMABUF_QUERY_PRIV_INFO_SIZE:
	case HYPER_DMABUF_QUERY_PRIV_INFO:
		spin_lock_irq(&link->tx_lock);
		*value = export->priv_len;
		memcpy(priv, export->priv, export->priv_len);
		spin_unlock_irq(&link->tx_lock);
		break;
	default:
		err = -EINVAL;
	}
	mutex_unlock(&link->exports_lock);
	return err;
}

int hdb_export_message(struct hdb_link *link, const struct hdb_msg *msg)
{
	struct hdb_export *export;
	int state, err = 0;

	mutex_lock(&link->exports_lock);
	export = export_in_link(link, &msg->id);
	if (!export) {
		err = hdb_farewell_heard(link, msg) ? 0 : -ENOENT;
		goto out;
	}

	state = hdb_export_next(export->state, msg->type);
	if (state < 0) {
		err = state;
		goto out;
	}

	export->state = state;
	if (msg->type == HDB_MSG_REFUSED)
		pr_warn_ratelimited("hyper_dmabuf: domain %u refused a buffer of %u pages, reason %u\n",
				    link->peer, export->share.nr_pages, msg->reason);
	if (state == HDB_EXPORT_GONE) {
		export_retire(export, true);
		hdb_release_hurry(export);
	}
out:
	mutex_unlock(&link->exports_lock);
	return err;
}
