/* SPDX-License-Identifier: MIT */
/*
 * handback: how an importer says that it is done with a frame.
 *
 * The importer shares a page of its own with the exporter, over the same link
 * in the other direction. Nobody maps it: what counts is its private data,
 * renewed with each frame, which reaches the exporter as events. Frames are
 * handed back in order, so that one number says it all.
 */
#ifndef HDB_HANDBACK_H
#define HDB_HANDBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "hdb.h"
#include "meta.h"

/* ---- the importer's end ------------------------------------------------ */

struct handback_out {
	int hdb;
	uint32_t domain;	/* of the exporter */
	uint64_t stream;
	struct buffer_source source;
	struct buffer page;
	bool shared;
	hyper_dmabuf_id_t hid;
};

/* @node: a GPU's DRM node for the page, or NULL. */
int handback_open(struct handback_out *out, int hdb, uint32_t domain, uint64_t stream,
		  const char *node, struct err *err);

/* Done with all frames up to @frame, the last of them in @buffer; counters so far. */
int handback_send(struct handback_out *out, uint64_t frame, uint32_t buffer, uint64_t ok,
		  uint64_t bad, struct err *err);

/* We leave, after @frame. */
int handback_leave(struct handback_out *out, uint64_t frame, struct err *err);

/* Also for a zeroed struct. */
void handback_close(struct handback_out *out);

/* ---- the exporter's end ------------------------------------------------ */

struct handback_in {
	uint64_t stream;	/* set by the caller */
	bool heard;		/* of an importer */
	bool left;		/* and that it went, in order */
	hyper_dmabuf_id_t hid;	/* what it speaks through */
	uint64_t done;		/* number of frames handed back: all below this one */
	uint64_t ok, bad;	/* what it found of them */
};

/*
 * Look at an event. True when it was one of the importer's. @published, the
 * number of frames announced so far, bounds what an importer may claim.
 */
bool handback_take(struct handback_in *in, const struct hdb_event *event, uint64_t published);

#endif
