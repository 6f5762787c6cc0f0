// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#include "call.h"

int call_open(const char *path, int flags)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | flags);

	return fd < 0 ? -errno : fd;
}

int call_raw(int dev, unsigned long request, void *arg)
{
	int ret = ioctl(dev, request, arg);

	return ret < 0 ? -errno : ret;
}

int call_own_domain(int dev)
{
	struct ioctl_hyper_dmabuf_links arg = { .size = sizeof(arg) };
	int ret = call_raw(dev, IOCTL_HYPER_DMABUF_LINKS, &arg);

	return ret ? ret : (int)arg.own_domain;
}

int call_export(int dev, int dmabuf, int domain, const void *priv, int sz_priv,
		hyper_dmabuf_id_t *hid)
{
	struct ioctl_hyper_dmabuf_export_remote arg = {
		.dmabuf_fd = dmabuf,
		.remote_domain = domain,
		.sz_priv = sz_priv,
		.priv = (char *)(uintptr_t)priv,
	};
	int ret = call_raw(dev, IOCTL_HYPER_DMABUF_EXPORT_REMOTE, &arg);

	if (!ret && hid)
		*hid = arg.hid;
	return ret;
}

int call_export_flags(int dev, int dmabuf, int domain, unsigned int flags, hyper_dmabuf_id_t *hid)
{
	struct ioctl_hyper_dmabuf_export arg = {
		.size = sizeof(arg),
		.flags = flags,
		.dmabuf_fd = dmabuf,
		.remote_domain = (__u32)domain,
	};
	int ret = call_raw(dev, IOCTL_HYPER_DMABUF_EXPORT, &arg);

	if (!ret && hid)
		*hid = arg.hid;
	return ret;
}

int call_import(int dev, const hyper_dmabuf_id_t *hid, int flags)
{
	struct ioctl_hyper_dmabuf_export_fd arg = { .hid = *hid, .flags = flags, .fd = -1 };
	int ret = call_raw(dev, IOCTL_HYPER_DMABUF_EXPORT_FD, &arg);

	return ret ? ret : arg.fd;
}

int call_unexport(int dev, const hyper_dmabuf_id_t *hid, int delay_ms)
{
	struct ioctl_hyper_dmabuf_unexport arg = {
		.hid = *hid,
		.delay_ms = delay_ms,
		.status = -1,
	};
	int ret = call_raw(dev, IOCTL_HYPER_DMABUF_UNEXPORT, &arg);

	return ret ? ret : arg.status;
}

int call_query(int dev, const hyper_dmabuf_id_t *hid, int item, unsigned long *info)
{
	struct ioctl_hyper_dmabuf_query arg = { .hid = *hid, .item = item, .info = *info };
	int ret = call_raw(dev, IOCTL_HYPER_DMABUF_QUERY, &arg);

	*info = arg.info;
	return ret;
}

long call_query_value(int dev, const hyper_dmabuf_id_t *hid, int item)
{
	unsigned long info = 0;
	int ret = call_query(dev, hid, item, &info);

	return ret ? ret : (long)info;
}

int call_links(int dev, struct hyper_dmabuf_link *links, unsigned int room)
{
	struct ioctl_hyper_dmabuf_links arg = {
		.size = sizeof(arg),
		.count = room,
		.links = (uintptr_t)links,
	};
	int ret = call_raw(dev, IOCTL_HYPER_DMABUF_LINKS, &arg);

	return ret ? ret : (int)arg.count;
}

int call_fence_send(int dev, const hyper_dmabuf_id_t *hid, unsigned int flags, int fd)
{
	struct ioctl_hyper_dmabuf_fence_send arg = {
		.size = sizeof(arg),
		.flags = flags,
		.hid = *hid,
		.fence_fd = fd,
	};
	int ret = call_raw(dev, IOCTL_HYPER_DMABUF_FENCE_SEND, &arg);

	return ret ? ret : (int)arg.pending;
}

int call_wait_released(int dev, const hyper_dmabuf_id_t *hid, unsigned int timeout_ms)
{
	struct ioctl_hyper_dmabuf_wait_released arg = {
		.size = sizeof(arg),
		.hid = *hid,
		.timeout_ms = timeout_ms,
	};

	return call_raw(dev, IOCTL_HYPER_DMABUF_WAIT_RELEASED, &arg);
}
