// SPDX-License-Identifier: MIT
#include "script.h"

#include <stdarg.h>
#include <string.h>

const struct step_form step_forms[STEP_OPERATIONS] = {
	[STEP_CONNECT] = { "connect", 0, STEP_NO_TAIL },
	[STEP_RING] = { "ring", 0, STEP_NO_TAIL },
	[STEP_PUBLISH] = { "publish", 0, STEP_NO_TAIL },
	[STEP_STATE] = { "state", 1, STEP_NO_TAIL },
	[STEP_AWAIT] = { "await", 2, STEP_NO_TAIL },
	[STEP_NODE] = { "node", 0, STEP_NAME_VALUE },
	[STEP_FORGET] = { "forget", 0, STEP_NAME },
	[STEP_PART] = { "part", 0, STEP_NO_TAIL },
	[STEP_DIE] = { "die", 0, STEP_NO_TAIL },
	[STEP_DATA] = { "data", 3, STEP_NO_TAIL },
	[STEP_SHARE] = { "share", 3, STEP_NO_TAIL },
	[STEP_REVOKE] = { "revoke", 1, STEP_NO_TAIL },
	[STEP_CHANGE] = { "change", 2, STEP_BYTES },
	[STEP_FLIP] = { "flip", 4, STEP_NO_TAIL },
	[STEP_CALM] = { "calm", 0, STEP_NO_TAIL },
	[STEP_BELL] = { "bell", 1, STEP_NO_TAIL },
	[STEP_ANSWER] = { "answer", 0, STEP_NO_TAIL },
	[STEP_MAP] = { "map", 1, STEP_NO_TAIL },
	[STEP_UNMAP] = { "unmap", 1, STEP_NO_TAIL },
	[STEP_PAUSE] = { "pause", 1, STEP_NO_TAIL },
};

/* The length of the step at @at, with its header; 0: there is none. */
static size_t script_step(const struct script *script, size_t at, struct step *step)
{
	const uint8_t *bytes = script->bytes + at;
	size_t left = script->size - at;
	unsigned int length;

	if (script->size < at + RECORD_HEADER)
		return 0;
	length = bytes[1] | bytes[2] << 8;
	if (length > left - RECORD_HEADER)
		length = (unsigned int)(left - RECORD_HEADER);
	*step = (struct step){ .operation = bytes[0] % STEP_OPERATIONS,
			       .length = (uint16_t)length, .payload = bytes + RECORD_HEADER };
	return RECORD_HEADER + length;
}

size_t script_steps(const struct script *script, struct step steps[SCRIPT_STEPS])
{
	size_t count = 0, at = 0, length;

	while (count < SCRIPT_STEPS && (length = script_step(script, at, &steps[count]))) {
		at += length;
		count++;
	}
	return count;
}

bool script_add(struct script *script, unsigned int operation, const void *payload,
		 size_t length)
{
	const uint8_t *bytes = payload;

	if (operation == STEP_PAGE)
		while (length > 4 && !bytes[length - 1])
			length--;
	if (length > RECORD_PAYLOAD_MAX ||
	    RECORD_HEADER + length > SCRIPT_BYTES - script->size)
		return false;
	script->bytes[script->size++] = (uint8_t)operation;
	script->bytes[script->size++] = length & 0xff;
	script->bytes[script->size++] = (uint8_t)(length >> 8);
	if (length)
		memcpy(script->bytes + script->size, bytes, length);
	script->size += (uint32_t)length;
	return true;
}

bool script_put(struct script *script, unsigned int operation, unsigned int count, ...)
{
	uint8_t bytes[4 * STEP_NUMBERS];
	va_list numbers;

	va_start(numbers, count);
	for (unsigned int i = 0; i < count; i++) {
		uint32_t number = va_arg(numbers, unsigned int);

		for (unsigned int j = 0; j < 4; j++)
			bytes[4 * i + j] = number >> 8 * j & 0xff;
	}
	va_end(numbers);
	return script_add(script, operation, bytes, 4 * count);
}

void script_cut(struct script *script, size_t at, size_t count)
{
	size_t from = 0, to, length;
	struct step step;

	while (at && (length = script_step(script, from, &step))) {
		from += length;
		at--;
	}
	for (to = from; count && (length = script_step(script, to, &step)); count--)
		to += length;
	if (at || to > script->size)
		return;
	memmove(script->bytes + from, script->bytes + to, script->size - to);
	script->size -= (uint32_t)(to - from);
}

uint32_t step_number(const struct step *step, unsigned int index)
{
	const struct record record = { .length = step->length, .payload = step->payload };

	return record_number(&record, 4 * index, 4);
}
