// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Messages: from a struct to a slot and back. The slot is bytes from the other
 * domain; decoding looks at every one of them.
 */
#include "hdb_protocol.h"
#include "hdb_wire.h"

#define EXPORT_LEN(priv)	(48u + (priv))
#define REFUSED_LEN		32u
#define FENCE_LEN		48u

static_assert(EXPORT_LEN(HDB_MAX_PRIV) <= HDB_SLOT_SIZE, "EXPORT fits a slot");

static bool all_zero(const u8 *bytes, u32 from, u32 to)
{
	while (from < to)
		if (bytes[from++])
			return false;
	return true;
}

static u32 msg_length(enum hdb_msg_type type, u32 priv_len)
{
	switch (type) {
	case HDB_MSG_EXPORT:
		return EXPORT_LEN(priv_len);
	case HDB_MSG_REFUSED:
		return REFUSED_LEN;
	case HDB_MSG_FENCE:
	case HDB_MSG_SIGNALED:
	case HDB_MSG_RETURN:
		return FENCE_LEN;
	default:
		return HDB_MSG_HEADER;
	}
}

void hdb_msg_encode(const struct hdb_msg *msg, u8 slot[HDB_SLOT_SIZE])
{
	memset(slot, 0, HDB_SLOT_SIZE);
	hdb_put16(slot, msg->type);
	hdb_put16(slot + 2, msg_length(msg->type, msg->priv_len));
	hdb_put32(slot + 4, msg->flags);
	for (unsigned int i = 0; i < 4; i++)
		hdb_put32(slot + 8 + 4 * i, msg->id.word[i]);

	switch (msg->type) {
	case HDB_MSG_EXPORT:
		hdb_put64(slot + 24, msg->size);
		hdb_put32(slot + 32, msg->nr_pages);
		hdb_put32(slot + 36, msg->dir_ref);
		hdb_put32(slot + 40, msg->priv_len);
		memcpy(slot + 48, msg->priv, msg->priv_len);
		break;
	case HDB_MSG_REFUSED:
		hdb_put32(slot + 24, msg->reason);
		break;
	case HDB_MSG_FENCE:
	case HDB_MSG_SIGNALED:
	case HDB_MSG_RETURN:
		hdb_put64(slot + 24, msg->fence);
		hdb_put64(slot + 32, msg->until);
		hdb_put32(slot + 40, msg->reason);
		break;
	default:
		break;
	}
}

static int export_decode(const u8 *slot, struct hdb_msg *msg)
{
	msg->size = hdb_get64(slot + 24);
	msg->nr_pages = hdb_get32(slot + 32);
	msg->dir_ref = hdb_get32(slot + 36);
	msg->priv_len = hdb_get32(slot + 40);

	if (msg->flags & ~(HDB_BUF_FLAGS | HDB_EXPORT_QUIET) || hdb_get32(slot + 44))
		return -EINVAL;
	if (!msg->nr_pages || msg->nr_pages > HDB_MAX_PAGES ||
	    msg->size != (u64)msg->nr_pages << HDB_PAGE_SHIFT || !msg->dir_ref)
		return -EINVAL;
	if (msg->priv_len > HDB_MAX_PRIV)
		return -EINVAL;

	memcpy(msg->priv, slot + 48, msg->priv_len);
	return 0;
}

static int refused_decode(const u8 *slot, struct hdb_msg *msg)
{
	msg->reason = hdb_get32(slot + 24);
	if (msg->flags || hdb_get32(slot + 28) || msg->reason < HDB_REFUSED_INVALID ||
	    msg->reason > HDB_REFUSED_MEMORY)
		return -EINVAL;
	return 0;
}

static int fence_decode(const u8 *slot, struct hdb_msg *msg)
{
	bool signaled = msg->type == HDB_MSG_SIGNALED || msg->flags & HDB_FENCE_SIGNALED;
	u32 flags = 0;

	msg->fence = hdb_get64(slot + 24);
	msg->until = hdb_get64(slot + 32);
	msg->reason = hdb_get32(slot + 40);

	if (msg->type != HDB_MSG_SIGNALED)
		flags |= HDB_FENCE_SIGNALED;
	if (msg->type == HDB_MSG_FENCE)
		flags |= HDB_FENCE_RETURN;
	if (msg->flags & ~flags || hdb_get32(slot + 44))
		return -EINVAL;
	if (!msg->fence || (msg->type == HDB_MSG_RETURN ? !msg->until : !!msg->until))
		return -EINVAL;
	if (msg->reason > (signaled ? HDB_MAX_ERRNO : 0))
		return -EINVAL;
	return 0;
}

int hdb_msg_decode(const u8 slot[HDB_SLOT_SIZE], struct hdb_msg *out)
{
	struct hdb_msg msg = { .type = hdb_get16(slot) };
	u32 length = hdb_get16(slot + 2);
	int err = 0;

	msg.flags = hdb_get32(slot + 4);
	for (unsigned int i = 0; i < 4; i++)
		msg.id.word[i] = hdb_get32(slot + 8 + 4 * i);

	switch (msg.type) {
	case HDB_MSG_EXPORT:
		err = export_decode(slot, &msg);
		break;
	case HDB_MSG_REFUSED:
		err = refused_decode(slot, &msg);
		break;
	case HDB_MSG_FENCE:
	case HDB_MSG_SIGNALED:
	case HDB_MSG_RETURN:
		err = fence_decode(slot, &msg);
		break;
	case HDB_MSG_UNEXPORT:
	case HDB_MSG_USED:
	case HDB_MSG_IDLE:
	case HDB_MSG_RELEASED:
		if (msg.flags)
			err = -EINVAL;
		break;
	default:
		err = -EOPNOTSUPP;
	}
	if (err)
		return err;

	/* An id is positive as a signed number, and serials start at 1. */
	if (!(msg.id.word[0] & 0xffffff) || msg.id.word[0] >> 31)
		return -EINVAL;
	if (length != msg_length(msg.type, msg.priv_len) ||
	    !all_zero(slot, length, HDB_SLOT_SIZE))
		return -EINVAL;

	*out = msg;
	return 0;
}
