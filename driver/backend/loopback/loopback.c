// SPDX-License-Identifier: GPL-2.0
/*
 * The loopback: a link of this domain with itself. Its two ends are two links
 * of the core, and what goes from one to the other goes through the rings, byte
 * for byte as it would between domains, and is announced in hard interrupt
 * context. No pointer crosses.
 */
#include <linux/gfp.h>
#include <linux/irq_work.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "../ring.h"
#include "loopback.h"

/**
 * struct loopback_end - one of the two
 * @link: the core's side
 * @ring: this end of the rings
 * @doorbell: rung by the other end
 * @other: end
 */
struct loopback_end {
	struct hdb_link *link;
	struct hdb_ring ring;
	struct irq_work doorbell;
	struct loopback_end *other;
};

static struct {
	void *pages;
	struct loopback_end end[2];
} loopback;

static void loopback_doorbell(struct irq_work *work)
{
	struct loopback_end *end = container_of(work, struct loopback_end, doorbell);

	hdb_link_interrupt(end->link);
}

static int loopback_send(struct hdb_link *link, const u8 slot[HDB_SLOT_SIZE])
{
	struct loopback_end *end = hdb_link_priv(link);

	return hdb_ring_put(&end->ring, slot);
}

static void loopback_notify(struct hdb_link *link)
{
	struct loopback_end *end = hdb_link_priv(link);

	irq_work_queue(&end->other->doorbell);
	hdb_link_count(link, HDB_COUNT_CALLS, 1);
}

static int loopback_receive(struct hdb_link *link, u8 slot[HDB_SLOT_SIZE])
{
	struct loopback_end *end = hdb_link_priv(link);

	return hdb_ring_get(&end->ring, slot);
}

static u32 loopback_waiting(struct hdb_link *link)
{
	struct loopback_end *end = hdb_link_priv(link);

	return hdb_ring_waiting(&end->ring);
}

static void loopback_received(struct hdb_link *link, bool spurious)
{
	struct loopback_end *end = hdb_link_priv(link);

	if (hdb_ring_release(&end->ring))
		loopback_notify(link);
}

/* Nobody but this kernel writes the rings, so there is nothing to part from. */
static void loopback_fail(struct hdb_link *link)
{
	WARN_ONCE(1, "hyper_dmabuf: the loopback ring is corrupt\n");
}

static void loopback_quiesce(struct hdb_link *link)
{
	struct loopback_end *end = hdb_link_priv(link);

	irq_work_sync(&end->doorbell);
}

static const struct hdb_backend_ops loopback_ops = {
	.name = "loopback",
	.grant = loopback_grant,
	.ungrant = loopback_ungrant,
	.copy_page = loopback_copy_page,
	.map = loopback_map,
	.send = loopback_send,
	.notify = loopback_notify,
	.receive = loopback_receive,
	.waiting = loopback_waiting,
	.received = loopback_received,
	.fail = loopback_fail,
	.quiesce = loopback_quiesce,
};

static int loopback_end_init(unsigned int i, u32 own)
{
	struct loopback_end *end = &loopback.end[i];

	end->other = &loopback.end[!i];
	end->doorbell = IRQ_WORK_INIT_HARD(loopback_doorbell);
	hdb_ring_init(&end->ring, loopback.pages, !i);
	end->link = hdb_link_create_loopback(&loopback_ops, end, own, !i);
	return PTR_ERR_OR_ZERO(end->link);
}

int hdb_loopback_init(u32 own)
{
	int err;

	loopback.pages = alloc_pages_exact(HDB_RING_PAGES * PAGE_SIZE,
					   GFP_KERNEL | __GFP_ZERO);
	if (!loopback.pages)
		return -ENOMEM;

	err = loopback_end_init(0, own);
	if (err)
		goto err_pages;
	err = loopback_end_init(1, own);
	if (err)
		goto err_end;

	hdb_link_connect(loopback.end[1].link);
	hdb_link_connect(loopback.end[0].link);
	loopback_inject_init();
	return 0;

err_end:
	hdb_link_destroy(loopback.end[0].link);
err_pages:
	free_pages_exact(loopback.pages, HDB_RING_PAGES * PAGE_SIZE);
	return err;
}

void hdb_loopback_exit(void)
{
	loopback_inject_exit();
	/* The end that rings is stopped before the one that hears. */
	hdb_link_destroy(loopback.end[0].link);
	hdb_link_destroy(loopback.end[1].link);
	irq_work_sync(&loopback.end[0].doorbell);
	free_pages_exact(loopback.pages, HDB_RING_PAGES * PAGE_SIZE);
}
