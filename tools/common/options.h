/* SPDX-License-Identifier: MIT */
/*
 * options: the command line of every program, from one table.
 *
 * A table entry names an option, what --help says of it, how its value is read
 * and where in the program's own struct it goes; --help, the parser and the
 * messages for bad input all come from it. --help and --version are built in.
 */
#ifndef HDB_OPTIONS_H
#define HDB_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct option_spec {
	const char *name;	/* without dashes */
	const char *arg;	/* placeholder for --help; NULL: a flag without value */
	const char *help;	/* says the default; a newline goes on in the next line */
	/*
	 * Read @text (NULL for a flag) into @into, inside the program's struct.
	 * Returns 0, or -1 with what is wrong with the value, without the name of
	 * the option, in @err.
	 */
	int (*parse)(const struct option_spec *spec, const char *text, void *into,
		     struct err *err);
	size_t offset;		/* of the field in the program's struct */
	double min, max;	/* for numbers */
	const char *const *choices;	/* for a choice: NULL-terminated */
};

struct options_program {
	const char *name;
	const char *synopsis;	/* behind the name, in the usage line */
	const char *summary;	/* one or two lines */
	const struct option_spec *specs;	/* ends with a NULL name */
	const char *notes;	/* printed behind the options: exit codes, examples */
	/* What stands beside the options goes here, or is refused where there is none. */
	struct options_operands *operands;
};

struct options_operands {
	int least, most;	/* set by the program */
	int count;
	char **text;		/* within argv */
};

enum options_result {
	OPTIONS_RUN,
	OPTIONS_DONE,	/* --help or --version was printed */
	OPTIONS_BAD,	/* err says why, its code is EXIT_USAGE */
};

/*
 * Read the command line into @into, which holds the defaults. Options may be
 * abbreviated, the last of several equal ones counts.
 */
enum options_result options_parse(const struct options_program *program, int argc, char **argv,
				  void *into, struct err *err);

/* ---- values ----------------------------------------------------------- */

struct options_size {
	uint32_t width, height;
};

/* One pixel of one frame. */
struct options_pixel {
	bool set;		/* the option was given */
	bool placed;		/* with X,Y */
	uint64_t frame;
	uint32_t x, y;
};

/* The parsers, with the type of the field that each fills in. */
int options_flag(const struct option_spec *spec, const char *text, void *into, struct err *err);
/* bool, set to false */
int options_flag_off(const struct option_spec *spec, const char *text, void *into,
		     struct err *err);
/* const char *, pointing into argv; not empty */
int options_text(const struct option_spec *spec, const char *text, void *into, struct err *err);
/* const char *: a domain's name, or its id if it has only digits; see peer.h */
int options_peer(const struct option_spec *spec, const char *text, void *into, struct err *err);
/* uint32_t, decimal, min to max */
int options_number(const struct option_spec *spec, const char *text, void *into,
		   struct err *err);
/* double, decimal fraction, min to max */
int options_real(const struct option_spec *spec, const char *text, void *into, struct err *err);
/* unsigned int: the index into choices */
int options_choice(const struct option_spec *spec, const char *text, void *into,
		   struct err *err);
/* struct options_size: WxH, within OPTIONS_SIZE_* */
int options_size(const struct option_spec *spec, const char *text, void *into, struct err *err);
/* uint32_t: the fourcc of XR24 or AR24 */
int options_format(const struct option_spec *spec, const char *text, void *into,
		   struct err *err);
/* struct options_pixel: FRAME or FRAME:X,Y */
int options_pixel(const struct option_spec *spec, const char *text, void *into, struct err *err);

/* Entries of an option table that most programs have; @at is the offset of the field. */
#define OPTIONS_JSON(at) \
	{ "json", "FILE|-", "write the results as JSON; '-' is standard output,\n" \
	  "in place of the table", options_text, at, 0, 0, NULL }
#define OPTIONS_QUIET(at) \
	{ "quiet", NULL, "no progress, no table", options_flag, at, 0, 0, NULL }
#define OPTIONS_VERBOSE(at) \
	{ "verbose", NULL, "say what is chosen, and why", options_flag, at, 0, 0, NULL }

/* What Xen gives to domains: ids from 0 to this. */
#define OPTIONS_DOMAIN_MAX	32751

/* The largest picture; the smallest is the scene's. */
#define OPTIONS_SIZE_MAX_WIDTH	3840
#define OPTIONS_SIZE_MAX_HEIGHT	2160

/*
 * Read a decimal number at *@text and move *@text behind it. Returns false
 * when there is none, or when it does not fit 64 bits.
 */
bool options_digits(const char **text, uint64_t *number);

#endif
