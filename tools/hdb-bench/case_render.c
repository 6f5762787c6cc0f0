// SPDX-License-Identifier: MIT
/* GL in one domain to GL in the other one, by stages. */
#include "cases.h"
#include "device.h"
#include "render.h"
#include "scene_gl.h"
#include "surface.h"

#include <errno.h>
#include <stdlib.h>

enum render_value {
	RENDER_ALL,
	RENDER_DRAW,
	RENDER_PUBLISH,
	RENDER_NOTIFY,
	RENDER_SAMPLE,
};

static const struct case_series render_series[] = {
	[RENDER_ALL] = { "render/end-to-end", UNIT_NS,
		"from when a frame was to be drawn, until the other domain has sampled all of it "
		"as a texture, has handed it back, and we know" },
	[RENDER_DRAW] = { "render/draw", UNIT_NS,
		"drawing it with OpenGL ES into the shared buffer, until GL is done" },
	[RENDER_PUBLISH] = { "render/publish", UNIT_NS,
		"the call that announces it" },
	[RENDER_NOTIFY] = { "render/notify", UNIT_NS,
		"from there to the event; and, as long again, from handing back to knowing" },
	[RENDER_SAMPLE] = { "render/sample", UNIT_NS,
		"sampling it with OpenGL ES into a picture of the same size, until GL is done" },
	{ 0 },
};

static const struct case_size render_sizes[] = {
	{ "64x64", 64 * 64 * 4, .width = 64, .height = 64 },
	{ "640x480", 640 * 480 * 4, .width = 640, .height = 480 },
	{ "1920x1080", 1920 * 1080 * 4, .width = 1920, .height = 1080 },
	{ 0 },
};

/*
 * A context takes long to make, and llvmpipe compiles for longer still: there is
 * one for all sizes and rounds, until the program ends.
 */
static struct {
	struct device device;
	struct scene_gl *gl;
} render_with;

struct render {
	struct scene scene;
	struct buffer buffer;
	struct surface surface;
	uint64_t frame;
	hyper_dmabuf_id_t hid;
	bool shared;
};

const char *render_version(void)
{
	return render_with.gl ? render_with.device.egl.version : NULL;
}

static int render_start(struct err *err)
{
	char why[200];

	if (render_with.gl)
		return 0;
	if (device_open(&render_with.device, NULL, false, err) < 0)
		return -1;
	render_with.gl = scene_gl_new(why, sizeof(why));
	if (render_with.gl)
		return 0;
	device_close(&render_with.device);
	return err_set(err, EXIT_FAILED, "%s", why);
}

static int render_draw(struct render *render, struct err *err)
{
	struct scene_params params;
	char why[200];

	scene_params_init(&params, &render->scene, render->frame);
	if (surface_begin(&render->surface, err) < 0)
		return -1;
	if (!scene_gl_draw(render_with.gl, &params, why, sizeof(why)))
		return err_set(err, EXIT_FAILED, "%s", why);
	return surface_end(&render->surface, err);
}

static int render_publish(struct case_context *context, uint32_t actions, uint64_t *seq,
			  struct err *err)
{
	struct render *render = context->state;
	struct wire request = {
		.actions = actions,
		.bytes = render->buffer.size,
		.args = { render->scene.width | (uint64_t)render->scene.height << 32,
			  render->frame },
	};

	*seq = channel_request(context->channel, &request);
	render->shared = true;
	return channel_say(context->channel, &render->buffer, &request, &render->hid, err);
}

static void render_close(struct case_context *context)
{
	struct render *render = context->state;
	struct wire reply;
	struct err ignored;
	uint64_t seq;

	if (!render)
		return;
	if (render->shared) {
		if (!context->channel->lost &&
		    render_publish(context, WIRE_DROP, &seq, &ignored) == 0)
			channel_reply(context->channel, seq, &reply, &ignored);
		hdb_unexport(context->channel->hdb, render->hid, &ignored);
	}
	surface_close(&render->surface);
	if (render->buffer.fd >= 0)
		buffer_free(&context->channel->source, &render->buffer);
	free(render);
}

static int render_open(struct case_context *context, struct err *err)
{
	struct render *render = calloc(1, sizeof(*render));
	struct wire reply;
	uint64_t seq;

	if (!render)
		return err_errno(err, ENOMEM, "render");
	render->buffer.fd = -1;
	context->state = render;
	render_scene(&render->scene, context->size->width, context->size->height);
	if (render_start(err) < 0 ||
	    buffer_alloc(&context->channel->source, render->scene.width, render->scene.height,
			 render->scene.fourcc, &render->buffer, err) < 0 ||
	    surface_open(&render->surface, &render_with.device.egl, render_with.device.node,
			 &render->buffer, SURFACE_DRAW, err) < 0)
		return -1;
	if (surface_is_copy(&render->surface))
		return err_set(err, EXIT_UNTESTED, "GL cannot draw into a dma-buf without a copy");
	/* The first one is compared, every pixel of it. */
	if (render_draw(render, err) < 0 ||
	    render_publish(context, WIRE_IMPORT | WIRE_SAMPLE | WIRE_CHECK, &seq, err) < 0)
		return -1;
	return channel_reply(context->channel, seq, &reply, err);
}

static int render_once(struct case_context *context, uint64_t intended, double *values,
		       struct err *err)
{
	struct render *render = context->state;
	uint64_t start = stop_now(), drawn, published, end, seq;
	struct wire reply;

	render->frame++;
	if (render_draw(render, err) < 0)
		return -1;
	drawn = stop_now();
	if (render_publish(context, WIRE_SAMPLE, &seq, err) < 0)
		return -1;
	published = stop_now();
	if (channel_reply(context->channel, seq, &reply, err) < 0)
		return -1;
	end = stop_now();
	if (clocks_one_way(&context->channel->clocks, end - drawn, reply.values[WIRE_NS_TOTAL],
			   &values[RENDER_NOTIFY], err) < 0)
		return -1;
	values[RENDER_ALL] = (double)(end - intended);
	values[RENDER_DRAW] = (double)(drawn - start);
	values[RENDER_PUBLISH] = (double)(published - drawn);
	values[RENDER_SAMPLE] = (double)reply.values[WIRE_NS_SAMPLE];
	return 0;
}

const struct case_exercise case_render = {
	.series = render_series,
	.sizes = render_sizes,
	.transports = CASE_TRANSPORT(TRANSPORT_HDB),
	.cannot = {
		[TRANSPORT_GNTDEV] = CASE_NO_GNTDEV,
		[TRANSPORT_COPY] = "here; hdb-export and hdb-import --transport copy do it, "
				   "rendered and checked",
	},
	.flags = CASE_PEER | CASE_PACED,
	.depends = "GPU or llvmpipe, the size",
	.open = render_open,
	.once = render_once,
	.close = render_close,
};
