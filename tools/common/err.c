// SPDX-License-Identifier: MIT
#include "err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *err, enum exit_code code, const char *format, ...)
{
	va_list args;

	err->code = code;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return -1;
}

int err_errno(struct err *err, int number, const char *format, ...)
{
	size_t used;
	va_list args;

	err->code = EXIT_FAILED;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s", strerror(number));
	return -1;
}

void err_because(struct err *err, const char *cause)
{
	char text[sizeof(err->text)];

	if (!strncmp(err->text, cause, strlen(cause)))
		return;
	memcpy(text, err->text, sizeof(text));
	err_set(err, EXIT_FAILED, "%s: %.300s", cause, text);
}

void err_clear(struct err *err)
{
	err->code = EXIT_OK;
	err->text[0] = '\0';
}
