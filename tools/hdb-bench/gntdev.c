// SPDX-License-Identifier: MIT
#include "gntdev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/gntdev.h>

#define GNTDEV_NODE	"/dev/xen/gntdev"
#define GNTDEV_PAGE	4096u
#define GNTDEV_WAIT_MS	5000

/**
 * struct gntdev - a buffer that is shared again and again
 * @channel: to the other end
 * @node: /dev/xen/gntdev
 * @count: pages of the buffer
 * @buffer: it
 * @list: a buffer for its references, which hdb shares
 * @map: of @list
 * @list_hid: its id
 * @call: in which the kernel gives the references
 */
struct gntdev {
	struct channel *channel;
	int node;
	uint32_t count;
	struct buffer buffer, list;
	uint32_t *map;
	bool listed;
	hyper_dmabuf_id_t list_hid;
	struct ioctl_gntdev_dmabuf_imp_to_refs *call;
};

/*
 * A kernel without it does not know the call at all; one that has it refuses to
 * make a dma-buf of no pages.
 */
static int gntdev_probe(int node, struct err *err)
{
	struct ioctl_gntdev_dmabuf_exp_from_refs none = { 0 };

	if (ioctl(node, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS, &none) < 0 && errno == ENOTTY)
		return err_set(err, EXIT_UNTESTED, "this kernel has no gntdev-dmabuf "
			       "(CONFIG_XEN_GNTDEV_DMABUF)");
	return 0;
}

static int gntdev_node(struct channel *channel, struct err *err)
{
	int node;

	if (channel->peer.loopback)
		return err_set(err, EXIT_UNTESTED, "the other end is no Xen domain of its own");
	node = open(GNTDEV_NODE, O_RDWR | O_CLOEXEC);
	if (node < 0) {
		err_errno(err, errno, GNTDEV_NODE);
		err->code = EXIT_UNTESTED;
		return -1;
	}
	if (gntdev_probe(node, err) == 0)
		return node;
	close(node);
	return -1;
}

static uint64_t gntdev_list_bytes(const struct gntdev *gntdev)
{
	return buffer_align(gntdev->count * sizeof(*gntdev->map), GNTDEV_PAGE);
}

static int gntdev_alloc(struct gntdev *gntdev, uint64_t bytes, struct err *err)
{
	gntdev->call = calloc(1, sizeof(*gntdev->call) +
				 gntdev->count * sizeof(gntdev->call->refs[0]));
	if (!gntdev->call)
		return err_errno(err, ENOMEM, "references");
	if (channel_alloc(gntdev->channel, bytes, &gntdev->buffer, err) < 0 ||
	    channel_alloc(gntdev->channel, gntdev_list_bytes(gntdev), &gntdev->list, err) < 0)
		return -1;
	gntdev->map = mmap(NULL, gntdev_list_bytes(gntdev), PROT_READ | PROT_WRITE, MAP_SHARED,
			   gntdev->list.fd, 0);
	if (gntdev->map != MAP_FAILED)
		return 0;
	gntdev->map = NULL;
	return err_errno(err, errno, "mmap of the list of references");
}

struct gntdev *gntdev_open(struct channel *channel, uint64_t bytes, struct err *err)
{
	struct gntdev *gntdev = calloc(1, sizeof(*gntdev));

	if (!gntdev) {
		err_errno(err, ENOMEM, "gntdev");
		return NULL;
	}
	gntdev->channel = channel;
	gntdev->count = (uint32_t)(bytes / GNTDEV_PAGE);
	gntdev->buffer.fd = -1;
	gntdev->list.fd = -1;
	gntdev->node = gntdev_node(channel, err);
	if (gntdev->node >= 0 && gntdev_alloc(gntdev, bytes, err) == 0)
		return gntdev;
	gntdev_close(gntdev);
	return NULL;
}

void gntdev_close(struct gntdev *gntdev)
{
	struct wire reply, drop = { .actions = WIRE_DROP };
	struct err ignored;

	if (!gntdev)
		return;
	if (gntdev->listed) {
		if (!gntdev->channel->lost)
			channel_ask(gntdev->channel, &gntdev->list, &drop, &reply, NULL, &ignored);
		hdb_unexport(gntdev->channel->hdb, gntdev->list_hid, &ignored);
	}
	if (gntdev->map)
		munmap(gntdev->map, gntdev_list_bytes(gntdev));
	if (gntdev->list.fd >= 0)
		buffer_free(&gntdev->channel->source, &gntdev->list);
	if (gntdev->buffer.fd >= 0)
		buffer_free(&gntdev->channel->source, &gntdev->buffer);
	if (gntdev->node >= 0)
		close(gntdev->node);
	free(gntdev->call);
	free(gntdev);
}

static int gntdev_tell(struct gntdev *gntdev, struct wire *reply, struct err *err)
{
	struct wire request = {
		.actions = WIRE_IMPORT | WIRE_MAP | WIRE_GNTDEV,
		.bytes = gntdev_list_bytes(gntdev),
		.args = { gntdev->count },
	};

	if (buffer_cpu_begin(gntdev->list.fd, DMA_BUF_SYNC_WRITE, err) < 0)
		return -1;
	memcpy(gntdev->map, gntdev->call->refs, gntdev->count * sizeof(*gntdev->map));
	if (buffer_cpu_end(gntdev->list.fd, DMA_BUF_SYNC_WRITE, err) < 0 ||
	    channel_ask(gntdev->channel, &gntdev->list, &request, reply, &gntdev->list_hid,
			err) < 0)
		return -1;
	gntdev->listed = true;
	return 0;
}

int gntdev_once(struct gntdev *gntdev, struct gntdev_times *times, struct err *err)
{
	struct ioctl_gntdev_dmabuf_imp_release release = { .fd = (uint32_t)gntdev->buffer.fd };
	struct wire reply = { 0 };
	uint64_t start = stop_now();
	int status;

	gntdev->call->fd = (uint32_t)gntdev->buffer.fd;
	gntdev->call->count = gntdev->count;
	gntdev->call->domid = gntdev->channel->peer.domain;
	if (ioctl(gntdev->node, IOCTL_GNTDEV_DMABUF_IMP_TO_REFS, gntdev->call) < 0)
		return err_errno(err, errno, "gntdev cannot grant %u pages", gntdev->count);
	times->grant = stop_now() - start;
	status = gntdev_tell(gntdev, &reply, err);
	times->import = reply.values[WIRE_NS_IMPORT];
	start = stop_now();
	if (ioctl(gntdev->node, IOCTL_GNTDEV_DMABUF_IMP_RELEASE, &release) < 0 && status == 0)
		status = err_errno(err, errno, "gntdev cannot take pages back");
	times->release = reply.values[WIRE_NS_DROP] + stop_now() - start;
	return status;
}

/* ---- the echo ---------------------------------------------------------- */

static int gntdev_import(int node, uint32_t domain, const uint32_t *refs, uint32_t count,
			 struct err *err)
{
	struct ioctl_gntdev_dmabuf_exp_from_refs *call;
	int fd;

	call = calloc(1, sizeof(*call) + count * sizeof(call->refs[0]));
	if (!call)
		return err_errno(err, ENOMEM, "references");
	call->count = count;
	call->domid = domain;
	memcpy(call->refs, refs, count * sizeof(*refs));
	fd = ioctl(node, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS, call) < 0
	     ? err_errno(err, errno, "gntdev cannot map %u pages", count) : (int)call->fd;
	free(call);
	return fd;
}

int gntdev_echo(int *node, uint32_t domain, const uint32_t *refs, uint32_t count,
		struct wire *reply, struct err *err)
{
	struct ioctl_gntdev_dmabuf_exp_wait_released wait = { .wait_to_ms = GNTDEV_WAIT_MS };
	uint64_t start;
	int fd;

	if (*node < 0)
		*node = open(GNTDEV_NODE, O_RDWR | O_CLOEXEC);
	if (*node < 0)
		return err_errno(err, errno, GNTDEV_NODE);
	start = stop_now();
	fd = gntdev_import(*node, domain, refs, count, err);
	if (fd < 0)
		return -1;
	reply->values[WIRE_NS_IMPORT] = stop_now() - start;
	start = stop_now();
	close(fd);
	wait.fd = (uint32_t)fd;
	/* Gone already is gone. */
	if (ioctl(*node, IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED, &wait) < 0 && errno != ENOENT)
		return err_errno(err, errno, "gntdev does not release");
	reply->values[WIRE_NS_DROP] = stop_now() - start;
	return 0;
}
