// SPDX-License-Identifier: MIT
/*
 * The GPU draws what the reference says, in every pixel, and samples it back
 * unchanged.
 */
#include <GLES3/gl3.h>
#include <GLES2/gl2ext.h>
#include <criterion/criterion.h>
#include <drm_fourcc.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "gl_context.h"
#include "scene.h"
#include "scene_gl.h"

#define STREAM 0x0123456789abcdefULL

static const struct {
	uint32_t width, height;
} sizes[] = {
	{ 64, 64 }, { 65, 67 }, { 255, 129 }, { 256, 64 }, { 320, 240 }, { 641, 479 },
	{ 64, 1000 }, { 1500, 64 }, { 1920, 1080 },
};

static const uint64_t frames[] = { 0, 1, 29, 30, 77, 131, 132, 4095, 999999, 12345678901ULL };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void open_or_skip(void)
{
	const char *why = gl_context_open();

	if (why)
		cr_skip_test("%s", why);
}

/* What glReadPixels gives of the bound framebuffer. The caller frees. */
static struct picture read_back(const struct scene *s)
{
	uint8_t *data = malloc((size_t)s->width * s->height * 4);

	cr_assert(data);
	glPixelStorei(GL_PACK_ALIGNMENT, 4);
	glReadPixels(0, 0, (GLsizei)s->width, (GLsizei)s->height, GL_RGBA, GL_UNSIGNED_BYTE, data);
	cr_assert_eq(glGetError(), GL_NO_ERROR);
	return (struct picture){ data, (size_t)s->width * 4, s->width, s->height, PICTURE_RGBA };
}

static void expect_frame(const struct scene *s, uint64_t frame, const char *how)
{
	struct picture pic = read_back(s);
	struct check_result r;
	char text[200];

	if (!check_frame(s, frame, &pic, &r)) {
		check_describe(s, &r, text, sizeof(text));
		cr_expect(false, "%ux%u, %s: %s", s->width, s->height, how, text);
	}
	free((void *)pic.data);
}

static void draw(struct scene_gl *g, const struct scene *s, uint64_t frame)
{
	struct scene_params p;
	char err[600] = "";

	scene_params_init(&p, s, frame);
	cr_assert(scene_gl_draw(g, &p, err, sizeof(err)), "%s", err);
}

static struct scene_gl *new_scene(void)
{
	char err[600] = "";
	struct scene_gl *g = scene_gl_new(err, sizeof(err));

	cr_assert(g, "%s", err);
	return g;
}

static void every_pixel(uint32_t fourcc)
{
	struct scene_gl *g;
	size_t i, k;

	open_or_skip();
	g = new_scene();
	for (i = 0; i < COUNT(sizes); i++) {
		struct scene s = { sizes[i].width, sizes[i].height, fourcc, STREAM };
		struct gl_target t = gl_target_new(s.width, s.height);

		for (k = 0; k < COUNT(frames); k++) {
			draw(g, &s, frames[k]);
			expect_frame(&s, frames[k], "drawn");
		}
		gl_target_free(&t);
	}
	scene_gl_free(g);
	gl_context_close();
}

Test(scene_gl, every_pixel_xr24)
{
	every_pixel(DRM_FORMAT_XRGB8888);
}

Test(scene_gl, every_pixel_ar24)
{
	every_pixel(DRM_FORMAT_ARGB8888);
}

Test(scene_gl, whole_animation)
{
	struct scene s = { 160, 120, DRM_FORMAT_ARGB8888, STREAM };
	struct gl_target t;
	struct scene_gl *g;
	uint64_t frame;

	open_or_skip();
	g = new_scene();
	t = gl_target_new(s.width, s.height);
	for (frame = 0; frame < 300; frame++) {
		draw(g, &s, frame);
		expect_frame(&s, frame, "drawn");
	}
	gl_target_free(&t);
	scene_gl_free(g);
	gl_context_close();
}

Test(scene_gl, largest)
{
	struct scene s = { 3840, 2160, DRM_FORMAT_ARGB8888, STREAM };
	struct gl_target t;
	struct scene_gl *g;

	open_or_skip();
	g = new_scene();
	t = gl_target_new(s.width, s.height);
	draw(g, &s, 50);
	expect_frame(&s, 50, "drawn");
	gl_target_free(&t);
	scene_gl_free(g);
	gl_context_close();
}

/* State that a caller left behind must not show in the picture. */
Test(scene_gl, survives_foreign_state)
{
	struct scene s = { 320, 240, DRM_FORMAT_ARGB8888, STREAM };
	struct gl_target t;
	struct scene_gl *g;

	open_or_skip();
	g = new_scene();
	t = gl_target_new(s.width, s.height);
	glEnable(GL_BLEND);
	glBlendFunc(GL_ONE, GL_ONE);
	glEnable(GL_SCISSOR_TEST);
	glScissor(10, 10, 20, 20);
	glEnable(GL_CULL_FACE);
	glCullFace(GL_FRONT_AND_BACK);
	glColorMask(GL_TRUE, GL_FALSE, GL_TRUE, GL_FALSE);
	glViewport(5, 5, 7, 7);
	glEnable(GL_DEPTH_TEST);
	glDepthFunc(GL_NEVER);
	glActiveTexture(GL_TEXTURE3);
	glGetIntegerv(0xdead, &(GLint){ 0 });
	draw(g, &s, 3);
	expect_frame(&s, 3, "drawn");
	cr_expect_eq(glGetError(), GL_NO_ERROR);
	gl_target_free(&t);
	scene_gl_free(g);
	gl_context_close();
}

Test(scene_gl, no_context_is_an_error)
{
	char err[200] = "";

	cr_expect_null(scene_gl_new(err, sizeof(err)));
	cr_expect(strlen(err) > 0);
}

/* Draws, then samples the texture into a second framebuffer. */
static void sampled(const struct scene *s, unsigned int target)
{
	struct gl_target from, to;
	EGLImage image = EGL_NO_IMAGE;
	struct sample_gl *sample;
	struct scene_gl *g = new_scene();
	GLuint texture = 0;
	char err[600] = "";

	sample = sample_gl_new(target, err, sizeof(err));
	cr_assert(sample, "%s", err);
	from = gl_target_new(s->width, s->height);
	draw(g, s, 100);
	glFinish();
	if (target == GL_TEXTURE_2D) {
		texture = from.texture;
	} else {
		PFNGLEGLIMAGETARGETTEXTURE2DOESPROC image_target =
			(PFNGLEGLIMAGETARGETTEXTURE2DOESPROC)
			eglGetProcAddress("glEGLImageTargetTexture2DOES");

		image = eglCreateImage(gl_context_display(), eglGetCurrentContext(),
				       EGL_GL_TEXTURE_2D,
				       (EGLClientBuffer)(uintptr_t)from.texture, NULL);
		cr_assert(image != EGL_NO_IMAGE && image_target);
		glGenTextures(1, &texture);
		glBindTexture(target, texture);
		image_target(target, image);
		cr_assert_eq(glGetError(), GL_NO_ERROR);
		glBindTexture(target, 0);
	}
	to = gl_target_new(s->width, s->height);
	cr_assert(sample_gl_draw(sample, texture, s->width, s->height, err, sizeof(err)), "%s",
		  err);
	expect_frame(s, 100, target == GL_TEXTURE_2D ? "sampled" : "sampled as external");
	gl_target_free(&to);
	if (image != EGL_NO_IMAGE) {
		glDeleteTextures(1, &texture);
		eglDestroyImage(gl_context_display(), image);
	}
	gl_target_free(&from);
	sample_gl_free(sample);
	scene_gl_free(g);
}

static void sampled_all(unsigned int target)
{
	size_t i;

	open_or_skip();
	for (i = 0; i < COUNT(sizes); i++) {
		struct scene s = {
			sizes[i].width, sizes[i].height, DRM_FORMAT_ARGB8888, STREAM
		};

		sampled(&s, target);
	}
	gl_context_close();
}

Test(sample_gl, texture_2d)
{
	sampled_all(GL_TEXTURE_2D);
}

Test(sample_gl, texture_external)
{
	sampled_all(GL_TEXTURE_EXTERNAL_OES);
}

/* A driver that lacks the extension is named, not drawn with; Mesa can play one. */
Test(sample_gl, texture_external_missing)
{
	char err[200] = "";

	setenv("MESA_EXTENSION_OVERRIDE", "-GL_OES_EGL_image_external_essl3", 1);
	open_or_skip();
	cr_expect_null(sample_gl_new(GL_TEXTURE_EXTERNAL_OES, err, sizeof(err)));
	cr_expect_str_eq(err, "GL has no GL_OES_EGL_image_external_essl3");
	gl_context_close();
}

Test(sample_gl, unknown_target)
{
	char err[200] = "";

	open_or_skip();
	cr_expect_null(sample_gl_new(GL_TEXTURE_CUBE_MAP, err, sizeof(err)));
	cr_expect_str_eq(err, "cannot sample a texture of target 0x8513");
	gl_context_close();
}
