/* SPDX-License-Identifier: GPL-2.0 */
/* How an export ends, and who owns it; between export.c, release.c and owner.c. */
#ifndef HDB_EXPORT_H
#define HDB_EXPORT_H

struct hdb_export;
struct hdb_file;

/* ---- export.c ---- */

/** hdb_export_told - a retired one: whether the other domain knows, if it is still there */
bool hdb_export_told(struct hdb_export *export);

/* ---- release.c ---- */

/** hdb_release_init - it holds the module from now on, until hdb_release() */
void hdb_release_init(struct hdb_export *export);

/**
 * hdb_release_start - take the pages back, as soon as nobody maps them
 * @told: the other domain has let go already, or cannot be told
 *
 * Inherits the table's reference. Under exports_lock, once.
 */
void hdb_release_start(struct hdb_export *export, bool told);

/** hdb_release_hurry - the other domain says that it has let go; under exports_lock */
void hdb_release_hurry(struct hdb_export *export);

/** hdb_release - nothing of it is granted: let go of the dma-buf, and of one reference */
void hdb_release(struct hdb_export *export);

/* ---- owner.c ---- */

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
