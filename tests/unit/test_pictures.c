// SPDX-License-Identifier: MIT
/* Which frames become files. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../tools/hdb-import/pictures.h"

static char dir[] = "/tmp/hdb-test-pictures-XXXXXX";
static uint32_t pixels[64 * 64];
static const struct picture picture = {
	.data = pixels, .stride = 256, .width = 64, .height = 64, .order = PICTURE_RGBA,
};

static void make(void)
{
	cr_assert_not_null(mkdtemp(dir));
}

static void drop(void)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	cr_assert_eq(system(command), 0);
}

TestSuite(pictures, .init = make, .fini = drop);

static bool there(const char *name)
{
	char path[200];
	struct stat info;

	snprintf(path, sizeof(path), "%s/%s.png", dir, name);
	return stat(path, &info) == 0 && info.st_size > 0;
}

static unsigned int files(void)
{
	unsigned int count = 0;
	struct dirent *entry;
	DIR *open = opendir(dir);

	while ((entry = readdir(open)))
		count += entry->d_name[0] != '.';
	closedir(open);
	return count;
}

/* Frames 0 to @count - 1, with @wrong a wrong one (or none: beyond them). */
static void run(struct pictures_options options, uint64_t expected, uint64_t count, uint64_t wrong)
{
	struct err err = { 0 };
	struct pictures *pictures;

	options.dir = dir;
	pictures = pictures_open(&options, expected, &err);
	cr_assert_not_null(pictures, "%s", err.text);
	for (uint64_t frame = 0; frame < count; frame++) {
		bool want = pictures_want(pictures, frame) || frame == wrong;

		cr_assert_eq(pictures_add(pictures, want ? &picture : NULL, false, frame,
					  frame == wrong, &err), 0, "%s", err.text);
	}
	cr_assert_eq(pictures_finish(pictures, &err), 0, "%s", err.text);
	cr_assert_eq(pictures_count(pictures), files());
	pictures_free(pictures);
}

Test(pictures, default_of_a_known_length)
{
	run((struct pictures_options){ 0 }, 10, 10, 99);
	cr_assert(there("first") && there("middle") && there("last") && there("sheet"));
	cr_assert_eq(files(), 4);
}

Test(pictures, default_of_an_unknown_length)
{
	run((struct pictures_options){ 0 }, 0, 10, 99);
	cr_assert(there("first") && there("last") && there("sheet"));
	cr_assert_eq(files(), 3);
}

Test(pictures, numbers)
{
	run((struct pictures_options){ .given = true, .numbers = 2, .number = { 2, 5 } }, 0, 10, 99);
	cr_assert(there("frame-000002") && there("frame-000005"));
	cr_assert_eq(files(), 2);
}

Test(pictures, all)
{
	run((struct pictures_options){ .given = true, .all = true }, 0, 6, 99);
	cr_assert_eq(files(), 6);
}

Test(pictures, wrong_ones_are_written_unasked)
{
	run((struct pictures_options){ .given = true, .first = true }, 0, 6, 3);
	cr_assert(there("first") && there("wrong-000003"));
	cr_assert_eq(files(), 2);
}

Test(pictures, no_frame_no_files)
{
	run((struct pictures_options){ 0 }, 10, 0, 99);
	cr_assert_eq(files(), 0);
}

Test(pictures, only_what_is_wanted_is_read_back)
{
	struct pictures_options options = { .dir = dir, .given = true, .numbers = 1, .number = { 4 } };
	struct err err;
	struct pictures *pictures = pictures_open(&options, 0, &err);

	for (uint64_t frame = 0; frame < 8; frame++)
		cr_assert_eq(pictures_want(pictures, frame), frame == 4, "frame %lu", frame);
	pictures_free(pictures);
	cr_assert_not(pictures_want(NULL, 0));
}

Test(pictures, a_folder_that_cannot_be_made)
{
	struct pictures_options options = { .dir = "/nonexistent/a/b" };
	struct err err;

	cr_assert_null(pictures_open(&options, 0, &err));
	cr_assert(strstr(err.text, "/nonexistent/a/b"), "%s", err.text);
}
