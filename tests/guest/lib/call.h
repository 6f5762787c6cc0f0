/* SPDX-License-Identifier: MIT */
/*
 * call: the driver's calls as they are, without help or mercy. Each returns
 * what the call gives, or a negative errno.
 */
#ifndef HDB_TEST_CALL_H
#define HDB_TEST_CALL_H

#include <stddef.h>

#include "hyper_dmabuf.h"

#define CALL_DEVICE	"/dev/hyper_dmabuf"
#define CALL_DEVICE_XEN	"/dev/xen/hyper_dmabuf"

/* Opens a device node; @flags beside O_RDWR | O_CLOEXEC. */
int call_open(const char *path, int flags);

int call_raw(int dev, unsigned long request, void *arg);

/* The id of this domain. */
int call_own_domain(int dev);

int call_export(int dev, int dmabuf, int domain, const void *priv, int sz_priv,
		hyper_dmabuf_id_t *hid);

/* EXPORT through the extensible call, with HYPER_DMABUF_EXPORT_* in @flags. */
int call_export_flags(int dev, int dmabuf, int domain, unsigned int flags, hyper_dmabuf_id_t *hid);

/* EXPORT_FD: the fd. */
int call_import(int dev, const hyper_dmabuf_id_t *hid, int flags);

int call_unexport(int dev, const hyper_dmabuf_id_t *hid, int delay_ms);

int call_query(int dev, const hyper_dmabuf_id_t *hid, int item, unsigned long *info);

/*
 * FENCE_SEND with HYPER_DMABUF_FENCE_* in @flags; @fd: a sync_file or -1. Returns
 * how many fences were pending, or a negative errno.
 */
int call_fence_send(int dev, const hyper_dmabuf_id_t *hid, unsigned int flags, int fd);

/* WAIT_RELEASED: 0 or a negative errno. */
int call_wait_released(int dev, const hyper_dmabuf_id_t *hid, unsigned int timeout_ms);

/* The answer of a query as a number, or a negative errno. */
long call_query_value(int dev, const hyper_dmabuf_id_t *hid, int item);

/* LINKS: how many there are; the first @room of them go to @links. */
int call_links(int dev, struct hyper_dmabuf_link *links, unsigned int room);

#endif /* HDB_TEST_CALL_H */
