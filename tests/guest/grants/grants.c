// SPDX-License-Identifier: MIT
/*
 * hdb-test-grants A B, in dom0: what two domains have granted to each other, as
 * it stands in their grant tables:
 *
 *	granted N writable N mapped N others N
 *
 * pages that either lets the other one reach; how many of them it may write, and how
 * many it has mapped; and pages that they let a third domain reach, other than dom0, which is their
 * disk's and console's. A domain that was started again is a third one to those
 * that knew it before.
 */
#include <stdio.h>
#include <stdlib.h>

#include <sys/mman.h>
#include <xenctrl.h>
#include <xenforeignmemory.h>
#include <xen/grant_table.h>
#include <xen/memory.h>

struct count {
	unsigned int granted, writable, mapped, others;
};

static void count_entry(const grant_entry_v1_t *entry, domid_t peer, struct count *count)
{
	if ((entry->flags & GTF_type_mask) == GTF_invalid || !entry->domid)
		return;
	if (entry->domid != peer) {
		count->others++;
		return;
	}
	count->granted++;
	if (!(entry->flags & GTF_readonly))
		count->writable++;
	if (entry->flags & (GTF_reading | GTF_writing))
		count->mapped++;
}

/* Maps the grant table of @owner and counts. Returns 0, or -1 with the reason told. */
static int count_table(xc_interface *xc, xenforeignmemory_handle *memory, domid_t owner,
		       domid_t peer, struct count *count)
{
	struct gnttab_query_size size = { .dom = owner };
	xenforeignmemory_resource_handle *table;
	void *map = NULL;

	if (xc_gnttab_get_version(xc, owner) != 1) {
		fprintf(stderr, "hdb-test-grants: domain %u has no grant table of version 1\n",
			owner);
		return -1;
	}
	if (xc_gnttab_query_size(xc, &size) || size.status) {
		fprintf(stderr, "hdb-test-grants: cannot ask for the grant table of domain %u\n",
			owner);
		return -1;
	}
	table = xenforeignmemory_map_resource(memory, owner, XENMEM_resource_grant_table,
					      XENMEM_resource_grant_table_id_shared, 0,
					      size.nr_frames, &map, PROT_READ, 0);
	if (!table) {
		perror("hdb-test-grants: cannot map a grant table");
		return -1;
	}
	for (size_t i = 0; i < size.nr_frames * (XC_PAGE_SIZE / sizeof(grant_entry_v1_t)); i++)
		count_entry((const grant_entry_v1_t *)map + i, peer, count);
	xenforeignmemory_unmap_resource(memory, table);
	return 0;
}

int main(int argc, char **argv)
{
	struct count count = { 0 };
	xc_interface *xc;
	xenforeignmemory_handle *memory;
	domid_t a, b;

	if (argc != 3) {
		fputs("usage: hdb-test-grants DOMID DOMID\n", stderr);
		return 2;
	}
	a = (domid_t)atoi(argv[1]);
	b = (domid_t)atoi(argv[2]);
	xc = xc_interface_open(NULL, NULL, 0);
	memory = xenforeignmemory_open(NULL, 0);
	if (!xc || !memory) {
		perror("hdb-test-grants: it has to run in dom0");
		return 77;
	}
	if (count_table(xc, memory, a, b, &count) || count_table(xc, memory, b, a, &count))
		return 1;
	printf("granted %u writable %u mapped %u others %u\n", count.granted, count.writable,
	       count.mapped, count.others);
	return 0;
}
