/* SPDX-License-Identifier: MIT */
/*
 * device: what to draw with: a GPU where there is one, else the CPU; and why
 * not the others.
 *
 * A DRM node without a GPU (vgem, vkms) never gets an EGL display for our
 * pictures: Mesa would take it, and crash when it draws with an imported
 * dma-buf. The CPU draws through the EGL device for software instead.
 */
#ifndef HDB_DEVICE_H
#define HDB_DEVICE_H

#include <jansson.h>
#include <stdbool.h>

#include "egl.h"
#include "err.h"

struct device {
	struct egl egl;
	char node[64];		/* of the GPU; empty: the CPU draws */
	char memory[64];	/* DRM node for GBM; empty: none was chosen */
	json_t *passed_over;	/* array of { node, why } */
};

/*
 * Whether @wanted can be meant by --device: NULL, "software" or a DRM node.
 * Returns 0, or -1 with EXIT_USAGE in @err. Opens nothing.
 */
int device_check(const char *wanted, struct err *err);

/*
 * Choose and open. @wanted is a DRM node, "software", or NULL for what is best.
 * A node without a GPU serves for memory only, where @memory_only allows that.
 */
int device_open(struct device *device, const char *wanted, bool memory_only, struct err *err);

/* Also for a zeroed struct. */
void device_close(struct device *device);

/* node, renderer, version, software, passed_over, text. */
json_t *device_json(const struct device *device);

#endif
