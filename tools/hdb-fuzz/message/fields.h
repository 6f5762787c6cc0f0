/* SPDX-License-Identifier: MIT */
/*
 * fields: the wire format as tables, for what reads, writes and breaks messages. A new message
 * is an entry of fields_messages.
 */
#ifndef HDB_FUZZ_FIELDS_H
#define HDB_FUZZ_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "hdb_protocol.h"

enum field_kind {
	FIELD_NUMBER,
	FIELD_TYPE,
	FIELD_LENGTH,		/* sealed: what the type and its private data come to */
	FIELD_FLAGS,
	FIELD_ID,		/* four words */
	FIELD_SIZE,		/* sealed: nr_pages in bytes */
	FIELD_PAGES,
	FIELD_REF,
	FIELD_COUNT,		/* sealed: references in this directory page */
	FIELD_PRIV_LEN,
	FIELD_PRIV,		/* as many bytes as FIELD_PRIV_LEN says */
	FIELD_REASON,
	FIELD_RESERVED,
};

struct field {
	const char *name;
	uint16_t offset;
	uint8_t size;		/* bytes: 2, 4 or 8; 16 for an id; 0: FIELD_PRIV */
	enum field_kind kind;
};

struct field_message {
	const char *name;
	enum hdb_msg_type type;
	uint16_t length;	/* without private data */
	const struct field *fields;	/* behind those that all have; ends with a NULL name */
};

/* Ends with a NULL name. */
extern const struct field_message fields_messages[];

/* The fields that every message has, and those of a directory page's header. */
extern const struct field fields_header[];
extern const struct field fields_page[];

/* NULL when there is none. */
const struct field_message *fields_of_type(uint64_t type);
const struct field_message *fields_of_name(const char *name);
const struct field *fields_find(const struct field *fields, const char *name);
const struct field *fields_of_kind(const struct field *fields, enum field_kind kind);

/* Little-endian numbers of 1 to 8 bytes. */
uint64_t fields_get(const uint8_t *bytes, const struct field *field);
void fields_set(uint8_t *bytes, const struct field *field, uint64_t value);

/*
 * Put the fields right that follow from the others: length and size of a slot of HDB_SLOT_SIZE
 * bytes, magic and count of a page of HDB_PAGE_SIZE.
 */
void fields_seal_slot(uint8_t *slot);
void fields_seal_page(uint8_t *page);

/* The id of buffer @number of this end's exports. */
struct hdb_id fields_own_id(unsigned int number);
#define FIELDS_OWN 4u

#endif
