/* SPDX-License-Identifier: MIT */
/* domain: who is meant by a name, a UUID or an id. */
#ifndef HDB_LINK_DOMAIN_H
#define HDB_LINK_DOMAIN_H

#include <stdbool.h>

#include "store.h"

#define DOMAIN_NAME_LEN	256
#define DOMAIN_UUID_LEN	37

/* The largest id that Xen gives a domain. */
#define DOMAIN_ID_MAX	32751

/**
 * struct domain - one domain
 * @id: its id
 * @alive: it has an entry under /local/domain
 * @name: as the toolstack gave it; empty where it gave none
 * @uuid: lower case, 36 characters; empty where it is not known
 */
struct domain {
	int id;
	bool alive;
	char name[DOMAIN_NAME_LEN];
	char uuid[DOMAIN_UUID_LEN];
};

/* Fills @domain with what xenstore knows of @id. Inside the transaction @t. */
void domain_describe(struct xs_handle *xs, xs_transaction_t t, int id, struct domain *domain);

/**
 * domain_find - look a domain up
 * @spec: its id, at most DOMAIN_ID_MAX; its UUID; or its name
 *
 * An id is always found, be the domain alive or not. Returns 0, -ENOENT when
 * nobody is called so, -ENOTUNIQ when several are.
 */
int domain_find(struct xs_handle *xs, const char *spec, struct domain *domain);

#endif /* HDB_LINK_DOMAIN_H */
