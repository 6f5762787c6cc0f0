// SPDX-License-Identifier: MIT
#include "report.h"
#include "progress.h"
#include "version.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

int report_open(struct report *report, const char *program, const char *path, bool quiet,
		struct err *err)
{
	report->path = path;
	report->json = NULL;
	report->table = !quiet && !(path && strcmp(path, "-") == 0);
	if (path) {
		report->json = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
		if (!report->json) {
			err_errno(err, errno, "--json: cannot write '%s'", path);
			err->code = EXIT_USAGE;
			return -1;
		}
	}
	report->root = json_pack("{s:s, s:s}", "program", program, "version", HDB_VERSION);
	return 0;
}

void report_set(json_t *object, const char *key, json_t *value)
{
	if (value)
		json_object_set_new(object, key, value);
}

/* ---- text ------------------------------------------------------------- */

static void report_bytes(double value, char *text, size_t size)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t unit = 0;

	for (; value >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0]); unit++)
		value /= 1024;
	snprintf(text, size, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

static void report_ns(double value, char *text, size_t size)
{
	if (value < 1e6)
		snprintf(text, size, "%.0f us", value / 1e3);
	else if (value < 1e9)
		snprintf(text, size, "%.1f ms", value / 1e6);
	else
		snprintf(text, size, "%.2f s", value / 1e9);
}

static void report_rate(double value, char *text, size_t size)
{
	snprintf(text, size, "%.1f/s", value);
}

static const struct {
	const char *name;
	void (*print)(double value, char *text, size_t size);
} report_units[] = {
	{ "bytes", report_bytes },
	{ "ns", report_ns },
	{ "rate", report_rate },
};

static const json_t *report_find(const json_t *root, const char *path, size_t length)
{
	while (root && length) {
		const char *dot = memchr(path, '.', length);
		size_t part = dot ? (size_t)(dot - path) : length;
		char key[64];

		snprintf(key, sizeof(key), "%.*s", (int)part, path);
		root = json_object_get(root, key);
		path += part + (dot != NULL);
		length -= part + (dot != NULL);
	}
	return root;
}

static bool report_value(const json_t *root, const char *field, size_t length, char *text,
			 size_t size)
{
	const char *colon = memchr(field, ':', length);
	const json_t *value = report_find(root, field, colon ? (size_t)(colon - field) : length);

	if (!value)
		return false;
	if (colon) {
		size_t unit_length = length - (size_t)(colon + 1 - field);

		for (size_t i = 0; i < sizeof(report_units) / sizeof(report_units[0]); i++)
			if (strlen(report_units[i].name) == unit_length &&
			    strncmp(report_units[i].name, colon + 1, unit_length) == 0) {
				report_units[i].print(json_number_value(value), text, size);
				return true;
			}
		return false;
	}
	if (json_is_string(value))
		snprintf(text, size, "%s", json_string_value(value));
	else if (json_is_integer(value))
		snprintf(text, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		snprintf(text, size, "%g", json_real_value(value));
	else
		snprintf(text, size, "%s", json_is_true(value) ? "yes" : "no");
	return true;
}

bool report_fill(const json_t *root, const char *row, char *text, size_t size)
{
	size_t used = 0;

	while (*row && used + 1 < size) {
		const char *end = *row == '{' ? strchr(row, '}') : NULL;

		if (!end) {
			text[used++] = *row++;
			continue;
		}
		if (!report_value(root, row + 1, (size_t)(end - row - 1), text + used,
				  size - used))
			return false;
		used += strlen(text + used);
		row = end + 1;
	}
	text[used] = '\0';
	return true;
}

static void report_print(const json_t *root, const struct report_row *rows)
{
	for (; rows->label; rows++) {
		char text[300];

		if (report_fill(root, rows->text, text, sizeof(text)))
			printf("%-26s%s\n", rows->label, text);
	}
}

/* ---- end -------------------------------------------------------------- */

static const char *report_status(enum exit_code code)
{
	switch (code) {
	case EXIT_OK:
		return "ok";
	case EXIT_FAILED:
		return "failed";
	case EXIT_USAGE:
		return "usage";
	case EXIT_UNTESTED:
		return "untested";
	}
	return "failed";
}

static bool report_write(const struct report *report)
{
	bool good = json_dumpf(report->root, report->json, JSON_INDENT(2)) == 0 &&
		    fputc('\n', report->json) != EOF;

	if (report->json != stdout)
		return fclose(report->json) == 0 && good;
	return fflush(stdout) == 0 && good;
}

int report_close(struct report *report, const struct err *err, const struct report_row *rows)
{
	enum exit_code code = err->text[0] ? err->code : EXIT_OK;

	progress_clear();
	report_set(report->root, "exit", json_integer(code));
	report_set(report->root, "status", json_string(report_status(code)));
	if (err->text[0])
		report_set(report->root, "error", json_string(err->text));
	/* Of a run that was none there is nothing to tell but why. */
	if (report->table && (code == EXIT_OK || code == EXIT_FAILED))
		report_print(report->root, rows);
	fflush(stdout);
	if (err->text[0])
		progress_error("%s", err->text);
	if (report->json && !report_write(report)) {
		progress_error("cannot write '%s': %s", report->path, strerror(errno));
		code = code ? code : EXIT_FAILED;
	}
	json_decref(report->root);
	return code;
}
