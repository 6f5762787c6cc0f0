// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The states of an export, as hdb_protocol.h draws them. */
#include "hdb_protocol.h"

/* One more than the state, so that what is not listed is wrong. */
#define TO(state) (HDB_EXPORT_##state + 1)

static const u8 transitions[HDB_EXPORT_STATES][HDB_MSG_REFUSED + 1] = {
	[HDB_EXPORT_SHARED] = {
		[HDB_MSG_USED] = TO(BUSY),
		[HDB_MSG_UNEXPORT] = TO(ENDING),
		[HDB_MSG_REFUSED] = TO(GONE),
	},
	[HDB_EXPORT_BUSY] = {
		[HDB_MSG_IDLE] = TO(SHARED),
		[HDB_MSG_UNEXPORT] = TO(ENDING_BUSY),
	},
	[HDB_EXPORT_ENDING] = {
		[HDB_MSG_USED] = TO(ENDING_BUSY),
		[HDB_MSG_RELEASED] = TO(GONE),
		[HDB_MSG_REFUSED] = TO(GONE),
	},
	[HDB_EXPORT_ENDING_BUSY] = {
		[HDB_MSG_IDLE] = TO(ENDING),
		[HDB_MSG_RELEASED] = TO(GONE),
	},
};

int hdb_export_next(enum hdb_export_state state, enum hdb_msg_type type)
{
	if (state >= HDB_EXPORT_STATES || type > HDB_MSG_REFUSED ||
	    !transitions[state][type])
		return -EPROTO;
	return transitions[state][type] - 1;
}
