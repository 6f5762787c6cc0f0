// SPDX-License-Identifier: MIT
#include "mutate.h"
#include "fields.h"
#include "record.h"
#include "rng.h"

/* A link can send this much in one input, and no sense comes of more. */
#define MUTATE_RECORDS	256

/* Types of messages that are tried often: those that there are, and some that there are not. */
#define MUTATE_TYPES	10

/* Of a list of records, in memory that it owns. */
struct mutate_list {
	struct {
		enum record_operation operation;
		uint16_t length;
		uint8_t *payload;	/* room for RECORD_PAYLOAD_MAX */
	} item[MUTATE_RECORDS];
	size_t count;
};

static uint8_t mutate_store[MUTATE_RECORDS][RECORD_PAYLOAD_MAX];
static struct mutate_list mutate_list;

/* What a field of a record of that kind can lie in; beyond its length all of it is zero. */
static size_t mutate_room(enum record_operation operation)
{
	return operation == RECORD_PAGE ? RECORD_PAYLOAD_MAX : 2 * HDB_SLOT_SIZE;
}

static void mutate_set(struct mutate_list *list, size_t at, enum record_operation operation,
		       const uint8_t *payload, uint16_t length)
{
	list->item[at].operation = operation;
	list->item[at].length = length;
	memcpy(list->item[at].payload, payload, length);
	if (length < mutate_room(operation))
		memset(list->item[at].payload + length, 0, mutate_room(operation) - length);
}

static void mutate_parse(struct mutate_list *list, const uint8_t *bytes, size_t size)
{
	struct record record;

	for (size_t i = 0; i < MUTATE_RECORDS; i++)
		list->item[i].payload = mutate_store[i];
	for (list->count = 0; list->count < MUTATE_RECORDS; list->count++) {
		if (!record_next(&bytes, &size, &record))
			break;
		mutate_set(list, list->count, record.operation, record.payload, record.length);
	}
}

static size_t mutate_serialise(const struct mutate_list *list, uint8_t *bytes, size_t room)
{
	size_t used = 0;

	for (size_t i = 0; i < list->count; i++)
		if (!record_put(bytes, room, &used, list->item[i].operation,
				list->item[i].payload, list->item[i].length))
			break;
	if (!used && room) {
		bytes[0] = RECORD_DRAIN;
		used = 1;
	}
	return used;
}

/* ---- fields ------------------------------------------------------------ */

/* References and ids are few, so that they meet each other. */
static uint64_t mutate_ref(struct rng *rng)
{
	return rng_one_in(rng, 8) ? rng_edge(rng) : 1 + rng_below(rng, 8);
}

static uint64_t mutate_pages(struct rng *rng)
{
	static const uint32_t edges[] = {
		0, 1, 2, HDB_DIR_REFS - 1, HDB_DIR_REFS, HDB_DIR_REFS + 1, 2 * HDB_DIR_REFS,
		2 * HDB_DIR_REFS + 1, HDB_MAX_PAGES - 1, HDB_MAX_PAGES, HDB_MAX_PAGES + 1,
		UINT32_MAX,
	};

	if (rng_one_in(rng, 3))
		return edges[rng_below(rng, sizeof(edges) / sizeof(edges[0]))];
	return rng_one_in(rng, 8) ? rng_edge(rng) : 1 + rng_below(rng, 4);
}

static void mutate_id(struct rng *rng, uint8_t *at)
{
	struct hdb_id id = { { 0x02000001 + rng_below(rng, 4), 1, 2, 3 } };
	const struct field word = { .size = 4 };

	if (rng_one_in(rng, 2))
		id = fields_own_id(rng_below(rng, FIELDS_OWN));
	if (rng_one_in(rng, 6))
		id.word[rng_below(rng, 4)] = rng_edge(rng);
	if (rng_one_in(rng, 12))
		id.word[0] ^= 1u << rng_below(rng, 32);
	for (unsigned int i = 0; i < 4; i++)
		fields_set(at + 4 * i, &word, id.word[i]);
}

static void mutate_field(struct rng *rng, const struct field *field, uint8_t *bytes)
{
	uint64_t value = fields_get(bytes, field);

	switch (field->kind) {
	case FIELD_ID:
		mutate_id(rng, bytes + field->offset);
		return;
	case FIELD_PRIV:
		for (unsigned int i = rng_below(rng, 16); i; i--)
			bytes[field->offset + rng_below(rng, HDB_MAX_PRIV)] = rng_next(rng) & 0xff;
		return;
	case FIELD_TYPE:
		value = rng_one_in(rng, 8) ? rng_edge(rng) : 1 + rng_below(rng, MUTATE_TYPES);
		break;
	case FIELD_FLAGS:
		value ^= 1ull << rng_below(rng, rng_one_in(rng, 4) ? 32 : 2);
		break;
	case FIELD_PAGES:
		value = mutate_pages(rng);
		break;
	case FIELD_REF:
		value = mutate_ref(rng);
		break;
	case FIELD_PRIV_LEN:
		value = rng_one_in(rng, 3) ? HDB_MAX_PRIV - 1 + rng_below(rng, 3) :
					     rng_below(rng, HDB_MAX_PRIV + 1);
		break;
	case FIELD_COUNT:
		value = rng_one_in(rng, 2) ? HDB_DIR_REFS - 1 + rng_below(rng, 3) :
					     value + rng_below(rng, 3) - 1;
		break;
	case FIELD_REASON:
		value = rng_below(rng, 6);
		break;
	default:
		value = rng_one_in(rng, 2) ? value + rng_below(rng, 3) - 1 : rng_edge(rng);
	}
	if (rng_one_in(rng, 10))
		value = rng_edge(rng);
	fields_set(bytes, field, value);
}

static const struct field *mutate_choose(struct rng *rng, const struct field *fields)
{
	size_t count = 0;

	while (fields[count].name)
		count++;
	return count ? &fields[rng_below(rng, count)] : NULL;
}

static void mutate_slot(struct rng *rng, uint8_t *slot)
{
	const struct field_message *message = fields_of_type(fields_get(slot, &fields_header[0]));
	const struct field *fields = message && !rng_one_in(rng, 4) ? message->fields : fields_header;
	const struct field *field = mutate_choose(rng, fields);

	if (!field)
		field = mutate_choose(rng, fields_header);
	mutate_field(rng, field, slot);
	if (rng_one_in(rng, 16))
		slot[rng_below(rng, HDB_SLOT_SIZE)] ^= 1u << rng_below(rng, 8);
	if (!rng_one_in(rng, 8))
		fields_seal_slot(slot);
}

static void mutate_refs(uint8_t *page, uint32_t count)
{
	const struct field ref = { .size = 4 };

	for (uint32_t i = 0; i < count; i++)
		fields_set(page + HDB_DIR_HEADER + 4 * i, &ref, 1 + i);
}

/* @page is behind the reference of its record. */
static void mutate_page(struct rng *rng, uint8_t *page)
{
	const struct field ref = { .size = 4 };

	if (rng_one_in(rng, 2))
		mutate_field(rng, mutate_choose(rng, fields_page), page);
	else
		fields_set(page + HDB_DIR_HEADER + 4 * rng_below(rng, HDB_DIR_REFS), &ref,
			   mutate_ref(rng));
	if (rng_one_in(rng, 4))
		mutate_refs(page, rng_one_in(rng, 2) ? HDB_DIR_REFS :
						      rng_below(rng, HDB_DIR_REFS + 1));
	if (!rng_one_in(rng, 8))
		fields_seal_page(page);
	/* All that a page can hold, whatever the buffer is said to have. */
	if (rng_one_in(rng, 8)) {
		mutate_refs(page, HDB_DIR_REFS);
		fields_set(page, fields_of_kind(fields_page, FIELD_COUNT), HDB_DIR_REFS);
	}
}

/* ---- records ----------------------------------------------------------- */

static void mutate_number(struct rng *rng, uint8_t *at, unsigned int width)
{
	const struct field number = { .size = width };

	fields_set(at, &number, rng_one_in(rng, 2) ? rng_edge(rng) :
			fields_get(at, &number) + rng_below(rng, 2 * HDB_SLOTS) - HDB_SLOTS);
}

/* A new record of a kind, all of it right as far as one record can be. */
static void mutate_fill(struct rng *rng, struct mutate_list *list, size_t at)
{
	uint8_t *payload = list->item[at].payload;
	enum record_operation operation = rng_one_in(rng, 3) ? RECORD_SLOT :
					  rng_below(rng, RECORD_OPERATIONS);
	uint16_t length = 0;

	memset(payload, 0, mutate_room(operation));
	switch (operation) {
	case RECORD_SLOT:
		length = HDB_SLOT_SIZE;
		fields_set(payload, &fields_header[0], 1 + rng_below(rng, MUTATE_TYPES));
		mutate_id(rng, payload + fields_header[3].offset);
		if (fields_get(payload, &fields_header[0]) == HDB_MSG_EXPORT) {
			const struct field *fields = fields_of_type(HDB_MSG_EXPORT)->fields;

			fields_set(payload, fields_of_kind(fields, FIELD_PAGES), mutate_pages(rng));
			fields_set(payload, fields_of_kind(fields, FIELD_REF), mutate_ref(rng));
		}
		fields_seal_slot(payload);
		break;
	case RECORD_PAGE:
		length = RECORD_PAYLOAD_MAX;
		mutate_number(rng, payload, 1);
		payload[0] = 1 + payload[0] % 8;
		fields_set(payload + 4, fields_find(fields_page, "nr_pages"), mutate_pages(rng));
		fields_set(payload + 4, fields_find(fields_page, "index"),
			   rng_one_in(rng, 2) ? 0 : rng_below(rng, 3));
		mutate_refs(payload + 4, HDB_DIR_REFS);
		fields_seal_page(payload + 4);
		if (rng_one_in(rng, 2))
			mutate_page(rng, payload + 4);
		break;
	case RECORD_WRITE:
		length = 2 + 1 + rng_below(rng, 64);
		for (unsigned int i = 0; i < length; i++)
			payload[i] = rng_next(rng) & 0xff;
		/* Half of them into the control page. */
		if (rng_one_in(rng, 2))
			payload[1] = 0;
		break;
	case RECORD_INDEX:
		length = 5;
		payload[0] = rng_below(rng, RECORD_WORDS);
		mutate_number(rng, payload + 1, 4);
		break;
	case RECORD_SHARE:
		length = 1 + rng_below(rng, HDB_MAX_PRIV + 1);
		payload[0] = rng_below(rng, FIELDS_OWN);
		break;
	case RECORD_TAKE:
	case RECORD_UNEXPORT:
		length = 1;
		payload[0] = rng_below(rng, HDB_SLOTS + 1);
		break;
	case RECORD_DRAIN:
	case RECORD_BACKEND:
	case RECORD_OPERATIONS:
		break;
	}
	list->item[at].operation = operation;
	list->item[at].length = length;
}

static void mutate_swap(struct mutate_list *list, size_t one, size_t two)
{
	__typeof__(list->item[0]) item = list->item[one];

	list->item[one] = list->item[two];
	list->item[two] = item;
}

/* The last item goes to @at, those behind it move on. */
static void mutate_move_last(struct mutate_list *list, size_t at)
{
	for (size_t i = list->count - 1; i > at; i--)
		mutate_swap(list, i, i - 1);
}

static void mutate_insert(struct rng *rng, struct mutate_list *list)
{
	size_t at = rng_below(rng, list->count + 1);

	if (list->count == MUTATE_RECORDS)
		return;
	mutate_fill(rng, list, list->count++);
	mutate_move_last(list, at);
}

static void mutate_repeat(struct rng *rng, struct mutate_list *list)
{
	size_t from = rng_below(rng, list->count), times = 1;

	/* Now and then as often as a ring has slots. */
	if (rng_one_in(rng, 8))
		times = 1 + rng_below(rng, HDB_SLOTS + 2);
	for (; times && list->count && list->count < MUTATE_RECORDS; times--) {
		mutate_set(list, list->count++, list->item[from].operation,
			   list->item[from].payload, list->item[from].length);
		mutate_move_last(list, from);
	}
}

static void mutate_remove(struct rng *rng, struct mutate_list *list)
{
	size_t at = rng_below(rng, list->count);

	if (!list->count)
		return;
	for (; at + 1 < list->count; at++)
		mutate_swap(list, at, at + 1);
	list->count--;
}

static void mutate_change(struct rng *rng, struct mutate_list *list)
{
	size_t at = rng_below(rng, list->count);
	uint8_t *payload = list->item[at].payload;

	if (!list->count)
		return;
	switch (list->item[at].operation) {
	case RECORD_SLOT:
		list->item[at].length = HDB_SLOT_SIZE;
		mutate_slot(rng, payload);
		break;
	case RECORD_PAGE:
		list->item[at].length = RECORD_PAYLOAD_MAX;
		mutate_page(rng, payload + 4);
		break;
	case RECORD_INDEX:
		mutate_number(rng, payload + 1, 4);
		break;
	default:
		mutate_fill(rng, list, at);
	}
}

size_t mutate(uint8_t *bytes, size_t size, size_t room, uint64_t seed)
{
	struct mutate_list *list = &mutate_list;
	struct rng rng;

	rng_seed(&rng, seed);
	mutate_parse(list, bytes, size);
	for (unsigned int i = 1 + rng_below(&rng, 4); i; i--) {
		switch (rng_below(&rng, 8)) {
		case 0:
		case 1:
			mutate_insert(&rng, list);
			break;
		case 2:
			mutate_remove(&rng, list);
			break;
		case 3:
			mutate_repeat(&rng, list);
			break;
		case 4:
			if (list->count)
				mutate_swap(list, rng_below(&rng, list->count),
					    rng_below(&rng, list->count));
			break;
		default:
			mutate_change(&rng, list);
		}
	}
	return mutate_serialise(list, bytes, room);
}

size_t mutate_cross(const uint8_t *one, size_t one_size, const uint8_t *two, size_t two_size,
		    uint8_t *out, size_t room, uint64_t seed)
{
	struct record record;
	size_t used = 0;
	struct rng rng;

	rng_seed(&rng, seed);
	for (;;) {
		const uint8_t **bytes = rng_one_in(&rng, 2) ? &one : &two;
		size_t *left = bytes == &one ? &one_size : &two_size;

		if (!record_next(bytes, left, &record) ||
		    !record_put(out, room, &used, record.operation, record.payload, record.length))
			break;
	}
	if (!used && room)
		out[used++] = RECORD_DRAIN;
	return used;
}
