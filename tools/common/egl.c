// SPDX-License-Identifier: MIT
#include "egl.h"

#include <drm_fourcc.h>
#include <stdio.h>
#include <string.h>

bool egl_has(const char *extensions, const char *name)
{
	size_t length = strlen(name);

	for (; extensions && *extensions; extensions += strcspn(extensions, " ")) {
		extensions += strspn(extensions, " ");
		if (strcspn(extensions, " ") == length && strncmp(extensions, name, length) == 0)
			return true;
	}
	return false;
}

const char *egl_error(EGLint error)
{
	static const char *const names[] = {
		"EGL_SUCCESS", "EGL_NOT_INITIALIZED", "EGL_BAD_ACCESS", "EGL_BAD_ALLOC",
		"EGL_BAD_ATTRIBUTE", "EGL_BAD_CONFIG", "EGL_BAD_CONTEXT",
		"EGL_BAD_CURRENT_SURFACE", "EGL_BAD_DISPLAY", "EGL_BAD_MATCH",
		"EGL_BAD_NATIVE_PIXMAP", "EGL_BAD_NATIVE_WINDOW", "EGL_BAD_PARAMETER",
		"EGL_BAD_SURFACE", "EGL_CONTEXT_LOST",
	};
	/* Without an error to tell, unsigned wrap-around leads out of the table. */
	unsigned int index = (unsigned int)error - EGL_SUCCESS;

	return index < sizeof(names) / sizeof(names[0]) ? names[index] : "an unknown EGL error";
}

int egl_devices(struct egl_calls *call, EGLDeviceEXT devices[EGL_MAX_DEVICES], struct err *err)
{
	const char *has = eglQueryString(EGL_NO_DISPLAY, EGL_EXTENSIONS);
	bool base = egl_has(has, "EGL_EXT_device_base");
	EGLint count = 0;

	memset(call, 0, sizeof(*call));
	if (!base && !(egl_has(has, "EGL_EXT_device_enumeration") &&
		       egl_has(has, "EGL_EXT_device_query")))
		return err_set(err, EXIT_UNTESTED,
			       "cannot be tested here: EGL cannot list its devices");
	if (!egl_has(has, "EGL_EXT_platform_device") || !egl_has(has, "EGL_EXT_platform_base"))
		return err_set(err, EXIT_UNTESTED,
			       "cannot be tested here: EGL has no device platform");
	call->query_devices = (PFNEGLQUERYDEVICESEXTPROC)eglGetProcAddress("eglQueryDevicesEXT");
	call->query_device_string = (PFNEGLQUERYDEVICESTRINGEXTPROC)
		eglGetProcAddress("eglQueryDeviceStringEXT");
	call->get_platform_display = (PFNEGLGETPLATFORMDISPLAYEXTPROC)
		eglGetProcAddress("eglGetPlatformDisplayEXT");
	if (!call->query_devices(EGL_MAX_DEVICES, devices, &count) || count == 0)
		return err_set(err, EXIT_UNTESTED, "cannot be tested here: EGL has no device");
	return count;
}

/* What the display and the context can do with dma-bufs. */
static void egl_find_image_calls(struct egl *egl)
{
	const char *has = eglQueryString(egl->display, EGL_EXTENSIONS);
	const char *gl = (const char *)glGetString(GL_EXTENSIONS);

	egl->no_image = NULL;
	if (!egl_has(has, "EGL_KHR_image_base"))
		egl->no_image = "EGL_KHR_image_base is missing";
	else if (!egl_has(has, "EGL_EXT_image_dma_buf_import"))
		egl->no_image = "EGL_EXT_image_dma_buf_import is missing";
	else if (!egl_has(gl, "GL_OES_EGL_image"))
		egl->no_image = "GL_OES_EGL_image is missing";
	if (egl->no_image)
		return;
	egl->call.create_image = (PFNEGLCREATEIMAGEKHRPROC)eglGetProcAddress("eglCreateImageKHR");
	egl->call.destroy_image = (PFNEGLDESTROYIMAGEKHRPROC)
		eglGetProcAddress("eglDestroyImageKHR");
	egl->call.image_to_texture = (PFNGLEGLIMAGETARGETTEXTURE2DOESPROC)
		eglGetProcAddress("glEGLImageTargetTexture2DOES");
	if (egl_has(has, "EGL_EXT_image_dma_buf_import_modifiers"))
		egl->call.query_modifiers = (PFNEGLQUERYDMABUFMODIFIERSEXTPROC)
			eglGetProcAddress("eglQueryDmaBufModifiersEXT");
}

static void egl_find_fence_calls(struct egl *egl)
{
	const char *has = eglQueryString(egl->display, EGL_EXTENSIONS);

	if (!egl_has(has, "EGL_KHR_fence_sync") ||
	    !egl_has(has, "EGL_ANDROID_native_fence_sync"))
		return;
	egl->call.create_sync = (PFNEGLCREATESYNCKHRPROC)eglGetProcAddress("eglCreateSyncKHR");
	egl->call.destroy_sync = (PFNEGLDESTROYSYNCKHRPROC)
		eglGetProcAddress("eglDestroySyncKHR");
	egl->call.dup_fence = (PFNEGLDUPNATIVEFENCEFDANDROIDPROC)
		eglGetProcAddress("eglDupNativeFenceFDANDROID");
}

int egl_fence(const struct egl *egl)
{
	EGLSyncKHR sync;
	int fd;

	if (!egl->call.dup_fence)
		return -1;
	sync = egl->call.create_sync(egl->display, EGL_SYNC_NATIVE_FENCE_ANDROID, NULL);
	if (sync == EGL_NO_SYNC_KHR)
		return -1;
	/* The fence exists once GL has begun. */
	glFlush();
	fd = egl->call.dup_fence(egl->display, sync);
	egl->call.destroy_sync(egl->display, sync);
	return fd == EGL_NO_NATIVE_FENCE_FD_ANDROID ? -1 : fd;
}

static int egl_make_context(struct egl *egl, struct err *err)
{
	static const EGLint wanted[] = {
		EGL_RENDERABLE_TYPE, EGL_OPENGL_ES3_BIT, EGL_SURFACE_TYPE, EGL_DONT_CARE,
		EGL_NONE
	};
	static const EGLint version[] = {
		EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION, 0, EGL_NONE
	};
	const char *has = eglQueryString(egl->display, EGL_EXTENSIONS);
	EGLConfig config = EGL_NO_CONFIG_KHR;
	EGLint count;

	if (!egl_has(has, "EGL_KHR_surfaceless_context"))
		return err_set(err, EXIT_UNTESTED, "EGL_KHR_surfaceless_context is missing");
	if (!egl_has(has, "EGL_KHR_no_config_context") &&
	    (!eglChooseConfig(egl->display, wanted, &config, 1, &count) || count < 1))
		return err_set(err, EXIT_UNTESTED, "no EGL configuration for OpenGL ES 3");
	eglBindAPI(EGL_OPENGL_ES_API);
	egl->context = eglCreateContext(egl->display, config, EGL_NO_CONTEXT, version);
	if (egl->context == EGL_NO_CONTEXT)
		return err_set(err, EXIT_UNTESTED, "no OpenGL ES 3 context: %s",
			       egl_error(eglGetError()));
	if (!eglMakeCurrent(egl->display, EGL_NO_SURFACE, EGL_NO_SURFACE, egl->context))
		return err_set(err, EXIT_UNTESTED, "the context cannot be made current: %s",
			       egl_error(eglGetError()));
	return 0;
}

/* Mesa's and others' names for drawing on the CPU. */
static bool egl_is_software(const char *renderer)
{
	static const char *const names[] = { "llvmpipe", "softpipe", "SwiftShader", "swrast",
					     "Software Rasterizer" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strstr(renderer, names[i]))
			return true;
	return false;
}

int egl_open(struct egl *egl, const struct egl_calls *call, EGLDeviceEXT device,
	     struct err *err)
{
	memset(egl, 0, sizeof(*egl));
	egl->call = *call;
	egl->display = call->get_platform_display(EGL_PLATFORM_DEVICE_EXT, device, NULL);
	if (egl->display == EGL_NO_DISPLAY)
		return err_set(err, EXIT_UNTESTED, "no EGL display: %s",
			       egl_error(eglGetError()));
	if (!eglInitialize(egl->display, NULL, NULL)) {
		egl->display = EGL_NO_DISPLAY;
		return err_set(err, EXIT_UNTESTED, "EGL does not start: %s",
			       egl_error(eglGetError()));
	}
	if (egl_make_context(egl, err) < 0) {
		egl_close(egl);
		return -1;
	}
	snprintf(egl->renderer, sizeof(egl->renderer), "%s",
		 (const char *)glGetString(GL_RENDERER));
	snprintf(egl->version, sizeof(egl->version), "%s",
		 (const char *)glGetString(GL_VERSION));
	egl->software = egl_is_software(egl->renderer);
	egl_find_image_calls(egl);
	egl_find_fence_calls(egl);
	return 0;
}

void egl_close(struct egl *egl)
{
	if (egl->display == EGL_NO_DISPLAY)
		return;
	eglMakeCurrent(egl->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	if (egl->context != EGL_NO_CONTEXT)
		eglDestroyContext(egl->display, egl->context);
	eglTerminate(egl->display);
	eglReleaseThread();
	egl->display = EGL_NO_DISPLAY;
	egl->context = EGL_NO_CONTEXT;
}

/*
 * Does EGL list the buffer's modifier for its format, and is it for sampling
 * only? Where it does not, a linear buffer can still be imported without naming
 * the modifier.
 */
static bool egl_knows_modifier(const struct egl *egl, const struct buffer *buffer,
			       bool *external)
{
	EGLuint64KHR modifiers[128];
	/* llvmpipe's answer leaves these as they were. */
	EGLBoolean only[128] = { 0 };
	EGLint count = 0;

	*external = false;
	if (!egl->call.query_modifiers ||
	    !egl->call.query_modifiers(egl->display, (EGLint)buffer->fourcc, 128, modifiers, only,
				       &count))
		return false;
	for (EGLint i = 0; i < count; i++)
		if (modifiers[i] == buffer->modifier) {
			*external = only[i];
			return true;
		}
	return false;
}

int egl_image(const struct egl *egl, const struct buffer *buffer, EGLImageKHR *image,
	      bool *external, struct err *err)
{
	static const EGLint keys[BUFFER_MAX_PLANES][5] = {
#define EGL_PLANE(n) { EGL_DMA_BUF_PLANE##n##_FD_EXT, EGL_DMA_BUF_PLANE##n##_OFFSET_EXT, \
		       EGL_DMA_BUF_PLANE##n##_PITCH_EXT, \
		       EGL_DMA_BUF_PLANE##n##_MODIFIER_LO_EXT, \
		       EGL_DMA_BUF_PLANE##n##_MODIFIER_HI_EXT }
		EGL_PLANE(0), EGL_PLANE(1), EGL_PLANE(2), EGL_PLANE(3),
#undef EGL_PLANE
	};
	bool named = egl_knows_modifier(egl, buffer, external);
	EGLint list[6 + BUFFER_MAX_PLANES * 10 + 1] = {
		EGL_WIDTH, (EGLint)buffer->width, EGL_HEIGHT, (EGLint)buffer->height,
		EGL_LINUX_DRM_FOURCC_EXT, (EGLint)buffer->fourcc,
	};
	size_t n = 6;

	if (!named && buffer->modifier != DRM_FORMAT_MOD_LINEAR)
		return err_set(err, EXIT_FAILED, "EGL does not take the modifier 0x%llx",
			       (unsigned long long)buffer->modifier);
	for (uint32_t plane = 0; plane < buffer->planes; plane++) {
		const EGLint values[5] = {
			buffer->fd, (EGLint)buffer->offset[plane], (EGLint)buffer->stride[plane],
			(EGLint)(buffer->modifier & 0xffffffff), (EGLint)(buffer->modifier >> 32),
		};

		for (int i = 0; i < (named ? 5 : 3); i++) {
			list[n++] = keys[plane][i];
			list[n++] = values[i];
		}
	}
	list[n] = EGL_NONE;
	*image = egl->call.create_image(egl->display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, NULL,
					list);
	if (*image == EGL_NO_IMAGE_KHR)
		return err_set(err, EXIT_FAILED, "EGL does not take the dma-buf: %s",
			       egl_error(eglGetError()));
	return 0;
}
