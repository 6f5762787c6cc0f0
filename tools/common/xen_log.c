// SPDX-License-Identifier: MIT
#ifdef HDB_WITH_XEN
#include "xen_log.h"
#include "progress.h"

#include <errno.h>
#include <stdio.h>

static void xen_log_line(struct xentoollog_logger *logger, xentoollog_level level, int number,
			 const char *context, const char *format, va_list arguments)
	__attribute__((format(printf, 5, 0)));

static void xen_log_line(struct xentoollog_logger *logger, xentoollog_level level, int number,
			 const char *context, const char *format, va_list arguments)
{
	int why = errno;
	char line[200];

	(void)logger;
	(void)level;
	(void)number;
	vsnprintf(line, sizeof(line), format, arguments);
	progress_verbose("%s: %s", context ? context : "xen", line);
	/* The libraries log before they return. */
	errno = why;
}

static void xen_log_destroy(struct xentoollog_logger *logger)
{
	(void)logger;
}

struct xentoollog_logger xen_log = {
	.vmessage = xen_log_line,
	.destroy = xen_log_destroy,
};
#endif
