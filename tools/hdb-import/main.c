// SPDX-License-Identifier: MIT
/*
 * hdb-import takes what hdb-export shares: it samples every frame as a texture,
 * checks that it is what it must be, and hands it back.
 */
#include "import.h"
#include "progress.h"
#include "report.h"
#include "stop.h"

static const struct report_row import_rows[] = {
	{ "taken from", "{peer.text}, by {transport}" },
	{ "sampled with", "{device.renderer} ({device.node})" },
	{ "pictures", "{picture.width}x{picture.height} {picture.format}" },
	{ "buffers", "{buffers.imported} imported, {buffers.memory:bytes}" },
	{ "frames", "{frames.received} received, {frames.lost} lost" },
	{ "exporters that went", "{frames.parted}" },
	{ "check", "{frames.verify}: {frames.right} right, {frames.wrong} wrong, "
	  "{frames.unchecked} not checked" },
	{ "first wrong", "{frames.first_wrong}" },
	{ "synchronised by", "{fences.sync}" },
	{ "fences", "{fences.pending_at_import} pending when frames came, {fences.failed} failed; "
	  "{fences.source}: {fences.pending_at_return} pending when handed back" },
	{ "way to the pixels", "{bytes.way}" },
	{ "bytes shared", "{bytes.shared:bytes}" },
	{ "bytes copied", "{bytes.copied:bytes}" },
	{ "rate", "{timing.fps:rate} over {timing.elapsed_ns:ns}" },
	{ "time to import a buffer", "{timing.import_ns.median:ns} median, "
	  "{timing.import_ns.max:ns} longest" },
	{ "until first sampled", "{timing.setup_ns.median:ns} median, "
	  "{timing.setup_ns.max:ns} longest" },
	{ "time to copy", "{timing.copy_ns.median:ns} median, "
	  "{timing.copy_ns.max:ns} longest" },
	{ "time per frame", "{timing.frame_ns.median:ns} median, {timing.frame_ns.max:ns} longest" },
	{ "time to check", "{timing.check_ns.median:ns} median, {timing.check_ns.max:ns} longest" },
	{ "files written", "{png.files} in {png.dir}" },
	{ 0 },
};

int main(int argc, char **argv)
{
	struct import_options options;
	struct import import = { .options = &options };
	struct err err = { 0 };
	enum options_result parsed = import_options_parse(argc, argv, &options, &err);
	struct report report;

	if (parsed == OPTIONS_DONE)
		return EXIT_OK;
	progress_init(import_program.name, options.quiet, options.verbose);
	if (parsed == OPTIONS_RUN && device_check(options.device, &err) < 0)
		parsed = OPTIONS_BAD;
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
		if (import_run(&import, report.root, &err) == 0)
			err_clear(&err);
		import_results(&import, report.root, &err);
	}
	import_teardown(&import);
	return report_close(&report, &err, import_rows);
}
