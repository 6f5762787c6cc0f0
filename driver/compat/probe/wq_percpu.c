// SPDX-License-Identifier: GPL-2.0
/* 6.17: a workqueue says that it is bound to processors; 7.x warns of one that says nothing. */
#include <linux/workqueue.h>

unsigned int probe(void);
unsigned int probe(void)
{
	return WQ_PERCPU;
}
