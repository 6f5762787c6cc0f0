// SPDX-License-Identifier: GPL-2.0
/* A connection: shared pages, an event channel, and the core's link on them. */
#include <linux/interrupt.h>
#include <linux/random.h>
#include <linux/vmalloc.h>
#include <xen/events.h>

#include "xen.h"

/* How often an offer is read that changes while it is. */
#define CONN_READ_TRIES 5

static irqreturn_t conn_interrupt(int irq, void *data)
{
	struct xen_conn *conn = data;

	/*
	 * The event channel stays masked until the core has looked: a peer that
	 * rings all the time gets the attention of one work item, not of a CPU.
	 */
	if (!hdb_link_interrupt(conn->link))
		xen_irq_lateeoi(irq, XEN_EOI_FLAG_SPURIOUS);
	return IRQ_HANDLED;
}

static int conn_send(struct hdb_link *link, const u8 slot[HDB_SLOT_SIZE])
{
	struct xen_conn *conn = hdb_link_priv(link);

	return hdb_ring_put(&conn->ring, slot);
}

static void conn_notify(struct hdb_link *link)
{
	struct xen_conn *conn = hdb_link_priv(link);

	notify_remote_via_irq(conn->irq);
	hdb_link_count(link, HDB_COUNT_CALLS, 1);
}

static int conn_receive(struct hdb_link *link, u8 slot[HDB_SLOT_SIZE])
{
	struct xen_conn *conn = hdb_link_priv(link);

	return hdb_ring_get(&conn->ring, slot);
}

static u32 conn_waiting(struct hdb_link *link)
{
	struct xen_conn *conn = hdb_link_priv(link);

	return hdb_ring_waiting(&conn->ring);
}

static void conn_received(struct hdb_link *link, bool spurious)
{
	struct xen_conn *conn = hdb_link_priv(link);

	if (hdb_ring_release(&conn->ring))
		conn_notify(link);
	xen_irq_lateeoi(conn->irq, spurious ? XEN_EOI_FLAG_SPURIOUS : 0);
}

static void conn_fail(struct hdb_link *link)
{
	struct xen_conn *conn = hdb_link_priv(link);

	xenbus_switch_state(conn->dev, XenbusStateClosed);
}

static void conn_quiesce(struct hdb_link *link)
{
	struct xen_conn *conn = hdb_link_priv(link);

	if (conn->irq)
		synchronize_irq(conn->irq);
}

const struct hdb_backend_ops xen_link_ops = {
	.name = "xen",
	.grant = xen_grant,
	.ungrant = xen_ungrant,
	.copy_page = xen_copy_page,
	.map = xen_map,
	.send = conn_send,
	.notify = conn_notify,
	.receive = conn_receive,
	.waiting = conn_waiting,
	.received = conn_received,
	.fail = conn_fail,
	.quiesce = conn_quiesce,
};

static int conn_publish(struct xen_conn *conn)
{
	struct xenbus_device *dev = conn->dev;
	struct xenbus_transaction xbt;
	char node[16];
	int err;

	do {
		err = xenbus_transaction_start(&xbt);
		if (err)
			return err;

		err = xenbus_printf(xbt, dev->nodename, "version", "%u",
				    HDB_PROTOCOL_VERSION);
		if (!err)
			err = xenbus_printf(xbt, dev->nodename, "offer", "%u",
					    conn->offer.number);
		for (unsigned int i = 0; i < HDB_RING_PAGES && !err; i++) {
			snprintf(node, sizeof(node), "ring-ref%u", i);
			err = xenbus_printf(xbt, dev->nodename, node, "%u",
					    conn->offer.grefs[i]);
		}
		if (!err)
			err = xenbus_printf(xbt, dev->nodename, "event-channel",
					    "%u", conn->offer.port);
		if (err) {
			xenbus_transaction_end(xbt, 1);
			return err;
		}
		err = xenbus_transaction_end(xbt, 0);
	} while (err == -EAGAIN);
	return err;
}

/* On failure the caller closes, which undoes whatever was done. */
int xen_conn_offer(struct xen_conn *conn)
{
	int err = 0;

	if (conn->pages)
		memset(conn->pages, 0, HDB_RING_PAGES * HDB_PAGE_SIZE);
	else
		err = xenbus_setup_ring(conn->dev, GFP_KERNEL, &conn->pages,
					HDB_RING_PAGES, conn->offer.grefs);
	if (err)
		return err;
	hdb_ring_init(&conn->ring, conn->pages, true);

	err = xenbus_alloc_evtchn(conn->dev, &conn->offer.port);
	if (err)
		return err;
	err = bind_evtchn_to_irqhandler_lateeoi(conn->offer.port, conn_interrupt,
						0, "hyper_dmabuf", conn);
	if (err < 0) {
		xenbus_free_evtchn(conn->dev, conn->offer.port);
		return err;
	}
	conn->irq = err;
	conn->offer.number = get_random_u32();
	return conn_publish(conn);
}

static int conn_scan(struct xenbus_transaction xbt, const char *dir,
		     const char *node, unsigned int *value)
{
	int got = xenbus_scanf(xbt, dir, node, "%u", value);

	return got == 1 ? 0 : got < 0 ? got : -EINVAL;
}

static int conn_scan_offer(struct xenbus_transaction xbt, const char *dir,
			   struct xen_offer *offer)
{
	unsigned int state;
	char node[16];
	int err;

	err = conn_scan(xbt, dir, "state", &state);
	if (err)
		return err;
	if (state != XenbusStateInitialised && state != XenbusStateConnected)
		return -ESTALE;

	err = conn_scan(xbt, dir, "offer", &offer->number);
	if (err)
		return err;
	for (unsigned int i = 0; i < HDB_RING_PAGES; i++) {
		snprintf(node, sizeof(node), "ring-ref%u", i);
		err = conn_scan(xbt, dir, node, &offer->grefs[i]);
		if (err)
			return err;
	}
	return conn_scan(xbt, dir, "event-channel", &offer->port);
}

/*
 * All of it at one moment: half of one offer and half of the next name pages
 * that may well be there, in an order that nobody meant. -ESTALE when there is
 * none. A frontend that writes all the time does not keep us: then it is -EAGAIN.
 */
static int conn_read(const struct xen_conn *conn, struct xen_offer *offer)
{
	struct xenbus_transaction xbt;
	int err, ended;

	for (int tries = 0; tries < CONN_READ_TRIES; tries++) {
		err = xenbus_transaction_start(&xbt);
		if (err)
			return err;
		err = conn_scan_offer(xbt, conn->dev->otherend, offer);
		ended = xenbus_transaction_end(xbt, 0);
		if (ended != -EAGAIN)
			return err ?: ended;
	}
	return -EAGAIN;
}

/*
 * Not by xenbus_map_ring_valloc(): where a reference is wrong, it leaves those
 * behind it mapped and gives their pages back, and Xen kills the domain that
 * maps something there again.
 */
static int conn_map(struct xen_conn *conn, const grant_ref_t *grefs)
{
	struct hdb_mapping *mapping = xen_map(conn->link, grefs, HDB_RING_PAGES, true);

	if (IS_ERR(mapping))
		return PTR_ERR(mapping);
	conn->mapping = mapping;
	conn->pages = mapping->vaddr ?: vmap(mapping->pages, mapping->nr_pages,
					     VM_MAP, PAGE_KERNEL);
	return conn->pages ? 0 : -ENOMEM;
}

static void conn_unmap(struct xen_conn *conn)
{
	struct hdb_mapping *mapping = conn->mapping;

	if (!mapping)
		return;
	if (conn->pages && !mapping->vaddr)
		vunmap(conn->pages);
	mapping->ops->unmap(mapping);
	conn->mapping = NULL;
	conn->pages = NULL;
}

static int conn_bind(struct xen_conn *conn)
{
	int irq;

	irq = bind_interdomain_evtchn_to_irqhandler_lateeoi(conn->dev,
							    conn->offer.port,
							    conn_interrupt, 0,
							    "hyper_dmabuf", conn);
	if (irq < 0)
		return irq;
	conn->irq = irq;
	return 0;
}

int xen_conn_accept(struct xen_conn *conn)
{
	int err;

	err = conn_read(conn, &conn->offer);
	if (err)
		return err;

	err = conn_map(conn, conn->offer.grefs);
	if (!err) {
		hdb_ring_init(&conn->ring, conn->pages, false);
		err = conn_bind(conn);
	}
	/*
	 * A frontend that began anew says so before it grants other pages by
	 * the same references. While these are mapped, it cannot.
	 */
	return xen_conn_outdated(conn) ? -ESTALE : err;
}

bool xen_conn_outdated(const struct xen_conn *conn)
{
	struct xen_offer offer = { };
	int err = conn_read(conn, &offer);

	return err == -ESTALE || (!err && memcmp(&offer, &conn->offer, sizeof(offer)));
}

void xen_conn_close(struct xen_conn *conn)
{
	/*
	 * The link goes before the ring, which its work uses, and before the
	 * interrupt, which that ends. A peer rings whenever it likes: from here
	 * on nobody hears it.
	 */
	if (conn->irq)
		disable_irq(conn->irq);
	if (conn->link)
		hdb_link_destroy(conn->link);
	conn->link = NULL;

	if (conn->irq)
		unbind_from_irqhandler(conn->irq, conn);
	conn->irq = 0;

	conn_unmap(conn);
}

bool xen_conn_used(const struct xen_conn *conn)
{
	return conn->irq || conn->mapping;
}

void xen_conn_free(struct xen_conn *conn)
{
	xen_conn_close(conn);

	/* What is still mapped over there the kernel frees when it is not. */
	if (conn->pages)
		xenbus_teardown_ring(&conn->pages, HDB_RING_PAGES, conn->offer.grefs);
	conn->pages = NULL;
}
