// SPDX-License-Identifier: GPL-2.0
/*
 * Events: each open file has its own queue of new imports and renewed private
 * data, with room for so many of each link: a program that does not read costs
 * nothing but its own news, and a link that has too much to tell only its own.
 */
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "core.h"

/* Of the list of files, and of what they are told. */
DEFINE_MUTEX(hdb_files_lock);
static LIST_HEAD(files);
static u32 nr_files;
static atomic64_t events_lost;

static struct hdb_event *event_alloc(const struct hdb_import *import, bool listed)
{
	struct hdb_event *event = kmalloc(sizeof(*event), GFP_KERNEL);

	if (!event)
		return NULL;

	/* Private data changes under hdb_files_lock too, so it is stable. */
	*event = (struct hdb_event) {
		.link = import->link,
		.listed = listed,
		.id = import->id,
		.priv_len = import->priv_len,
	};
	memcpy(event->priv, import->priv, import->priv_len);
	return event;
}

/* The oldest event of a link, if it has too many. */
static struct hdb_event *event_too_many(struct hdb_file *file,
					const struct hdb_link *link)
{
	struct hdb_event *event, *oldest = NULL;
	unsigned int count = 0;

	lockdep_assert_held(&file->lock);
	list_for_each_entry(event, &file->events, node) {
		if (event->link != link || event->listed)
			continue;
		oldest = oldest ?: event;
		count++;
	}
	return count >= hdb_quota_events() ? oldest : NULL;
}

/* Takes over @event, which may be NULL: there was no memory for it. */
static void event_add(struct hdb_file *file, struct hdb_event *event)
{
	struct hdb_event *lost = NULL;
	bool tell = false;

	spin_lock(&file->lock);
	if (event) {
		lost = event_too_many(file, event->link);
		if (lost) {
			list_del(&lost->node);
			tell = !file->told_lost;
			file->told_lost = true;
		}
		list_add_tail(&event->node, &file->events);
	}
	spin_unlock(&file->lock);

	/* Once for a file: there are programs that never read. */
	if (tell)
		hdb_quota_events_lost(lost->link);
	if (lost || !event)
		atomic64_inc(&events_lost);
	kfree(lost);
}

void hdb_events_broadcast(const struct hdb_import *import)
{
	struct hdb_file *file;

	lockdep_assert_held(&hdb_files_lock);
	list_for_each_entry(file, &files, node) {
		event_add(file, event_alloc(import, false));
		wake_up_interruptible(&file->wait);
	}
}

struct listing {
	struct list_head events;
	bool failed;
};

/* What is not in place yet comes as an event. */
static void import_list(struct hdb_import *import, void *data)
{
	struct listing *listing = data;
	struct hdb_event *event;

	if (listing->failed || !hdb_import_told(import))
		return;
	event = event_alloc(import, true);
	if (event)
		list_add_tail(&event->node, &listing->events);
	else
		listing->failed = true;
}

static void events_free(struct list_head *events)
{
	struct hdb_event *event, *next;

	list_for_each_entry_safe(event, next, events, node)
		kfree(event);
}

int hdb_events_init(struct hdb_file *file)
{
	struct listing listing = { .events = LIST_HEAD_INIT(listing.events) };

	INIT_LIST_HEAD(&file->events);
	mutex_lock(&hdb_files_lock);
	hdb_imports_each(import_list, &listing);
	if (listing.failed) {
		mutex_unlock(&hdb_files_lock);
		events_free(&listing.events);
		return -ENOMEM;
	}
	list_splice(&listing.events, &file->events);
	list_add_tail(&file->node, &files);
	nr_files++;
	mutex_unlock(&hdb_files_lock);
	return 0;
}

void hdb_events_exit(struct hdb_file *file)
{
	mutex_lock(&hdb_files_lock);
	list_del(&file->node);
	nr_files--;
	mutex_unlock(&hdb_files_lock);
	events_free(&file->events);
	kfree(file->next);
}

bool hdb_events_pending(struct hdb_file *file)
{
	return !list_empty_careful(&file->events) || READ_ONCE(file->next);
}

u32 hdb_events_files(void)
{
	return READ_ONCE(nr_files);
}

u64 hdb_events_lost(void)
{
	return atomic64_read(&events_lost);
}

/*
 * The oldest event, taken out of the queue, where it might be dropped while it
 * is copied; it waits in file->next until it was. Under read_lock. Or NULL.
 */
static const struct hdb_event *event_take(struct hdb_file *file)
{
	if (file->next)
		return file->next;

	spin_lock(&file->lock);
	WRITE_ONCE(file->next, list_first_entry_or_null(&file->events, struct hdb_event,
							node));
	if (file->next)
		list_del(&file->next->node);
	spin_unlock(&file->lock);
	return file->next;
}

/* Bytes copied, 0: there is none, or -errno: it stays where it is. */
static int event_copy(struct hdb_file *file, char __user *to, size_t room)
{
	const struct hdb_event *event = event_take(file);
	struct hyper_dmabuf_event_hdr header = {
		.event_type = HYPER_DMABUF_NEW_IMPORT,
	};
	size_t size;

	if (!event)
		return 0;

	header.hid = hdb_id_to_user(&event->id);
	header.size = event->priv_len;
	size = sizeof(header) + event->priv_len;
	if (room < size)
		return -EINVAL;
	if (copy_to_user(to, &header, sizeof(header)) ||
	    copy_to_user(to + sizeof(header), event->priv, event->priv_len))
		return -EFAULT;

	WRITE_ONCE(file->next, NULL);
	kfree(event);
	return size;
}

static ssize_t events_copy(struct hdb_file *file, char __user *to, size_t size)
{
	size_t done = 0;
	int copied;

	do {
		copied = event_copy(file, to + done, size - done);
		if (copied > 0)
			done += copied;
	} while (copied > 0);

	return done ?: copied;
}

ssize_t hdb_events_read(struct hdb_file *file, char __user *to, size_t size,
			bool nonblock)
{
	ssize_t done;
	int err;

	for (;;) {
		err = mutex_lock_interruptible(&file->read_lock);
		if (err)
			return err;
		done = events_copy(file, to, size);
		mutex_unlock(&file->read_lock);
		if (done)
			return done;
		if (nonblock)
			return -EAGAIN;

		err = wait_event_interruptible(file->wait, hdb_events_pending(file));
		if (err)
			return err;
	}
}
