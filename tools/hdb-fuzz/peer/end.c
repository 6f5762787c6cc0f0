// SPDX-License-Identifier: MIT
#include "end.h"
#include "stop.h"
#include "xen_log.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* How often what another one spoils is tried again. */
#define END_TRIES	3

/* ---- finding it ---- */

static char *end_read(struct xs_handle *xs, const char *dir, const char *node)
{
	char path[256];
	unsigned int length;

	snprintf(path, sizeof(path), "%s/%s", dir, node);
	return xs_read(xs, XBT_NULL, path, &length);
}

static bool end_read_text(struct xs_handle *xs, const char *dir, const char *node, char *text,
			  size_t size)
{
	char *value = end_read(xs, dir, node);
	bool good = value && strlen(value) < size;

	if (good)
		memcpy(text, value, strlen(value) + 1);
	free(value);
	return good;
}

/* The nodes in @dir are an end of ours. */
static int end_take(struct xs_handle *xs, struct end_place *place, const char *dir)
{
	char id[16] = "";

	if (place->own[0])
		return -1;
	snprintf(place->own, sizeof(place->own), "%s", dir);
	if (!end_read_text(xs, dir, place->backend ? "frontend" : "backend", place->other,
			   sizeof(place->other)) ||
	    !end_read_text(xs, dir, place->backend ? "frontend-id" : "backend-id", id, sizeof(id)))
		return -1;
	place->peer = (uint32_t)strtoul(id, NULL, 10);
	return 0;
}

/* @dir has the devices of one peer. */
static int end_find_in(struct xs_handle *xs, struct end_place *place, const char *dir)
{
	unsigned int count;
	char **names = xs_directory(xs, XBT_NULL, dir, &count), path[192];
	int wrong = 0;

	for (unsigned int i = 0; names && i < count && !wrong; i++) {
		snprintf(path, sizeof(path), "%.100s/%.20s", dir, names[i]);
		wrong = end_take(xs, place, path);
	}
	free(names);
	return wrong;
}

int end_find(struct end_place *place, bool backend, struct err *err)
{
	struct xs_handle *xs = xs_open(0);
	char **fronts, dir[128];
	unsigned int count;
	int wrong = 0;

	*place = (struct end_place){ .backend = backend };
	if (!xs)
		return err_set(err, EXIT_UNTESTED, "cannot be tested here: no xenstore (%s)",
			       strerror(errno));
	if (!backend) {
		wrong = end_find_in(xs, place, "device/hdb-user");
	} else {
		fronts = xs_directory(xs, XBT_NULL, "backend/hdb-user", &count);
		for (unsigned int i = 0; fronts && i < count && !wrong; i++) {
			snprintf(dir, sizeof(dir), "backend/hdb-user/%.20s", fronts[i]);
			wrong = end_find_in(xs, place, dir);
		}
		free(fronts);
	}
	xs_close(xs);
	if (wrong)
		return err_set(err, EXIT_UNTESTED, "cannot be tested here: several links for "
			       "programs, or a broken one");
	if (place->own[0])
		return 0;
	return err_set(err, EXIT_UNTESTED, "cannot be tested here: no link whose %s is for a "
		       "program (dom0: hdb-link --user THIS-DOMAIN add %s)",
		       backend ? "backend" : "frontend",
		       backend ? "OTHER THIS-DOMAIN" : "THIS-DOMAIN OTHER");
}

int end_open(struct end *end, const struct end_place *place, struct err *err)
{
	*end = (struct end){ .place = place, .port = -1 };
	end->xs = xs_open(0);
	end->tab = xengnttab_open(&xen_log, 0);
	end->shr = xengntshr_open(&xen_log, 0);
	end->evtchn = xenevtchn_open(&xen_log, 0);
	if (end->xs && end->tab && end->shr && end->evtchn)
		return 0;
	err_set(err, EXIT_UNTESTED, "cannot be tested here: no %s (%s; modules xen-gntdev, "
		"xen-gntalloc, xen-evtchn; are you root?)", !end->xs ? "xenstore" :
		!end->tab ? "gntdev" : !end->shr ? "gntalloc" : "event channels",
		strerror(errno));
	end_close(end);
	return -1;
}

void end_close(struct end *end)
{
	end_ring_drop(end);
	if (end->evtchn)
		xenevtchn_close(end->evtchn);
	if (end->shr)
		xengntshr_close(end->shr);
	if (end->tab)
		xengnttab_close(end->tab);
	if (end->xs)
		xs_close(end->xs);
}

/* ---- nodes ---- */

enum end_state end_other(const struct end *end)
{
	char text[8] = "";

	end_read_text(end->xs, end->place->other, "state", text, sizeof(text));
	return (enum end_state)strtoul(text, NULL, 10);
}

static bool end_put(const struct end *end, xs_transaction_t xbt, const char *node,
		    const char *value)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", end->place->own, node);
	return xs_write(end->xs, xbt, path, value, (unsigned int)strlen(value));
}

bool end_write(const struct end *end, const char *node, const char *value)
{
	return end_put(end, XBT_NULL, node, value);
}

bool end_say(const struct end *end, enum end_state state)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", (unsigned int)state);
	return end_write(end, "state", text);
}

void end_forget(const struct end *end, const char *node)
{
	char path[256];

	/* The directory itself is the toolstack's. */
	if (!*node || strchr(node, '/'))
		return;
	snprintf(path, sizeof(path), "%s/%s", end->place->own, node);
	xs_rm(end->xs, XBT_NULL, path);
}

enum end_state end_await(const struct end *end, unsigned int mask, unsigned int ms)
{
	uint64_t deadline = stop_now() + ms * (STOP_NS_PER_S / 1000);
	enum end_state state;

	for (;;) {
		state = end_other(end);
		if (mask & 1u << (state < 16 ? state : 15) || stop_now() >= deadline ||
		    stop_requested())
			return state;
		usleep(2000);
	}
}

/* ---- shared pages ---- */

static bool end_number(const struct end *end, const char *node, uint32_t *number)
{
	char text[16];

	if (!end_read_text(end->xs, end->place->other, node, text, sizeof(text)))
		return false;
	*number = (uint32_t)strtoul(text, NULL, 10);
	return true;
}

static bool end_ring_map(struct end *end)
{
	char node[16];
	uint32_t port;

	if (!end_number(end, "offer", &end->offer))
		return false;
	for (unsigned int i = 0; i < HDB_RING_PAGES; i++) {
		snprintf(node, sizeof(node), "ring-ref%u", i);
		if (!end_number(end, node, &end->refs[i]))
			return false;
	}
	if (!end_number(end, "event-channel", &port))
		return false;
	end->pages = xengnttab_map_domain_grant_refs(end->tab, HDB_RING_PAGES, end->place->peer,
						     end->refs, PROT_READ | PROT_WRITE);
	if (end->pages)
		end->port = xenevtchn_bind_interdomain(end->evtchn, end->place->peer, port);
	return end->port >= 0;
}

bool end_ring(struct end *end)
{
	end_ring_drop(end);
	end->produced = 0;
	end->consumed = 0;
	if (end->place->backend)
		return end_ring_map(end);
	end->pages = xengntshr_share_pages(end->shr, end->place->peer, HDB_RING_PAGES, end->refs, 1);
	if (!end->pages)
		return false;
	memset(end->pages, 0, (size_t)HDB_RING_PAGES * HDB_PAGE_SIZE);
	end->offer = (uint32_t)stop_now();
	end->port = xenevtchn_bind_unbound_port(end->evtchn, end->place->peer);
	return end->port >= 0;
}

void end_ring_drop(struct end *end)
{
	if (end->port >= 0)
		xenevtchn_unbind(end->evtchn, (evtchn_port_t)end->port);
	end->port = -1;
	if (end->pages && end->place->backend)
		xengnttab_unmap(end->tab, end->pages, HDB_RING_PAGES);
	else if (end->pages)
		xengntshr_unshare(end->shr, end->pages, HDB_RING_PAGES);
	end->pages = NULL;
}

static bool end_put_offer(const struct end *end, xs_transaction_t xbt)
{
	char node[16], value[16];
	bool good = end_put(end, xbt, "version", "1");

	snprintf(value, sizeof(value), "%u", end->offer);
	good = good && end_put(end, xbt, "offer", value);
	for (unsigned int i = 0; i < HDB_RING_PAGES && good; i++) {
		snprintf(node, sizeof(node), "ring-ref%u", i);
		snprintf(value, sizeof(value), "%u", end->refs[i]);
		good = end_put(end, xbt, node, value);
	}
	snprintf(value, sizeof(value), "%d", end->port);
	return good && end_put(end, xbt, "event-channel", value);
}

bool end_publish(const struct end *end)
{
	if (end->place->backend)
		return end_write(end, "version", "1");
	/* All at once: the other end may still be hearing of what was before. */
	for (int i = 0; i < END_TRIES; i++) {
		xs_transaction_t xbt = xs_transaction_start(end->xs);
		bool good;

		if (xbt == XBT_NULL)
			return false;
		good = end_put_offer(end, xbt);
		if (xs_transaction_end(end->xs, xbt, !good))
			return good;
		if (errno != EAGAIN)
			return false;
	}
	return false;
}

/* ---- states ---- */

/* Whatever it was: it begins anew, and so do we. */
static enum end_state end_connect_front(struct end *end, unsigned int ms)
{
	enum end_state state;

	end_say(end, END_INITIALISING);
	state = end_await(end, 1u << END_INIT_WAIT, ms);
	if (state != END_INIT_WAIT || !end_ring(end) || !end_publish(end))
		return state == END_INIT_WAIT ? END_UNKNOWN : state;
	end_say(end, END_INITIALISED);
	state = end_await(end, 1u << END_CONNECTED | 1u << END_CLOSED, ms);
	if (state == END_CONNECTED)
		end_say(end, END_CONNECTED);
	return state;
}

/* A ring that was offered to somebody before us may be in any condition. */
static enum end_state end_connect_back(struct end *end, unsigned int ms)
{
	enum end_state state;
	uint32_t offer;

	end_say(end, END_CLOSED);
	end_await(end, 1u << END_CLOSED | 1u << END_INITIALISING, ms);
	end_publish(end);
	end_say(end, END_INIT_WAIT);
	state = end_await(end, 1u << END_INITIALISED, ms);
	if (state != END_INITIALISED)
		return state;
	if (!end_ring(end))
		return END_UNKNOWN;
	end_say(end, END_CONNECTED);
	state = end_await(end, 1u << END_CONNECTED | 1u << END_CLOSED, ms);
	/* It may have offered anew meanwhile, and have taken that for an answer. */
	if (state == END_CONNECTED && (!end_number(end, "offer", &offer) || offer != end->offer))
		return END_UNKNOWN;
	return state;
}

enum end_state end_connect(struct end *end, unsigned int ms)
{
	enum end_state state = END_UNKNOWN;

	/* What was said before may be heard late, and spoil the first try. */
	for (int i = 0; i < END_TRIES && state != END_CONNECTED; i++) {
		end_ring_drop(end);
		state = end->place->backend ? end_connect_back(end, ms) : end_connect_front(end, ms);
	}
	return state;
}

void end_part(struct end *end)
{
	end_say(end, END_CLOSED);
	end_await(end, 1u << END_CLOSED | 1u << END_INITIALISING | 1u << END_INIT_WAIT, 500);
	end_ring_drop(end);
}

/* ---- rings ---- */

static struct hdb_ring_control *end_control(const struct end *end)
{
	return (struct hdb_ring_control *)end->pages;
}

/* Direction that we send in. */
static unsigned int end_direction(const struct end *end)
{
	return end->place->backend;
}

volatile struct hdb_ring_line *end_producer(const struct end *end)
{
	return &end_control(end)->producer[end_direction(end)];
}

volatile struct hdb_ring_line *end_consumer(const struct end *end)
{
	return &end_control(end)->consumer[!end_direction(end)];
}

static uint8_t *end_slot(const struct end *end, unsigned int direction, uint32_t index)
{
	return end->pages + HDB_PAGE_SIZE * (1 + direction * HDB_SLOT_PAGES) +
	       index % HDB_SLOTS * HDB_SLOT_SIZE;
}

void end_bell(struct end *end)
{
	if (end->port >= 0)
		xenevtchn_notify(end->evtchn, (evtchn_port_t)end->port);
}

void end_send(struct end *end, const uint8_t slot[HDB_SLOT_SIZE])
{
	if (!end->pages)
		return;
	memcpy(end_slot(end, end_direction(end), end->produced), slot, HDB_SLOT_SIZE);
	end->produced++;
	__atomic_store_n((uint32_t *)&end_producer(end)->index, end->produced, __ATOMIC_RELEASE);
	end_bell(end);
}

bool end_receive(struct end *end, uint8_t slot[HDB_SLOT_SIZE])
{
	unsigned int direction = !end_direction(end);
	uint32_t ready;

	if (!end->pages)
		return false;
	ready = __atomic_load_n(&end_control(end)->producer[direction].index, __ATOMIC_ACQUIRE) -
		end->consumed;
	if (!ready || ready > HDB_SLOTS)
		return false;
	memcpy(slot, end_slot(end, direction, end->consumed), HDB_SLOT_SIZE);
	end->consumed++;
	__atomic_store_n((uint32_t *)&end_consumer(end)->index, end->consumed, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (end_control(end)->producer[direction].wait_room)
		end_bell(end);
	return true;
}

void end_listen(struct end *end, unsigned int ms)
{
	struct pollfd fd = { .fd = xenevtchn_fd(end->evtchn), .events = POLLIN };
	xenevtchn_port_or_error_t port;

	if (poll(&fd, 1, (int)ms) <= 0)
		return;
	port = xenevtchn_pending(end->evtchn);
	if (port >= 0)
		xenevtchn_unmask(end->evtchn, (evtchn_port_t)port);
}
