/* SPDX-License-Identifier: MIT */
/*
 * progress: what a person is told while a program runs, on stderr.
 *
 * The progress line is drawn over itself and only where stderr is a terminal;
 * messages are lines of their own.
 */
#ifndef HDB_PROGRESS_H
#define HDB_PROGRESS_H

#include <stdbool.h>

/* @name: of the program, in front of every line. */
void progress_init(const char *name, bool quiet, bool verbose);

/* Redraw the progress line, at most ten times a second. */
void progress_show(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Remove the progress line, before something else is printed. */
void progress_clear(void);

/* A line with --verbose only. */
void progress_verbose(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A line unless --quiet: something that the user should know. */
void progress_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A line always: an error. */
void progress_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
