// SPDX-License-Identifier: MIT
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct unit_info unit_info[UNITS] = {
	[UNIT_NS] = { "ns", false, false },
	[UNIT_CPU_NS] = { "cpu-ns", false, false },
	[UNIT_BYTES_S] = { "bytes/s", true, false },
	[UNIT_FRAMES_S] = { "frames/s", true, false },
	[UNIT_COUNT] = { "count", false, true },
};

enum unit unit_find(const char *name)
{
	enum unit unit;

	for (unit = 0; unit < UNITS; unit++)
		if (strcmp(unit_info[unit].name, name) == 0)
			break;
	return unit;
}

/* Three digits that count, behind them the first of @names whose step is enough. */
static void unit_scale(double value, double step, const char *const *names, char *text,
		       size_t size)
{
	int digits;

	for (; names[1] && fabs(value) >= step; names++)
		value /= step;
	digits = fabs(value) >= 99.95 || value == 0 ? 0 : fabs(value) >= 9.995 ? 1 : 2;
	snprintf(text, size, "%.*f %s", digits, value, names[0]);
}

void unit_print_bytes(double bytes, char *text, size_t size)
{
	static const char *const names[] = { "B", "KiB", "MiB", "GiB" };
	unsigned int i;

	for (i = 0; i < 3 && bytes >= 1024; i++)
		bytes /= 1024;
	snprintf(text, size, "%.4g %s", bytes, names[i]);
}

void unit_print(enum unit unit, double value, char *text, size_t size)
{
	static const char *const times[] = { "ns", "us", "ms", "s", NULL };
	static const char *const rates[] = { "B/s", "KiB/s", "MiB/s", "GiB/s", NULL };
	static const char *const frames[] = { "frames/s", NULL };

	switch (unit) {
	case UNIT_NS:
	case UNIT_CPU_NS:
		unit_scale(value, 1000, times, text, size);
		return;
	case UNIT_BYTES_S:
		unit_scale(value, 1024, rates, text, size);
		return;
	case UNIT_FRAMES_S:
		unit_scale(value, 1000, frames, text, size);
		return;
	case UNIT_COUNT:
	case UNITS:
		break;
	}
	snprintf(text, size, "%g", value);
}
