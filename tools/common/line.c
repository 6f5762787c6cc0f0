// SPDX-License-Identifier: MIT
#include "line.h"
#include "stop.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

/* How often a wait looks around: for the other end to come, for a signal. */
#define LINE_LOOK_MS	100

/* How long a message that has begun may still take when the user wants to stop. */
#define LINE_GRACE_NS	(5 * STOP_NS_PER_S)

static const uint8_t line_magic[4] = "hdbl";

int line_open(struct line *line, const struct peer *peer, enum transport_kind transport,
	      bool offers, uint32_t wait, struct err *err)
{
	*line = (struct line){
		.ops = peer->loopback ? &line_socket_ops : &line_vchan_ops,
		.transport = transport, .peer = *peer, .offers = offers, .wait = wait,
	};
	if (line->ops->open(line, err) == 0)
		return 0;
	line_close(line);
	return -1;
}

void line_close(struct line *line)
{
	if (line->ops)
		line->ops->close(line);
	*line = (struct line){ .gone = true };
}

int line_fd(const struct line *line)
{
	short events;

	return line->gone ? -1 : line->ops->fd(line, false, &events);
}

static int line_connect(struct line *line, struct err *err)
{
	int there = line->up ? 1 : line->ops->connect(line, err);

	line->up = there == 1;
	return there;
}

/* ---- waiting ----------------------------------------------------------- */

/**
 * struct line_wait - one wait for the other end
 * @deadline: on stop_now()'s clock
 * @begun: part of a message is through: to give it up is to give up the line
 * @stopped: since when the user wants to stop, or 0
 */
struct line_wait {
	uint64_t deadline, stopped;
	bool begun;
};

static struct line_wait line_patience(const struct line *line, bool begun)
{
	return (struct line_wait){
		.deadline = stop_now() + line->wait * STOP_NS_PER_S, .begun = begun,
	};
}

static int line_gone(struct line *line, struct err *err)
{
	char who[HYPER_DMABUF_LINK_NAME_LEN + 32];

	line->cut = true;
	peer_describe(&line->peer, who, sizeof(who));
	return err_set(err, EXIT_FAILED, "the other end, in %s, went away", who);
}

static int line_late(struct line *line, struct err *err)
{
	char who[HYPER_DMABUF_LINK_NAME_LEN + 32];

	line->cut |= line->up;
	peer_describe(&line->peer, who, sizeof(who));
	if (line->up)
		return err_set(err, EXIT_FAILED, "%s did not go on within %u s", who, line->wait);
	return err_set(err, EXIT_FAILED, "nobody came to the other end, in %s, within %u s (is "
		       "%s --transport %s running there?)", who, line->wait,
		       line->offers ? "hdb-import" : "hdb-export",
		       transport_names[line->transport]);
}

/* Sleep until something may have changed. */
static int line_sleep(struct line *line, struct line_wait *wait, bool write, struct err *err)
{
	struct pollfd ready = { 0 };

	ready.fd = line->ops->fd(line, write, &ready.events);
	if (stop_requested() && !wait->stopped) {
		if (!wait->begun)
			return err_set(err, EXIT_FAILED, "interrupted");
		wait->stopped = stop_now();
	}
	if (wait->stopped && stop_now() - wait->stopped > LINE_GRACE_NS) {
		line->cut = true;
		return err_set(err, EXIT_FAILED, "interrupted in the middle of a message");
	}
	if (stop_now() >= wait->deadline)
		return line_late(line, err);
	if (poll(&ready, 1, LINE_LOOK_MS) > 0)
		line->ops->woke(line);
	return 0;
}

/* ---- sending ----------------------------------------------------------- */

static int line_write(struct line *line, const void *data, size_t size, bool begun,
		      struct err *err)
{
	struct line_wait wait = line_patience(line, begun);
	const uint8_t *at = data;

	while (size) {
		int there = line_connect(line, err);
		ssize_t went = there == 1 ? line->ops->write(line, at, size) : 0;

		if (there < 0)
			return -1;
		if (went < 0)
			return line_gone(line, err);
		if (went == 0) {
			if (line_sleep(line, &wait, true, err) < 0)
				return -1;
			continue;
		}
		at += went;
		size -= (size_t)went;
		wait.begun = true;
		wait.deadline = stop_now() + line->wait * STOP_NS_PER_S;
	}
	return 0;
}

int line_begin(struct line *line, const uint8_t meta[META_SIZE], uint64_t bulk,
	       struct err *err)
{
	uint16_t version = htole16(LINE_VERSION), transport = htole16((uint16_t)line->transport);
	uint8_t head[LINE_HEAD];

	if (line->gone || line->cut)
		return line_gone(line, err);
	bulk = htole64(bulk);
	memcpy(head, line_magic, sizeof(line_magic));
	memcpy(head + 4, &version, sizeof(version));
	memcpy(head + 6, &transport, sizeof(transport));
	memcpy(head + 8, &bulk, sizeof(bulk));
	memcpy(head + 16, meta, META_SIZE);
	return line_write(line, head, sizeof(head), false, err);
}

int line_put(struct line *line, const void *data, size_t size, struct err *err)
{
	return line_write(line, data, size, true, err);
}

/* ---- receiving --------------------------------------------------------- */

static int line_nonsense(struct line *line, const char *what, struct err *err)
{
	line->gone = true;
	return err_set(err, EXIT_FAILED, "the other end says what this program does not "
		       "understand: %s", what);
}

static int line_decode(struct line *line, struct line_message *message, struct err *err)
{
	uint16_t version, transport;
	uint64_t bulk;

	memcpy(&version, line->head + 4, sizeof(version));
	memcpy(&transport, line->head + 6, sizeof(transport));
	memcpy(&bulk, line->head + 8, sizeof(bulk));
	if (memcmp(line->head, line_magic, sizeof(line_magic)) != 0)
		return line_nonsense(line, "it is no message", err);
	if (le16toh(version) != LINE_VERSION)
		return line_nonsense(line, "it is of another version", err);
	if (le16toh(transport) != line->transport)
		return line_nonsense(line, "it is of another --transport", err);
	message->bulk = le64toh(bulk);
	memcpy(message->meta, line->head + 16, META_SIZE);
	line->got = 0;
	return 1;
}

int line_next(struct line *line, struct line_message *message, struct err *err)
{
	int there;

	if (line->gone)
		return 0;
	/* First of all, so that what comes from now on is an event again. */
	line->ops->woke(line);
	there = line_connect(line, err);
	if (there <= 0)
		return there;
	while (line->got < LINE_HEAD) {
		ssize_t came = line->ops->read(line, line->head + line->got,
					       LINE_HEAD - line->got);

		/* The caller sees by line_alive() that no more will come. */
		line->gone |= came < 0;
		if (came <= 0)
			return 0;
		line->got += (size_t)came;
	}
	return line_decode(line, message, err);
}

int line_take(struct line *line, void *data, size_t size, struct err *err)
{
	struct line_wait wait = line_patience(line, true);
	uint8_t *at = data;

	while (size) {
		ssize_t came = line->ops->read(line, at, size);

		line->gone |= came < 0;
		if (came < 0)
			return line_gone(line, err);
		if (came == 0) {
			line->gone |= line_sleep(line, &wait, false, err) < 0;
			if (line->gone)
				return -1;
			continue;
		}
		at += came;
		size -= (size_t)came;
		wait.deadline = stop_now() + line->wait * STOP_NS_PER_S;
	}
	return 0;
}
