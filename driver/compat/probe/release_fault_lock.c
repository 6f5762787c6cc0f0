// SPDX-License-Identifier: GPL-2.0
/* 6.7: a fault may hold the lock of its area alone. */
#include <linux/mm.h>

void probe(struct vm_fault *vmf);
void probe(struct vm_fault *vmf)
{
	release_fault_lock(vmf);
}
