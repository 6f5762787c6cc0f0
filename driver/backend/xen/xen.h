/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Xen backend: bus.c finds links and follows their states, conn.c holds the
 * shared memory and the event channel of a connection, grant.c and map.c are
 * the two sides of the pages of buffers, and pv.c, pv_user.c and pv_space.c what
 * else the importer's side takes in a PV domain.
 */
#ifndef HDB_XEN_H
#define HDB_XEN_H

#include <xen/grant_table.h>
#include <xen/xenbus.h>

#include "../backend.h"
#include "../ring.h"

/**
 * struct xen_offer - what a frontend's nodes say
 * @number: by chance, to tell it from earlier ones: references and event channel
 *	may be the same ones again
 * @grefs: of the shared pages
 * @port: event channel, for the backend to bind
 */
struct xen_offer {
	u32 number;
	grant_ref_t grefs[HDB_RING_PAGES];
	evtchn_port_t port;
};

/**
 * struct xen_conn - a connection with the other end
 * @dev: the device; valid as long as the connection is open
 * @link: the core's side; there from open to close
 * @pages: shared memory: as the frontend ours, for as long as there is a device;
 *	mapped as the backend
 * @mapping: of @pages; the backend's
 * @offer: ours as the frontend, the one that was accepted as the backend
 * @irq: bound to its event channel; 0 while it is not
 */
struct xen_conn {
	struct xenbus_device *dev;
	bool frontend;
	struct hdb_link *link;
	struct hdb_ring ring;
	void *pages;
	struct hdb_mapping *mapping;
	struct xen_offer offer;
	int irq;
};

/**
 * xen_conn_offer - the frontend's part: grant pages, make an event channel
 *
 * The pages are those of the last connection, zeroed. A backend that keeps them
 * mapped, and asks for a connection again and again, gets nine pages of ours and
 * not nine more each time, until there are no grants left.
 */
int xen_conn_offer(struct xen_conn *conn);

/**
 * xen_conn_accept - the backend's part: map pages, bind the event channel
 *
 * Return: 0, -ESTALE when the frontend has begun anew meanwhile and is going to
 * make another offer, or -errno. Unless 0, the caller closes.
 */
int xen_conn_accept(struct xen_conn *conn);

/** xen_conn_outdated - whether the frontend's offer is not the one that was accepted */
bool xen_conn_outdated(const struct xen_conn *conn);

/**
 * xen_conn_close - undo either of them, and destroy the link
 *
 * Does not wait for the other end. May be called at any stage, and again.
 */
void xen_conn_close(struct xen_conn *conn);

/** xen_conn_used - whether there is, or was, a connection to be closed */
bool xen_conn_used(const struct xen_conn *conn);

/** xen_conn_free - close it for good: the device goes */
void xen_conn_free(struct xen_conn *conn);

/** xen_link_ops - for hdb_link_create(); priv is the struct xen_conn */
extern const struct hdb_backend_ops xen_link_ops;

/* Operations per hypercall. */
#define XEN_BATCH 256u

/**
 * struct xen_mapping - pages of the other domain
 * @link: with that domain; it may be dead
 * @handles: of the pages in the kernel's linear range, the first base.nr_pages
 * @refs: what they were granted as; PV domains only
 * @vhandles: of the pages in base.vaddr; PV domains only
 */
struct xen_mapping {
	struct hdb_mapping base;
	struct hdb_link *link;
	struct page **pages;
	u32 *refs;
	grant_handle_t *vhandles;
	grant_handle_t handles[];
};

/** xen_map_errno - of the status of an operation that maps */
int xen_map_errno(s16 status);

/* See struct hdb_backend_ops. */
int xen_grant(struct hdb_link *link, const unsigned long *pfns, u32 n,
	      bool writable, u32 *refs);
u32 xen_ungrant(struct hdb_link *link, const u32 *refs, u32 n);
int xen_copy_page(struct hdb_link *link, u32 ref, void *to);
struct hdb_mapping *xen_map(struct hdb_link *link, const u32 *refs, u32 n,
			    bool writable);
/* See struct hdb_mapping_ops. */
void xen_unmap(struct hdb_mapping *mapping);

#if IS_ENABLED(CONFIG_XEN_PV) && IS_ENABLED(CONFIG_MMU_NOTIFIER)
/** xen_pv_supported - whether PV domains can import with this kernel and Xen */
bool xen_pv_supported(void);

/**
 * xen_pv_open - what a mapping needs beside pages, once those are mapped
 *
 * Return: 0 or -errno; in either case xen_pv_close() is due.
 */
int xen_pv_open(struct xen_mapping *mapping, const u32 *refs);
void xen_pv_close(struct xen_mapping *mapping);

/** xen_pv_mmap - see struct hdb_mapping_ops */
int xen_pv_mmap(struct hdb_mapping *mapping, struct vm_area_struct *vma);

/** xen_pv_init - before the first mapping */
int xen_pv_init(void);

/** xen_pv_exit - no mapping is left, and no code of ours runs any more */
void xen_pv_exit(void);
#else
static inline bool xen_pv_supported(void)
{
	return false;
}

static inline int xen_pv_open(struct xen_mapping *mapping, const u32 *refs)
{
	return -EOPNOTSUPP;
}

static inline void xen_pv_close(struct xen_mapping *mapping)
{
}

static inline int xen_pv_init(void)
{
	return 0;
}

static inline void xen_pv_exit(void)
{
}
#endif

#endif /* HDB_XEN_H */
