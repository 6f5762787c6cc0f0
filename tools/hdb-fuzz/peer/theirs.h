/* SPDX-License-Identifier: MIT */
/* theirs: the buffers that the other end told us of, and what an importer does with them. */
#ifndef HDB_FUZZ_THEIRS_H
#define HDB_FUZZ_THEIRS_H

#include "end.h"

#define THEIRS		8u
/* The largest of them that is mapped. */
#define THEIRS_PAGES	64u

struct their {
	bool there;
	struct hdb_msg msg;		/* its last EXPORT */
	bool unexported, used;
	uint64_t fence;			/* the last one that wants a RETURN; 0: none */
	uint8_t *map;
};

struct theirs {
	struct end *end;
	struct their list[THEIRS];
};

/* What a message of the other end tells of its own buffers. */
void theirs_heard(struct theirs *theirs, const struct hdb_msg *msg);

/* Answer what was heard, as it should be: RETURN, IDLE, RELEASED. */
void theirs_answer(struct theirs *theirs);

/* Map the pages of one, read-only; false: it cannot be. */
bool theirs_map(struct theirs *theirs, struct their *their);
void theirs_unmap(struct theirs *theirs, struct their *their);

/* Send a message of @type about @id. */
void theirs_send(const struct theirs *theirs, enum hdb_msg_type type, const struct hdb_id *id);

#endif
