// SPDX-License-Identifier: MIT
/* One input of the message fuzzer again, and shorter. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "message.h"
#include "progress.h"
#include "record.h"
#include "stop.h"

struct replay {
	char program[PATH_MAX], input[PATH_MAX];
	bool show;		/* the report, on standard error */
	struct fuzz_verdict verdict;
	const char *what;	/* that it is to fail with */
};

static void replay_line(const char *line, void *data)
{
	struct replay *replay = data;

	if (replay->show)
		fprintf(stderr, "%s\n", line);
	if (!replay->verdict.failed && message_is_failure(line)) {
		replay->verdict.failed = true;
		snprintf(replay->verdict.what, sizeof(replay->verdict.what), "%s", line);
	}
}

/* Run some bytes. */
static int replay_try(struct replay *replay, const uint8_t *bytes, size_t size, struct err *err)
{
	const char *argv[] = { replay->program, "-timeout=10", replay->input, NULL };
	struct child child;

	replay->verdict = (struct fuzz_verdict){ 0 };
	if (message_write_raw(replay->input, bytes, size, err) ||
	    child_start(&child, argv, NULL, err))
		return -1;
	while (child_read(&child, 1000, replay_line, replay))
		if (stop_requested())
			child_end(&child, 1, replay_line, replay);
	if (!replay->verdict.failed && child.status) {
		replay->verdict.failed = true;
		snprintf(replay->verdict.what, sizeof(replay->verdict.what),
			 "it ends with status %#x", child.status);
	}
	return 0;
}

static int replay_begin(struct replay *replay, struct err *err)
{
	const char *temporary = getenv("TMPDIR");
	int fd;

	if (!message_program("hdb-fuzz-message", replay->program, sizeof(replay->program)))
		return err_set(err, EXIT_UNTESTED,
			       "there is no %s; it is built where there is clang",
			       replay->program);
	snprintf(replay->input, sizeof(replay->input), "%s/hdb-fuzz-XXXXXX",
		 temporary ? temporary : "/tmp");
	fd = mkstemp(replay->input);
	if (fd < 0)
		return err_errno(err, errno, "cannot write '%s'", replay->input);
	close(fd);
	return 0;
}

int message_replay(const char *path, struct fuzz_verdict *verdict, struct err *err)
{
	static uint8_t bytes[RECORD_INPUT_MAX];
	int size = message_load(path, bytes, sizeof(bytes), err);
	struct replay replay = { .show = true };
	int failed;

	if (size < 0 || replay_begin(&replay, err))
		return -1;
	failed = replay_try(&replay, bytes, (size_t)size, err);
	unlink(replay.input);
	*verdict = replay.verdict;
	return failed;
}

/* Two reports of one fault: the same but for process numbers and addresses. */
static bool replay_same(const char *one, const char *two)
{
	while (*one && *two) {
		one += strspn(one, "0123456789abcdefx=");
		two += strspn(two, "0123456789abcdefx=");
		if (*one != *two)
			return false;
		one += *one != '\0';
		two += *two != '\0';
	}
	return *one == *two;
}

/* Does it fail in the same way? */
static int replay_again(void *data, const uint8_t *bytes, size_t size, struct err *err)
{
	struct replay *replay = data;

	if (replay_try(replay, bytes, size, err))
		return -1;
	return replay->verdict.failed && replay_same(replay->verdict.what, replay->what);
}

int message_minimize(const char *path, const char *to, struct fuzz_verdict *verdict,
		     struct err *err)
{
	static uint8_t bytes[RECORD_INPUT_MAX];
	int loaded = message_load(path, bytes, sizeof(bytes), err);
	struct replay replay = { 0 };
	size_t size = (size_t)loaded;
	int failed;

	if (loaded < 0 || replay_begin(&replay, err))
		return -1;
	failed = replay_try(&replay, bytes, size, err);
	*verdict = replay.verdict;
	if (!failed && verdict->failed) {
		replay.what = verdict->what;
		failed = message_shorten(bytes, &size, replay_again, &replay, err);
		if (!failed)
			failed = message_save(to, "message", bytes, size, verdict->what, err);
	}
	unlink(replay.input);
	return failed;
}
