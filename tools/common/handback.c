// SPDX-License-Identifier: MIT
#include "handback.h"

#include <drm_fourcc.h>
#include <string.h>

/* Small enough for one page, large enough for every GPU: 64x16 of 4 bytes. */
#define HANDBACK_WIDTH	64
#define HANDBACK_HEIGHT	16

int handback_open(struct handback_out *out, int hdb, uint32_t domain, uint64_t stream,
		  const char *node, struct err *err)
{
	memset(out, 0, sizeof(*out));
	out->hdb = hdb;
	out->domain = domain;
	out->stream = stream;
	if (buffer_source_open(&out->source, BUFFER_AUTO, node, err) < 0)
		return -1;
	if (buffer_alloc(&out->source, HANDBACK_WIDTH, HANDBACK_HEIGHT, DRM_FORMAT_XRGB8888,
			 &out->page, err) == 0)
		return 0;
	handback_close(out);
	return -1;
}

static int handback_say(struct handback_out *out, const struct meta *meta, struct err *err)
{
	uint8_t priv[META_SIZE];
	enum meta_error error = meta_encode(meta, priv);

	if (error)
		return err_set(err, EXIT_FAILED, "cannot hand back: %s", meta_error_text(error));
	if (hdb_export(out->hdb, out->page.fd, out->domain, priv, sizeof(priv), &out->hid,
		       err) < 0)
		return -1;
	out->shared = true;
	return 0;
}

int handback_send(struct handback_out *out, uint64_t frame, uint32_t buffer, uint64_t ok,
		  uint64_t bad, struct err *err)
{
	const struct meta meta = {
		.kind = META_ACK, .stream = out->stream, .frame = frame, .buffer = buffer,
		.frames_ok = ok, .frames_bad = bad,
	};

	return handback_say(out, &meta, err);
}

int handback_leave(struct handback_out *out, uint64_t frame, struct err *err)
{
	const struct meta meta = { .kind = META_END, .stream = out->stream, .frame = frame };

	return handback_say(out, &meta, err);
}

void handback_close(struct handback_out *out)
{
	struct err ignored;

	if (!out->source.ops)
		return;
	/* Fails when the other domain is gone already, which is no matter here. */
	if (out->shared)
		hdb_unexport(out->hdb, out->hid, &ignored);
	out->shared = false;
	if (out->page.width)
		buffer_free(&out->source, &out->page);
	buffer_source_close(&out->source);
}

bool handback_take(struct handback_in *in, const struct hdb_event *event, uint64_t published)
{
	struct meta meta;

	if (meta_decode(&meta, event->priv, event->size) != META_OK ||
	    meta.stream != in->stream || meta.frame >= published)
		return false;
	if (meta.kind == META_END) {
		/* On the loopback our own END comes by here too. */
		if (!in->heard || !hdb_id_equal(event->hid, in->hid))
			return false;
		in->left = true;
		return true;
	}
	if (meta.kind != META_ACK)
		return false;
	in->heard = true;
	in->hid = event->hid;
	if (meta.frame + 1 > in->done)
		in->done = meta.frame + 1;
	in->ok = meta.frames_ok;
	in->bad = meta.frames_bad;
	return true;
}
