// SPDX-License-Identifier: GPL-2.0
/*
 * Memory pressure: mappings that are kept for their next use are dropped. That
 * gives back the page frames in whose place the other domain's pages are, what
 * describes them, and room in the hypervisor's table of mappings. It is done by
 * the work that would do it later anyway: reclaim must not wait for a lock that
 * is held while memory is allocated.
 */
#include "core.h"

/* Calls @fn for each idle mapping until it says that this is enough. */
static void shrink_each(bool (*fn)(struct hdb_import *import, void *data), void *data)
{
	struct hdb_import *import;
	struct hdb_link *link;
	bool enough = false;
	int i;

	if (!mutex_trylock(&hdb_links_lock))
		return;
	list_for_each_entry(link, &hdb_links, node) {
		if (enough)
			break;
		if (!mutex_trylock(&link->imports_lock))
			continue;
		hash_for_each(link->imports, i, import, node) {
			if (enough)
				break;
			if (hdb_import_idle(import))
				enough = fn(import, data);
		}
		mutex_unlock(&link->imports_lock);
	}
	mutex_unlock(&hdb_links_lock);
}

static bool shrink_count_one(struct hdb_import *import, void *data)
{
	unsigned long *pages = data;

	*pages += import->nr_pages;
	return false;
}

static unsigned long shrink_count(struct shrinker *shrinker, struct shrink_control *control)
{
	unsigned long pages = 0;

	shrink_each(shrink_count_one, &pages);
	return pages ?: SHRINK_EMPTY;
}

struct shrink_scan {
	unsigned long wanted, dropped;
};

static bool shrink_scan_one(struct hdb_import *import, void *data)
{
	struct shrink_scan *scan = data;

	hdb_import_expire(import);
	scan->dropped += import->nr_pages;
	return scan->dropped >= scan->wanted;
}

static unsigned long shrink_scan(struct shrinker *shrinker, struct shrink_control *control)
{
	struct shrink_scan scan = { .wanted = control->nr_to_scan };

	shrink_each(shrink_scan_one, &scan);
	return scan.dropped ?: SHRINK_STOP;
}

static struct shrinker *shrinker;

int hdb_shrink_init(void)
{
	shrinker = hdb_shrinker_alloc("hyper_dmabuf");
	if (!shrinker)
		return -ENOMEM;

	shrinker->count_objects = shrink_count;
	shrinker->scan_objects = shrink_scan;
	shrinker->seeks = DEFAULT_SEEKS;
	return hdb_shrinker_register(shrinker, "hyper_dmabuf");
}

void hdb_shrink_exit(void)
{
	hdb_shrinker_free(shrinker);
}
