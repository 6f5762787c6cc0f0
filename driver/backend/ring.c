// SPDX-License-Identifier: GPL-2.0
/*
 * Messages through shared memory. The other end may write anything at any time:
 * an index is read once and checked, a slot is copied once.
 */
#include <linux/compiler.h>
#include <linux/string.h>
#include <asm/barrier.h>

#include "ring.h"

void hdb_ring_init(struct hdb_ring *ring, void *pages, bool frontend)
{
	u8 *slots[2] = {
		pages + HDB_PAGE_SIZE,
		pages + HDB_PAGE_SIZE * (1 + HDB_SLOT_PAGES),
	};

	BUILD_BUG_ON(sizeof(struct hdb_ring_control) > HDB_PAGE_SIZE);
	BUILD_BUG_ON(HDB_SLOTS & (HDB_SLOTS - 1));

	*ring = (struct hdb_ring) {
		.control = pages,
		.tx_dir = frontend ? 0 : 1,
		.tx_slots = slots[frontend ? 0 : 1],
		.rx_slots = slots[frontend ? 1 : 0],
	};
}

static size_t slot_offset(u32 index)
{
	return index % HDB_SLOTS * HDB_SLOT_SIZE;
}

/* Slots in use as the consumer tells, or -EPROTO. */
static int tx_used(struct hdb_ring *ring)
{
	u32 used = ring->tx_prod -
		   READ_ONCE(ring->control->consumer[ring->tx_dir].index);

	return used > HDB_SLOTS ? -EPROTO : used;
}

int hdb_ring_put(struct hdb_ring *ring, const u8 slot[HDB_SLOT_SIZE])
{
	struct hdb_ring_line *line = &ring->control->producer[ring->tx_dir];
	int used = tx_used(ring);

	if (used == HDB_SLOTS) {
		WRITE_ONCE(line->wait_room, 1);
		ring->tx_waiting = true;
		/* The consumer publishes its index, then looks at wait_room. */
		virt_mb();
		used = tx_used(ring);
		if (used == HDB_SLOTS)
			return -EAGAIN;
	}
	if (used < 0)
		return used;
	if (ring->tx_waiting) {
		WRITE_ONCE(line->wait_room, 0);
		ring->tx_waiting = false;
	}

	/* The slot is free only once its index was seen: no write before that. */
	virt_mb();
	memcpy(ring->tx_slots + slot_offset(ring->tx_prod), slot, HDB_SLOT_SIZE);
	ring->tx_prod++;
	/* The message before the index that announces it. */
	virt_store_release(&line->index, ring->tx_prod);
	return 0;
}

int hdb_ring_get(struct hdb_ring *ring, u8 slot[HDB_SLOT_SIZE])
{
	struct hdb_ring_line *line = &ring->control->producer[!ring->tx_dir];
	/* The index before the message that it announces. */
	u32 ready = virt_load_acquire(&line->index) - ring->rx_cons;

	if (ready > HDB_SLOTS)
		return -EPROTO;
	if (!ready)
		return 0;

	memcpy(slot, ring->rx_slots + slot_offset(ring->rx_cons), HDB_SLOT_SIZE);
	/* One copy: the compiler must not fetch the shared slot again. */
	barrier_data(slot);
	ring->rx_cons++;
	return 1;
}

u32 hdb_ring_waiting(const struct hdb_ring *ring)
{
	u32 ready = READ_ONCE(ring->control->producer[!ring->tx_dir].index) - ring->rx_cons;

	return ready < HDB_SLOTS ? ready : HDB_SLOTS;
}

bool hdb_ring_release(struct hdb_ring *ring)
{
	unsigned int dir = !ring->tx_dir;

	if (ring->rx_published == ring->rx_cons)
		return false;

	/* The slots are read before they are given back. */
	virt_store_release(&ring->control->consumer[dir].index, ring->rx_cons);
	ring->rx_published = ring->rx_cons;
	/* Pairs with the barrier in hdb_ring_put(). */
	virt_mb();
	return READ_ONCE(ring->control->producer[dir].wait_room);
}
