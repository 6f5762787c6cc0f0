// SPDX-License-Identifier: MIT
/* Something failed: which input was it, and how few records does it take? */
#include "engine.h"
#include "progress.h"
#include "stop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What depends on time does not show each time. */
#define FOUND_TRIES	5
#define FOUND_SECONDS	120
/* What the kernel does later, and the end of its report. */
#define FOUND_LATER_US	300000

struct found {
	struct inside *inside;
	char what[300];
	uint64_t deadline;
};

/* Run it some times; inside->failure says what came of it. */
static int found_run(struct inside *inside, const uint8_t *bytes, size_t size, struct err *err)
{
	char line[300];

	for (int i = 0; i < FOUND_TRIES && !inside->failure.failed && !stop_requested(); i++)
		if (inside_try(inside, bytes, size, err) || inside_rest(inside, err))
			return -1;
	if (inside->failure.failed)
		return 0;
	usleep(FOUND_LATER_US / 3);
	if (kernel_log_complains(&inside->log, line, sizeof(line)))
		failure_set(&inside->failure, line, inside->started, inside->runs);
	return 0;
}

static int found_again(void *data, const uint8_t *bytes, size_t size, struct err *err)
{
	struct found *found = data;
	struct inside *inside = found->inside;
	bool same;

	if (stop_now() > found->deadline)
		return 0;
	inside->failure.failed = false;
	kernel_log_forget(&inside->log);
	/* What is left of the try before stays for ever. */
	kernel_rest_accept();
	if (found_run(inside, bytes, size, err))
		return -1;
	same = inside->failure.failed && kernel_same(inside->failure.what, found->what);
	inside->failure.failed = false;
	return same;
}

static int found_write(struct inside *inside, const uint8_t *bytes, size_t size,
		       const char *report, struct err *err)
{
	struct failure *failure = &inside->failure;
	char stem[PATH_MAX - 8];

	snprintf(stem, sizeof(stem), "%s/message-kernel-%016llx", inside->options->fuzz.out,
		 (unsigned long long)message_hash(bytes, size));
	snprintf(failure->input, sizeof(failure->input), "%s.txt", stem);
	snprintf(failure->report, sizeof(failure->report), "%s.log", stem);
	failure->size = message_records(bytes, size);
	if (kernel_report_save(failure->report, failure->what, report, err))
		return -1;
	return message_save(failure->input, "message-kernel", bytes, size, failure->what, err);
}

/* The last of the recent inputs that does it alone; its number among them, -1: none, -2: trouble. */
static int found_which(struct found *found, const struct inside_input *recent, struct err *err)
{
	for (int i = 0; i < INSIDE_HISTORY && !stop_requested(); i++) {
		int fails = recent[i].size ? found_again(found, recent[i].bytes, recent[i].size,
							 err) : 0;

		if (fails)
			return fails < 0 ? -2 : i;
	}
	return -1;
}

/* The recent inputs, the last one first, in memory of their own: trying again makes others. */
static int found_recent(const struct inside *inside, struct inside_input *recent, struct err *err)
{
	for (uint64_t i = 0; i < INSIDE_HISTORY && i < inside->runs; i++) {
		const struct inside_input *input =
			&inside->history[(inside->runs - 1 - i) % INSIDE_HISTORY];

		recent[i].bytes = malloc(RECORD_INPUT_MAX);
		if (!recent[i].bytes)
			return err_errno(err, ENOMEM, "no room for inputs");
		memcpy(recent[i].bytes, input->bytes, input->size);
		recent[i].size = input->size;
	}
	return 0;
}

static int found_all(struct inside *inside, struct inside_input *recent, const char *report,
		     struct err *err)
{
	struct found found = { .inside = inside, .deadline = stop_now() + FOUND_SECONDS * STOP_NS_PER_S };
	int which;

	snprintf(found.what, sizeof(found.what), "%s", inside->failure.what);
	/* As it is, first: trying again may be the end of this machine. */
	if (found_recent(inside, recent, err) ||
	    found_write(inside, recent[0].bytes, recent[0].size, report, err))
		return -1;
	sync();
	progress_note("%s", found.what);
	progress_note("trying again, to find out what it takes");
	which = found_which(&found, recent, err);
	if (which == -2 || (which >= 0 && message_shorten(recent[which].bytes, &recent[which].size,
							  found_again, &found, err)))
		return -1;
	inside->failure.failed = true;
	snprintf(inside->failure.what, sizeof(inside->failure.what), "%s", found.what);
	if (which < 0)
		return 0;
	inside->failure.again = true;
	unlink(inside->failure.input);
	unlink(inside->failure.report);
	return found_write(inside, recent[which].bytes, recent[which].size, report, err);
}

int inside_found(struct inside *inside, struct err *err)
{
	struct inside_input recent[INSIDE_HISTORY] = { 0 };
	char line[300], *report;
	int failed;

	usleep(FOUND_LATER_US);
	kernel_log_complains(&inside->log, line, sizeof(line));
	report = strdup(inside->log.text);
	failed = report ? found_all(inside, recent, report, err) :
		 err_errno(err, ENOMEM, "no room for the report");
	for (size_t i = 0; i < INSIDE_HISTORY; i++)
		free(recent[i].bytes);
	free(report);
	return failed;
}

/* ---- replay ---- */

static int found_replay(const char *path, const char *to, struct fuzz_verdict *verdict,
			struct err *err)
{
	static const struct message_options options = { .fuzz = { .out = "." } };
	static uint8_t bytes[RECORD_INPUT_MAX];
	int loaded = message_load(path, bytes, sizeof(bytes), err), failed = -1;
	struct inside *inside = calloc(1, sizeof(*inside));
	struct found found = { .inside = inside };
	size_t size = (size_t)loaded;

	if (!inside)
		return err_errno(err, ENOMEM, "no room");
	inside->options = &options;
	inside->journal.fd = inside->log.fd = -1;
	signal(SIGPIPE, SIG_IGN);
	if (loaded >= 0 && inside_begin(inside, err) == 0)
		failed = found_run(inside, bytes, size, err);
	if (!failed && inside->failure.failed) {
		verdict->failed = true;
		snprintf(verdict->what, sizeof(verdict->what), "%s", inside->failure.what);
		snprintf(found.what, sizeof(found.what), "%s", inside->failure.what);
		found.deadline = stop_now() + FOUND_SECONDS * STOP_NS_PER_S;
		if (to)
			failed = message_shorten(bytes, &size, found_again, &found, err) ||
				 message_save(to, "message-kernel", bytes, size, verdict->what,
					      err) ? -1 : 0;
		else if (inside->log.size)
			fprintf(stderr, "%s", inside->log.text);
	}
	inside_finish(inside);
	free(inside);
	return failed;
}

int inside_replay(const char *path, struct fuzz_verdict *verdict, struct err *err)
{
	return found_replay(path, NULL, verdict, err);
}

int inside_minimize(const char *path, const char *to, struct fuzz_verdict *verdict,
		    struct err *err)
{
	return found_replay(path, to, verdict, err);
}
