// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "link_path.h"

static const char * const link_state_names[] = {
	[0] = "missing",
	[1] = "Initialising",
	[2] = "InitWait",
	[3] = "Initialised",
	[4] = "Connected",
	[5] = "Closing",
	[6] = "Closed",
	[7] = "Reconfiguring",
	[8] = "Reconfigured",
};

#define LINK_STATES (sizeof(link_state_names) / sizeof(link_state_names[0]))

const char *link_state_name(int state)
{
	if (state < 0 || (size_t)state >= LINK_STATES)
		return "unknown";
	return link_state_names[state];
}

bool link_is_stale(const struct link *link)
{
	const struct link_end *front = &link->front, *back = &link->back;

	return !front->domain.alive || !back->domain.alive ||
	       front->state == LINK_STATE_NONE || back->state == LINK_STATE_NONE;
}

static const char * const link_types[] = { "hdb", "hdb-user" };

static const char *link_type(const struct link_end *end)
{
	return link_types[end->user];
}

/* Whose end is for a program. */
static int link_user(const struct link *link)
{
	if (link->front.user)
		return link->front.domain.id;
	return link->back.user ? link->back.domain.id : LINK_USER_NONE;
}

void link_front_path(char path[STORE_PATH_LEN], const struct link *link)
{
	store_path(path, "/local/domain/%d/device/%s/%d", link->front.domain.id,
		   link_type(&link->front), link->devid);
}

void link_back_path(char path[STORE_PATH_LEN], const struct link *link)
{
	store_path(path, "/local/domain/%d/backend/%s/%d/%d", link->back.domain.id,
		   link_type(&link->back), link->front.domain.id, link->devid);
}

int link_read_state(struct xs_handle *xs, xs_transaction_t t, const char *path)
{
	int state;

	if (!store_exists(xs, t, path))
		return LINK_STATE_NONE;
	state = store_read_int(xs, t, path, "state");
	/* A directory without a state is an end all the same. */
	return state > 0 ? state : -1;
}

/* A growing list of links. */
struct link_table {
	struct link *links;
	size_t count;
	int err;
};

static bool link_known(const struct link_table *table, const struct link *wanted)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct link *link = &table->links[i];

		if (link->front.domain.id == wanted->front.domain.id &&
		    link->back.domain.id == wanted->back.domain.id &&
		    link->front.user == wanted->front.user &&
		    link->back.user == wanted->back.user && link->devid == wanted->devid)
			return true;
	}
	return false;
}

/* What the end at @dir says of the other one, in the node @key: is that for a program? */
static bool link_other_is_user(struct xs_handle *xs, xs_transaction_t t, const char *dir,
			       const char *key)
{
	char *path = store_read(xs, t, dir, key);
	bool user = path && strstr(path, "/hdb-user/");

	free(path);
	return user;
}

/* Of @found: devid, the ids, and whose ends are for programs. */
static void link_collect(struct xs_handle *xs, xs_transaction_t t, struct link_table *table,
			 const struct link *found)
{
	int front = found->front.domain.id, back = found->back.domain.id;
	char path[STORE_PATH_LEN];
	struct link *link;

	if (table->err || link_known(table, found))
		return;
	link = realloc(table->links, (table->count + 1) * sizeof(*link));
	if (!link) {
		table->err = -ENOMEM;
		return;
	}
	table->links = link;
	link += table->count++;
	*link = *found;
	domain_describe(xs, t, front, &link->front.domain);
	domain_describe(xs, t, back, &link->back.domain);
	link_front_path(path, link);
	link->front.state = link_read_state(xs, t, path);
	link_back_path(path, link);
	link->back.state = link_read_state(xs, t, path);
}

static void link_collect_fronts(struct xs_handle *xs, xs_transaction_t t,
				struct link_table *table, int front, bool user)
{
	char type[STORE_PATH_LEN], dir[STORE_PATH_LEN];
	unsigned int count;
	int *devids;

	store_path(type, "/local/domain/%d/device/%s", front, link_types[user]);
	devids = store_list_ints(xs, t, type, &count);
	for (unsigned int i = 0; devids && i < count; i++) {
		struct link link = { .devid = devids[i] };

		store_path(dir, "%s/%d", type, devids[i]);
		link.front.domain.id = front;
		link.front.user = user;
		link.back.domain.id = store_read_int(xs, t, dir, "backend-id");
		link.back.user = !user && link_other_is_user(xs, t, dir, "backend");
		if (link.back.domain.id >= 0)
			link_collect(xs, t, table, &link);
	}
	free(devids);
}

static void link_collect_backs(struct xs_handle *xs, xs_transaction_t t,
			       struct link_table *table, int back, bool user)
{
	char type[STORE_PATH_LEN], dir[STORE_PATH_LEN];
	unsigned int fronts_count, devids_count;
	int *fronts, *devids;

	store_path(type, "/local/domain/%d/backend/%s", back, link_types[user]);
	fronts = store_list_ints(xs, t, type, &fronts_count);
	for (unsigned int i = 0; fronts && i < fronts_count; i++) {
		store_path(dir, "%s/%d", type, fronts[i]);
		devids = store_list_ints(xs, t, dir, &devids_count);
		for (unsigned int j = 0; devids && j < devids_count; j++) {
			struct link link = { .devid = devids[j] };

			store_path(dir, "%s/%d/%d", type, fronts[i], devids[j]);
			link.front.domain.id = fronts[i];
			link.front.user = !user && link_other_is_user(xs, t, dir, "frontend");
			link.back.domain.id = back;
			link.back.user = user;
			link_collect(xs, t, table, &link);
		}
		free(devids);
	}
	free(fronts);
}

static int link_collect_all(struct xs_handle *xs, xs_transaction_t t, struct link_table *table)
{
	unsigned int count;
	int *ids = store_list_ints(xs, t, "/local/domain", &count);

	memset(table, 0, sizeof(*table));
	if (!ids)
		return -ENOMEM;
	for (unsigned int i = 0; i < count; i++) {
		for (int user = 0; user < 2; user++) {
			link_collect_fronts(xs, t, table, ids[i], user);
			link_collect_backs(xs, t, table, ids[i], user);
		}
	}
	free(ids);
	if (table->err) {
		free(table->links);
		table->links = NULL;
	}
	return table->err;
}

int link_list(struct xs_handle *xs, struct link **links)
{
	/* Only a transaction shows both halves at the same instant. */
	xs_transaction_t t = xs_transaction_start(xs);
	struct link_table table;
	int err;

	if (t == XBT_NULL)
		return -errno;
	err = link_collect_all(xs, t, &table);
	xs_transaction_end(xs, t, true);
	if (err)
		return err;
	*links = table.links;
	return (int)table.count;
}

static bool link_joins(const struct link *link, int a, int b)
{
	int front = link->front.domain.id, back = link->back.domain.id;

	return (front == a && back == b) || (front == b && back == a);
}

/* A node of a link's directory and what is in it at first. */
struct link_node {
	const char *key;
	const char *value;
};

static int link_write_end(struct xs_handle *xs, xs_transaction_t t, const char *path, int owner,
			  int reader, const struct link_node *nodes)
{
	int err = store_mkdir(xs, t, path, owner, reader);

	for (; !err && nodes->key; nodes++)
		err = store_write(xs, t, path, nodes->key, nodes->value, owner, reader);
	return err;
}

/*
 * The directories above an end belong to the toolstack; their domain lists
 * them to find its devices.
 */
static int link_make_parents(struct xs_handle *xs, xs_transaction_t t, const struct link *link)
{
	int front = link->front.domain.id, back = link->back.domain.id;
	char path[STORE_PATH_LEN];
	int err;

	store_path(path, "/local/domain/%d/device", front);
	err = store_mkdir(xs, t, path, 0, front);
	store_path(path, "/local/domain/%d/device/%s", front, link_type(&link->front));
	err = err ? err : store_mkdir(xs, t, path, 0, front);
	store_path(path, "/local/domain/%d/backend", back);
	err = err ? err : store_mkdir(xs, t, path, 0, back);
	store_path(path, "/local/domain/%d/backend/%s", back, link_type(&link->back));
	err = err ? err : store_mkdir(xs, t, path, 0, back);
	store_path(path, "/local/domain/%d/backend/%s/%d", back, link_type(&link->back), front);
	return err ? err : store_mkdir(xs, t, path, 0, back);
}

static int link_write(struct xs_handle *xs, xs_transaction_t t, struct link *link)
{
	const struct domain *front = &link->front.domain, *back = &link->back.domain;
	char front_path[STORE_PATH_LEN], back_path[STORE_PATH_LEN];
	char front_id[16], back_id[16];
	const struct link_node front_nodes[] = {
		{ "backend", back_path },
		{ "backend-id", back_id },
		{ "peer-name", back->name },
		{ "peer-uuid", back->uuid },
		{ "state", "1" },
		{ NULL, NULL },
	};
	const struct link_node back_nodes[] = {
		{ "frontend", front_path },
		{ "frontend-id", front_id },
		{ "online", "1" },
		{ "peer-name", front->name },
		{ "peer-uuid", front->uuid },
		{ "state", "1" },
		{ NULL, NULL },
	};
	int err;

	link_front_path(front_path, link);
	link_back_path(back_path, link);
	snprintf(front_id, sizeof(front_id), "%d", front->id);
	snprintf(back_id, sizeof(back_id), "%d", back->id);
	link->front.state = 1;
	link->back.state = 1;
	err = link_make_parents(xs, t, link);
	err = err ? err : link_write_end(xs, t, front_path, front->id, back->id, front_nodes);
	return err ? err : link_write_end(xs, t, back_path, back->id, front->id, back_nodes);
}

static int link_add_step(struct xs_handle *xs, xs_transaction_t t, void *arg)
{
	struct link *link = arg;
	struct link_table table;
	char front_path[STORE_PATH_LEN], back_path[STORE_PATH_LEN];
	int err = link_collect_all(xs, t, &table);

	if (err)
		return err;
	for (size_t i = 0; i < table.count; i++) {
		if (!link_joins(&table.links[i], link->front.domain.id, link->back.domain.id) ||
		    link_user(&table.links[i]) != link_user(link))
			continue;
		*link = table.links[i];
		err = -EEXIST;
		break;
	}
	free(table.links);
	if (err)
		return err;
	for (link->devid = 0;; link->devid++) {
		link_front_path(front_path, link);
		link_back_path(back_path, link);
		if (!store_exists(xs, t, front_path) && !store_exists(xs, t, back_path))
			return link_write(xs, t, link);
	}
}

int link_add(struct xs_handle *xs, const struct domain *a, const struct domain *b, int user,
	     struct link *link)
{
	bool swap = a->id == 0;

	memset(link, 0, sizeof(*link));
	link->front.domain = swap ? *b : *a;
	link->back.domain = swap ? *a : *b;
	link->front.user = link->front.domain.id == user;
	link->back.user = link->back.domain.id == user;
	return store_transact(xs, link_add_step, link);
}

int link_erase(struct xs_handle *xs, xs_transaction_t t, const struct link *link)
{
	char path[STORE_PATH_LEN];
	int err;

	link_front_path(path, link);
	err = store_remove(xs, t, path);
	link_back_path(path, link);
	err = err ? err : store_remove(xs, t, path);
	store_path(path, "/local/domain/%d/device/%s", link->front.domain.id,
		   link_type(&link->front));
	err = err ? err : store_prune(xs, t, path);
	store_path(path, "/local/domain/%d/backend/%s/%d", link->back.domain.id,
		   link_type(&link->back), link->front.domain.id);
	err = err ? err : store_prune(xs, t, path);
	store_path(path, "/local/domain/%d/backend/%s", link->back.domain.id,
		   link_type(&link->back));
	return err ? err : store_prune(xs, t, path);
}

/* What link_remove() takes through the transaction. */
struct link_removal {
	int a, b, user;
	struct link *link;
	int removed;
};

static int link_remove_step(struct xs_handle *xs, xs_transaction_t t, void *arg)
{
	struct link_removal *removal = arg;
	struct link_table table;
	int err = link_collect_all(xs, t, &table);

	removal->removed = 0;
	if (err)
		return err;
	for (size_t i = 0; !err && i < table.count; i++) {
		if (!link_joins(&table.links[i], removal->a, removal->b) ||
		    (removal->user != LINK_USER_NONE &&
		     link_user(&table.links[i]) != removal->user))
			continue;
		*removal->link = table.links[i];
		removal->removed++;
		err = link_erase(xs, t, &table.links[i]);
	}
	free(table.links);
	return err;
}

int link_remove(struct xs_handle *xs, int a, int b, int user, struct link *link)
{
	struct link_removal removal = { .a = a, .b = b, .user = user, .link = link };
	int err = store_transact(xs, link_remove_step, &removal);

	return err ? err : removal.removed;
}
