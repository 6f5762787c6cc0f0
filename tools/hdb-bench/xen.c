// SPDX-License-Identifier: MIT
#ifdef HDB_WITH_XEN
#include "xen.h"
#include "stop.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xenevtchn.h>
#include <xengnttab.h>

#define XEN_WAIT_MS 5000

static int xen_untested(struct err *err, const char *what)
{
	err_errno(err, errno, "%s", what);
	err->code = EXIT_UNTESTED;
	return -1;
}

/* ---- event channels ---------------------------------------------------- */

struct xen_event {
	xenevtchn_handle *handle;
	evtchn_port_t port;
};

struct xen_event *xen_event_open(uint32_t domain, uint32_t *port, struct err *err)
{
	struct xen_event *event = calloc(1, sizeof(*event));
	xenevtchn_port_or_error_t bound;

	if (!event) {
		err_errno(err, ENOMEM, "event channel");
		return NULL;
	}
	event->handle = xenevtchn_open(NULL, 0);
	if (!event->handle) {
		xen_untested(err, "Xen's event channels (/dev/xen/evtchn)");
		free(event);
		return NULL;
	}
	bound = xenevtchn_bind_unbound_port(event->handle, domain);
	if (bound < 0) {
		xen_untested(err, "an event channel for the other domain");
		xen_event_close(event);
		return NULL;
	}
	event->port = (evtchn_port_t)bound;
	*port = event->port;
	return event;
}

int xen_event_round(struct xen_event *event, struct err *err)
{
	struct pollfd ready = { .fd = xenevtchn_fd(event->handle), .events = POLLIN };
	xenevtchn_port_or_error_t port;

	if (xenevtchn_notify(event->handle, event->port) < 0)
		return err_errno(err, errno, "cannot ring an event channel");
	if (poll(&ready, 1, XEN_WAIT_MS) != 1)
		return err_set(err, EXIT_FAILED, "no answer by event channel within %d ms",
			       XEN_WAIT_MS);
	port = xenevtchn_pending(event->handle);
	if (port < 0 || xenevtchn_unmask(event->handle, (evtchn_port_t)port) < 0)
		return err_errno(err, errno, "cannot take an event");
	return 0;
}

void xen_event_close(struct xen_event *event)
{
	if (!event)
		return;
	xenevtchn_close(event->handle);
	free(event);
}

/* ---- grants ------------------------------------------------------------ */

struct xen_map {
	xengnttab_handle *handle;
	uint32_t domain, count;
	uint32_t refs[XEN_MAX_REFS];
};

struct xen_map *xen_map_open(uint32_t domain, const uint32_t *refs, uint32_t count,
			     struct err *err)
{
	struct xen_map *map = calloc(1, sizeof(*map));

	if (!map) {
		err_errno(err, ENOMEM, "grants");
		return NULL;
	}
	*map = (struct xen_map){ .domain = domain, .count = count };
	memcpy(map->refs, refs, count * sizeof(*refs));
	map->handle = xengnttab_open(NULL, 0);
	if (map->handle)
		return map;
	xen_untested(err, "Xen's grants (/dev/xen/gntdev)");
	free(map);
	return NULL;
}

int xen_map_round(struct xen_map *map, uint64_t *map_ns, uint64_t *unmap_ns, struct err *err)
{
	uint64_t start = stop_now(), mapped;
	volatile uint8_t *pages;

	pages = xengnttab_map_domain_grant_refs(map->handle, map->count, map->domain, map->refs,
						PROT_READ);
	if (!pages)
		return err_errno(err, errno, "cannot map %u grants", map->count);
	(void)pages[0];
	mapped = stop_now();
	*map_ns = mapped - start;
	if (xengnttab_unmap(map->handle, (void *)pages, map->count) < 0)
		return err_errno(err, errno, "cannot unmap grants");
	*unmap_ns = stop_now() - mapped;
	return 0;
}

void xen_map_close(struct xen_map *map)
{
	if (!map)
		return;
	xengnttab_close(map->handle);
	free(map);
}

/* ---- the echo ---------------------------------------------------------- */

/**
 * struct xen_echo - what the echo has open at Xen
 * @events: NULL without an event channel
 * @port: that is answered
 * @answering: the thread that does it runs
 * @thread: that
 * @stop: readable when the thread is to end
 * @share: NULL without pages
 * @pages: that are granted
 * @count: of them
 */
struct xen_echo {
	xenevtchn_handle *events;
	evtchn_port_t port;
	bool answering;
	pthread_t thread;
	int stop;
	xengntshr_handle *share;
	void *pages;
	uint32_t count;
};

/* A thread of its own, so that the round trip has nothing else in it. */
static void *xen_echo_answer(void *argument)
{
	struct xen_echo *echo = argument;
	struct pollfd ready[] = {
		{ .fd = xenevtchn_fd(echo->events), .events = POLLIN },
		{ .fd = echo->stop, .events = POLLIN },
	};

	while (poll(ready, 2, -1) > 0 && !ready[1].revents) {
		xenevtchn_port_or_error_t port = xenevtchn_pending(echo->events);

		if (port < 0 || xenevtchn_unmask(echo->events, (evtchn_port_t)port) < 0 ||
		    xenevtchn_notify(echo->events, echo->port) < 0)
			break;
	}
	return NULL;
}

static void xen_echo_end(struct xen_echo *echo)
{
	if (echo->answering) {
		eventfd_write(echo->stop, 1);
		pthread_join(echo->thread, NULL);
	}
	if (echo->events)
		xenevtchn_close(echo->events);
	if (echo->stop >= 0)
		close(echo->stop);
	if (echo->pages)
		xengntshr_unshare(echo->share, echo->pages, echo->count);
	if (echo->share)
		xengntshr_close(echo->share);
	*echo = (struct xen_echo){ .stop = -1 };
}

static int xen_echo_bind(struct xen_echo *echo, uint32_t domain, uint32_t port,
			 struct err *err)
{
	xenevtchn_port_or_error_t bound;

	echo->events = xenevtchn_open(NULL, 0);
	echo->stop = eventfd(0, EFD_CLOEXEC);
	if (!echo->events || echo->stop < 0)
		return err_errno(err, errno, "no event channels");
	bound = xenevtchn_bind_interdomain(echo->events, domain, port);
	if (bound < 0)
		return err_errno(err, errno, "cannot bind port %u", port);
	echo->port = (evtchn_port_t)bound;
	if (pthread_create(&echo->thread, NULL, xen_echo_answer, echo) != 0)
		return err_set(err, EXIT_FAILED, "no thread for event channels");
	echo->answering = true;
	return 0;
}

static int xen_echo_grant(struct xen_echo *echo, uint32_t domain, const struct wire *request,
			  struct wire *reply, struct err *err)
{
	uint32_t refs[XEN_MAX_REFS] = { 0 };

	if (!request->args[0] || request->args[0] > XEN_MAX_REFS)
		return err_set(err, EXIT_FAILED, "asked for too many grants");
	echo->count = (uint32_t)request->args[0];
	echo->share = xengntshr_open(NULL, 0);
	if (!echo->share)
		return err_errno(err, errno, "no /dev/xen/gntalloc");
	echo->pages = xengntshr_share_pages(echo->share, domain, (int)echo->count, refs, 0);
	if (!echo->pages)
		return err_errno(err, errno, "cannot grant %u pages", echo->count);
	for (size_t i = 0; i < XEN_MAX_REFS; i++)
		reply->values[1 + i / 2] |= (uint64_t)refs[i] << 32 * (i % 2);
	return 0;
}

int xen_echo_act(struct xen_echo **echo, uint32_t domain, const struct wire *request,
		 struct wire *reply, struct err *err)
{
	if (!*echo) {
		*echo = calloc(1, sizeof(**echo));
		if (!*echo)
			return err_errno(err, ENOMEM, "Xen");
		(*echo)->stop = -1;
	}
	/* One thing at a time: what was open before is over. */
	xen_echo_end(*echo);
	if (request->actions & WIRE_EVTCHN)
		return xen_echo_bind(*echo, domain, (uint32_t)request->args[0], err);
	if (request->actions & WIRE_GRANTS)
		return xen_echo_grant(*echo, domain, request, reply, err);
	return 0;
}

void xen_echo_free(struct xen_echo *echo)
{
	if (!echo)
		return;
	xen_echo_end(echo);
	free(echo);
}
#endif
