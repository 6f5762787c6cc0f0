// SPDX-License-Identifier: MIT
/* One frame: sampled through its texture, and checked. */
#include "import.h"
#include "stop.h"

#include <drm_fourcc.h>
#include <unistd.h>

/* How long news of the exporter's end may take, behind the signal of its last fence. */
#define IMPORT_ABANDONED_NS (STOP_NS_PER_S / 5)

/* What frames must be, and a picture to sample them into, for a stream like this. */
static int import_expect(struct import *import, const struct meta *meta, struct err *err)
{
	struct scene *scene = &import->scene;

	scene->stream = meta->stream;
	if (scene->width == meta->width && scene->height == meta->height &&
	    scene->fourcc == meta->fourcc)
		return 0;
	*scene = (struct scene){
		.width = meta->width, .height = meta->height, .fourcc = meta->fourcc,
		.stream = meta->stream,
	};
	if (scene_error(scene))
		return err_set(err, EXIT_FAILED, "frame %llu: %s", (unsigned long long)meta->frame,
			       scene_error(scene));
	return sampler_resize(&import->sampler, scene->width, scene->height, err);
}

static int import_sample(struct import *import, struct import_buffer *buffer, struct err *err)
{
	const struct scene *scene = &import->scene;
	struct surface *surface = &buffer->surface;
	uint64_t copied = surface->copied;
	int fence, result;

	if (import->blind) {
		import->shared += (uint64_t)scene->width * scene->height * 4;
		return 0;
	}
	if (sampler_compile(&import->sampler, surface->target, err) < 0 ||
	    import_wait(import, buffer, err) < 0 || surface_begin(surface, err) < 0 ||
	    sampler_draw(&import->sampler, surface, err) < 0)
		return -1;
	if (import->options->sync == FENCE_SYNC_FENCE) {
		if (surface_end_fence(surface, &fence, err) < 0)
			return -1;
		result = import_return(import, buffer, fence, err);
		if (fence >= 0)
			close(fence);
		if (result < 0)
			return -1;
	} else if (surface_end(surface, err) < 0 ||
		   import_finished(import, buffer, err) < 0) {
		return -1;
	}
	import->copied += surface->copied - copied;
	import->shared += (uint64_t)scene->width * scene->height * 4;
	return 0;
}

/*
 * Did who drew this frame die? Then nobody says that it was done: vgem signals the fences of who
 * dies. Only asked of a frame that is wrong, so that it may take a while to be known.
 */
static bool import_abandoned(struct import *import)
{
	const struct transport *transport = &import->transport;
	uint64_t limit = stop_now() + IMPORT_ABANDONED_NS;

	if (import->options->sync != FENCE_SYNC_FENCE)
		return false;
	while (transport->ops->alive(transport, import->hid)) {
		if (stop_now() >= limit ||
		    stop_wait(-1, stop_now() + IMPORT_ABANDONED_NS / 10) == STOP_SIGNAL)
			return false;
	}
	import->abandoned = true;
	return true;
}

static bool import_check_full(struct import *import, const struct picture *picture,
			      uint64_t frame)
{
	struct check_result found;
	char text[200];

	if (check_frame(&import->scene, frame, picture, &found))
		return true;
	if (import_abandoned(import))
		return false;
	check_describe(&import->scene, &found, text, sizeof(text));
	import_problem(import, text,
		       json_pack("{s:I, s:s, s:I, s:i, s:i, s:I, s:I}",
				 "frame", (json_int_t)frame, "diagnosis", check_name(found.diagnosis),
				 "pixels", (json_int_t)found.bad, "x", (int)found.x,
				 "y", (int)found.y, "got", (json_int_t)found.got,
				 "want", (json_int_t)found.want));
	return false;
}

static bool import_check_crc(struct import *import, const struct picture *picture,
			     const struct meta *meta)
{
	uint32_t crc = check_crc(&import->scene, picture);
	char text[100];

	if (crc == meta->crc)
		return true;
	if (import_abandoned(import))
		return false;
	snprintf(text, sizeof(text), "frame %llu: the CRC is %08x, not %08x",
		 (unsigned long long)meta->frame, crc, meta->crc);
	import_problem(import, text,
		       json_pack("{s:I, s:s, s:I, s:I}", "frame", (json_int_t)meta->frame,
				 "diagnosis", "crc", "got", (json_int_t)crc,
				 "want", (json_int_t)meta->crc));
	return false;
}

/* Read the sampled pixels back from our own target, and judge them. */
static int import_check(struct import *import, const struct meta *meta, struct err *err)
{
	enum import_verify verify = import->options->verify;
	struct picture picture = { 0 };
	bool wanted = pictures_want(import->pictures, meta->frame);
	bool right = true;

	if (verify == IMPORT_CRC && !(meta->flags & META_CRC))
		return err_set(err, EXIT_FAILED, "--verify crc: frame %llu carries no CRC "
			       "(hdb-export --no-crc?)", (unsigned long long)meta->frame);
	if (verify != IMPORT_NONE || wanted)
		picture = sampler_read(&import->sampler);
	if (verify == IMPORT_FULL)
		right = import_check_full(import, &picture, meta->frame);
	else if (verify == IMPORT_CRC)
		right = import_check_crc(import, &picture, meta);
	if (verify == IMPORT_NONE || import->abandoned)
		import->unchecked++;
	else if (right)
		import->right++;
	else
		import->wrong++;
	if (import->abandoned)
		return err_set(err, EXIT_FAILED, "the exporter went away while it drew frame %llu",
			       (unsigned long long)meta->frame);
	if (!import->pictures)
		return 0;
	return pictures_add(import->pictures, wanted || verify != IMPORT_NONE ? &picture : NULL,
			    import->scene.fourcc == DRM_FORMAT_ARGB8888, meta->frame, !right, err);
}

int import_frame(struct import *import, const struct stream_frame *frame, struct err *err)
{
	struct import_buffer *buffer;
	uint64_t start;
	bool fresh;

	if (import_expect(import, &frame->meta, err) < 0)
		return -1;
	/* The picture counts towards neither the buffer nor the frame. */
	start = stop_now();
	buffer = import_buffer_get(import, frame, &fresh, err);
	if (!buffer)
		return -1;
	if (fresh)
		stats_add(&import->map, stop_now() - start);
	if (import_sample(import, buffer, err) < 0)
		return -1;
	stats_add(fresh ? &import->setup : &import->frame, stop_now() - start);
	import->received++;
	start = stop_now();
	if (import_check(import, &frame->meta, err) < 0)
		return -1;
	if (import->options->verify != IMPORT_NONE)
		stats_add(&import->check, stop_now() - start);
	return 0;
}
