// SPDX-License-Identifier: MIT
/* Programs that reached something. */
#include "ioctl.h"
#include "progress.h"
#include "stop.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct program *corpus_add(struct ioctl_run *run, const struct program *program,
				  const bool *good, bool seed)
{
	struct ioctl_kept *list = run->kept;

	if (run->kept_count == run->kept_room) {
		list = realloc(list, (run->kept_room + 256) * sizeof(*list));
		if (!list)
			return NULL;
		run->kept = list;
		run->kept_room += 256;
	}
	list[run->kept_count] = (struct ioctl_kept){
		.program = malloc(sizeof(*program)), .seed = seed,
	};
	if (!list[run->kept_count].program)
		return NULL;
	*list[run->kept_count].program = *program;
	memcpy(list[run->kept_count].good, good, program->count * sizeof(*good));
	return list[run->kept_count++].program;
}

/* Which calls of the program that was just tried were good. */
static void corpus_good(const struct ioctl_run *run, bool *good)
{
	const struct executor_shared *shared = run->executor.shared;

	for (size_t i = 0; i < shared->program.count; i++)
		good[i] = shared->state[i] == EXECUTOR_RETURNED && shared->result[i] >= 0;
}

/* Leave out calls while all of @wanted is still reached. */
static int corpus_shorten(struct ioctl_run *run, struct program *program, bool *good,
			  const struct cover_set *wanted, struct err *err)
{
	struct program *less = malloc(sizeof(*less));
	int failed = less ? 0 : err_errno(err, ENOMEM, "no room for a program");

	for (size_t at = program->count; at-- && !failed && !ioctl_over(run);) {
		*less = *program;
		program_cut(less, at, 1);
		failed = ioctl_try(run, less, err);
		if (failed || run->failure.failed)
			break;
		if (cover_holds(&run->set, wanted)) {
			*program = *less;
			corpus_good(run, good);
		}
	}
	free(less);
	return failed;
}

int ioctl_keep(struct ioctl_run *run, const struct program *program, bool seed, struct err *err)
{
	struct cover_set *wanted = malloc(sizeof(*wanted));
	struct program *kept = malloc(sizeof(*kept));
	bool good[RUN_CALLS];
	int failed = 0;

	if (!wanted || !kept) {
		free(wanted);
		free(kept);
		return err_errno(err, ENOMEM, "no room for a program");
	}
	*kept = *program;
	*wanted = run->fresh;
	cover_merge(&run->known, wanted);
	/* What does not come again came from elsewhere, or by a chance that is not the program's. */
	failed = ioctl_try(run, kept, err);
	if (!failed && !run->failure.failed) {
		struct cover_set *stable = &run->fresh;

		corpus_good(run, good);
		cover_clear(stable);
		for (size_t i = 0; i < wanted->count; i++)
			if (cover_has(&run->set, wanted->list[i])) {
				stable->bits[wanted->list[i] / 8] |=
					(uint8_t)(1u << wanted->list[i] % 8);
				stable->list[stable->count++] = wanted->list[i];
			}
		*wanted = *stable;
		if (wanted->count && !seed)
			failed = corpus_shorten(run, kept, good, wanted, err);
		if (!failed && !run->failure.failed && (wanted->count || seed) && kept->count &&
		    !corpus_add(run, kept, good, seed))
			failed = err_errno(err, ENOMEM, "no room for a program");
	}
	free(wanted);
	free(kept);
	return failed;
}

static int corpus_compare(const void *one, const void *two)
{
	return strcmp(*(char *const *)one, *(char *const *)two);
}

/* The paths of all *.txt in a folder, in the order of their names. */
static int corpus_list(const char *folder, char ***list, size_t *count, struct err *err)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	*list = NULL;
	*count = 0;
	if (!dir)
		return err_set(err, EXIT_USAGE, "cannot read '%s': %s", folder, strerror(errno));
	while ((entry = readdir(dir))) {
		size_t length = strlen(entry->d_name);
		char path[PATH_MAX], **more;

		if (length < 4 || strcmp(entry->d_name + length - 4, ".txt"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		more = realloc(*list, (*count + 1) * sizeof(*more));
		if (!more)
			break;
		*list = more;
		more[(*count)++] = strdup(path);
	}
	closedir(dir);
	if (*count)
		qsort(*list, *count, sizeof(**list), corpus_compare);
	return 0;
}

static int corpus_load_one(struct ioctl_run *run, const char *path, struct program *program,
			   bool seeds, struct err *err)
{
	if (program_load(path, program, err) || ioctl_try(run, program, err))
		return -1;
	if (run->failure.failed || !cover_fresh(&run->set, &run->known, &run->fresh))
		return 0;
	return ioctl_keep(run, program, seeds, err);
}

int ioctl_load(struct ioctl_run *run, const char *folder, bool seeds, struct err *err)
{
	struct program *program = malloc(sizeof(*program));
	size_t count = 0;
	char **list = NULL;
	int failed = program ? corpus_list(folder, &list, &count, err) : -1;

	for (size_t i = 0; i < count; i++) {
		if (!failed && !run->failure.failed && !stop_requested()) {
			progress_show("%s", list[i]);
			failed = corpus_load_one(run, list[i], program, seeds, err);
		}
		free(list[i]);
	}
	free(list);
	free(program);
	return failed ? -1 : (int)count;
}

static int corpus_by_size(const void *one, const void *two)
{
	const struct ioctl_kept *a = one, *b = two;

	if (a->seed != b->seed)
		return a->seed ? -1 : 1;
	return a->program->count < b->program->count ? -1 : a->program->count > b->program->count;
}

int ioctl_store(struct ioctl_run *run, const char *folder, struct err *err)
{
	int stored = 0;

	/* Short ones first: long ones that reach nothing else are superfluous. */
	qsort(run->kept, run->kept_count, sizeof(run->kept[0]), corpus_by_size);
	memset(&run->known, 0, sizeof(run->known));
	for (size_t i = 0; i < run->kept_count && !stop_requested(); i++) {
		const struct ioctl_kept *kept = &run->kept[i];
		char path[PATH_MAX];

		if (ioctl_try(run, kept->program, err))
			return -1;
		if (run->failure.failed)
			break;
		if (!cover_fresh(&run->set, &run->known, &run->fresh))
			continue;
		cover_merge(&run->known, &run->fresh);
		if (kept->seed)
			continue;
		snprintf(path, sizeof(path), "%s/%016llx.txt", folder,
			 (unsigned long long)program_hash(kept->program));
		if (program_save(path, kept->program, NULL, err))
			return -1;
		stored++;
	}
	return stored;
}
