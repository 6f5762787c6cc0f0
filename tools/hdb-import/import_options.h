/* SPDX-License-Identifier: MIT */
/*
 * hdb-import: its command line.
 */
#ifndef HDB_IMPORT_OPTIONS_H
#define HDB_IMPORT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "fence.h"
#include "options.h"
#include "pictures.h"
#include "transport_kind.h"

enum import_verify {
	IMPORT_FULL,
	IMPORT_CRC,
	IMPORT_NONE,
};

extern const char *const import_verify_names[];

struct import_options {
	const char *peer, *device, *json;
	uint32_t frames;	/* 0: until the stream ends */
	uint32_t wait;		/* seconds */
	bool go_on;		/* --wait was given: for an exporter that comes back, too */
	unsigned int verify;	/* enum import_verify */
	enum transport_kind transport;
	unsigned int sync;	/* enum fence_sync */
	unsigned int fence;	/* enum fence_kind */
	struct pictures_options pictures;
	bool quiet, verbose;
};

extern const struct options_program import_program;

/* Set the defaults, read the command line, check that its values go together. */
enum options_result import_options_parse(int argc, char **argv, struct import_options *options,
					 struct err *err);

#endif
