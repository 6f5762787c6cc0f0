// SPDX-License-Identifier: MIT
#include "scene_gl.h"

#include <GLES3/gl3.h>
#include <stdio.h>
#include <stdlib.h>

#include "gl_util.h"
#include "scene_param.h"

/*
 * One program for each kind of area, so that a software rasteriser, which runs
 * both sides of a branch, does not compute a ball for every pixel of the wall.
 */
enum area {
	AREA_WALL,
	AREA_FLOOR,
	AREA_FULL,
	AREA_TEXT,
	AREA_STRIP,
	AREAS,
};

struct scene_gl {
	GLuint program[AREAS];
	GLint params[AREAS];	/* location of the parameters */
	GLuint table;
	GLuint vao;
};

/* ---- shaders ----------------------------------------------------------- */

static const char prologue[] =
	"precision highp float;\n"
	"precision highp int;\n"
	"precision highp isampler2D;\n"
	"uniform int u[SCENE_PARAM_COUNT];\n"
	"uniform isampler2D table;\n"
	"out vec4 colour;\n"
	"#define CTX\n"
	"#define ARG\n"
	"#define U(i) u[i]\n"
	"int tab(int i) {\n"
	"	return texelFetch(table, ivec2(i & (SCENE_TAB_ROW - 1), i / SCENE_TAB_ROW), 0).r;\n"
	"}\n";

static const char pixel_source[] =
#define FN(...) #__VA_ARGS__ "\n"
#include "scene_pixel.h"
#undef FN
	;

static const char *const area_source[AREAS] = {
	[AREA_WALL] = "scene_finish(x, y, vx, vy, scene_wall(vx, vy))",
	[AREA_FLOOR] = "scene_finish(x, y, vx, vy, scene_floor(vx, vy))",
	[AREA_FULL] = "scene_finish(x, y, vx, vy, scene_full(vx, vy))",
	[AREA_TEXT] = "scene_finish(x, y, vx, vy, scene_text(x, y, scene_wall(vx, vy)))",
	[AREA_STRIP] = "scene_strip(x, y)",
};

/* Each channel is n / 255, which an 8-bit target stores as exactly n. */
static const char epilogue[] =
	"	colour = vec4(ivec4(rgb >> 16, (rgb >> 8) & 255, rgb & 255, scene_alpha(x, y)))\n"
	"	       / 255.0;\n"
	"}\n";

/* The names of scene_param.h, as the shader's constants. */
static void name_constants(FILE *f)
{
	static const struct {
		const char *name;
		int value;
	} names[] = {
#define X(name) { #name, SCENE_##name },
		SCENE_PARAM_LIST(X)
#undef X
		{ "DIGIT", SCENE_DIGIT }, { "WORD", SCENE_WORD },
		{ "PARAM_COUNT", SCENE_PARAM_COUNT },
		{ "TAB_SQRT", SCENE_TAB_SQRT }, { "TAB_ASIN", SCENE_TAB_ASIN },
		{ "TAB_ATAN", SCENE_TAB_ATAN }, { "TAB_SHINE", SCENE_TAB_SHINE },
		{ "TAB_GLYPH", SCENE_TAB_GLYPH }, { "TAB_ROW", SCENE_TAB_ROW },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		fprintf(f, "#define SCENE_%s %d\n", names[i].name, names[i].value);
}

static GLuint area_program(enum area area, char *err, size_t err_len)
{
	GLuint program = 0;
	char *source = NULL;
	size_t size;
	FILE *f = open_memstream(&source, &size);

	if (!f) {
		snprintf(err, err_len, "out of memory");
		return 0;
	}
	fputs("#version 300 es\n", f);
	name_constants(f);
	fputs(prologue, f);
	fputs(pixel_source, f);
	fprintf(f,
		"void main() {\n"
		"	int x = int(gl_FragCoord.x), y = int(gl_FragCoord.y);\n"
		"	int vx = scene_x(x), vy = scene_y(y);\n"
		"	int rgb = %s;\n%s", area_source[area], epilogue);
	if (fclose(f) == 0)
		program = gl_util_program(gl_util_triangle, source, err, err_len);
	else
		snprintf(err, err_len, "out of memory");
	free(source);
	return program;
}

/* ---- drawing ----------------------------------------------------------- */

struct scene_gl *scene_gl_new(char *err, size_t err_len)
{
	struct scene_gl *g = calloc(1, sizeof(*g));
	int i;

	if (!g) {
		snprintf(err, err_len, "out of memory");
		return NULL;
	}
	for (i = 0; i < AREAS; i++) {
		g->program[i] = area_program((enum area)i, err, err_len);
		if (!g->program[i]) {
			scene_gl_free(g);
			return NULL;
		}
		g->params[i] = glGetUniformLocation(g->program[i], "u");
	}
	gl_util_forget_errors();
	glGenVertexArrays(1, &g->vao);
	glGenTextures(1, &g->table);
	glActiveTexture(GL_TEXTURE0);
	glBindTexture(GL_TEXTURE_2D, g->table);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
	glPixelStorei(GL_UNPACK_ALIGNMENT, 2);
	glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
	glPixelStorei(GL_UNPACK_SKIP_PIXELS, 0);
	glPixelStorei(GL_UNPACK_SKIP_ROWS, 0);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_R16I, SCENE_TAB_ROW, SCENE_TAB_ROWS, 0, GL_RED_INTEGER,
		     GL_SHORT, scene_table());
	glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
	glBindTexture(GL_TEXTURE_2D, 0);
	if (!gl_util_ok("making the scene's tables", err, err_len)) {
		scene_gl_free(g);
		return NULL;
	}
	return g;
}

void scene_gl_free(struct scene_gl *g)
{
	int i;

	if (!g)
		return;
	for (i = 0; i < AREAS; i++)
		if (g->program[i])
			glDeleteProgram(g->program[i]);
	if (g->table)
		glDeleteTextures(1, &g->table);
	if (g->vao)
		glDeleteVertexArrays(1, &g->vao);
	free(g);
}

static void draw_area(const struct scene_gl *g, const struct scene_params *p, enum area area,
		      const int32_t *box)
{
	if (box[0] >= box[2] || box[1] >= box[3])
		return;
	glUseProgram(g->program[area]);
	glUniform1iv(g->params[area], SCENE_PARAM_COUNT, p->v);
	glScissor(box[0], box[1], box[2] - box[0], box[3] - box[1]);
	glDrawArrays(GL_TRIANGLES, 0, 3);
}

bool scene_gl_draw(struct scene_gl *g, const struct scene_params *p, char *err, size_t err_len)
{
	int32_t width = (int32_t)p->scene.width, height = (int32_t)p->scene.height;
	int32_t strip = (int32_t)scene_strip_rows(&p->scene);
	int32_t horizon = p->box[SCENE_BOX_FLOOR][1];
	const int32_t wall[4] = { 0, 0, width, horizon };
	const int32_t top[4] = { 0, 0, width, strip };
	const int32_t bottom[4] = { 0, height - strip, width, height };

	gl_util_forget_errors();
	gl_util_plain_state(p->scene.width, p->scene.height);
	glEnable(GL_SCISSOR_TEST);
	glBindVertexArray(g->vao);
	glBindTexture(GL_TEXTURE_2D, g->table);
	draw_area(g, p, AREA_WALL, wall);
	draw_area(g, p, AREA_FLOOR, p->box[SCENE_BOX_FLOOR]);
	draw_area(g, p, AREA_FULL, p->box[SCENE_BOX_BALL]);
	draw_area(g, p, AREA_FULL, p->box[SCENE_BOX_MIRROR]);
	draw_area(g, p, AREA_TEXT, p->box[SCENE_BOX_TEXT]);
	draw_area(g, p, AREA_STRIP, top);
	draw_area(g, p, AREA_STRIP, bottom);
	glDisable(GL_SCISSOR_TEST);
	glBindTexture(GL_TEXTURE_2D, 0);
	glBindVertexArray(0);
	glUseProgram(0);
	return gl_util_ok("drawing the scene", err, err_len);
}
