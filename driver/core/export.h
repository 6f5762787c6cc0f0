/* SPDX-License-Identifier: GPL-2.0 */
/* Who owns an export; between export.c and owner.c. */
#ifndef HDB_EXPORT_H
#define HDB_EXPORT_H

struct hdb_export;
struct hdb_file;

/*
 * Between two tries to take the pages of a retired export back. The first comes
 * late enough for a peer that behaves to have answered.
 */
#define HDB_REAP_MIN_MS		50u
#define HDB_REAP_MAX_MS		2000u

/*
 * An owner is a file that exported the buffer, once or more often. All but
 * hdb_owners_first() are called under the link's exports_lock.
 */

/** hdb_owners_add - @file owns it too; without effect if it does already */
int hdb_owners_add(struct hdb_export *export, struct hdb_file *file);
bool hdb_owners_has(struct hdb_export *export, const struct hdb_file *file);

/** hdb_owners_remove - @file lets go; true if nobody is left who owns it */
bool hdb_owners_remove(struct hdb_export *export, struct hdb_file *file);

/** hdb_owners_drop - it has no owners any more */
void hdb_owners_drop(struct hdb_export *export);

/** hdb_owners_first - a reference to an export that @file owns, or NULL */
struct hdb_export *hdb_owners_first(struct hdb_file *file);

#endif /* HDB_EXPORT_H */
