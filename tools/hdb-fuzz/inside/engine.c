// SPDX-License-Identifier: MIT
/* The loop: one input after the other. */
#include "engine.h"
#include "mutate.h"
#include "progress.h"
#include "stop.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENGINE_DOOR	"/sys/kernel/debug/" HDB_INJECT_FILE
#define ENGINE_MODULE	"/opt/hdb/lib/fuzz/hyper_dmabuf.ko"
#define ENGINE_REST_MS	10000
/* Some take more than a message or two; more are slow and find no more. */
#define ENGINE_INPUT	(RECORD_INPUT_MAX / 2)

/* The two processes take turns: on one processor that is much faster. */
static void engine_processor(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

int inside_begin(struct inside *inside, struct err *err)
{
	const char *module = inside->options->module;

	inside->log.fd = -1;
	if (access("/dev/hyper_dmabuf", R_OK | W_OK))
		return err_set(err, EXIT_UNTESTED, "cannot be tested here: /dev/hyper_dmabuf: %s",
			       strerror(errno));
	if (access(ENGINE_DOOR, R_OK | W_OK))
		return err_set(err, EXIT_UNTESTED,
			       "cannot be tested here: this hyper_dmabuf.ko has no door for that; make HDB_FUZZ=1"
			       " makes one that has (" ENGINE_DOOR ": %s)", strerror(errno));
	if (!module && access(ENGINE_MODULE, R_OK) == 0)
		module = ENGINE_MODULE;
	if (cover_open(&inside->cover, module, err) || kernel_log_open(&inside->log, err) ||
	    inside_process_open(&inside->process, &inside->cover, err))
		return -1;
	for (size_t i = 0; i < INSIDE_HISTORY; i++) {
		inside->history[i].bytes = malloc(RECORD_INPUT_MAX);
		if (!inside->history[i].bytes)
			return err_errno(err, ENOMEM, "no room for inputs");
	}
	engine_processor();
	kernel_prepare();
	inside->prepared = true;
	inside->started = stop_now();
	return 0;
}

void inside_finish(struct inside *inside)
{
	inside_process_close(&inside->process);
	if (inside->prepared)
		kernel_restore();
	cover_close(&inside->cover);
	kernel_log_close(&inside->log);
	for (size_t i = 0; i < INSIDE_HISTORY; i++)
		free(inside->history[i].bytes);
	for (size_t i = 0; i < inside->kept_count; i++)
		free(inside->kept[i].bytes);
	free(inside->kept);
	journal_close(&inside->journal);
}

static bool engine_over(const struct inside *inside)
{
	const struct fuzz_options *fuzz = &inside->options->fuzz;

	return stop_requested() || inside->failure.failed ||
	       (inside->ends && stop_now() >= inside->ends) ||
	       (fuzz->runs && inside->runs >= fuzz->runs);
}

static void engine_fail(struct inside *inside, const char *what)
{
	failure_set(&inside->failure, what, inside->started, inside->runs);
}

/* Before it runs: the machine may not live to tell. */
static void engine_journal(struct inside *inside, const uint8_t *bytes, size_t size)
{
	FILE *file = journal_begin(&inside->journal, inside->runs);

	if (!file)
		return;
	fprintf(file, FUZZ_MAGIC "message-kernel\n# the %lluth input of seed %u\n",
		(unsigned long long)inside->runs + 1, inside->seed);
	text_write(file, bytes, size);
	journal_end(&inside->journal);
}

static void engine_count(struct inside *inside)
{
	const struct inside_shared *shared = inside->process.shared;

	inside->messages += shared->look.received;
	inside->bad += shared->look.bad;
	inside->late += shared->look.late;
	inside->closed += shared->look.dead;
	inside->imported += shared->imported;
	inside->sent += shared->sent;
	for (uint32_t i = 0; i < shared->seen_count && i < INSIDE_SEEN; i++)
		cover_add(&inside->set, shared->seen[i]);
}

static int engine_run(struct inside *inside, enum inside_task task, struct err *err)
{
	struct err inner = { 0 };
	char line[300];

	inside->process.shared->task = task;
	switch (inside_process_run(&inside->process, &inner)) {
	case INSIDE_BROKEN:
		*err = inner;
		return -1;
	case INSIDE_FAILED:
		engine_fail(inside, inner.text);
		break;
	case INSIDE_DONE:
		break;
	}
	/* The kernel's own words say more than what followed from it. */
	if (kernel_log_complains(&inside->log, line, sizeof(line))) {
		inside->failure.failed = false;
		engine_fail(inside, line);
	}
	if (inside->process.shared->wrong[0])
		engine_fail(inside, inside->process.shared->wrong);
	return 0;
}

int inside_try(struct inside *inside, const uint8_t *bytes, size_t size, struct err *err)
{
	struct inside_input *history = &inside->history[inside->runs % INSIDE_HISTORY];

	engine_journal(inside, bytes, size);
	if (bytes != history->bytes)
		memcpy(history->bytes, bytes, size);
	history->size = size;
	memcpy(inside->process.shared->bytes, bytes, size);
	inside->process.shared->size = (uint32_t)size;
	cover_clear(&inside->set);
	cover_forget(&inside->cover);
	if (engine_run(inside, INSIDE_INPUT, err))
		return -1;
	inside->runs++;
	cover_collect(&inside->cover, &inside->set);
	engine_count(inside);
	return inside->runs % INSIDE_HISTORY ? 0 : inside_rest(inside, err);
}

int inside_rest(struct inside *inside, struct err *err)
{
	char left[200], what[256];

	if (inside->failure.failed)
		return 0;
	if (!kernel_at_rest(ENGINE_REST_MS, left, sizeof(left))) {
		snprintf(what, sizeof(what), "all was let go, and the driver still holds:%s", left);
		engine_fail(inside, what);
		return 0;
	}
	return engine_run(inside, INSIDE_HONEST, err);
}

/* ---- corpus ---- */

static int engine_add(struct inside *inside, const uint8_t *bytes, size_t size, bool seed,
		      struct err *err)
{
	struct inside_input *more = realloc(inside->kept, (inside->kept_count + 1) * sizeof(*more));
	struct inside_input *input;

	if (!more)
		return err_errno(err, ENOMEM, "no room for inputs");
	inside->kept = more;
	input = &more[inside->kept_count];
	*input = (struct inside_input){ .bytes = malloc(size ? size : 1), .size = size, .seed = seed };
	if (!input->bytes)
		return err_errno(err, ENOMEM, "no room for inputs");
	memcpy(input->bytes, bytes, size);
	inside->kept_count++;
	return 0;
}

/* It reached inside->fresh. What it does not reach again came from elsewhere, or by chance. */
static int engine_keep(struct inside *inside, const uint8_t *bytes, size_t size, bool seed,
		       struct err *err)
{
	bool again = false;

	cover_merge(&inside->known, &inside->fresh);
	if (inside_try(inside, bytes, size, err))
		return -1;
	for (size_t i = 0; i < inside->fresh.count && !again; i++)
		again = cover_has(&inside->set, inside->fresh.list[i]);
	if (inside->failure.failed || !(again || seed))
		return 0;
	return engine_add(inside, bytes, size, seed, err);
}

static int engine_new(struct inside *inside, const uint8_t *bytes, size_t size, bool seed,
		      struct err *err)
{
	if (inside_try(inside, bytes, size, err))
		return -1;
	if (inside->failure.failed || !cover_fresh(&inside->set, &inside->known, &inside->fresh))
		return 0;
	return engine_keep(inside, bytes, size, seed, err);
}

int inside_load(struct inside *inside, const char *folder, bool seeds, struct err *err)
{
	static uint8_t bytes[RECORD_INPUT_MAX];
	char **paths;
	int count = message_list(folder, &paths, err), failed = 0;

	for (int i = 0; i < count; i++) {
		if (!failed && !inside->failure.failed && !stop_requested()) {
			int size = message_load(paths[i], bytes, sizeof(bytes), err);

			progress_show("%s", paths[i]);
			failed = size < 0 ? -1 : engine_new(inside, bytes, (size_t)size, seeds, err);
		}
		free(paths[i]);
	}
	if (count >= 0)
		free(paths);
	return failed ? -1 : count;
}

static int engine_by_size(const void *one, const void *two)
{
	const struct inside_input *a = one, *b = two;

	if (a->seed != b->seed)
		return a->seed ? -1 : 1;
	return a->size < b->size ? -1 : a->size > b->size;
}

int inside_store(struct inside *inside, const char *folder, struct err *err)
{
	int stored = 0;

	/* Short ones first: long ones that reach nothing else are superfluous. */
	qsort(inside->kept, inside->kept_count, sizeof(inside->kept[0]), engine_by_size);
	memset(&inside->known, 0, sizeof(inside->known));
	for (size_t i = 0; i < inside->kept_count && !stop_requested(); i++) {
		const struct inside_input *kept = &inside->kept[i];
		char path[PATH_MAX];

		if (inside_try(inside, kept->bytes, kept->size, err))
			return -1;
		if (inside->failure.failed)
			break;
		if (!cover_fresh(&inside->set, &inside->known, &inside->fresh))
			continue;
		cover_merge(&inside->known, &inside->fresh);
		if (kept->seed)
			continue;
		snprintf(path, sizeof(path), "%s/%016llx.txt", folder,
			 (unsigned long long)message_hash(kept->bytes, kept->size));
		if (message_save(path, "message-kernel", kept->bytes, kept->size, NULL, err))
			return -1;
		stored++;
	}
	return stored;
}

/* ---- new ones ---- */

static size_t engine_make(struct inside *inside, uint8_t *bytes)
{
	static uint8_t mixed[ENGINE_INPUT];
	struct rng *rng = &inside->rng;
	uint32_t count = (uint32_t)inside->kept_count;
	uint32_t chosen = rng_below(rng, count), other = rng_below(rng, count);
	size_t size = 0;

	/* New ones are often closer to what was not seen yet. */
	if (count > 16 && rng_one_in(rng, 3))
		chosen = count - 1 - rng_below(rng, 16);
	if (count && !rng_one_in(rng, 16)) {
		size = inside->kept[chosen].size;
		if (size > ENGINE_INPUT)
			size = ENGINE_INPUT;
		memcpy(bytes, inside->kept[chosen].bytes, size);
	}
	if (size && rng_one_in(rng, 8)) {
		size = mutate_cross(bytes, size, inside->kept[other].bytes, inside->kept[other].size,
				    mixed, sizeof(mixed), rng_next(rng));
		memcpy(bytes, mixed, size);
	}
	for (uint32_t rounds = 1 + rng_below(rng, 4); rounds; rounds--)
		size = mutate(bytes, size, ENGINE_INPUT, rng_next(rng));
	return size;
}

static void engine_show(const struct inside *inside)
{
	double seconds = (double)(stop_now() - inside->started) / STOP_NS_PER_S;
	char blocks[64] = "";

	if (cover_tells(&inside->cover))
		snprintf(blocks, sizeof(blocks), ", %zu of %zu blocks",
			 cover_reached(&inside->cover), inside->cover.points_count);
	progress_show("%llu inputs, %.0f/s, %llu messages, %.0f/s%s, corpus %zu",
		      (unsigned long long)inside->runs, (double)inside->runs / seconds,
		      (unsigned long long)inside->messages, (double)inside->messages / seconds,
		      blocks, inside->kept_count);
}

int inside_explore(struct inside *inside, struct err *err)
{
	static uint8_t bytes[ENGINE_INPUT];
	int failed = 0;

	while (!failed && !engine_over(inside)) {
		failed = engine_new(inside, bytes, engine_make(inside, bytes), false, err);
		engine_show(inside);
	}
	if (!failed)
		failed = inside_rest(inside, err);
	progress_clear();
	return failed;
}
