/* SPDX-License-Identifier: MIT */
/*
 * xen: what Xen itself takes for it, by its libraries: event channels and grants
 * between two processes. Where hdb-bench is built without them, or there is no
 * Xen, all of it fails with EXIT_UNTESTED and the reason.
 */
#ifndef HDB_BENCH_XEN_H
#define HDB_BENCH_XEN_H

#include <stdint.h>

#include "err.h"
#include "wire.h"

/* ---- the measuring end ------------------------------------------------- */

struct xen_event;

/* An event channel for @domain to bind; @port is its number. */
struct xen_event *xen_event_open(uint32_t domain, uint32_t *port, struct err *err);

/* Ring, and wait for the other end's ring: the round trip. */
int xen_event_round(struct xen_event *event, struct err *err);

/* NULL is nothing. */
void xen_event_close(struct xen_event *event);

struct xen_map;

/* Map and unmap pages that @domain granted, @count of them. */
struct xen_map *xen_map_open(uint32_t domain, const uint32_t *refs, uint32_t count,
			     struct err *err);

/* Map them all, then unmap them all; how long each took, in nanoseconds. */
int xen_map_round(struct xen_map *map, uint64_t *map_ns, uint64_t *unmap_ns, struct err *err);

/* NULL is nothing. */
void xen_map_close(struct xen_map *map);

/* ---- the echo ---------------------------------------------------------- */

struct xen_echo;

/* The references that fit a reply's values, two in each. */
#define XEN_MAX_REFS ((WIRE_VALUES - 1) * 2)

/* Do the actions of @request that are Xen's; *echo is made when it is needed. */
int xen_echo_act(struct xen_echo **echo, uint32_t domain, const struct wire *request,
		 struct wire *reply, struct err *err);

/* NULL is nothing. */
void xen_echo_free(struct xen_echo *echo);

#endif
