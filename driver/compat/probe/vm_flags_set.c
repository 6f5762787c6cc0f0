// SPDX-License-Identifier: GPL-2.0
/* 6.3, and later 6.1 stable kernels. */
#include <linux/mm.h>

void probe(struct vm_area_struct *vma);
void probe(struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_PFNMAP);
}
