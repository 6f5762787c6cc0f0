// SPDX-License-Identifier: MIT
/* In place of all the others, where Xen's libraries are not. */
#include "fuzz.h"
#include "progress.h"

static int absent_err(struct err *err)
{
	return err_set(err, EXIT_UNTESTED, "cannot be tested here: built without Xen's libraries");
}

static int absent_run(int argc, char **argv)
{
	struct err err;

	(void)argc;
	(void)argv;
	absent_err(&err);
	progress_error("%s", err.text);
	return err.code;
}

static int absent_replay(const char *path, struct fuzz_verdict *verdict, struct err *err)
{
	(void)path;
	(void)verdict;
	return absent_err(err);
}

static int absent_minimize(const char *path, const char *to, struct fuzz_verdict *verdict,
			   struct err *err)
{
	(void)to;
	return absent_replay(path, verdict, err);
}

const struct fuzz_mode fuzz_peer = {
	.name = "peer",
	.summary = "the other domain of a link, against the driver in a Xen guest",
	.run = absent_run,
	.replay = absent_replay,
	.minimize = absent_minimize,
};
