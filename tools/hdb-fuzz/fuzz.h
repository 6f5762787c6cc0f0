/* SPDX-License-Identifier: MIT */
/*
 * hdb-fuzz: what its modes have in common. A mode is a folder, an entry of the table in main.c,
 * and the form of its inputs, which begin with a line that names the mode.
 */
#ifndef HDB_FUZZ_H
#define HDB_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "options.h"
#include "report.h"

/* What every mode is asked for. */
struct fuzz_options {
	uint32_t time;		/* seconds; 0: no limit */
	uint32_t runs;		/* 0: no limit */
	uint32_t seed;		/* 0: one that differs every time */
	const char *corpus;	/* folder of inputs to begin with, and to keep new ones in */
	const char *out;	/* folder for what is found */
	const char *json;
	bool quiet, verbose;
};

/* Entries of an option table for the above; TYPE has a struct fuzz_options named "fuzz". */
#define FUZZ_OPTIONS(type)								\
	{ "time", "SECONDS", "how long; 0: until something is found (default 60)",	\
	  options_number, offsetof(type, fuzz.time), 0, 86400 * 30, NULL },		\
	{ "runs", "N", "end after N inputs at the latest (default 0: no limit)",	\
	  options_number, offsetof(type, fuzz.runs), 0, UINT32_MAX, NULL },		\
	{ "seed", "N", "what chance follows from; 0: another each time (default 0)",	\
	  options_number, offsetof(type, fuzz.seed), 0, UINT32_MAX, NULL },		\
	{ "corpus", "DIR", "begin with the inputs in DIR too, and leave there those that\n" \
	  "reached something new",							\
	  options_text, offsetof(type, fuzz.corpus), 0, 0, NULL },			\
	{ "out", "DIR", "where an input that fails goes, with the report (default .)",	\
	  options_text, offsetof(type, fuzz.out), 0, 0, NULL },				\
	OPTIONS_JSON(offsetof(type, fuzz.json)),					\
	{ "quiet", NULL, "no status line, no table",					\
	  options_flag, offsetof(type, fuzz.quiet), 0, 0, NULL },			\
	{ "verbose", NULL, "what the engine says, too",					\
	  options_flag, offsetof(type, fuzz.verbose), 0, 0, NULL }

#define FUZZ_DEFAULTS { .time = 60, .out = "." }

/* What ended a run of one input. */
struct fuzz_verdict {
	bool failed;
	char what[300];		/* the line that says so */
};

/**
 * struct fuzz_mode - what hdb-fuzz NAME does
 * @run: with the arguments behind the name; returns the exit status. NULL: it is no command, and
 *	only its inputs have this name
 * @replay: run the input in @path, the report goes to standard error. Returns 0 when that could be
 *	done, -1 with the reason in @err
 * @minimize: write the shortest input that still fails in the same way to @to. Returns as
 *	@replay, and failed = false when there was nothing to minimise
 */
struct fuzz_mode {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
	int (*replay)(const char *path, struct fuzz_verdict *verdict, struct err *err);
	int (*minimize)(const char *path, const char *to, struct fuzz_verdict *verdict,
			struct err *err);
};

extern const struct fuzz_mode fuzz_ioctl, fuzz_message, fuzz_message_kernel, fuzz_peer;

/* hdb-fuzz replay */
int fuzz_replay(int argc, char **argv, const struct fuzz_mode *const *modes);

/* The first line of every input. */
#define FUZZ_MAGIC "# hdb-fuzz "

/*
 * What every command begins with: its progress lines; the folders and the result that the user wants,
 * before hours are spent; and what ends it early. False: there was something wrong with the options, of
 * which @err may tell already, or with these, and the user was told.
 */
bool fuzz_begin(const char *program, enum options_result parsed, const struct fuzz_options *fuzz,
		struct report *report, struct err *err);

/* The path of what is installed beside hdb-fuzz; @mode as of access(). False: it is not there. */
bool fuzz_beside(const char *what, int mode, char *path, size_t size);
/* The inputs that come with @mode. */
bool fuzz_seeds(const char *mode, char *path, size_t size);

/* The seed that is wanted, or one that differs every time and is not 0. */
uint32_t fuzz_seed(const struct fuzz_options *fuzz);

#endif
