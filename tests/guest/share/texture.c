// SPDX-License-Identifier: MIT
/* Its own file because of its own headers: this is the tools' EGL code. */
#include <stdio.h>
#include <stdlib.h>
#include <drm_fourcc.h>

#include "device.h"
#include "sampler.h"
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
	struct sampler sampler;
	struct surface surfaces[TEXTURE_SLOTS];
} texture;

static int texture_open(struct err *err)
{
	if (texture.open)
		return 0;
	if (device_open(&texture.device, NULL, false, err))
		return -1;
	texture.open = sampler_compile(&texture.sampler, GL_TEXTURE_2D, err) == 0;
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
static void texture_swap(unsigned char *to, const unsigned char *from, size_t count)
{
	for (; count--; to += 4, from += 4) {
		to[0] = from[2];
		to[1] = from[1];
		to[2] = from[0];
		to[3] = from[3];
	}
}

static int texture_read(struct surface *surface, unsigned int width, unsigned int height,
			void *pixels, struct err *err)
{
	struct picture picture;
	int ret;

	if (sampler_resize(&texture.sampler, width, height, err) || surface_begin(surface, err))
		return -1;
	ret = sampler_draw(&texture.sampler, surface, err);
	if (surface_end(surface, err))
		ret = -1;
	if (ret)
		return ret;
	picture = sampler_read(&texture.sampler);
	texture_swap(pixels, picture.data, (size_t)width * height);
	return 0;
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
	sampler_close(&texture.sampler);
	device_close(&texture.device);
	texture = (struct texture){ 0 };
}
