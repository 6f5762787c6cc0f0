// SPDX-License-Identifier: MIT
/*
 * hdb-test-poke DOMID REFERENCE OFFSET VALUE, in dom0: writes a number of 32 bits into
 * a page that a domain has granted, as the domain that it was granted to could.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <sys/mman.h>
#include <xenctrl.h>
#include <xenforeignmemory.h>
#include <xen/grant_table.h>
#include <xen/memory.h>

/* The frame that @ref stands for, or 0 with the reason told. */
static xen_pfn_t frame_of(xenforeignmemory_handle *memory, domid_t owner, unsigned long ref)
{
	const size_t entries = XC_PAGE_SIZE / sizeof(grant_entry_v1_t);
	xenforeignmemory_resource_handle *table;
	grant_entry_v1_t entry;
	void *map = NULL;

	table = xenforeignmemory_map_resource(memory, owner, XENMEM_resource_grant_table,
					      XENMEM_resource_grant_table_id_shared,
					      ref / entries, 1, &map, PROT_READ, 0);
	if (!table) {
		perror("hdb-test-poke: cannot map the grant table");
		return 0;
	}
	entry = ((const grant_entry_v1_t *)map)[ref % entries];
	xenforeignmemory_unmap_resource(memory, table);
	if ((entry.flags & GTF_type_mask) == GTF_permit_access)
		return entry.frame;
	fprintf(stderr, "hdb-test-poke: %lu grants nothing\n", ref);
	return 0;
}

int main(int argc, char **argv)
{
	xenforeignmemory_handle *memory = xenforeignmemory_open(NULL, 0);
	unsigned long offset;
	xen_pfn_t frame;
	domid_t owner;
	char *page;
	int err;

	if (argc != 5) {
		fputs("usage: hdb-test-poke DOMID REFERENCE OFFSET VALUE\n", stderr);
		return 2;
	}
	if (!memory) {
		perror("hdb-test-poke: it has to run in dom0");
		return 77;
	}
	owner = (domid_t)atoi(argv[1]);
	offset = strtoul(argv[3], NULL, 0);
	frame = frame_of(memory, owner, strtoul(argv[2], NULL, 0));
	if (!frame || offset > XC_PAGE_SIZE - sizeof(uint32_t) || offset % sizeof(uint32_t))
		return 1;
	page = xenforeignmemory_map(memory, owner, PROT_READ | PROT_WRITE, 1, &frame, &err);
	if (!page || err) {
		fputs("hdb-test-poke: cannot map the page\n", stderr);
		return 1;
	}
	*(volatile uint32_t *)(page + offset) = (uint32_t)strtoul(argv[4], NULL, 0);
	return 0;
}
