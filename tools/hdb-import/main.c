// SPDX-License-Identifier: MIT
/*
 * hdb-import takes what hdb-export shares: it samples every frame as a texture,
 * checks that it is what it must be, and hands it back.
 */
#include <stddef.h>
#include <stdlib.h>

#include "import.h"
#include "progress.h"
#include "report.h"
#include "stop.h"

#define FIELD(name) offsetof(struct import_options, name)

const char *const import_verify_names[] = {
	[IMPORT_FULL] = "full",
	[IMPORT_CRC] = "crc",
	[IMPORT_NONE] = "none",
	NULL,
};

static const struct option_spec import_specs[] = {
	{ "frames", "N", "stop after N frames; fewer are a failure; 0: all until\n"
	  "the stream ends (default 0)",
	  options_number, FIELD(frames), 0, UINT32_MAX, NULL },
	{ "peer", "DOMID|NAME", "take frames from this domain only (default: from the\n"
	  "first that offers some)",
	  options_text, FIELD(peer), 0, 0, NULL },
	{ "device", "PATH|software", "DRM node of the GPU to sample with, or 'software'\n"
	  "for the CPU (default: the first GPU, else the CPU)",
	  options_text, FIELD(device), 0, 0, NULL },
	{ "verify", "full|crc|none", "compare every pixel with what the frame must be, or\n"
	  "only the CRC-32 that the exporter sent along, or\nnothing (default full)",
	  options_choice, FIELD(verify), 0, 0, import_verify_names },
	{ "png", "DIR", "write sampled frames as PNG files into DIR, which is\n"
	  "made where it is missing; the first 10 wrong frames\nare written too",
	  options_text, FIELD(pictures.dir), 0, 0, NULL },
	{ "png-frames", "LIST", "which frames, separated by commas: first, middle,\n"
	  "last, sheet (a contact sheet), all, or frame numbers\n"
	  "(default first,last,sheet, and with --frames middle)",
	  pictures_parse, FIELD(pictures), 0, 0, NULL },
	{ "wait", "SECONDS", "how long to wait for the link, the first frame and\n"
	  "each next one, 1 to 86400 (default 30)",
	  options_number, FIELD(wait), 1, 86400, NULL },
	{ "json", "FILE|-", "write the results as JSON; '-' is standard output,\n"
	  "in place of the table",
	  options_text, FIELD(json), 0, 0, NULL },
	{ "quiet", NULL, "no progress, no table", options_flag, FIELD(quiet), 0, 0, NULL },
	{ "verbose", NULL, "say what is chosen, and why",
	  options_flag, FIELD(verbose), 0, 0, NULL },
	{ 0 },
};

static const struct options_program import_program = {
	.name = "hdb-import",
	.synopsis = "[--frames N] [--verify full|crc|none] [--png DIR] [options]",
	.summary =
		"Takes the frames that hdb-export shares, in this domain or another: samples\n"
		"each as a texture on the shared pages, checks it, and hands it back.",
	.specs = import_specs,
	.notes =
		"Exit status:\n"
		"  0   all frames came, and were right as far as --verify looks\n"
		"  1   a frame was wrong or missing, or none came\n"
		"  2   wrong usage\n"
		"  77  it cannot be tested here; the message says why\n\n"
		"Examples:\n"
		"  hdb-import --png /tmp/frames\n"
		"      check a whole stream and keep some pictures of it\n"
		"  hdb-import --frames 1000 --verify none --quiet --json result.json\n"
		"      1000 frames as fast as they come, results as JSON\n",
};

static const struct report_row import_rows[] = {
	{ "taken from", "{peer.text}" },
	{ "sampled with", "{device.renderer} ({device.node})" },
	{ "pictures", "{picture.width}x{picture.height} {picture.format}" },
	{ "buffers", "{buffers.imported} imported, {buffers.memory:bytes}" },
	{ "frames", "{frames.received} received, {frames.lost} lost" },
	{ "check", "{frames.verify}: {frames.right} right, {frames.wrong} wrong, "
	  "{frames.unchecked} not checked" },
	{ "first wrong", "{frames.first_wrong}" },
	{ "way to the pixels", "{bytes.way}" },
	{ "bytes shared", "{bytes.shared:bytes}" },
	{ "bytes copied", "{bytes.copied:bytes}" },
	{ "rate", "{timing.fps:rate} over {timing.elapsed:ns}" },
	{ "time to set up a buffer", "{timing.setup.median:ns} median, "
	  "{timing.setup.max:ns} longest" },
	{ "time per frame", "{timing.frame.median:ns} median, {timing.frame.max:ns} longest" },
	{ "time to check", "{timing.check.median:ns} median, {timing.check.max:ns} longest" },
	{ "files written", "{png.files} in {png.dir}" },
	{ 0 },
};

int main(int argc, char **argv)
{
	struct import_options options = { .wait = 30 };
	struct import import = { .options = &options, .hdb = -1 };
	struct err err = { 0 };
	enum options_result parsed = options_parse(&import_program, argc, argv, &options, &err);
	struct report report;

	if (parsed == OPTIONS_DONE)
		return EXIT_OK;
	progress_init(import_program.name, options.quiet, options.verbose);
	if (parsed == OPTIONS_RUN && options.pictures.given && !options.pictures.dir) {
		err_set(&err, EXIT_USAGE, "--png-frames: where to? --png is missing");
		parsed = OPTIONS_BAD;
	}
	if (parsed == OPTIONS_RUN && options.pictures.dir) {
		import.pictures = pictures_open(&options.pictures, options.frames, &err);
		parsed = import.pictures ? OPTIONS_RUN : OPTIONS_BAD;
	}
	if (parsed == OPTIONS_BAD ||
	    report_open(&report, import_program.name, options.json, options.quiet, &err) < 0) {
		pictures_free(import.pictures);
		progress_error("%s", err.text);
		return EXIT_USAGE;
	}
	stop_init();
	if (import_setup(&import, report.root, &err) == 0) {
		import_run(&import, report.root, &err);
		import_results(&import, report.root, &err);
	}
	import_teardown(&import);
	return report_close(&report, &err, import_rows);
}
