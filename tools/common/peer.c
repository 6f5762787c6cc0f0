// SPDX-License-Identifier: MIT
#include "peer.h"
#include "options.h"
#include "progress.h"

#include <stdio.h>
#include <string.h>

/* How often the list of links is read while waiting; nothing announces a change. */
#define PEER_POLL_NS (STOP_NS_PER_S / 20)

static bool peer_matches(const struct hyper_dmabuf_link *link, const char *wanted)
{
	const char *at = wanted;
	uint64_t domain;

	if (options_digits(&at, &domain) && !*at)
		return link->domain == domain;
	return link->name[0] && strcmp(link->name, wanted) == 0;
}

void peer_list(const struct hdb_links *links, char *text, size_t size)
{
	size_t used = 0;

	snprintf(text, size, "nobody");
	for (uint32_t i = 0; i < links->count && used < size; i++) {
		const struct hyper_dmabuf_link *link = &links->links[i];
		const char *what = link->flags & HYPER_DMABUF_LINK_LOOPBACK ? "loopback"
				   : hdb_link_state(link->state);

		used += (size_t)snprintf(text + used, size - used, "%s%s%sdomain %u%s%s%s",
					 used ? ", " : "", link->name, link->name[0] ? " (" : "",
					 link->domain, link->name[0] ? ", " : " (", what, ")");
	}
}

static enum peer_pick peer_take(const struct hyper_dmabuf_link *link, uint32_t own,
				struct peer *peer, struct err *err)
{
	peer->domain = link->domain;
	peer->loopback = link->flags & HYPER_DMABUF_LINK_LOOPBACK || link->domain == own;
	memcpy(peer->name, link->name, sizeof(peer->name));
	if (link->state == HYPER_DMABUF_LINK_CONNECTED)
		return PEER_FOUND;
	err_set(err, EXIT_FAILED, "the link with %s%sdomain %u is %s", link->name,
		link->name[0] ? ", " : "", link->domain, hdb_link_state(link->state));
	return PEER_LATER;
}

enum peer_pick peer_pick(const struct hdb_links *links, const char *wanted, struct peer *peer,
			 struct err *err)
{
	const struct hyper_dmabuf_link *found = NULL;
	char list[200];
	uint32_t matches = 0;

	for (uint32_t i = 0; i < links->count; i++) {
		const struct hyper_dmabuf_link *link = &links->links[i];

		if (wanted ? !peer_matches(link, wanted)
			   : link->flags & HYPER_DMABUF_LINK_LOOPBACK)
			continue;
		/* Of who was started anew the old link may be there for a while. */
		if (wanted && found && link->state != HYPER_DMABUF_LINK_CONNECTED)
			continue;
		if (wanted && found && found->state != HYPER_DMABUF_LINK_CONNECTED)
			matches--;
		found = link;
		matches++;
	}
	peer_list(links, list, sizeof(list));
	if (matches > 1) {
		err_set(err, EXIT_USAGE, "there are several links (%s): say which with --peer",
			list);
		return PEER_NEVER;
	}
	if (found)
		return peer_take(found, links->own_domain, peer, err);
	if (wanted) {
		err_set(err, EXIT_FAILED, "there is no link with '%s'; linked with %s", wanted,
			list);
		return PEER_LATER;
	}
	peer->domain = links->own_domain;
	peer->loopback = true;
	peer->name[0] = '\0';
	return PEER_FOUND;
}

int peer_wait(int hdb, const char *wanted, uint32_t seconds, struct peer *peer, struct err *err)
{
	uint64_t end = stop_now() + seconds * STOP_NS_PER_S;

	for (;;) {
		struct hdb_links links;
		enum peer_pick pick;
		uint64_t next;

		if (hdb_links(hdb, &links, err) < 0)
			return -1;
		pick = peer_pick(&links, wanted, peer, err);
		hdb_links_free(&links);
		if (pick == PEER_FOUND)
			return 0;
		if (pick == PEER_NEVER)
			return -1;
		progress_show("waiting: %s", err->text);
		if (stop_now() >= end) {
			char why[sizeof(err->text)];

			memcpy(why, err->text, sizeof(why));
			return err_set(err, EXIT_FAILED, "waited %u s: %.300s", seconds,
				       why);
		}
		next = stop_now() + PEER_POLL_NS;
		if (stop_wait(-1, next < end ? next : end) == STOP_SIGNAL)
			return err_set(err, EXIT_FAILED, "interrupted while waiting for the link");
	}
}

bool peer_connected(int hdb, const struct peer *peer)
{
	struct hdb_links links;
	struct err ignored;
	bool connected = false;

	if (hdb_links(hdb, &links, &ignored) < 0)
		return false;
	for (uint32_t i = 0; i < links.count; i++)
		if (links.links[i].domain == peer->domain &&
		    links.links[i].state == HYPER_DMABUF_LINK_CONNECTED)
			connected = true;
	hdb_links_free(&links);
	return connected;
}

void peer_describe(const struct peer *peer, char *text, size_t size)
{
	if (peer->loopback)
		snprintf(text, size, "domain %u (loopback)", peer->domain);
	else if (peer->name[0])
		snprintf(text, size, "%s (domain %u)", peer->name, peer->domain);
	else
		snprintf(text, size, "domain %u", peer->domain);
}

json_t *peer_json(const struct peer *peer)
{
	char text[HYPER_DMABUF_LINK_NAME_LEN + 32];

	peer_describe(peer, text, sizeof(text));
	return json_pack("{s:i, s:s, s:b, s:s}", "domain", (int)peer->domain, "name", peer->name,
			 "loopback", peer->loopback, "text", text);
}
