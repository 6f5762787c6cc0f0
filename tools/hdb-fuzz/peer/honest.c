// SPDX-License-Identifier: MIT
/*
 * Between inputs: a connection as it should be, a buffer there and back. This is how the fuzzer
 * learns whether the other end lives.
 */
#include "echo.h"
#include "memory.h"
#include "mode.h"
#include "stop.h"
#include "theirs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HONEST_PAGES		3u
#define HONEST_CONNECT_MS	5000
#define HONEST_ANSWER_NS	(20 * STOP_NS_PER_S)

struct honest {
	struct end end;
	struct memory memory;
	struct theirs theirs;
	struct hdb_id id;		/* of ours */
	uint32_t number;
	bool released;
	struct fuzz_verdict *verdict;
};

static void honest_fail(struct honest *honest, const char *format, unsigned int one,
			unsigned int two, unsigned int three)
{
	if (honest->verdict->failed)
		return;
	honest->verdict->failed = true;
	/* No text of the other end's: formats are ours. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(honest->verdict->what, sizeof(honest->verdict->what), format, one, two, three);
#pragma GCC diagnostic pop
}

/* A buffer of ours, with pages that the number says, and its EXPORT. */
static bool honest_ask(struct honest *honest)
{
	struct memory *memory = &honest->memory;
	struct echo echo = { .magic = ECHO_ASKS, .number = honest->number, .pages = HONEST_PAGES };
	struct hdb_msg msg = {
		.type = HDB_MSG_EXPORT, .id = honest->id, .nr_pages = HONEST_PAGES,
		.size = (uint64_t)HONEST_PAGES * HDB_PAGE_SIZE, .priv_len = sizeof(echo),
	};
	uint8_t *data = memory_grant(memory, 2, HONEST_PAGES, 0);
	uint8_t *dir = memory_grant(memory, 1, 1, 0), slot[HDB_SLOT_SIZE];
	uint32_t refs[HONEST_PAGES];

	if (!data || !dir)
		return false;
	for (uint32_t i = 0; i < HONEST_PAGES * HDB_PAGE_SIZE; i++)
		data[i] = echo_byte(honest->number, i);
	for (uint32_t i = 0; i < HONEST_PAGES; i++)
		refs[i] = memory_ref(memory, 2 + i);
	hdb_dir_encode(dir, 0, HONEST_PAGES, 0, refs, 0);
	msg.dir_ref = memory_ref(memory, 1);
	memcpy(msg.priv, &echo, sizeof(echo));
	hdb_msg_encode(&msg, slot);
	end_send(&honest->end, slot);
	return true;
}

static struct their *honest_find(struct honest *honest, struct echo *echo)
{
	for (unsigned int i = 0; i < THEIRS; i++) {
		struct their *their = &honest->theirs.list[i];

		if (!their->there || their->msg.priv_len != sizeof(*echo))
			continue;
		memcpy(echo, their->msg.priv, sizeof(*echo));
		if (echo->magic == ECHO_ANSWERS && echo->number == honest->number)
			return their;
	}
	return NULL;
}

static void honest_hear(struct honest *honest)
{
	uint8_t slot[HDB_SLOT_SIZE];
	struct hdb_msg msg;

	while (end_receive(&honest->end, slot)) {
		if (hdb_msg_decode(slot, &msg)) {
			honest_fail(honest, "the other end sends a message of type %u that it must "
				    "not", slot[0] | slot[1] << 8, 0, 0);
			return;
		}
		if (msg.type == HDB_MSG_RELEASED && hdb_id_equal(&msg.id, &honest->id))
			honest->released = true;
		if (msg.type == HDB_MSG_REFUSED && hdb_id_equal(&msg.id, &honest->id))
			honest_fail(honest, "the other end refuses an honest buffer, reason %u",
				    msg.reason, 0, 0);
		theirs_heard(&honest->theirs, &msg);
	}
	theirs_answer(&honest->theirs);
}

static void honest_check(struct honest *honest, struct their *their, struct echo *echo)
{
	echo->complaint[ECHO_COMPLAINT - 1] = '\0';
	if (echo->complaint[0]) {
		honest->verdict->failed = true;
		snprintf(honest->verdict->what, sizeof(honest->verdict->what), "%s",
			 echo->complaint);
		return;
	}
	if (their->msg.nr_pages != HONEST_PAGES || !theirs_map(&honest->theirs, their)) {
		honest_fail(honest, "the answer of %u pages cannot be mapped", their->msg.nr_pages, 0,
			    0);
		return;
	}
	for (uint32_t i = 0; i < HONEST_PAGES * HDB_PAGE_SIZE; i++) {
		uint8_t want = (uint8_t)~echo_byte(honest->number, i);

		if (their->map[i] != want) {
			honest_fail(honest, "contents came back wrong: byte %u is %u, not %u", i,
				    their->map[i], want);
			break;
		}
	}
	theirs_unmap(&honest->theirs, their);
}

/* Until @done(), at most so long. */
static bool honest_wait(struct honest *honest, bool (*done)(struct honest *honest))
{
	uint64_t deadline = stop_now() + HONEST_ANSWER_NS;

	while (!honest->verdict->failed && !done(honest)) {
		if (stop_now() > deadline || stop_requested())
			return false;
		end_listen(&honest->end, 20);
		honest_hear(honest);
	}
	return true;
}

static bool honest_answered(struct honest *honest)
{
	struct echo echo;

	return honest_find(honest, &echo);
}

static bool honest_released(struct honest *honest)
{
	return honest->released;
}

static void honest_share(struct honest *honest)
{
	struct echo echo;
	struct their *their;

	if (!honest_ask(honest)) {
		honest_fail(honest, "no pages to grant are left here", 0, 0, 0);
		return;
	}
	if (!honest_wait(honest, honest_answered)) {
		honest_fail(honest, "the victim does not answer an honest buffer within 20 s", 0, 0, 0);
		return;
	}
	if (honest->verdict->failed)
		return;
	their = honest_find(honest, &echo);
	if (their)
		honest_check(honest, their, &echo);
	theirs_send(&honest->theirs, HDB_MSG_UNEXPORT, &honest->id);
	if (!honest_wait(honest, honest_released))
		honest_fail(honest, "the victim does not release an honest buffer within 20 s", 0, 0, 0);
}

/*
 * What is offered to a backend first may have been offered to the script before us, which may have
 * written into it since: what is offered after that nobody else has had.
 */
static enum end_state honest_connect(struct end *end)
{
	if (end->place->backend && end_connect(end, HONEST_CONNECT_MS) == END_CONNECTED)
		end_part(end);
	return end_connect(end, HONEST_CONNECT_MS);
}

int peer_honest(const struct end_place *place, uint32_t number, struct fuzz_verdict *verdict,
		struct err *err)
{
	struct honest *honest = calloc(1, sizeof(*honest));
	enum end_state state;

	if (!honest || end_open(&honest->end, place, err)) {
		free(honest);
		return -1;
	}
	honest->verdict = verdict;
	honest->number = number;
	honest->theirs.end = &honest->end;
	honest->id = (struct hdb_id){ { 0x03000001, number, 0x686f6e65, 0x73740a0a } };
	memory_open(&honest->memory, &honest->end);
	state = honest_connect(&honest->end);
	if (state != END_CONNECTED)
		honest_fail(honest, "the victim does not connect any more, its state is %u", state, 0,
			    0);
	else
		honest_share(honest);
	end_part(&honest->end);
	memory_close(&honest->memory);
	end_close(&honest->end);
	free(honest);
	return 0;
}
