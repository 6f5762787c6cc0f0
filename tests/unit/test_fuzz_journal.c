// SPDX-License-Identifier: MIT
/* The fuzzers' last inputs, as they are found on a disk whose machine died. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal.h"

#define PLACE	64

static char folder[] = "/tmp/hdb-test-XXXXXX", path[64], text[(JOURNAL_PLACES + 1) * PLACE];
static struct journal journal;

static void journal_setup(void)
{
	cr_assert(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/mode.journal", folder);
	journal_open(&journal, folder, "mode", PLACE);
	cr_assert_geq(journal.fd, 0);
}

static void journal_teardown(void)
{
	journal_close(&journal);
	unlink(path);
	rmdir(folder);
}

TestSuite(fuzz_journal, .init = journal_setup, .fini = journal_teardown);

static void journal_put(uint64_t run, const char *line)
{
	FILE *file = journal_begin(&journal, run);

	cr_assert(file);
	fputs(line, file);
	journal_end(&journal);
}

static size_t journal_size(void)
{
	FILE *file = fopen(path, "r");
	size_t size;

	cr_assert(file);
	memset(text, 0, sizeof(text));
	size = fread(text, 1, sizeof(text), file);
	fclose(file);
	return size;
}

Test(fuzz_journal, a_place_for_each_of_the_last)
{
	char line[20];

	for (uint64_t run = 0; run < JOURNAL_PLACES + 2; run++) {
		snprintf(line, sizeof(line), "input %d\n", (int)run);
		journal_put(run, line);
	}
	cr_assert_leq(journal_size(), JOURNAL_PLACES * PLACE + 0u);
	cr_expect_str_eq(text, "input 32\n");
	cr_expect_str_eq(text + PLACE, "input 33\n");
	cr_expect_str_eq(text + 2 * PLACE, "input 2\n");
	cr_expect_str_eq(text + (JOURNAL_PLACES - 1) * PLACE, "input 31\n");
}

/* Nothing of what was there before is left. */
Test(fuzz_journal, a_short_one_after_a_long_one)
{
	journal_put(0, "a longer input\n");
	journal_put(JOURNAL_PLACES, "short\n");
	cr_assert_eq(journal_size(), strlen("a longer input\n"));
	cr_expect_str_eq(text, "short\n\n\n\n\n\n\n\n\n\n");
}

/* What is tried again may be 32 programs in one: it must not run into its neighbour. */
Test(fuzz_journal, one_that_has_no_room)
{
	static char line[100 * PLACE];

	memset(line, 'x', sizeof(line) - 1);
	journal_put(1, "neighbour\n");
	journal_put(0, line);
	journal_put(JOURNAL_PLACES, "short\n");
	cr_assert_eq(journal_size(), PLACE + strlen("neighbour\n"));
	cr_expect_str_eq(text + PLACE, "neighbour\n");
	cr_expect(!memchr(text, 'x', PLACE));
}

Test(fuzz_journal, none_is_none)
{
	journal_close(&journal);
	cr_assert_null(journal_begin(&journal, 0));
	journal_open(&journal, "/nowhere", "mode", PLACE);
	cr_assert_null(journal_begin(&journal, 0));
}
