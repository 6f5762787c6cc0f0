/* SPDX-License-Identifier: MIT */
/*
 * egl: a GLES 3 context without any window, on a device of our choice; and
 * dma-bufs as EGL images. The device platform serves GPUs and llvmpipe alike.
 */
#ifndef HDB_EGL_H
#define HDB_EGL_H

#include <stdbool.h>
#include <stdint.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl3.h>
#include <GLES2/gl2ext.h>

#include "buffer.h"
#include "err.h"

#define EGL_MAX_DEVICES 16

/* The extension entry points; NULL where the extension is not there. */
struct egl_calls {
	PFNEGLQUERYDEVICESEXTPROC query_devices;
	PFNEGLQUERYDEVICESTRINGEXTPROC query_device_string;
	PFNEGLGETPLATFORMDISPLAYEXTPROC get_platform_display;
	PFNEGLCREATEIMAGEKHRPROC create_image;
	PFNEGLDESTROYIMAGEKHRPROC destroy_image;
	PFNEGLQUERYDMABUFMODIFIERSEXTPROC query_modifiers;
	PFNGLEGLIMAGETARGETTEXTURE2DOESPROC image_to_texture;
	PFNEGLCREATESYNCKHRPROC create_sync;
	PFNEGLDESTROYSYNCKHRPROC destroy_sync;
	PFNEGLDUPNATIVEFENCEFDANDROIDPROC dup_fence;
};

struct egl {
	struct egl_calls call;
	EGLDisplay display;
	EGLContext context;
	char renderer[128], version[128];
	bool software;		/* the CPU draws */
	const char *no_image;	/* why dma-bufs cannot become images; NULL: they can */
};

/* Is @name one of the space-separated @extensions? False when that is NULL. */
bool egl_has(const char *extensions, const char *name);

/* Ask EGL for its devices; the calls for that go into @call. Returns how many. */
int egl_devices(struct egl_calls *call, EGLDeviceEXT devices[EGL_MAX_DEVICES], struct err *err);

/* Make a context on @device and make it current. */
int egl_open(struct egl *egl, const struct egl_calls *call, EGLDeviceEXT device,
	     struct err *err);

/* Also for a zeroed struct. */
void egl_close(struct egl *egl);

/*
 * An image of a dma-buf, which the image holds from then on. @external gets
 * whether it can only be sampled, as GL_TEXTURE_EXTERNAL_OES.
 */
int egl_image(const struct egl *egl, const struct buffer *buffer, EGLImageKHR *image,
	      bool *external, struct err *err);

/*
 * A sync_file that signals when GL has done all that it was asked for so far,
 * and GL begins with it now; -1 where EGL cannot say.
 */
int egl_fence(const struct egl *egl);

/* "EGL_BAD_MATCH" for eglGetError()'s values. */
const char *egl_error(EGLint error);

#endif
