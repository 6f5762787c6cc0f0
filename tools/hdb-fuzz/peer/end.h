/* SPDX-License-Identifier: MIT */
/*
 * end: our end of a link, in user space: nodes, states, shared pages, the event channel, rings. It
 * does what it is told, in any order, right or wrong.
 */
#ifndef HDB_FUZZ_END_H
#define HDB_FUZZ_END_H

#include <stdbool.h>
#include <stdint.h>

#include <xenevtchn.h>
#include <xengnttab.h>
#include <xenstore.h>

#include "err.h"
#include "hdb_protocol.h"

/* XenbusState. */
enum end_state {
	END_UNKNOWN,
	END_INITIALISING,
	END_INIT_WAIT,
	END_INITIALISED,
	END_CONNECTED,
	END_CLOSING,
	END_CLOSED,
};

/* Where it is; `hdb-link --user` made it. */
struct end_place {
	bool backend;		/* which end is ours */
	uint32_t peer;		/* the other domain */
	char own[192], other[192];	/* directories in xenstore */
};

/* Find the one link with an end of that role for a program of this domain. */
int end_find(struct end_place *place, bool backend, struct err *err);

struct end {
	const struct end_place *place;
	struct xs_handle *xs;
	xengnttab_handle *tab;		/* what the other domain granted */
	xengntshr_handle *shr;		/* what we grant */
	xenevtchn_handle *evtchn;
	uint8_t *pages;			/* the link's shared ones; NULL: none */
	uint32_t offer;			/* its number: ours, or the one that we took */
	uint32_t refs[HDB_RING_PAGES];
	int port;			/* ours; -1: none */
	uint32_t produced, consumed;
};

int end_open(struct end *end, const struct end_place *place, struct err *err);
void end_close(struct end *end);

/* The other end's state. */
enum end_state end_other(const struct end *end);

bool end_write(const struct end *end, const char *node, const char *value);
bool end_say(const struct end *end, enum end_state state);
void end_forget(const struct end *end, const char *node);

/* Until the other end's state is one of those in @mask (1 << state), at most @ms. Returns it. */
enum end_state end_await(const struct end *end, unsigned int mask, unsigned int ms);

/* Shared pages and event channel: those of the frontend, whichever we are. */
bool end_ring(struct end *end);
bool end_publish(const struct end *end);
void end_ring_drop(struct end *end);

/* All of it as it should be, at most @ms; the other end's state at last. */
enum end_state end_connect(struct end *end, unsigned int ms);

void end_part(struct end *end);

/* Put a message into our ring, unasked whether there is room, and ring. */
void end_send(struct end *end, const uint8_t slot[HDB_SLOT_SIZE]);

/* Take one; false: there is none, or what is there cannot be. */
bool end_receive(struct end *end, uint8_t slot[HDB_SLOT_SIZE]);

/* Wait for the event channel, at most @ms. */
void end_listen(struct end *end, unsigned int ms);

void end_bell(struct end *end);

/* Lines of the control page that are ours to write. */
volatile struct hdb_ring_line *end_producer(const struct end *end);
volatile struct hdb_ring_line *end_consumer(const struct end *end);

#endif
