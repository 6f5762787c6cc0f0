/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the core share.
 *
 * Objects, all counted by reference:
 *   link    one connection with one other domain; made anew when it reconnects
 *   export  a dma-buf of ours that a link shares
 *   import  a buffer of the other domain that came over a link
 *   file    an open /dev/hyper_dmabuf, with its events
 *
 * Locks, in the order in which they are taken:
 *   hdb_files_lock         open files; and that events and listings agree
 *   import->lock           mapping, dma-buf and death of one import
 *   hdb_links_lock         the list of links
 *   link->exports_lock     exports of a link, their owners and states
 *   link->imports_lock     the table of imports of a link
 *   file->lock     (spin)  events and owned exports of a file
 *   link->rx_lock  (spin)  the receiving end of the ring
 *   fence->lock    (spin)  of any fence; callbacks run under it
 *   link->tx_lock  (spin)  what the other domain is still to be told; fences
 *
 * The lock of a reservation object is taken under none of them, and where messages
 * are handled only tried: who holds it may wait for what the next one says.
 *
 * No lock is held in wait for another domain, and nothing waits for one but the
 * calls that say so: channel setup and WAIT_RELEASED.
 */
#ifndef HDB_CORE_H
#define HDB_CORE_H

#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/hashtable.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "../backend/backend.h"
#include "../compat/compat.h"
#include "../protocol/hdb_protocol.h"
#include "../uapi/hyper_dmabuf.h"

#define HDB_TABLE_BITS 8

extern struct workqueue_struct *hdb_wq;
extern u32 hdb_own_domain;
extern struct mutex hdb_files_lock;
extern struct mutex hdb_links_lock;

/* ---- id.c ---- */

/** hdb_id_from_user - the driver's form of a user's id */
struct hdb_id hdb_id_from_user(const hyper_dmabuf_id_t *hid);
hyper_dmabuf_id_t hdb_id_to_user(const struct hdb_id *id);

/** hdb_id_alloc - a new id of domain @own, or -ENOSPC; hdb_id_free() it */
int hdb_id_alloc(u32 own, struct hdb_id *id);
void hdb_id_free(const struct hdb_id *id);

/** hdb_id_hash - key for a table of HDB_TABLE_BITS, of all 128 bits */
u32 hdb_id_hash(const struct hdb_id *id);

/* ---- quota.c ---- */

struct hdb_link;

/** struct hdb_quota - what a link has in one direction, dead ones included */
struct hdb_quota {
	u32 buffers;
	u64 pages;
};

/** struct hdb_limits - of each link, as they are now */
struct hdb_limits {
	u32 exports, imports;
	u64 export_pages, import_pages;
	u32 events;
};

void hdb_quota_limits(struct hdb_limits *limits);

/**
 * hdb_quota_export - room for one more export, under exports_lock
 *
 * Return: 0, hdb_quota_return() is due; -EDQUOT.
 */
int hdb_quota_export(struct hdb_link *link, u32 pages);

/** hdb_quota_import - likewise, under imports_lock */
int hdb_quota_import(struct hdb_link *link, u32 pages);
void hdb_quota_return(struct hdb_quota *quota, u32 pages);

/** hdb_quota_events - how many of a link may wait in a file; not 0 */
unsigned int hdb_quota_events(void);
void hdb_quota_events_lost(const struct hdb_link *link);

/** hdb_quota_message - one was received; under rx_lock */
void hdb_quota_message(struct hdb_link *link);

/** hdb_quota_pause - jiffies until the next may be taken; under rx_lock */
unsigned long hdb_quota_pause(struct hdb_link *link);
void hdb_quota_paused(const struct hdb_link *link);

/* ---- link.c, tx.c ---- */

enum hdb_link_state {
	HDB_LINK_WAITING,
	HDB_LINK_CONNECTED,
	HDB_LINK_DEAD,
};

/**
 * struct hdb_link - a connection with another domain
 * @node: in the list of links
 * @loopback: the other end is in this kernel; @exporting: it is the end that
 *	exports go out of
 * @state: written under @tx_lock
 * @rx_work: takes messages out of the ring, and sends what waits for room
 * @rx_slot: a message that the interrupt handler took and left to @rx_work, if
 *	@rx_held; @rx_busy: @rx_work has one in hand; both under @rx_lock
 * @fence_last: the name that was given last, under @tx_lock; @fence_seen: the
 *	last that the other domain gave, written by @rx_work
 * @watches: fences of ours that it waits for; @proxy_list, @proxies by name:
 *	what waits here, under @tx_lock; of them are nr_proxies fences of the
 *	other domain, and nr_returns returns that it owes
 * @window_start: jiffies; @window_messages: received since, both under @rx_lock
 * @exports: by id, @shared: the same by dma-buf, @exported: under @exports_lock;
 *	@imports: by id, @imported: under @imports_lock
 * @tx_list: struct hdb_tx that have something to tell, under @tx_lock
 * @farewells: exports that are gone, and whose RELEASED is to come, nr_farewells
 *	of them, under @exports_lock
 * @bad_messages: received, and wrong; @late: right, and of no use any more
 * @counts: what backends count, by enum hdb_count
 */
struct hdb_link {
	struct kref ref;
	struct list_head node;
	const struct hdb_backend_ops *ops;
	void *priv;
	u32 own, peer;
	char name[HYPER_DMABUF_LINK_NAME_LEN];
	bool loopback, exporting;
	enum hdb_link_state state;
	struct delayed_work rx_work;

	struct mutex exports_lock;	/* of @exports, all there is to them */
	DECLARE_HASHTABLE(exports, HDB_TABLE_BITS);
	DECLARE_HASHTABLE(shared, HDB_TABLE_BITS);
	struct hdb_quota exported;
	struct mutex imports_lock;	/* of @imports, the table */
	DECLARE_HASHTABLE(imports, HDB_TABLE_BITS);
	struct hdb_quota imported;

	spinlock_t tx_lock;		/* of @tx_list, and what it will say */
	struct list_head tx_list;

	spinlock_t rx_lock;		/* of the receiving end of the ring */
	u8 rx_slot[HDB_SLOT_SIZE];
	bool rx_held, rx_busy;
	unsigned long window_start;
	unsigned int window_messages;

	u64 fence_last, fence_seen;
	struct list_head watches, proxy_list;
	DECLARE_HASHTABLE(proxies, HDB_TABLE_BITS);
	u32 nr_watches, nr_proxies, nr_returns;

	unsigned int refusals;	/* waiting in tx_list */
	bool corrupt;

	struct list_head farewells;
	u32 nr_farewells;

	u64 sent, received, bad_messages, late;
	atomic64_t counts[HDB_COUNTS];
	struct work_struct free_work;
};

extern struct list_head hdb_links;	/* all, dead ones too; hdb_links_lock */

void hdb_link_get(struct hdb_link *link);
void hdb_link_put(struct hdb_link *link);

/** hdb_link_kick - have its work look after it; any context */
void hdb_link_kick(struct hdb_link *link);

/**
 * hdb_link_find - the link over which to export to a domain
 *
 * Of several one that is connected, if there is one.
 *
 * Return: a reference, or NULL.
 */
struct hdb_link *hdb_link_find(u32 peer);

/**
 * hdb_link_catch_up - wait until all is dealt with that the other domain has sent
 *
 * Up to the moment of the call. Return: 0; -EINTR; -ETIMEDOUT: it has sent more than
 * it may in 5 s; -EINVAL: the link is dead.
 */
int hdb_link_catch_up(struct hdb_link *link);

/**
 * hdb_link_wait - wait until the link with a domain is connected
 *
 * Return: 0, -ENODEV: no link; -ETIMEDOUT; -EINTR.
 */
int hdb_link_wait(u32 peer);

/** hdb_links_list - describe up to @room links; returns how many there are */
u32 hdb_links_list(struct hyper_dmabuf_link *to, u32 room);

/**
 * struct hdb_tx - something that the other domain is to be told
 * @node: in link->tx_list, or empty
 * @next: fills in the next message; false when there is nothing more to say
 * @sent: that message is on its way
 * @put: drops the reference that the list held; must not sleep
 *
 * It is embedded in the object that it speaks of, and says what is true of it
 * when it is sent: a slow reader gets fewer messages, not older ones. So the
 * list cannot outgrow the number of objects, and sending needs no memory. All
 * three are called under link->tx_lock.
 */
struct hdb_tx {
	struct list_head node;
	bool (*next)(struct hdb_tx *tx, struct hdb_msg *msg);
	void (*sent)(struct hdb_tx *tx, const struct hdb_msg *msg);
	void (*put)(struct hdb_tx *tx);
};

/**
 * hdb_tx_queue - there is something to tell; call hdb_tx_flush() afterwards
 *
 * Under link->tx_lock. Return: true if the list took @tx, and with it a
 * reference of the caller's; false if it was there already, or the link is not
 * connected.
 */
bool hdb_tx_queue(struct hdb_link *link, struct hdb_tx *tx);

/** hdb_tx_queue_last - likewise, and behind what is in the list, if it was there */
bool hdb_tx_queue_last(struct hdb_link *link, struct hdb_tx *tx);

/** hdb_tx_flush - send what there is room for; returns the number of messages */
unsigned int hdb_tx_flush(struct hdb_link *link);

/** hdb_tx_purge - forget it all: the link is dead */
void hdb_tx_purge(struct hdb_link *link);

/* ---- handicap.c ---- */

/** hdb_handicap - waste what module parameters say; any context */
void hdb_handicap(struct hdb_link *link);

/* ---- pages.c ---- */

/**
 * struct hdb_pages - the page frames of a local dma-buf, pinned
 * @attach: NULL: it is one of the heap's, and @pfns are its own
 */
struct hdb_pages {
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
	unsigned long *pfns;
	u32 count;
};

/** hdb_pages_count - how many it has; -EINVAL: not whole ones; -E2BIG */
int hdb_pages_count(const struct dma_buf *dmabuf);

/**
 * hdb_pages_pin - attach, map, and find all page frames
 *
 * Return: 0, or -EINVAL: it is not made of whole pages of ordinary memory;
 * -E2BIG: larger than HDB_MAX_PAGES; or what its exporter says.
 */
int hdb_pages_pin(struct dma_buf *dmabuf, struct hdb_pages *pages);
void hdb_pages_unpin(struct hdb_pages *pages);

int hdb_pages_init(void);
void hdb_pages_exit(void);

/* ---- share.c ---- */

/**
 * struct hdb_share - pages granted to the other domain, and their directory
 * @refs: data pages first, then directory pages; NULL: nothing is granted
 * @left: how many of @refs are still granted
 */
struct hdb_share {
	struct hdb_link *link;
	u32 *refs;
	u32 nr_pages, nr_dirs, left;
	u8 **dirs;
};

/**
 * hdb_share_create - grant the pages to the other domain, and build the directory
 *
 * Return: 0 or -errno; in either case hdb_share_end() is due, as often as it
 * takes.
 */
int hdb_share_create(struct hdb_link *link, const struct hdb_pages *pages,
		     u32 flags, struct hdb_share *share);
u32 hdb_share_dir_ref(const struct hdb_share *share);

/** hdb_share_end - take back what is not mapped; true when that is all */
bool hdb_share_end(struct hdb_share *share);

/**
 * hdb_share_read - collect the references of a buffer of the other domain
 * @refs: room for @nr_pages
 */
int hdb_share_read(struct hdb_link *link, u32 dir_ref, u32 nr_pages, u32 flags,
		   u32 *refs);

/* ---- export.c, release.c, owner.c ---- */

struct hdb_file;

/**
 * struct hdb_export - a dma-buf of ours that the other domain may map
 * @node: in link->exports; @by_dmabuf: in link->shared
 * @state: of the protocol
 * @dead: no longer shared: unexported, or the link died
 * @delayed: an unexport is due, at @due (jiffies)
 * @owners: struct hdb_owner, the files that exported it
 * @reap_work: takes the pages back, again and again until all are
 * @released: they are, and the dma-buf was let go of; @release_wait: for that
 * @tx, @announce, @retire, @priv: under link->tx_lock
 * @intro, @intro_due: a QUIET EXPORT, likewise; @introduced: that or another one
 *	has been sent, or will be before anything else that is told from now on;
 *	@announced: has been sent; @fenced: FENCEs of it may be under way
 * @returns: proxies that wait for it, likewise
 */
struct hdb_export {
	struct kref ref;
	struct hlist_node node, by_dmabuf;
	struct hdb_link *link;
	struct hdb_id id;
	struct dma_buf *dmabuf;
	struct hdb_pages pages;
	struct hdb_share share;
	u32 flags;
	enum hdb_export_state state;
	bool dead, delayed;
	unsigned long due;
	struct list_head owners;
	struct delayed_work unexport_work;
	struct delayed_work reap_work;
	unsigned int reap_ms;	/* until the next try */
	bool released;
	wait_queue_head_t release_wait;

	struct hdb_tx tx;
	bool announce, retire;
	struct hdb_tx intro;
	bool intro_due, introduced, announced, fenced;
	struct list_head returns;
	u32 priv_len;
	u8 priv[HDB_MAX_PRIV];
};

struct hdb_export_args {
	int fd;
	u32 peer;
	u32 flags;		/* HDB_BUF_* */
	u32 priv_len;
	u8 priv[HDB_MAX_PRIV];
};

int hdb_export(struct hdb_file *file, const struct hdb_export_args *args,
	       struct hdb_id *id);

/** hdb_export_find - a reference, or NULL; @file: only if that one exported it */
struct hdb_export *hdb_export_find(const struct hdb_id *id,
				   const struct hdb_file *file);
void hdb_export_put(struct hdb_export *export);

/** hdb_export_in_link - likewise, whoever exported it over this link */
struct hdb_export *hdb_export_in_link(struct hdb_link *link, const struct hdb_id *id);

/** hdb_export_dmabuf - a reference to its dma-buf, or NULL: the export is dead */
struct dma_buf *hdb_export_dmabuf(struct hdb_export *export);

/** hdb_export_introduce - FENCEs of it follow; under link->tx_lock */
void hdb_export_introduce(struct hdb_export *export);

/**
 * hdb_export_id_of - the id under which @file shares a dma-buf
 * @of_domain: with domain *@domain; else with the only one, which goes there
 *
 * Return: 0; -ENOENT: it does not; -ENOTUNIQ: with several.
 */
int hdb_export_id_of(const struct dma_buf *dmabuf, const struct hdb_file *file,
		     bool of_domain, u32 *domain, struct hdb_id *id);

/** hdb_export_unexport - now, or in @delay_ms; -EINVAL: already */
int hdb_export_unexport(struct hdb_export *export, unsigned int delay_ms);

/**
 * hdb_export_wait - wait until nobody maps its pages, as the hypervisor says
 * @timeout_ms: at most, and no longer than the module parameter allows
 *
 * Return: 0; -ETIMEDOUT; -EINTR.
 */
int hdb_export_wait(struct hdb_export *export, unsigned int timeout_ms);

/** hdb_export_wait_limit - the most milliseconds that it waits */
u32 hdb_export_wait_limit(void);

int hdb_export_query(struct hdb_export *export, int item, u64 *value,
		     u8 *priv);

/** hdb_export_close - @file lets go of all that it exported */
void hdb_export_close(struct hdb_file *file);

/** hdb_export_message - USED, IDLE, RELEASED, REFUSED; -errno if it is wrong */
int hdb_export_message(struct hdb_link *link, const struct hdb_msg *msg);

/** hdb_export_link_died - unexport everything */
void hdb_export_link_died(struct hdb_link *link);

/** hdb_exports_pending - exports whose pages are still granted, of all links */
u32 hdb_exports_pending(void);

/* ---- farewell.c; all under exports_lock ---- */

/** hdb_farewell_expect - an export is gone, and was not heard of yet */
void hdb_farewell_expect(struct hdb_link *link, const struct hdb_id *id);

/** hdb_farewell_heard - whether a message is about such a one */
bool hdb_farewell_heard(struct hdb_link *link, const struct hdb_msg *msg);

/** hdb_farewells_forget - the link is dead */
void hdb_farewells_forget(struct hdb_link *link);

/* ---- import.c, import_buf.c ---- */

/**
 * struct hdb_import - a buffer of the other domain
 * @node: in link->imports
 * @lock: of what follows it
 * @dead: unexported, or its domain died
 * @mapping: present while it is used, and a while after
 * @dmabuf: the living one, without a reference; its release clears it
 * @users: dma-bufs that are not released yet
 * @cache_work: drops an unused mapping
 * @tx, @used, @told_used, @gone, @priv: under link->tx_lock
 * @resv: of all dma-bufs that are made for it, so that it has fences before them
 * @published: the last FENCE whose return is expected; @returned: the last one
 *	returned; @unplaced: proxies on their way into @resv; @silent: no event
 *	told of it yet; @due: an event waits for @unplaced; under link->tx_lock
 */
struct hdb_import {
	struct kref ref;
	struct hlist_node node;
	struct hdb_link *link;
	struct hdb_id id;
	u32 nr_pages, dir_ref, flags;

	struct mutex lock;		/* of what follows */
	bool dead;
	struct hdb_mapping *mapping;
	bool proven;			/* that these are the pages of the buffer */
	struct dma_buf *dmabuf;
	unsigned int users;
	struct delayed_work cache_work;

	struct hdb_tx tx;
	bool used, told_used, gone;
	struct dma_resv resv;
	u64 published, returned;
	u32 unplaced;
	bool silent, due;
	struct work_struct free_work;
	u32 priv_len;
	u8 priv[HDB_MAX_PRIV];
};

/** hdb_import_in_link - a reference to what came over this link, or NULL */
struct hdb_import *hdb_import_in_link(struct hdb_link *link, const struct hdb_id *id);

/** hdb_import_told - whether it was announced, and no news of it is under way */
bool hdb_import_told(struct hdb_import *import);

/** hdb_import_announce_due - its fences are in place: send the event that waits */
void hdb_import_announce_due(struct hdb_import *import);

struct hdb_import *hdb_import_find(const struct hdb_id *id);
void hdb_import_put(struct hdb_import *import);

/** hdb_import_dmabuf - a reference of its dma-buf, made if there is none */
struct dma_buf *hdb_import_dmabuf(struct hdb_import *import);

int hdb_import_query(struct hdb_import *import, int item, u64 *value, u8 *priv);

/** hdb_import_message - EXPORT, UNEXPORT; -errno if it is wrong */
int hdb_import_message(struct hdb_link *link, const struct hdb_msg *msg);
void hdb_import_link_died(struct hdb_link *link);

/** hdb_import_released - a dma-buf of it is gone; called by its release */
void hdb_import_released(struct hdb_import *import, struct dma_buf *dmabuf);

/** hdb_import_buf_create - a dma-buf on the mapping; keeps @import until released */
struct dma_buf *hdb_import_buf_create(struct hdb_import *import);

/** hdb_import_buf_is - whether a dma-buf is an import */
bool hdb_import_buf_is(const struct dma_buf *dmabuf);

/** hdb_import_buf_import - the import that it stands for, while it lives; or NULL */
struct hdb_import *hdb_import_buf_import(const struct dma_buf *dmabuf);

/** hdb_import_idle - whether it is mapped and not used; a glance */
bool hdb_import_idle(const struct hdb_import *import);

/** hdb_import_expire - unmap it soon if it is not used */
void hdb_import_expire(struct hdb_import *import);

/** hdb_imports_each - call @fn for each living import, under its table's lock */
void hdb_imports_each(void (*fn)(struct hdb_import *import, void *data),
		      void *data);

/* ---- heap.c, heap_buf.c ---- */

int hdb_heap_init(void);
void hdb_heap_exit(void);

/** hdb_heap_buf_create - a dma-buf of zeroes; @flags: of its file */
struct dma_buf *hdb_heap_buf_create(u32 nr_pages, unsigned int flags);

/** hdb_heap_buf_pfns - its page frames, which stay as long as it; NULL: not of the heap */
unsigned long *hdb_heap_buf_pfns(const struct dma_buf *dmabuf);

/* ---- shrink.c ---- */

int hdb_shrink_init(void);
void hdb_shrink_exit(void);

/* ---- fence.c, proxy.c; the rest of them is in fence.h ---- */

struct hdb_fences;

/**
 * hdb_export_fence_send - tell of the fences of an export
 * @fd: a sync_file, or -1: the buffer's own writers
 * @expect: a return
 * @pending: how many there are
 */
int hdb_export_fence_send(struct hdb_export *export, int fd, bool expect, u32 *pending);

/** hdb_export_publish - tell of @fences, unless it was done; under exports_lock */
int hdb_export_publish(struct hdb_export *export, const struct hdb_fences *fences);

/** hdb_import_fence_send - hand back; @write: @fd is of a writer */
int hdb_import_fence_send(struct hdb_import *import, int fd, bool write, u32 *pending);

/** hdb_fence_message - FENCE, RETURN; -errno if it is wrong */
int hdb_fence_message(struct hdb_link *link, const struct hdb_msg *msg);

/** hdb_fence_signaled - SIGNALED, in any context, under rx_lock */
int hdb_fence_signaled(struct hdb_link *link, const struct hdb_msg *msg);

/** hdb_fences_link_died - nobody waits for the other domain, nor it for us */
void hdb_fences_link_died(struct hdb_link *link);

/** hdb_proxies_alive - those that others hold included, which hold the module */
u32 hdb_proxies_alive(void);

/* ---- event.c, file.c, ioctl.c, about.c ---- */

/**
 * struct hdb_event - one that waits to be read
 * @link: it came over; only to be compared
 * @listed: of an import that was there when the file was opened; never dropped
 */
struct hdb_event {
	struct list_head node;
	const struct hdb_link *link;
	bool listed;
	struct hdb_id id;
	u32 priv_len;
	u8 priv[HDB_MAX_PRIV];
};

/**
 * struct hdb_file - an open device node
 * @events: struct hdb_event, oldest first, under @lock; @told_lost: the log says that
 *	some were dropped
 * @next: the event that is read next, taken out of them, or NULL; under @read_lock
 * @owned: struct hdb_owner, under @lock
 */
struct hdb_file {
	struct list_head node;
	spinlock_t lock;		/* of @events and @owned */
	wait_queue_head_t wait;
	struct mutex read_lock;		/* one reader at a time */
	struct list_head events;
	bool told_lost;
	struct hdb_event *next;
	struct list_head owned;
};

int hdb_events_init(struct hdb_file *file);
void hdb_events_exit(struct hdb_file *file);

/** hdb_events_broadcast - tell every file; under hdb_files_lock */
void hdb_events_broadcast(const struct hdb_import *import);
ssize_t hdb_events_read(struct hdb_file *file, char __user *to, size_t size,
			bool nonblock);
bool hdb_events_pending(struct hdb_file *file);
u32 hdb_events_files(void);
u64 hdb_events_lost(void);	/* dropped, of all files, since loading */

long hdb_ioctl(struct hdb_file *file, unsigned int cmd, unsigned long arg);

/** hdb_about_capabilities - CAPABILITIES; @calls: a bit for each extension */
int hdb_about_capabilities(struct ioctl_hyper_dmabuf_capabilities *about, u64 calls);
int hdb_about_id_of_fd(struct hdb_file *file, struct ioctl_hyper_dmabuf_id_of_fd *about);

/** hdb_file_uevent - tell udev what became of a link: "connected" or "gone" */
void hdb_file_uevent(const struct hdb_link *link, const char *what);

/** hdb_file_init - make the device nodes */
int hdb_file_init(void);
void hdb_file_exit(void);

/* ---- debugfs.c ---- */

void hdb_debugfs_init(void);
void hdb_debugfs_exit(void);

#endif /* HDB_CORE_H */
