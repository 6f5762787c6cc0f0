// SPDX-License-Identifier: MIT
/* One frame: drawn, and published. */
#include "check.h"
#include "export.h"
#include "progress.h"

#include <errno.h>
#include <linux/dma-buf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The longest that GL may take for a frame whose fence is vgem's. */
#define FENCE_WAIT_NS (9 * STOP_NS_PER_S)

/*
 * The CRC of what was drawn, read back from the framebuffer that is still bound;
 * or of what is going to be, where the frame is shared before that.
 */
static uint32_t export_crc(struct export *export, uint64_t frame)
{
	const struct scene *scene = &export->scene;
	struct picture picture = {
		.data = export->pixels, .stride = (size_t)scene->width * 4,
		.width = scene->width, .height = scene->height, .order = PICTURE_RGBA,
	};

	if (export->options->sync != FENCE_SYNC_FINISH)
		return check_crc_scene(scene, frame);
	glReadPixels(0, 0, (GLsizei)scene->width, (GLsizei)scene->height, GL_RGBA,
		     GL_UNSIGNED_BYTE, export->pixels);
	return check_crc(scene, &picture);
}

static int export_draw(struct export *export, uint64_t frame, struct err *err)
{
	struct scene_params params;
	char why[200];

	scene_params_init(&params, &export->scene, frame);
	if (scene_gl_draw(export->gl, &params, why, sizeof(why)))
		return 0;
	return err_set(err, EXIT_FAILED, "frame %llu: %s", (unsigned long long)frame, why);
}

int export_warm_up(struct export *export, struct err *err)
{
	struct surface *surface = &export->slot[0].surface;

	if (surface_begin(surface, err) < 0 || export_draw(export, 0, err) < 0)
		return -1;
	return surface_end(surface, err);
}

static bool export_corrupts(const struct export *export, uint64_t frame)
{
	return export->options->corrupt.set && export->options->corrupt.frame == frame;
}

/* Flip the lowest bit of one pixel's green, past GL, in the shared memory itself. */
static int export_corrupt(struct export *export, struct export_slot *slot, struct err *err)
{
	const struct options_pixel *pixel = &export->options->corrupt;
	const struct buffer *buffer = &slot->buffer;
	uint32_t x = pixel->placed ? pixel->x : buffer->width / 2;
	uint32_t y = pixel->placed ? pixel->y : buffer->height / 2;
	size_t at = buffer->offset[0] + (size_t)y * buffer->stride[0] + (size_t)x * 4 + 1;
	uint8_t *map = mmap(NULL, buffer->size, PROT_READ | PROT_WRITE, MAP_SHARED, buffer->fd,
			    0);
	int result;

	if (map == MAP_FAILED)
		return err_errno(err, errno, "--corrupt: cannot map the buffer");
	/* To begin access would wait for the fence that says we are not done yet. */
	map[at] ^= 1;
	result = buffer_cpu_end(buffer->fd, DMA_BUF_SYNC_RW, err);
	munmap(map, buffer->size);
	export->corrupted++;
	progress_verbose("frame %llu: pixel %u,%u is corrupted now",
			 (unsigned long long)pixel->frame, x, y);
	return result;
}

/* The frame's fence, and the promise of another one when it has been read. */
static int export_send_fence(struct export *export, struct export_slot *slot, struct err *err)
{
	int hdb = export->transport.hdb, pending;

	/* It has to be shared to have a fence; that it holds a frame is told later. */
	if (!slot->shared && hdb_export(hdb, slot->buffer.fd, export->transport.peer.domain, NULL,
					0, &slot->hid, err) < 0)
		return -1;
	slot->shared = true;
	pending = hdb_fence_send(hdb, slot->hid, HYPER_DMABUF_FENCE_EXPECT_RETURN, err);
	if (pending < 0)
		return -1;
	export->pending += pending > 0;
	slot->back = fence_of(slot->buffer.fd, true, err);
	return slot->back < 0 ? -1 : 0;
}

static int export_publish(struct export *export, struct export_slot *slot,
			  const struct meta *meta, struct err *err)
{
	struct transport *transport = &export->transport;
	uint64_t start = stop_now();

	if (export->options->sync == FENCE_SYNC_FENCE && meta->kind == META_FRAME &&
	    export_send_fence(export, slot, err) < 0)
		return -1;
	if (transport->ops->announce(transport, &slot->buffer, meta, &slot->hid, err) < 0)
		return -1;
	slot->shared = true;
	stats_add(&export->publish, stop_now() - start);
	return 0;
}

/* Finished, then published. */
static int export_finished(struct export *export, struct export_slot *slot, struct meta *meta,
			   struct err *err)
{
	uint64_t start = stop_now();

	if (surface_begin(&slot->surface, err) < 0 ||
	    export_draw(export, meta->frame, err) < 0)
		return -1;
	if (export->options->crc)
		meta->crc = export_crc(export, meta->frame);
	if (surface_end(&slot->surface, err) < 0)
		return -1;
	stats_add(&export->render, stop_now() - start);
	if (export_corrupts(export, meta->frame) && export_corrupt(export, slot, err) < 0)
		return -1;
	return export_publish(export, slot, meta, err);
}

/* Published, then drawn; with a fence that is pending until then, or without any. */
static int export_early(struct export *export, struct export_slot *slot, struct meta *meta,
			struct err *err)
{
	uint64_t start;
	int fence;

	if (export->options->crc)
		meta->crc = export_crc(export, meta->frame);
	/* This waits for others that use the buffer, so it comes before our own fence. */
	if (surface_begin(&slot->surface, err) < 0)
		return -1;
	if (export->options->sync == FENCE_SYNC_FENCE &&
	    fence_begin(&export->fences, slot->buffer.fd, true, err) < 0)
		return -1;
	if (export_publish(export, slot, meta, err) < 0)
		return -1;
	start = stop_now();
	if (export_draw(export, meta->frame, err) < 0 ||
	    surface_end_fence(&slot->surface, &fence, err) < 0)
		return -1;
	if (fence >= 0) {
		fence_wait(fence, start + FENCE_WAIT_NS);
		close(fence);
	}
	stats_add(&export->render, stop_now() - start);
	if (export_corrupts(export, meta->frame) && export_corrupt(export, slot, err) < 0)
		return -1;
	return fence_end(&export->fences, err);
}

/* Drawing has begun, and GL's own fence says when it is done. */
static int export_native(struct export *export, struct export_slot *slot, struct meta *meta,
			 struct err *err)
{
	uint64_t start = stop_now();
	int fence, attached = 0;

	if (surface_begin(&slot->surface, err) < 0 ||
	    export_draw(export, meta->frame, err) < 0)
		return -1;
	if (export->options->crc)
		meta->crc = export_crc(export, meta->frame);
	if (surface_end_fence(&slot->surface, &fence, err) < 0)
		return -1;
	if (fence >= 0) {
		attached = fence_attach(slot->buffer.fd, fence, true, err);
		close(fence);
	}
	stats_add(&export->render, stop_now() - start);
	if (export_corrupts(export, meta->frame)) {
		glFinish();
		if (export_corrupt(export, slot, err) < 0)
			return -1;
	}
	return attached < 0 ? -1 : export_publish(export, slot, meta, err);
}

int export_frame(struct export *export, struct export_slot *slot, uint64_t frame,
		 struct err *err)
{
	const struct export_options *options = export->options;
	const struct buffer *buffer = &slot->buffer;
	struct meta meta = {
		.kind = META_FRAME, .flags = options->crc ? META_CRC : 0,
		.stream = export->scene.stream, .frame = frame,
		.buffer = (uint32_t)(slot - export->slot), .buffers = options->buffers,
		.size = buffer->size, .width = buffer->width, .height = buffer->height,
		.fourcc = buffer->fourcc, .modifier = buffer->modifier,
		.n_planes = buffer->planes,
	};
	int result;

	for (uint32_t i = 0; i < buffer->planes; i++)
		meta.planes[i] = (struct meta_plane){ buffer->offset[i], buffer->stride[i] };
	if (options->frames && frame == options->frames - 1)
		meta.flags |= META_LAST;
	if (options->sync == FENCE_SYNC_FINISH)
		result = export_finished(export, slot, &meta, err);
	else if (options->sync == FENCE_SYNC_FENCE && export->fences.kind == FENCE_GL)
		result = export_native(export, slot, &meta, err);
	else
		result = export_early(export, slot, &meta, err);
	if (result < 0)
		return -1;
	export->published = frame + 1;
	export->last_sent = meta.flags & META_LAST;
	return 0;
}

int export_end(struct export *export, struct err *err)
{
	uint64_t last = export->published - 1;
	const struct meta meta = {
		.kind = META_END, .stream = export->scene.stream, .frame = last,
	};

	/* Any shared buffer carries the word; its pixels stay as they are. */
	export->last_sent = true;
	return export_publish(export, &export->slot[last % export->options->buffers], &meta, err);
}
