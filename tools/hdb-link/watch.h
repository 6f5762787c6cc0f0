/* SPDX-License-Identifier: MIT */
/*
 * watch: keeps pairs of domains joined, through every reboot of either.
 *
 * A domain that is started again has another id, so the link that it had is
 * lost with it. xenstore tells when a domain comes or goes; then each pair is
 * looked at: what is left of a link whose other domain is gone is cleared, and two
 * domains that were not joined as they are now are joined. A link that somebody
 * removes is left alone until one of its domains is another one.
 */
#ifndef HDB_LINK_WATCH_H
#define HDB_LINK_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "domain.h"

/* More pairs than any host has guests for. */
#define WATCH_PAIRS_MAX	256

/**
 * struct watch_sink - who is told what happens
 * @tell: an event: one word, the domains that it is about (@b may be NULL), and a
 *	line for people; returns 0 or a negative errno, which ends the watch
 * @data: the first argument of it
 */
struct watch_sink {
	int (*tell)(void *data, const char *event, const struct domain *a,
		    const struct domain *b, const char *text);
	void *data;
};

/**
 * watch_run - watch until SIGINT or SIGTERM
 * @xs: for what is to be done; the watch itself opens another connection
 * @specs: names or UUIDs; each two are a pair
 * @count: of the pairs, at most WATCH_PAIRS_MAX
 *
 * Returns 0 after a signal, or a negative errno: xenstore is gone, or @sink's.
 */
int watch_run(struct xs_handle *xs, char **specs, size_t count, const struct watch_sink *sink);

#endif /* HDB_LINK_WATCH_H */
