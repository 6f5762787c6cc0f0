/* SPDX-License-Identifier: MIT */
/*
 * transport_kind: the ways for a frame to the other domain, by name.
 */
#ifndef HDB_TRANSPORT_KIND_H
#define HDB_TRANSPORT_KIND_H

#include <stddef.h>

#include "err.h"

enum transport_kind {
	TRANSPORT_NONE,		/* none: a limit of the machine, for hdb-bench */
	TRANSPORT_HDB,		/* this driver */
	TRANSPORT_GNTDEV,	/* the mainline path, by grants of user space's */
	TRANSPORT_COPY,		/* by memory that is shared once, and two copies */
	TRANSPORTS,
};

/* Ends with NULL. */
extern const char *const transport_names[TRANSPORTS + 1];

/* The first @length characters of @text are the name of one, not of none; or -1 with @err. */
int transport_find(const char *text, size_t length, enum transport_kind *kind, struct err *err);

struct option_spec;

/* For option tables: enum transport_kind */
int transport_option(const struct option_spec *spec, const char *text, void *into,
		     struct err *err);

#endif
