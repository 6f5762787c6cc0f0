/* SPDX-License-Identifier: MIT */
/*
 * err: one line that says what went wrong, and the exit code it leads to.
 *
 * A function that can fail takes a struct err and fills it in when it returns
 * failure; main() prints it. Nothing in between prints. A function that returns
 * success may leave in it what failed on the way and was got over.
 */
#ifndef HDB_ERR_H
#define HDB_ERR_H

/* What every program of ours exits with. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED = 1,	/* what was tested failed */
	EXIT_USAGE = 2,		/* wrong usage */
	EXIT_UNTESTED = 77,	/* cannot be tested here */
};

struct err {
	enum exit_code code;
	char text[400];		/* empty: nothing went wrong */
};

/* Fill in @err; a later failure replaces an earlier one. Always returns -1. */
int err_set(struct err *err, enum exit_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* As err_set(), with EXIT_FAILED and ": " and the text of @number behind it. */
int err_errno(struct err *err, int number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Put @cause before the text, which follows from it, unless it says so itself. */
void err_because(struct err *err, const char *cause);

/* Nothing went wrong, after all. */
void err_clear(struct err *err);

#endif
