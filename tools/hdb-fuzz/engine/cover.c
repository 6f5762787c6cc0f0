// SPDX-License-Identifier: MIT
#include "cover.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcov.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define COVER_KCOV	"/sys/kernel/debug/kcov"
#define COVER_WORDS	(1u << 16)
/* What the driver's works report to: HDB_KCOV_HANDLE in driver/core/kcov.h. */
#define COVER_HANDLE	0x68646266u
#define COVER_BLOCKS	"/sys/kernel/debug/hdb_coverage/recent"
#define COVER_BLOCKS_ROOM	(512u << 10)

/* ---- sets ---- */

void cover_clear(struct cover_set *set)
{
	if (set->count < COVER_MOST)
		for (size_t i = 0; i < set->count; i++)
			set->bits[set->list[i] / 8] = 0;
	else
		memset(set->bits, 0, sizeof(set->bits));
	set->count = 0;
}

bool cover_has(const struct cover_set *set, uint32_t bit)
{
	return set->bits[bit / 8] & 1u << bit % 8;
}

static void cover_set_bit(struct cover_set *set, uint32_t bit)
{
	if (cover_has(set, bit))
		return;
	set->bits[bit / 8] |= (uint8_t)(1u << bit % 8);
	if (set->count < COVER_MOST)
		set->list[set->count++] = bit;
}

void cover_add(struct cover_set *set, uint64_t what)
{
	what ^= what >> 31;
	what *= 0x9e3779b97f4a7c15;
	cover_set_bit(set, (uint32_t)(what >> 46) % COVER_BITS);
}

size_t cover_fresh(const struct cover_set *set, const struct cover_set *known,
		   struct cover_set *fresh)
{
	cover_clear(fresh);
	for (size_t i = 0; i < set->count; i++)
		if (!cover_has(known, set->list[i]))
			cover_set_bit(fresh, set->list[i]);
	return fresh->count;
}

bool cover_holds(const struct cover_set *set, const struct cover_set *wanted)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (!cover_has(set, wanted->list[i]))
			return false;
	return true;
}

void cover_merge(struct cover_set *into, const struct cover_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		cover_set_bit(into, set->list[i]);
}

/* ---- KCOV ---- */

static bool cover_area(struct cover *cover, int index)
{
	cover->fds[index] = open(COVER_KCOV, O_RDWR | O_CLOEXEC);
	if (cover->fds[index] < 0 || ioctl(cover->fds[index], KCOV_INIT_TRACE, COVER_WORDS))
		return false;
	cover->areas[index] = mmap(NULL, COVER_WORDS * sizeof(uint64_t), PROT_READ | PROT_WRITE,
				   MAP_SHARED, cover->fds[index], 0);
	if (cover->areas[index] != MAP_FAILED)
		return true;
	cover->areas[index] = NULL;
	return false;
}

/* ---- hdb_coverage.ko ---- */

static size_t cover_find(const struct cover *cover, uint64_t pc)
{
	size_t low = 0, high = cover->points_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (cover->points[middle].pc < pc)
			low = middle + 1;
		else
			high = middle;
	}
	return low < cover->points_count && cover->points[low].pc == pc ? low :
	       cover->points_count;
}

static void cover_blocks_open(struct cover *cover)
{
	cover->text = cover_text(COVER_SECTIONS);
	cover->copy = malloc(COVER_BLOCKS_ROOM);
	if (cover->text && cover->copy)
		cover->blocks = open(COVER_BLOCKS, O_RDWR | O_CLOEXEC);
}

static void cover_blocks_forget(const struct cover *cover)
{
	if (cover->blocks > 0 && pwrite(cover->blocks, "", 1, 0) < 0)
		abort();
}

static void cover_point(struct cover *cover, struct cover_set *set, uint64_t pc)
{
	size_t point = cover_find(cover, pc);

	if (point == cover->points_count)
		return;
	cover->reached[point] = 1;
	cover_add(set, point + 1);
}

static void cover_blocks_collect(struct cover *cover, struct cover_set *set)
{
	ssize_t size = cover->blocks <= 0 ? 0 : pread(cover->blocks, cover->copy,
						     COVER_BLOCKS_ROOM, 0);

	for (ssize_t i = 0; i < size; i++) {
		uint64_t eight;

		/* Most of it is zero. */
		if (i + 8 <= size && (memcpy(&eight, cover->copy + i, 8), !eight)) {
			i += 7;
			continue;
		}
		if (cover->copy[i])
			cover_point(cover, set, cover->text + (uint64_t)i);
	}
}

bool cover_tells(const struct cover *cover)
{
	return cover->kcov || cover->blocks > 0;
}

int cover_open(struct cover *cover, const char *module, struct err *err)
{
	struct kcov_remote_arg remote = {
		.trace_mode = KCOV_TRACE_PC, .area_size = COVER_WORDS / 4,
		.common_handle = COVER_HANDLE,
	};
	int last = COVER_THREADS + 1;

	memset(cover, 0, sizeof(*cover));
	memset(cover->fds, 0xff, sizeof(cover->fds));
	if (cover_points(cover, module, COVER_SECTIONS, err))
		return -1;
	if (!cover->points_count)
		return 0;
	cover->kcov = true;
	for (int i = 0; i <= last; i++)
		cover->kcov = cover->kcov && cover_area(cover, i);
	cover->remote = cover->kcov && ioctl(cover->fds[last], KCOV_REMOTE_ENABLE, &remote) == 0;
	if (!cover->kcov)
		cover_blocks_open(cover);
	return 0;
}

void cover_close(struct cover *cover)
{
	if (cover->remote)
		ioctl(cover->fds[COVER_THREADS + 1], KCOV_DISABLE, 0);
	for (int i = 0; i <= COVER_THREADS + 1; i++) {
		if (cover->areas[i])
			munmap(cover->areas[i], COVER_WORDS * sizeof(uint64_t));
		if (cover->fds[i] >= 0)
			close(cover->fds[i]);
	}
	for (size_t i = 0; i < cover->functions_count; i++)
		free(cover->functions[i]);
	free(cover->functions);
	free(cover->points);
	if (cover->blocks > 0)
		close(cover->blocks);
	free(cover->copy);
	if (cover->reached)
		munmap(cover->reached, cover->points_count);
	memset(cover, 0, sizeof(*cover));
}

void cover_begin(struct cover *cover, int thread)
{
	/* A thread that ended a moment ago may still hold it. */
	for (int i = 0; cover->kcov && i < 100; i++) {
		if (ioctl(cover->fds[thread], KCOV_ENABLE, KCOV_TRACE_PC) == 0)
			break;
		usleep(100);
	}
}

void cover_end(struct cover *cover, int thread)
{
	if (cover->kcov)
		ioctl(cover->fds[thread], KCOV_DISABLE, 0);
}

void cover_forget(struct cover *cover)
{
	for (int i = 0; i <= COVER_THREADS + 1 && cover->kcov; i++)
		__atomic_store_n(cover->areas[i], 0, __ATOMIC_RELAXED);
	cover_blocks_forget(cover);
}

void cover_collect(struct cover *cover, struct cover_set *set)
{
	for (int i = 0; i <= COVER_THREADS + 1 && cover->kcov; i++) {
		uint64_t count = __atomic_load_n(cover->areas[i], __ATOMIC_RELAXED), last = 0;

		for (uint64_t j = 1; j <= count && j < COVER_WORDS; j++) {
			size_t point = cover_find(cover, cover->areas[i][j]);

			/* Of other modules that were compiled so. */
			if (point == cover->points_count)
				continue;
			cover->reached[point] = 1;
			cover_add(set, last << 32 | (point + 1));
			last = point + 1;
		}
	}
	cover_blocks_collect(cover, set);
	cover_forget(cover);
}

size_t cover_reached(const struct cover *cover)
{
	size_t count = 0;

	for (size_t i = 0; i < cover->points_count; i++)
		count += cover->reached[i];
	return count;
}

json_t *cover_functions(const struct cover *cover)
{
	json_t *list = json_array();

	for (size_t f = 0; f < cover->functions_count; f++) {
		json_int_t reached = 0, all = 0;

		for (size_t i = 0; i < cover->points_count; i++)
			if (cover->points[i].function == f) {
				reached += cover->reached[i];
				all++;
			}
		if (all)
			json_array_append_new(list, json_pack("{s:s, s:I, s:I}", "name",
							      cover->functions[f], "reached",
							      reached, "all", all));
	}
	return list;
}

int cover_write(const struct cover *cover, json_t *functions, const char *path, struct err *err)
{
	FILE *file = fopen(path, "we");
	json_t *function;
	size_t index;

	if (!file)
		return err_errno(err, errno, "cannot write '%s'", path);
	json_array_foreach(functions, index, function)
		fprintf(file, "%-32s %3lld of %3lld blocks\n",
			json_string_value(json_object_get(function, "name")),
			json_integer_value(json_object_get(function, "reached")),
			json_integer_value(json_object_get(function, "all")));
	/* For addr2line. */
	for (size_t i = 0; i < cover->points_count; i++)
		fprintf(file, "%s %#llx %s+%#llx\n", cover->reached[i] ? "reached" : "missed",
			(unsigned long long)cover->points[i].pc, cover->points[i].section,
			(unsigned long long)cover->points[i].offset);
	return fclose(file) ? err_errno(err, errno, "cannot write '%s'", path) : 0;
}
