/* SPDX-License-Identifier: MIT */
/*
 * inside: the inputs of the message fuzzer (message/record.h), tried on the driver of this kernel. One
 * of its links ends in a program (driver/backend/loopback/inject.h): that is peer.c, the other
 * domain, which writes what an input says. victim.c is a program of this domain that meanwhile
 * imports what it is offered, shares buffers, waits and lets go.
 */
#ifndef HDB_FUZZ_INSIDE_H
#define HDB_FUZZ_INSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hyper_dmabuf.h>

#include "../../../driver/backend/loopback/inject.h"
#include "cover.h"
#include "err.h"
#include "fields.h"
#include "record.h"
#include "worker.h"

/* ---- process.c: another process runs inputs; it may die of them ---- */

/* What it is to do. */
enum inside_task {
	INSIDE_INPUT,		/* run the input */
	INSIDE_HONEST,		/* share a buffer over the loopback, as programs do */
};

#define INSIDE_SEEN	4096u

struct inside_shared {
	enum inside_task task;
	uint32_t size;
	uint8_t bytes[RECORD_INPUT_MAX];
	/* What came of it: what the driver answered and sent, hashed. */
	uint32_t seen_count;
	uint64_t seen[INSIDE_SEEN];
	struct hdb_inject_look look;
	uint32_t imported, sent;
	char step[64];		/* what it is at */
	char wrong[200];	/* what must not be; or empty */
};

struct inside_process {
	struct inside_shared *shared;
	struct cover *cover;
	struct worker worker;
};

enum inside_end {
	INSIDE_DONE,
	INSIDE_FAILED,		/* it hangs, or died; err says more */
	INSIDE_BROKEN,		/* it cannot be started; err says more */
};

int inside_process_open(struct inside_process *process, struct cover *cover, struct err *err);
void inside_process_close(struct inside_process *process);

/* Have it do shared->task to the end. */
enum inside_end inside_process_run(struct inside_process *process, struct err *err);

/* ---- peer.c: the other domain ---- */

struct peer {
	int door;		/* the driver's file */
	uint8_t *memory;	/* HDB_INJECT_BYTES */
	unsigned int theirs;	/* direction in which it sends */
	uint32_t produced;	/* as one that keeps to the protocol counts */
	uint32_t looked;	/* at messages of the driver, up to this index */
	bool meddled;		/* it wrote where the driver writes, perhaps */
};

/* Open the link, with this domain as frontend or as backend. Returns 0 or a negative errno. */
int peer_open(struct peer *peer, bool frontend);
void peer_close(struct peer *peer);

/* A message of @length bytes; written and announced, without ringing. */
void peer_send(struct peer *peer, const uint8_t *bytes, size_t length);

/* The other records of the peer's: RECORD_WRITE, RECORD_INDEX, RECORD_PAGE, RECORD_DRAIN. */
void peer_do(struct peer *peer, const struct record *record);

/*
 * The next message that the driver sent and nobody has looked at. 1; 0: there is none; -1: it is one
 * that must not be sent, and @wrong says why.
 */
int peer_next(struct peer *peer, struct hdb_msg *msg, char *wrong, size_t size);

/*
 * Of all that was sent, has the driver left something, or not noticed that no ring can hold it?
 * To be asked when it has come to rest. @wrong says so.
 */
bool peer_left(const struct peer *peer, const struct hdb_inject_look *look, char *wrong,
	       size_t size);

/* Ring; @wait: until the driver has dealt with all. */
void peer_ring(struct peer *peer, bool wait);
void peer_look(struct peer *peer, struct hdb_inject_look *look);

/* ---- victim.c ---- */

/* Returns 0 or a negative errno. */
int victim_init(void);

/* Run the input in @shared, from nothing to nothing. */
void victim_run(struct inside_shared *shared);

/* What programs do over a link that nobody harms: shared->wrong says what went wrong. */
void victim_honest(struct inside_shared *shared);

#endif
