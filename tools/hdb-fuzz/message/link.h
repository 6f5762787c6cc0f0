/* SPDX-License-Identifier: MIT */
/*
 * link: one end of a link, made of the driver's own files for the wire (driver/protocol/,
 * driver/backend/ring.c), and a peer that does what an input says. It does what the kernel's end
 * does with messages, and aborts with a line that begins with "hdb-fuzz: wrong:" when the driver's
 * code says something that cannot be.
 */
#ifndef HDB_FUZZ_LINK_H
#define HDB_FUZZ_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "fields.h"

/* What a link saw, for whoever wants to know whether inputs got anywhere. */
struct link_counts {
	unsigned int received;	/* messages taken out of the ring */
	unsigned int bad;	/* of them: malformed, or wrong in that state */
	unsigned int imported;	/* buffers of which every directory page was read */
	unsigned int unread;	/* buffers whose directory was wrong */
	unsigned int sent;
	unsigned int gone;	/* exports that came to their end */
	unsigned int corrupt;	/* 1: the ring was, and the link was closed */
};

/*
 * Run one input, with nothing left of an earlier one. @seen, where given, has room for
 * LINK_STATES bytes: the state of exports times the type of message that met it, counted.
 */
struct link_counts link_run(const uint8_t *input, size_t size, uint8_t *seen);

#define LINK_TYPES	16
#define LINK_STATES	(HDB_EXPORT_STATES * LINK_TYPES)

#endif
