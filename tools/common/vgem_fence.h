/* SPDX-License-Identifier: MIT */
/*
 * vgem_fence: vgem's two calls for fences. They are here because releases of
 * libdrm differ in the name of the header that has them, or lack it.
 */
#ifndef HDB_VGEM_FENCE_H
#define HDB_VGEM_FENCE_H

#include <linux/types.h>
#include <xf86drm.h>

/* A new fence, on the buffer @handle; @out_fence is its number, never 0. */
struct vgem_fence_attach {
	__u32 handle;
	__u32 flags;
	__u32 out_fence;
	__u32 pad;
};

struct vgem_fence_signal {
	__u32 fence;
	__u32 flags;
};

/* The fence is a writer's; else a reader's. */
#define VGEM_FENCE_WRITES	1u

#define VGEM_FENCE_IOCTL_ATTACH	DRM_IOWR(DRM_COMMAND_BASE + 1, struct vgem_fence_attach)
#define VGEM_FENCE_IOCTL_SIGNAL	DRM_IOW(DRM_COMMAND_BASE + 2, struct vgem_fence_signal)

#endif
