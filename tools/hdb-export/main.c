// SPDX-License-Identifier: MIT
/*
 * hdb-export renders an animated picture into a few buffers in turn, and shares
 * them with another domain, where hdb-import samples and checks them.
 */
#include "export.h"
#include "progress.h"
#include "report.h"
#include "stop.h"

static const struct report_row export_rows[] = {
	{ "shared with", "{peer.text}, by {transport}" },
	{ "drawn with", "{device.renderer} ({device.node})" },
	{ "pictures", "{picture.width}x{picture.height} {picture.format}" },
	{ "buffers", "{buffers.count} x {buffers.bytes:bytes} from {buffers.source} "
	  "({buffers.where})" },
	{ "frames", "{frames.published} published, {frames.handed_back} handed back" },
	{ "importers that went", "{frames.parted}" },
	{ "corrupted on purpose", "frame {frames.corrupted_frame}" },
	{ "the importer found", "{importer.right} right, {importer.wrong} wrong" },
	{ "synchronised by", "{fences.sync}" },
	{ "fences", "{fences.source}: {fences.pending_at_publish} pending when published, "
	  "{fences.returned} returned, {fences.failed} failed" },
	{ "way to the buffers", "{bytes.way}" },
	{ "bytes shared", "{bytes.shared:bytes}" },
	{ "bytes copied", "{bytes.copied:bytes}" },
	{ "rate", "{timing.fps:rate} over {timing.elapsed_ns:ns}" },
	{ "frames late", "{frames.late}" },
	{ "time to render", "{timing.render_ns.median:ns} median, {timing.render_ns.max:ns} longest" },
	{ "time to publish", "{timing.publish_ns.median:ns} median, {timing.publish_ns.max:ns} longest" },
	{ "of that, copying", "{timing.copy_ns.median:ns} median, "
	  "{timing.copy_ns.max:ns} longest" },
	{ "wait for a buffer", "{timing.wait_ns.median:ns} median, {timing.wait_ns.max:ns} longest" },
	{ 0 },
};

int main(int argc, char **argv)
{
	struct export_options options;
	struct export export = { .options = &options };
	struct err err = { 0 };
	enum options_result parsed = export_options_parse(argc, argv, &options, &err);
	struct report report;

	if (parsed == OPTIONS_DONE)
		return EXIT_OK;
	progress_init(export_program.name, options.quiet, options.verbose);
	if (parsed == OPTIONS_RUN && device_check(options.device, &err) < 0)
		parsed = OPTIONS_BAD;
	if (parsed == OPTIONS_BAD ||
	    report_open(&report, export_program.name, options.json, options.quiet, &err) < 0) {
		progress_error("%s", err.text);
		return err.code;
	}
	stop_init();
	if (export_setup(&export, report.root, &err) == 0) {
		if (export_run(&export, &err) == 0)
			err_clear(&err);
		export_results(&export, report.root, &err);
	}
	export_teardown(&export);
	return report_close(&report, &err, export_rows);
}
