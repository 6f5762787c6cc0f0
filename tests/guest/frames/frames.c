// SPDX-License-Identifier: MIT
#include <drm_fourcc.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frames.h"

const struct scene frames_scene = {
	.width = FRAMES_SIDE, .height = FRAMES_SIDE, .fourcc = DRM_FORMAT_XRGB8888,
	.stream = 0x66656e636573,
};

static void usage(FILE *to)
{
	fprintf(to, "usage: hdb-test-frames export|import [options]\n\n"
		"  --frames N     how many (default 1000)\n"
		"  --buffers N    in rotation, 1 to %d (default 1)\n"
		"  --peer DOMID   export: with whom (default the own domain)\n"
		"  --pause MS     export: in the middle of each drawing, so that the importer\n"
		"                 comes before the end of it (default 0)\n"
		"  --sync WHAT    export: fence (default), or none\n"
		"  --wrong        import: succeed when a frame is found wrong\n"
		"  --help\n", FRAMES_MAX_BUFFERS);
}

/* @text as a number from @min to @max, or the end. */
static uint64_t number(const char *text, uint64_t min, uint64_t max)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || value < min || value > max) {
		fprintf(stderr, "hdb-test-frames: want %llu to %llu, not '%s'\n",
			(unsigned long long)min, (unsigned long long)max, text);
		exit(EXIT_USAGE);
	}
	return value;
}

int main(int argc, char **argv)
{
	static const struct option table[] = {
		{ "frames", required_argument, NULL, 'f' },
		{ "buffers", required_argument, NULL, 'b' },
		{ "peer", required_argument, NULL, 'p' },
		{ "pause", required_argument, NULL, 'm' },
		{ "sync", required_argument, NULL, 's' },
		{ "wrong", no_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct frames_options options = { .frames = 1000, .buffers = 1, .peer = -1, .fence = true };
	struct err err = { 0 };
	int found, result;

	while ((found = getopt_long(argc, argv, "", table, NULL)) != -1) {
		switch (found) {
		case 'f':
			options.frames = number(optarg, 1, 1u << 30);
			break;
		case 'b':
			options.buffers = (uint32_t)number(optarg, 1, FRAMES_MAX_BUFFERS);
			break;
		case 'p':
			options.peer = (int)number(optarg, 0, 32767);
			break;
		case 'm':
			options.pause_ms = (unsigned int)number(optarg, 0, 20000);
			break;
		case 's':
			options.fence = strcmp(optarg, "none") != 0;
			if (options.fence && strcmp(optarg, "fence")) {
				fprintf(stderr, "hdb-test-frames: --sync is fence or none\n");
				return EXIT_USAGE;
			}
			break;
		case 'w':
			options.wrong = true;
			break;
		case 'h':
			usage(stdout);
			return EXIT_OK;
		default:
			return EXIT_USAGE;
		}
	}
	if (optind + 1 != argc ||
	    (strcmp(argv[optind], "export") && strcmp(argv[optind], "import"))) {
		usage(stderr);
		return EXIT_USAGE;
	}
	stop_init();
	if (!strcmp(argv[optind], "export"))
		result = frames_export(&options, &err);
	else
		result = frames_import(&options, &err);
	if (result < 0) {
		fprintf(stderr, "hdb-test-frames %s: %s\n", argv[optind], err.text);
		return err.code;
	}
	return EXIT_OK;
}
