/* SPDX-License-Identifier: MIT */
/*
 * echo_fence: a consumer that waits for fences as a compositor does, for many at
 * once, and hands each back at once. It also looks whether they signal as they
 * should: neither before the other end says so, nor because they were given up,
 * and in the order in which the other end signals them.
 */
#ifndef HDB_BENCH_ECHO_FENCE_H
#define HDB_BENCH_ECHO_FENCE_H

#include "hdb.h"
#include "wire.h"

#define ECHO_FENCES 64

/* One, on the import that it came with; @sync_file tells what became of it. */
struct echo_fence {
	hyper_dmabuf_id_t hid;
	int dmabuf, sync_file;
};

/* A zeroed struct waits for none. */
struct echo_fences {
	struct echo_fence fence[ECHO_FENCES];
	uint32_t count;
	int epoll;		/* where there is one of them */
	uint64_t spent_ns;	/* from waking up to having handed back, of all */
	struct err err;		/* what went wrong while nobody asked */
};

/*
 * Wait for this one too, later; they signal in the order in which they are added. A failure when
 * it is not pending: it is early.
 */
int echo_fence_add(struct echo_fences *fences, hyper_dmabuf_id_t hid, int dmabuf,
		   struct err *err);

/* Wait for them all, and hand each back. */
void echo_fence_serve(struct echo_fences *fences, int hdb);

/* What came of it; afterwards there are none. */
int echo_fence_tell(struct echo_fences *fences, struct wire *reply, struct err *err);

/* There are none any more. Also of a zeroed struct. */
void echo_fence_forget(struct echo_fences *fences);

#endif
