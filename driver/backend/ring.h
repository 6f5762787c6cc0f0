/* SPDX-License-Identifier: GPL-2.0 */
/* The two rings of a link in shared memory, from one of its ends. */
#ifndef HDB_RING_H
#define HDB_RING_H

#include "../protocol/hdb_protocol.h"

/**
 * struct hdb_ring - one end
 * @control: shared
 * @tx_slots: shared, written by this end
 * @rx_slots: shared, read by this end
 * @tx_dir: direction that this end produces
 * @tx_prod: own index; the copy in shared memory is never read back
 * @tx_waiting: wait_room is set
 * @rx_cons: likewise
 * @rx_published: what @rx_cons the other end knows of
 *
 * Senders are serialised by the caller, and so are receivers.
 */
struct hdb_ring {
	struct hdb_ring_control *control;
	u8 *tx_slots;
	const u8 *rx_slots;
	unsigned int tx_dir;
	u32 tx_prod;
	bool tx_waiting;
	u32 rx_cons;
	u32 rx_published;
};

/**
 * hdb_ring_init - begin with empty rings
 * @pages: HDB_RING_PAGES contiguous pages, zeroed by the frontend
 * @frontend: which end this is
 */
void hdb_ring_init(struct hdb_ring *ring, void *pages, bool frontend);

/* See send(), receive() of struct hdb_backend_ops. */
int hdb_ring_put(struct hdb_ring *ring, const u8 slot[HDB_SLOT_SIZE]);
int hdb_ring_get(struct hdb_ring *ring, u8 slot[HDB_SLOT_SIZE]);

/** hdb_ring_waiting - messages that can be taken, or HDB_SLOTS if that is no number of them */
u32 hdb_ring_waiting(const struct hdb_ring *ring);

/**
 * hdb_ring_release - give the slots back that were taken
 *
 * Return: whether the other end waits for room.
 */
bool hdb_ring_release(struct hdb_ring *ring);

#endif /* HDB_RING_H */
