// SPDX-License-Identifier: MIT
#include "setup_hdb.h"

/* How often it is looked whether the run is to end, meanwhile. */
#define SETUP_LOOK_MS 250

/* Until all its pages are back, as the driver tells who waits for that. */
static int setup_released(struct channel *channel, hyper_dmabuf_id_t hid, struct err *err)
{
	uint64_t deadline = stop_now() + channel->wait * STOP_NS_PER_S;

	for (;;) {
		int released = hdb_wait_released(channel->hdb, hid, SETUP_LOOK_MS, err);

		if (released)
			return released < 0 ? -1 : 0;
		if (stop_requested())
			return err_set(err, EXIT_FAILED, "interrupted");
		if (stop_now() > deadline)
			return err_set(err, EXIT_FAILED, "pages were not given back within %u s",
				       channel->wait);
	}
}

int setup_hdb_once(struct channel *channel, const struct buffer *buffer, uint64_t bytes,
		   struct setup_hdb_times *times, struct err *err)
{
	struct wire reply, request = {
		.actions = WIRE_IMPORT | WIRE_MAP | WIRE_TOUCH | WIRE_DROP,
		.bytes = bytes,
	};
	uint64_t start, seq = channel_request(channel, &request);
	hyper_dmabuf_id_t hid;

	start = stop_now();
	if (channel_say(channel, buffer, &request, &hid, err) < 0)
		return -1;
	times->export = stop_now() - start;
	if (channel_reply(channel, seq, &reply, err) < 0) {
		struct err ignored;

		hdb_unexport(channel->hdb, hid, &ignored);
		return -1;
	}
	times->import = reply.values[WIRE_NS_IMPORT];
	times->first_map = reply.values[WIRE_NS_MAP] + reply.values[WIRE_NS_READ];
	start = stop_now();
	if (hdb_unexport(channel->hdb, hid, err) < 0)
		return -1;
	times->unexport = stop_now() - start;
	if (setup_released(channel, hid, err) < 0)
		return -1;
	times->release = stop_now() - start;
	return 0;
}
