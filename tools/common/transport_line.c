// SPDX-License-Identifier: MIT
#include "transport_line.h"
#include "options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRANSPORT_XENBUS	"/dev/xen/xenbus"

/* The own domain, over a socket, is all that there is without Xen. */
static int transport_line_alone(struct transport *transport, const char *wanted, struct err *err)
{
	uint64_t domain = 0;

	if (wanted && !options_digits(&wanted, &domain))
		return err_set(err, EXIT_USAGE, "--peer: without the driver domains have no "
			       "names: want an id, not '%s'", wanted);
	if (access(TRANSPORT_XENBUS, F_OK) == 0 && !wanted)
		return err_set(err, EXIT_USAGE, "without the driver there is no list of links: "
			       "say with --peer which domain");
	if (access(TRANSPORT_XENBUS, F_OK) < 0 && domain != 0)
		return err_set(err, EXIT_UNTESTED, "cannot be tested here: there is no Xen, and "
			       "no domain %llu", (unsigned long long)domain);
	transport->peer = (struct peer){ .domain = (uint32_t)domain, .loopback = !wanted };
	return 0;
}

int transport_line_peer(struct transport *transport, const char *wanted, struct err *err)
{
	struct err ignored;
	int hdb = hdb_open(&ignored);
	int result;

	if (hdb < 0)
		return transport_line_alone(transport, wanted, err);
	result = peer_wait(hdb, wanted, transport->wait, &transport->peer, err);
	close(hdb);
	return result;
}

int transport_line_fd(const struct transport *transport)
{
	return line_fd(transport->state);
}

bool transport_line_alive(const struct transport *transport, hyper_dmabuf_id_t hid)
{
	(void)hid;
	return line_alive(transport->state);
}

bool transport_line_linked(const struct transport *transport)
{
	return line_alive(transport->state);
}

int transport_line_meet(struct transport *transport, hyper_dmabuf_id_t hid, struct err *err)
{
	(void)transport;
	(void)hid;
	(void)err;
	return 0;
}

int transport_line_begin(struct line *line, const struct meta *meta, uint64_t bulk,
			 struct err *err)
{
	uint8_t bytes[META_SIZE];
	enum meta_error error = meta_encode(meta, bytes);

	if (error)
		return err_set(err, EXIT_FAILED, "cannot tell of frame %llu: %s",
			       (unsigned long long)meta->frame, meta_error_text(error));
	return line_begin(line, bytes, bulk, err);
}

int transport_line_answer(struct transport *transport, const struct meta *meta, struct err *err)
{
	return transport_line_begin(transport->state, meta, 0, err);
}

int transport_line_wrong(struct line *line, const char *what, struct err *err)
{
	line->gone = true;
	return err_set(err, EXIT_FAILED, "the other end sends what it must not: %s", what);
}

int transport_line_next(struct transport *transport, struct hdb_event *event, struct meta *meta,
			uint64_t *bulk, struct err *err)
{
	struct line *line = transport->state;
	struct line_message message;
	enum meta_error error;
	int got = line_next(line, &message, err);

	if (got <= 0)
		return got;
	error = meta_decode(meta, message.meta, sizeof(message.meta));
	if (error)
		return transport_line_wrong(line, meta_error_text(error), err);
	if (message.bulk && (transport->exports || meta->kind != META_FRAME))
		return transport_line_wrong(line, "bytes without a frame", err);
	*bulk = message.bulk;
	/* Only within this program: what tells its buffers apart, and from answers. */
	event->hid = (hyper_dmabuf_id_t){
		.id = meta->kind == META_FRAME ? (int)meta->buffer + 1 : 0,
		.rng_key = { (int)(meta->stream & 0x7fffffff), (int)(meta->stream >> 33), 0 },
	};
	event->size = META_SIZE;
	memcpy(event->priv, message.meta, META_SIZE);
	return 1;
}
