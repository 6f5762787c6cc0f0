// SPDX-License-Identifier: GPL-2.0
/* 6.3, and 6.1.162. */
#include <xen/xenbus.h>

static void probe_remove(struct xenbus_device *dev)
{
}

extern struct xenbus_driver probe_driver;
struct xenbus_driver probe_driver = { .remove = probe_remove };
