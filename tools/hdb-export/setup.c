// SPDX-License-Identifier: MIT
/* What a run needs, and what it found, for the report. */
#include "export.h"
#include "progress.h"
#include "report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

int export_new_stream(struct export *export, struct err *err)
{
	uint64_t done = export->handback.done;

	if (getrandom(&export->scene.stream, sizeof(export->scene.stream), 0) !=
	    sizeof(export->scene.stream))
		return err_errno(err, errno, "cannot get random bytes");
	export->handback = (struct handback_in){ .stream = export->scene.stream, .done = done };
	return 0;
}

static int export_setup_scene(struct export *export, struct err *err)
{
	const struct export_options *options = export->options;
	char why[200];

	export->scene = (struct scene){
		.width = options->size.width, .height = options->size.height,
		.fourcc = options->format,
	};
	if (export_new_stream(export, err) < 0)
		return -1;
	if (scene_error(&export->scene))
		return err_set(err, EXIT_USAGE, "%s", scene_error(&export->scene));
	export->gl = scene_gl_new(why, sizeof(why));
	if (!export->gl)
		return err_set(err, EXIT_FAILED, "%s", why);
	if (!options->crc)
		return 0;
	export->pixels = malloc((size_t)options->size.width * options->size.height * 4);
	return export->pixels ? 0 : err_errno(err, ENOMEM, "cannot keep a picture");
}

static int export_setup_slots(struct export *export, struct err *err)
{
	const struct export_options *options = export->options;

	for (uint32_t i = 0; i < options->buffers; i++) {
		struct export_slot *slot = &export->slot[i];

		if (buffer_alloc(&export->source, options->size.width, options->size.height,
				 options->format, &slot->buffer, err) < 0 ||
		    surface_open(&slot->surface, &export->device.egl, export->device.node,
				 &slot->buffer, SURFACE_DRAW, err) < 0)
			return -1;
	}
	if (surface_is_copy(&export->slot[0].surface))
		progress_note("GL cannot draw into the buffers here: each frame is copied");
	return 0;
}

static json_t *export_buffers_json(const struct export *export)
{
	const struct buffer *buffer = &export->slot[0].buffer;
	char modifier[24];

	snprintf(modifier, sizeof(modifier), "0x%llx", (unsigned long long)buffer->modifier);
	return json_pack("{s:i, s:I, s:i, s:s, s:s, s:s}",
			 "count", (int)export->options->buffers,
			 "bytes", (json_int_t)buffer->size, "stride", (int)buffer->stride[0],
			 "modifier", modifier, "source", export->source.ops->name,
			 "where", export->source.where);
}

int export_setup(struct export *export, json_t *result, struct err *err)
{
	const struct export_options *options = export->options;
	char stream[24];
	const char *node;

	if (transport_open(&export->transport, options->transport, true, options->peer,
			   options->wait, err) < 0)
		return -1;
	report_set(result, "transport", json_string(transport_names[options->transport]));
	report_set(result, "peer", peer_json(&export->transport.peer));
	if (!options->peer && export->transport.peer.loopback)
		progress_note("there is no link with another domain: sharing with this one, over "
			      "the loopback");
	progress_verbose("sharing with %s",
			 json_string_value(json_object_get(json_object_get(result, "peer"),
							   "text")));
	if (device_open(&export->device, options->device, true, err) < 0)
		return -1;
	report_set(result, "device", device_json(&export->device));
	node = export->device.memory[0] ? export->device.memory : NULL;
	if (buffer_source_open(&export->source, options->source, node, err) < 0)
		return -1;
	progress_verbose("buffers from %s (%s)", export->source.ops->name, export->source.where);
	if (options->sync == FENCE_SYNC_FENCE &&
	    fence_source_open(&export->fences, options->fence, export->device.egl.software,
			      err) < 0)
		return -1;
	if (export_setup_scene(export, err) < 0 || export_setup_slots(export, err) < 0 ||
	    export_warm_up(export, err) < 0)
		return -1;
	snprintf(stream, sizeof(stream), "%016llx", (unsigned long long)export->scene.stream);
	report_set(result, "picture",
		   json_pack("{s:i, s:i, s:s%, s:s}", "width", (int)options->size.width,
			     "height", (int)options->size.height,
			     "format", (const char *)&options->format, (size_t)4,
			     "stream", stream));
	report_set(result, "buffers", export_buffers_json(export));
	return 0;
}

void export_teardown(struct export *export)
{
	fence_source_close(&export->fences);
	scene_gl_free(export->gl);
	free(export->pixels);
	for (uint32_t i = 0; i < EXPORT_MAX_BUFFERS; i++) {
		struct export_slot *slot = &export->slot[i];

		surface_close(&slot->surface);
		if (slot->back > 0)
			close(slot->back);
		if (slot->buffer.width)
			buffer_free(&export->source, &slot->buffer);
	}
	if (export->source.ops)
		buffer_source_close(&export->source);
	device_close(&export->device);
	transport_close(&export->transport);
}

/* ---- results ----------------------------------------------------------- */

static json_t *export_timing_json(const struct export *export)
{
	uint64_t elapsed = export->last_time - export->first_time;
	uint64_t frames = export->handback.done - export->first_done;
	json_t *timing = json_object();

	if (elapsed && frames) {
		report_set(timing, "fps", json_real((double)frames * STOP_NS_PER_S /
						    (double)elapsed));
		report_set(timing, "elapsed_ns", json_integer((json_int_t)elapsed));
	}
	report_set(timing, "render_ns", stats_json(&export->render));
	report_set(timing, "publish_ns", stats_json(&export->publish));
	report_set(timing, "wait_ns", stats_json(&export->wait));
	if (export->transport.copied)
		report_set(timing, "copy_ns", stats_json(&export->transport.copy));
	return timing;
}

static json_t *export_bytes_json(const struct export *export)
{
	bool carried = export->options->transport == TRANSPORT_COPY;
	bool copy = surface_is_copy(&export->slot[0].surface);
	const struct scene *scene = &export->scene;
	uint64_t copied = export->transport.copied;
	const char *way = "zero copy: GL draws into the shared pages";

	for (uint32_t i = 0; i < export->options->buffers; i++)
		copied += export->slot[i].surface.copied;
	if (copy)
		way = "copy: GL draws elsewhere, the CPU copies";
	if (carried)
		way = "copy: the CPU copies each frame out of its buffer, to the other domain";
	return json_pack("{s:I, s:I, s:b, s:s}", "shared",
			 carried ? (json_int_t)0 : (json_int_t)(export->published * scene->width *
								scene->height * 4),
			 "copied", (json_int_t)copied, "copy", copy || carried, "way", way);
}

static json_t *export_fences_json(const struct export *export)
{
	const struct export_options *options = export->options;
	json_t *fences = json_pack("{s:s}", "sync", fence_sync_names[options->sync]);

	if (options->sync != FENCE_SYNC_FENCE)
		return fences;
	report_set(fences, "source", json_string(fence_kind_names[export->fences.kind]));
	report_set(fences, "pending_at_publish", json_integer((json_int_t)export->pending));
	report_set(fences, "returned", json_integer((json_int_t)export->returned));
	report_set(fences, "failed", json_integer((json_int_t)export->failed));
	return fences;
}

static void export_judge(const struct export *export, struct err *err)
{
	const struct handback_in *handback = &export->handback;
	uint64_t bad = export->earlier_bad + handback->bad;

	if (err->text[0])
		return;
	if (export->corrupted && !bad)
		err_set(err, EXIT_FAILED,
			"the importer did not notice that frame %llu was corrupted",
			(unsigned long long)export->options->corrupt.frame);
	else if (bad > export->corrupted)
		err_set(err, EXIT_FAILED, "the importer found %llu of %llu frames wrong",
			(unsigned long long)bad, (unsigned long long)handback->done);
	else if (export->fences.kind == FENCE_VGEM && export->pending < export->published)
		err_set(err, EXIT_FAILED, "only %llu of %llu frames were published with a fence "
			"that was pending", (unsigned long long)export->pending,
			(unsigned long long)export->published);
}

void export_results(const struct export *export, json_t *result, struct err *err)
{
	const struct handback_in *handback = &export->handback;
	json_t *frames = json_pack("{s:I, s:I, s:I, s:b}",
				   "asked", (json_int_t)export->options->frames,
				   "published", (json_int_t)export->published,
				   "handed_back", (json_int_t)handback->done,
				   "interrupted", export->interrupted);

	if (export->options->fps > 0)
		report_set(frames, "late", json_integer((json_int_t)export->late));
	if (export->parted)
		report_set(frames, "parted", json_integer((json_int_t)export->parted));
	if (export->corrupted)
		report_set(frames, "corrupted_frame",
			   json_integer((json_int_t)export->options->corrupt.frame));
	report_set(result, "frames", frames);
	if (handback->heard || export->parted)
		report_set(result, "importer",
			   json_pack("{s:I, s:I, s:b}", "right",
				     (json_int_t)(export->earlier_ok + handback->ok),
				     "wrong", (json_int_t)(export->earlier_bad + handback->bad),
				     "left_early", handback->left));
	report_set(result, "fences", export_fences_json(export));
	report_set(result, "bytes", export_bytes_json(export));
	report_set(result, "timing", export_timing_json(export));
	export_judge(export, err);
}
