// SPDX-License-Identifier: MIT
/* One frame: sampled through its texture, and checked. */
#include "import.h"
#include "stop.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* The target that frames are sampled into, for a stream of this size. */
static int import_make_target(struct import *import, const struct meta *meta, struct err *err)
{
	struct scene *scene = &import->scene;
	GLenum status;

	if (import->pixels && scene->width == meta->width && scene->height == meta->height &&
	    scene->fourcc == meta->fourcc)
		return 0;
	*scene = (struct scene){
		.width = meta->width, .height = meta->height, .fourcc = meta->fourcc,
		.stream = meta->stream,
	};
	if (scene_error(scene))
		return err_set(err, EXIT_FAILED, "frame %llu: %s", (unsigned long long)meta->frame,
			       scene_error(scene));
	free(import->pixels);
	import->pixels = malloc((size_t)meta->width * meta->height * 4);
	if (!import->pixels)
		return err_errno(err, ENOMEM, "cannot keep a picture");
	glDeleteFramebuffers(1, &import->framebuffer);
	glDeleteTextures(1, &import->texture);
	glGenTextures(1, &import->texture);
	glBindTexture(GL_TEXTURE_2D, import->texture);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, (GLsizei)meta->width, (GLsizei)meta->height);
	glBindTexture(GL_TEXTURE_2D, 0);
	glGenFramebuffers(1, &import->framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, import->framebuffer);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D,
			       import->texture, 0);
	status = glCheckFramebufferStatus(GL_FRAMEBUFFER);
	if (status != GL_FRAMEBUFFER_COMPLETE)
		return err_set(err, EXIT_FAILED, "no framebuffer of %ux%u: status 0x%x",
			       meta->width, meta->height, status);
	return 0;
}

int import_make_sampler(struct import *import, GLenum target, struct err *err)
{
	char why[200];

	if (import->sample && import->sample_target == target)
		return 0;
	if (import->sample)
		sample_gl_free(import->sample);
	import->sample = sample_gl_new(target, why, sizeof(why));
	import->sample_target = target;
	return import->sample ? 0 : err_set(err, EXIT_FAILED, "%s", why);
}

static int import_sample(struct import *import, struct import_buffer *buffer, struct err *err)
{
	const struct scene *scene = &import->scene;
	struct surface *surface = &buffer->surface;
	uint64_t copied = surface->copied;
	int fence, result;
	char why[200];

	if (import_make_sampler(import, surface->target, err) < 0 ||
	    import_wait(import, buffer, err) < 0 || surface_begin(surface, err) < 0)
		return -1;
	glBindFramebuffer(GL_FRAMEBUFFER, import->framebuffer);
	if (!sample_gl_draw(import->sample, surface->texture, scene->width, scene->height, why,
			    sizeof(why)))
		return err_set(err, EXIT_FAILED, "%s", why);
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

static bool import_check_full(struct import *import, const struct picture *picture,
			      uint64_t frame)
{
	struct check_result found;
	char text[200];

	if (check_frame(&import->scene, frame, picture, &found))
		return true;
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
	const struct scene *scene = &import->scene;
	const struct picture picture = {
		.data = import->pixels, .stride = (size_t)scene->width * 4,
		.width = scene->width, .height = scene->height, .order = PICTURE_RGBA,
	};
	bool wanted = pictures_want(import->pictures, meta->frame);
	bool right = true;

	if (verify == IMPORT_CRC && !(meta->flags & META_CRC))
		return err_set(err, EXIT_FAILED, "--verify crc: frame %llu carries no CRC "
			       "(hdb-export --no-crc?)", (unsigned long long)meta->frame);
	if (verify != IMPORT_NONE || wanted)
		glReadPixels(0, 0, (GLsizei)scene->width, (GLsizei)scene->height, GL_RGBA,
			     GL_UNSIGNED_BYTE, import->pixels);
	if (verify == IMPORT_FULL)
		right = import_check_full(import, &picture, meta->frame);
	else if (verify == IMPORT_CRC)
		right = import_check_crc(import, &picture, meta);
	if (verify == IMPORT_NONE)
		import->unchecked++;
	else if (right)
		import->right++;
	else
		import->wrong++;
	if (!import->pictures)
		return 0;
	return pictures_add(import->pictures, wanted || verify != IMPORT_NONE ? &picture : NULL,
			    scene->fourcc == DRM_FORMAT_ARGB8888, meta->frame, !right, err);
}

int import_frame(struct import *import, const struct stream_frame *frame, struct err *err)
{
	struct import_buffer *buffer;
	uint64_t start;
	bool fresh;

	if (import_make_target(import, &frame->meta, err) < 0)
		return -1;
	/* The target counts towards neither the buffer nor the frame. */
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
