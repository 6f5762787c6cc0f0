// SPDX-License-Identifier: MIT
#include "complaints.h"

#include <regex.h>
#include <stddef.h>

/* Made of ci/complaints and ci/tolerated: a string for each expression. */
static const char *const complaints_lines[] = {
#include "complaints.inc"
};

static const char *const complaints_tolerated[] = {
#include "tolerated.inc"
};

#define COMPLAINTS(of) (sizeof(of) / sizeof((of)[0]))

static regex_t complaints_bad[COMPLAINTS(complaints_lines)];
static regex_t complaints_fine[COMPLAINTS(complaints_tolerated)];
static bool complaints_ready;

static int complaints_compile(regex_t *to, const char *const *from, size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++)
		if (regcomp(&to[i], from[i], REG_EXTENDED | REG_NOSUB))
			return err_set(err, EXIT_FAILED, "no regular expression: '%s'", from[i]);
	return 0;
}

int complaints_open(struct err *err)
{
	if (complaints_ready)
		return 0;
	if (complaints_compile(complaints_bad, complaints_lines, COMPLAINTS(complaints_lines), err) ||
	    complaints_compile(complaints_fine, complaints_tolerated,
			       COMPLAINTS(complaints_tolerated), err))
		return -1;
	complaints_ready = true;
	return 0;
}

static bool complaints_any(const regex_t *of, size_t count, const char *line)
{
	for (size_t i = 0; i < count; i++)
		if (!regexec(&of[i], line, 0, NULL, 0))
			return true;
	return false;
}

bool complaints_match(const char *line)
{
	return complaints_any(complaints_bad, COMPLAINTS(complaints_lines), line) &&
	       !complaints_any(complaints_fine, COMPLAINTS(complaints_tolerated), line);
}
