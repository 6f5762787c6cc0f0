// SPDX-License-Identifier: MIT
#include "progress.h"
#include "stop.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PROGRESS_INTERVAL_NS (STOP_NS_PER_S / 10)

static struct {
	const char *name;
	bool draw, quiet, verbose;
	bool drawn;
	uint64_t next;		/* no redraw before this time */
} progress = { .name = "hdb" };

void progress_init(const char *name, bool quiet, bool verbose)
{
	progress.name = name;
	progress.quiet = quiet;
	progress.verbose = verbose;
	progress.draw = !quiet && isatty(STDERR_FILENO);
}

void progress_clear(void)
{
	if (!progress.drawn)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	progress.drawn = false;
}

void progress_show(const char *format, ...)
{
	uint64_t now;
	va_list args;

	if (!progress.draw)
		return;
	now = stop_now();
	if (now < progress.next)
		return;
	progress.next = now + PROGRESS_INTERVAL_NS;
	fprintf(stderr, "\r%s: ", progress.name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("\033[K", stderr);
	fflush(stderr);
	progress.drawn = true;
}

/* In one write: other programs may talk on the same terminal or to the same log. */
static void progress_line(const char *format, va_list args)
{
	char line[1024];
	int used = snprintf(line, sizeof(line), "%s: ", progress.name);

	vsnprintf(line + used, sizeof(line) - (size_t)used - 1, format, args);
	strcat(line, "\n");
	progress_clear();
	fputs(line, stderr);
}

void progress_verbose(const char *format, ...)
{
	va_list args;

	if (!progress.verbose)
		return;
	va_start(args, format);
	progress_line(format, args);
	va_end(args);
}

void progress_note(const char *format, ...)
{
	va_list args;

	if (progress.quiet)
		return;
	va_start(args, format);
	progress_line(format, args);
	va_end(args);
}

void progress_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	progress_line(format, args);
	va_end(args);
}
