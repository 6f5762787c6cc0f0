/* SPDX-License-Identifier: MIT */
/*
 * pictures: which of the sampled frames are written as PNG files.
 */
#ifndef HDB_PICTURES_H
#define HDB_PICTURES_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "options.h"
#include "picture.h"

#define PICTURES_MAX_NUMBERS 64

struct pictures_options {
	const char *dir;	/* NULL: none */
	bool given;		/* --png-frames was */
	bool first, middle, last, sheet, all;
	uint32_t numbers;
	uint64_t number[PICTURES_MAX_NUMBERS];
};

/* For the option table: reads --png-frames into a struct pictures_options. */
int pictures_parse(const struct option_spec *spec, const char *text, void *into,
		   struct err *err);

struct pictures;

/*
 * Make the folder where it is missing. @frames is how many frames will come, 0
 * when that is not known: then there is no middle one. NULL on failure.
 */
struct pictures *pictures_open(const struct pictures_options *options, uint64_t frames,
			       struct err *err);

/* Will pictures_add() look at the next frame? NULL wants nothing. */
bool pictures_want(const struct pictures *pictures, uint64_t frame);

/*
 * The next frame; a wrong one is written in any case, the first few of them.
 * @picture stays as it is until the next call or pictures_close(). NULL: there
 * is no picture of this frame.
 */
int pictures_add(struct pictures *pictures, const struct picture *picture, bool alpha,
		 uint64_t frame, bool wrong, struct err *err);

/* Write what only the end decides: the last frame and the contact sheet. */
int pictures_finish(struct pictures *pictures, struct err *err);

/* Files written so far. */
uint64_t pictures_count(const struct pictures *pictures);

/* Also NULL. */
void pictures_free(struct pictures *pictures);

#endif
