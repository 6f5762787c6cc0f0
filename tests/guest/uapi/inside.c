// SPDX-License-Identifier: MIT
/* What can be seen from outside: tracepoints, and the counts of each link in debugfs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>

#include "fenced.h"

ENDS_SUITE(inside);

#define TRACING	"/sys/kernel/tracing"

static void tracing_write(const char *file, const char *text)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), TRACING "/%s", file);
	fd = open(path, O_WRONLY | O_TRUNC);
	cr_assert_geq(fd, 0, "%s: %s", path, strerror(errno));
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text), "%s: %s", path,
		     strerror(errno));
	close(fd);
}

static void tracing_begin(void)
{
	if (access(TRACING "/trace", F_OK))
		cr_assert_eq(mount("tracefs", TRACING, "tracefs", 0, NULL), 0, "tracefs: %s",
			     strerror(errno));
	tracing_write("trace", "\n");
	tracing_write("events/hyper_dmabuf/enable", "1");
}

/* How many lines of the trace have @event and @words. */
static int tracing_count(const char *event, const char *words)
{
	FILE *file = fopen(TRACING "/trace", "r");
	char line[500];
	int count = 0;

	cr_assert_not_null(file);
	while (fgets(line, sizeof(line), file))
		count += strstr(line, event) && strstr(line, words);
	fclose(file);
	return count;
}

/* The trace of one buffer's life is complete, and has no more of its id than the first word. */
Test(inside, a_life_can_be_traced)
{
	static const struct {
		const char *event, *format;
	} wanted[] = {
		{ "hdb_grant:", "id=%08x pages=17 err=0" },
		{ "hdb_message: to=", " EXPORT id=%08x err=0" },
		{ "hdb_message: from=", " EXPORT id=%08x err=0" },
		{ "hdb_map:", "id=%08x pages=17 err=0" },
		{ "hdb_message: to=", "USED id=%08x err=0" },
		{ "hdb_message: from=", "USED id=%08x err=0" },
		{ "hdb_message: to=", "UNEXPORT id=%08x err=0" },
		{ "hdb_message: from=", "UNEXPORT id=%08x err=0" },
		{ "hdb_unmap:", "id=%08x pages=17 err=0" },
		{ "hdb_message: to=", "RELEASED id=%08x err=0" },
		{ "hdb_message: from=", "RELEASED id=%08x err=0" },
		{ "hdb_release:", "id=%08x pages=17 err=0" },
	};
	struct dmabuf import;
	struct shared shared;
	char words[60], key[10];

	tracing_begin();
	ends_share(&shared, DMABUF_ODD, 1);
	ends_import(&shared, &import);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	dmabuf_free(&import);
	dmabuf_free(&shared.buffer);
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
	tracing_write("events/hyper_dmabuf/enable", "0");

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		snprintf(words, sizeof(words), wanted[i].format, (unsigned int)shared.hid.id);
		cr_assert_eq(tracing_count(wanted[i].event, words), 1, "%s %s: %d times",
			     wanted[i].event, words, tracing_count(wanted[i].event, words));
	}
	for (int i = 0; i < 3; i++) {
		snprintf(key, sizeof(key), "%08x", (unsigned int)shared.hid.rng_key[i]);
		cr_assert_eq(tracing_count("hdb_", key), 0, "the secret is in the trace");
	}
}

FENCED_SUITE(inside_fences);

/* A frame's fence with its error, and the return that ends with the buffer. */
Test(inside_fences, can_be_traced)
{
	static const char *const wanted[] = {
		"id=%08x", "frame waits err=0", "frame signals err=0", "return waits err=0",
		"return signals err=-125",
	};
	struct fence fence = fenced_new();
	struct shared shared;
	char id[20];
	int import;

	tracing_begin();
	fenced_share(&shared, &import);
	expect(1, fenced_publish(&shared, EXPECT, fence.fd));
	assert_arrives(import, POLLIN);
	expect(0, fence_signal(&fence));
	assert_ready(import, POLLIN);
	/* Nobody hands it back. */
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	assert_ready(shared.buffer.fd, POLLOUT);
	tracing_write("events/hyper_dmabuf/enable", "0");

	snprintf(id, sizeof(id), wanted[0], (unsigned int)shared.hid.id);
	cr_assert_eq(tracing_count("hdb_fence:", id), 4);
	for (size_t i = 1; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		cr_assert_eq(tracing_count("hdb_fence:", wanted[i]), 1, "%s", wanted[i]);
	cr_assert_geq(tracing_count("hdb_message: to=", "FENCE"), 1);
	cr_assert_geq(tracing_count("hdb_message: from=", "SIGNALED"), 1);
}

/* The number behind @key in a file with a line for each link, summed over them. */
static long links_sum_in(const char *path, const char *key)
{
	FILE *file = fopen(path, "r");
	char word[40], line[500];
	long sum = -1;

	cr_assert_not_null(file);
	while (fgets(line, sizeof(line), file)) {
		long number;
		int used;

		for (char *at = line; sscanf(at, "%39s %ld%n", word, &number, &used) == 2; at += used)
			if (!strcmp(word, key))
				sum = (sum < 0 ? 0 : sum) + number;
	}
	fclose(file);
	return sum;
}

static long links_sum(const char *key)
{
	return links_sum_in("/sys/kernel/debug/hyper_dmabuf/links", key);
}

static bool links_are(const long want[8])
{
	static const char *const keys[] = {
		"exports", "export_pages", "unexported", "imports", "import_pages", "mappings",
		"users", "queued",
	};

	for (int i = 0; i < 8; i++)
		if (links_sum(keys[i]) != want[i])
			return false;
	return true;
}

Test(inside, links_count_what_they_carry)
{
	struct dmabuf import;
	struct shared shared;

	cr_assert(eventually(links_are((const long[]){ 0, 0, 0, 0, 0, 0, 0, 0 })));
	ends_share(&shared, DMABUF_ODD, 1);
	cr_assert(eventually(links_are((const long[]){ 1, 17, 0, 1, 17, 0, 0, 0 })));
	ends_import(&shared, &import);
	cr_assert(eventually(links_are((const long[]){ 1, 17, 0, 1, 17, 1, 1, 0 })));
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	/* Its pages are still in use. */
	cr_assert(eventually(links_are((const long[]){ 1, 17, 1, 1, 17, 1, 1, 0 })));
	dmabuf_free(&import);
	cr_assert(eventually(links_are((const long[]){ 0, 0, 0, 0, 0, 0, 0, 0 })));
}

struct counts {
	long granted, mapped, copied, calls;
};

static struct counts counts_now(void)
{
	static const char path[] = "/sys/kernel/debug/hyper_dmabuf/counts";

	return (struct counts) {
		.granted = links_sum_in(path, "granted"),
		.mapped = links_sum_in(path, "mapped"),
		.copied = links_sum_in(path, "copied"),
		.calls = links_sum_in(path, "calls"),
	};
}

Test(inside, a_frame_costs_no_pages)
{
	struct counts start, first, end;
	struct dmabuf import, again;
	struct shared shared;

	start = counts_now();
	ends_share(&shared, DMABUF_ODD, 1);
	ends_import(&shared, &import);
	first = counts_now();
	/* 17 pages and their directory, which alone is copied. */
	cr_assert_eq(first.granted - start.granted, 17 + 1);
	cr_assert_eq(first.mapped - start.mapped, 17);
	cr_assert_eq(first.copied - start.copied, 1);
	cr_assert_gt(first.calls, start.calls);

	/* The next frame, and one more user of it: told, and that is all. */
	ends_share_buffer(&shared);
	ends_import(&shared, &again);
	end = counts_now();
	cr_assert_eq(end.granted, first.granted);
	cr_assert_eq(end.mapped, first.mapped);
	cr_assert_eq(end.copied, first.copied);
	cr_assert_gt(end.calls, first.calls);

	dmabuf_free(&again);
	dmabuf_free(&import);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	dmabuf_free(&shared.buffer);
}
