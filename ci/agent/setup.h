/* SPDX-License-Identifier: MIT */
/* What a domain is given before anybody may use it, once it is on its root. */
#ifndef HDB_AGENT_SETUP_H
#define HDB_AGENT_SETUP_H

#include <stddef.h>

/* Reads a short text file, without the newline at its end. 0, or -1 with errno. */
int setup_read(const char *path, char *text, size_t size);

/* As mount(2), making the folder. */
int setup_mount(const char *what, const char *where, const char *type, unsigned long flags,
		const char *data);

/* As insmod. 0, or -1 with errno. */
int setup_module(const char *path, const char *parameters);

/* All domains: file systems, host name, environment, how much the kernel says. */
void setup_system(const char *domain);

/* A guest of a Xen lane: its own disk for results, and the driver as the lane wants it. */
void setup_guest(void);

#endif
