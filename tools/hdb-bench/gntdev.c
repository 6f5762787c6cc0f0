// SPDX-License-Identifier: MIT
#include "gntdev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/gntdev.h>

#define GNTDEV_NODE "/dev/xen/gntdev"

struct gntdev {
	int node;
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

struct gntdev *gntdev_open(struct channel *channel, uint64_t bytes, struct err *err)
{
	struct gntdev *gntdev = calloc(1, sizeof(*gntdev));

	(void)bytes;
	if (!gntdev) {
		err_errno(err, ENOMEM, "gntdev");
		return NULL;
	}
	gntdev->node = -1;
	if (channel->peer.loopback) {
		err_set(err, EXIT_UNTESTED, "the other end is no Xen domain of its own");
		goto err;
	}
	gntdev->node = open(GNTDEV_NODE, O_RDWR | O_CLOEXEC);
	if (gntdev->node < 0) {
		err_errno(err, errno, GNTDEV_NODE);
		err->code = EXIT_UNTESTED;
		goto err;
	}
	if (gntdev_probe(gntdev->node, err) < 0)
		goto err;
	return gntdev;

err:
	gntdev_close(gntdev);
	return NULL;
}

int gntdev_once(struct gntdev *gntdev, double *values, struct err *err)
{
	(void)gntdev;
	(void)values;
	return err_set(err, EXIT_UNTESTED, "hdb-bench does not drive gntdev-dmabuf");
}

void gntdev_close(struct gntdev *gntdev)
{
	if (!gntdev)
		return;
	if (gntdev->node >= 0)
		close(gntdev->node);
	free(gntdev);
}
