// SPDX-License-Identifier: MIT
/* One input of the message fuzzer, from text on standard input to bytes on standard output. */
#include <stdio.h>

#include "record.h"
#include "text.h"

int main(void)
{
	static uint8_t bytes[RECORD_INPUT_MAX];
	struct err err = { 0 };
	int size = text_read(stdin, bytes, sizeof(bytes), &err);

	if (size < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	return fwrite(bytes, 1, (size_t)size, stdout) != (size_t)size;
}
