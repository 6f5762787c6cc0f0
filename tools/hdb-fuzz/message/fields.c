// SPDX-License-Identifier: MIT
#include "fields.h"

const struct field fields_header[] = {
	{ "type", 0, 2, FIELD_TYPE },
	{ "length", 2, 2, FIELD_LENGTH },
	{ "flags", 4, 4, FIELD_FLAGS },
	{ "id", 8, 16, FIELD_ID },
	{ 0 },
};

const struct field fields_page[] = {
	{ "magic", 0, 4, FIELD_NUMBER },
	{ "index", 4, 4, FIELD_NUMBER },
	{ "count", 8, 4, FIELD_COUNT },
	{ "next", 12, 4, FIELD_REF },
	{ "nr_pages", 16, 4, FIELD_PAGES },
	{ "flags", 20, 4, FIELD_FLAGS },
	{ "reserved", 24, 8, FIELD_RESERVED },
	{ 0 },
};

static const struct field fields_none[] = {
	{ 0 },
};

static const struct field fields_export[] = {
	{ "size", 24, 8, FIELD_SIZE },
	{ "nr_pages", 32, 4, FIELD_PAGES },
	{ "dir_ref", 36, 4, FIELD_REF },
	{ "priv_len", 40, 4, FIELD_PRIV_LEN },
	{ "reserved", 44, 4, FIELD_RESERVED },
	{ "priv", 48, 0, FIELD_PRIV },
	{ 0 },
};

static const struct field fields_refused[] = {
	{ "reason", 24, 4, FIELD_REASON },
	{ "reserved", 28, 4, FIELD_RESERVED },
	{ 0 },
};

static const struct field fields_fence[] = {
	{ "fence", 24, 8, FIELD_NUMBER },
	{ "until", 32, 8, FIELD_NUMBER },
	{ "reason", 40, 4, FIELD_REASON },
	{ "reserved", 44, 4, FIELD_RESERVED },
	{ 0 },
};

const struct field_message fields_messages[] = {
	{ "EXPORT", HDB_MSG_EXPORT, 48, fields_export },
	{ "UNEXPORT", HDB_MSG_UNEXPORT, HDB_MSG_HEADER, fields_none },
	{ "USED", HDB_MSG_USED, HDB_MSG_HEADER, fields_none },
	{ "IDLE", HDB_MSG_IDLE, HDB_MSG_HEADER, fields_none },
	{ "RELEASED", HDB_MSG_RELEASED, HDB_MSG_HEADER, fields_none },
	{ "REFUSED", HDB_MSG_REFUSED, 32, fields_refused },
	{ "FENCE", HDB_MSG_FENCE, 48, fields_fence },
	{ "SIGNALED", HDB_MSG_SIGNALED, 48, fields_fence },
	{ "RETURN", HDB_MSG_RETURN, 48, fields_fence },
	{ 0 },
};

const struct field_message *fields_of_type(uint64_t type)
{
	for (const struct field_message *message = fields_messages; message->name; message++)
		if (message->type == type)
			return message;
	return NULL;
}

const struct field_message *fields_of_name(const char *name)
{
	for (const struct field_message *message = fields_messages; message->name; message++)
		if (!strcmp(message->name, name))
			return message;
	return NULL;
}

const struct field *fields_find(const struct field *fields, const char *name)
{
	for (; fields->name; fields++)
		if (!strcmp(fields->name, name))
			return fields;
	return NULL;
}

const struct field *fields_of_kind(const struct field *fields, enum field_kind kind)
{
	for (; fields->name; fields++)
		if (fields->kind == kind)
			return fields;
	return NULL;
}

uint64_t fields_get(const uint8_t *bytes, const struct field *field)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < field->size && i < 8; i++)
		value |= (uint64_t)bytes[field->offset + i] << 8 * i;
	return value;
}

void fields_set(uint8_t *bytes, const struct field *field, uint64_t value)
{
	for (unsigned int i = 0; i < field->size && i < 8; i++)
		bytes[field->offset + i] = value >> 8 * i & 0xff;
}

void fields_seal_slot(uint8_t *slot)
{
	const struct field_message *message = fields_of_type(fields_get(slot, &fields_header[0]));
	const struct field *size, *pages, *priv_len;
	uint64_t length;

	if (!message)
		return;
	size = fields_of_kind(message->fields, FIELD_SIZE);
	pages = fields_of_kind(message->fields, FIELD_PAGES);
	priv_len = fields_of_kind(message->fields, FIELD_PRIV_LEN);
	length = message->length + (priv_len ? fields_get(slot, priv_len) : 0);
	fields_set(slot, fields_of_kind(fields_header, FIELD_LENGTH), length);
	if (size && pages)
		fields_set(slot, size, fields_get(slot, pages) * HDB_PAGE_SIZE);
}

void fields_seal_page(uint8_t *page)
{
	uint64_t index = fields_get(page, fields_find(fields_page, "index"));
	uint64_t pages = fields_get(page, fields_of_kind(fields_page, FIELD_PAGES));
	uint64_t before = index * HDB_DIR_REFS, count = pages > before ? pages - before : 0;

	fields_set(page, fields_find(fields_page, "magic"), HDB_DIR_MAGIC);
	fields_set(page, fields_of_kind(fields_page, FIELD_COUNT),
		   count < HDB_DIR_REFS ? count : HDB_DIR_REFS);
}

struct hdb_id fields_own_id(unsigned int number)
{
	return (struct hdb_id){ { 0x01000001 + number, 0x11111111, 0x22222222, 0x33333333 } };
}
