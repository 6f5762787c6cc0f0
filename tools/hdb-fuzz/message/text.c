// SPDX-License-Identifier: MIT
#include "text.h"
#include "fields.h"
#include "record.h"

#include <stdbool.h>
#include <stdlib.h>

static const char *const text_operations[RECORD_OPERATIONS] = {
	[RECORD_SLOT] = "slot", [RECORD_WRITE] = "write", [RECORD_INDEX] = "index",
	[RECORD_TAKE] = "take", [RECORD_PAGE] = "page", [RECORD_SHARE] = "share",
	[RECORD_UNEXPORT] = "unexport", [RECORD_DRAIN] = "drain", [RECORD_BACKEND] = "backend",
};

static const char *const text_words[RECORD_WORDS] = {
	[RECORD_PRODUCER] = "producer", [RECORD_WAIT_ROOM] = "wait_room",
	[RECORD_CONSUMER] = "consumer",
};

/* ---- reading ----------------------------------------------------------- */

/* The payload of the line that is being read. */
struct text_payload {
	uint8_t bytes[RECORD_PAYLOAD_MAX];
	size_t length;
};

static int text_find(const char *const *names, int count, const char *word)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(names[i], word))
			return i;
	return -1;
}

static bool text_number(const char *word, uint64_t max, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(word, &end, 0);
	return *word >= '0' && *word <= '9' && !*end && !errno && *number <= max;
}

int text_hex(const char *hex, uint8_t *bytes, size_t room)
{
	size_t count = strlen(hex) / 2;

	if (strlen(hex) % 2 || count > room ||
	    strspn(hex, "0123456789abcdefABCDEF") != strlen(hex))
		return -1;
	for (size_t i = 0; i < count; i++) {
		char pair[3] = { hex[2 * i], hex[2 * i + 1] };

		bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return (int)count;
}

/* Numbers of 32 bits, or ranges (1-3 for 1,2,3), with commas between them. How many, or -1. */
static int text_list(char *list, uint8_t *bytes, size_t room)
{
	const struct field word = { .size = 4 };
	char *first;
	int count = 0;

	while ((first = strsep(&list, ","))) {
		char *last = strchr(first, '-');
		uint64_t value, end;

		if (last)
			*last++ = '\0';
		if (!text_number(first, UINT32_MAX, &value) ||
		    !text_number(last ? last : first, UINT32_MAX, &end))
			return -1;
		for (; value <= end; value++) {
			if ((size_t)count * 4 + 4 > room)
				return -1;
			fields_set(bytes + 4 * count++, &word, value);
		}
	}
	return count;
}

static bool text_id(char *text, uint8_t *bytes)
{
	uint64_t number;

	if (strncmp(text, "own", 3) == 0) {
		struct hdb_id id;
		char words[64];

		if (!text_number(text + 3, FIELDS_OWN - 1, &number))
			return false;
		id = fields_own_id(number);
		snprintf(words, sizeof(words), "%u,%u,%u,%u", id.word[0], id.word[1], id.word[2],
			 id.word[3]);
		return text_list(words, bytes, 16) == 4;
	}
	return text_list(text, bytes, 16) == 4;
}

static bool text_field(const struct field *field, char *value, uint8_t *bytes, uint8_t *all)
{
	uint64_t number, max = field->size >= 8 ? UINT64_MAX : (1ull << 8 * field->size) - 1;
	int count;

	if (field->kind == FIELD_ID)
		return text_id(value, bytes + field->offset);
	if (field->kind == FIELD_PRIV) {
		const struct field *length = field;

		count = text_hex(value, bytes + field->offset, HDB_SLOT_SIZE - field->offset);
		while (length->kind != FIELD_PRIV_LEN)
			length--;
		if (count >= 0 && !fields_get(all, length))
			fields_set(bytes, length, count);
		return count >= 0;
	}
	if (!text_number(value, max, &number))
		return false;
	fields_set(bytes, field, number);
	return true;
}

/* @OFFSET=BYTES */
static bool text_patch(char *word, uint8_t *bytes, size_t room)
{
	char *equals = strchr(word, '=');
	uint64_t offset;

	if (!equals)
		return false;
	*equals = '\0';
	return text_number(word + 1, room, &offset) &&
	       text_hex(equals + 1, bytes + offset, room - offset) >= 0;
}

/*
 * NAME=VALUE for the fields of @sets into the @room bytes of @bytes, which get sealed between two
 * rounds: what is given explicitly counts. Returns the word that is wrong, or NULL.
 */
static const char *text_fields(char *line, const struct field *const *sets, uint8_t *bytes,
			       size_t room, void (*seal)(uint8_t *bytes), size_t *size)
{
	static char copy[TEXT_LINE], wrong[128];

	for (int round = 0; round < 3; round++) {
		char *words = strcpy(copy, line), *word;

		if (round == 1)
			seal(bytes);
		while ((word = strsep(&words, " \t"))) {
			const struct field *field = NULL;
			char *value = strchr(word, '=');
			bool good = value;

			snprintf(wrong, sizeof(wrong), "%.100s", word);
			if (!*word)
				continue;
			if (*word == '@') {
				if (round == 2 && !text_patch(word, bytes, room))
					return wrong;
				continue;
			}
			if (value)
				*value++ = '\0';
			for (int i = 0; sets[i] && !field; i++)
				field = fields_find(sets[i], word);
			if (good && field)
				good = text_field(field, value, bytes, bytes);
			else if (good && room == HDB_PAGE_SIZE && !strcmp(word, "refs"))
				good = text_list(value, bytes + HDB_DIR_HEADER,
						 room - HDB_DIR_HEADER) >= 0;
			else if (good && !strcmp(word, "bytes"))
				good = text_number(value, room, (uint64_t *)size);
			else
				good = false;
			if (!good)
				return wrong;
		}
	}
	return NULL;
}

static const char *text_slot(char *line, struct text_payload *payload)
{
	const struct field *sets[3] = { fields_header };
	const struct field_message *message;
	char *type = strsep(&line, " \t");
	uint64_t number;
	size_t size = HDB_SLOT_SIZE;
	const char *wrong;

	message = fields_of_name(type);
	if (message)
		number = message->type;
	else if (!text_number(type, UINT16_MAX, &number))
		return type;
	message = fields_of_type(number);
	sets[1] = message ? message->fields : NULL;
	fields_set(payload->bytes, &fields_header[0], number);
	wrong = text_fields(line ? line : "", sets, payload->bytes, HDB_SLOT_SIZE, fields_seal_slot,
			    &size);
	payload->length = size;
	return wrong;
}

static const char *text_page(char *line, struct text_payload *payload)
{
	const struct field *sets[2] = { fields_page };
	const struct field ref = { .size = 4 };
	char *word = strsep(&line, " \t");
	size_t size = HDB_PAGE_SIZE;
	const char *wrong;
	uint64_t number;

	if (!text_number(word, UINT32_MAX, &number))
		return word;
	fields_set(payload->bytes, &ref, number);
	wrong = text_fields(line ? line : "", sets, payload->bytes + 4, HDB_PAGE_SIZE,
			    fields_seal_page, &size);
	payload->length = 4 + size;
	return wrong;
}

/* A number of @width bytes, then bytes where @data allows them. */
static const char *text_plain(char *line, struct text_payload *payload, unsigned int width,
			      bool data)
{
	const struct field number = { .size = width };
	char *word = strsep(&line, " \t");
	uint64_t value;
	int count = 0;

	if (!text_number(word, (1ull << 8 * width) - 1, &value))
		return word;
	fields_set(payload->bytes + payload->length, &number, value);
	payload->length += width;
	word = line ? strsep(&line, " \t") : NULL;
	if (word && *word && data)
		count = text_hex(word, payload->bytes + payload->length,
				   sizeof(payload->bytes) - payload->length);
	else if (word && *word)
		return word;
	if (count < 0)
		return word;
	payload->length += (size_t)count;
	return line && *line ? line : NULL;
}

static const char *text_payload(enum record_operation operation, char *line,
				struct text_payload *payload)
{
	int word, count;

	if (strncmp(line, "raw", 3) == 0) {
		line += 3 + strspn(line + 3, " ");
		count = text_hex(line, payload->bytes, sizeof(payload->bytes));
		payload->length = count < 0 ? 0 : (size_t)count;
		return count < 0 ? line : NULL;
	}
	switch (operation) {
	case RECORD_SLOT:
		return text_slot(line, payload);
	case RECORD_PAGE:
		return text_page(line, payload);
	case RECORD_WRITE:
		return text_plain(line, payload, 2, true);
	case RECORD_SHARE:
		return text_plain(line, payload, 1, true);
	case RECORD_TAKE:
	case RECORD_UNEXPORT:
		return text_plain(line, payload, 1, false);
	case RECORD_INDEX:
		word = text_find(text_words, RECORD_WORDS, strsep(&line, " \t"));
		if (word < 0 || !line)
			return "index";
		payload->bytes[payload->length++] = word;
		return text_plain(line, payload, 4, false);
	default:
		return *line ? line : NULL;
	}
}

int text_line(FILE *file, char *text, int *number, char **line, struct err *err)
{
	while (fgets(text, TEXT_LINE, file)) {
		++*number;
		if (strlen(text) + 1 == TEXT_LINE)
			return err_set(err, EXIT_USAGE, "line %d is too long", *number);
		*line = text + strspn(text, " \t");
		(*line)[strcspn(*line, "#\r\n")] = '\0';
		for (size_t end = strlen(*line); end && strchr(" \t", (*line)[end - 1]); end--)
			(*line)[end - 1] = '\0';
		if (**line)
			return 1;
	}
	return 0;
}

int text_record(const char *name, char *line, int number, struct record *record, struct err *err)
{
	static struct text_payload payload;
	int operation = text_find(text_operations, RECORD_OPERATIONS, name);
	const char *wrong;

	if (operation < 0)
		return err_set(err, EXIT_USAGE, "line %d: no such operation: '%.60s'", number, name);
	memset(&payload, 0, sizeof(payload));
	wrong = text_payload(operation, line ? line : (char[]){ "" }, &payload);
	if (wrong)
		return err_set(err, EXIT_USAGE, "line %d: '%.60s' is wrong for '%s'", number, wrong,
			       name);
	*record = (struct record){ .operation = operation, .length = (uint16_t)payload.length,
				   .payload = payload.bytes };
	return 0;
}

int text_read(FILE *file, uint8_t *bytes, size_t room, struct err *err)
{
	static char text[TEXT_LINE];
	int number = 0, got;
	struct record record;
	size_t used = 0;
	char *line;

	while ((got = text_line(file, text, &number, &line, err)) > 0) {
		const char *name = strsep(&line, " \t");

		if (text_record(name, line, number, &record, err))
			return -1;
		if (!record_put(bytes, room, &used, record.operation, record.payload,
				record.length))
			return err_set(err, EXIT_USAGE, "line %d: the input gets longer than %zu bytes",
				       number, room);
	}
	return got ? -1 : (int)used;
}

/* ---- writing ----------------------------------------------------------- */

static void text_put_bytes(FILE *file, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(file, "%02x", bytes[i]);
}

/* @built is what the text so far is read as; what differs follows as patches. */
static void text_put_patches(FILE *file, const uint8_t *bytes, const uint8_t *built, size_t size)
{
	for (size_t at = 0; at < size; at++) {
		size_t end = at;

		/* Gaps of a few bytes are cheaper to write than to leave out. */
		for (size_t i = at; i < size && i < end + 6; i++)
			if (bytes[i] != built[i])
				end = i + 1;
		if (end == at)
			continue;
		fprintf(file, " @%zu=", at);
		text_put_bytes(file, bytes + at, end - at);
		at = end;
	}
}

/* NAME=VALUE of each number that is not what @built has; @built is made to have it. */
static void text_put_fields(FILE *file, const struct field *fields, const uint8_t *bytes,
			    uint8_t *built)
{
	for (; fields->name; fields++) {
		uint64_t value = fields_get(bytes, fields);

		if (fields->kind == FIELD_ID || fields->kind == FIELD_PRIV ||
		    value == fields_get(built, fields))
			continue;
		fprintf(file, value > 9999 ? " %s=0x%llx" : " %s=%llu", fields->name,
			(unsigned long long)value);
		fields_set(built, fields, value);
	}
}

static void text_put_id(FILE *file, const uint8_t *slot, uint8_t *built)
{
	const struct field *id = fields_of_kind(fields_header, FIELD_ID);
	uint32_t words[4];

	for (unsigned int i = 0; i < 4; i++)
		words[i] = fields_get(slot, &(struct field){ .offset = id->offset + 4 * i,
							     .size = 4 });
	memcpy(built + id->offset, slot + id->offset, id->size);
	for (unsigned int i = 0; i < FIELDS_OWN; i++) {
		struct hdb_id own = fields_own_id(i);

		if (!memcmp(own.word, words, sizeof(words))) {
			fprintf(file, " id=own%u", i);
			return;
		}
	}
	fprintf(file, " id=0x%x,%u,%u,%u", words[0], words[1], words[2], words[3]);
}

/* Which of a record's fields are sealed depends on others: those are written first. */
static void text_put_sealed(FILE *file, const struct field *fields, const uint8_t *bytes,
			    uint8_t *built, bool sealed)
{
	for (; fields->name; fields++) {
		bool is = fields->kind == FIELD_LENGTH || fields->kind == FIELD_SIZE ||
			  fields->kind == FIELD_COUNT || !strcmp(fields->name, "magic");
		const struct field one[2] = { *fields };

		if (is == sealed)
			text_put_fields(file, one, bytes, built);
	}
}

static void text_put_slot(FILE *file, const struct record *record)
{
	uint8_t slot[HDB_SLOT_SIZE] = { 0 }, built[HDB_SLOT_SIZE] = { 0 };
	size_t size = record->length < sizeof(slot) ? record->length : sizeof(slot);
	const struct field_message *message;
	const struct field *sets[2] = { fields_header, NULL };
	uint64_t type;

	memcpy(slot, record->payload, size);
	type = fields_get(slot, &fields_header[0]);
	message = fields_of_type(type);
	fields_set(built, &fields_header[0], type);
	if (message) {
		fprintf(file, " %s", message->name);
		sets[1] = message->fields;
	} else {
		fprintf(file, " %llu", (unsigned long long)type);
	}
	text_put_id(file, slot, built);
	for (int i = 0; i < 2 && sets[i]; i++)
		text_put_sealed(file, sets[i], slot, built, false);
	fields_seal_slot(built);
	for (int i = 0; i < 2 && sets[i]; i++)
		text_put_sealed(file, sets[i], slot, built, true);
	text_put_patches(file, slot, built, sizeof(slot));
	if (size != sizeof(slot))
		fprintf(file, " bytes=%zu", size);
}

static void text_put_refs(FILE *file, const uint8_t *refs, size_t count)
{
	const struct field word = { .size = 4 };

	for (size_t i = 0, next; i < count; i = next) {
		uint64_t first = fields_get(refs + 4 * i, &word);

		for (next = i + 1; next < count; next++)
			if (fields_get(refs + 4 * next, &word) != first + next - i)
				break;
		fprintf(file, "%s%llu", i ? "," : " refs=", (unsigned long long)first);
		if (next - i > 1)
			fprintf(file, "-%llu", (unsigned long long)(first + next - i - 1));
	}
}

static void text_put_page(FILE *file, const struct record *record)
{
	static uint8_t page[HDB_PAGE_SIZE], built[HDB_PAGE_SIZE];
	size_t size = record->length - 4u;
	const struct field word = { .size = 4 };
	size_t refs = 0;

	memset(page, 0, sizeof(page));
	memset(built, 0, sizeof(built));
	memcpy(page, record->payload + 4, size);
	fprintf(file, " %u", record_number(record, 0, 4));
	text_put_sealed(file, fields_page, page, built, false);
	fields_seal_page(built);
	text_put_sealed(file, fields_page, page, built, true);
	while (refs < HDB_DIR_REFS && fields_get(page + HDB_DIR_HEADER + 4 * refs, &word))
		refs++;
	text_put_refs(file, page + HDB_DIR_HEADER, refs);
	memcpy(built + HDB_DIR_HEADER, page + HDB_DIR_HEADER, 4 * refs);
	text_put_patches(file, page, built, sizeof(page));
	if (size != sizeof(page))
		fprintf(file, " bytes=%zu", size);
}

/* Whether the ordinary form of a line says all of this record. */
static bool text_is_plain(const struct record *record)
{
	switch (record->operation) {
	case RECORD_SLOT:
		return record->length >= 2 && record->length <= HDB_SLOT_SIZE;
	case RECORD_PAGE:
		return record->length >= 4;
	case RECORD_WRITE:
		return record->length >= 2;
	case RECORD_SHARE:
		return record->length >= 1;
	case RECORD_TAKE:
	case RECORD_UNEXPORT:
		return record->length == 1;
	case RECORD_INDEX:
		return record->length == 5 && record->payload[0] < RECORD_WORDS;
	default:
		return record->length == 0;
	}
}

static void text_put_record(FILE *file, const struct record *record)
{
	size_t number = record->operation == RECORD_WRITE ? 2 : 1;

	switch (record->operation) {
	case RECORD_SLOT:
		text_put_slot(file, record);
		break;
	case RECORD_PAGE:
		text_put_page(file, record);
		break;
	case RECORD_INDEX:
		fprintf(file, " %s %u", text_words[record->payload[0]],
			record_number(record, 1, 4));
		break;
	case RECORD_WRITE:
	case RECORD_SHARE:
	case RECORD_TAKE:
	case RECORD_UNEXPORT:
		fprintf(file, " %u", record_number(record, 0, number));
		if (record->length > number)
			fputc(' ', file);
		text_put_bytes(file, record->payload + number, record->length - number);
		break;
	default:
		break;
	}
}

void text_write_record(FILE *file, const struct record *record)
{
	fputs(text_operations[record->operation], file);
	if (text_is_plain(record)) {
		text_put_record(file, record);
	} else {
		fputs(" raw ", file);
		text_put_bytes(file, record->payload, record->length);
	}
	fputc('\n', file);
}

void text_write(FILE *file, const uint8_t *bytes, size_t size)
{
	struct record record;

	while (record_next(&bytes, &size, &record))
		text_write_record(file, &record);
}
