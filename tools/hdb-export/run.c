// SPDX-License-Identifier: MIT
/* The rotation: which buffer may be drawn into, and when. */
#include "export.h"
#include "progress.h"

#include <string.h>
#include <unistd.h>

/* How often a silent importer is checked for being there at all. */
#define EXPORT_LOOK_NS (STOP_NS_PER_S / 2)

/* After an interrupt: how long the importer gets to hand back, in seconds. */
#define EXPORT_GRACE 5

static void export_show(const struct export *export)
{
	const struct handback_in *handback = &export->handback;

	if (!handback->heard)
		progress_show("%llu published, waiting for an importer",
			      (unsigned long long)export->published);
	else
		progress_show("%llu published, %llu handed back, %llu wrong",
			      (unsigned long long)export->published,
			      (unsigned long long)handback->done,
			      (unsigned long long)handback->bad);
}

/* Take in what the importer said so far. 1: something, 0: nothing. */
static int export_listen(struct export *export, struct err *err)
{
	struct transport *transport = &export->transport;
	uint64_t before = export->handback.done;
	int heard = 0;

	for (;;) {
		struct hdb_event event;
		int got = transport->ops->next(transport, &event, err);

		if (got < 0)
			return -1;
		if (!got)
			break;
		heard |= handback_take(&export->handback, &event, export->published);
	}
	if (export->handback.done > before) {
		export->last_time = stop_now();
		if (!export->first_time) {
			export->first_time = export->last_time;
			export->first_done = export->handback.done;
		}
	}
	return heard;
}

static int export_silence(const struct export *export, uint64_t seconds, struct err *err)
{
	char peer[HYPER_DMABUF_LINK_NAME_LEN + 32];

	peer_describe(&export->transport.peer, peer, sizeof(peer));
	if (!export->handback.heard)
		return err_set(err, EXIT_FAILED, "nobody in %s took a frame within %llu s "
			       "(is hdb-import running there?)", peer,
			       (unsigned long long)seconds);
	return err_set(err, EXIT_FAILED, "the importer handed nothing back for %llu s; frame %llu "
		       "is still out", (unsigned long long)seconds,
		       (unsigned long long)export->handback.done);
}

static bool export_importer_there(const struct export *export)
{
	const struct transport *transport = &export->transport;

	return !export->handback.heard ||
	       transport->ops->alive(transport, export->handback.hid);
}

static int export_gone(const struct export *export, struct err *err)
{
	return err_set(err, EXIT_FAILED, "the importer went away; it had handed back %llu of %llu "
		       "frames", (unsigned long long)export->handback.done,
		       (unsigned long long)export->published);
}

/*
 * Wait until @needed frames are handed back in all, as long as the importer
 * says something every @seconds. Returns 1 then, 0 when it will not happen
 * because the run ends in order, -1 on failure.
 */
static int export_wait(struct export *export, uint64_t needed, uint64_t seconds,
		       struct err *err)
{
	uint64_t limit = stop_now() + seconds * STOP_NS_PER_S;
	const struct transport *transport = &export->transport;

	for (;;) {
		int heard = export_listen(export, err);
		uint64_t now = stop_now();
		enum stop_wait waited;

		if (heard < 0)
			return -1;
		if (export->handback.done >= needed)
			return 1;
		if (export->handback.left)
			return 0;
		if (heard)
			limit = now + seconds * STOP_NS_PER_S;
		export_show(export);
		waited = stop_wait(transport->ops->fd(transport), now + EXPORT_LOOK_NS < limit ?
				   now + EXPORT_LOOK_NS : limit);
		if (waited == STOP_SIGNAL) {
			export->interrupted = true;
			return 0;
		}
		if (waited == STOP_READY)
			continue;
		if (!export_importer_there(export)) {
			/* Its last words may have come in just now. */
			if (export_listen(export, err) < 0)
				return -1;
			if (export->handback.done >= needed || export->handback.left)
				continue;
			return export_gone(export, err);
		}
		if (stop_now() >= limit)
			return export_silence(export, seconds, err);
	}
}

/*
 * Wait until the reader's fence on a buffer has signalled. Returns 1 then; 2 when
 * it failed, so that nobody knows; 0 and -1 as export_wait().
 */
static int export_wait_fence(struct export *export, struct export_slot *slot, struct err *err)
{
	uint64_t limit = stop_now() + export->options->wait * STOP_NS_PER_S;
	int status;

	while ((status = fence_status(slot->back)) == 0) {
		uint64_t now = stop_now();

		if (export_listen(export, err) < 0)
			return -1;
		export_show(export);
		if (now >= limit)
			return export_silence(export, export->options->wait, err);
		if (fence_wait(slot->back, now + EXPORT_LOOK_NS) == STOP_SIGNAL) {
			export->interrupted = true;
			return 0;
		}
	}
	close(slot->back);
	slot->back = 0;
	if (status == 1) {
		export->returned++;
		return 1;
	}
	progress_verbose("buffer %d did not come back: %s", (int)(slot - export->slot),
			 strerror(-status));
	export->failed++;
	return 2;
}

/*
 * Wait until @slot may be drawn into: its fence says so, or else, as its last
 * frame was handed back, the importer's word. Returns as export_wait().
 */
static int export_wait_slot(struct export *export, struct export_slot *slot, uint64_t needed,
			    struct err *err)
{
	int waited;

	if (slot->back) {
		waited = export_wait_fence(export, slot, err);
		if (waited < 0 || export->interrupted)
			return waited < 0 ? -1 : 0;
		/* What the importer said meanwhile is for the report. */
		if (waited == 1)
			return export_listen(export, err) < 0 ? -1 : 1;
	}
	return export_wait(export, needed, export->options->wait, err);
}

/* Wait for the time that --fps sets. False when interrupted. */
static bool export_pace(struct export *export)
{
	uint64_t period, now;

	if (export->options->fps <= 0)
		return true;
	period = (uint64_t)((double)STOP_NS_PER_S / export->options->fps);
	now = stop_now();
	if (!export->due)
		export->due = now;
	if (now > export->due + period) {
		/* Too late to catch up without a burst: go on from here. */
		export->late++;
		export->due = now;
	}
	if (now < export->due && stop_wait(-1, export->due) == STOP_SIGNAL)
		export->interrupted = true;
	export->due += period;
	return !export->interrupted;
}

/* A frame could not be sent. Returns 0 when that is no failure, for the run ends in order. */
static int export_unsent(struct export *export, struct err *err)
{
	struct err why;

	/* A signal may end the waiting for somebody to send it to. */
	export->interrupted = stop_requested();
	if (export->interrupted)
		return 0;
	/* An importer that left said so before it went. */
	if (export_listen(export, &why) >= 0 && export->handback.left)
		return 0;
	return export_importer_there(export) ? -1 : export_gone(export, err);
}

static int export_frames(struct export *export, struct err *err)
{
	const struct export_options *options = export->options;

	for (uint64_t frame = export->first; !options->frames || frame < options->frames;
	     frame++) {
		uint32_t index = (uint32_t)(frame % options->buffers);
		/* Handed back in order, so this buffer is free once its last frame is. */
		uint64_t needed = frame - export->first < options->buffers ? 0 :
				  frame - options->buffers + 1;
		uint64_t start = stop_now();
		int free = export_wait_slot(export, &export->slot[index], needed, err);

		if (free <= 0 || export->handback.left)
			return free < 0 ? -1 : 0;
		if (needed)
			stats_add(&export->wait, stop_now() - start);
		if (!export_pace(export))
			return 0;
		if (stop_requested()) {
			export->interrupted = true;
			return 0;
		}
		if (export_frame(export, &export->slot[index], frame, err) < 0)
			return export_unsent(export, err);
		export_show(export);
	}
	return 0;
}

/* Say that it is over, and let the importer finish what it has. */
static int export_finish(struct export *export, struct err *err)
{
	uint64_t seconds = export->options->wait;

	if (export->interrupted) {
		stop_forget();
		seconds = seconds < EXPORT_GRACE ? seconds : EXPORT_GRACE;
	}
	if (!export->published || export->handback.left)
		return 0;
	if (!export->last_sent && export_end(export, err) < 0)
		return -1;
	/* Interrupted before anyone came: nobody is to be waited for. */
	if (export->interrupted && !export->handback.heard)
		return 0;
	if (export_wait(export, export->published, seconds, err) < 0)
		return -1;
	return 0;
}

static int export_unshare(struct export *export, struct err *err)
{
	struct transport *transport = &export->transport;
	int result = 0;

	for (uint32_t i = 0; i < export->options->buffers; i++) {
		struct export_slot *slot = &export->slot[i];

		if (slot->shared &&
		    transport->ops->withdraw(transport, &slot->buffer, slot->hid, err) < 0)
			result = -1;
		slot->shared = false;
	}
	return result;
}

/* Is what we share gone, or who took it? */
static bool export_lost(const struct export *export)
{
	const struct transport *transport = &export->transport;
	const struct handback_in *handback = &export->handback;

	for (uint32_t i = 0; i < export->options->buffers; i++)
		if (export->slot[i].shared &&
		    !transport->ops->alive(transport, export->slot[i].hid))
			return true;
	return handback->heard ? !transport->ops->alive(transport, handback->hid)
			       : !transport->ops->linked(transport);
}

int export_again(struct export *export, struct err *err)
{
	struct handback_in *handback = &export->handback;
	struct err ignored;

	if (export->interrupted || stop_requested() || !export_lost(export))
		return -1;
	err_because(err, "the importer went away");
	if (!export->options->go_on)
		return -1;
	progress_note("%s; waiting for an importer, %u s at most", err->text,
		      export->options->wait);
	fence_end(&export->fences, &ignored);
	export_unshare(export, &ignored);
	for (uint32_t i = 0; i < export->options->buffers; i++) {
		if (export->slot[i].back > 0)
			close(export->slot[i].back);
		export->slot[i].back = 0;
	}
	export->parted++;
	export->earlier_ok += handback->ok;
	export->earlier_bad += handback->bad;
	export->first = export->published = handback->done;
	export->last_sent = false;
	export->due = 0;
	if (export_new_stream(export, err) < 0)
		return -1;
	if (transport_again(&export->transport, export->options->peer, err) == 0)
		return 0;
	export->interrupted = stop_requested();
	return export->interrupted ? 1 : -1;
}

int export_run(struct export *export, struct err *err)
{
	struct err other = { 0 };
	int result, again = -1;

	do {
		result = export_frames(export, err);
		if (result == 0)
			result = export_finish(export, err);
		if (result < 0)
			again = export_again(export, err);
	} while (result < 0 && again == 0);
	if (result < 0 && again == 1)
		return 0;
	if (result < 0 && export->parted && !export->handback.heard)
		err_because(err, "the importer went away");
	/* What failed first is what counts. */
	if (export_unshare(export, &other) < 0 && result == 0) {
		*err = other;
		result = -1;
	}
	if (result == 0 && export->handback.left && export->options->frames &&
	    export->handback.done < export->options->frames)
		result = err_set(err, EXIT_FAILED, "the importer left after %llu of %u frames",
				 (unsigned long long)export->handback.done,
				 export->options->frames);
	return result;
}
