// SPDX-License-Identifier: GPL-2.0
/*
 * Slower on purpose: what finds regressions is tested with regressions of a
 * known size. All parameters are 0, and then this costs a few loads.
 */
#include <linux/delay.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

#include "core.h"

static unsigned int handicap_ns;
module_param(handicap_ns, uint, 0644);
MODULE_PARM_DESC(handicap_ns,
		 "For tests: spend so many nanoseconds whenever messages are sent (0)");

static unsigned int handicap_pages;
module_param(handicap_pages, uint, 0644);
MODULE_PARM_DESC(handicap_pages,
		 "For tests: copy so many pages whenever messages are sent (0)");

static unsigned int handicap_notifies;
module_param(handicap_notifies, uint, 0644);
MODULE_PARM_DESC(handicap_notifies,
		 "For tests: ring the doorbell so many times more, each a hypercall (0)");

/* Nobody looks at what is in them. */
static u8 handicap_from[PAGE_SIZE], handicap_to[PAGE_SIZE];

void hdb_handicap(struct hdb_link *link)
{
	unsigned int ns = READ_ONCE(handicap_ns);
	unsigned int pages = READ_ONCE(handicap_pages);
	unsigned int notifies = READ_ONCE(handicap_notifies);

	/* udelay() takes no large numbers. */
	for (; ns >= NSEC_PER_MSEC; ns -= NSEC_PER_MSEC)
		udelay(USEC_PER_MSEC);
	if (ns)
		ndelay(ns);
	while (pages--) {
		memcpy(handicap_to, handicap_from, PAGE_SIZE);
		barrier_data(handicap_to);
	}
	while (notifies--)
		link->ops->notify(link);
}
