// SPDX-License-Identifier: MIT
#include "echo_gl.h"
#include "check.h"
#include "device.h"
#include "render.h"
#include "sampler.h"
#include "stop.h"
#include "surface.h"

#include <errno.h>
#include <stdlib.h>

/**
 * struct echo_gl - what it samples with
 * @device: the GPU, or the CPU
 * @sampler: on it
 * @surface: the buffer as a texture, while @dmabuf is not -1
 * @scene: what the frames are to be
 */
struct echo_gl {
	struct device device;
	struct sampler sampler;
	struct surface surface;
	int dmabuf;
	struct scene scene;
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
	sampler_close(&gl->sampler);
	device_close(&gl->device);
	free(gl);
}

static int echo_gl_texture(struct echo_gl *gl, int dmabuf, struct err *err)
{
	struct buffer buffer = {
		.fd = dmabuf, .width = gl->scene.width, .height = gl->scene.height,
		.fourcc = gl->scene.fourcc,
	};

	if (gl->dmabuf == dmabuf)
		return 0;
	echo_gl_drop(gl);
	buffer_layout(&buffer);
	if (surface_open(&gl->surface, &gl->device.egl, gl->device.node, &buffer, SURFACE_SAMPLE,
			 err) < 0)
		return -1;
	gl->dmabuf = dmabuf;
	return sampler_compile(&gl->sampler, gl->surface.target, err);
}

static int echo_gl_check(struct echo_gl *gl, uint64_t frame, struct err *err)
{
	const struct picture picture = sampler_read(&gl->sampler);
	struct check_result found;
	char text[200];

	if (check_frame(&gl->scene, frame, &picture, &found))
		return 0;
	check_describe(&gl->scene, &found, text, sizeof(text));
	return err_set(err, EXIT_FAILED, "%s", text);
}

int echo_gl_sample(struct echo_gl *gl, int dmabuf, const struct wire *request,
		   struct wire *reply, struct err *err)
{
	uint64_t start, frame = request->args[1];

	render_scene(&gl->scene, (uint32_t)request->args[0], (uint32_t)(request->args[0] >> 32));
	if (scene_error(&gl->scene))
		return err_set(err, EXIT_FAILED, "%s", scene_error(&gl->scene));
	if (sampler_resize(&gl->sampler, gl->scene.width, gl->scene.height, err) < 0)
		return -1;
	start = stop_now();
	if (echo_gl_texture(gl, dmabuf, err) < 0 || surface_begin(&gl->surface, err) < 0 ||
	    sampler_draw(&gl->sampler, &gl->surface, err) < 0 ||
	    surface_end(&gl->surface, err) < 0)
		return -1;
	reply->values[WIRE_NS_SAMPLE] = stop_now() - start;
	if (surface_is_copy(&gl->surface))
		return err_set(err, EXIT_FAILED, "GL cannot sample a dma-buf without a copy here");
	return request->actions & WIRE_CHECK ? echo_gl_check(gl, frame, err) : 0;
}
