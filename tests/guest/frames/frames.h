/* SPDX-License-Identifier: MIT */
/*
 * frames: many small pictures with fences that are pending, drawn and checked by
 * the CPU, so that ten thousand of them take a minute on an emulated machine.
 */
#ifndef HDB_TEST_FRAMES_H
#define HDB_TEST_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "check.h"
#include "err.h"
#include "fence.h"
#include "hdb.h"
#include "scene.h"

#define FRAMES_MAX_BUFFERS	8
#define FRAMES_SIDE		64
#define FRAMES_BYTES		(FRAMES_SIDE * FRAMES_SIDE * 4)

/* How long one end waits for the other one, in nanoseconds. */
#define FRAMES_PATIENCE		(60 * STOP_NS_PER_S)

struct frames_options {
	uint64_t frames;
	uint32_t buffers;
	int peer;		/* domain; -1: the own one */
	unsigned int pause_ms;	/* in the middle of each drawing */
	bool fence;		/* false: nobody says when a frame is ready */
	bool wrong;		/* frames have to be wrong, and are looked for */
};

/* What travels as private data. */
struct frames_note {
	char magic[8];
	uint64_t frame;
	uint64_t last;		/* number of the last frame */
};

#define FRAMES_MAGIC "frames1"

/* Both have the same idea of the pictures. */
extern const struct scene frames_scene;

/* Each returns 0, or -1 with @err, and prints what it counted. */
int frames_export(const struct frames_options *options, struct err *err);
int frames_import(const struct frames_options *options, struct err *err);

#endif /* HDB_TEST_FRAMES_H */
