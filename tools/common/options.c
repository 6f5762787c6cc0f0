// SPDX-License-Identifier: MIT
#include "options.h"
#include "version.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX	32
#define OPTIONS_COLUMN	26	/* where the help text starts */

/* What getopt_long() returns: an option's index, above all characters. */
#define OPTIONS_VALUE(index)	(256 + (int)(index))
#define OPTIONS_HELP		OPTIONS_VALUE(OPTIONS_MAX)
#define OPTIONS_VERSION		OPTIONS_VALUE(OPTIONS_MAX + 1)

static void options_help_line(const char *name, const char *arg, const char *help)
{
	int used = printf("  --%s%s%s", name, arg ? " " : "", arg ? arg : "");

	if (used >= OPTIONS_COLUMN) {
		putchar('\n');
		used = 0;
	}
	printf("%*s", OPTIONS_COLUMN - used, "");
	for (; *help; help++) {
		putchar(*help);
		if (*help == '\n')
			printf("%*s", OPTIONS_COLUMN, "");
	}
	putchar('\n');
}

static void options_help(const struct options_program *program)
{
	const struct option_spec *spec;

	printf("Usage: %s %s\n\n%s\n\nOptions:\n", program->name, program->synopsis,
	       program->summary);
	for (spec = program->specs; spec->name; spec++)
		options_help_line(spec->name, spec->arg, spec->help);
	options_help_line("help", NULL, "print this and exit");
	options_help_line("version", NULL, "print the version and exit");
	printf("\n%s", program->notes);
}

static size_t options_table(const struct options_program *program, struct option *table)
{
	size_t count = 0;

	for (; program->specs[count].name && count < OPTIONS_MAX; count++) {
		const struct option_spec *spec = &program->specs[count];

		table[count] = (struct option){ spec->name, spec->arg ? required_argument
							: no_argument, NULL,
						OPTIONS_VALUE(count) };
	}
	table[count] = (struct option){ "help", no_argument, NULL, OPTIONS_HELP };
	table[count + 1] = (struct option){ "version", no_argument, NULL, OPTIONS_VERSION };
	table[count + 2] = (struct option){ 0 };
	return count;
}

/* @given is the argument as typed: getopt knows no better name of a bad one. */
static int options_refuse(int value, const char *given, struct err *err)
{
	int length = (int)strcspn(given, "=");

	if (value == ':')
		return err_set(err, EXIT_USAGE, "%.*s needs a value (see --help)", length, given);
	if (optopt >= OPTIONS_VALUE(0))
		return err_set(err, EXIT_USAGE, "%.*s takes no value (see --help)", length,
			       given);
	return err_set(err, EXIT_USAGE, "no option %.*s, or not one alone (see --help)", length,
		       given);
}

enum options_result options_parse(const struct options_program *program, int argc, char **argv,
				  void *into, struct err *err)
{
	struct option table[OPTIONS_MAX + 3];
	size_t count = options_table(program, table);

	opterr = 0;
	optind = 0;	/* also resets getopt's own state, for a second parse */
	for (;;) {
		int value = getopt_long(argc, argv, ":", table, NULL);
		size_t index = (size_t)(value - OPTIONS_VALUE(0));
		const struct option_spec *spec;
		struct err why;

		if (value == -1)
			break;
		if (value == OPTIONS_HELP) {
			options_help(program);
			return OPTIONS_DONE;
		}
		if (value == OPTIONS_VERSION) {
			printf("%s %s\n", program->name, HDB_VERSION);
			return OPTIONS_DONE;
		}
		if (value < OPTIONS_VALUE(0) || index >= count) {
			options_refuse(value, argv[optind - 1], err);
			return OPTIONS_BAD;
		}
		spec = &program->specs[index];
		if (spec->parse(spec, optarg, (char *)into + spec->offset, &why) < 0) {
			err_set(err, EXIT_USAGE, "--%s: %s", spec->name, why.text);
			return OPTIONS_BAD;
		}
	}
	if (optind < argc) {
		err_set(err, EXIT_USAGE, "unexpected argument '%s' (see --help)", argv[optind]);
		return OPTIONS_BAD;
	}
	return OPTIONS_RUN;
}
