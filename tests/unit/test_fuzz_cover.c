// SPDX-License-Identifier: MIT
/*
 * The ioctl fuzzer's coverage: blocks found in an object as the compiler makes it for KCOV, traces
 * that lead through them, sets of what was reached.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cover.h"

#define BASE	0x1000000ull

static char folder[] = "/tmp/hdb-test-XXXXXX";
static struct cover cover;
static struct cover_set set, known, fresh;

static void file_write(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	cr_assert(file);
	fputs(text, file);
	fclose(file);
}

/* An object with two functions, and where its code is said to be. */
static void object_make(void)
{
	char command[512];

	cr_assert(mkdtemp(folder));
	file_write("source.c",
		   "static int one(int a) { return a > 3 ? a * 2 : a - 1; }\n"
		   "int (*const table[])(int) = { one };\n"
		   "int two(int a) { for (int i = 0; i < a; i++) if (table[0](i)) return i;\n"
		   "\treturn 0; }\n"
		   "__attribute__((section(\".init.text\"))) int gone(int a) { return a; }\n");
	file_write(".text", "0x0000000001000000\n");
	snprintf(command, sizeof(command),
		 "cd %s && gcc -O1 -fno-inline -fno-pie -fsanitize-coverage=trace-pc -c source.c",
		 folder);
	cr_assert(system(command) == 0);
}

static void object_remove(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	cr_assert(system(command) == 0);
}

static void object_read(void)
{
	struct err err = { 0 };
	char path[256];

	snprintf(path, sizeof(path), "%s/source.o", folder);
	cr_assert(cover_points(&cover, path, folder, &err) == 0, "%s", err.text);
}

TestSuite(fuzz_cover, .init = object_make, .fini = object_remove, .timeout = 60);

Test(fuzz_cover, blocks_of_an_object)
{
	bool one = false, two = false;

	object_read();
	cr_assert(cover.points_count >= 5, "%zu blocks", cover.points_count);
	for (size_t i = 0; i < cover.points_count; i++) {
		const char *name = cover.functions[cover.points[i].function];

		one = one || !strcmp(name, "one");
		two = two || !strcmp(name, "two");
		/* The kernel has let go of what only loading needs. */
		cr_assert(strcmp(name, "gone"));
		cr_assert_str_eq(cover.points[i].section, ".text");
		cr_assert(cover.points[i].pc == BASE + cover.points[i].offset + 4);
		cr_assert(!i || cover.points[i].pc > cover.points[i - 1].pc);
	}
	cr_assert(one && two);
	memset(cover.fds, 0xff, sizeof(cover.fds));
	cover_close(&cover);
}

Test(fuzz_cover, traces)
{
	static uint64_t areas[COVER_THREADS + 2][1 << 16];
	size_t before;
	json_t *functions;

	object_read();
	cover.kcov = true;
	for (int i = 0; i < COVER_THREADS + 2; i++)
		cover.areas[i] = areas[i];
	/* Two blocks of one thread, with somebody else's in between; one of another. */
	areas[0][0] = 3;
	areas[0][1] = cover.points[0].pc;
	areas[0][2] = BASE - 1;
	areas[0][3] = cover.points[2].pc;
	areas[3][0] = 1;
	areas[3][1] = cover.points[2].pc;
	cover_collect(&cover, &set);
	cr_assert_eq(cover_reached(&cover), 2u);
	cr_assert_eq(set.count, 3u);
	cr_assert(!areas[0][0] && !areas[3][0], "it is not forgotten");

	/* The same again is nothing new; another order is. */
	cover_merge(&known, &set);
	cover_clear(&set);
	areas[1][0] = 1;
	areas[1][1] = cover.points[2].pc;
	cover_collect(&cover, &set);
	cr_assert_eq(cover_fresh(&set, &known, &fresh), 0u);
	areas[1][0] = 2;
	areas[1][2] = cover.points[0].pc;
	cover_collect(&cover, &set);
	cr_assert_eq(cover_fresh(&set, &known, &fresh), 1u);
	cr_assert(cover_holds(&set, &fresh));
	cr_assert(!cover_holds(&known, &fresh));

	before = known.count;
	cover_merge(&known, &fresh);
	cr_assert_eq(known.count, before + 1);
	cover_clear(&set);
	cr_assert(!set.count && !cover_has(&set, fresh.list[0]));

	functions = cover_functions(&cover);
	cr_assert_eq(json_array_size(functions), cover.functions_count);
	json_decref(functions);
	memset(cover.areas, 0, sizeof(cover.areas));
	memset(cover.fds, 0xff, sizeof(cover.fds));
	cover_close(&cover);
}

Test(fuzz_cover, what_is_no_module)
{
	struct err err = { 0 };
	char path[256];

	snprintf(path, sizeof(path), "%s/source.c", folder);
	cr_assert(cover_points(&cover, path, folder, &err) == -1);
	cr_assert(strstr(err.text, "is no module"), "%s", err.text);
	cr_assert(cover_points(&cover, "/nowhere", folder, &err) == -1);
	cr_assert(err.code == EXIT_USAGE);
}
