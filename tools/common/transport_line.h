/* SPDX-License-Identifier: MIT */
/*
 * transport_line: what the transports that use a line have in common. The state of each begins
 * with a struct line.
 */
#ifndef HDB_TRANSPORT_LINE_H
#define HDB_TRANSPORT_LINE_H

#include "line.h"
#include "transport.h"

/*
 * Choose the other domain into transport->peer. With the driver there is a list of links, and
 * they have names; without it, it has to be told by number.
 */
int transport_line_peer(struct transport *transport, const char *wanted, struct err *err);

/* These serve as operations. */
int transport_line_fd(const struct transport *transport);
bool transport_line_alive(const struct transport *transport, hyper_dmabuf_id_t hid);
bool transport_line_linked(const struct transport *transport);
int transport_line_meet(struct transport *transport, hyper_dmabuf_id_t hid, struct err *err);
int transport_line_answer(struct transport *transport, const struct meta *meta, struct err *err);

/* Encode @meta and begin a message with it. */
int transport_line_begin(struct line *line, const struct meta *meta, uint64_t bulk,
			 struct err *err);

/*
 * The next message: 1 with it in @event, its metadata, checked, in @meta, and the length of its
 * bulk, which is 0 for all but the frames that an importer gets.
 */
int transport_line_next(struct transport *transport, struct hdb_event *event, struct meta *meta,
			uint64_t *bulk, struct err *err);

/* Give up the line: what came makes no sense. Always -1. */
int transport_line_wrong(struct line *line, const char *what, struct err *err);

#endif
