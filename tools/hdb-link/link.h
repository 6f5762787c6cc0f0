/* SPDX-License-Identifier: MIT */
/*
 * link: the two xenbus directories that join two domains.
 *
 *	/local/domain/<front>/device/hdb/<devid>		of the front domain
 *	/local/domain/<back>/backend/hdb/<front>/<devid>	of the back domain
 *
 * An end that a program of its domain is to play, and not the kernel, is called hdb-user in place
 * of hdb: no driver claims that, and the other end does not see a difference.
 *
 * Each belongs to its domain, whose kernel writes what it likes into it, and
 * can be read by the other. Which domain is front and which is back means
 * nothing for what a link carries; domain 0 is always back.
 */
#ifndef HDB_LINK_LINK_H
#define HDB_LINK_LINK_H

#include <stddef.h>

#include "domain.h"

/* No state at all: the end is missing. */
#define LINK_STATE_NONE		0
#define LINK_STATE_CONNECTED	4

/* Both ends are of kernels. */
#define LINK_USER_NONE		(-1)

/**
 * struct link_end - one end of a link
 * @domain: whose it is
 * @state: as in the XenbusState enum; LINK_STATE_NONE when the end is missing
 * @user: a program plays it
 */
struct link_end {
	struct domain domain;
	int state;
	bool user;
};

/**
 * struct link - a link, or the half that is left of one
 * @devid: tells the links of one pair of roles apart
 */
struct link {
	int devid;
	struct link_end front;
	struct link_end back;
};

/* True when one end is missing or its domain has gone. */
bool link_is_stale(const struct link *link);

/* The word for a XenbusState. */
const char *link_state_name(int state);

/*
 * Every link and every half of one, to be freed. Returns their number or a
 * negative errno.
 */
int link_list(struct xs_handle *xs, struct link **links);

/**
 * link_add - join two domains
 * @user: id of the one whose end is for a program; LINK_USER_NONE
 * @link: out: the new link; on -EEXIST the one that is there already
 *
 * Both domains must be alive and differ. Two domains may have one link of each kind: between
 * their kernels, and with a program of either. Returns 0 or a negative errno.
 */
int link_add(struct xs_handle *xs, const struct domain *a, const struct domain *b, int user,
	     struct link *link);

/**
 * link_remove - part two domains
 * @user: remove only the link whose end in this domain is for a program; LINK_USER_NONE: all
 * @link: out: the link that went, with the states that it had
 *
 * Removes every link between the two and every half of one, in whatever roles.
 * Returns the number of links that went, or a negative errno.
 */
int link_remove(struct xs_handle *xs, int a, int b, int user, struct link *link);

/**
 * link_wait_connected - wait until both ends are connected
 * @link: in: the link; out: its states
 * @timeout_ms: how long
 *
 * Returns 0, -ETIMEDOUT, -ENOENT when the link was removed meanwhile, or
 * another negative errno.
 */
int link_wait_connected(struct xs_handle *xs, struct link *link, int timeout_ms);

/**
 * link_wait_gone - wait until nothing of a link is left
 * @link: the link that was removed
 * @timeout_ms: how long
 *
 * A kernel that is still letting go may write into the directories once more;
 * what it leaves is removed. Returns 0, -ETIMEDOUT or another negative errno.
 */
int link_wait_gone(struct xs_handle *xs, const struct link *link, int timeout_ms);

#endif /* HDB_LINK_LINK_H */
