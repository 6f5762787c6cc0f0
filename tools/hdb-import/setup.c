// SPDX-License-Identifier: MIT
/* What a run needs, and what it found, for the report. */
#include "import.h"
#include "progress.h"
#include "report.h"

#include <string.h>
#include <unistd.h>

/* Without mmap() the CPU sees nothing, and draws with nothing: then frames only come and go. */
static int import_look(struct import *import, struct err *err)
{
	const struct import_options *options = import->options;

	import->blind = !import->transport.ops->mapped && import->device.egl.software;
	if (!import->blind)
		return 0;
	if (options->verify != IMPORT_NONE || import->pictures)
		return err_set(err, EXIT_UNTESTED, "not possible: without a GPU nobody can sample "
			       "%s's buffers, which have no mmap() (--verify none only takes and "
			       "releases them)", transport_names[options->transport]);
	progress_note("frames are taken and released, and not looked at");
	return 0;
}

int import_setup(struct import *import, json_t *result, struct err *err)
{
	const struct import_options *options = import->options;

	import->problems = json_array();
	if (transport_open(&import->transport, options->transport, false, options->peer,
			   options->wait, err) < 0)
		return -1;
	report_set(result, "transport", json_string(transport_names[options->transport]));
	if (device_open(&import->device, options->device, false, err) < 0)
		return -1;
	report_set(result, "device", device_json(&import->device));
	if (import->device.node[0])
		import->transport.node = import->device.node;
	if (import_look(import, err) < 0)
		return -1;
	if (options->sync == FENCE_SYNC_FENCE &&
	    fence_source_open(&import->fences, options->fence, import->device.egl.software,
			      err) < 0)
		return -1;
	/* Nearly always the right kind of texture; compiled now, it delays no frame. */
	return sampler_compile(&import->sampler, GL_TEXTURE_2D, err);
}

void import_teardown(struct import *import)
{
	fence_source_close(&import->fences);
	import_buffers_close(import);
	sampler_close(&import->sampler);
	device_close(&import->device);
	transport_close(&import->transport);
	pictures_free(import->pictures);
	json_decref(import->problems);
}

void import_problem(struct import *import, const char *text, json_t *problem)
{
	progress_verbose("%s", text);
	if (!import->first_problem[0])
		snprintf(import->first_problem, sizeof(import->first_problem), "%s", text);
	if (json_array_size(import->problems) < IMPORT_MAX_WRONG) {
		report_set(problem, "text", json_string(text));
		json_array_append(import->problems, problem);
	}
	json_decref(problem);
}

/* ---- results ----------------------------------------------------------- */

static json_t *import_frames_json(const struct import *import)
{
	json_t *frames = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:s}",
				   "asked", (json_int_t)import->options->frames,
				   "received", (json_int_t)import->received,
				   "right", (json_int_t)import->right,
				   "wrong", (json_int_t)import->wrong,
				   "unchecked", (json_int_t)import->unchecked,
				   "lost", (json_int_t)(import->lost + import->stream.lost),
				   "repeated",
				   (json_int_t)(import->repeated + import->stream.repeated),
				   "ended", import->stream.ended,
				   "interrupted", import->interrupted,
				   "verify", import_verify_names[import->options->verify]);

	if (import->parted)
		report_set(frames, "parted", json_integer((json_int_t)import->parted));
	if (import->first_problem[0])
		report_set(frames, "first_wrong", json_string(import->first_problem));
	json_object_set(frames, "problems", import->problems);
	return frames;
}

static json_t *import_fences_json(const struct import *import)
{
	json_t *fences = json_pack("{s:s}", "sync", fence_sync_names[import->options->sync]);

	if (import->options->sync != FENCE_SYNC_FENCE)
		return fences;
	report_set(fences, "source", json_string(fence_kind_names[import->fences.kind]));
	report_set(fences, "pending_at_import", json_integer((json_int_t)import->pending));
	report_set(fences, "failed", json_integer((json_int_t)import->failed));
	report_set(fences, "pending_at_return", json_integer((json_int_t)import->returned));
	return fences;
}

static json_t *import_bytes_json(const struct import *import)
{
	bool carried = import->options->transport == TRANSPORT_COPY;
	uint64_t copied = import->copied + import->transport.copied;
	const char *way = "zero copy: the texture is the shared pages";

	if (import->blind)
		way = "none: the shared pages are not looked at";
	else if (import->copied)
		way = "copy: the CPU copies each frame into a texture";
	if (carried)
		way = "copy: the CPU copies each frame from the other domain into a buffer";
	return json_pack("{s:I, s:I, s:b, s:s}", "shared",
			 carried ? (json_int_t)0 : (json_int_t)import->shared,
			 "copied", (json_int_t)copied, "copy", copied != 0, "way", way);
}

static json_t *import_timing_json(const struct import *import)
{
	uint64_t elapsed = import->last_time - import->first_time;
	json_t *timing = json_object();

	if (elapsed && import->received > 1) {
		/* From the end of the first frame on: what came before is setting up. */
		report_set(timing, "fps", json_real((double)(import->received - 1) *
						    STOP_NS_PER_S / (double)elapsed));
		report_set(timing, "elapsed_ns", json_integer((json_int_t)elapsed));
	}
	report_set(timing, "import_ns", stats_json(&import->map));
	report_set(timing, "setup_ns", stats_json(&import->setup));
	report_set(timing, "frame_ns", stats_json(&import->frame));
	report_set(timing, "fence_wait_ns", stats_json(&import->wait));
	report_set(timing, "check_ns", stats_json(&import->check));
	if (import->transport.copied)
		report_set(timing, "copy_ns", stats_json(&import->transport.copy));
	return timing;
}

static void import_judge(const struct import *import, struct err *err)
{
	const struct import_options *options = import->options;

	if (err->text[0])
		return;
	if (import->wrong)
		err_set(err, EXIT_FAILED, "%llu of %llu frames are wrong, the first: %s",
			(unsigned long long)import->wrong, (unsigned long long)import->received,
			import->first_problem);
	else if (import->lost + import->stream.lost)
		err_set(err, EXIT_FAILED, "%llu frames never came",
			(unsigned long long)(import->lost + import->stream.lost));
	else if (!import->received)
		err_set(err, EXIT_FAILED, "no frame came%s",
			import->interrupted ? " until the interrupt" : "");
	else if (options->frames && import->received < options->frames && !import->interrupted)
		err_set(err, EXIT_FAILED, "the stream ended after %llu of %u frames",
			(unsigned long long)import->received, options->frames);
}

void import_results(struct import *import, json_t *result, struct err *err)
{
	struct err other = { 0 };

	if (import->pictures) {
		if (pictures_finish(import->pictures, &other) < 0 && !err->text[0])
			*err = other;
		report_set(result, "png",
			   json_pack("{s:s, s:I}", "dir", import->options->pictures.dir, "files",
				     (json_int_t)pictures_count(import->pictures)));
	}
	report_set(result, "frames", import_frames_json(import));
	if (import->received) {
		report_set(result, "buffers",
			   json_pack("{s:I, s:I}", "imported", (json_int_t)import->setups,
				     "memory", (json_int_t)import->memory));
		report_set(result, "fences", import_fences_json(import));
		report_set(result, "bytes", import_bytes_json(import));
		report_set(result, "timing", import_timing_json(import));
	}
	import_judge(import, err);
}
