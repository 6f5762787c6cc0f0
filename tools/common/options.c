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

/* Several options begin with @given, "--" and @length - 2 letters: name them. */
static int options_ambiguous(const struct option *table, const char *given, int length,
			     struct err *err)
{
	char names[120] = "";
	size_t used = 0;

	for (; table->name; table++)
		if (strncmp(table->name, given + 2, (size_t)length - 2) == 0 &&
		    used < sizeof(names))
			used += (size_t)snprintf(names + used, sizeof(names) - used, "%s--%s",
						 used ? ", " : "", table->name);
	return err_set(err, EXIT_USAGE, "%.*s is not enough: which of %s?", length, given, names);
}

static size_t options_begun(const struct option *table, const char *given, int length)
{
	size_t count = 0;

	if (length < 3 || strncmp(given, "--", 2) != 0)
		return 0;
	for (; table->name; table++)
		count += strncmp(table->name, given + 2, (size_t)length - 2) == 0;
	return count;
}

/* @given is the argument as typed: getopt knows no better name of a bad one. */
static int options_refuse(const struct option *table, int value, const char *given,
			  struct err *err)
{
	int length = (int)strcspn(given, "=");

	if (value == ':')
		return err_set(err, EXIT_USAGE, "%.*s needs a value (see --help)", length, given);
	if (optopt >= OPTIONS_VALUE(0))
		return err_set(err, EXIT_USAGE, "%.*s takes no value (see --help)", length,
			       given);
	/* A letter out of several: @given may be the argument before them. */
	if (optopt)
		return err_set(err, EXIT_USAGE, "there is no option -%c (see --help)", optopt);
	if (options_begun(table, given, length) > 1)
		return options_ambiguous(table, given, length, err);
	return err_set(err, EXIT_USAGE, "there is no option %.*s (see --help)", length, given);
}

/* getopt has moved them behind the options. */
static enum options_result options_operands(const struct options_program *program, int count,
					    char **text, struct err *err)
{
	struct options_operands *operands = program->operands;

	if (count > (operands ? operands->most : 0)) {
		err_set(err, EXIT_USAGE, "unexpected argument '%s' (see --help)",
			text[operands ? operands->most : 0]);
		return OPTIONS_BAD;
	}
	if (!operands)
		return OPTIONS_RUN;
	if (count < operands->least) {
		err_set(err, EXIT_USAGE, "want %s (see --help)", program->synopsis);
		return OPTIONS_BAD;
	}
	operands->count = count;
	operands->text = text;
	return OPTIONS_RUN;
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
			options_refuse(table, value, argv[optind - 1], err);
			return OPTIONS_BAD;
		}
		spec = &program->specs[index];
		if (spec->parse(spec, optarg, (char *)into + spec->offset, &why) < 0) {
			err_set(err, EXIT_USAGE, "--%s: %s", spec->name, why.text);
			return OPTIONS_BAD;
		}
	}
	return options_operands(program, argc - optind, argv + optind, err);
}
