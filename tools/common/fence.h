/* SPDX-License-Identifier: MIT */
/*
 * fence: when a frame is ready, said and waited for without stopping the CPU.
 *
 * A fence is a sync_file, or it is on a dma-buf, where the kernel keeps those of
 * writers apart from those of readers. GL's fences say when GL is done; on the
 * CPU it is done before it says so, and nobody ever waits. So there is vgem: its
 * fences signal when this program says so, and are pending until then (10 s at
 * most, by vgem's own limit).
 */
#ifndef HDB_FENCE_H
#define HDB_FENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "stop.h"

enum fence_sync {
	FENCE_SYNC_FENCE,	/* what is shared has a fence */
	FENCE_SYNC_FINISH,	/* what is shared is finished */
	FENCE_SYNC_NONE,	/* neither: frames will be torn */
	FENCE_SYNC_DEFAULT,	/* until fence_sync_settle() */
};

enum fence_kind {
	FENCE_AUTO,	/* GL's on a GPU; on the CPU vgem's, where there is vgem */
	FENCE_VGEM,
	FENCE_GL,
};

/* For option tables. */
extern const char *const fence_sync_names[], *const fence_kind_names[];

/* Without @fences across there is only FINISH: what was asked for may be wrong usage. */
int fence_sync_settle(unsigned int *sync, bool fences, struct err *err);

/**
 * struct fence_source - where fences come from
 * @kind: FENCE_VGEM or FENCE_GL, once it is open
 * @dev: vgem's node; -1 without
 * @handle: of the buffer there whose fences are borrowed
 * @pending: vgem's number of the one that is pending; 0: none is
 */
struct fence_source {
	enum fence_kind kind;
	int dev;
	uint32_t handle;
	int dmabuf;
	uint32_t pending;
};

/* @software: GL draws on the CPU. EXIT_UNTESTED where vgem is asked for in vain. */
int fence_source_open(struct fence_source *source, enum fence_kind kind, bool software,
		      struct err *err);

/* Also for a zeroed struct whose kind is FENCE_AUTO. Signals what is pending. */
void fence_source_close(struct fence_source *source);

/* FENCE_VGEM: a new pending fence on @dmabuf; one at a time. */
int fence_begin(struct fence_source *source, int dmabuf, bool write, struct err *err);

/*
 * It signals now. Without one, nothing happens. Fails when vgem has signalled it before: who
 * waited for it has gone on while the buffer was still being written, or read.
 */
int fence_end(struct fence_source *source, struct err *err);

/* Put a sync_file on @dmabuf, as of one who writes it, or reads it. */
int fence_attach(int dmabuf, int sync_file, bool write, struct err *err);

/* A sync_file of all that one who is to write (or read) @dmabuf waits for. */
int fence_of(int dmabuf, bool write, struct err *err);

/* Of a sync_file: 0 pending, 1 signalled, or the negative errno that it failed with. */
int fence_status(int sync_file);

/* Wait for a sync_file until @deadline, on stop_now()'s clock. */
static inline enum stop_wait fence_wait(int sync_file, uint64_t deadline)
{
	return stop_wait(sync_file, deadline);
}

#endif
