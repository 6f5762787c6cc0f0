// SPDX-License-Identifier: GPL-2.0
/*
 * Exports that are gone before the other domain's last word on them. The pages
 * are back as soon as nobody maps them, which the hypervisor says; RELEASED may
 * come much later, from a domain that did not run meanwhile. It is right then,
 * and so is what comes before it: only names that nobody ever had are wrong.
 */
#include <linux/list.h>
#include <linux/slab.h>

#include "core.h"

/* Of each link. Beyond them the oldest is forgotten, and its RELEASED wrong. */
#define MAX_FAREWELLS 256

struct farewell {
	struct list_head node;
	struct hdb_id id;
};

static void farewell_end(struct hdb_link *link, struct farewell *farewell)
{
	list_del(&farewell->node);
	link->nr_farewells--;
	kfree(farewell);
}

void hdb_farewell_expect(struct hdb_link *link, const struct hdb_id *id)
{
	struct farewell *farewell;

	lockdep_assert_held(&link->exports_lock);
	/* A dead link says nothing more. Its end takes the lock, too. */
	if (READ_ONCE(link->state) != HDB_LINK_CONNECTED)
		return;

	/* Without memory for it one message will be called wrong. */
	farewell = kmalloc(sizeof(*farewell), GFP_KERNEL);
	if (!farewell)
		return;
	if (link->nr_farewells == MAX_FAREWELLS)
		farewell_end(link, list_first_entry(&link->farewells,
						    struct farewell, node));
	farewell->id = *id;
	list_add_tail(&farewell->node, &link->farewells);
	link->nr_farewells++;
}

bool hdb_farewell_heard(struct hdb_link *link, const struct hdb_msg *msg)
{
	struct farewell *farewell;

	lockdep_assert_held(&link->exports_lock);
	list_for_each_entry(farewell, &link->farewells, node) {
		if (!hdb_id_equal(&farewell->id, &msg->id))
			continue;
		if (msg->type == HDB_MSG_RELEASED || msg->type == HDB_MSG_REFUSED)
			farewell_end(link, farewell);
		link->late++;
		return true;
	}
	return false;
}

void hdb_farewells_forget(struct hdb_link *link)
{
	lockdep_assert_held(&link->exports_lock);
	while (!list_empty(&link->farewells))
		farewell_end(link, list_first_entry(&link->farewells,
						    struct farewell, node));
}
