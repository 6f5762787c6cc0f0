// SPDX-License-Identifier: MIT
#include "gl_util.h"

#include <stdio.h>
#include <string.h>

const char gl_util_triangle[] =
	"#version 300 es\n"
	"void main() {\n"
	"	vec2 p = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);\n"
	"	gl_Position = vec4(p, 0.0, 1.0);\n"
	"}\n";

static GLuint shader_new(GLenum type, const char *source, char *err, size_t err_len)
{
	GLuint shader = glCreateShader(type);
	char log[512] = "";
	GLint ok = 0;

	if (!shader) {
		snprintf(err, err_len, "no GLES 3.0 context is current");
		return 0;
	}
	glShaderSource(shader, 1, &source, NULL);
	glCompileShader(shader);
	glGetShaderiv(shader, GL_COMPILE_STATUS, &ok);
	if (ok)
		return shader;
	glGetShaderInfoLog(shader, sizeof(log), NULL, log);
	log[strcspn(log, "\n")] = '\0';
	snprintf(err, err_len, "a shader does not compile: %s", log);
	glDeleteShader(shader);
	return 0;
}

GLuint gl_util_program(const char *vertex, const char *fragment, char *err, size_t err_len)
{
	GLuint vs = shader_new(GL_VERTEX_SHADER, vertex, err, err_len);
	GLuint fs = vs ? shader_new(GL_FRAGMENT_SHADER, fragment, err, err_len) : 0;
	GLuint program = fs ? glCreateProgram() : 0;
	char log[512] = "";
	GLint ok = 0;

	if (program) {
		glAttachShader(program, vs);
		glAttachShader(program, fs);
		glLinkProgram(program);
		glGetProgramiv(program, GL_LINK_STATUS, &ok);
		if (!ok) {
			glGetProgramInfoLog(program, sizeof(log), NULL, log);
			log[strcspn(log, "\n")] = '\0';
			snprintf(err, err_len, "a shader program does not link: %s", log);
			glDeleteProgram(program);
			program = 0;
		}
	}
	/* 0 is ignored; the program keeps what it needs */
	glDeleteShader(vs);
	glDeleteShader(fs);
	return program;
}

bool gl_util_ok(const char *doing, char *err, size_t err_len)
{
	GLenum e = glGetError();

	if (e == GL_NO_ERROR)
		return true;
	snprintf(err, err_len, "GL error 0x%04x while %s", e, doing);
	return false;
}

void gl_util_forget_errors(void)
{
	int i;

	for (i = 0; i < 16 && glGetError() != GL_NO_ERROR; i++)
		;
}

void gl_util_plain_state(uint32_t width, uint32_t height)
{
	glViewport(0, 0, (GLsizei)width, (GLsizei)height);
	glColorMask(GL_TRUE, GL_TRUE, GL_TRUE, GL_TRUE);
	glDisable(GL_BLEND);
	glDisable(GL_CULL_FACE);
	glDisable(GL_DEPTH_TEST);
	glDisable(GL_DITHER);
	glDisable(GL_RASTERIZER_DISCARD);
	glDisable(GL_SAMPLE_ALPHA_TO_COVERAGE);
	glDisable(GL_SAMPLE_COVERAGE);
	glDisable(GL_SCISSOR_TEST);
	glDisable(GL_STENCIL_TEST);
	glActiveTexture(GL_TEXTURE0);
	glBindSampler(0, 0);
}
