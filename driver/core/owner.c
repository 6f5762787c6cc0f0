// SPDX-License-Identifier: GPL-2.0
/*
 * Which open files own an export. A file's list holds no references: an owner
 * is gone from it before its export is.
 */
#include <linux/slab.h>

#include "core.h"
#include "export.h"

struct hdb_owner {
	struct list_head in_export;	/* under exports_lock */
	struct list_head in_file;	/* under file->lock too */
	struct hdb_export *export;
	struct hdb_file *file;
};

static struct hdb_owner *owner_find(struct hdb_export *export,
				    const struct hdb_file *file)
{
	struct hdb_owner *owner;

	lockdep_assert_held(&export->link->exports_lock);
	list_for_each_entry(owner, &export->owners, in_export)
		if (owner->file == file)
			return owner;
	return NULL;
}

static void owner_free(struct hdb_owner *owner)
{
	spin_lock(&owner->file->lock);
	list_del(&owner->in_file);
	spin_unlock(&owner->file->lock);
	list_del(&owner->in_export);
	kfree(owner);
}

int hdb_owners_add(struct hdb_export *export, struct hdb_file *file)
{
	struct hdb_owner *owner;

	if (owner_find(export, file))
		return 0;

	owner = kmalloc(sizeof(*owner), GFP_KERNEL);
	if (!owner)
		return -ENOMEM;

	owner->export = export;
	owner->file = file;
	list_add_tail(&owner->in_export, &export->owners);
	spin_lock(&file->lock);
	list_add_tail(&owner->in_file, &file->owned);
	spin_unlock(&file->lock);
	return 0;
}

bool hdb_owners_has(struct hdb_export *export, const struct hdb_file *file)
{
	return owner_find(export, file);
}

bool hdb_owners_remove(struct hdb_export *export, struct hdb_file *file)
{
	struct hdb_owner *owner = owner_find(export, file);

	/* Retired meanwhile, by somebody else. */
	if (!owner)
		return false;
	owner_free(owner);
	return list_empty(&export->owners);
}

void hdb_owners_drop(struct hdb_export *export)
{
	struct hdb_owner *owner, *next;

	list_for_each_entry_safe(owner, next, &export->owners, in_export)
		owner_free(owner);
}

struct hdb_export *hdb_owners_first(struct hdb_file *file)
{
	struct hdb_export *export = NULL;

	spin_lock(&file->lock);
	if (!list_empty(&file->owned)) {
		export = list_first_entry(&file->owned, struct hdb_owner,
					  in_file)->export;
		kref_get(&export->ref);
	}
	spin_unlock(&file->lock);
	return export;
}
