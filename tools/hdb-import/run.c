// SPDX-License-Identifier: MIT
/* From announcements to frames, in their order, until the stream ends. */
#include "import.h"
#include "progress.h"
#include "report.h"

#include <string.h>

/* How often a silent exporter is checked for being there at all. */
#define IMPORT_LOOK_NS (STOP_NS_PER_S / 2)

/*
 * At the end: how long the exporter gets to take our last words in, and how
 * often it is looked at. Once it stops sharing it has.
 */
#define IMPORT_GRACE_NS (5 * STOP_NS_PER_S)
#define IMPORT_GRACE_STEP_NS (STOP_NS_PER_S / 100)

static void import_offer(struct import *import, const struct hdb_event *event)
{
	struct meta meta;
	enum meta_error error = meta_decode(&meta, event->priv, event->size);

	if (error) {
		progress_verbose("an event that is not ours: %s", meta_error_text(error));
		import->refused++;
		return;
	}
	if (!import->stream.locked && meta.kind == META_FRAME &&
	    import->transport.ops->acceptable(&import->transport, event->hid))
		stream_lock(&import->stream, meta.stream);
	if (stream_offer(&import->stream, event->hid, &meta) == STREAM_TOO_MANY)
		progress_verbose("frame %llu is in one buffer too many",
				 (unsigned long long)meta.frame);
}

/* Take in all announcements so far. */
static int import_listen(struct import *import, struct err *err)
{
	struct transport *transport = &import->transport;

	for (;;) {
		struct hdb_event event;
		int got = transport->ops->next(transport, &event, err);

		if (got <= 0)
			return got;
		import_offer(import, &event);
	}
}

/* Is any buffer that we know of the stream still shared? */
static bool import_exporter_there(const struct import *import)
{
	const struct transport *transport = &import->transport;

	for (uint32_t i = 0; i < META_MAX_BUFFERS; i++)
		if (import->buffer[i].open &&
		    transport->ops->alive(transport, import->buffer[i].hid))
			return true;
	for (uint32_t i = 0; i < import->stream.waiting; i++)
		if (transport->ops->alive(transport, import->stream.frame[i].hid))
			return true;
	return false;
}

static void import_show(const struct import *import)
{
	if (!import->received)
		progress_show("waiting for the first frame");
	else
		progress_show("%llu frames, %llu wrong", (unsigned long long)import->received,
			      (unsigned long long)import->wrong);
}

static int import_silence(const struct import *import, struct err *err)
{
	struct hdb_links links;
	char list[200];

	if (!import->stream.started && import->transport.hdb < 0) {
		peer_describe(&import->transport.peer, list, sizeof(list));
		return err_set(err, EXIT_FAILED, "no frame came from %s within %u s (is hdb-export "
			       "--transport %s running there?)", list, import->options->wait,
			       transport_names[import->options->transport]);
	}
	if (!import->stream.started) {
		if (hdb_links(import->transport.hdb, &links, err) < 0)
			return -1;
		peer_list(&links, list, sizeof(list));
		hdb_links_free(&links);
		return err_set(err, EXIT_FAILED, "no frame came within %u s (is hdb-export running?); "
			       "linked with %s", import->options->wait, list);
	}
	return err_set(err, EXIT_FAILED, "no frame came for %u s, after frame %llu",
		       import->options->wait, (unsigned long long)import->stream.next - 1);
}

/*
 * Wait for the next frame. Returns 1 with it, 0 when none will come because the
 * stream ended or the user wants to stop, -1 on failure.
 */
static int import_next(struct import *import, struct stream_frame *frame, struct err *err)
{
	uint64_t limit = stop_now() + import->options->wait * STOP_NS_PER_S;
	const struct transport *transport = &import->transport;

	for (;;) {
		uint64_t now = stop_now();
		enum stop_wait waited;

		if (import_listen(import, err) < 0)
			return -1;
		if (stop_requested()) {
			import->interrupted = true;
			return 0;
		}
		if (import->stream.locked && !import->stream.started &&
		    !import_exporter_there(import))
			stream_unlock(&import->stream);	/* a stream that died before us */
		if (stream_take(&import->stream, frame))
			return 1;
		if (stream_done(&import->stream))
			return 0;
		import_show(import);
		waited = stop_wait(transport->ops->fd(transport), now + IMPORT_LOOK_NS < limit ?
				   now + IMPORT_LOOK_NS : limit);
		if (waited != STOP_TIMEOUT)
			continue;
		if (import->stream.started && !import_exporter_there(import)) {
			/* Its last words may have come in just now. */
			if (import_listen(import, err) < 0)
				return -1;
			if (import->stream.waiting || stream_done(&import->stream))
				continue;
			return err_set(err, EXIT_FAILED, "the exporter went away after frame %llu "
				       "without ending the stream",
				       (unsigned long long)import->stream.next - 1);
		}
		if (stop_now() >= limit)
			return import_silence(import, err);
	}
}

/* With the first frame: who sends it, and what it is like. */
static int import_meet(struct import *import, const struct stream_frame *frame, json_t *result,
		       struct err *err)
{
	struct transport *transport = &import->transport;
	const struct meta *meta = &frame->meta;
	char stream[24];

	if (transport->ops->meet(transport, frame->hid, err) < 0)
		return -1;
	report_set(result, "peer", peer_json(&transport->peer));
	snprintf(stream, sizeof(stream), "%016llx", (unsigned long long)meta->stream);
	report_set(result, "picture",
		   json_pack("{s:i, s:i, s:s%, s:s}", "width", (int)meta->width, "height",
			     (int)meta->height, "format", (const char *)&meta->fourcc, (size_t)4,
			     "stream", stream));
	return 0;
}

/* Done with all frames up to this one. */
static int import_answer(struct import *import, const struct meta *frame, struct err *err)
{
	const struct meta meta = {
		.kind = META_ACK, .stream = frame->stream, .frame = frame->frame,
		.buffer = frame->buffer, .frames_ok = import->right - import->earlier_right,
		.frames_bad = import->wrong - import->earlier_wrong,
	};

	return import->transport.ops->answer(&import->transport, &meta, err);
}

static int import_leave(struct import *import, struct err *err)
{
	const struct meta meta = {
		.kind = META_END, .stream = import->stream.id, .frame = import->stream.next - 1,
	};

	return import->transport.ops->answer(&import->transport, &meta, err);
}

static int import_frames(struct import *import, json_t *result, struct err *err)
{
	const struct import_options *options = import->options;

	while (!options->frames || import->received < options->frames) {
		struct stream_frame frame;
		int got = import_next(import, &frame, err);

		if (got <= 0)
			return got;
		import->hid = frame.hid;
		if (!import->met && import_meet(import, &frame, result, err) < 0)
			return -1;
		import->met = true;
		if (import_frame(import, &frame, err) < 0)
			return -1;
		import->last_time = stop_now();
		if (!import->first_time)
			import->first_time = import->last_time;
		if (import_answer(import, &frame.meta, err) < 0)
			return -1;
		import_show(import);
	}
	return 0;
}

/* Say good-bye, and stay until the exporter has heard it. */
static int import_finish(struct import *import, struct err *err)
{
	uint64_t limit = stop_now() + IMPORT_GRACE_NS;

	if (!import->met)
		return 0;
	if (import->interrupted)
		stop_forget();
	if (!stream_done(&import->stream) && import_leave(import, err) < 0)
		return -1;
	if (!import->transport.ops->linger)
		return 0;
	while (import_exporter_there(import) && stop_now() < limit)
		if (stop_wait(-1, stop_now() + IMPORT_GRACE_STEP_NS) == STOP_SIGNAL)
			break;
	return 0;
}

/* Is the stream that we follow gone, without having ended? */
static bool import_lost(const struct import *import)
{
	const struct transport *transport = &import->transport;

	return import->stream.started && !transport->ops->alive(transport, import->hid);
}

/*
 * After a failure: if the exporter, or its domain, went away, @err says so. Then, with
 * --wait, lets go of what it shared. Returns 0, and another one may come; 1 when the
 * user stops it before there is a link again; or -1.
 */
static int import_again(struct import *import, struct err *err)
{
	const struct import_options *options = import->options;
	struct err ignored;

	if (stop_requested() || !import_lost(import))
		return -1;
	err_because(err, "the exporter went away");
	if (!options->go_on)
		return -1;
	progress_note("%s; waiting for another one, %u s at most", err->text, options->wait);
	fence_end(&import->fences, &ignored);
	import_buffers_close(import);
	import->met = false;
	import->abandoned = false;
	import->parted++;
	import->earlier_right = import->right;
	import->earlier_wrong = import->wrong;
	import->lost += import->stream.lost;
	import->repeated += import->stream.repeated;
	stream_unlock(&import->stream);
	if (transport_again(&import->transport, options->peer, err) == 0)
		return 0;
	import->interrupted = stop_requested();
	return import->interrupted ? 1 : -1;
}

int import_run(struct import *import, json_t *result, struct err *err)
{
	int got, again = -1;

	do {
		got = import_frames(import, result, err);
		if (got < 0)
			again = import_again(import, err);
	} while (got < 0 && again == 0);
	if (got < 0 && again == 1)
		return 0;
	if (got < 0) {
		if (import->parted && !import->met)
			err_because(err, "the exporter went away");
		return -1;
	}
	return import_finish(import, err);
}
