// SPDX-License-Identifier: MIT
#include "link.h"
#include "record.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../../driver/backend/ring.h"

#define LINK_IMPORTS	8
#define LINK_PAGES	16
#define LINK_BYTES	(HDB_RING_PAGES * HDB_PAGE_SIZE)

/* What memory holds that nobody has written. */
#define LINK_UNTOUCHED	0xa5

struct link_page {
	uint32_t ref;		/* 0: free */
	uint8_t *bytes;
};

struct link_export {
	bool shared;
	enum hdb_export_state state;
};

struct link {
	uint8_t *memory;	/* LINK_BYTES, shared by both ends */
	struct hdb_ring ring;
	uint32_t peer_prod;	/* what a peer that keeps to the protocol counts */
	struct link_export exports[FIELDS_OWN];
	struct hdb_msg imports[LINK_IMPORTS];	/* type 0: free */
	struct link_page pages[LINK_PAGES];
	unsigned int next_page;
	struct link_counts counts;
	uint8_t *seen;
};

__attribute__((format(printf, 1, 2), noreturn))
static void link_wrong(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "hdb-fuzz: wrong: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	abort();
}

static void link_corrupt(struct link *link)
{
	link->counts.corrupt = 1;
}

/* ---- directory pages --------------------------------------------------- */

static struct link_page *link_page_find(struct link *link, uint32_t ref)
{
	for (unsigned int i = 0; i < LINK_PAGES; i++)
		if (ref && link->pages[i].ref == ref)
			return &link->pages[i];
	return NULL;
}

static void link_page_grant(struct link *link, const struct record *record)
{
	uint32_t ref = record_number(record, 0, 4);
	struct link_page *page = link_page_find(link, ref);

	if (!page)
		page = &link->pages[link->next_page++ % LINK_PAGES];
	if (!page->bytes)
		page->bytes = malloc(HDB_PAGE_SIZE);
	page->ref = ref;
	memset(page->bytes, 0, HDB_PAGE_SIZE);
	if (record->length > 4)
		memcpy(page->bytes, record->payload + 4, record->length - 4);
}

/* What is written must be what the page says, and nothing beside it. */
static void link_dir_check(const uint8_t *page, uint32_t index, const struct hdb_msg *msg,
			   uint32_t *refs, uint32_t next)
{
	uint32_t first = index * HDB_DIR_REFS;
	uint32_t left = msg->nr_pages - first;
	uint32_t count = left < HDB_DIR_REFS ? left : HDB_DIR_REFS;
	uint8_t again[HDB_PAGE_SIZE];

	hdb_dir_encode(again, index, msg->nr_pages, msg->flags, refs, next);
	if (memcmp(again, page, HDB_DIR_HEADER + 4 * count))
		link_wrong("directory page %u is accepted, but not what is made of its contents",
			   index);
	for (uint32_t i = 0; i < count; i++)
		if (!refs[first + i])
			link_wrong("directory page %u gives reference 0", index);
}

/* As the driver's reader does it: each page is copied once, in order. */
static bool link_dir_read(struct link *link, const struct hdb_msg *msg)
{
	uint32_t dirs = hdb_dir_count(msg->nr_pages), ref = msg->dir_ref;
	uint32_t *refs;
	bool read = false;

	if (!link_page_find(link, ref))
		return false;
	refs = malloc(msg->nr_pages * sizeof(*refs));
	for (uint32_t index = 0; index < dirs; index++) {
		const struct link_page *page = link_page_find(link, ref);
		uint8_t copy[HDB_PAGE_SIZE];
		uint32_t next = 0;

		if (!page)
			break;
		memcpy(copy, page->bytes, HDB_PAGE_SIZE);
		if (hdb_dir_decode(copy, index, msg->nr_pages, msg->flags, refs, &next))
			break;
		link_dir_check(copy, index, msg, refs, next);
		ref = next;
		read = index + 1 == dirs;
		if (!next != read)
			link_wrong("the chain has %u pages of %u", index + 1, dirs);
	}
	free(refs);
	return read;
}

/* ---- messages ---------------------------------------------------------- */

static int link_import(struct link *link, const struct hdb_msg *msg)
{
	struct hdb_msg *room = NULL, *entry = NULL;

	for (unsigned int i = 0; i < LINK_IMPORTS; i++) {
		struct hdb_msg *import = &link->imports[i];

		if (!import->type)
			room = room ? room : import;
		else if (hdb_id_equal(&import->id, &msg->id))
			entry = import;
	}
	if (msg->type == HDB_MSG_UNEXPORT) {
		if (!entry)
			return -ENOENT;
		entry->type = 0;
		return 0;
	}
	if (entry && (entry->flags != msg->flags || entry->nr_pages != msg->nr_pages ||
		      entry->dir_ref != msg->dir_ref))
		return -EINVAL;
	if (!entry && !room)
		return -ENOSPC;
	*(entry ? entry : room) = *msg;
	if (link_dir_read(link, msg))
		link->counts.imported++;
	else
		link->counts.unread++;
	return 0;
}

static int link_export(struct link *link, const struct hdb_msg *msg)
{
	for (unsigned int i = 0; i < FIELDS_OWN; i++) {
		struct link_export *export = &link->exports[i];
		struct hdb_id id = fields_own_id(i);
		enum hdb_export_state before = export->state;
		int next;

		if (!export->shared || !hdb_id_equal(&id, &msg->id))
			continue;
		next = hdb_export_next(before, msg->type);
		if (link->seen && (unsigned int)msg->type < LINK_TYPES)
			link->seen[before * LINK_TYPES + msg->type] = 1 + (next >= 0);
		if (next >= (int)HDB_EXPORT_STATES)
			link_wrong("state %d is none", next);
		if (next < 0)
			return next;
		if (before == HDB_EXPORT_GONE)
			link_wrong("a message of type %u revives what is gone", msg->type);
		if (next == HDB_EXPORT_GONE && msg->type != HDB_MSG_RELEASED &&
		    msg->type != HDB_MSG_REFUSED)
			link_wrong("a message of type %u lets an export go", msg->type);
		export->state = next;
		link->counts.gone += next == HDB_EXPORT_GONE;
		/* The number may be used again. */
		export->shared = next != HDB_EXPORT_GONE;
		return 0;
	}
	return -ENOENT;
}

/* All that the header promises of a message that was accepted. */
static void link_msg_check(const uint8_t *slot, const struct hdb_msg *msg)
{
	uint8_t again[HDB_SLOT_SIZE];

	hdb_msg_encode(msg, again);
	if (memcmp(again, slot, HDB_SLOT_SIZE))
		link_wrong("a message of type %u is accepted, but not what is made of its contents",
			   msg->type);
	if (!(msg->id.word[0] & 0xffffff) || msg->id.word[0] >> 31)
		link_wrong("the id %08x is accepted", msg->id.word[0]);
	if (msg->type >= HDB_MSG_FENCE &&
	    (!msg->fence || !msg->until != (msg->type != HDB_MSG_RETURN) ||
	     msg->reason > HDB_MAX_ERRNO))
		link_wrong("fence %llu until %llu, error %u, is accepted",
			   (unsigned long long)msg->fence, (unsigned long long)msg->until,
			   msg->reason);
	if (msg->type != HDB_MSG_EXPORT)
		return;
	if (!msg->nr_pages || msg->nr_pages > HDB_MAX_PAGES || !msg->dir_ref ||
	    msg->size != (uint64_t)msg->nr_pages * HDB_PAGE_SIZE)
		link_wrong("an export of %u pages in %llu bytes at %u is accepted", msg->nr_pages,
			   (unsigned long long)msg->size, msg->dir_ref);
	if (msg->priv_len > HDB_MAX_PRIV)
		link_wrong("%u bytes of private data are accepted", msg->priv_len);
}

static int link_message(struct link *link, const uint8_t *slot)
{
	struct hdb_msg msg, untouched;
	int error;

	memset(&msg, LINK_UNTOUCHED, sizeof(msg));
	memset(&untouched, LINK_UNTOUCHED, sizeof(untouched));
	error = hdb_msg_decode(slot, &msg);
	if (error) {
		if (error != -EINVAL && error != -EOPNOTSUPP)
			link_wrong("decoding fails with %d", error);
		if (memcmp(&msg, &untouched, sizeof(msg)))
			link_wrong("a message that is refused leaves something behind");
		return error;
	}
	link_msg_check(slot, &msg);
	/* Which names there are is the driver's matter; a buffer's state is none of theirs. */
	if (msg.type >= HDB_MSG_FENCE)
		return 0;
	if (msg.type == HDB_MSG_EXPORT || msg.type == HDB_MSG_UNEXPORT)
		return link_import(link, &msg);
	return link_export(link, &msg);
}

/* ---- both ends --------------------------------------------------------- */

static void link_take(struct link *link, unsigned int budget)
{
	/* Of its exact size, so that a byte too many is noticed. */
	const uint32_t *ready = &link->ring.control->producer[!link->ring.tx_dir].index;
	uint8_t *slot = malloc(HDB_SLOT_SIZE);
	unsigned int taken = 0;
	int got = 0;

	for (; taken < budget && !link->counts.corrupt; taken++) {
		got = hdb_ring_get(&link->ring, slot);
		if (got <= 0)
			break;
		if (*ready - (link->ring.rx_cons - 1) > HDB_SLOTS)
			link_wrong("a message is taken out of a ring with %u messages",
				   *ready - (link->ring.rx_cons - 1));
		link->counts.received++;
		link->counts.bad += link_message(link, slot) != 0;
	}
	free(slot);
	if (got < 0)
		link_corrupt(link);
	if (taken > HDB_SLOTS)
		link_wrong("%u messages in a ring of %u", taken, HDB_SLOTS);
	if (!link->counts.corrupt)
		hdb_ring_release(&link->ring);
}

static void link_put(struct link *link, const struct hdb_msg *msg)
{
	const struct hdb_ring_line *line = &link->ring.control->producer[link->ring.tx_dir];
	uint8_t *slot = malloc(HDB_SLOT_SIZE);
	uint32_t before = link->ring.tx_prod;
	int error;

	hdb_msg_encode(msg, slot);
	error = hdb_ring_put(&link->ring, slot);
	free(slot);
	if (error == -EPROTO)
		link_corrupt(link);
	else if (error && error != -EAGAIN)
		link_wrong("sending fails with %d", error);
	if (link->ring.tx_prod - before != !error)
		link_wrong("%u slots for a message", link->ring.tx_prod - before);
	if (!error && before - link->ring.control->consumer[link->ring.tx_dir].index >= HDB_SLOTS)
		link_wrong("a message is put into a ring that is full, or corrupt");
	if (!error && line->index != link->ring.tx_prod)
		link_wrong("a message that was sent is not published");
	link->counts.sent += !error;
}

static void link_share(struct link *link, const struct record *record)
{
	unsigned int number = record_number(record, 0, 1) % FIELDS_OWN;
	uint32_t priv = record->length > 1 ? record->length - 1 : 0;
	struct hdb_msg msg = {
		.type = HDB_MSG_EXPORT,
		.id = fields_own_id(number),
		.size = HDB_PAGE_SIZE,
		.nr_pages = 1,
		.dir_ref = 1 + number,
		.priv_len = priv < HDB_MAX_PRIV ? priv : HDB_MAX_PRIV,
	};

	if (msg.priv_len)
		memcpy(msg.priv, record->payload + 1, msg.priv_len);
	if (!link->exports[number].shared)
		link->exports[number] = (struct link_export){ .shared = true };
	link_put(link, &msg);
}

static void link_unexport(struct link *link, unsigned int number)
{
	struct link_export *export = &link->exports[number % FIELDS_OWN];
	struct hdb_msg msg = { .type = HDB_MSG_UNEXPORT, .id = fields_own_id(number % FIELDS_OWN) };
	int next;

	if (!export->shared)
		return;
	next = hdb_export_next(export->state, HDB_MSG_UNEXPORT);
	if (next < 0)
		return;
	if (next != HDB_EXPORT_ENDING && next != HDB_EXPORT_ENDING_BUSY)
		link_wrong("an unexport leads to state %d", next);
	export->state = next;
	link_put(link, &msg);
}

/* The peer's own lines of the control page: it produces where we do not. */
static void link_peer_index(struct link *link, const struct record *record)
{
	struct hdb_ring_control *control = link->ring.control;
	unsigned int theirs = !link->ring.tx_dir;
	uint32_t value = record_number(record, 1, 4);

	switch (record_number(record, 0, 1) % RECORD_WORDS) {
	case RECORD_PRODUCER:
		control->producer[theirs].index = value;
		link->peer_prod = value;
		break;
	case RECORD_WAIT_ROOM:
		control->producer[theirs].wait_room = value;
		break;
	case RECORD_CONSUMER:
		control->consumer[link->ring.tx_dir].index = value;
		break;
	}
}

static void link_peer_send(struct link *link, const struct record *record)
{
	size_t at = (1 + (link->ring.tx_dir ? 0 : HDB_SLOT_PAGES)) * HDB_PAGE_SIZE +
		    link->peer_prod % HDB_SLOTS * HDB_SLOT_SIZE;
	size_t length = record->length < HDB_SLOT_SIZE ? record->length : HDB_SLOT_SIZE;

	memset(link->memory + at, 0, HDB_SLOT_SIZE);
	if (length)
		memcpy(link->memory + at, record->payload, length);
	link->ring.control->producer[!link->ring.tx_dir].index = ++link->peer_prod;
}

static void link_peer_write(struct link *link, const struct record *record)
{
	size_t at = record_number(record, 0, 2) % LINK_BYTES;

	for (size_t i = 2; i < record->length; i++)
		link->memory[(at + i - 2) % LINK_BYTES] = record->payload[i];
}

static void link_do(struct link *link, const struct record *record)
{
	switch (record->operation) {
	case RECORD_SLOT:
		link_peer_send(link, record);
		break;
	case RECORD_WRITE:
		link_peer_write(link, record);
		break;
	case RECORD_INDEX:
		link_peer_index(link, record);
		break;
	case RECORD_TAKE:
		link_take(link, record_number(record, 0, 1) % (HDB_SLOTS + 1));
		break;
	case RECORD_PAGE:
		link_page_grant(link, record);
		break;
	case RECORD_SHARE:
		link_share(link, record);
		break;
	case RECORD_UNEXPORT:
		link_unexport(link, record_number(record, 0, 1));
		break;
	case RECORD_DRAIN:
		link->ring.control->consumer[link->ring.tx_dir].index =
			link->ring.control->producer[link->ring.tx_dir].index;
		break;
	case RECORD_BACKEND:
	case RECORD_OPERATIONS:
		break;
	}
}

struct link_counts link_run(const uint8_t *input, size_t size, uint8_t *seen)
{
	struct link link = { .seen = seen };
	struct record record;
	bool backend = size && input[0] % RECORD_OPERATIONS == RECORD_BACKEND;

	link.memory = calloc(1, LINK_BYTES);
	hdb_ring_init(&link.ring, link.memory, !backend);
	while (!link.counts.corrupt && record_next(&input, &size, &record))
		link_do(&link, &record);
	if (!link.counts.corrupt)
		link_take(&link, HDB_SLOTS);
	for (unsigned int i = 0; i < LINK_PAGES; i++)
		free(link.pages[i].bytes);
	free(link.memory);
	return link.counts;
}
