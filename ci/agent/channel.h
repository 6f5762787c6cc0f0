/* SPDX-License-Identifier: MIT */
/* A vchan between dom0 and a guest with a queue on each side of it, so that nobody blocks. */
#ifndef HDB_AGENT_CHANNEL_H
#define HDB_AGENT_CHANNEL_H

#include <libxenvchan.h>

#include "buffer.h"

struct channel {
	struct libxenvchan *vchan;
	struct buffer in;	/* came from the other side */
	struct buffer out;	/* is to go there */
};

/* In a guest: offers a channel to dom0. In dom0: takes the one of a domain. False with errno. */
bool channel_offer(struct channel *channel);
bool channel_take(struct channel *channel, int domid);

/* For poll(), POLLIN; call channel_event() when it is readable. */
int channel_fd(const struct channel *channel);
void channel_event(struct channel *channel);

/* Moves what can be moved, both ways. False: the other side has closed it. */
bool channel_pump(struct channel *channel);

#endif
