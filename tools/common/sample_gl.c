// SPDX-License-Identifier: MIT
#include "scene_gl.h"

#include <GLES3/gl3.h>
#include <GLES2/gl2ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gl_util.h"

struct sample_gl {
	GLenum target;
	GLuint program;
	GLuint vao;
};

static const char sample_2d[] =
	"#version 300 es\n"
	"precision highp float;\n"
	"precision highp int;\n"
	"uniform highp sampler2D image;\n"
	"out vec4 colour;\n"
	"void main() { colour = texelFetch(image, ivec2(gl_FragCoord.xy), 0); }\n";

static const char sample_external[] =
	"#version 300 es\n"
	"#extension GL_OES_EGL_image_external_essl3 : require\n"
	"precision highp float;\n"
	"precision highp int;\n"
	"uniform highp samplerExternalOES image;\n"
	"out vec4 colour;\n"
	"void main() { colour = texelFetch(image, ivec2(gl_FragCoord.xy), 0); }\n";

static bool gl_has(const char *extension)
{
	GLint n = 0, i;

	glGetIntegerv(GL_NUM_EXTENSIONS, &n);
	for (i = 0; i < n; i++) {
		const char *name = (const char *)glGetStringi(GL_EXTENSIONS, (GLuint)i);

		if (name && !strcmp(name, extension))
			return true;
	}
	return false;
}

struct sample_gl *sample_gl_new(unsigned int target, char *err, size_t err_len)
{
	struct sample_gl *g = calloc(1, sizeof(*g));

	if (!g) {
		snprintf(err, err_len, "out of memory");
		return NULL;
	}
	g->target = target;
	if (target == GL_TEXTURE_2D)
		g->program = gl_util_program(gl_util_triangle, sample_2d, err, err_len);
	else if (target != GL_TEXTURE_EXTERNAL_OES)
		snprintf(err, err_len, "cannot sample a texture of target 0x%04x", target);
	else if (gl_has("GL_OES_EGL_image_external_essl3"))
		g->program = gl_util_program(gl_util_triangle, sample_external, err, err_len);
	else
		snprintf(err, err_len, "GL has no GL_OES_EGL_image_external_essl3");
	if (!g->program) {
		free(g);
		return NULL;
	}
	glGenVertexArrays(1, &g->vao);
	return g;
}

void sample_gl_free(struct sample_gl *g)
{
	if (!g)
		return;
	glDeleteProgram(g->program);
	glDeleteVertexArrays(1, &g->vao);
	free(g);
}

bool sample_gl_draw(struct sample_gl *g, unsigned int texture, uint32_t width, uint32_t height,
		    char *err, size_t err_len)
{
	gl_util_forget_errors();
	gl_util_plain_state(width, height);
	glUseProgram(g->program);
	glBindVertexArray(g->vao);
	glBindTexture(g->target, texture);
	glTexParameteri(g->target, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexParameteri(g->target, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	glDrawArrays(GL_TRIANGLES, 0, 3);
	glBindTexture(g->target, 0);
	glBindVertexArray(0);
	glUseProgram(0);
	return gl_util_ok("sampling a texture", err, err_len);
}
