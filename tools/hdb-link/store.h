/* SPDX-License-Identifier: MIT */
/*
 * store: the little of xenstore that hdb-link needs. Every function works
 * inside the transaction @t, XBT_NULL for none, and returns 0 or a negative
 * errno unless it says otherwise.
 */
#ifndef HDB_LINK_STORE_H
#define HDB_LINK_STORE_H

#include <stdbool.h>
#include <xenstore.h>

#define STORE_PATH_LEN	512

/* Joins a path; a path that does not fit ends the program: ids are bounded. */
void store_path(char path[STORE_PATH_LEN], const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The text at @dir/@key, to be freed; NULL with errno set when there is none. */
char *store_read(struct xs_handle *xs, xs_transaction_t t, const char *dir, const char *key);

/* The number at @dir/@key, or -1 when there is none or it is not a number. */
int store_read_int(struct xs_handle *xs, xs_transaction_t t, const char *dir, const char *key);

bool store_exists(struct xs_handle *xs, xs_transaction_t t, const char *path);

/*
 * The names below @path, to be freed as one block; @count is 0 and NULL comes
 * back when there are none.
 */
char **store_list(struct xs_handle *xs, xs_transaction_t t, const char *path, unsigned int *count);

/* As store_list(), but those names that are numbers, sorted. */
int *store_list_ints(struct xs_handle *xs, xs_transaction_t t, const char *path,
		     unsigned int *count);

/*
 * Makes the directory @path, which belongs to @owner and which @reader may
 * read. What exists already keeps its permissions.
 */
int store_mkdir(struct xs_handle *xs, xs_transaction_t t, const char *path, int owner, int reader);

/* Writes @dir/@key, which belongs to @owner and which @reader may read. */
int store_write(struct xs_handle *xs, xs_transaction_t t, const char *dir, const char *key,
		const char *value, int owner, int reader);

/* Removes @path with all below it; what is not there is no error. */
int store_remove(struct xs_handle *xs, xs_transaction_t t, const char *path);

/* Removes @path when nothing is below it. */
int store_prune(struct xs_handle *xs, xs_transaction_t t, const char *path);

/*
 * Runs @step inside a transaction, again for as long as others interfere. What
 * @step returns is returned; a transaction whose step failed changes nothing.
 */
int store_transact(struct xs_handle *xs,
		   int (*step)(struct xs_handle *xs, xs_transaction_t t, void *arg), void *arg);

#endif /* HDB_LINK_STORE_H */
