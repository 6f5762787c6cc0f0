/* SPDX-License-Identifier: MIT */
/*
 * hdb: the calls of /dev/hyper_dmabuf, one function each, and its events.
 */
#ifndef HDB_HDB_H
#define HDB_HDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hyper_dmabuf.h>

#include "err.h"
#include "stop.h"

#define HDB_NODE "/dev/hyper_dmabuf"

/* The device, non-blocking, close-on-exec; -1 with EXIT_UNTESTED without it. */
int hdb_open(struct err *err);

/*
 * Share @dmabuf with @domain and attach @size bytes of private data, or renew
 * the private data of a buffer that is shared already; @hid gets its id.
 */
int hdb_export(int hdb, int dmabuf, uint32_t domain, const void *priv, size_t size,
	       hyper_dmabuf_id_t *hid, struct err *err);

/* A dma-buf for an imported buffer, which the caller closes; or -1. */
int hdb_export_fd(int hdb, hyper_dmabuf_id_t hid, struct err *err);

/* Stop sharing a buffer now. */
int hdb_unexport(int hdb, hyper_dmabuf_id_t hid, struct err *err);

/* Wait until all pages of an unexported buffer are back. 1: they are; 0: not in that time; -1. */
int hdb_wait_released(int hdb, hyper_dmabuf_id_t hid, uint32_t timeout_ms, struct err *err);

/*
 * Tell the other domain of the fences that are pending on a shared buffer, with
 * HYPER_DMABUF_FENCE_* in @flags. Returns how many there were, or -1.
 */
int hdb_fence_send(int hdb, hyper_dmabuf_id_t hid, uint32_t flags, struct err *err);

/* Ask one item of enum hyper_dmabuf_query, other than PRIV_INFO. */
int hdb_query(int hdb, hyper_dmabuf_id_t hid, enum hyper_dmabuf_query item,
	      unsigned long *answer, struct err *err);

/*
 * Is this imported buffer still shared with us? False once the exporter
 * stopped sharing it or its domain died.
 */
bool hdb_alive(int hdb, hyper_dmabuf_id_t hid);

bool hdb_id_equal(hyper_dmabuf_id_t a, hyper_dmabuf_id_t b);

struct hdb_links {
	uint32_t own_domain;
	uint32_t count;
	struct hyper_dmabuf_link *links;	/* hdb_links_free() frees it */
};

/* All links of this domain. */
int hdb_links(int hdb, struct hdb_links *links, struct err *err);
void hdb_links_free(struct hdb_links *links);

/* "waiting", "connected". */
const char *hdb_link_state(uint32_t state);

struct hdb_event {
	hyper_dmabuf_id_t hid;
	uint32_t size;		/* bytes of priv */
	uint8_t priv[MAX_SIZE_PRIV_DATA];
};

/*
 * A reader of events: takes many per read() and gives them out one by one. Zero
 * it and set @hdb.
 */
struct hdb_events {
	int hdb;
	size_t at, filled;
	uint8_t data[64 * (sizeof(struct hyper_dmabuf_event_hdr) + MAX_SIZE_PRIV_DATA)];
};

/*
 * The next event: 1 with it, 0 when there is none now, -1 on failure. Events of
 * types that this program does not know are skipped.
 */
int hdb_events_next(struct hdb_events *events, struct hdb_event *event, struct err *err);

#endif
