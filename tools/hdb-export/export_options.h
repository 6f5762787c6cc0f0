/* SPDX-License-Identifier: MIT */
/*
 * hdb-export: its command line.
 */
#ifndef HDB_EXPORT_OPTIONS_H
#define HDB_EXPORT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "fence.h"
#include "options.h"
#include "transport_kind.h"

#define EXPORT_MAX_BUFFERS 8

struct export_options {
	uint32_t frames;	/* 0: until interrupted */
	double fps;		/* 0: as fast as buffers come back */
	struct options_size size;
	uint32_t format;	/* fourcc */
	unsigned int source;	/* enum buffer_kind */
	const char *device, *peer, *json;
	uint32_t buffers;
	uint32_t wait;		/* seconds */
	bool go_on;		/* --wait was given: for an importer that comes back, too */
	enum transport_kind transport;
	unsigned int sync;	/* enum fence_sync */
	unsigned int fence;	/* enum fence_kind */
	struct options_pixel corrupt;
	bool crc, quiet, verbose;
};

extern const struct options_program export_program;

/* Set the defaults, read the command line, check that its values go together. */
enum options_result export_options_parse(int argc, char **argv, struct export_options *options,
					 struct err *err);

#endif
