/* SPDX-License-Identifier: MIT */
/*
 * echo_fence: a consumer that waits for fences as any does, by poll(), and hands
 * back at once.
 */
#ifndef HDB_BENCH_ECHO_FENCE_H
#define HDB_BENCH_ECHO_FENCE_H

#include "hdb.h"
#include "wire.h"

#define ECHO_FENCES 16

/* A zeroed struct waits for none. */
struct echo_fences {
	struct {
		hyper_dmabuf_id_t hid;
		int dmabuf;
	} wait[ECHO_FENCES];
	uint32_t count;
	uint64_t spent_ns;	/* from waking up to having handed back, of all */
	struct err err;		/* what went wrong while nobody asked */
};

/* Wait for this one too, later. A failure when it is not pending: it is early. */
int echo_fence_add(struct echo_fences *fences, hyper_dmabuf_id_t hid, int dmabuf,
		   struct err *err);

/* Wait for them all, in their order, and hand each back. */
void echo_fence_serve(struct echo_fences *fences, int hdb);

/* What came of it; afterwards there are none. */
int echo_fence_tell(struct echo_fences *fences, struct wire *reply, struct err *err);

#endif
