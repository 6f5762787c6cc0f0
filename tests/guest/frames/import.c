// SPDX-License-Identifier: MIT
/* Hands each buffer back before it was read, waits for the frame, and checks it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buffer.h"
#include "frames.h"

struct frames_import {
	hyper_dmabuf_id_t hid;
	int fd;
	const uint8_t *map;
};

struct frames_importer {
	const struct frames_options *options;
	int hdb;
	struct hdb_events events;
	struct fence_source fences;
	struct frames_import import[FRAMES_MAX_BUFFERS];
	uint32_t imports;
	uint64_t next, last;
	uint64_t pending, returned, failed;
	uint64_t stale, torn, other, disordered;
	char first[200];
};

static struct frames_import *import_get(struct frames_importer *importer,
					hyper_dmabuf_id_t hid, struct err *err)
{
	struct frames_import *import;

	for (uint32_t i = 0; i < importer->imports; i++)
		if (hdb_id_equal(importer->import[i].hid, hid))
			return &importer->import[i];
	if (importer->imports == FRAMES_MAX_BUFFERS) {
		err_set(err, EXIT_FAILED, "too many buffers");
		return NULL;
	}
	import = &importer->import[importer->imports];
	import->hid = hid;
	import->fd = hdb_export_fd(importer->hdb, hid, err);
	if (import->fd < 0)
		return NULL;
	import->map = mmap(NULL, FRAMES_BYTES, PROT_READ, MAP_SHARED, import->fd, 0);
	if (import->map == MAP_FAILED) {
		err_errno(err, errno, "cannot map a buffer");
		return NULL;
	}
	importer->imports++;
	return import;
}

static void import_check(struct frames_importer *importer, const struct frames_import *import,
			 uint64_t frame)
{
	struct picture picture = {
		.data = import->map, .stride = FRAMES_SIDE * 4,
		.width = FRAMES_SIDE, .height = FRAMES_SIDE, .order = PICTURE_ARGB,
	};
	struct check_result result;

	if (check_frame(&frames_scene, frame, &picture, &result))
		return;
	if (result.diagnosis == CHECK_STALE)
		importer->stale++;
	else if (result.diagnosis == CHECK_TORN)
		importer->torn++;
	else
		importer->other++;
	if (!importer->first[0])
		check_describe(&frames_scene, &result, importer->first, sizeof(importer->first));
}

static int import_frame(struct frames_importer *importer, hyper_dmabuf_id_t hid,
			const struct frames_note *note, struct err *err)
{
	struct frames_import *import = import_get(importer, hid, err);
	int fence, pending, status;

	if (!import)
		return -1;
	if (note->frame != importer->next)
		importer->disordered++;
	importer->next = note->frame + 1;
	importer->last = note->last;
	fence = fence_of(import->fd, false, err);
	if (fence < 0)
		return -1;
	importer->pending += fence_status(fence) == 0;
	if (fence_begin(&importer->fences, import->fd, false, err) < 0)
		return -1;
	pending = hdb_fence_send(importer->hdb, hid, HYPER_DMABUF_FENCE_IMPORT, err);
	if (pending < 0)
		return -1;
	importer->returned += pending > 0;
	fence_wait(fence, stop_now() + FRAMES_PATIENCE);
	status = fence_status(fence);
	close(fence);
	importer->failed += status != 1;
	import_check(importer, import, note->frame);
	return fence_end(&importer->fences, err);
}

static int import_events(struct frames_importer *importer, struct err *err)
{
	for (;;) {
		struct frames_note note;
		struct hdb_event event;
		int got = hdb_events_next(&importer->events, &event, err);

		if (got <= 0)
			return got;
		if (event.size != sizeof(note))
			continue;
		memcpy(&note, event.priv, sizeof(note));
		if (memcmp(note.magic, FRAMES_MAGIC, sizeof(note.magic)))
			continue;
		if (import_frame(importer, event.hid, &note, err) < 0)
			return -1;
	}
}

static int import_judge(const struct frames_importer *importer, struct err *err)
{
	uint64_t wrong = importer->stale + importer->torn + importer->other;

	printf("imported %" PRIu64 " frames: pending when they came %" PRIu64
	       ", when handed back %" PRIu64 ", failed fences %" PRIu64 ", torn %" PRIu64
	       ", stale %" PRIu64 ", otherwise wrong %" PRIu64 ", out of order %" PRIu64 "\n",
	       importer->next, importer->pending, importer->returned, importer->failed,
	       importer->torn, importer->stale, importer->other, importer->disordered);
	if (importer->first[0])
		printf("the first: %s\n", importer->first);
	if (importer->options->wrong)
		return wrong ? 0 : err_set(err, EXIT_FAILED, "no frame was found wrong");
	if (wrong || importer->disordered)
		return err_set(err, EXIT_FAILED, "frames were wrong");
	if (importer->failed)
		return err_set(err, EXIT_FAILED, "fences failed");
	/* Of several buffers the later ones may be drawn while the first one is read. */
	if (importer->returned < importer->next ||
	    (importer->options->buffers == 1 && importer->pending * 2 < importer->next))
		return err_set(err, EXIT_FAILED, "too few fences were pending");
	return 0;
}

int frames_import(const struct frames_options *options, struct err *err)
{
	static struct frames_importer importer = { .last = UINT64_MAX };
	uint64_t limit = stop_now() + FRAMES_PATIENCE;

	importer.options = options;
	importer.hdb = hdb_open(err);
	importer.events.hdb = importer.hdb;
	if (importer.hdb < 0 || fence_source_open(&importer.fences, FENCE_VGEM, true, err) < 0)
		return -1;
	while (importer.next <= importer.last) {
		uint64_t before = importer.next;
		enum stop_wait waited;

		if (import_events(&importer, err) < 0)
			return -1;
		if (importer.next != before)
			limit = stop_now() + FRAMES_PATIENCE;
		if (importer.next > importer.last)
			break;
		waited = stop_wait(importer.hdb, limit);
		if (waited == STOP_SIGNAL)
			return err_set(err, EXIT_FAILED, "interrupted");
		if (waited == STOP_TIMEOUT)
			return err_set(err, EXIT_FAILED, "no frame came after %" PRIu64,
				       importer.next);
	}
	return import_judge(&importer, err);
}
