/* SPDX-License-Identifier: MIT */
/*
 * report: the result of a run, collected in one JSON object, given out as JSON
 * or as a table for people.
 */
#ifndef HDB_REPORT_H
#define HDB_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "err.h"

/**
 * struct report_row - one line of the table
 * @label: what it is
 * @text: with "{path}" or "{path:unit}" in place of values; the path leads into the
 *	object with dots. Units: bytes, ns (durations), rate (per second). A row is
 *	left out when a value in it is not in the object
 */
struct report_row {
	const char *label;
	const char *text;
};

struct report {
	json_t *root;		/* what the run collects goes in here */
	const char *path;	/* of the JSON file, NULL: none */
	FILE *json;
	bool table;		/* print it on stdout */
};

/*
 * Start with an object that names @program. @path is --json's value; the file is
 * opened now, so that a bad name is found before the run.
 */
int report_open(struct report *report, const char *program, const char *path, bool quiet,
		struct err *err);

/*
 * End: add "exit", "status" and "error" (@err, whose text is empty on success),
 * say the error, print the table or write the JSON, free all. Returns what the
 * program is to exit with.
 */
int report_close(struct report *report, const struct err *err, const struct report_row *rows);

/* Fill @text from one row; false when a value is missing. For report_close() and tests. */
bool report_fill(const json_t *root, const char *row, char *text, size_t size);

/* Set @key, of @object, to @value, which is taken over; a NULL value sets nothing. */
void report_set(json_t *object, const char *key, json_t *value);

#endif
