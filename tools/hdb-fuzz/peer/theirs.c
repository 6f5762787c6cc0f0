// SPDX-License-Identifier: MIT
#include "theirs.h"

#include <string.h>
#include <sys/mman.h>

/* Fences of ours are named from here on; those below are left to scripts. */
#define THEIRS_NAMES	1000

static struct their *theirs_find(struct theirs *theirs, const struct hdb_id *id)
{
	for (unsigned int i = 0; i < THEIRS; i++)
		if (theirs->list[i].there && hdb_id_equal(&theirs->list[i].msg.id, id))
			return &theirs->list[i];
	return NULL;
}

/* A place for a new one: an empty one, else that of one that is not mapped. */
static struct their *theirs_place(struct theirs *theirs)
{
	for (unsigned int i = 0; i < THEIRS; i++)
		if (!theirs->list[i].there)
			return &theirs->list[i];
	for (unsigned int i = 0; i < THEIRS; i++)
		if (!theirs->list[i].map)
			return &theirs->list[i];
	return NULL;
}

void theirs_heard(struct theirs *theirs, const struct hdb_msg *msg)
{
	struct their *their = theirs_find(theirs, &msg->id);

	if (!their && msg->type == HDB_MSG_EXPORT) {
		their = theirs_place(theirs);
		if (their)
			*their = (struct their){ .there = true };
	}
	if (!their)
		return;
	if (msg->type == HDB_MSG_EXPORT)
		their->msg = *msg;
	else if (msg->type == HDB_MSG_UNEXPORT)
		their->unexported = true;
	else if (msg->type == HDB_MSG_FENCE && msg->flags & HDB_FENCE_RETURN)
		their->fence = msg->fence;
}

static void theirs_put(const struct theirs *theirs, const struct hdb_msg *msg)
{
	uint8_t slot[HDB_SLOT_SIZE];

	hdb_msg_encode(msg, slot);
	end_send(theirs->end, slot);
}

void theirs_send(const struct theirs *theirs, enum hdb_msg_type type, const struct hdb_id *id)
{
	theirs_put(theirs, &(struct hdb_msg){ .type = type, .id = *id });
}

void theirs_answer(struct theirs *theirs)
{
	static uint64_t name = THEIRS_NAMES;

	for (unsigned int i = 0; i < THEIRS; i++) {
		struct their *their = &theirs->list[i];

		if (!their->there)
			continue;
		if (their->fence)
			theirs_put(theirs, &(struct hdb_msg){
				.type = HDB_MSG_RETURN, .flags = HDB_FENCE_SIGNALED,
				.id = their->msg.id, .fence = ++name,
				.until = their->fence });
		their->fence = 0;
		if (!their->unexported)
			continue;
		theirs_unmap(theirs, their);
		theirs_send(theirs, HDB_MSG_RELEASED, &their->msg.id);
		their->there = false;
	}
}

bool theirs_map(struct theirs *theirs, struct their *their)
{
	struct end *end = theirs->end;
	uint32_t refs[THEIRS_PAGES], next, dir_ref = their->msg.dir_ref;
	void *dir;
	int wrong;

	if (!their->there || their->map || their->msg.nr_pages > THEIRS_PAGES)
		return false;
	dir = xengnttab_map_grant_ref(end->tab, end->place->peer, dir_ref, PROT_READ);
	if (!dir)
		return false;
	wrong = hdb_dir_decode(dir, 0, their->msg.nr_pages, their->msg.flags & HDB_BUF_FLAGS, refs,
			       &next);
	xengnttab_unmap(end->tab, dir, 1);
	if (!wrong)
		their->map = xengnttab_map_domain_grant_refs(end->tab, their->msg.nr_pages,
							     end->place->peer, refs, PROT_READ);
	if (!their->map)
		return false;
	theirs_send(theirs, HDB_MSG_USED, &their->msg.id);
	their->used = true;
	return true;
}

void theirs_unmap(struct theirs *theirs, struct their *their)
{
	if (their->map)
		xengnttab_unmap(theirs->end->tab, their->map, their->msg.nr_pages);
	their->map = NULL;
	if (their->used)
		theirs_send(theirs, HDB_MSG_IDLE, &their->msg.id);
	their->used = false;
}
