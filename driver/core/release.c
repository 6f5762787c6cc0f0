// SPDX-License-Identifier: GPL-2.0
/*
 * How an export ends. Its pages are taken back when the hypervisor says that
 * nobody maps them, and not before; whoever wants to know when that is may wait.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched/signal.h>

#include "core.h"
#include "export.h"
#include "trace.h"

/*
 * Between two tries to take the pages of a retired export back. The first comes
 * late enough for a peer that behaves to have answered.
 */
#define REAP_MIN_MS		50u
#define REAP_MAX_MS		2000u

static unsigned int release_timeout_ms = 60000;
module_param(release_timeout_ms, uint, 0644);
MODULE_PARM_DESC(release_timeout_ms,
		 "How long WAIT_RELEASED waits, whatever it was asked for (60000)");

static atomic_t exports_pending;

u32 hdb_exports_pending(void)
{
	return atomic_read(&exports_pending);
}

void hdb_release(struct hdb_export *export)
{
	hdb_pages_unpin(&export->pages);
	dma_buf_put(export->dmabuf);
	atomic_dec(&exports_pending);
	WRITE_ONCE(export->released, true);
	wake_up_all(&export->release_wait);
	hdb_export_put(export);
	module_put(THIS_MODULE);
}

/*
 * Take the pages back. Whoever still maps them, peer or dead peer, for a good
 * or a bad reason, is asked again; the kernel's own list of deferred grants
 * would do so ten times a second for one page each. Not before the peer can know:
 * else it might map what the references stand for next.
 */
static void reap_work(struct work_struct *work)
{
	struct hdb_export *export = container_of(to_delayed_work(work),
						 struct hdb_export, reap_work);
	struct hdb_link *link = export->link;
	bool done;

	mutex_lock(&link->exports_lock);
	done = hdb_export_told(export) && hdb_share_end(&export->share);
	if (done) {
		if (export->state == HDB_EXPORT_ENDING ||
		    export->state == HDB_EXPORT_ENDING_BUSY)
			hdb_farewell_expect(link, &export->id);
		hash_del(&export->node);
		hash_del(&export->by_dmabuf);
		hdb_quota_return(&link->exported, export->pages.count);
		hdb_owners_drop(export);
		/* Asked for once more before it could not be found any more. */
		cancel_delayed_work(&export->reap_work);
	}
	mutex_unlock(&link->exports_lock);

	if (done) {
		trace_hdb_release(link, &export->id, export->pages.count, 0);
		hdb_release(export);
		return;
	}
	queue_delayed_work(hdb_wq, &export->reap_work,
			   msecs_to_jiffies(export->reap_ms));
	export->reap_ms = min(2 * export->reap_ms, REAP_MAX_MS);
}

void hdb_release_init(struct hdb_export *export)
{
	INIT_DELAYED_WORK(&export->reap_work, reap_work);
	init_waitqueue_head(&export->release_wait);
	/* The caller came through a file, which holds the module too. */
	__module_get(THIS_MODULE);
	atomic_inc(&exports_pending);
}

void hdb_release_start(struct hdb_export *export, bool told)
{
	lockdep_assert_held(&export->link->exports_lock);
	export->reap_ms = REAP_MIN_MS;
	queue_delayed_work(hdb_wq, &export->reap_work,
			   told ? 0 : msecs_to_jiffies(REAP_MIN_MS));
}

void hdb_release_hurry(struct hdb_export *export)
{
	lockdep_assert_held(&export->link->exports_lock);
	if (export->reap_ms)
		mod_delayed_work(hdb_wq, &export->reap_work, 0);
}

u32 hdb_export_wait_limit(void)
{
	return READ_ONCE(release_timeout_ms);
}

int hdb_export_wait(struct hdb_export *export, unsigned int timeout_ms)
{
	long left = msecs_to_jiffies(min(timeout_ms, hdb_export_wait_limit()));

	left = wait_event_interruptible_timeout(export->release_wait,
						READ_ONCE(export->released), left);
	/* A restart would begin the time anew. */
	if (left < 0)
		return -EINTR;
	return left ? 0 : -ETIMEDOUT;
}
