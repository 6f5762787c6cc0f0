// SPDX-License-Identifier: MIT
#include "fuzz.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool fuzz_beside(const char *what, int mode, char *path, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", path, size - 1);

	path[length > 0 ? length : 0] = '\0';
	if (strrchr(path, '/'))
		*strrchr(path, '/') = '\0';
	snprintf(path + strlen(path), size - strlen(path), "/%s", what);
	return access(path, mode) == 0;
}

bool fuzz_seeds(const char *mode, char *path, size_t size)
{
	char folder[64];

	snprintf(folder, sizeof(folder), "../share/hdb/fuzz/%s", mode);
	return fuzz_beside(folder, R_OK, path, size);
}
