// SPDX-License-Identifier: GPL-2.0
/*
 * Events: each open file has its own queue of new imports and renewed private
 * data, of a fixed size, so that a program that does not read costs nothing but
 * its own news.
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

static void event_add(struct hdb_file *file, const struct hdb_import *import)
{
	struct hdb_event *event;

	spin_lock(&file->lock);
	if (file->count == file->capacity) {
		file->first = (file->first + 1) % file->capacity;
		file->count--;
		atomic64_inc(&events_lost);
	}
	event = &file->events[(file->first + file->count++) % file->capacity];
	event->id = import->id;
	event->priv_len = import->priv_len;
	memcpy(event->priv, import->priv, import->priv_len);
	spin_unlock(&file->lock);
}

void hdb_events_broadcast(const struct hdb_import *import)
{
	struct hdb_file *file;

	/* Private data changes under this lock too, so import->priv is stable. */
	lockdep_assert_held(&hdb_files_lock);
	list_for_each_entry(file, &files, node) {
		event_add(file, import);
		wake_up_interruptible(&file->wait);
	}
}

static void import_count(struct hdb_import *import, void *data)
{
	u32 *count = data;

	(*count)++;
}

/* What is not in place yet comes as an event. */
static void import_list(struct hdb_import *import, void *data)
{
	if (hdb_import_told(import))
		event_add(data, import);
}

int hdb_events_init(struct hdb_file *file)
{
	u32 living = 0;

	mutex_lock(&hdb_files_lock);
	hdb_imports_each(import_count, &living);
	/* None is added while the lock is held, so they all fit. */
	file->capacity = living + HDB_EVENT_ROOM;
	file->events = kvcalloc(file->capacity, sizeof(*file->events), GFP_KERNEL);
	if (!file->events) {
		mutex_unlock(&hdb_files_lock);
		return -ENOMEM;
	}
	hdb_imports_each(import_list, file);
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
	kvfree(file->events);
}

bool hdb_events_pending(struct hdb_file *file)
{
	return READ_ONCE(file->count) || READ_ONCE(file->next_valid);
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
 * is copied; it waits in file->next until it was. Under read_lock.
 */
static bool event_take(struct hdb_file *file)
{
	if (file->next_valid)
		return true;

	spin_lock(&file->lock);
	if (file->count) {
		file->next = file->events[file->first];
		file->next_valid = true;
		file->first = (file->first + 1) % file->capacity;
		file->count--;
	}
	spin_unlock(&file->lock);
	return file->next_valid;
}

/* Bytes copied, 0: there is none, or -errno: it stays where it is. */
static int event_copy(struct hdb_file *file, char __user *to, size_t room)
{
	const struct hdb_event *event = &file->next;
	struct hyper_dmabuf_event_hdr header = {
		.event_type = HYPER_DMABUF_NEW_IMPORT,
	};

	if (!event_take(file))
		return 0;

	header.hid = hdb_id_to_user(&event->id);
	header.size = event->priv_len;
	if (room < sizeof(header) + event->priv_len)
		return -EINVAL;
	if (copy_to_user(to, &header, sizeof(header)) ||
	    copy_to_user(to + sizeof(header), event->priv, event->priv_len))
		return -EFAULT;

	WRITE_ONCE(file->next_valid, false);
	return sizeof(header) + event->priv_len;
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
