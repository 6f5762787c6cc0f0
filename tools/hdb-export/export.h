/* SPDX-License-Identifier: MIT */
/*
 * hdb-export: the run.
 */
#ifndef HDB_EXPORT_H
#define HDB_EXPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "device.h"
#include "err.h"
#include "fence.h"
#include "export_options.h"
#include "handback.h"
#include "hdb.h"
#include "scene.h"
#include "scene_gl.h"
#include "stats.h"
#include "surface.h"
#include "transport.h"

/* One buffer of the rotation. */
struct export_slot {
	struct buffer buffer;
	struct surface surface;
	bool shared;
	hyper_dmabuf_id_t hid;
	int back;		/* --sync fence: when it comes back, a sync_file; or 0 */
};

struct export {
	const struct export_options *options;
	struct transport transport;
	struct device device;
	struct buffer_source source;
	struct fence_source fences;
	struct scene scene;
	struct scene_gl *gl;
	uint8_t *pixels;	/* a picture, for its CRC */
	struct export_slot slot[EXPORT_MAX_BUFFERS];
	struct handback_in handback;
	uint64_t published;	/* frames */
	uint64_t first;		/* frame of the stream: those below it are done */
	uint64_t parted;	/* importers that went away, and were waited for */
	uint64_t earlier_ok, earlier_bad;	/* what those found */
	uint64_t corrupted;	/* of them */
	uint64_t pending;	/* frames whose fence was pending when they were published */
	uint64_t returned;	/* buffers that came back by their fence */
	uint64_t failed;	/* fences of readers that failed: the time limit */
	uint64_t late;		/* frames more than one period behind --fps */
	uint64_t due;		/* when the next frame is to start, for --fps */
	bool last_sent;		/* the importer was told where the stream ends */
	bool interrupted;
	uint64_t first_time, last_time;	/* of hand-backs */
	uint64_t first_done;	/* frames handed back at first_time */
	struct stats render, publish, wait;
};

/* Everything that a run needs; what was chosen goes into @result, also on failure. */
int export_setup(struct export *export, json_t *result, struct err *err);

/* Frames from now on are of another stream, which nobody has heard of. */
int export_new_stream(struct export *export, struct err *err);

/* Render, publish, take back, until the end; then stop sharing. */
int export_run(struct export *export, struct err *err);

/*
 * After a failure: if the importer, or its domain, went away, @err says so. Then, with
 * --wait, lets go of what it had, and waits for one: a new stream begins, with the first
 * frame that was not handed back. Returns 0 then; 1 when the user stops it before there
 * is a link again; or -1.
 */
int export_again(struct export *export, struct err *err);

/* What came out of it, into @result; fills in @err where what was tested failed. */
void export_results(const struct export *export, json_t *result, struct err *err);

/* Also after a setup that failed, and for a zeroed struct. */
void export_teardown(struct export *export);

/*
 * Draw once for nobody: GL compiles as it draws for the first time, and a fence
 * that is pending meanwhile might be pending for too long.
 */
int export_warm_up(struct export *export, struct err *err);

/* Draw frame @frame into @slot and publish it. */
int export_frame(struct export *export, struct export_slot *slot, uint64_t frame,
		 struct err *err);

/* Tell the importer that no frame follows the last one published. */
int export_end(struct export *export, struct err *err);

#endif
