// SPDX-License-Identifier: GPL-2.0
/* The exporter's side of pages: grants, and taking them back. */
#include <linux/moduleparam.h>
#include <xen/page.h>

#include "xen.h"

/* A disk keeps up to 1,056 for itself (32 requests of 32 pages, and a list for each). */
static unsigned int grant_reserve = 4096;
module_param(grant_reserve, uint, 0644);
MODULE_PARM_DESC(grant_reserve,
		 "Grant references that exports leave to disk and network (4096, at most 65535)");

/* gnttab_alloc_grant_references() takes a u16. */
#define GRANT_BATCH 4096u

/* More than a grant table has by default. */
#define RESERVE_MOST U16_MAX

static void refs_free(const u32 *refs, u32 n)
{
	while (n--)
		gnttab_free_grant_reference(refs[n]);
}

static int refs_claim(u32 *refs, u32 n)
{
	u32 done = 0;

	while (done < n) {
		u32 batch = min(n - done, GRANT_BATCH);
		grant_ref_t head;

		if (gnttab_alloc_grant_references(batch, &head)) {
			refs_free(refs, done);
			return -ENOSPC;
		}
		while (batch--)
			refs[done++] = gnttab_claim_grant_reference(&head);
	}
	return 0;
}

static void reserve_found(void *found)
{
	*(bool *)found = true;
}

/* Nothing tells how many references are free, but who waits for so many is called at once. */
static bool reserve_is_free(u16 left)
{
	struct gnttab_free_callback callback = {};
	bool found = false;

	gnttab_request_free_callback(&callback, reserve_found, &found, left);
	gnttab_cancel_free_callback(&callback);
	return found;
}

/* What is not free yet may be had all the same: the table grows as they are asked for. */
static bool reserve_is_left(void)
{
	u32 left = min_t(u32, READ_ONCE(grant_reserve), RESERVE_MOST);
	grant_ref_t heads[DIV_ROUND_UP(RESERVE_MOST, GRANT_BATCH)];
	unsigned int n = 0;

	if (reserve_is_free(left))
		return true;

	while (left) {
		u32 batch = min(left, GRANT_BATCH);

		if (gnttab_alloc_grant_references(batch, &heads[n]))
			break;
		left -= batch;
		n++;
	}
	while (n--)
		gnttab_free_grant_references(heads[n]);
	return !left;
}

int xen_grant(struct hdb_link *link, const unsigned long *pfns, u32 n,
	      bool writable, u32 *refs)
{
	int err = refs_claim(refs, n);

	if (!err && !reserve_is_left()) {
		refs_free(refs, n);
		err = -ENOSPC;
	}
	if (err) {
		pr_warn_ratelimited("hyper_dmabuf: %u grants do not fit the grant table (%u frames) less grant_reserve = %u\n",
				    n, gnttab_max_grant_frames(), grant_reserve);
		return err;
	}

	for (u32 i = 0; i < n; i++)
		gnttab_grant_foreign_access_ref(refs[i], hdb_link_peer(link),
						pfn_to_gfn(pfns[i]), !writable);
	hdb_link_count(link, HDB_COUNT_GRANTED, n);
	return 0;
}

u32 xen_ungrant(struct hdb_link *link, const u32 *refs, u32 n)
{
	while (n && gnttab_try_end_foreign_access(refs[n - 1]))
		n--;
	return n;
}
