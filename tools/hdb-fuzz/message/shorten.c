// SPDX-License-Identifier: MIT
/* Inputs that fail, with fewer records. */
#include <string.h>

#include "message.h"
#include "progress.h"
#include "record.h"
#include "stop.h"

/*
 * The input without @count records from @first on. Returns its size; 0 when there is nothing that
 * could be left out.
 */
static size_t shorten_without(const uint8_t *bytes, size_t size, size_t first, size_t count,
			      uint8_t *out)
{
	size_t used = 0, left = size, index = 0;
	struct record record;

	for (; record_next(&bytes, &left, &record); index++)
		if (index < first || index >= first + count)
			record_put(out, RECORD_INPUT_MAX, &used, record.operation, record.payload,
				   record.length);
	return first < index ? used : 0;
}

size_t message_records(const uint8_t *bytes, size_t size)
{
	struct record record;
	size_t count = 0;

	while (record_next(&bytes, &size, &record))
		count++;
	return count;
}

int message_shorten(uint8_t *bytes, size_t *size, message_again *again, void *data,
		    struct err *err)
{
	static uint8_t fewer[RECORD_INPUT_MAX];
	size_t count = message_records(bytes, *size);

	for (size_t step = count / 2 ? count / 2 : 1; step; step /= 2) {
		for (size_t first = 0; first < message_records(bytes, *size);) {
			size_t less = shorten_without(bytes, *size, first, step, fewer);
			int fails;

			if (stop_requested())
				return 0;
			if (!less) {
				first += step;
				continue;
			}
			fails = again(data, fewer, less, err);
			if (fails < 0)
				return -1;
			if (!fails) {
				first += step;
				continue;
			}
			memcpy(bytes, fewer, less);
			*size = less;
			progress_verbose("%zu records are enough", message_records(bytes, less));
		}
	}
	return 0;
}
