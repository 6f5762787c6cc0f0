/* SPDX-License-Identifier: MIT */
/*
 * peer: which domain to share with.
 */
#ifndef HDB_PEER_H
#define HDB_PEER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "hdb.h"

struct peer {
	uint32_t domain;
	bool loopback;
	char name[HYPER_DMABUF_LINK_NAME_LEN];	/* may be empty */
};

enum peer_pick {
	PEER_FOUND,	/* and its link is connected */
	PEER_LATER,	/* not yet; err says for what to wait */
	PEER_NEVER,	/* err says why */
};

/*
 * Choose among @links. @wanted is a domain id or a name; NULL takes the only
 * link to another domain, or the own domain where there is no such link.
 */
enum peer_pick peer_pick(const struct hdb_links *links, const char *wanted, struct peer *peer,
			 struct err *err);

/* As peer_pick(), but wait up to @seconds for the link to be there and connected. */
int peer_wait(int hdb, const char *wanted, uint32_t seconds, struct peer *peer,
	      struct err *err);

/* Is the link with @peer connected at this moment? */
bool peer_connected(int hdb, const struct peer *peer);

/* All of @links in one line, with their states: "b (domain 2, connected), ..."; or "nobody". */
void peer_list(const struct hdb_links *links, char *text, size_t size);

/* "b (domain 2)", "domain 2" or "domain 0 (loopback)". */
void peer_describe(const struct peer *peer, char *text, size_t size);

/* The same for JSON: domain, name, loopback, text. */
json_t *peer_json(const struct peer *peer);

#endif
