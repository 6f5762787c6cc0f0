/* SPDX-License-Identifier: MIT */
/*
 * render: the picture that both ends of the render cases know.
 */
#ifndef HDB_BENCH_RENDER_H
#define HDB_BENCH_RENDER_H

#include "scene.h"

#include <drm_fourcc.h>

static inline void render_scene(struct scene *scene, uint32_t width, uint32_t height)
{
	*scene = (struct scene){
		.width = width, .height = height, .fourcc = DRM_FORMAT_XRGB8888, .stream = 1,
	};
}

/* Version of the OpenGL ES that has drawn; NULL when none has. */
const char *render_version(void);

#endif
