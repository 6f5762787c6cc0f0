// SPDX-License-Identifier: MIT
#include "import_options.h"

#include <stddef.h>

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
	{ "peer", "DOMID|NAME", "take frames from this domain only, by its id or by the\n"
	  "name that its link has (default: from the first that\n"
	  "offers some, which may be this one, by the loopback)",
	  options_peer, FIELD(peer), 0, 0, NULL },
	{ "device", "PATH|software", "DRM node of the GPU to sample with, or 'software'\n"
	  "for the CPU (default: the first GPU, else the CPU)",
	  options_text, FIELD(device), 0, 0, NULL },
	{ "verify", "full|crc|none", "compare every pixel with what the frame must be, or\n"
	  "only the CRC-32 that the exporter sent along, or\nnothing (default full)",
	  options_choice, FIELD(verify), 0, 0, import_verify_names },
	{ "transport", "hdb|gntdev|copy", "how frames get there (default hdb):\n"
	  "hdb     this driver shares the buffers\n"
	  "gntdev  the kernel's gntdev-dmabuf shares them\n"
	  "copy    the CPU copies them, through a vchan\n"
	  "hdb-export has to be told the same",
	  transport_option, FIELD(transport), 0, 0, NULL },
	{ "sync", "fence|finish|none", "when a frame is sampled, and how it goes back\n"
	  "(default fence; finish by other transports than hdb):\n"
	  "fence   after its fence; with a fence of our own\n"
	  "finish  at once, for it is finished; when we are done\n"
	  "none    at once, ready or not; before we are done",
	  options_choice, FIELD(sync), 0, 0, fence_sync_names },
	{ "fence", "auto|vgem|gl", "whose fences (default auto: gl on a GPU, else vgem):\n"
	  "vgem  buffers go back first, with a fence that is\n"
	  "      pending until they are sampled (10 s at most)\n"
	  "gl    EGL's, which the CPU's are always signalled",
	  options_choice, FIELD(fence), 0, 0, fence_kind_names },
	{ "png", "DIR", "write sampled frames as PNG files into DIR, which is\n"
	  "made where it is missing; the first 10 wrong frames\nare written too",
	  options_text, FIELD(pictures.dir), 0, 0, NULL },
	{ "png-frames", "LIST", "which frames --png writes, separated by commas:\n"
	  "first, middle (needs --frames), last, all, a frame's\n"
	  "number, or sheet: a contact sheet of up to 16\n"
	  "(default first,last,sheet; with --frames middle too)",
	  pictures_parse, FIELD(pictures), 0, 0, NULL },
	{ "wait", "SECONDS", "how long to wait for the link, the first frame and\n"
	  "each next one, 1 to 86400 (default 30). Where it is\n"
	  "given, an exporter that went away may come back in\n"
	  "that time, or another one in its place",
	  options_number, FIELD(wait), 1, 86400, NULL },
	OPTIONS_JSON(FIELD(json)),
	OPTIONS_QUIET(FIELD(quiet)),
	OPTIONS_VERBOSE(FIELD(verbose)),
	{ 0 },
};

const struct options_program import_program = {
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

/* What no single value shows. */
static int import_check_options(struct import_options *options, struct err *err)
{
	const struct pictures_options *pictures = &options->pictures;

	if (fence_sync_settle(&options->sync, options->transport == TRANSPORT_HDB, err) < 0)
		return -1;
	if (pictures->given && !pictures->dir)
		return err_set(err, EXIT_USAGE, "--png-frames needs --png, which says where to");
	if (pictures->middle && !options->frames)
		return err_set(err, EXIT_USAGE,
			       "--png-frames: 'middle' needs --frames, to know which it is");
	return 0;
}

enum options_result import_options_parse(int argc, char **argv, struct import_options *options,
					 struct err *err)
{
	enum options_result parsed;

	*options = (struct import_options){
		.transport = TRANSPORT_HDB, .sync = FENCE_SYNC_DEFAULT,
	};
	parsed = options_parse(&import_program, argc, argv, options, err);
	options->go_on = options->wait != 0;
	if (!options->go_on)
		options->wait = 30;
	if (parsed == OPTIONS_RUN && import_check_options(options, err) < 0)
		return OPTIONS_BAD;
	return parsed;
}
