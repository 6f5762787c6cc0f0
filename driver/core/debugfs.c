// SPDX-License-Identifier: GPL-2.0
/* /sys/kernel/debug/hyper_dmabuf: what there is, in plain "key value" lines. */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "core.h"

static struct dentry *debugfs_dir;

struct state {
	u32 imports, mappings, users, watches, waiting;
};

static void state_add(struct state *state, struct hdb_link *link)
{
	struct hdb_import *import;
	int i;

	mutex_lock(&link->imports_lock);
	hash_for_each(link->imports, i, import, node) {
		state->imports++;
		/* A glance, without the import's lock. */
		state->mappings += !!READ_ONCE(import->mapping);
		state->users += READ_ONCE(import->users);
	}
	mutex_unlock(&link->imports_lock);
	state->watches += READ_ONCE(link->nr_watches);
	state->waiting += READ_ONCE(link->nr_proxies) + READ_ONCE(link->nr_returns);
}

static int state_show(struct seq_file *m, void *unused)
{
	static const char * const names[] = {
		[HDB_LINK_WAITING] = "waiting",
		[HDB_LINK_CONNECTED] = "connected",
		[HDB_LINK_DEAD] = "dead",
	};
	struct hdb_link *link;
	struct state state = {};

	mutex_lock(&hdb_links_lock);
	list_for_each_entry(link, &hdb_links, node)
		state_add(&state, link);
	seq_printf(m, "exports %u\n", hdb_exports_pending());
	seq_printf(m, "imports %u\n", state.imports);
	seq_printf(m, "mappings %u\n", state.mappings);
	seq_printf(m, "users %u\n", state.users);
	seq_printf(m, "user_pages %d\n", atomic_read(&hdb_user_pages));
	seq_printf(m, "watches %u\n", state.watches);
	seq_printf(m, "waiting %u\n", state.waiting);
	seq_printf(m, "proxies %u\n", hdb_proxies_alive());
	seq_printf(m, "files %u\n", hdb_events_files());
	seq_printf(m, "events_lost %llu\n", hdb_events_lost());
	list_for_each_entry(link, &hdb_links, node)
		seq_printf(m, "link %u %s %s%s sent %llu received %llu bad %llu late %llu\n",
			   link->peer, link->ops->name, names[link->state],
			   !link->loopback ? "" : link->exporting ? " out" : " in",
			   link->sent, link->received, link->bad_messages,
			   link->late);
	mutex_unlock(&hdb_links_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(state);

static void links_show_one(struct seq_file *m, struct hdb_link *link)
{
	u32 exports = 0, dead = 0, pages = 0, queued = 0;
	struct state state = {};
	struct hdb_export *export;
	struct list_head *node;
	int i;

	mutex_lock(&link->exports_lock);
	hash_for_each(link->exports, i, export, node) {
		exports++;
		dead += export->dead;
		pages += export->share.nr_pages;
	}
	mutex_unlock(&link->exports_lock);
	state_add(&state, link);

	spin_lock_irq(&link->tx_lock);
	list_for_each(node, &link->tx_list)
		queued++;
	spin_unlock_irq(&link->tx_lock);

	seq_printf(m, "exports %u export_pages %u unexported %u imports %u import_pages %llu mappings %u users %u queued %u\n",
		   exports, pages, dead, state.imports, READ_ONCE(link->imported.pages),
		   state.mappings, state.users, queued);
}

/* One line for each link, in the order of the lines of "state". */
static int links_show(struct seq_file *m, void *unused)
{
	struct hdb_link *link;

	mutex_lock(&hdb_links_lock);
	list_for_each_entry(link, &hdb_links, node) {
		seq_printf(m, "link %u ", link->peer);
		links_show_one(m, link);
	}
	mutex_unlock(&hdb_links_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(links);

/* Likewise: what each has cost since it is there. */
static int counts_show(struct seq_file *m, void *unused)
{
	static const char * const names[HDB_COUNTS] = {
		[HDB_COUNT_GRANTED] = "granted",
		[HDB_COUNT_MAPPED] = "mapped",
		[HDB_COUNT_COPIED] = "copied",
		[HDB_COUNT_CALLS] = "calls",
	};
	struct hdb_link *link;

	mutex_lock(&hdb_links_lock);
	list_for_each_entry(link, &hdb_links, node) {
		seq_printf(m, "link %u sent %llu received %llu", link->peer,
			   link->sent, link->received);
		for (int i = 0; i < HDB_COUNTS; i++)
			seq_printf(m, " %s %lld", names[i],
				   (long long)atomic64_read(&link->counts[i]));
		seq_putc(m, '\n');
	}
	mutex_unlock(&hdb_links_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counts);

void hdb_debugfs_init(void)
{
	debugfs_dir = debugfs_create_dir("hyper_dmabuf", NULL);
	debugfs_create_file("state", 0400, debugfs_dir, NULL, &state_fops);
	debugfs_create_file("links", 0400, debugfs_dir, NULL, &links_fops);
	debugfs_create_file("counts", 0400, debugfs_dir, NULL, &counts_fops);
}

void hdb_debugfs_exit(void)
{
	debugfs_remove_recursive(debugfs_dir);
}
