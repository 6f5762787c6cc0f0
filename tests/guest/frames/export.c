// SPDX-License-Identifier: MIT
/* Shares each frame before it is drawn. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buffer.h"
#include "frames.h"

struct frames_slot {
	struct buffer buffer;
	uint32_t *map;
	hyper_dmabuf_id_t hid;
	bool shared;
	int back;		/* a sync_file of when it comes back; 0: it is here */
};

struct frames_exporter {
	const struct frames_options *options;
	int hdb;
	uint32_t peer;
	struct buffer_source source;
	struct fence_source fences;
	struct frames_slot slot[FRAMES_MAX_BUFFERS];
	uint64_t pending;
};

static int export_open(struct frames_exporter *exporter, struct err *err)
{
	struct hdb_links links;

	exporter->hdb = hdb_open(err);
	if (exporter->hdb < 0 || hdb_links(exporter->hdb, &links, err) < 0)
		return -1;
	exporter->peer = exporter->options->peer < 0 ? links.own_domain :
			 (uint32_t)exporter->options->peer;
	hdb_links_free(&links);
	if (fence_source_open(&exporter->fences, FENCE_VGEM, true, err) < 0 ||
	    buffer_source_open(&exporter->source, BUFFER_AUTO, NULL, err) < 0)
		return -1;
	for (uint32_t i = 0; i < exporter->options->buffers; i++) {
		struct frames_slot *slot = &exporter->slot[i];

		if (buffer_alloc(&exporter->source, FRAMES_SIDE, FRAMES_SIDE,
				 frames_scene.fourcc, &slot->buffer, err) < 0)
			return -1;
		slot->map = mmap(NULL, slot->buffer.size, PROT_READ | PROT_WRITE, MAP_SHARED,
				 slot->buffer.fd, 0);
		if (slot->map == MAP_FAILED)
			return err_errno(err, errno, "cannot map a buffer");
	}
	return 0;
}

/* Wait until the importer is done with the slot's last frame. */
static int export_take_back(struct frames_slot *slot, uint64_t frame, struct err *err)
{
	int status;

	if (!slot->back)
		return 0;
	if (fence_wait(slot->back, stop_now() + FRAMES_PATIENCE) == STOP_SIGNAL)
		return err_set(err, EXIT_FAILED, "interrupted");
	status = fence_status(slot->back);
	close(slot->back);
	slot->back = 0;
	if (status == 1)
		return 0;
	return err_set(err, EXIT_FAILED, "the buffer for frame %" PRIu64 " did not come back: %s",
		       frame, status ? strerror(-status) : "the fence is pending");
}

static int export_publish(struct frames_exporter *exporter, struct frames_slot *slot,
			  uint64_t frame, struct err *err)
{
	const struct frames_note note = {
		.magic = FRAMES_MAGIC, .frame = frame, .last = exporter->options->frames - 1,
	};
	int pending;

	/* Shared before it has anything to tell; the importer passes over that. */
	if (!slot->shared && hdb_export(exporter->hdb, slot->buffer.fd, exporter->peer, NULL, 0,
					&slot->hid, err) < 0)
		return -1;
	slot->shared = true;
	if (exporter->options->fence &&
	    fence_begin(&exporter->fences, slot->buffer.fd, true, err) < 0)
		return -1;
	pending = hdb_fence_send(exporter->hdb, slot->hid, HYPER_DMABUF_FENCE_EXPECT_RETURN, err);
	if (pending < 0)
		return -1;
	exporter->pending += pending > 0;
	slot->back = fence_of(slot->buffer.fd, true, err);
	if (slot->back < 0)
		return -1;
	return hdb_export(exporter->hdb, slot->buffer.fd, exporter->peer, &note, sizeof(note),
			  &slot->hid, err);
}

static void export_draw(struct frames_slot *slot, uint64_t frame, unsigned int pause_ms)
{
	size_t stride = slot->buffer.stride[0] / 4;
	struct scene_params params;

	scene_params_init(&params, &frames_scene, frame);
	for (uint32_t y = 0; y < FRAMES_SIDE; y++) {
		if (y == FRAMES_SIDE / 2 && pause_ms)
			usleep(pause_ms * 1000);
		scene_row(&params, y, slot->map + slot->buffer.offset[0] / 4 + y * stride);
	}
}

static int export_run(struct frames_exporter *exporter, struct err *err)
{
	const struct frames_options *options = exporter->options;
	uint64_t start = stop_now();

	for (uint64_t frame = 0; frame < options->frames; frame++) {
		struct frames_slot *slot = &exporter->slot[frame % options->buffers];

		if (export_take_back(slot, frame, err) < 0 ||
		    export_publish(exporter, slot, frame, err) < 0)
			return -1;
		export_draw(slot, frame, options->pause_ms);
		if (fence_end(&exporter->fences, err) < 0)
			return -1;
	}
	for (uint32_t i = 0; i < options->buffers; i++)
		if (export_take_back(&exporter->slot[i], options->frames, err) < 0)
			return -1;
	printf("exported %" PRIu64 " frames in %u buffers, pending when published %" PRIu64
	       ", %.1f per second\n", options->frames, options->buffers, exporter->pending,
	       (double)options->frames * STOP_NS_PER_S / (double)(stop_now() - start));
	if (options->fence && exporter->pending != options->frames)
		return err_set(err, EXIT_FAILED, "not all fences were pending when published");
	return 0;
}

int frames_export(const struct frames_options *options, struct err *err)
{
	static struct frames_exporter exporter;

	exporter.options = options;
	/* What is open ends with the process. */
	return export_open(&exporter, err) < 0 ? -1 : export_run(&exporter, err);
}
