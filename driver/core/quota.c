// SPDX-License-Identifier: GPL-2.0
/*
 * How much one link may have: what does not fit is refused at once, with a line
 * in the log that names the parameter. An importer defends its memory and its
 * maptrack against a peer, an exporter its grants against its own programs.
 */
#include <linux/jiffies.h>
#include <linux/moduleparam.h>

#include "core.h"

static unsigned int max_exports = 4096;
module_param(max_exports, uint, 0644);
MODULE_PARM_DESC(max_exports, "Buffers that a link may export at once (4096)");

static unsigned int max_export_pages = HDB_MAX_PAGES;
module_param(max_export_pages, uint, 0644);
MODULE_PARM_DESC(max_export_pages,
		 "Pages of all buffers that a link may export at once (1048576)");

static unsigned int max_imports = 4096;
module_param(max_imports, uint, 0644);
MODULE_PARM_DESC(max_imports, "Buffers that a link may import at once (4096)");

static unsigned int max_import_pages = HDB_MAX_PAGES;
module_param(max_import_pages, uint, 0644);
MODULE_PARM_DESC(max_import_pages,
		 "Pages of all buffers that a link may import at once (1048576)");

static unsigned int max_events = 64;
module_param(max_events, uint, 0644);
MODULE_PARM_DESC(max_events,
		 "Events of a link that wait in an open file before the oldest is dropped (64)");

static unsigned int max_messages = 200000;
module_param(max_messages, uint, 0644);
MODULE_PARM_DESC(max_messages,
		 "Messages a second that are taken from another domain; 0: all (200000)");

/* A peer that sends too much is heard again when the window is over. */
#define WINDOWS_PER_SECOND 10

void hdb_quota_limits(struct hdb_limits *limits)
{
	*limits = (struct hdb_limits) {
		.exports = READ_ONCE(max_exports),
		.imports = READ_ONCE(max_imports),
		.export_pages = READ_ONCE(max_export_pages),
		.import_pages = READ_ONCE(max_import_pages),
		.events = READ_ONCE(max_events),
	};
}

static int quota_charge(struct hdb_link *link, struct hdb_quota *quota, u32 pages,
			const char *what, u32 most, u32 most_pages)
{
	if (quota->buffers >= most) {
		pr_warn_ratelimited("hyper_dmabuf: domain %u: a buffer more than max_%ss = %u\n",
				    link->peer, what, most);
		return -EDQUOT;
	}
	if (quota->pages + pages > most_pages) {
		pr_warn_ratelimited("hyper_dmabuf: domain %u: a buffer of %u pages, and %llu in use, exceed max_%s_pages = %u\n",
				    link->peer, pages, quota->pages, what, most_pages);
		return -EDQUOT;
	}
	quota->buffers++;
	quota->pages += pages;
	return 0;
}

int hdb_quota_export(struct hdb_link *link, u32 pages)
{
	lockdep_assert_held(&link->exports_lock);
	return quota_charge(link, &link->exported, pages, "export",
			    READ_ONCE(max_exports), READ_ONCE(max_export_pages));
}

int hdb_quota_import(struct hdb_link *link, u32 pages)
{
	lockdep_assert_held(&link->imports_lock);
	return quota_charge(link, &link->imported, pages, "import",
			    READ_ONCE(max_imports), READ_ONCE(max_import_pages));
}

void hdb_quota_return(struct hdb_quota *quota, u32 pages)
{
	quota->buffers--;
	quota->pages -= pages;
}

unsigned int hdb_quota_events(void)
{
	return max(READ_ONCE(max_events), 1u);
}

void hdb_quota_events_lost(const struct hdb_link *link)
{
	pr_warn_ratelimited("hyper_dmabuf: domain %u: nobody reads, events beyond max_events = %u are dropped\n",
			    link->peer, hdb_quota_events());
}

void hdb_quota_message(struct hdb_link *link)
{
	lockdep_assert_held(&link->rx_lock);
	if (time_after_eq(jiffies, link->window_start + HZ / WINDOWS_PER_SECOND)) {
		link->window_start = jiffies;
		link->window_messages = 0;
	}
	link->window_messages++;
}

unsigned long hdb_quota_pause(struct hdb_link *link)
{
	unsigned int most = READ_ONCE(max_messages);
	unsigned long end = link->window_start + HZ / WINDOWS_PER_SECOND;

	lockdep_assert_held(&link->rx_lock);
	if (!most || link->window_messages < DIV_ROUND_UP(most, WINDOWS_PER_SECOND) ||
	    time_after_eq(jiffies, end))
		return 0;
	return end - jiffies;
}

void hdb_quota_paused(const struct hdb_link *link)
{
	pr_warn_ratelimited("hyper_dmabuf: domain %u sends more than max_messages = %u a second, and has to wait\n",
			    link->peer, READ_ONCE(max_messages));
}
