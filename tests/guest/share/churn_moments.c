// SPDX-License-Identifier: MIT
/* The moments at which an end may die, or see the other one die. */
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <unistd.h>

#include "churn.h"

/* How long a fence stays pending where somebody is to wait for it. */
#define PENDING_MS	300

static int both_connecting(struct churn *churn)
{
	int ret = churn_setup_channels(churn);

	churn_sleep(1);
	return ret;
}

static int export_exporting(struct churn *churn)
{
	int ret = churn_share(churn, 0, 0);

	/* Pages that somebody holds come back later; there is no hurry. */
	if (ret == -ENOSPC) {
		churn_sleep(20);
		return 0;
	}
	if (!ret)
		ret = churn_unshare(churn, 0, 0);
	churn_sleep(5);
	return ret;
}

static int export_sending(struct churn *churn)
{
	for (unsigned int i = 0; i < 100; i++) {
		int ret = churn_share(churn, (int)(i % CHURN_BUFFERS), i);

		if (ret)
			return ret;
	}
	return 0;
}

/* All of them shared, and left alone. */
static int export_holding(struct churn *churn)
{
	if (!churn->report->steps)
		for (int i = 0; i < CHURN_BUFFERS; i++) {
			int ret = churn_share(churn, i, 0);

			if (ret)
				return ret;
		}
	churn_sleep(20);
	return 0;
}

/* Published with a fence that is pending for @ms, once the last one came back. */
static int export_fenced(struct churn *churn, int ms)
{
	struct fence fence;
	int ret = 0;

	if (!churn->report->steps)
		ret = churn_share(churn, 0, 0);
	if (ret)
		return ret;
	churn_wait(churn, churn->buffers[0].fd, POLLOUT, "a return");
	ret = fence_new(&fence);
	if (ret)
		return ret;
	ret = fence_attach(churn->buffers[0].fd, fence.fd, true);
	if (!ret)
		ret = churn_fence_send(churn, &churn->hids[0], HYPER_DMABUF_FENCE_EXPECT_RETURN);
	if (ret >= 0)
		ret = churn_share(churn, 0, churn->report->steps);
	churn_sleep(ms);
	fence_signal(&fence);
	fence_free(&fence);
	return ret;
}

static int export_fence(struct churn *churn)
{
	return export_fenced(churn, PENDING_MS);
}

static int export_return(struct churn *churn)
{
	return export_fenced(churn, 5);
}

static int export_withdraw(struct churn *churn, int delay_ms, int pause_ms)
{
	int ret = 0;

	for (int i = 0; i < CHURN_BUFFERS && !ret; i++)
		ret = churn_share(churn, i, 0);
	churn_sleep(pause_ms);
	for (int i = 0; i < CHURN_BUFFERS && !ret; i++)
		ret = churn_unshare(churn, i, delay_ms);
	churn_sleep(delay_ms + pause_ms);
	return ret == -ENOSPC ? 0 : ret;
}

static int export_unexporting(struct churn *churn)
{
	return export_withdraw(churn, 0, 60);
}

static int export_delay(struct churn *churn)
{
	return export_withdraw(churn, 300, 40);
}

/* An import that was withdrawn meanwhile is nobody's fault. */
static int import_passing(int ret)
{
	return ret == -EINVAL || ret == -ENOENT ? 0 : ret;
}

static int import_listening(struct churn *churn)
{
	struct churn_import *import;
	int ret;

	for (int i = 0; i < 50; i++) {
		ret = churn_event(churn, &import, 20);
		if (ret <= 0)
			return ret;
	}
	return 0;
}

/* Imported, looked at, and let go, over and over. */
static int import_importing(struct churn *churn)
{
	int ret = import_listening(churn);

	for (int i = 0; i < CHURN_IMPORTS && !ret; i++) {
		if (!churn->imports[i].seed)
			continue;
		ret = import_passing(churn_map(churn, &churn->imports[i]));
		churn_unmap(&churn->imports[i]);
	}
	return ret;
}

/* Imported as they come, and kept. */
static int import_holding(struct churn *churn)
{
	struct churn_import *import;
	int ret = churn_event(churn, &import, 20);

	if (ret > 0)
		ret = import_passing(churn_map(churn, import));
	return ret;
}

/* Imported as they come, kept for a moment. */
static int import_using(struct churn *churn)
{
	int ret = import_holding(churn);

	churn_sleep(10);
	for (int i = 0; i < CHURN_IMPORTS; i++) {
		if (churn->imports[i].buffer.fd < 0)
			continue;
		churn_map(churn, &churn->imports[i]);
		churn_unmap(&churn->imports[i]);
	}
	return ret;
}

static int import_fence(struct churn *churn)
{
	struct churn_import *import = NULL;
	int ret = churn_event(churn, &import, 50);

	if (ret > 0)
		ret = import_passing(churn_map(churn, import));
	if (ret || !import || import->buffer.fd < 0)
		return ret;
	churn_wait(churn, import->buffer.fd, POLLIN, "a frame");
	ret = churn_fence_send(churn, &import->hid, HYPER_DMABUF_FENCE_IMPORT);
	return ret > 0 ? 0 : import_passing(ret);
}

static int import_return(struct churn *churn)
{
	struct churn_import *import = NULL;
	struct fence fence;
	int ret = churn_event(churn, &import, 50);

	if (ret > 0)
		ret = import_passing(churn_map(churn, import));
	if (ret || !import || import->buffer.fd < 0)
		return ret;
	ret = fence_new(&fence);
	if (ret)
		return ret;
	ret = fence_attach(import->buffer.fd, fence.fd, false);
	if (!ret)
		ret = churn_fence_send(churn, &import->hid, HYPER_DMABUF_FENCE_IMPORT);
	churn_sleep(PENDING_MS);
	fence_signal(&fence);
	fence_free(&fence);
	return ret > 0 ? 0 : import_passing(ret);
}

const struct churn_moment churn_moments[] = {
	{ "connecting", both_connecting, both_connecting, false },
	{ "exporting", export_exporting, import_listening, false },
	{ "sending", export_sending, import_listening, false },
	{ "mapping", export_holding, import_importing, true },
	{ "importing", export_holding, import_importing, false },
	{ "fence", export_fence, import_fence, false },
	{ "return", export_return, import_return, false },
	{ "unexporting", export_unexporting, import_using, false },
	{ "delay", export_delay, import_using, false },
	{ "idle", export_holding, import_holding, false },
	{ 0 },
};
