// SPDX-License-Identifier: MIT
#include <stdio.h>

#include "channel.h"

/* Bytes of the rings; each page is a grant that the guest holds as long as it lives. */
#define CHANNEL_TO_GUEST	16384
#define CHANNEL_FROM_GUEST	65536

bool channel_offer(struct channel *channel)
{
	channel->vchan = libxenvchan_server_init(NULL, 0, WIRE_XENSTORE_PATH, CHANNEL_TO_GUEST,
						 CHANNEL_FROM_GUEST);
	if (!channel->vchan)
		return false;
	channel->vchan->blocking = 0;
	/* A hub that is started anew finds the channel again. */
	channel->vchan->server_persist = 1;
	return true;
}

bool channel_take(struct channel *channel, int domid)
{
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%d/" WIRE_XENSTORE_PATH, domid);
	channel->vchan = libxenvchan_client_init(NULL, domid, path);
	if (!channel->vchan)
		return false;
	channel->vchan->blocking = 0;
	return true;
}

int channel_fd(const struct channel *channel)
{
	return libxenvchan_fd_for_select(channel->vchan);
}

void channel_event(struct channel *channel)
{
	libxenvchan_wait(channel->vchan);
}

bool channel_pump(struct channel *channel)
{
	unsigned char chunk[16384];
	int size;

	/* Asking how much there is also asks to be told of more. */
	while (libxenvchan_data_ready(channel->vchan) > 0) {
		size = libxenvchan_read(channel->vchan, chunk, sizeof(chunk));
		if (size <= 0)
			break;
		buffer_append(&channel->in, chunk, size);
	}
	while (channel->out.used > 0 && libxenvchan_buffer_space(channel->vchan) > 0) {
		size = libxenvchan_write(channel->vchan, channel->out.data, channel->out.used);
		if (size <= 0)
			break;
		buffer_drop(&channel->out, size);
	}
	return libxenvchan_is_open(channel->vchan) != 0;
}
