// SPDX-License-Identifier: MIT
/*
 * A line between two Xen domains: a vchan. The exporter grants its rings and says in xenstore,
 * below its own home, where the importer alone may read, which pages they are.
 */
#include "line.h"

#ifdef HDB_WITH_XEN
#include "xen_log.h"

#include <errno.h>
#include <libxenvchan.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xenstore.h>

/*
 * Bytes of the rings: frames need room, answers do not. Each page is one of the 1024 that
 * gntalloc gives by default.
 */
#define LINE_VCHAN_THERE	(256u * 1024)
#define LINE_VCHAN_BACK		4096u

#define LINE_VCHAN_NODE		"/dev/xen/gntalloc"

struct line_vchan {
	struct libxenvchan *vchan;
	uint32_t own;		/* domain */
};

static int line_vchan_own(uint32_t *own, struct err *err)
{
	struct xs_handle *xs = xs_open(0);
	char *text = xs ? xs_read(xs, XBT_NULL, "domid", NULL) : NULL;

	if (xs)
		xs_close(xs);
	if (!text)
		return err_set(err, EXIT_UNTESTED, "cannot be tested here: there is no xenstore "
			       "to say which domain this is");
	*own = (uint32_t)strtoul(text, NULL, 10);
	free(text);
	return 0;
}

static int line_vchan_offer(struct line *line, struct line_vchan *state, struct err *err)
{
	char path[64];

	if (access(LINE_VCHAN_NODE, R_OK | W_OK) < 0)
		return err_set(err, EXIT_UNTESTED, "cannot be tested here: " LINE_VCHAN_NODE
			       " may not be opened (is xen-gntalloc loaded, are you root?)");
	snprintf(path, sizeof(path), "data/hdb-line/%u", line->peer.domain);
	state->vchan = libxenvchan_server_init(&xen_log, (int)line->peer.domain, path,
					       LINE_VCHAN_BACK, LINE_VCHAN_THERE);
	if (!state->vchan)
		return err_errno(err, errno, "cannot offer a vchan to domain %u",
				 line->peer.domain);
	state->vchan->blocking = 0;
	return 0;
}

static int line_vchan_open(struct line *line, struct err *err)
{
	struct line_vchan *state = calloc(1, sizeof(*state));

	if (!state)
		return err_errno(err, ENOMEM, "a line");
	line->state = state;
	if (line_vchan_own(&state->own, err) < 0)
		return -1;
	/* The driver's list would have told that it is the loopback. */
	if (state->own == line->peer.domain)
		return err_set(err, EXIT_USAGE, "--peer: domain %u is this one", state->own);
	return line->offers ? line_vchan_offer(line, state, err) : 0;
}

static int line_vchan_connect(struct line *line, struct err *err)
{
	struct line_vchan *state = line->state;
	char path[64];

	(void)err;
	if (line->offers)
		return libxenvchan_is_open(state->vchan) == 1;
	snprintf(path, sizeof(path), "/local/domain/%u/data/hdb-line/%u", line->peer.domain,
		 state->own);
	/* What an exporter left there that is no more cannot be mapped. */
	state->vchan = libxenvchan_client_init(&xen_log, (int)line->peer.domain, path);
	if (!state->vchan)
		return 0;
	state->vchan->blocking = 0;
	return 1;
}

static int line_vchan_fd(const struct line *line, bool write, short *events)
{
	const struct line_vchan *state = line->state;

	(void)write;
	*events = POLLIN;
	return state->vchan ? libxenvchan_fd_for_select(state->vchan) : -1;
}

static void line_vchan_woke(struct line *line)
{
	const struct line_vchan *state = line->state;
	struct pollfd ready = { 0 };

	ready.fd = line_vchan_fd(line, false, &ready.events);
	/* It waits where there is no event. */
	if (state->vchan && poll(&ready, 1, 0) == 1)
		libxenvchan_wait(state->vchan);
}

static ssize_t line_vchan_read(struct line *line, void *data, size_t size)
{
	struct libxenvchan *vchan = ((struct line_vchan *)line->state)->vchan;
	bool open = libxenvchan_is_open(vchan) == 1;

	/* In this order: what came before the other end went is still there. */
	if (libxenvchan_data_ready(vchan) <= 0)
		return open ? 0 : -1;
	return libxenvchan_read(vchan, data, size);
}

static ssize_t line_vchan_write(struct line *line, const void *data, size_t size)
{
	struct libxenvchan *vchan = ((struct line_vchan *)line->state)->vchan;

	if (libxenvchan_is_open(vchan) != 1)
		return -1;
	return libxenvchan_buffer_space(vchan) > 0 ? libxenvchan_write(vchan, data, size) : 0;
}

static void line_vchan_close(struct line *line)
{
	struct line_vchan *state = line->state;

	if (!state)
		return;
	if (state->vchan)
		libxenvchan_close(state->vchan);
	free(state);
}

const struct line_ops line_vchan_ops = {
	.open = line_vchan_open,
	.connect = line_vchan_connect,
	.fd = line_vchan_fd,
	.woke = line_vchan_woke,
	.read = line_vchan_read,
	.write = line_vchan_write,
	.close = line_vchan_close,
};

#else /* built without Xen's libraries */

static int line_vchan_open(struct line *line, struct err *err)
{
	(void)line;
	return err_set(err, EXIT_UNTESTED, "cannot be tested here: built without Xen's libraries");
}

static void line_vchan_close(struct line *line)
{
	(void)line;
}

const struct line_ops line_vchan_ops = {
	.open = line_vchan_open,
	.close = line_vchan_close,
};
#endif
