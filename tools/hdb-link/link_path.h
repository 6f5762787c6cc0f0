/* SPDX-License-Identifier: MIT */
/* link_path: what link.c and link_wait.c share of a link's directories. */
#ifndef HDB_LINK_LINK_PATH_H
#define HDB_LINK_LINK_PATH_H

#include "link.h"

void link_front_path(char path[STORE_PATH_LEN], const struct link *link);
void link_back_path(char path[STORE_PATH_LEN], const struct link *link);

/* The state of the end at @path, LINK_STATE_NONE when there is no such end. */
int link_read_state(struct xs_handle *xs, xs_transaction_t t, const char *path);

/* Removes both ends and the directories above that they leave empty. */
int link_erase(struct xs_handle *xs, xs_transaction_t t, const struct link *link);

#endif /* HDB_LINK_LINK_PATH_H */
