// SPDX-License-Identifier: MIT
#include "gl_context.h"

#include <EGL/eglext.h>
#include <criterion/criterion.h>
#include <string.h>

#define MAX_DEVICES 16

static EGLDisplay display = EGL_NO_DISPLAY;
static EGLContext context = EGL_NO_CONTEXT;

static EGLDisplay software_display(void)
{
	PFNEGLQUERYDEVICESEXTPROC query =
		(PFNEGLQUERYDEVICESEXTPROC)eglGetProcAddress("eglQueryDevicesEXT");
	PFNEGLQUERYDEVICESTRINGEXTPROC string =
		(PFNEGLQUERYDEVICESTRINGEXTPROC)eglGetProcAddress("eglQueryDeviceStringEXT");
	EGLDeviceEXT devices[MAX_DEVICES];
	EGLint n = 0, i;

	if (!query || !string || !query(MAX_DEVICES, devices, &n))
		return EGL_NO_DISPLAY;
	for (i = 0; i < n; i++) {
		const char *ext = string(devices[i], EGL_EXTENSIONS);

		if (ext && strstr(ext, "EGL_MESA_device_software"))
			return eglGetPlatformDisplay(EGL_PLATFORM_DEVICE_EXT, devices[i], NULL);
	}
	return EGL_NO_DISPLAY;
}

const char *gl_context_open(void)
{
	static const EGLint config_attribs[] = {
		EGL_RENDERABLE_TYPE, EGL_OPENGL_ES3_BIT,
		EGL_SURFACE_TYPE, 0,
		EGL_NONE,
	};
	static const EGLint context_attribs[] = { EGL_CONTEXT_MAJOR_VERSION, 3, EGL_NONE };
	EGLConfig config = NULL;
	EGLint n = 0;

	display = software_display();
	if (display == EGL_NO_DISPLAY)
		return "EGL has no software device here";
	cr_assert(eglInitialize(display, NULL, NULL), "eglInitialize: 0x%04x", eglGetError());
	cr_assert(eglBindAPI(EGL_OPENGL_ES_API));
	cr_assert(eglChooseConfig(display, config_attribs, &config, 1, &n) && n == 1);
	context = eglCreateContext(display, config, EGL_NO_CONTEXT, context_attribs);
	cr_assert(context != EGL_NO_CONTEXT, "eglCreateContext: 0x%04x", eglGetError());
	cr_assert(eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context));
	return NULL;
}

void gl_context_close(void)
{
	eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	eglDestroyContext(display, context);
	/*
	 * No eglTerminate(): it would unload the driver, and the leak checker
	 * could no longer tell whose the memory is that the driver keeps.
	 */
}

EGLDisplay gl_context_display(void)
{
	return display;
}

struct gl_target gl_target_new(uint32_t width, uint32_t height)
{
	struct gl_target t;

	glGenTextures(1, &t.texture);
	glBindTexture(GL_TEXTURE_2D, t.texture);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, (GLsizei)width, (GLsizei)height);
	glBindTexture(GL_TEXTURE_2D, 0);
	glGenFramebuffers(1, &t.fbo);
	glBindFramebuffer(GL_FRAMEBUFFER, t.fbo);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, t.texture, 0);
	cr_assert_eq(glCheckFramebufferStatus(GL_FRAMEBUFFER), GL_FRAMEBUFFER_COMPLETE);
	glDisable(GL_SCISSOR_TEST);
	glClearColor(0.25f, 1.0f, 0.0f, 0.0f);
	glClear(GL_COLOR_BUFFER_BIT);
	return t;
}

void gl_target_free(struct gl_target *t)
{
	glDeleteFramebuffers(1, &t->fbo);
	glDeleteTextures(1, &t->texture);
}
