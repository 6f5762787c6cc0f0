/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The door for programs that play the other end of a link: of modules made with
 * HDB_FUZZ=1, for kernel and programs alike.
 *
 * Opening it makes nothing yet. CONNECT makes a link with domain
 * HDB_INJECT_DOMAIN, which goes, with all that came over it, when the file is
 * closed. mmap() of HDB_INJECT_BYTES gives the pages that the two ends share: the
 * rings, as hdb_protocol.h draws them, then HDB_INJECT_PAGES that the program has
 * granted to this domain. Their references are 1 to HDB_INJECT_REFS - 1: number r
 * is page r % HDB_INJECT_PAGES, which may be written unless r % 8 is 7.
 */
#ifndef HDB_INJECT_H
#define HDB_INJECT_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define HDB_INJECT_FILE		"hyper_dmabuf_inject"	/* in debugfs */
#define HDB_INJECT_DOMAIN	32700
#define HDB_INJECT_PAGES	32
#define HDB_INJECT_REFS		4096
/* Nine pages of rings. */
#define HDB_INJECT_RINGS	(9 * 4096)
#define HDB_INJECT_BYTES	(HDB_INJECT_RINGS + HDB_INJECT_PAGES * 4096)

/** struct hdb_inject_look - what the driver made of it so far */
struct hdb_inject_look {
	__u64 received, bad, late, sent;
	__u32 dead;		/* it closed the link: the ring was corrupt */
	__u32 rung;		/* how often it rang */
};

/* Connect, this domain as the frontend (1) or the backend (0) of the link; once. */
#define HDB_INJECT_CONNECT	_IO('i', 1)
/* Ring the doorbell; returns when the driver has dealt with what was there. */
#define HDB_INJECT_RING		_IO('i', 2)
/* Ring it, and do not wait. */
#define HDB_INJECT_RING_ASYNC	_IO('i', 3)
#define HDB_INJECT_LOOK		_IOR('i', 4, struct hdb_inject_look)

#endif /* HDB_INJECT_H */
