// SPDX-License-Identifier: GPL-2.0
/* What the other domain is still to be told. */
#include "core.h"
#include "trace.h"

bool hdb_tx_queue(struct hdb_link *link, struct hdb_tx *tx)
{
	lockdep_assert_held(&link->tx_lock);

	if (link->state != HDB_LINK_CONNECTED || !list_empty(&tx->node))
		return false;
	list_add_tail(&tx->node, &link->tx_list);
	return true;
}

bool hdb_tx_queue_last(struct hdb_link *link, struct hdb_tx *tx)
{
	lockdep_assert_held(&link->tx_lock);

	if (!list_empty(&tx->node)) {
		list_move_tail(&tx->node, &link->tx_list);
		return false;
	}
	return hdb_tx_queue(link, tx);
}

unsigned int hdb_tx_flush(struct hdb_link *link)
{
	unsigned int count = 0;
	unsigned long flags;
	int err = 0;

	spin_lock_irqsave(&link->tx_lock, flags);
	while (link->state == HDB_LINK_CONNECTED && !list_empty(&link->tx_list)) {
		struct hdb_tx *tx = list_first_entry(&link->tx_list,
						     struct hdb_tx, node);
		struct hdb_msg msg = {};
		u8 slot[HDB_SLOT_SIZE];

		if (!tx->next(tx, &msg)) {
			list_del_init(&tx->node);
			tx->put(tx);
			continue;
		}

		hdb_msg_encode(&msg, slot);
		err = link->ops->send(link, slot);
		if (err)
			break;
		trace_hdb_message(link, &msg, true, 0);
		tx->sent(tx, &msg);
		count++;
	}
	if (err == -EPROTO) {
		link->corrupt = true;
		hdb_link_kick(link);
	}
	link->sent += count;
	if (count) {
		hdb_handicap(link);
		link->ops->notify(link);
	}
	spin_unlock_irqrestore(&link->tx_lock, flags);
	return count;
}

void hdb_tx_purge(struct hdb_link *link)
{
	struct hdb_tx *tx, *next;

	spin_lock_irq(&link->tx_lock);
	list_for_each_entry_safe(tx, next, &link->tx_list, node) {
		list_del_init(&tx->node);
		tx->put(tx);
	}
	spin_unlock_irq(&link->tx_lock);
}
