/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the driver does, for trace-cmd and perf: every message, mapping, release
 * and fence, in /sys/kernel/tracing/events/hyper_dmabuf. Of an id only the first
 * word is shown: the others are what makes it a secret.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM hyper_dmabuf

#if !defined(HDB_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define HDB_TRACE_H

#include <linux/tracepoint.h>

#include "core.h"
#include "fence.h"

/* What is unknown is shown as a number. */
#define show_hdb_message(type)			\
	__print_symbolic(type,			\
		{ HDB_MSG_EXPORT, "EXPORT" },	\
		{ HDB_MSG_UNEXPORT, "UNEXPORT" }, \
		{ HDB_MSG_USED, "USED" },	\
		{ HDB_MSG_IDLE, "IDLE" },	\
		{ HDB_MSG_RELEASED, "RELEASED" }, \
		{ HDB_MSG_REFUSED, "REFUSED" },	\
		{ HDB_MSG_FENCE, "FENCE" },	\
		{ HDB_MSG_SIGNALED, "SIGNALED" }, \
		{ HDB_MSG_RETURN, "RETURN" })

/* A message was sent, or came and was acted on; @err: it was wrong. */
TRACE_EVENT(hdb_message,
	TP_PROTO(const struct hdb_link *link, const struct hdb_msg *msg, bool sent, int err),
	TP_ARGS(link, msg, sent, err),
	TP_STRUCT__entry(
		__field(u32, peer)
		__field(bool, sent)
		__field(u32, type)
		__field(s32, id)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->peer = link->peer;
		__entry->sent = sent;
		__entry->type = msg->type;
		__entry->id = msg->id.word[0];
		__entry->err = err;
	),
	TP_printk("%s=%u %s id=%08x err=%d", __entry->sent ? "to" : "from", __entry->peer,
		  show_hdb_message(__entry->type), __entry->id, __entry->err)
);

DECLARE_EVENT_CLASS(hdb_pages,
	TP_PROTO(const struct hdb_link *link, const struct hdb_id *id, u32 pages, int err),
	TP_ARGS(link, id, pages, err),
	TP_STRUCT__entry(
		__field(u32, peer)
		__field(s32, id)
		__field(u32, pages)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->peer = link->peer;
		__entry->id = id->word[0];
		__entry->pages = pages;
		__entry->err = err;
	),
	TP_printk("domain=%u id=%08x pages=%u err=%d", __entry->peer, __entry->id,
		  __entry->pages, __entry->err)
);

/*
 * Pages of ours were granted, and are all back (release); pages of the other
 * domain were mapped, and unmapped.
 */
DEFINE_EVENT(hdb_pages, hdb_grant,
	TP_PROTO(const struct hdb_link *link, const struct hdb_id *id, u32 pages, int err),
	TP_ARGS(link, id, pages, err));
DEFINE_EVENT(hdb_pages, hdb_map,
	TP_PROTO(const struct hdb_link *link, const struct hdb_id *id, u32 pages, int err),
	TP_ARGS(link, id, pages, err));
DEFINE_EVENT(hdb_pages, hdb_unmap,
	TP_PROTO(const struct hdb_link *link, const struct hdb_id *id, u32 pages, int err),
	TP_ARGS(link, id, pages, err));
DEFINE_EVENT(hdb_pages, hdb_release,
	TP_PROTO(const struct hdb_link *link, const struct hdb_id *id, u32 pages, int err),
	TP_ARGS(link, id, pages, err));

/* A proxy waits, or signals; @err: what it signals with. */
TRACE_EVENT(hdb_fence,
	TP_PROTO(const struct hdb_proxy *proxy, bool signals, int err),
	TP_ARGS(proxy, signals, err),
	TP_STRUCT__entry(
		__field(u32, peer)
		__field(s32, id)
		__field(u64, context)
		__field(bool, read)
		__field(bool, signals)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->peer = proxy->link->peer;
		__entry->id = proxy->buffer.word[0];
		__entry->context = proxy->base.context;
		__entry->read = proxy->usage == DMA_RESV_USAGE_READ;
		__entry->signals = signals;
		__entry->err = err;
	),
	TP_printk("domain=%u id=%08x context=%llu %s %s err=%d", __entry->peer, __entry->id,
		  __entry->context, __entry->read ? "return" : "frame",
		  __entry->signals ? "signals" : "waits", __entry->err)
);

#endif /* HDB_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
