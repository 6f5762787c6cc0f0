// SPDX-License-Identifier: MIT
#define _DEFAULT_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>

#include "log.h"

/* Of klogctl(). */
#define LOG_READ_ALL	3
#define LOG_SIZE	10

bool log_says(const char *text)
{
	int size = klogctl(LOG_SIZE, NULL, 0), length;
	char *log = size > 0 ? malloc((size_t)size + 1) : NULL;
	bool says;

	if (!log)
		return false;
	length = klogctl(LOG_READ_ALL, log, size);
	log[length > 0 ? length : 0] = '\0';
	says = strstr(log, text);
	free(log);
	return says;
}
