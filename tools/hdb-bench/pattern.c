// SPDX-License-Identifier: MIT
#include "pattern.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

bool pattern_fits(const char *patterns, const char *name)
{
	char pattern[128];

	if (!patterns)
		return true;
	while (*patterns) {
		size_t length = strcspn(patterns, ",");

		snprintf(pattern, sizeof(pattern), "%.*s", (int)length, patterns);
		if (fnmatch(pattern, name, 0) == 0)
			return true;
		patterns += length;
		patterns += *patterns == ',';
	}
	return false;
}
