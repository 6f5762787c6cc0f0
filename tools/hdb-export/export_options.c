// SPDX-License-Identifier: MIT
#include "export_options.h"
#include "buffer.h"

#include <drm_fourcc.h>
#include <stddef.h>

#define FIELD(name) offsetof(struct export_options, name)

static const char *const export_sources[] = {
	[BUFFER_AUTO] = "auto",
	[BUFFER_GBM] = "gbm",
	[BUFFER_HEAP] = "heap",
	[BUFFER_UDMABUF] = "udmabuf",
	[BUFFER_HDB_HEAP] = "hdb-heap",
	[BUFFER_VGEM] = "vgem",
	NULL,
};

static const struct option_spec export_specs[] = {
	{ "frames", "N", "frames to share; 0: until interrupted, or until\n"
	  "the importer leaves (default 0)",
	  options_number, FIELD(frames), 0, UINT32_MAX, NULL },
	{ "fps", "F", "frames per second, up to 1000; 0: as fast as buffers\ncome back (default 0)",
	  options_real, FIELD(fps), 0, 1000, NULL },
	{ "size", "WxH", "size of the picture, 64x64 to 3840x2160\n(default 640x480)",
	  options_size, FIELD(size), 0, 0, NULL },
	{ "format", "XR24|AR24", "its format (default XR24)",
	  options_format, FIELD(format), 0, 0, NULL },
	{ "source", "NAME", "where buffers come from (default auto):\n"
	  "gbm       GBM on the GPU, or on vgem without one\n"
	  "heap      /dev/dma_heap/system\n"
	  "udmabuf   a memfd, by /dev/udmabuf\n"
	  "hdb-heap  the driver's own, which is the cheapest to\n"
	  "          share: /dev/dma_heap/hyper_dmabuf\n"
	  "vgem      dumb buffers of vgem\n"
	  "auto      gbm on a GPU, else the first of heap,\n"
	  "          udmabuf, hdb-heap, vgem that is there",
	  options_choice, FIELD(source), 0, 0, export_sources },
	{ "device", "PATH|software", "DRM node to draw with and to allocate on, or\n"
	  "'software' for the CPU (default: the first GPU,\nelse the CPU)",
	  options_text, FIELD(device), 0, 0, NULL },
	{ "peer", "DOMID|NAME", "domain to share with, by its id or by the name that\n"
	  "its link has (default: the only one that is linked;\n"
	  "if none is, this domain itself, over the loopback)",
	  options_peer, FIELD(peer), 0, 0, NULL },
	{ "buffers", "N", "buffers in rotation, 1 to 8 (default 3)",
	  options_number, FIELD(buffers), 1, EXPORT_MAX_BUFFERS, NULL },
	{ "wait", "SECONDS", "how long to wait for the link and for the importer,\n"
	  "1 to 86400 (default 30). Where it is given, one that\n"
	  "went away may come back in that time, and the frames\n"
	  "go on with those that were not handed back",
	  options_number, FIELD(wait), 1, 86400, NULL },
	{ "transport", "hdb|gntdev|copy", "how frames get there (default hdb):\n"
	  "hdb     this driver shares the buffers\n"
	  "gntdev  the kernel's gntdev-dmabuf shares them\n"
	  "copy    the CPU copies them, through a vchan\n"
	  "hdb-import has to be told the same",
	  transport_option, FIELD(transport), 0, 0, NULL },
	{ "sync", "fence|finish|none", "how the importer knows when a frame is ready\n"
	  "(default fence; finish by other transports than hdb):\n"
	  "fence   each frame has a fence; a buffer is drawn into\n"
	  "        again when its reader's fence has signalled\n"
	  "finish  frames are shared when they are finished\n"
	  "none    frames are shared before they are drawn: the\n"
	  "        importer has to find them torn or stale",
	  options_choice, FIELD(sync), 0, 0, fence_sync_names },
	{ "fence", "auto|vgem|gl", "whose fences (default auto: gl on a GPU, else vgem):\n"
	  "vgem  frames are shared first, with a fence that is\n"
	  "      pending until they are drawn (10 s at most)\n"
	  "gl    EGL's, which the CPU's are always signalled",
	  options_choice, FIELD(fence), 0, 0, fence_kind_names },
	{ "corrupt", "FRAME[:X,Y]", "flip one bit of that pixel (default: the middle one)\n"
	  "after rendering that frame: the importer must see it",
	  options_pixel, FIELD(corrupt), 0, 0, NULL },
	{ "crc", NULL, "send a CRC-32 of each frame along (default)",
	  options_flag, FIELD(crc), 0, 0, NULL },
	{ "no-crc", NULL, "do not: the frames are not read back for it",
	  options_flag_off, FIELD(crc), 0, 0, NULL },
	OPTIONS_JSON(FIELD(json)),
	OPTIONS_QUIET(FIELD(quiet)),
	OPTIONS_VERBOSE(FIELD(verbose)),
	{ 0 },
};

const struct options_program export_program = {
	.name = "hdb-export",
	.synopsis = "[--frames N] [--size WxH] [--peer DOMID|NAME] [options]",
	.summary =
		"Renders an animated picture with OpenGL ES into a few buffers in turn, and\n"
		"shares them with another domain, where hdb-import samples and checks them.",
	.specs = export_specs,
	.notes =
		"Exit status:\n"
		"  0   all frames were shared and handed back\n"
		"  1   they were not, or the importer found a frame wrong (with --corrupt: did\n"
		"      not find it wrong)\n"
		"  2   wrong usage\n"
		"  77  it cannot be tested here; the message says why\n\n"
		"Examples:\n"
		"  hdb-export --frames 120 --peer b\n"
		"      120 frames of 640x480 to the domain named b, where 'hdb-import' runs\n"
		"  hdb-export --source udmabuf --size 1920x1080 --fps 30 --json -\n"
		"      until interrupted, 30 frames a second from udmabuf, results as JSON\n",
};

/* What no single value shows. */
static int export_check(struct export_options *options, struct err *err)
{
	const struct options_pixel *pixel = &options->corrupt;

	if (fence_sync_settle(&options->sync, options->transport == TRANSPORT_HDB, err) < 0)
		return -1;
	if (pixel->set && options->frames && pixel->frame >= options->frames)
		return err_set(err, EXIT_USAGE,
			       "--corrupt: there is no frame %llu: the last of %u is %u",
			       (unsigned long long)pixel->frame, options->frames,
			       options->frames - 1);
	if (pixel->placed && (pixel->x >= options->size.width || pixel->y >= options->size.height))
		return err_set(err, EXIT_USAGE, "--corrupt: pixel %u,%u is not within %ux%u",
			       pixel->x, pixel->y, options->size.width, options->size.height);
	return 0;
}

enum options_result export_options_parse(int argc, char **argv, struct export_options *options,
					 struct err *err)
{
	enum options_result parsed;

	*options = (struct export_options){
		.size = { 640, 480 }, .format = DRM_FORMAT_XRGB8888, .buffers = 3,
		.crc = true, .transport = TRANSPORT_HDB, .sync = FENCE_SYNC_DEFAULT,
	};
	parsed = options_parse(&export_program, argc, argv, options, err);
	options->go_on = options->wait != 0;
	if (!options->go_on)
		options->wait = 30;
	if (parsed == OPTIONS_RUN && export_check(options, err) < 0)
		return OPTIONS_BAD;
	return parsed;
}
