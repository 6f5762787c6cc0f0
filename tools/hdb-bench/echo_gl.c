// SPDX-License-Identifier: MIT
#include "echo_gl.h"
#include "check.h"
#include "device.h"
#include "render.h"
#include "scene_gl.h"
#include "stop.h"
#include "surface.h"

#include <errno.h>
#include <stdlib.h>

/**
 * struct echo_gl - what it samples with
 * @device: the GPU, or the CPU
 * @sample: the pass, for textures of @target
 * @surface: the buffer as a texture, while @dmabuf is not -1
 * @scene: what the frames are to be
 * @texture: what it samples into, of the scene's size
 * @framebuffer: on it
 * @pixels: room to read it back
 */
struct echo_gl {
	struct device device;
	struct sample_gl *sample;
	GLenum target;
	struct surface surface;
	int dmabuf;
	struct scene scene;
	GLuint texture, framebuffer;
	uint8_t *pixels;
};

struct echo_gl *echo_gl_new(struct err *err)
{
	struct echo_gl *gl = calloc(1, sizeof(*gl));

	if (!gl) {
		err_errno(err, ENOMEM, "GL");
		return NULL;
	}
	gl->dmabuf = -1;
	if (device_open(&gl->device, NULL, false, err) == 0)
		return gl;
	free(gl);
	return NULL;
}

void echo_gl_drop(struct echo_gl *gl)
{
	if (!gl || gl->dmabuf < 0)
		return;
	surface_close(&gl->surface);
	gl->surface = (struct surface){ 0 };
	gl->dmabuf = -1;
}

void echo_gl_free(struct echo_gl *gl)
{
	if (!gl)
		return;
	echo_gl_drop(gl);
	if (gl->sample)
		sample_gl_free(gl->sample);
	glDeleteFramebuffers(1, &gl->framebuffer);
	glDeleteTextures(1, &gl->texture);
	device_close(&gl->device);
	free(gl->pixels);
	free(gl);
}

static int echo_gl_target(struct echo_gl *gl, const struct scene *scene, struct err *err)
{
	if (gl->pixels && gl->scene.width == scene->width && gl->scene.height == scene->height)
		return 0;
	free(gl->pixels);
	gl->pixels = malloc((size_t)scene->width * scene->height * 4);
	if (!gl->pixels)
		return err_errno(err, ENOMEM, "a picture");
	gl->scene = *scene;
	glDeleteFramebuffers(1, &gl->framebuffer);
	glDeleteTextures(1, &gl->texture);
	glGenTextures(1, &gl->texture);
	glBindTexture(GL_TEXTURE_2D, gl->texture);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, (GLsizei)scene->width, (GLsizei)scene->height);
	glBindTexture(GL_TEXTURE_2D, 0);
	glGenFramebuffers(1, &gl->framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, gl->framebuffer);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, gl->texture, 0);
	if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE)
		return err_set(err, EXIT_FAILED, "no framebuffer of %ux%u", scene->width,
			       scene->height);
	return 0;
}

static int echo_gl_texture(struct echo_gl *gl, int dmabuf, struct err *err)
{
	struct buffer buffer = {
		.fd = dmabuf, .width = gl->scene.width, .height = gl->scene.height,
		.fourcc = gl->scene.fourcc,
	};
	char why[200];

	if (gl->dmabuf == dmabuf)
		return 0;
	echo_gl_drop(gl);
	buffer_layout(&buffer);
	if (surface_open(&gl->surface, &gl->device.egl, gl->device.node, &buffer, SURFACE_SAMPLE,
			 err) < 0)
		return -1;
	gl->dmabuf = dmabuf;
	if (gl->sample && gl->target == gl->surface.target)
		return 0;
	if (gl->sample)
		sample_gl_free(gl->sample);
	gl->target = gl->surface.target;
	gl->sample = sample_gl_new(gl->target, why, sizeof(why));
	return gl->sample ? 0 : err_set(err, EXIT_FAILED, "%s", why);
}

static int echo_gl_check(struct echo_gl *gl, uint64_t frame, struct err *err)
{
	const struct picture picture = {
		.data = gl->pixels, .stride = (size_t)gl->scene.width * 4,
		.width = gl->scene.width, .height = gl->scene.height, .order = PICTURE_RGBA,
	};
	struct check_result found;
	char text[200];

	glReadPixels(0, 0, (GLsizei)gl->scene.width, (GLsizei)gl->scene.height, GL_RGBA,
		     GL_UNSIGNED_BYTE, gl->pixels);
	if (check_frame(&gl->scene, frame, &picture, &found))
		return 0;
	check_describe(&gl->scene, &found, text, sizeof(text));
	return err_set(err, EXIT_FAILED, "%s", text);
}

int echo_gl_sample(struct echo_gl *gl, int dmabuf, const struct wire *request,
		   struct wire *reply, struct err *err)
{
	uint64_t start, frame = request->args[1];
	struct scene scene;
	char why[200];

	render_scene(&scene, (uint32_t)request->args[0], (uint32_t)(request->args[0] >> 32));
	if (scene_error(&scene))
		return err_set(err, EXIT_FAILED, "%s", scene_error(&scene));
	if (echo_gl_target(gl, &scene, err) < 0)
		return -1;
	start = stop_now();
	if (echo_gl_texture(gl, dmabuf, err) < 0 || surface_begin(&gl->surface, err) < 0)
		return -1;
	glBindFramebuffer(GL_FRAMEBUFFER, gl->framebuffer);
	if (!sample_gl_draw(gl->sample, gl->surface.texture, scene.width, scene.height, why,
			    sizeof(why)))
		return err_set(err, EXIT_FAILED, "%s", why);
	if (surface_end(&gl->surface, err) < 0)
		return -1;
	reply->values[WIRE_NS_SAMPLE] = stop_now() - start;
	if (surface_is_copy(&gl->surface))
		return err_set(err, EXIT_FAILED, "GL cannot sample a dma-buf without a copy here");
	return request->actions & WIRE_CHECK ? echo_gl_check(gl, frame, err) : 0;
}
