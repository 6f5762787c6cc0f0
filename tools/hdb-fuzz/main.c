// SPDX-License-Identifier: MIT
/*
 * hdb-fuzz looks for input that breaks hdb: what a program, or the other domain, may send.
 */
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "progress.h"
#include "version.h"

static const struct fuzz_mode *const main_modes[] = {
	&fuzz_ioctl,
	&fuzz_message,
	&fuzz_message_kernel,
	&fuzz_peer,
	NULL,
};

static void main_help(void)
{
	printf("Usage: hdb-fuzz MODE [options]\n"
	       "       hdb-fuzz replay FILE [options]\n\n"
	       "Looks for input that breaks hdb. Each mode says more with --help.\n\n"
	       "Modes:\n");
	for (int i = 0; main_modes[i]; i++)
		if (main_modes[i]->run)
			printf("  %-24s%s\n", main_modes[i]->name, main_modes[i]->summary);
	printf("  %-24s%s\n", "replay", "one input of any mode, once; or make it short");
	printf("\nOptions:\n"
	       "  --help                  print this and exit\n"
	       "  --version               print the version and exit\n\n"
	       "Exit status:\n"
	       "  0   nothing was found\n"
	       "  1   something was; the report and the input that does it are written\n"
	       "  2   wrong usage\n"
	       "  77  it cannot be tested here; the message says why\n");
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	progress_init("hdb-fuzz", false, false);
	if (!strcmp(mode, "--help")) {
		main_help();
		return EXIT_OK;
	}
	if (!strcmp(mode, "--version")) {
		printf("hdb-fuzz %s\n", HDB_VERSION);
		return EXIT_OK;
	}
	if (!strcmp(mode, "replay"))
		return fuzz_replay(argc - 1, argv + 1, main_modes);
	for (int i = 0; main_modes[i]; i++)
		if (main_modes[i]->run && !strcmp(mode, main_modes[i]->name))
			return main_modes[i]->run(argc - 1, argv + 1);
	if (*mode)
		progress_error("no mode '%s' (see --help)", mode);
	else
		progress_error("which mode? (see --help)");
	return EXIT_USAGE;
}
