// SPDX-License-Identifier: MIT
#include "sampler.h"

#include <errno.h>
#include <stdlib.h>

int sampler_compile(struct sampler *sampler, GLenum target, struct err *err)
{
	char why[200];

	if (sampler->pass && sampler->target == target)
		return 0;
	sample_gl_free(sampler->pass);
	sampler->pass = sample_gl_new(target, why, sizeof(why));
	sampler->target = target;
	return sampler->pass ? 0 : err_set(err, EXIT_FAILED, "%s", why);
}

static void sampler_drop(struct sampler *sampler)
{
	if (!sampler->width)
		return;
	glDeleteFramebuffers(1, &sampler->framebuffer);
	glDeleteTextures(1, &sampler->texture);
	free(sampler->pixels);
	sampler->pixels = NULL;
	sampler->width = 0;
	sampler->height = 0;
}

int sampler_resize(struct sampler *sampler, uint32_t width, uint32_t height, struct err *err)
{
	GLenum status;

	if (sampler->width == width && sampler->height == height)
		return 0;
	sampler_drop(sampler);
	sampler->pixels = malloc((size_t)width * height * 4);
	if (!sampler->pixels)
		return err_errno(err, ENOMEM, "cannot keep a picture");
	sampler->width = width;
	sampler->height = height;
	glGenTextures(1, &sampler->texture);
	glBindTexture(GL_TEXTURE_2D, sampler->texture);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, (GLsizei)width, (GLsizei)height);
	glBindTexture(GL_TEXTURE_2D, 0);
	glGenFramebuffers(1, &sampler->framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, sampler->framebuffer);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D,
			       sampler->texture, 0);
	status = glCheckFramebufferStatus(GL_FRAMEBUFFER);
	if (status == GL_FRAMEBUFFER_COMPLETE)
		return 0;
	sampler_drop(sampler);
	return err_set(err, EXIT_FAILED, "no framebuffer of %ux%u: status 0x%x", width, height,
		       status);
}

int sampler_draw(struct sampler *sampler, const struct surface *surface, struct err *err)
{
	char why[200];

	glBindFramebuffer(GL_FRAMEBUFFER, sampler->framebuffer);
	if (sample_gl_draw(sampler->pass, surface->texture, sampler->width, sampler->height, why,
			   sizeof(why)))
		return 0;
	return err_set(err, EXIT_FAILED, "%s", why);
}

struct picture sampler_read(struct sampler *sampler)
{
	glBindFramebuffer(GL_FRAMEBUFFER, sampler->framebuffer);
	glReadPixels(0, 0, (GLsizei)sampler->width, (GLsizei)sampler->height, GL_RGBA,
		     GL_UNSIGNED_BYTE, sampler->pixels);
	return (struct picture){
		.data = sampler->pixels, .stride = (size_t)sampler->width * 4,
		.width = sampler->width, .height = sampler->height, .order = PICTURE_RGBA,
	};
}

void sampler_close(struct sampler *sampler)
{
	sample_gl_free(sampler->pass);
	sampler_drop(sampler);
	*sampler = (struct sampler){ 0 };
}
