// SPDX-License-Identifier: MIT
/*
 * Scripts by chance: most of what they do is right, so that the other end follows them to where
 * one wrong step counts. Messages and pages are changed by the message fuzzer's mutator.
 */
#include "fields.h"
#include "hdb_protocol.h"
#include "mutate.h"
#include "script.h"

#include <stdio.h>
#include <string.h>

/* A connection, and what follows on it. */
#define GENERATE_STEPS	24

static uint32_t generate_of(struct rng *rng, const uint32_t *list, size_t count)
{
	return list[rng_below(rng, (uint32_t)count)];
}

#define GENERATE_OF(rng, list)	generate_of(rng, list, sizeof(list) / sizeof((list)[0]))

/* A name of a page: of directories, of data, of shared buffers' (steps.c), or none. */
static uint32_t generate_name(struct rng *rng)
{
	switch (rng_below(rng, 8)) {
	case 0:
		return 400 + 16 * rng_below(rng, 4) + rng_below(rng, 4);
	case 1:
		return 101 + 32 * rng_below(rng, 4);
	case 2:
		return (uint32_t)rng_edge(rng);
	default:
		return 1 + rng_below(rng, 8);
	}
}

/* A message about one of few buffers, of ours or of theirs. */
static void generate_slot(struct script *script, struct rng *rng)
{
	static const uint32_t types[] = {
		HDB_MSG_EXPORT, HDB_MSG_UNEXPORT, HDB_MSG_UNEXPORT, HDB_MSG_USED, HDB_MSG_IDLE,
		HDB_MSG_RELEASED, HDB_MSG_REFUSED, HDB_MSG_FENCE, HDB_MSG_FENCE, HDB_MSG_SIGNALED,
		HDB_MSG_SIGNALED, HDB_MSG_RETURN,
	};
	static const struct field word = { .size = 4 };
	uint32_t type = GENERATE_OF(rng, types);
	const struct field_message *message = fields_of_type(type);
	const struct field *fence = fields_find(message->fields, "fence");
	/* Those that an importer sends are mostly about their buffers. */
	bool theirs = (type >= HDB_MSG_USED && type <= HDB_MSG_REFUSED) || type == HDB_MSG_RETURN;
	struct hdb_id id = { { 0x02000001 + rng_below(rng, 4), 1, 2, 3 } };
	uint8_t slot[HDB_SLOT_SIZE] = { 0 };

	if (rng_one_in(rng, 8) ? !theirs : theirs)
		id = fields_own_id(rng_below(rng, FIELDS_OWN));
	fields_set(slot, &fields_header[0], type);
	for (unsigned int i = 0; i < 4; i++)
		fields_set(slot + 8 + 4 * i, &word, id.word[i]);
	if (fence) {
		/* Names only grow, and "answer" has some from 1000 on. */
		fields_set(slot, fence, (rng_one_in(rng, 4) ? 2000 : 1) + rng_below(rng, 6));
		fields_set(slot, fields_find(fields_header, "flags"), rng_below(rng, 4));
	}
	if (type == HDB_MSG_RETURN)
		fields_set(slot, fields_find(message->fields, "until"), 1 + rng_below(rng, 64));
	if (type == HDB_MSG_REFUSED)
		fields_set(slot, fields_find(message->fields, "reason"), 1 + rng_below(rng, 3));
	if (type == HDB_MSG_EXPORT) {
		fields_set(slot, fields_of_kind(message->fields, FIELD_PAGES), 1);
		fields_set(slot, fields_of_kind(message->fields, FIELD_REF), 1 + rng_below(rng, 8));
	}
	fields_seal_slot(slot);
	script_add(script, STEP_SLOT, slot, sizeof(slot));
}

/* A few records as the message fuzzer makes them; what is not for us is left out. */
static void generate_records(struct script *script, struct rng *rng, const uint8_t *bytes,
			     size_t size)
{
	static uint8_t input[RECORD_INPUT_MAX];
	const uint8_t *at = input;
	struct record record;
	size_t left;

	memcpy(input, bytes, size);
	for (left = mutate(input, size, sizeof(input), rng_next(rng));
	     record_next(&at, &left, &record);)
		if (step_is_record(record.operation))
			script_add(script, record.operation, record.payload, record.length);
}

static void generate_share(struct script *script, struct rng *rng)
{
	static const uint32_t pages[] = { 1, 1, 2, 3, 16, 17, 64, 200, 1016, 1017, 2033, 5000 };

	script_put(script, STEP_SHARE, 3, rng_below(rng, 4), GENERATE_OF(rng, pages),
		   rng_one_in(rng, 3) ? rng_below(rng, 4) : 0);
}

/* Two values in turn: of an index, a directory page's field, a reference, or anything. */
static void generate_flip(struct script *script, struct rng *rng)
{
	static const uint32_t lines[] = { 0, 64, 128, 192 };
	static const uint32_t fields[] = { 0, 4, 8, 12, 16, 20, 24, 32, 36 };
	static const uint32_t values[] = { 0, 1, 2, 63, 64, 65, 128, 0x7fffffff, 0x80000000,
					   0xffffffff, HDB_DIR_MAGIC, HDB_DIR_REFS, 400, 401 };

	if (rng_one_in(rng, 2))
		script_put(script, STEP_FLIP, 4, 0, rng_one_in(rng, 3) ?
			   HDB_PAGE_SIZE + 4 * rng_below(rng, 8 * 1024) :
			   GENERATE_OF(rng, lines), GENERATE_OF(rng, values),
			   GENERATE_OF(rng, values));
	else
		script_put(script, STEP_FLIP, 4, generate_name(rng), GENERATE_OF(rng, fields),
			   GENERATE_OF(rng, values), GENERATE_OF(rng, values));
}

/* A page that was published is another one. */
static void generate_bytes(struct script *script, struct rng *rng)
{
	uint32_t step[4] = { generate_name(rng), 4 * rng_below(rng, 12),
			     (uint32_t)rng_edge(rng), (uint32_t)rng_edge(rng) };

	script_add(script, STEP_CHANGE, step, 8 + rng_below(rng, 9));
}

static void generate_node(struct script *script, struct rng *rng)
{
	static const char *const nodes[] = { "version", "offer", "event-channel", "ring-ref0",
					     "ring-ref1", "ring-ref8", "state", "peer-name",
					     "online" };
	static const char *const values[] = { "", "0", "1", "2", "8", "-1", "65535", "4294967295",
					      "4294967296", "1x", "abc" };
	const char *node = nodes[rng_below(rng, sizeof(nodes) / sizeof(nodes[0]))], *value;
	char text[64];

	if (rng_one_in(rng, 4)) {
		script_add(script, STEP_FORGET, node, strlen(node));
		return;
	}
	value = values[rng_below(rng, 11)];
	snprintf(text, sizeof(text), "%s%s%s", node, *value ? " " : "", value);
	script_add(script, STEP_NODE, text, strlen(text));
}

/* States and what goes with them, in any order. */
static void generate_states(struct script *script, struct rng *rng)
{
	switch (rng_below(rng, 8)) {
	case 0:
		script_put(script, STEP_RING, 0);
		break;
	case 1:
		script_put(script, STEP_PUBLISH, 0);
		break;
	case 2:
		generate_node(script, rng);
		break;
	case 3:
		script_put(script, STEP_AWAIT, 2, 1 + rng_below(rng, 6), 20 + rng_below(rng, 100));
		break;
	default:
		script_put(script, STEP_STATE, 1, rng_below(rng, rng_one_in(rng, 8) ? 20 : 8));
	}
}

static void generate_step(struct script *script, struct rng *rng)
{
	uint8_t bytes[4];

	switch (rng_below(rng, 20)) {
	case 0:
	case 1:
	case 2:
		generate_share(script, rng);
		break;
	case 3:
	case 4:
	case 5:
	case 6:
		generate_slot(script, rng);
		break;
	case 7:
		generate_records(script, rng, bytes, 0);
		break;
	case 8:
	case 9:
		script_put(script, STEP_ANSWER, 0);
		break;
	case 10:
		script_put(script, STEP_MAP, 1, rng_below(rng, 4));
		break;
	case 11:
		if (rng_one_in(rng, 2))
			script_put(script, STEP_UNMAP, 1, rng_below(rng, 4));
		else
			script_add(script, STEP_DRAIN, NULL, 0);
		break;
	case 12:
		script_put(script, STEP_DATA, 3, 5 + rng_below(rng, 4), 1 + rng_below(rng, 4),
			   rng_below(rng, 3));
		break;
	case 13:
		script_put(script, STEP_REVOKE, 1, generate_name(rng));
		break;
	case 14:
		generate_flip(script, rng);
		break;
	case 15:
		if (rng_one_in(rng, 2))
			script_put(script, STEP_CALM, 0);
		else
			generate_bytes(script, rng);
		break;
	case 16:
		script_put(script, STEP_BELL, 1, 1u << rng_below(rng, 11));
		break;
	case 17:
		generate_states(script, rng);
		break;
	case 18:
		script_put(script, rng_one_in(rng, 3) ? STEP_PART : STEP_CONNECT, 0);
		break;
	default:
		script_put(script, STEP_PAUSE, 1, 1 + rng_below(rng, 30));
	}
}

void script_make(struct script *script, bool backend, struct rng *rng)
{
	unsigned int steps = 4 + rng_below(rng, GENERATE_STEPS);
	bool states = rng_one_in(rng, 5);

	script->backend = backend;
	script->size = 0;
	if (!states)
		script_put(script, STEP_CONNECT, 0);
	while (steps--) {
		if (states)
			generate_states(script, rng);
		else
			generate_step(script, rng);
		/* Never at the same place twice. */
		if (rng_one_in(rng, 100)) {
			script_put(script, STEP_DIE, 0);
			return;
		}
	}
	if (rng_one_in(rng, 4))
		script_put(script, STEP_PART, 0);
}

/* One step of the script in another form, into @to. */
static void generate_change(struct script *to, const struct step *step, struct rng *rng)
{
	const struct step_form *form = &step_forms[step->operation];
	static uint8_t bytes[RECORD_HEADER + RECORD_PAYLOAD_MAX];
	size_t used = 0;

	if (step_is_record(step->operation)) {
		record_put(bytes, sizeof(bytes), &used, step->operation, step->payload,
			   step->length);
		generate_records(to, rng, bytes, used);
		return;
	}
	if (!form->numbers || step->length < 4 * form->numbers) {
		generate_step(to, rng);
		return;
	}
	memcpy(bytes, step->payload, step->length);
	fields_set(bytes + 4 * rng_below(rng, form->numbers), &(struct field){ .size = 4 },
		   rng_one_in(rng, 2) ? rng_below(rng, 8) : rng_edge(rng));
	script_add(to, step->operation, bytes, step->length);
}

void script_mutate(struct script *script, const struct script *other, struct rng *rng)
{
	static struct script to;
	struct step steps[SCRIPT_STEPS], others[SCRIPT_STEPS];
	size_t count = script_steps(script, steps), other_count = script_steps(other, others);
	size_t at = rng_below(rng, (uint32_t)count + 1), from = rng_below(rng, (uint32_t)other_count + 1);
	unsigned int what = rng_below(rng, 8);

	to.backend = script->backend;
	to.size = 0;
	for (size_t i = 0; i <= count; i++) {
		if (i == at && what <= 2)
			generate_step(&to, rng);
		/* Some of another one. */
		for (size_t j = from; i == at && what == 3 && j < other_count && j < from + 4; j++)
			script_add(&to, others[j].operation, others[j].payload, others[j].length);
		if (i == count || (i == at && what == 4))
			continue;
		if (i == at && what >= 6)
			generate_change(&to, &steps[i], rng);
		else
			script_add(&to, steps[i].operation, steps[i].payload, steps[i].length);
		if (i == at && what == 5)
			script_add(&to, steps[i].operation, steps[i].payload, steps[i].length);
	}
	*script = to;
}
