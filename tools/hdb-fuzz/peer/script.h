/* SPDX-License-Identifier: MIT */
/*
 * script: an input of hdb-fuzz peer, what the other end of a link does, step by step. A person
 * reads and writes a line for each:
 *
 *	as backend			which end we play; only as the first line (else: frontend)
 *	connect				go through the states, as an end that behaves
 *	ring				make (backend: map) the shared pages, and the event channel
 *	publish				write their nodes
 *	state 4				write our state
 *	await 4 500			until the other end has that state, or 500 ms
 *	node ring-ref3 17		write a node of ours
 *	forget event-channel		remove one
 *	part				say Closed, and let go of the shared pages
 *	die				end as a killed process does, here
 *
 *	data 5 4 0			grant 4 pages, as references 5 to 8; 1: read-only; 2: to
 *					another domain
 *	share 0 17 0			a buffer as it should be: 17 pages, flags, an EXPORT of it
 *	revoke 5			take back what "data", "page" or "share" granted from 5 on
 *	change 5 128 00ff		write into the page with that reference
 *	flip 5 128 0x1 0x7fffffff	from now on these two numbers in turn, as fast as it goes
 *	flip 0 0 0x1 0x2		the same in the shared pages of the link
 *	calm				no more of that
 *
 *	slot, page, write, index, drain	as hdb-fuzz message has them (message/text.h)
 *	bell 1000			ring the event channel so often
 *	answer				take all messages, do with each what an importer does
 *	map 0				map the pages of the first buffer that we were told of
 *	unmap 0
 *	pause 20			milliseconds
 *
 * References are names: what was granted under one is put in its place in slots and pages; others
 * go as they are. So do ids: "own0" is the first buffer that the other end told us of.
 *
 * In bytes a step is as a record of message/record.h: operation, length, payload.
 */
#ifndef HDB_FUZZ_SCRIPT_H
#define HDB_FUZZ_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "record.h"
#include "rng.h"

/* Those of enum record_operation come first, with the same numbers. */
enum step_operation {
	STEP_SLOT = RECORD_SLOT,
	STEP_WRITE = RECORD_WRITE,
	STEP_INDEX = RECORD_INDEX,
	STEP_PAGE = RECORD_PAGE,
	STEP_DRAIN = RECORD_DRAIN,
	STEP_CONNECT = RECORD_OPERATIONS,
	STEP_RING,
	STEP_PUBLISH,
	STEP_STATE,
	STEP_AWAIT,
	STEP_NODE,
	STEP_FORGET,
	STEP_PART,
	STEP_DIE,
	STEP_DATA,
	STEP_SHARE,
	STEP_REVOKE,
	STEP_CHANGE,
	STEP_FLIP,
	STEP_CALM,
	STEP_BELL,
	STEP_ANSWER,
	STEP_MAP,
	STEP_UNMAP,
	STEP_PAUSE,
	STEP_OPERATIONS
};

/* Is it one of the message fuzzer's that this one has too? */
static inline bool step_is_record(unsigned int operation)
{
	return operation == STEP_SLOT || operation == STEP_WRITE || operation == STEP_INDEX ||
	       operation == STEP_PAGE || operation == STEP_DRAIN;
}

#define STEP_NUMBERS	4

enum step_tail {
	STEP_NO_TAIL,
	STEP_BYTES,		/* behind the numbers */
	STEP_NAME,		/* in place of numbers: the name of a node */
	STEP_NAME_VALUE,	/* and its value, unless that is empty */
};

/* How the text says it: so many numbers, of 32 bits, then the tail. */
struct step_form {
	const char *name;
	unsigned int numbers;
	enum step_tail tail;
};

/* Indexed by operation; those of the message fuzzer have no name here. */
extern const struct step_form step_forms[STEP_OPERATIONS];

#define SCRIPT_STEPS	96
#define SCRIPT_BYTES	32768

struct script {
	bool backend;
	uint32_t size;
	uint8_t bytes[SCRIPT_BYTES];
};

struct step {
	unsigned int operation;
	uint16_t length;
	const uint8_t *payload;		/* within the script */
};

/* Cut all steps; returns how many, at most SCRIPT_STEPS. */
size_t script_steps(const struct script *script, struct step steps[SCRIPT_STEPS]);

/* Append a step; false when there is no room. Zeroes at the end of a page are not kept. */
bool script_add(struct script *script, unsigned int operation, const void *payload,
		 size_t length);

/* The same for one of numbers only. */
bool script_put(struct script *script, unsigned int operation, unsigned int count, ...);

/* Without @count steps from @at on. */
void script_cut(struct script *script, size_t at, size_t count);

/* Number @index of a step; 0 where it has none. */
uint32_t step_number(const struct step *step, unsigned int index);

/* ---- text.c ---- */

int script_load(const char *path, struct script *script, struct err *err);

/* @what, which may be NULL, is a comment in it. */
int script_save(const char *path, const struct script *script, const char *what,
		 struct err *err);

/* ---- generate.c ---- */

void script_make(struct script *script, bool backend, struct rng *rng);
void script_mutate(struct script *script, const struct script *other, struct rng *rng);

#endif
