/* SPDX-License-Identifier: MIT */
/* kernel: what the kernel says while it is tried, and how it is set up for that. */
#ifndef HDB_FUZZ_KERNEL_H
#define HDB_FUZZ_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

struct kernel_log {
	int fd;			/* /dev/kmsg */
	char *text;		/* what it said since kernel_log_forget() */
	size_t size;
};

/* From now on. */
int kernel_log_open(struct kernel_log *log, struct err *err);
void kernel_log_close(struct kernel_log *log);

/*
 * Read what is new. Returns true when a line in it is a complaint, which goes to @line, of @size
 * bytes.
 */
bool kernel_log_complains(struct kernel_log *log, char *line, size_t size);
void kernel_log_forget(struct kernel_log *log);

/* Two reports of one fault: the same words, whatever the numbers and addresses are. */
bool kernel_same(const char *one, const char *two);

/* Write a fault, and the kernel's report of it, to a file. */
int kernel_report_save(const char *path, const char *what, const char *report, struct err *err);

/* Have it log which tasks are blocked, and where. */
void kernel_log_blocked(void);

/*
 * Short times for what the driver does later, and failures on demand that are not logged;
 * kernel_restore() puts back what was. True: the kernel can fail allocations on demand.
 */
bool kernel_prepare(void);
void kernel_restore(void);

/*
 * Wait until the driver holds nothing any more, at most @ms. False: it does, and what is in @left.
 * Where it does not say, that is nothing.
 */
bool kernel_at_rest(unsigned int ms, char *left, size_t size);

/* What it holds now is left over from before: from here on only more than that counts. */
void kernel_rest_accept(void);

#endif
