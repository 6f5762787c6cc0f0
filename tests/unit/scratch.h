/* SPDX-License-Identifier: MIT */
/*
 * scratch: an empty folder for one test.
 */
#ifndef UNIT_SCRATCH_H
#define UNIT_SCRATCH_H

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch_folder[64];

static inline void scratch_open(void)
{
	strcpy(scratch_folder, "/tmp/hdb-unit-XXXXXX");
	cr_assert(mkdtemp(scratch_folder));
}

/* A path in the folder, valid until the next call. */
static inline const char *scratch_path(const char *name)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s", scratch_folder, name);
	return path;
}

/* Files in the folder. */
static inline int scratch_count(void)
{
	DIR *d = opendir(scratch_folder);
	struct dirent *e;
	int n = 0;

	cr_assert(d);
	while ((e = readdir(d)))
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static inline void scratch_close(void)
{
	DIR *d = opendir(scratch_folder);
	struct dirent *e;

	while (d && (e = readdir(d)))
		unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	cr_expect_eq(rmdir(scratch_folder), 0);
}

#endif /* UNIT_SCRATCH_H */
