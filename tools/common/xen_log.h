/* SPDX-License-Identifier: MIT */
/*
 * xen_log: what Xen's libraries have to say, which is for --verbose only: every
 * failure is told by those who called them, in words of their own.
 */
#ifndef HDB_XEN_LOG_H
#define HDB_XEN_LOG_H

#include <xentoollog.h>

extern struct xentoollog_logger xen_log;

#endif
