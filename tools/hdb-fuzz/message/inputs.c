// SPDX-License-Identifier: MIT
/* Inputs in files and folders: as text where people see them, as bytes for the engines. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "message.h"
#include "record.h"
#include "text.h"

int message_load(const char *path, uint8_t *bytes, size_t room, struct err *err)
{
	FILE *file = fopen(path, "re");
	struct err why = { 0 };
	int size;

	if (!file)
		return err_set(err, EXIT_USAGE, "cannot read '%s': %s", path, strerror(errno));
	size = text_read(file, bytes, room, &why);
	fclose(file);
	return size < 0 ? err_set(err, EXIT_USAGE, "%s: %s", path, why.text) : size;
}

int message_save(const char *path, const char *mode, const uint8_t *bytes, size_t size,
		 const char *note, struct err *err)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return err_errno(err, errno, "cannot write '%s'", path);
	fprintf(file, FUZZ_MAGIC "%s\n", mode);
	if (note)
		fprintf(file, "# %s\n", note);
	text_write(file, bytes, size);
	return fclose(file) ? err_errno(err, errno, "cannot write '%s'", path) : 0;
}

int message_write_raw(const char *path, const uint8_t *bytes, size_t size, struct err *err)
{
	FILE *file = fopen(path, "we");
	bool good;

	if (!file)
		return err_errno(err, errno, "cannot write '%s'", path);
	good = fwrite(bytes, 1, size, file) == size;
	return fclose(file) || !good ? err_errno(err, errno, "cannot write '%s'", path) : 0;
}

int message_read_raw(const char *path, uint8_t *bytes, size_t room, struct err *err)
{
	FILE *file = fopen(path, "re");
	size_t size;

	if (!file)
		return err_errno(err, errno, "cannot read '%s'", path);
	size = fread(bytes, 1, room, file);
	fclose(file);
	return (int)size;
}

/*
 * Call @each for every ordinary file of a folder, in the order of their names. Returns how many
 * there are, or -1.
 */
static int inputs_each(const char *folder, int (*filter)(const struct dirent *entry),
		       int (*each)(const char *name, const char *path, void *data,
				   struct err *err), void *data, struct err *err)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, filter, alphasort), failed = 0;

	if (count < 0)
		return err_set(err, EXIT_USAGE, "cannot read '%s': %s", folder, strerror(errno));
	for (int i = 0; i < count; i++) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (!failed)
			failed = each(entries[i]->d_name, path, data, err);
		free(entries[i]);
	}
	free(entries);
	return failed ? -1 : count;
}

static int inputs_is_text(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 4 && !strcmp(entry->d_name + length - 4, ".txt");
}

static int inputs_is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && strcmp(entry->d_name, "README.txt");
}

static int inputs_compile(const char *name, const char *path, void *data, struct err *err)
{
	static uint8_t bytes[RECORD_INPUT_MAX];
	int size = message_load(path, bytes, sizeof(bytes), err);
	char to[PATH_MAX];

	if (size < 0)
		return -1;
	snprintf(to, sizeof(to), "%s/%.*s", (const char *)data, (int)strlen(name) - 4, name);
	return message_write_raw(to, bytes, (size_t)size, err);
}

int message_compile(const char *from, const char *to, struct err *err)
{
	return inputs_each(from, inputs_is_text, inputs_compile, (void *)to, err);
}

struct inputs_list {
	char **paths;
	int count;
};

static int inputs_note(const char *name, const char *path, void *data, struct err *err)
{
	struct inputs_list *list = data;
	char **more = realloc(list->paths, ((size_t)list->count + 1) * sizeof(*more));

	(void)name;
	if (!more)
		return err_errno(err, ENOMEM, "no room for names");
	list->paths = more;
	more[list->count++] = strdup(path);
	return 0;
}

int message_list(const char *folder, char ***paths, struct err *err)
{
	struct inputs_list list = { 0 };
	int count = inputs_each(folder, inputs_is_text, inputs_note, &list, err);

	*paths = list.paths;
	return count < 0 ? -1 : list.count;
}

struct inputs_decompile {
	const char *to, *prefix, *note;
	char *last;
	size_t size;
};

/* FNV-1a (Fowler, Noll, Vo), 64 bits: names, not security. */
uint64_t message_hash(const uint8_t *bytes, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325;

	while (size--)
		hash = (hash ^ *bytes++) * 0x100000001b3;
	return hash;
}

static int inputs_decompile(const char *name, const char *path, void *data, struct err *err)
{
	const struct inputs_decompile *how = data;
	static uint8_t bytes[RECORD_INPUT_MAX];
	int size = message_read_raw(path, bytes, sizeof(bytes), err);
	char to[PATH_MAX];

	(void)name;
	if (size < 0)
		return -1;
	snprintf(to, sizeof(to), "%s/%s%016llx.txt", how->to, how->prefix,
		 (unsigned long long)message_hash(bytes, (size_t)size));
	if (how->last)
		snprintf(how->last, how->size, "%s", to);
	return message_save(to, "message", bytes, (size_t)size, how->note, err);
}

int message_decompile(const char *from, const char *to, const char *prefix, const char *note,
		      char *last, size_t size, struct err *err)
{
	struct inputs_decompile how = { to, prefix, note, last, size };

	return inputs_each(from, inputs_is_file, inputs_decompile, &how, err);
}

static int inputs_is_hashed(const struct dirent *entry)
{
	return strlen(entry->d_name) == 40 &&
	       strspn(entry->d_name, "0123456789abcdef") == 40;
}

static int inputs_move(const char *name, const char *path, void *data, struct err *err)
{
	char to[PATH_MAX];

	snprintf(to, sizeof(to), "%s/%s", (const char *)data, name);
	return rename(path, to) ? err_errno(err, errno, "cannot move '%s'", path) : 0;
}

int message_take_hashed(const char *from, const char *to, struct err *err)
{
	if (mkdir(to, 0777) && errno != EEXIST)
		return err_errno(err, errno, "cannot make '%s'", to);
	return inputs_each(from, inputs_is_hashed, inputs_move, (void *)to, err) < 0 ? -1 : 0;
}
