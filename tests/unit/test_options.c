// SPDX-License-Identifier: MIT
/* The command lines of hdb-export and hdb-import: what they take, what not. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <drm_fourcc.h>
#include <string.h>
#include <unistd.h>

#include "../../tools/hdb-export/export_options.h"
#include "../../tools/hdb-import/import_options.h"
#include "buffer.h"
#include "version.h"

#define MAX_ARGS 16

struct command {
	char text[300];
	char *argv[MAX_ARGS + 1];
	int argc;
};

/* Split at blanks; "''" is an empty argument. */
static void split(struct command *command, const char *name, const char *line)
{
	char *at, *save = NULL;

	memset(command, 0, sizeof(*command));
	snprintf(command->text, sizeof(command->text), "%s", line);
	command->argv[command->argc++] = (char *)name;
	for (at = strtok_r(command->text, " ", &save); at; at = strtok_r(NULL, " ", &save)) {
		cr_assert_lt(command->argc, MAX_ARGS);
		command->argv[command->argc++] = strcmp(at, "''") == 0 ? at + 2 : at;
	}
}

static enum options_result parse_export(const char *line, struct export_options *options,
					struct err *err)
{
	static struct command command;

	err->text[0] = '\0';
	split(&command, "hdb-export", line);
	return export_options_parse(command.argc, command.argv, options, err);
}

static enum options_result parse_import(const char *line, struct import_options *options,
					struct err *err)
{
	static struct command command;

	err->text[0] = '\0';
	split(&command, "hdb-import", line);
	return import_options_parse(command.argc, command.argv, options, err);
}

static void take_export(const char *line, struct export_options *options)
{
	struct err err;

	cr_assert_eq(parse_export(line, options, &err), OPTIONS_RUN, "%s: %s", line, err.text);
}

static void take_import(const char *line, struct import_options *options)
{
	struct err err;

	cr_assert_eq(parse_import(line, options, &err), OPTIONS_RUN, "%s: %s", line, err.text);
}

Test(options, export_defaults)
{
	struct export_options options;

	take_export("", &options);
	cr_assert_eq(options.frames, 0);
	cr_assert_eq(options.fps, 0);
	cr_assert_eq(options.size.width, 640);
	cr_assert_eq(options.size.height, 480);
	cr_assert_eq(options.format, DRM_FORMAT_XRGB8888);
	cr_assert_eq(options.source, BUFFER_AUTO);
	cr_assert_eq(options.buffers, 3);
	cr_assert_eq(options.wait, 30);
	cr_assert(options.crc);
	cr_assert_eq(options.sync, FENCE_SYNC_FENCE);
	cr_assert_eq(options.fence, FENCE_AUTO);
	cr_assert_eq(options.wait, 30);
	cr_assert_not(options.go_on);
	cr_assert_not(options.corrupt.set);
	cr_assert_not(options.quiet);
	cr_assert_not(options.verbose);
	cr_assert_null(options.device);
	cr_assert_null(options.peer);
	cr_assert_null(options.json);
}

Test(options, export_takes_everything_at_once)
{
	struct export_options options;

	take_export("--frames 120 --fps=29.97 --size 1920x1080 --format AR24 --source udmabuf "
		    "--device software", &options);
	cr_assert_eq(options.frames, 120);
	cr_assert_float_eq(options.fps, 29.97, 1e-9);
	cr_assert_eq(options.size.width, 1920);
	cr_assert_eq(options.size.height, 1080);
	cr_assert_eq(options.format, DRM_FORMAT_ARGB8888);
	cr_assert_eq(options.source, BUFFER_UDMABUF);
	cr_assert_str_eq(options.device, "software");
	take_export("--source hdb-heap", &options);
	cr_assert_eq(options.source, BUFFER_HDB_HEAP);
	take_export("--peer b --buffers 8 --wait 86400 --corrupt 7:639,479 --no-crc --json - "
		    "--quiet --verbose", &options);
	cr_assert_str_eq(options.peer, "b");
	cr_assert_eq(options.buffers, 8);
	cr_assert_eq(options.wait, 86400);
	cr_assert(options.go_on);
	cr_assert(options.corrupt.set && options.corrupt.placed);
	cr_assert_eq(options.corrupt.frame, 7);
	cr_assert_eq(options.corrupt.x, 639);
	cr_assert_eq(options.corrupt.y, 479);
	cr_assert_not(options.crc);
	cr_assert_str_eq(options.json, "-");
	cr_assert(options.quiet && options.verbose);
}

Test(options, the_last_of_several_counts)
{
	struct export_options options;

	take_export("--frames 3 --no-crc --corrupt 1:2,3 --frames 5 --crc --corrupt 4", &options);
	cr_assert_eq(options.frames, 5);
	cr_assert(options.crc);
	cr_assert_eq(options.corrupt.frame, 4);
	cr_assert_not(options.corrupt.placed);
}

Test(options, limits_are_taken)
{
	static const char *const lines[] = {
		"--frames 4294967295", "--frames 0", "--fps 0", "--fps 0.1", "--fps 1000",
		"--size 64x64", "--size 3840x2160", "--size 64x2160", "--size 131x77",
		"--buffers 1", "--buffers 8", "--wait 1", "--source auto", "--source gbm",
		"--source heap", "--source vgem", "--frames 1 --corrupt 0",
		"--peer 32751", "--peer 0", "--peer 32752b",
		"--peer a12345678901234567890123456789012345678901234567890123456789012",
		"--corrupt 18446744073709551615", "--size 64x64 --corrupt 0:63,63", "--fr 1",
	};
	struct export_options options;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		take_export(lines[i], &options);
}

/* Each is refused with one line that holds what stands beside it. */
static const struct {
	const char *line, *names;
} export_bad[] = {
	{ "--frames", "--frames needs a value" },
	{ "--frames -1", "'-1' is not a whole number" },
	{ "--frames 4294967296", "from 0 to 4294967295" },
	{ "--frames 99999999999999999999999", "--frames" },
	{ "--frames 0x10", "'0x10'" },
	{ "--frames 1.5", "'1.5'" },
	{ "--frames ''", "--frames: ''" },
	{ "--frames +3", "'+3'" },
	{ "--fps -1", "--fps: '-1'" },
	{ "--fps 1000.1", "from 0 to 1000" },
	{ "--fps nan", "'nan'" },
	{ "--fps inf", "'inf'" },
	{ "--fps 1e3", "'1e3'" },
	{ "--fps .", "'.'" },
	{ "--fps 1.2.3", "'1.2.3'" },
	{ "--size 640", "'640' is not WIDTHxHEIGHT" },
	{ "--size 640x", "'640x'" },
	{ "--size x480", "'x480'" },
	{ "--size 640x480x1", "'640x480x1'" },
	{ "--size 640X480", "'640X480'" },
	{ "--size 63x64", "not within 64x64 and 3840x2160" },
	{ "--size 64x63", "not within" },
	{ "--size 3841x2160", "not within" },
	{ "--size 3840x2161", "not within" },
	{ "--size 18446744073709551680x64", "--size" },
	{ "--size 4294967360x64", "--size" },
	{ "--format RG16", "'RG16' is neither XR24 nor AR24" },
	{ "--format xr24", "'xr24'" },
	{ "--source dumb", "--source: 'dumb' is not one of auto, gbm, heap, udmabuf, hdb-heap, vgem" },
	{ "--source ''", "--source: ''" },
	{ "--device ''", "--device: an empty value" },
	{ "--peer ''", "--peer: an empty value" },
	{ "--peer 32752", "--peer: 32752 is no domain id: they go from 0 to 32751" },
	{ "--peer 99999999999999999999999", "is no domain id" },
	{ "--peer 0123456789012345678901234567890123456789012345678901234567890123",
	  "is no domain id" },
	{ "--peer a123456789012345678901234567890123456789012345678901234567890123",
	  "no longer than 63 characters" },
	{ "--json ''", "--json: an empty value" },
	{ "--buffers 0", "from 1 to 8" },
	{ "--buffers 9", "from 1 to 8" },
	{ "--wait 0", "from 1 to 86400" },
	{ "--wait 86401", "from 1 to 86400" },
	{ "--corrupt x", "'x' is not FRAME or FRAME:X,Y" },
	{ "--corrupt 3:", "'3:'" },
	{ "--corrupt 3:1", "'3:1'" },
	{ "--corrupt 3:1,", "'3:1,'" },
	{ "--corrupt 3:1,2,3", "'3:1,2,3'" },
	{ "--corrupt 3,1", "'3,1'" },
	{ "--corrupt 0:4294967296,0", "--corrupt" },
	{ "--frames 5 --corrupt 5", "there is no frame 5: the last of 5 is 4" },
	{ "--corrupt 0:640,0", "pixel 640,0 is not within 640x480" },
	{ "--corrupt 0:0,480", "pixel 0,480 is not within" },
	{ "--quiet=yes", "--quiet takes no value" },
	{ "--bogus", "there is no option --bogus" },
	{ "--bogus=3", "there is no option --bogus (" },
	{ "-f 3", "there is no option -f" },
	{ "--quiet -xyz", "there is no option -x" },
	{ "--f 3", "--f is not enough: which of --frames, --fps, --format, --fence?" },
	{ "--c=3", "--c is not enough: which of --corrupt, --crc?" },
	{ "frames", "unexpected argument 'frames'" },
	{ "-- x", "unexpected argument 'x'" },
};

Test(options, export_refuses)
{
	for (size_t i = 0; i < sizeof(export_bad) / sizeof(export_bad[0]); i++) {
		const char *line = export_bad[i].line;
		struct export_options options;
		struct err err;

		cr_expect_eq(parse_export(line, &options, &err), OPTIONS_BAD, "taken: %s", line);
		cr_expect_eq(err.code, EXIT_USAGE, "%s", line);
		cr_expect(strstr(err.text, export_bad[i].names), "%s says: %s", line, err.text);
		cr_expect_null(strchr(err.text, '\n'), "%s: more than a line", line);
	}
}

Test(options, import_defaults)
{
	struct import_options options;

	take_import("", &options);
	cr_assert_eq(options.frames, 0);
	cr_assert_eq(options.wait, 30);
	cr_assert_not(options.go_on);
	cr_assert_eq(options.verify, IMPORT_FULL);
	cr_assert_null(options.pictures.dir);
	cr_assert_not(options.pictures.given);
	cr_assert_null(options.peer);
	cr_assert_null(options.json);
}

Test(options, import_takes_everything_at_once)
{
	struct import_options options;

	take_import("--frames 9 --peer 3 --device /dev/dri/renderD128 --verify crc --wait 5", &options);
	cr_assert_eq(options.frames, 9);
	cr_assert_str_eq(options.peer, "3");
	cr_assert_str_eq(options.device, "/dev/dri/renderD128");
	cr_assert_eq(options.verify, IMPORT_CRC);
	cr_assert_eq(options.wait, 5);
	cr_assert(options.go_on);
	take_import("--frames 9 --png-frames first,middle,3,sheet,18446744073709551615 --png /tmp/x "
		    "--verify none --json out", &options);
	cr_assert_str_eq(options.pictures.dir, "/tmp/x");
	cr_assert(options.pictures.given && options.pictures.first && options.pictures.middle &&
		  options.pictures.sheet);
	cr_assert_not(options.pictures.last || options.pictures.all);
	cr_assert_eq(options.pictures.numbers, 2);
	cr_assert_eq(options.pictures.number[0], 3);
	cr_assert_eq(options.pictures.number[1], UINT64_MAX);
	cr_assert_eq(options.verify, IMPORT_NONE);
}

Test(options, a_second_png_frames_replaces_the_first)
{
	struct import_options options;

	take_import("--png d --png-frames all,1,2 --png-frames last", &options);
	cr_assert_str_eq(options.pictures.dir, "d");
	cr_assert(options.pictures.last);
	cr_assert_not(options.pictures.all);
	cr_assert_eq(options.pictures.numbers, 0);
}

static const struct {
	const char *line, *names;
} import_bad[] = {
	{ "--verify some", "'some' is not one of full, crc, none" },
	{ "--frames many", "'many'" },
	{ "--wait 0", "from 1 to 86400" },
	{ "--png ''", "--png: an empty value" },
	{ "--png-frames first", "needs --png, which says where" },
	{ "--png d --png-frames ''", "--png-frames" },
	{ "--png d --png-frames first,", "''" },
	{ "--png d --png-frames firs", "'firs'" },
	{ "--png d --png-frames first;last", "'first;last'" },
	{ "--png d --png-frames 1x", "'1x'" },
	{ "--png d --png-frames 18446744073709551616", "--png-frames" },
	{ "--png d --png-frames middle", "'middle' needs --frames" },
	{ "--size 64x64", "no option --size" },
	{ "x", "unexpected argument 'x'" },
};

Test(options, import_refuses)
{
	for (size_t i = 0; i < sizeof(import_bad) / sizeof(import_bad[0]); i++) {
		const char *line = import_bad[i].line;
		struct import_options options;
		struct err err;

		cr_expect_eq(parse_import(line, &options, &err), OPTIONS_BAD, "taken: %s", line);
		cr_expect_eq(err.code, EXIT_USAGE, "%s", line);
		cr_expect(strstr(err.text, import_bad[i].names), "%s says: %s", line, err.text);
	}
}

Test(options, more_picture_numbers_than_fit)
{
	struct option_spec spec = { .name = "png-frames" };
	struct pictures_options options = { 0 };
	char list[4 * PICTURES_MAX_NUMBERS + 8] = "";
	struct err err;

	for (int i = 0; i < PICTURES_MAX_NUMBERS; i++)
		sprintf(list + strlen(list), "%s%d", i ? "," : "", i);
	cr_assert_eq(pictures_parse(&spec, list, &options, &err), 0);
	cr_assert_eq(options.numbers, PICTURES_MAX_NUMBERS);
	strcat(list, ",99");
	cr_assert_eq(pictures_parse(&spec, list, &options, &err), -1);
}

/* What --help prints of @program names every option, the exit codes and examples. */
static void check_help(const struct options_program *program, const char *help)
{
	const struct option_spec *spec;
	char name[50];

	for (spec = program->specs; spec->name; spec++) {
		snprintf(name, sizeof(name), "\n  --%s ", spec->name);
		cr_expect(strstr(help, name), "--%s is not there", spec->name);
		if (spec->arg && spec->parse != options_text && spec->parse != options_pixel)
			cr_expect(strstr(spec->help, "default"), "--%s: no default", spec->name);
	}
	cr_expect(strstr(help, "\nExit status:\n"));
	cr_expect(strstr(help, "\nExamples:\n"));
	for (; *help; help += strcspn(help, "\n") + 1)
		cr_expect_leq(strcspn(help, "\n"), 80, "too wide: %.90s", help);
}

Test(options, help_is_complete, .init = cr_redirect_stdout)
{
	static char help[10000];
	struct export_options export;
	struct import_options import;
	struct err err;

	cr_assert_eq(parse_export("--help", &export, &err), OPTIONS_DONE);
	fflush(stdout);
	cr_assert_gt(read(fileno(cr_get_redirected_stdout()), help, sizeof(help) - 1), 1000);
	check_help(&export_program, help);
	memset(help, 0, sizeof(help));
	cr_assert_eq(parse_import("--help", &import, &err), OPTIONS_DONE);
	fflush(stdout);
	cr_assert_gt(read(fileno(cr_get_redirected_stdout()), help, sizeof(help) - 1), 1000);
	check_help(&import_program, help);
}

Test(options, version_is_printed, .init = cr_redirect_stdout)
{
	struct export_options export;
	struct err err;

	cr_assert_eq(parse_export("--version", &export, &err), OPTIONS_DONE);
	fflush(stdout);
	cr_assert_stdout_eq_str("hdb-export " HDB_VERSION "\n");
}
