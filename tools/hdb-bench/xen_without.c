// SPDX-License-Identifier: MIT
#ifndef HDB_WITH_XEN
/* Built without Xen's libraries: says so. */
#include "xen.h"

#include <stddef.h>

static int xen_without(struct err *err)
{
	return err_set(err, EXIT_UNTESTED, "hdb-bench was built without Xen's libraries");
}

struct xen_event *xen_event_open(uint32_t domain, uint32_t *port, struct err *err)
{
	(void)domain;
	(void)port;
	xen_without(err);
	return NULL;
}

int xen_event_round(struct xen_event *event, struct err *err)
{
	(void)event;
	return xen_without(err);
}

void xen_event_close(struct xen_event *event)
{
	(void)event;
}

struct xen_map *xen_map_open(uint32_t domain, const uint32_t *refs, uint32_t count,
			     struct err *err)
{
	(void)domain;
	(void)refs;
	(void)count;
	xen_without(err);
	return NULL;
}

int xen_map_round(struct xen_map *map, uint64_t *map_ns, uint64_t *unmap_ns, struct err *err)
{
	(void)map;
	(void)map_ns;
	(void)unmap_ns;
	return xen_without(err);
}

void xen_map_close(struct xen_map *map)
{
	(void)map;
}

int xen_echo_act(struct xen_echo **echo, uint32_t domain, const struct wire *request,
		 struct wire *reply, struct err *err)
{
	(void)echo;
	(void)domain;
	(void)request;
	(void)reply;
	return xen_without(err);
}

void xen_echo_free(struct xen_echo *echo)
{
	(void)echo;
}
#endif
