// SPDX-License-Identifier: MIT
#include "limits.h"
#include "pattern.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMITS_MOST_PERCENT 1000

static int limits_add(struct limits *limits, const struct limit *limit, struct err *err)
{
	struct limit *all = reallocarray(limits->limit, limits->count + 1, sizeof(*all));

	if (!all)
		return err_errno(err, ENOMEM, "limits");
	limits->limit = all;
	all[limits->count++] = *limit;
	return 0;
}

/* 1: a limit; 0: an empty line; -1: neither. */
static int limits_line(char *line, struct limit *limit)
{
	double percent;
	char rest;
	int got;

	line[strcspn(line, "#")] = '\0';
	got = sscanf(line, "%79s %lf %c", limit->pattern, &percent, &rest);
	if (got == EOF)
		return 0;
	if (got != 2 || !(percent >= 0 && percent <= LIMITS_MOST_PERCENT))
		return -1;
	limit->share = percent / 100;
	return 1;
}

int limits_load(struct limits *limits, const char *path, struct err *err)
{
	FILE *file = fopen(path, "re");
	unsigned int number = 0;
	struct limit limit;
	char line[300];
	int status = 0;

	*limits = (struct limits){ 0 };
	if (!file) {
		err_errno(err, errno, "--limits: cannot read '%s'", path);
		err->code = EXIT_USAGE;
		return -1;
	}
	while (status == 0 && fgets(line, sizeof(line), file)) {
		int got = limits_line(line, &limit);

		number++;
		if (got < 0)
			status = err_set(err, EXIT_USAGE, "--limits: line %u of '%s' is no pattern "
					 "and percent", number, path);
		else if (got > 0)
			status = limits_add(limits, &limit, err);
	}
	fclose(file);
	if (status < 0)
		limits_free(limits);
	return status;
}

void limits_free(struct limits *limits)
{
	free(limits->limit);
	*limits = (struct limits){ 0 };
}

double limits_find(const struct limits *limits, const char *name, double otherwise)
{
	for (size_t i = 0; i < limits->count; i++)
		if (pattern_fits(limits->limit[i].pattern, name))
			return limits->limit[i].share;
	return otherwise;
}
