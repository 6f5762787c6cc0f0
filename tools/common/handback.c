// SPDX-License-Identifier: MIT
#include "handback.h"

bool handback_take(struct handback_in *in, const struct hdb_event *event, uint64_t published)
{
	struct meta meta;

	if (meta_decode(&meta, event->priv, event->size) != META_OK ||
	    meta.stream != in->stream || meta.frame >= published)
		return false;
	if (meta.kind == META_END) {
		/* On the loopback our own END comes by here too. */
		if (!in->heard || !hdb_id_equal(event->hid, in->hid))
			return false;
		in->left = true;
		return true;
	}
	if (meta.kind != META_ACK)
		return false;
	in->heard = true;
	in->hid = event->hid;
	if (meta.frame + 1 > in->done)
		in->done = meta.frame + 1;
	in->ok = meta.frames_ok;
	in->bad = meta.frames_bad;
	return true;
}
