// SPDX-License-Identifier: MIT
/*
 * hdb-fuzz message: every input of its corpus gets where its comment says, text and bytes say the
 * same, and chance follows from the seed alone.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "link.h"
#include "message.h"
#include "mutate.h"
#include "record.h"
#include "rng.h"
#include "text.h"

#define CORPUS "../../tools/hdb-fuzz/message/corpus/"
#define KERNEL_CORPUS "../../tools/hdb-fuzz/inside/corpus/"

static uint8_t input[RECORD_INPUT_MAX];

static int read_text(const char *text, uint8_t *bytes, struct err *err)
{
	FILE *file = fmemopen((void *)text, strlen(text), "r");
	int size;

	*err = (struct err){ 0 };
	size = text_read(file, bytes, RECORD_INPUT_MAX, err);
	fclose(file);
	return size;
}

static struct link_counts run_text(const char *text)
{
	struct err err;
	int size = read_text(text, input, &err);

	cr_assert_geq(size, 0, "%s", err.text);
	return link_run(input, (size_t)size, NULL);
}

static struct link_counts run_path(const char *folder, const char *name)
{
	char path[512];
	struct err err = { 0 };
	FILE *file;
	int size;

	snprintf(path, sizeof(path), "%s%s", folder, name);
	file = fopen(path, "r");
	cr_assert(file, "%s: %s", path, strerror(errno));
	size = text_read(file, input, sizeof(input), &err);
	fclose(file);
	cr_assert_geq(size, 0, "%s: %s", name, err.text);
	return link_run(input, (size_t)size, NULL);
}

static struct link_counts run_file(const char *name)
{
	return run_path(CORPUS, name);
}

/* Bytes to text and back: the same records. */
static void round_trip(const uint8_t *bytes, size_t size)
{
	static uint8_t again[RECORD_INPUT_MAX], canonical[RECORD_INPUT_MAX];
	size_t length, used = 0;
	struct record record;
	struct err err;
	char *text;
	FILE *file = open_memstream(&text, &length);
	int read;

	text_write(file, bytes, size);
	fclose(file);
	while (record_next(&bytes, &size, &record))
		record_put(canonical, sizeof(canonical), &used, record.operation, record.payload,
			   record.length);
	read = length ? read_text(text, again, &err) : 0;
	cr_assert_geq(read, 0, "%s in: %s", err.text, text);
	cr_assert_eq((size_t)read, used, "%d bytes of %zu: %s", read, used, text);
	cr_assert(!memcmp(again, canonical, used), "other bytes: %s", text);
	free(text);
}

/* All inputs of a folder; how many. */
static int run_folder(const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort), inputs = 0;

	for (int i = 0; i < count; i++) {
		if (strstr(entries[i]->d_name, ".txt")) {
			run_path(folder, entries[i]->d_name);
			inputs++;
		}
		free(entries[i]);
	}
	free(entries);
	return inputs;
}

Test(corpus, runs)
{
	cr_assert_geq(run_folder(CORPUS), 7);
}

/* The same form, and nothing in it that the program would trip over. */
Test(corpus, of_the_kernel_runs)
{
	cr_assert_geq(run_folder(KERNEL_CORPUS), 6);
}

Test(corpus, life_is_whole)
{
	struct link_counts counts = run_file("life.txt");

	cr_assert_eq(counts.sent, 2);
	cr_assert_eq(counts.received, 5);
	cr_assert_eq(counts.bad, 0);
	cr_assert_eq(counts.gone, 1);
}

Test(corpus, refused_twice)
{
	cr_assert_eq(run_file("refused.txt").gone, 2);
}

Test(corpus, import_is_read_twice)
{
	struct link_counts counts = run_file("import.txt");

	cr_assert_eq(counts.imported, 2);
	cr_assert_eq(counts.bad, 0);
}

Test(corpus, every_message_of_wrong_is)
{
	struct link_counts counts = run_file("wrong.txt");

	cr_assert_eq(counts.received, 20);
	cr_assert_eq(counts.bad, 20);
}

Test(corpus, one_directory_is_right)
{
	struct link_counts counts = run_file("directory.txt");

	cr_assert_eq(counts.received, 5);
	cr_assert_eq(counts.imported, 1);
	cr_assert_eq(counts.unread, 4);
}

Test(corpus, rings_are_closed)
{
	cr_assert_eq(run_file("ring.txt").corrupt, 1);
	cr_assert_eq(run_file("consumer.txt").corrupt, 1);
}

Test(link, full_ring_takes_no_more)
{
	char text[2000] = "";

	for (int i = 0; i < 65; i++)
		strcat(text, "share 0\n");
	cr_assert_eq(run_text(text).sent, 64);
	strcat(text, "drain\nshare 0\n");
	cr_assert_eq(run_text(text).sent, 65);
}

Test(link, both_ends_are_the_same)
{
	cr_assert_eq(run_text("slot USED id=own0\n").bad, 1);
	cr_assert_eq(run_text("backend\nslot USED id=own0\n").bad, 1);
	cr_assert_eq(run_text("backend\nshare 0\nslot USED id=own0\n").bad, 0);
}

Test(text, fields_are_sealed)
{
	struct err err;

	cr_assert_eq(read_text("slot EXPORT id=1,2,3,4 nr_pages=2 dir_ref=8 priv=0102", input, &err),
		     RECORD_HEADER + 256);
	cr_assert_eq(input[RECORD_HEADER + 2], 50, "length");
	cr_assert_eq(input[RECORD_HEADER + 25], 0x20, "size");
	cr_assert_eq(input[RECORD_HEADER + 40], 2, "priv_len");
	cr_assert_gt(read_text("slot EXPORT nr_pages=2 length=7 size=5", input, &err), 0);
	cr_assert_eq(input[RECORD_HEADER + 2], 7);
	cr_assert_eq(input[RECORD_HEADER + 24], 5);
}

Test(text, wrong_lines_are_named)
{
	static const char *const wrong[][2] = {
		{ "take", "line 1: '' is wrong for 'take'" },
		{ "take 256", "line 1: '256' is wrong for 'take'" },
		{ "# fine\n\njump 1", "line 3: no such operation: 'jump'" },
		{ "slot EXPORT pages=1", "line 1: 'pages=1' is wrong for 'slot'" },
		{ "slot EXPORT flags=0x1ffffffff", "line 1: 'flags=0x1ffffffff' is wrong for 'slot'" },
		{ "slot USED id=own4", "line 1: 'id=own4' is wrong for 'slot'" },
		{ "slot USED refs=1", "line 1: 'refs=1' is wrong for 'slot'" },
		{ "slot LOST", "line 1: 'LOST' is wrong for 'slot'" },
		{ "page x", "line 1: 'x' is wrong for 'page'" },
		{ "page 1 @4096=00", "line 1: '@4096=00' is wrong for 'page'" },
		{ "share 0 0", "line 1: '0' is wrong for 'share'" },
		{ "index sideways 1", "line 1: 'index' is wrong for 'index'" },
		{ "drain 1", "line 1: '1' is wrong for 'drain'" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct err err;

		cr_expect_eq(read_text(wrong[i][0], input, &err), -1, "%s", wrong[i][0]);
		cr_expect_str_eq(err.text, wrong[i][1]);
	}
}

Test(text, any_input_round_trips)
{
	struct rng rng;
	size_t size = 0;

	rng_seed(&rng, 1);
	for (int i = 0; i < 3000; i++) {
		/* Long ones start again. */
		size = mutate(input, size > 6000 ? 0 : size, sizeof(input), rng_next(&rng));
		round_trip(input, size);
	}
	for (int i = 0; i < 300; i++) {
		for (size = 0; size < 400; size++)
			input[size] = rng_next(&rng) & (i % 2 ? 0xff : 0x07);
		round_trip(input, size);
	}
}

Test(mutate, follows_from_the_seed)
{
	static uint8_t again[RECORD_INPUT_MAX];
	size_t size = 0, second = 0;

	for (uint64_t seed = 1; seed < 500; seed++) {
		size = mutate(input, size > 6000 ? 0 : size, sizeof(input), seed);
		/* What was done in between must not matter. */
		mutate((uint8_t[64]){ 0 }, 16, 64, seed * 7);
		second = mutate(again, second > 6000 ? 0 : second, sizeof(again), seed);
		cr_assert_eq(size, second);
		cr_assert(!memcmp(input, again, size));
	}
}

Test(mutate, stays_within_bounds)
{
	/* Of their exact size: the sanitizer watches. */
	for (size_t room = 1; room < 400; room += 7) {
		uint8_t *bytes = calloc(1, room);
		size_t size = 0;

		for (uint64_t seed = 0; seed < 200; seed++) {
			size = mutate(bytes, size, room, seed);
			cr_assert(size > 0 && size <= room);
			size = mutate_cross(bytes, size, input, 100, bytes, 0, seed) ? 0 : size;
		}
		free(bytes);
	}
}

Test(mutate, gets_through_to_everything)
{
	struct link_counts all = { 0 };
	size_t size = 0;

	for (uint64_t seed = 1; seed < 20000; seed++) {
		struct link_counts counts;

		size = mutate(input, size > 8000 ? 0 : size, sizeof(input), seed);
		counts = link_run(input, size, NULL);
		all.imported += counts.imported;
		all.unread += counts.unread;
		all.gone += counts.gone;
		all.corrupt += counts.corrupt;
		all.bad += counts.bad;
	}
	cr_assert(all.imported && all.unread && all.gone && all.corrupt && all.bad,
		  "%u imported, %u unread, %u gone, %u corrupt, %u bad", all.imported, all.unread,
		  all.gone, all.corrupt, all.bad);
}

/* Fails as long as a buffer is shared and, behind that, unshared. */
static int shares_and_unshares(void *data, const uint8_t *bytes, size_t size, struct err *err)
{
	unsigned int *tries = data;
	struct record record;
	bool shared = false;

	(void)err;
	++*tries;
	while (record_next(&bytes, &size, &record)) {
		if (record.operation == RECORD_UNEXPORT && shared)
			return 1;
		shared = shared || record.operation == RECORD_SHARE;
	}
	return 0;
}

Test(fuzz_message, is_made_short)
{
	static uint8_t bytes[RECORD_INPUT_MAX];
	unsigned int tries = 0;
	struct record record;
	const uint8_t *at = bytes;
	struct err err;
	size_t size = (size_t)read_text("take 1\nunexport 0\nshare 1\nslot USED id=own0\ntake 2\n"
					"share 2\ndrain\nindex producer 3\nunexport 3\n", bytes, &err);

	cr_assert_eq(message_records(bytes, size), 9u);
	cr_assert_eq(message_shorten(bytes, &size, shares_and_unshares, &tries, &err), 0);
	cr_assert_eq(message_records(bytes, size), 2u);
	cr_assert(tries < 40);
	/* The later one of the two that share. */
	cr_assert(record_next(&at, &size, &record) && record.operation == RECORD_SHARE);
	cr_assert_eq(record_number(&record, 0, 1), 2u);
	cr_assert(record_next(&at, &size, &record) && record.operation == RECORD_UNEXPORT);
}
