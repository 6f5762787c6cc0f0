/* SPDX-License-Identifier: MIT */
/* report: what hdb-link says, from one collected object. */
#ifndef HDB_LINK_REPORT_H
#define HDB_LINK_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "link.h"

/*
 * {"action": @action, "links": [...]}, each link with both ends. The caller
 * owns it; NULL when there is no memory.
 */
json_t *report_links(const char *action, const struct link *links, size_t count);

/*
 * {"time": seconds since 1970, "event": @event, "domains": [...], "text": @text}
 * of something that `watch` saw or did. @a and @b may be NULL.
 */
json_t *report_event(const char *event, const struct domain *a, const struct domain *b,
		     const char *text);

/* Writes it in one line, at once. Returns 0 or a negative errno. */
int report_json_line(const json_t *report, FILE *file);

/* Prints the object as a table for people. */
void report_text(const json_t *report);

/* Writes the object to @file and closes it, stdout apart. Returns 0 or a negative errno. */
int report_json(const json_t *report, FILE *file);

#endif /* HDB_LINK_REPORT_H */
