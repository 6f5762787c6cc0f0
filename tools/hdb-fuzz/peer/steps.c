// SPDX-License-Identifier: MIT
#include "steps.h"
#include "fields.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What a script may ask for at most; nothing of it depends on the other end. */
#define STEPS_CONNECT_MS	1000
#define STEPS_AWAIT_MS		1000u
#define STEPS_PAUSE_MS		200u
#define STEPS_BELLS		4000u
#define STEPS_HEAR_MS		20
/* Names of references that "share" gives, beside 1 to 4, one for each buffer's first page. */
#define STEPS_DIRS		100u
#define STEPS_DIRS_EACH		32u
#define STEPS_DATA		400u
#define STEPS_DATA_EACH		16u
#define STEPS_SHARES		4u

static const struct field steps_ref = { .size = 4 };

static uint32_t steps_least(uint32_t one, uint32_t other)
{
	return one < other ? one : other;
}

/* The other end did @what when we did @step. */
static void steps_reaction(struct stage *stage, uint32_t step, uint32_t what)
{
	uint32_t hash = (step * 2654435761u ^ what * 40503u) * 2246822519u >> 20;

	stage->shared->reactions[hash % RUN_REACTIONS / 8] |= (uint8_t)(1u << hash % 8);
}

static void steps_look(struct stage *stage, unsigned int operation)
{
	enum end_state state = end_other(&stage->end);

	steps_reaction(stage, 0x1000 + operation, (uint32_t)(stage->other << 8 | state));
	stage->other = state;
}

/* ---- messages ---- */

static void steps_names_slot(struct stage *stage, uint8_t *slot)
{
	const struct field_message *message = fields_of_type(fields_get(slot, &fields_header[0]));
	const struct field *id = fields_of_kind(fields_header, FIELD_ID);
	const struct field *ref = message ? fields_of_kind(message->fields, FIELD_REF) : NULL;

	if (ref)
		fields_set(slot, ref, memory_ref(&stage->memory, (uint32_t)fields_get(slot, ref)));
	for (unsigned int i = 0; i < FIELDS_OWN; i++) {
		struct hdb_id own = fields_own_id(i);

		/* As a host of that byte order has it in memory, which Xen's are. */
		if (stage->theirs.list[i].there && !memcmp(slot + id->offset, &own, sizeof(own)))
			memcpy(slot + id->offset, &stage->theirs.list[i].msg.id, sizeof(own));
	}
}

static void steps_slot(struct stage *stage, const struct step *step)
{
	uint8_t slot[HDB_SLOT_SIZE] = { 0 };

	memcpy(slot, step->payload, steps_least(step->length, sizeof(slot)));
	steps_names_slot(stage, slot);
	stage->sent = slot[0];
	end_send(&stage->end, slot);
}

static void steps_hear(struct stage *stage, bool answer)
{
	uint8_t slot[HDB_SLOT_SIZE];
	struct hdb_msg msg;

	end_listen(&stage->end, STEPS_HEAR_MS);
	for (unsigned int i = 0; i < 4 * HDB_SLOTS && end_receive(&stage->end, slot); i++) {
		if (hdb_msg_decode(slot, &msg))
			continue;
		steps_reaction(stage, 0x2000 + stage->sent,
			       (uint32_t)msg.type << 16 | msg.flags << 8 | msg.reason);
		theirs_heard(&stage->theirs, &msg);
	}
	if (answer)
		theirs_answer(&stage->theirs);
}

static void steps_index(struct stage *stage, const struct step *step)
{
	const struct record record = { .length = step->length, .payload = step->payload };
	uint32_t value = record_number(&record, 1, 4);

	if (!stage->end.pages || !step->length)
		return;
	switch (step->payload[0] % RECORD_WORDS) {
	case RECORD_PRODUCER:
		end_producer(&stage->end)->index = value;
		break;
	case RECORD_WAIT_ROOM:
		end_producer(&stage->end)->wait_room = value;
		break;
	default:
		end_consumer(&stage->end)->index = value;
	}
	end_bell(&stage->end);
}

static void steps_write(struct stage *stage, const struct step *step)
{
	const struct record record = { .length = step->length, .payload = step->payload };
	size_t offset = record_number(&record, 0, 2) % (HDB_RING_PAGES * HDB_PAGE_SIZE);
	size_t length = step->length > 2 ? step->length - 2u : 0;

	if (!stage->end.pages)
		return;
	if (length > HDB_RING_PAGES * HDB_PAGE_SIZE - offset)
		length = HDB_RING_PAGES * HDB_PAGE_SIZE - offset;
	memcpy(stage->end.pages + offset, step->payload + 2, length);
	end_bell(&stage->end);
}

/* ---- pages ---- */

static void steps_page(struct stage *stage, const struct step *step)
{
	uint8_t bytes[HDB_PAGE_SIZE] = { 0 };
	const struct record record = { .length = step->length, .payload = step->payload };
	const struct field *next = fields_find(fields_page, "next");
	uint32_t name = record_number(&record, 0, 4);
	/* One that was granted before is written again. */
	uint8_t *page = memory_page(&stage->memory, name);

	if (!page)
		page = memory_grant(&stage->memory, name, 1, 0);
	if (!page)
		return;
	if (step->length > 4)
		memcpy(bytes, step->payload + 4, step->length - 4u);
	fields_set(bytes, next, memory_ref(&stage->memory, (uint32_t)fields_get(bytes, next)));
	for (size_t at = HDB_DIR_HEADER; at < HDB_PAGE_SIZE; at += 4)
		fields_set(bytes + at, &steps_ref, memory_ref(&stage->memory, (uint32_t)
			   fields_get(bytes + at, &steps_ref)));
	memcpy(page, bytes, sizeof(bytes));
}

static void steps_data(struct stage *stage, const struct step *step)
{
	static const unsigned int flags[] = { MEMORY_WRITABLE, 0, MEMORY_FOREIGN };
	uint32_t count = steps_least(step_number(step, 1), 64);
	uint8_t *page = memory_grant(&stage->memory, step_number(step, 0), count,
				     flags[step_number(step, 2) % 3]);

	if (page)
		memset(page, 0x5a, (size_t)count * HDB_PAGE_SIZE);
}

/* All data pages again and again; a chain of as many directory pages as it takes. */
static bool steps_share_pages(struct stage *stage, uint32_t number, uint32_t pages,
			      uint32_t flags)
{
	uint32_t dirs = hdb_dir_count(pages), data = steps_least(pages, STEPS_DATA_EACH);
	uint32_t first = STEPS_DATA + number * STEPS_DATA_EACH;
	uint32_t refs[HDB_DIR_REFS * STEPS_DIRS_EACH];

	if (!memory_page(&stage->memory, first + data - 1) &&
	    !memory_grant(&stage->memory, first, data,
			  flags & HDB_BUF_WRITABLE ? MEMORY_WRITABLE : 0))
		return false;
	for (uint32_t i = 0; i < pages; i++)
		refs[i] = memory_ref(&stage->memory, first + i % data);
	/* From the last one on, so that each knows the next. */
	for (uint32_t i = dirs, next = 0; i--;) {
		uint32_t name = i ? STEPS_DIRS + number * STEPS_DIRS_EACH + i : 1 + number;
		uint8_t *page = memory_page(&stage->memory, name);

		if (!page)
			page = memory_grant(&stage->memory, name, 1, 0);
		if (!page)
			return false;
		hdb_dir_encode(page, i, pages, flags, refs, next);
		next = memory_ref(&stage->memory, name);
	}
	return true;
}

static void steps_share(struct stage *stage, const struct step *step)
{
	uint32_t number = step_number(step, 0) % STEPS_SHARES;
	uint32_t pages = step_number(step, 1) % (HDB_DIR_REFS * STEPS_DIRS_EACH);
	uint32_t flags = step_number(step, 2) & (HDB_BUF_FLAGS | HDB_EXPORT_QUIET);
	struct hdb_msg msg = {
		.type = HDB_MSG_EXPORT, .flags = flags,
		.id = { { 0x02000001 + number, 1, 2, 3 } },
		.nr_pages = pages ? pages : 1,
		.priv_len = 4, .priv = "fuzz",
	};
	uint8_t slot[HDB_SLOT_SIZE];

	if (!steps_share_pages(stage, number, msg.nr_pages, flags & HDB_BUF_FLAGS))
		return;
	msg.size = (uint64_t)msg.nr_pages * HDB_PAGE_SIZE;
	msg.dir_ref = memory_ref(&stage->memory, 1 + number);
	hdb_msg_encode(&msg, slot);
	stage->sent = HDB_MSG_EXPORT;
	end_send(&stage->end, slot);
}

static void steps_change(struct stage *stage, const struct step *step)
{
	uint8_t *page = memory_page(&stage->memory, step_number(step, 0));
	size_t offset = step_number(step, 1) % HDB_PAGE_SIZE;
	size_t length = step->length > 8 ? step->length - 8u : 0;

	if (page)
		memcpy(page + offset, step->payload + 8,
		       length < HDB_PAGE_SIZE - offset ? length : HDB_PAGE_SIZE - offset);
}

static void steps_flip(struct stage *stage, const struct step *step)
{
	uint32_t name = step_number(step, 0);
	size_t offset = step_number(step, 1) & ~3u;
	uint8_t *page = name ? memory_page(&stage->memory, name) : stage->end.pages;

	if (!page)
		return;
	offset %= name ? HDB_PAGE_SIZE : HDB_RING_PAGES * HDB_PAGE_SIZE;
	memory_flip(&stage->memory, (volatile uint32_t *)(page + offset), step_number(step, 2),
		    step_number(step, 3));
}

/* ---- the rest ---- */

static void steps_node(struct stage *stage, const struct step *step)
{
	char text[128];
	char *space;

	snprintf(text, sizeof(text), "%.*s", step->length, (const char *)step->payload);
	space = strchr(text, ' ');
	if (space)
		*space++ = '\0';
	if (!*text || strchr(text, '/'))
		return;
	if (step->operation == STEP_FORGET)
		end_forget(&stage->end, text);
	else
		end_write(&stage->end, text, space ? space : "");
}

static void steps_ring(struct stage *stage, const struct step *step)
{
	/* Threads write there. */
	memory_calm(&stage->memory);
	memset(stage->theirs.list, 0, sizeof(stage->theirs.list));
	if (step->operation == STEP_CONNECT)
		end_connect(&stage->end, STEPS_CONNECT_MS);
	else if (step->operation == STEP_PART)
		end_part(&stage->end);
	else
		end_ring(&stage->end);
}

static void steps_bell(struct stage *stage, uint32_t times)
{
	for (times = steps_least(times, STEPS_BELLS); times; times--)
		end_bell(&stage->end);
}

void steps_do(struct stage *stage, const struct step *step)
{
	struct their *their = &stage->theirs.list[step_number(step, 0) % THEIRS];

	switch (step->operation) {
	case STEP_SLOT:
		steps_slot(stage, step);
		return;
	case STEP_WRITE:
		steps_write(stage, step);
		break;
	case STEP_INDEX:
		steps_index(stage, step);
		break;
	case STEP_PAGE:
		steps_page(stage, step);
		return;
	case STEP_DRAIN:
	case STEP_ANSWER:
		steps_hear(stage, step->operation == STEP_ANSWER);
		return;
	case STEP_CONNECT:
	case STEP_RING:
	case STEP_PART:
		steps_ring(stage, step);
		break;
	case STEP_PUBLISH:
		end_publish(&stage->end);
		break;
	case STEP_STATE:
		end_say(&stage->end, step_number(step, 0));
		break;
	case STEP_AWAIT:
		end_await(&stage->end, 1u << (step_number(step, 0) & 15),
			  steps_least(step_number(step, 1), STEPS_AWAIT_MS));
		break;
	case STEP_NODE:
	case STEP_FORGET:
		steps_node(stage, step);
		break;
	case STEP_DIE:
		kill(getpid(), SIGKILL);
		return;
	case STEP_DATA:
		steps_data(stage, step);
		return;
	case STEP_SHARE:
		steps_share(stage, step);
		return;
	case STEP_REVOKE:
		memory_revoke(&stage->memory, step_number(step, 0));
		return;
	case STEP_CHANGE:
		steps_change(stage, step);
		return;
	case STEP_FLIP:
		steps_flip(stage, step);
		return;
	case STEP_CALM:
		memory_calm(&stage->memory);
		return;
	case STEP_BELL:
		steps_bell(stage, step_number(step, 0));
		break;
	case STEP_MAP:
		steps_reaction(stage, 0x3000, theirs_map(&stage->theirs, their));
		return;
	case STEP_UNMAP:
		theirs_unmap(&stage->theirs, their);
		return;
	case STEP_PAUSE:
		usleep(1000 * steps_least(step_number(step, 0), STEPS_PAUSE_MS));
		return;
	default:
		return;
	}
	steps_look(stage, step->operation);
}
