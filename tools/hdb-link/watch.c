// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "stop.h"
#include "watch.h"

/* How long the kernels get to let go of a link that was cleared. */
#define WATCH_CLEAR_MS	2000

/* After this long what failed is tried again, whatever happens. */
#define WATCH_RETRY_NS	(5 * STOP_NS_PER_S)

/* The longest line: two names, and some words. */
#define WATCH_TEXT_LEN	(2 * DOMAIN_NAME_LEN + 256)

/* No domain: not there, or not to be told from another one. */
#define WATCH_NOBODY	(-1)

/**
 * struct watch_end - one of the two
 * @spec: as it was asked for
 * @domain: who that is now; its id is WATCH_NOBODY when there is none
 * @joined: id with which it was joined last
 * @several: that several are called so has been told
 */
struct watch_end {
	const char *spec;
	struct domain domain;
	int joined;
	bool several;
};

struct watch_pair {
	struct watch_end end[2];
};

struct watch {
	struct xs_handle *xs;
	const struct watch_sink *sink;
	struct watch_pair *pairs;
	size_t count;
	bool again;	/* something failed that may work later */
};

static int watch_tell(const struct watch *watch, const char *event, const struct domain *a,
		      const struct domain *b, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

static int watch_tell(const struct watch *watch, const char *event, const struct domain *a,
		      const struct domain *b, const char *fmt, ...)
{
	char text[WATCH_TEXT_LEN];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return watch->sink->tell(watch->sink->data, event, a, b, text);
}

/* "b (domain 2)" */
static const char *watch_name(const struct domain *domain, char text[DOMAIN_NAME_LEN + 32])
{
	if (*domain->name)
		snprintf(text, DOMAIN_NAME_LEN + 32, "%s (domain %d)", domain->name, domain->id);
	else
		snprintf(text, DOMAIN_NAME_LEN + 32, "domain %d", domain->id);
	return text;
}

/* Who is called so now? */
static int watch_look(struct watch *watch, struct watch_end *end)
{
	struct domain domain = { .id = WATCH_NOBODY }, was = end->domain;
	char name[DOMAIN_NAME_LEN + 32];
	int found = domain_find(watch->xs, end->spec, &domain);
	int err = 0;

	if (found)
		domain.id = WATCH_NOBODY;
	end->domain = domain;
	if (was.id != WATCH_NOBODY && was.id != domain.id)
		err = watch_tell(watch, "gone", &was, NULL, "%s has gone", watch_name(&was, name));
	if (!err && found == -ENOTUNIQ && !end->several)
		err = watch_tell(watch, "several", &domain, NULL,
				 "several domains are called '%s': waiting until one is", end->spec);
	end->several = found == -ENOTUNIQ;
	return err;
}

static bool watch_knows(const struct watch *watch, const struct domain *domain)
{
	for (size_t i = 0; i < watch->count; i++)
		for (int j = 0; j < 2; j++)
			if (watch->pairs[i].end[j].domain.id == domain->id)
				return true;
	return false;
}

/* The end that is left of a link whose other domain is gone, if it is one of ours. */
static const struct domain *watch_left(const struct watch *watch, const struct link *link)
{
	const struct domain *front = &link->front.domain, *back = &link->back.domain;
	const struct domain *left = front->alive ? front : back;

	if (front->alive == back->alive || !watch_knows(watch, left))
		return NULL;
	return left;
}

/* Removes whatever joins the two, and waits until their kernels have let go of it. */
static int watch_remove(struct watch *watch, int a, int b)
{
	struct link link;
	int ret = link_remove(watch->xs, a, b, LINK_USER_NONE, &link);

	if (ret > 0)
		ret = link_wait_gone(watch->xs, &link, WATCH_CLEAR_MS);
	/* Who does not let go in time does so later, or is cleared the next time. */
	return ret == -ETIMEDOUT ? 0 : ret;
}

static int watch_clear(struct watch *watch)
{
	struct link *links = NULL;
	char name[DOMAIN_NAME_LEN + 32];
	int count = link_list(watch->xs, &links), err = 0;

	if (count < 0)
		return count;
	for (int i = 0; i < count && !err; i++) {
		const struct domain *left = watch_left(watch, &links[i]);
		const struct domain *lost = left == &links[i].front.domain ?
					    &links[i].back.domain : &links[i].front.domain;

		if (!left)
			continue;
		err = watch_remove(watch, left->id, lost->id);
		if (!err)
			err = watch_tell(watch, "cleared", lost, left,
					 "cleared what domain %d left of its link with %s", lost->id,
					 watch_name(left, name));
	}
	free(links);
	return err;
}

/* Joins the two, past what an earlier link may have left. */
static int watch_add(struct watch *watch, const struct domain *a, const struct domain *b)
{
	struct link link;
	int err = link_add(watch->xs, a, b, LINK_USER_NONE, &link);

	if (err != -EEXIST || !link_is_stale(&link))
		return err;
	err = watch_remove(watch, a->id, b->id);
	return err ? err : link_add(watch->xs, a, b, LINK_USER_NONE, &link);
}

static int watch_join(struct watch *watch, struct watch_pair *pair)
{
	const struct domain *a = &pair->end[0].domain, *b = &pair->end[1].domain;
	char name_a[DOMAIN_NAME_LEN + 32], name_b[DOMAIN_NAME_LEN + 32];
	int err;

	if (a->id == WATCH_NOBODY || b->id == WATCH_NOBODY || a->id == b->id)
		return 0;
	if (pair->end[0].joined == a->id && pair->end[1].joined == b->id)
		return 0;
	watch_name(a, name_a);
	watch_name(b, name_b);
	err = watch_add(watch, a, b);
	if (err && err != -EEXIST) {
		watch->again = true;
		return watch_tell(watch, "failed", a, b, "cannot join %s and %s: %s", name_a,
				  name_b, strerror(-err));
	}
	pair->end[0].joined = a->id;
	pair->end[1].joined = b->id;
	return watch_tell(watch, err ? "found" : "joined", a, b,
			  err ? "%s and %s are joined already" : "joined %s and %s", name_a, name_b);
}

static int watch_act(struct watch *watch)
{
	int err = 0;

	watch->again = false;
	for (size_t i = 0; i < watch->count && !err; i++)
		for (int j = 0; j < 2 && !err; j++)
			err = watch_look(watch, &watch->pairs[i].end[j]);
	err = err ? err : watch_clear(watch);
	for (size_t i = 0; i < watch->count && !err; i++)
		err = watch_join(watch, &watch->pairs[i]);
	return err;
}

/* Takes in all that xenstore had to say; what it was does not matter. */
static int watch_drain(struct xs_handle *events)
{
	char **event;

	while ((event = xs_check_watch(events)))
		free(event);
	return errno == EAGAIN ? 0 : -errno;
}

static int watch_loop(struct watch *watch, struct xs_handle *events)
{
	int err = 0;

	while (!err && !stop_requested()) {
		err = watch_act(watch);
		if (err)
			break;
		if (stop_wait(xs_fileno(events), watch->again ? stop_now() + WATCH_RETRY_NS :
			      UINT64_MAX) == STOP_READY)
			err = watch_drain(events);
	}
	return err;
}

int watch_run(struct xs_handle *xs, char **specs, size_t count, const struct watch_sink *sink)
{
	struct watch watch = { .xs = xs, .sink = sink, .count = count };
	struct xs_handle *events;
	int err = -ENOMEM;

	stop_init();
	watch.pairs = calloc(count, sizeof(*watch.pairs));
	events = xs_open(0);
	if (!events)
		err = -errno;
	if (!watch.pairs || !events)
		goto out;
	for (size_t i = 0; i < 2 * count; i++)
		watch.pairs[i / 2].end[i % 2] = (struct watch_end){
			.spec = specs[i], .joined = WATCH_NOBODY, .domain.id = WATCH_NOBODY,
		};
	if (!xs_watch(events, "@introduceDomain", "") || !xs_watch(events, "@releaseDomain", "")) {
		err = -errno;
		goto out;
	}
	err = watch_tell(&watch, "watching", NULL, NULL, "watching %zu pair%s", count,
			 count > 1 ? "s" : "");
	err = err ? err : watch_loop(&watch, events);
	err = err ? err : watch_tell(&watch, "ended", NULL, NULL, "ended by a signal");
out:
	if (events)
		xs_close(events);
	free(watch.pairs);
	return err;
}
