// SPDX-License-Identifier: MIT
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store.h"

void store_path(char path[STORE_PATH_LEN], const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(path, STORE_PATH_LEN, fmt, args);
	va_end(args);
	if (len < 0 || len >= STORE_PATH_LEN)
		abort();
}

char *store_read(struct xs_handle *xs, xs_transaction_t t, const char *dir, const char *key)
{
	char path[STORE_PATH_LEN];
	unsigned int len;

	store_path(path, "%s/%s", dir, key);
	return xs_read(xs, t, path, &len);
}

static int store_parse_int(const char *text)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || end == text || *end || value < 0 || value > INT_MAX)
		return -1;
	return (int)value;
}

int store_read_int(struct xs_handle *xs, xs_transaction_t t, const char *dir, const char *key)
{
	char *text = store_read(xs, t, dir, key);
	int value = text ? store_parse_int(text) : -1;

	free(text);
	return value;
}

bool store_exists(struct xs_handle *xs, xs_transaction_t t, const char *path)
{
	unsigned int len;
	char *text = xs_read(xs, t, path, &len);
	bool exists = text || errno != ENOENT;

	free(text);
	return exists;
}

char **store_list(struct xs_handle *xs, xs_transaction_t t, const char *path, unsigned int *count)
{
	char **names;

	*count = 0;
	names = xs_directory(xs, t, path, count);
	if (!names)
		*count = 0;
	return names;
}

static int store_compare_ints(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

int *store_list_ints(struct xs_handle *xs, xs_transaction_t t, const char *path,
		     unsigned int *count)
{
	unsigned int total, kept = 0;
	char **names = store_list(xs, t, path, &total);
	int *ints = calloc(total + 1, sizeof(*ints));

	for (unsigned int i = 0; ints && i < total; i++) {
		ints[kept] = store_parse_int(names[i]);
		if (ints[kept] >= 0)
			kept++;
	}
	free(names);
	if (ints)
		qsort(ints, kept, sizeof(*ints), store_compare_ints);
	*count = kept;
	return ints;
}

static int store_permit(struct xs_handle *xs, xs_transaction_t t, const char *path, int owner,
			int reader)
{
	struct xs_permissions perms[] = {
		{ .id = (unsigned int)owner, .perms = XS_PERM_NONE },
		{ .id = (unsigned int)reader, .perms = XS_PERM_READ },
	};

	return xs_set_permissions(xs, t, path, perms, 2) ? 0 : -errno;
}

int store_mkdir(struct xs_handle *xs, xs_transaction_t t, const char *path, int owner, int reader)
{
	if (store_exists(xs, t, path))
		return 0;
	if (!xs_mkdir(xs, t, path))
		return -errno;
	return store_permit(xs, t, path, owner, reader);
}

int store_write(struct xs_handle *xs, xs_transaction_t t, const char *dir, const char *key,
		const char *value, int owner, int reader)
{
	char path[STORE_PATH_LEN];

	store_path(path, "%s/%s", dir, key);
	if (!xs_write(xs, t, path, value, (unsigned int)strlen(value)))
		return -errno;
	return store_permit(xs, t, path, owner, reader);
}

int store_remove(struct xs_handle *xs, xs_transaction_t t, const char *path)
{
	if (xs_rm(xs, t, path) || errno == ENOENT)
		return 0;
	return -errno;
}

int store_prune(struct xs_handle *xs, xs_transaction_t t, const char *path)
{
	unsigned int count;

	if (!store_exists(xs, t, path))
		return 0;
	free(store_list(xs, t, path, &count));
	return count ? 0 : store_remove(xs, t, path);
}

int store_transact(struct xs_handle *xs,
		   int (*step)(struct xs_handle *xs, xs_transaction_t t, void *arg), void *arg)
{
	for (;;) {
		xs_transaction_t t = xs_transaction_start(xs);
		int err;

		if (t == XBT_NULL)
			return -errno;
		err = step(xs, t, arg);
		if (err) {
			xs_transaction_end(xs, t, true);
			return err;
		}
		if (xs_transaction_end(xs, t, false))
			return 0;
		if (errno != EAGAIN)
			return -errno;
	}
}
