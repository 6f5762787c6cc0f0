/* SPDX-License-Identifier: MIT */
/*
 * stream: the importer's view of the frames that an exporter announces.
 *
 * Announcements come as events, each for one buffer. An importer that opens
 * late gets one for each buffer at once, in no certain order, so they are taken
 * by frame number. What is missing is counted. No I/O in here.
 */
#ifndef HDB_STREAM_H
#define HDB_STREAM_H

#include <hyper_dmabuf.h>
#include <stdbool.h>
#include <stdint.h>

#include "meta.h"

struct stream_frame {
	hyper_dmabuf_id_t hid;
	struct meta meta;
};

struct stream {
	bool locked;		/* on the stream @id */
	bool started;		/* a frame was taken */
	bool ended;		/* @last is known */
	uint64_t id;
	uint64_t next;		/* the frame that must come next, once started */
	uint64_t last;		/* number of the last frame */
	uint64_t lost;		/* frames whose number was skipped */
	uint64_t repeated;	/* announcements of frames that were taken before */
	uint32_t waiting;	/* frames announced and not taken */
	struct stream_frame frame[META_MAX_BUFFERS];
};

enum stream_offer {
	STREAM_TAKEN,
	STREAM_OTHER,	/* another stream, or not for an importer */
	STREAM_OLD,	/* a frame that was taken before */
	STREAM_TOO_MANY,	/* more buffers than metadata may name */
};

/* Follow the stream @id from now on. */
void stream_lock(struct stream *stream, uint64_t id);

/* Follow none any more; what was counted is forgotten. */
void stream_unlock(struct stream *stream);

/*
 * An announcement. A second one for a buffer whose frame was not taken yet
 * replaces it: the older picture is gone, and its number will be missed.
 */
enum stream_offer stream_offer(struct stream *stream, hyper_dmabuf_id_t hid,
			       const struct meta *meta);

/* Take the waiting frame with the lowest number. False when none waits. */
bool stream_take(struct stream *stream, struct stream_frame *frame);

/* Is the stream over, with nothing left to take? */
bool stream_done(const struct stream *stream);

#endif
