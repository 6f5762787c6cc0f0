// SPDX-License-Identifier: MIT
/* One frame: drawn, and published. */
#include "check.h"
#include "export.h"
#include "progress.h"

#include <errno.h>
#include <linux/dma-buf.h>
#include <string.h>
#include <sys/mman.h>

/* The CRC of what was drawn, read back from the framebuffer that is still bound. */
static uint32_t export_crc(struct export *export)
{
	const struct scene *scene = &export->scene;
	struct picture picture = {
		.data = export->pixels, .stride = (size_t)scene->width * 4,
		.width = scene->width, .height = scene->height, .order = PICTURE_RGBA,
	};

	glReadPixels(0, 0, (GLsizei)scene->width, (GLsizei)scene->height, GL_RGBA,
		     GL_UNSIGNED_BYTE, export->pixels);
	return check_crc(scene, &picture);
}

static int export_draw(struct export *export, struct export_slot *slot, uint64_t frame,
		       uint32_t *crc, struct err *err)
{
	uint64_t start = stop_now();
	struct scene_params params;
	char why[200];

	scene_params_init(&params, &export->scene, frame);
	if (surface_begin(&slot->surface, err) < 0)
		return -1;
	if (!scene_gl_draw(export->gl, &params, why, sizeof(why)))
		return err_set(err, EXIT_FAILED, "frame %llu: %s", (unsigned long long)frame,
			       why);
	if (export->options->crc)
		*crc = export_crc(export);
	/* The order of things for now: what is published is finished. */
	if (surface_end(&slot->surface, err) < 0)
		return -1;
	stats_add(&export->render, stop_now() - start);
	return 0;
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
	result = buffer_cpu_begin(buffer->fd, DMA_BUF_SYNC_RW, err);
	if (result == 0) {
		map[at] ^= 1;
		result = buffer_cpu_end(buffer->fd, DMA_BUF_SYNC_RW, err);
	}
	munmap(map, buffer->size);
	export->corrupted++;
	progress_verbose("frame %llu: pixel %u,%u is corrupted now",
			 (unsigned long long)pixel->frame, x, y);
	return result;
}

static int export_publish(struct export *export, struct export_slot *slot,
			  const struct meta *meta, struct err *err)
{
	uint64_t start = stop_now();
	uint8_t priv[META_SIZE];
	enum meta_error error = meta_encode(meta, priv);

	if (error)
		return err_set(err, EXIT_FAILED, "cannot publish frame %llu: %s",
			       (unsigned long long)meta->frame, meta_error_text(error));
	if (hdb_export(export->hdb, slot->buffer.fd, export->peer.domain, priv, sizeof(priv),
		       &slot->hid, err) < 0)
		return -1;
	slot->shared = true;
	stats_add(&export->publish, stop_now() - start);
	return 0;
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

	for (uint32_t i = 0; i < buffer->planes; i++)
		meta.planes[i] = (struct meta_plane){ buffer->offset[i], buffer->stride[i] };
	if (options->frames && frame == options->frames - 1)
		meta.flags |= META_LAST;
	if (export_draw(export, slot, frame, &meta.crc, err) < 0)
		return -1;
	if (options->corrupt.set && options->corrupt.frame == frame &&
	    export_corrupt(export, slot, err) < 0)
		return -1;
	if (export_publish(export, slot, &meta, err) < 0)
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
