// SPDX-License-Identifier: MIT
/*
 * hdb-bench measures what sharing costs: setting up a buffer, handing over a
 * frame, and what the machine itself takes for it; and judges and shows results.
 */
#include "commands.h"
#include "err.h"
#include "progress.h"
#include "version.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name, *summary;
	int (*run)(int argc, char **argv);
} main_commands[] = {
	{ "list", "what can be measured", command_list },
	{ "run", "measure", command_run },
	{ "compare", "compare two results", command_compare },
	{ "report", "plots and a page of results", command_report },
	{ "gate", "measure base and new in turn, and judge", command_gate },
};

static void main_help(void)
{
	printf("Usage: hdb-bench COMMAND [options]\n\n"
	       "Measures what it costs to share dma-bufs with another domain.\n\nCommands:\n");
	for (size_t i = 0; i < sizeof(main_commands) / sizeof(main_commands[0]); i++)
		printf("  %-24s%s\n", main_commands[i].name, main_commands[i].summary);
	printf("\n\"hdb-bench COMMAND --help\" tells more. docs/benchmarks.md explains the "
	       "method.\n");
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;

	progress_init("hdb-bench", false, false);
	if (!name) {
		progress_error("what is to be done? (see --help)");
		return EXIT_USAGE;
	}
	if (strcmp(name, "--help") == 0) {
		main_help();
		return EXIT_OK;
	}
	if (strcmp(name, "--version") == 0) {
		printf("hdb-bench %s\n", HDB_VERSION);
		return EXIT_OK;
	}
	for (size_t i = 0; i < sizeof(main_commands) / sizeof(main_commands[0]); i++)
		if (strcmp(name, main_commands[i].name) == 0)
			return main_commands[i].run(argc - 1, argv + 1);
	if (strncmp(name, "--help=", 7) == 0 || strncmp(name, "--version=", 10) == 0)
		progress_error("%.*s takes no value (see --help)", (int)strcspn(name, "="), name);
	else if (*name == '-')
		progress_error("there is no option %.*s, or it stands before the command (see "
			       "--help)", (int)strcspn(name, "="), name);
	else
		progress_error("there is no command '%s' (see --help)", name);
	return EXIT_USAGE;
}
