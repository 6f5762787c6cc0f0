/* SPDX-License-Identifier: MIT */
/*
 * handback: what an importer's answers come to: which frames it is done with.
 *
 * Frames are handed back in order, so that one number says it all. How an
 * answer gets to the exporter is the transport's.
 */
#ifndef HDB_HANDBACK_H
#define HDB_HANDBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "hdb.h"
#include "meta.h"

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
