/* SPDX-License-Identifier: MIT */
/*
 * unit: what results are measured in, and how a person reads it.
 */
#ifndef HDB_BENCH_UNIT_H
#define HDB_BENCH_UNIT_H

#include <stdbool.h>
#include <stddef.h>

enum unit {
	UNIT_NS,		/* durations */
	UNIT_CPU_NS,		/* time that a processor was busy */
	UNIT_BYTES_S,
	UNIT_FRAMES_S,
	UNIT_COUNT,		/* counted, not measured: compared exactly */
	UNITS,
};

struct unit_info {
	const char *name;	/* in JSON */
	bool higher_is_better;
	bool exact;
};

extern const struct unit_info unit_info[UNITS];

/* By its name; UNITS when there is none. */
enum unit unit_find(const char *name);

/* "12.3 us", "1.20 GiB/s", "3". */
void unit_print(enum unit unit, double value, char *text, size_t size);

/* "4 KiB", "64 MiB": of whole numbers of bytes. */
void unit_print_bytes(double bytes, char *text, size_t size);

#endif
