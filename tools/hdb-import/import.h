/* SPDX-License-Identifier: MIT */
/*
 * hdb-import: the run.
 */
#ifndef HDB_IMPORT_H
#define HDB_IMPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "check.h"
#include "device.h"
#include "err.h"
#include "fence.h"
#include "hdb.h"
#include "import_options.h"
#include "meta.h"
#include "pictures.h"
#include "sampler.h"
#include "stats.h"
#include "stream.h"
#include "surface.h"
#include "transport.h"

/* An imported buffer, kept as long as its id is announced. */
struct import_buffer {
	bool open;
	hyper_dmabuf_id_t hid;
	struct meta meta;	/* of the frame that it was imported with */
	struct buffer buffer;
	struct surface surface;
};

/* At most so many wrong frames are described one by one. */
#define IMPORT_MAX_WRONG 10

struct import {
	const struct import_options *options;
	struct transport transport;
	bool blind;		/* nobody can look into the buffers here */
	struct device device;
	struct stream stream;
	struct import_buffer buffer[META_MAX_BUFFERS];
	struct scene scene;
	struct fence_source fences;
	struct pictures *pictures;
	struct sampler sampler;

	bool met;		/* the exporter of this stream is known */
	hyper_dmabuf_id_t hid;	/* of its latest frame */
	uint64_t received, right, wrong, unchecked;
	uint64_t lost, repeated;	/* of streams before this one; and so */
	uint64_t earlier_right, earlier_wrong;
	bool abandoned;		/* that frame was left in the middle */
	uint64_t parted;	/* exporters that went away, and were waited for */
	uint64_t refused;	/* events that are no metadata of ours */
	uint64_t pending;	/* frames whose fence was pending when they came */
	uint64_t failed;	/* frames whose fence failed: the time limit */
	uint64_t returned;	/* buffers handed back with a fence that was pending */
	uint64_t setups;	/* buffers imported */
	uint64_t memory;	/* bytes of them */
	uint64_t shared, copied;	/* bytes of pictures */
	bool interrupted;
	uint64_t first_time, last_time;	/* of frames done */
	json_t *problems;	/* array, of wrong frames */
	char first_problem[200];
	struct stats map;	/* from an id to a texture */
	struct stats setup;	/* from an id to the end of its first sampling */
	struct stats frame;	/* sampling a buffer that was imported before */
	struct stats wait;	/* for a frame's fence */
	struct stats check;
};

/* Everything that can be had before a frame comes; what was chosen goes into @result. */
int import_setup(struct import *import, json_t *result, struct err *err);

/* Import, sample, check, hand back, until the end. */
int import_run(struct import *import, json_t *result, struct err *err);

/* What came out of it, into @result; fills in @err where what was tested failed. */
void import_results(struct import *import, json_t *result, struct err *err);

/* Also after a setup that failed, and for a zeroed struct. */
void import_teardown(struct import *import);

/*
 * The imported buffer that @frame lies in, imported now if need be. @fresh gets
 * whether that was so. NULL on failure.
 */
struct import_buffer *import_buffer_get(struct import *import, const struct stream_frame *frame,
					bool *fresh, struct err *err);
void import_buffers_close(struct import *import);

/* --sync fence: wait for the frame; and first, or afterwards, hand it back. */
int import_wait(struct import *import, struct import_buffer *buffer, struct err *err);
int import_return(struct import *import, struct import_buffer *buffer, int fence,
		  struct err *err);

/* --sync finish: it is read. */
int import_finished(struct import *import, struct import_buffer *buffer, struct err *err);

/* Sample the frame, check it, write its pictures. */
int import_frame(struct import *import, const struct stream_frame *frame, struct err *err);

/* Remember a wrong frame. @text is a line for people; @problem is taken over. */
void import_problem(struct import *import, const char *text, json_t *problem);

#endif
