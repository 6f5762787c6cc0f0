// SPDX-License-Identifier: MIT
#include "wire.h"

#include <endian.h>
#include <string.h>

static const uint8_t wire_magic[4] = "hdbb";

static void wire_put16(uint8_t *at, uint16_t value)
{
	value = htole16(value);
	memcpy(at, &value, sizeof(value));
}

static void wire_put32(uint8_t *at, uint32_t value)
{
	value = htole32(value);
	memcpy(at, &value, sizeof(value));
}

static void wire_put64(uint8_t *at, uint64_t value)
{
	value = htole64(value);
	memcpy(at, &value, sizeof(value));
}

static uint16_t wire_get16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return le16toh(value);
}

static uint32_t wire_get32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return le32toh(value);
}

static uint64_t wire_get64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return le64toh(value);
}

void wire_encode(const struct wire *wire, uint8_t out[WIRE_SIZE])
{
	memset(out, 0, WIRE_SIZE);
	memcpy(out, wire_magic, sizeof(wire_magic));
	wire_put16(out + 4, WIRE_VERSION);
	wire_put16(out + 6, (uint16_t)wire->kind);
	wire_put64(out + 8, wire->session);
	wire_put64(out + 16, wire->seq);
	wire_put32(out + 24, wire->actions);
	wire_put32(out + 28, wire->failed);
	wire_put64(out + 32, wire->bytes);
	wire_put64(out + 40, wire->stamp);
	for (size_t i = 0; i < 2; i++)
		wire_put64(out + 48 + 8 * i, wire->args[i]);
	for (size_t i = 0; i < WIRE_VALUES; i++)
		wire_put64(out + 64 + 8 * i, wire->values[i]);
	memcpy(out + 128, wire->text, strnlen(wire->text, WIRE_TEXT - 1));
}

/* It is printed: no control characters, and an end. */
static bool wire_good_text(const uint8_t *text)
{
	size_t length = strnlen((const char *)text, WIRE_TEXT);

	if (length == WIRE_TEXT)
		return false;
	for (size_t i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return true;
}

bool wire_decode(struct wire *wire, const void *data, size_t size)
{
	const uint8_t *at = data;
	uint16_t kind;

	if (size != WIRE_SIZE || memcmp(at, wire_magic, sizeof(wire_magic)) != 0 ||
	    wire_get16(at + 4) != WIRE_VERSION)
		return false;
	kind = wire_get16(at + 6);
	if ((kind != WIRE_REQUEST && kind != WIRE_REPLY) ||
	    wire_get32(at + 24) & ~WIRE_ACTIONS || wire_get32(at + 28) > 1 ||
	    wire_get64(at + 32) > WIRE_MAX_BYTES || !wire_good_text(at + 128))
		return false;
	*wire = (struct wire){
		.kind = (enum wire_kind)kind,
		.session = wire_get64(at + 8),
		.seq = wire_get64(at + 16),
		.actions = wire_get32(at + 24),
		.failed = wire_get32(at + 28),
		.bytes = wire_get64(at + 32),
		.stamp = wire_get64(at + 40),
	};
	for (size_t i = 0; i < 2; i++)
		wire->args[i] = wire_get64(at + 48 + 8 * i);
	for (size_t i = 0; i < WIRE_VALUES; i++)
		wire->values[i] = wire_get64(at + 64 + 8 * i);
	memcpy(wire->text, at + 128, WIRE_TEXT);
	return true;
}
