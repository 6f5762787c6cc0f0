// SPDX-License-Identifier: MIT
/* Its own file because of its own headers: this is the tools' EGL code. */
#include <stdio.h>
#include <stdlib.h>
#include <drm_fourcc.h>

#include "device.h"
#include "scene_gl.h"
#include "surface.h"

/* As in share.h, which names another dma-buf type. */
#define TEXTURE_SLOTS	16

int texture_sample(int slot, int fd, unsigned int width, unsigned int height, void *pixels,
		   char *why, size_t room);
void texture_forget(int slot);
void texture_close(void);

/**
 * struct texture - what sampling takes
 * @open: device and sampler are there
 * @surfaces: by slot; without a texture where there is none
 */
static struct texture {
	bool open;
	struct device device;
	struct sample_gl *sampler;
	struct surface surfaces[TEXTURE_SLOTS];
} texture;

static int texture_open(struct err *err)
{
	if (texture.open)
		return 0;
	if (device_open(&texture.device, NULL, false, err))
		return -1;
	texture.sampler = sample_gl_new(GL_TEXTURE_2D, err->text, sizeof(err->text));
	texture.open = texture.sampler;
	return texture.open ? 0 : -1;
}

static int texture_import(struct surface *surface, int fd, unsigned int width,
			  unsigned int height, struct err *err)
{
	const struct buffer buffer = {
		.fd = fd,
		.width = width,
		.height = height,
		.fourcc = DRM_FORMAT_ARGB8888,
		.planes = 1,
		.stride = { width * 4 },
		.modifier = DRM_FORMAT_MOD_LINEAR,
		.size = (uint64_t)width * height * 4,
	};

	if (surface_open(surface, &texture.device.egl, texture.device.node, &buffer,
			 SURFACE_SAMPLE, err))
		return -1;
	if (surface_is_copy(surface)) {
		surface_close(surface);
		return err_set(err, EXIT_FAILED, "EGL takes no image of it, only copies");
	}
	return 0;
}

/* GL gives red first; a word of ARGB8888 has blue first in memory. */
static void texture_swap(unsigned char *pixels, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unsigned char red = pixels[4 * i];

		pixels[4 * i] = pixels[4 * i + 2];
		pixels[4 * i + 2] = red;
	}
}

static int texture_read(struct surface *surface, unsigned int width, unsigned int height,
			void *pixels, struct err *err)
{
	GLuint target, framebuffer;
	int ret = surface_begin(surface, err);

	if (ret)
		return ret;
	glGenTextures(1, &target);
	glBindTexture(GL_TEXTURE_2D, target);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, (GLsizei)width, (GLsizei)height);
	glGenFramebuffers(1, &framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, target, 0);
	if (!sample_gl_draw(texture.sampler, surface->texture, width, height, err->text,
			    sizeof(err->text)))
		ret = -1;
	else
		glReadPixels(0, 0, (GLsizei)width, (GLsizei)height, GL_RGBA, GL_UNSIGNED_BYTE,
			     pixels);
	if (surface_end(surface, err))
		ret = -1;
	glDeleteFramebuffers(1, &framebuffer);
	glDeleteTextures(1, &target);
	return ret;
}

int texture_sample(int slot, int fd, unsigned int width, unsigned int height, void *pixels,
		   char *why, size_t room)
{
	struct surface *surface = &texture.surfaces[slot];
	struct err err = { 0 };
	int ret = texture_open(&err);

	if (!ret && !surface->texture)
		ret = texture_import(surface, fd, width, height, &err);
	if (!ret)
		ret = texture_read(surface, width, height, pixels, &err);
	if (ret)
		snprintf(why, room, "%s", err.text);
	else
		texture_swap(pixels, (size_t)width * height);
	return ret;
}

void texture_forget(int slot)
{
	struct surface *surface = &texture.surfaces[slot];

	if (surface->texture)
		surface_close(surface);
	*surface = (struct surface){ 0 };
}

void texture_close(void)
{
	for (int i = 0; i < TEXTURE_SLOTS; i++)
		texture_forget(i);
	if (texture.open)
		sample_gl_free(texture.sampler);
	device_close(&texture.device);
	texture = (struct texture){ 0 };
}
