/* SPDX-License-Identifier: MIT */
/*
 * memory: pages that we grant, under the references that a script gives them, and threads that
 * change them while they are read.
 */
#ifndef HDB_FUZZ_MEMORY_H
#define HDB_FUZZ_MEMORY_H

#include "end.h"

#define MEMORY_PAGES	512
#define MEMORY_FLIPS	4

/* Of memory_grant(). */
#define MEMORY_WRITABLE	1u
#define MEMORY_FOREIGN	2u	/* to another domain than the peer */

struct memory_page {
	uint32_t name;		/* 0: free */
	uint32_t ref;
	uint8_t *page;
	uint8_t *block;		/* what it was granted with, first page */
	unsigned int count;	/* of pages in the block; of its first page */
};

struct memory {
	struct end *end;
	struct memory_page pages[MEMORY_PAGES];
	unsigned int used;
	struct flip *flips;
};

/*
 * Pages that the other end still has mapped when we take them back are freed by the kernel later, 10
 * in a second: too few here. From now on all that are free; memory_hurry_end() puts back what was.
 */
void memory_hurry(void);
void memory_hurry_end(void);

int memory_open(struct memory *memory, struct end *end);

/* Ends threads. */
void memory_calm(struct memory *memory);

/* Ends them, and takes back all that was granted. */
void memory_close(struct memory *memory);

/* Grant zeroed pages under @name and on; NULL: there is no room. What had the name loses it. */
uint8_t *memory_grant(struct memory *memory, uint32_t name, unsigned int count,
		      unsigned int flags);

/* The block that has @name. */
void memory_revoke(struct memory *memory, uint32_t name);

/* The page behind a name; NULL: none. */
uint8_t *memory_page(const struct memory *memory, uint32_t name);

/* What Xen calls it; a name that is none stays as it is. */
uint32_t memory_ref(const struct memory *memory, uint32_t name);

/* From now on, at most until memory_calm(), @word is @one and @other in turn. */
void memory_flip(struct memory *memory, volatile uint32_t *word, uint32_t one, uint32_t other);

#endif
