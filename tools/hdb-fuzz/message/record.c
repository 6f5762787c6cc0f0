// SPDX-License-Identifier: MIT
#include "record.h"

#include <string.h>

bool record_next(const uint8_t **bytes, size_t *left, struct record *record)
{
	size_t length;

	if (*left < RECORD_HEADER)
		return false;
	length = (*bytes)[1] | (*bytes)[2] << 8;
	record->operation = (*bytes)[0] % RECORD_OPERATIONS;
	record->payload = *bytes + RECORD_HEADER;
	*bytes += RECORD_HEADER;
	*left -= RECORD_HEADER;
	if (length > *left)
		length = *left;
	*bytes += length;
	*left -= length;
	record->length = length < RECORD_PAYLOAD_MAX ? length : RECORD_PAYLOAD_MAX;
	return true;
}

bool record_put(uint8_t *bytes, size_t room, size_t *at, enum record_operation operation,
		const void *payload, size_t length)
{
	if (length > RECORD_PAYLOAD_MAX || *at > room || RECORD_HEADER + length > room - *at)
		return false;
	bytes += *at;
	bytes[0] = operation;
	bytes[1] = length & 0xff;
	bytes[2] = length >> 8;
	if (length)
		memcpy(bytes + RECORD_HEADER, payload, length);
	*at += RECORD_HEADER + length;
	return true;
}

uint32_t record_number(const struct record *record, size_t offset, size_t width)
{
	uint32_t number = 0;

	for (size_t i = 0; i < width && offset + i < record->length; i++)
		number |= (uint32_t)record->payload[offset + i] << 8 * i;
	return number;
}
