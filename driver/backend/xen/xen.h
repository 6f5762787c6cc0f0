/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Xen backend: bus.c finds links and follows their states, conn.c holds the
 * shared memory and the event channel of a connection, grant.c and map.c are
 * the two sides of the pages of buffers.
 */
#ifndef HDB_XEN_H
#define HDB_XEN_H

#include <xen/grant_table.h>
#include <xen/xenbus.h>

#include "../backend.h"
#include "../ring.h"

/**
 * struct xen_conn - a connection with the other end
 * @dev: the device; valid as long as the connection is open
 * @link: the core's side; there from open to close
 * @pages: shared memory: ours as the frontend, mapped as the backend
 * @grefs: of @pages; the frontend's
 * @port: event channel; the frontend's, for the backend to bind
 * @irq: bound to it; 0 while it is not
 */
struct xen_conn {
	struct xenbus_device *dev;
	bool frontend;
	struct hdb_link *link;
	struct hdb_ring ring;
	void *pages;
	grant_ref_t grefs[HDB_RING_PAGES];
	evtchn_port_t port;
	int irq;
};

/** xen_conn_offer - the frontend's part: grant pages, make an event channel */
int xen_conn_offer(struct xen_conn *conn);

/** xen_conn_accept - the backend's part: map pages, bind the event channel */
int xen_conn_accept(struct xen_conn *conn);

/**
 * xen_conn_close - undo either of them, and destroy the link
 *
 * Does not wait for the other end. May be called at any stage, and again.
 */
void xen_conn_close(struct xen_conn *conn);

/** xen_link_ops - for hdb_link_create(); priv is the struct xen_conn */
extern const struct hdb_backend_ops xen_link_ops;

/* See struct hdb_backend_ops. */
int xen_grant(struct hdb_link *link, const unsigned long *pfns, u32 n,
	      bool writable, u32 *refs);
u32 xen_ungrant(struct hdb_link *link, const u32 *refs, u32 n);
int xen_copy_page(struct hdb_link *link, u32 ref, void *to);
struct hdb_mapping *xen_map(struct hdb_link *link, const u32 *refs, u32 n,
			    bool writable);
void xen_unmap(struct hdb_mapping *mapping);

#endif /* HDB_XEN_H */
