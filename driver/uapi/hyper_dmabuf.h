/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * hyper_dmabuf: share dma-bufs between virtual machines without a copy.
 *
 * This header is the whole interface between user space and the driver. Two
 * identical device nodes carry it, /dev/hyper_dmabuf and
 * /dev/xen/hyper_dmabuf.
 *
 * The calls 0x00 to 0x05, their numbers, structs and the event format are
 * those of the hyper_dmabuf RFC v2 of February 2018, and stay as they are, at
 * source and binary level. The calls from 0x20 on are extensible: the caller
 * says in @size how large a struct it knows; a field that the driver does not
 * know yet must be zero (-E2BIG), unknown flags and non-zero padding are
 * refused with -EINVAL.
 *
 * Errors that every call may return: -EFAULT (a pointer that cannot be read or
 * written), -EINTR (a signal came while waiting), -ENOMEM, -ENOTTY (no such
 * call, or, below 0x20, a struct of another size). A call that fails has
 * changed nothing.
 */
#ifndef _UAPI_HYPER_DMABUF_H
#define _UAPI_HYPER_DMABUF_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * typedef hyper_dmabuf_id_t - names a shared buffer, in both domains
 * @id: positive; bits 30-24 are a hint at the exporting domain (its id modulo
 *	128), bits 23-0 a serial number of that domain
 * @rng_key: random; who does not know the key cannot name the buffer
 *
 * The driver compares all 128 bits.
 */
typedef struct {
	int id;
	int rng_key[3];
} hyper_dmabuf_id_t;

/* The most private data that a buffer carries, in bytes. */
#define MAX_SIZE_PRIV_DATA	192

/*
 * read(): the oldest events of this open file, each a header directly followed
 * by @size bytes of private data. As many whole events as fit; -EAGAIN when
 * there is none and the file is non-blocking; -EINVAL when not even the first
 * one fits. poll() reports EPOLLIN while an event waits.
 *
 * A file that is opened late first gets one event for each living import. Where
 * nobody reads, the oldest other event of the same link is dropped, and the loss
 * counted.
 */
#define HYPER_DMABUF_NEW_IMPORT	0x10000

/**
 * struct hyper_dmabuf_event_hdr - what read() gives
 * @event_type: HYPER_DMABUF_NEW_IMPORT: a buffer was shared with this domain,
 *	or its private data was renewed
 * @hid: the buffer
 * @size: bytes of private data behind this header, 0 to MAX_SIZE_PRIV_DATA
 */
struct hyper_dmabuf_event_hdr {
	int event_type;
	hyper_dmabuf_id_t hid;
	int size;
};

#define HYPER_DMABUF_IOC(nr, type) _IOC(_IOC_NONE, 'G', nr, sizeof(type))

/**
 * struct ioctl_hyper_dmabuf_tx_ch_setup - be ready to export to a domain
 * @remote_domain: its id; the own domain is the loopback
 *
 * Waits, bounded, until the link with that domain is connected. -ENODEV: no
 * link; -ETIMEDOUT: the other end did not come in time.
 */
#define IOCTL_HYPER_DMABUF_TX_CH_SETUP \
	HYPER_DMABUF_IOC(0, struct ioctl_hyper_dmabuf_tx_ch_setup)
struct ioctl_hyper_dmabuf_tx_ch_setup {
	int remote_domain;
};

/**
 * struct ioctl_hyper_dmabuf_rx_ch_setup - be ready to import from a domain
 * @source_domain: its id
 *
 * As TX_CH_SETUP. A link carries both directions and delivers events without
 * this call too.
 */
#define IOCTL_HYPER_DMABUF_RX_CH_SETUP \
	HYPER_DMABUF_IOC(1, struct ioctl_hyper_dmabuf_rx_ch_setup)
struct ioctl_hyper_dmabuf_rx_ch_setup {
	int source_domain;
};

/**
 * struct ioctl_hyper_dmabuf_export_remote - share a dma-buf, read-only
 * @dmabuf_fd: in: the dma-buf
 * @remote_domain: in: with whom
 * @hid: out: the name of the shared buffer
 * @sz_priv: in: bytes at @priv, 0 to MAX_SIZE_PRIV_DATA; more is -EINVAL
 * @priv: in: private data, opaque to the driver, delivered with the event
 *
 * The buffer stays shared until UNEXPORT, or until every open file that
 * exported it is closed. To export a shared buffer again, to the same domain,
 * renews its private data and cancels a delayed unexport; the id stays.
 *
 * Does not wait for the other domain. One that does not read its messages sees
 * only the newest private data, once it does.
 *
 * -EBADF: no such fd; -EINVAL: not a dma-buf, or one that cannot be shared (an
 * import, or memory that does not fill whole pages); -E2BIG: more than 4 GiB;
 * -ENODEV: no link with that domain; -ENOTCONN: the link is not connected;
 * -ENOSPC: it does not fit what grants are left; -EDQUOT: nor what the link may
 * export at once.
 */
#define IOCTL_HYPER_DMABUF_EXPORT_REMOTE \
	HYPER_DMABUF_IOC(2, struct ioctl_hyper_dmabuf_export_remote)
struct ioctl_hyper_dmabuf_export_remote {
	int dmabuf_fd;
	int remote_domain;
	hyper_dmabuf_id_t hid;
	int sz_priv;
	char *priv;
};

/*
 * The short form: the same call for callers without private data, whose struct
 * ends behind @hid.
 */
#define IOCTL_HYPER_DMABUF_EXPORT_REMOTE_SHORT \
	HYPER_DMABUF_IOC(2, struct ioctl_hyper_dmabuf_export_remote_short)
struct ioctl_hyper_dmabuf_export_remote_short {
	int dmabuf_fd;
	int remote_domain;
	hyper_dmabuf_id_t hid;
};

/**
 * struct ioctl_hyper_dmabuf_export_fd - get a dma-buf for an imported buffer
 * @hid: in: the buffer
 * @flags: in: O_CLOEXEC, O_ACCMODE; others are -EINVAL
 * @fd: out: a dma-buf on the exporter's pages
 *
 * The first call maps the pages. While one such dma-buf lives, further calls
 * give fds of the same one. It is always opened read-write; of a read-only
 * import the first write gets SIGBUS.
 *
 * -ENOENT: no such import, or it was unexported and nobody uses it any more;
 * -EINVAL: it was unexported, or its domain died, and it is still in use, or
 * the exporter took it back in this moment; -ENOSPC: no room to map it;
 * -EMFILE: no fd left; -EOPNOTSUPP: a PV domain without MMU notifiers; -EINTR;
 * -ETIMEDOUT: its domain sends more than max_messages, so that for 5 s nobody
 * knew whether it has not taken it back.
 */
#define IOCTL_HYPER_DMABUF_EXPORT_FD \
	HYPER_DMABUF_IOC(3, struct ioctl_hyper_dmabuf_export_fd)
struct ioctl_hyper_dmabuf_export_fd {
	hyper_dmabuf_id_t hid;
	int flags;
	int fd;
};

/**
 * struct ioctl_hyper_dmabuf_unexport - stop sharing a buffer
 * @hid: in: the buffer
 * @delay_ms: in: milliseconds to wait first; a second call changes the delay
 * @status: out: 0
 *
 * Any file of the exporting domain that knows the id may ask for it. From then
 * on the other domain gets no new fd; what it holds stays valid until
 * it lets go, and the pages stay pinned until then. Does not wait for it.
 *
 * -ENOENT: no such export; -EINVAL: a negative delay, or already unexported.
 */
#define IOCTL_HYPER_DMABUF_UNEXPORT \
	HYPER_DMABUF_IOC(4, struct ioctl_hyper_dmabuf_unexport)
struct ioctl_hyper_dmabuf_unexport {
	hyper_dmabuf_id_t hid;
	int delay_ms;
	int status;
};

/**
 * struct ioctl_hyper_dmabuf_query - ask about a shared buffer
 * @hid: in: the buffer
 * @item: in: one of enum hyper_dmabuf_query
 * @info: out: the answer; in, for PRIV_INFO: a pointer to PRIV_INFO_SIZE bytes
 *
 * -ENOENT: no such buffer; -EINVAL: no such item, or one that this side does
 * not know.
 */
#define IOCTL_HYPER_DMABUF_QUERY \
	HYPER_DMABUF_IOC(5, struct ioctl_hyper_dmabuf_query)
struct ioctl_hyper_dmabuf_query {
	hyper_dmabuf_id_t hid;
	int item;
	unsigned long info;
};

/**
 * enum hyper_dmabuf_query - what QUERY answers
 * @HYPER_DMABUF_QUERY_TYPE: EXPORTED or IMPORTED
 * @HYPER_DMABUF_QUERY_EXPORTER: id of the exporting domain
 * @HYPER_DMABUF_QUERY_IMPORTER: id of the importing domain
 * @HYPER_DMABUF_QUERY_SIZE: bytes
 * @HYPER_DMABUF_QUERY_BUSY: 1 while the importing domain holds a dma-buf of it;
 *	mapped pages that only wait for their next use do not count
 * @HYPER_DMABUF_QUERY_UNEXPORTED: 1 once it is unexported, or its domain died
 * @HYPER_DMABUF_QUERY_DELAYED_UNEXPORTED: 1 while a delayed unexport is
 *	pending; only the exporting side knows
 * @HYPER_DMABUF_QUERY_PRIV_INFO_SIZE: bytes of private data
 * @HYPER_DMABUF_QUERY_PRIV_INFO: the private data
 */
enum hyper_dmabuf_query {
	HYPER_DMABUF_QUERY_TYPE = 0x10,
	HYPER_DMABUF_QUERY_EXPORTER,
	HYPER_DMABUF_QUERY_IMPORTER,
	HYPER_DMABUF_QUERY_SIZE,
	HYPER_DMABUF_QUERY_BUSY,
	HYPER_DMABUF_QUERY_UNEXPORTED,
	HYPER_DMABUF_QUERY_DELAYED_UNEXPORTED,
	HYPER_DMABUF_QUERY_PRIV_INFO_SIZE,
	HYPER_DMABUF_QUERY_PRIV_INFO,
};

/* The answers of HYPER_DMABUF_QUERY_TYPE. */
enum hyper_dmabuf_query_type {
	EXPORTED = 1,
	IMPORTED,
};

/* ---- extensions ------------------------------------------------------- */

#define HYPER_DMABUF_IOWR(nr, type) _IOWR('G', nr, type)

/* States of a link, for struct hyper_dmabuf_link. */
#define HYPER_DMABUF_LINK_WAITING	0 /* the other end is not there (any more) */
#define HYPER_DMABUF_LINK_CONNECTED	1

#define HYPER_DMABUF_LINK_NAME_LEN	64

/**
 * struct hyper_dmabuf_link - one link of this domain
 * @domain: id of the other domain
 * @state: HYPER_DMABUF_LINK_*
 * @flags: HYPER_DMABUF_LINK_LOOPBACK
 * @pad: zero
 * @name: the other domain's name as the toolstack gave it, NUL-terminated;
 *	empty where it gave none
 */
struct hyper_dmabuf_link {
	__u32 domain;
	__u32 state;
	__u32 flags;
	__u32 pad;
	char name[HYPER_DMABUF_LINK_NAME_LEN];
};

#define HYPER_DMABUF_LINK_LOOPBACK	(1u << 0)

/**
 * struct ioctl_hyper_dmabuf_links - the list of links
 * @size: in: sizeof(struct ioctl_hyper_dmabuf_links)
 * @flags: in: 0
 * @count: in: entries that @links has room for; out: links that there are,
 *	which may be more
 * @own_domain: out: id of this domain
 * @links: in: user pointer to an array of struct hyper_dmabuf_link
 */
#define IOCTL_HYPER_DMABUF_LINKS \
	HYPER_DMABUF_IOWR(0x20, struct ioctl_hyper_dmabuf_links)
struct ioctl_hyper_dmabuf_links {
	__u32 size;
	__u32 flags;
	__u32 count;
	__u32 own_domain;
	__u64 links;
};

/**
 * struct ioctl_hyper_dmabuf_export - share a dma-buf: EXPORT_REMOTE, extensible
 * @size: in: sizeof(struct ioctl_hyper_dmabuf_export)
 * @flags: in: HYPER_DMABUF_EXPORT_WRITABLE
 * @dmabuf_fd: in: the dma-buf
 * @remote_domain: in: with whom
 * @hid: out: the name of the shared buffer
 * @sz_priv: in: bytes at @priv, 0 to MAX_SIZE_PRIV_DATA
 * @pad: zero
 * @priv: in: user pointer to private data
 *
 * Errors as EXPORT_REMOTE; -EACCES: WRITABLE, and the fd is not open for
 * writing; -EEXIST: the buffer is shared already, with other rights.
 */
#define IOCTL_HYPER_DMABUF_EXPORT \
	HYPER_DMABUF_IOWR(0x21, struct ioctl_hyper_dmabuf_export)
struct ioctl_hyper_dmabuf_export {
	__u32 size;
	__u32 flags;
	__s32 dmabuf_fd;
	__u32 remote_domain;
	hyper_dmabuf_id_t hid;
	__u32 sz_priv;
	__u32 pad;
	__u64 priv;
};

#define HYPER_DMABUF_EXPORT_WRITABLE	(1u << 0) /* the peer may write */

/**
 * struct ioctl_hyper_dmabuf_fence_send - tell the other domain of fences
 * @size: in: sizeof(struct ioctl_hyper_dmabuf_fence_send)
 * @flags: in: HYPER_DMABUF_FENCE_*
 * @hid: in: the buffer
 * @fence_fd: in: a sync_file, or -1 for the buffer's own pending fences
 * @pending: out: how many of them had not signalled
 *
 * On the exporting side it publishes: the buffer is being written until these
 * fences (without @fence_fd: its pending write fences) have signalled. The
 * importing domain sees a fence of its own in the buffer's reservation object,
 * in place before the event of an EXPORT_REMOTE that follows. EXPORT_REMOTE of a
 * buffer with pending write fences publishes them too, unless this was done.
 * With EXPECT_RETURN the buffer itself gets a fence at once, as if somebody read
 * it, which signals when the importer hands it back.
 *
 * With FENCE_IMPORT, on the importing side, it hands back: what was published
 * with EXPECT_RETURN has been read as soon as these fences (without @fence_fd:
 * all that are pending on the buffer) have signalled. Of a writable buffer
 * pending write fences, or with FENCE_WRITE those of @fence_fd, are published to
 * the exporter as well. Where no return is expected, a hand-back says nothing.
 *
 * A fence that came from the other domain is not sent back to it, and not
 * counted. Each fence of the other domain signals: with it and its error, or with
 * -ETIMEDOUT after the module parameter fence_timeout_ms, -ENODEV when the link
 * dies, or, if it waits for a return, -ECANCELED when the buffer is unexported.
 * The call waits for no other domain.
 *
 * -ENOENT: no such buffer on this side; -EINVAL: it was unexported, or @fence_fd
 * is no sync_file, or flags that do not go together; -ENOTCONN: the link is not
 * connected; -EDQUOT: 1024 fences of this domain are unsignalled on the link.
 */
#define IOCTL_HYPER_DMABUF_FENCE_SEND \
	HYPER_DMABUF_IOWR(0x22, struct ioctl_hyper_dmabuf_fence_send)
struct ioctl_hyper_dmabuf_fence_send {
	__u32 size;
	__u32 flags;
	hyper_dmabuf_id_t hid;
	__s32 fence_fd;
	__u32 pending;
};

#define HYPER_DMABUF_FENCE_IMPORT	(1u << 0) /* the importing side: hand back */
#define HYPER_DMABUF_FENCE_EXPECT_RETURN (1u << 1) /* the exporting side only */
#define HYPER_DMABUF_FENCE_WRITE	(1u << 2) /* IMPORT: @fence_fd is of a writer */

/**
 * struct ioctl_hyper_dmabuf_wait_released - wait until nobody maps a buffer
 * @size: in: sizeof(struct ioctl_hyper_dmabuf_wait_released)
 * @flags: in: 0
 * @hid: in: the buffer
 * @timeout_ms: in: milliseconds; 0: only look
 * @pad: zero
 *
 * On the exporting side: returns 0 when the buffer is shared no more and none of
 * its pages is mapped by the other domain, as the hypervisor says, so that the
 * driver has let go of the dma-buf. Any file that knows the id may wait, any
 * number of them at once, before the buffer is unexported or afterwards. It is
 * UNEXPORT that makes the other domain drop a mapping that nobody uses, at once;
 * one that is used it keeps, and this call waits for it. It does not matter
 * whether the link is dead.
 *
 * -ENOENT: no such export, or not any more: all is released; -ETIMEDOUT: not
 * within @timeout_ms, or within the module parameter release_timeout_ms; -EINTR.
 */
#define IOCTL_HYPER_DMABUF_WAIT_RELEASED \
	HYPER_DMABUF_IOWR(0x23, struct ioctl_hyper_dmabuf_wait_released)
struct ioctl_hyper_dmabuf_wait_released {
	__u32 size;
	__u32 flags;
	hyper_dmabuf_id_t hid;
	__u32 timeout_ms;
	__u32 pad;
};

/**
 * struct ioctl_hyper_dmabuf_capabilities - what this driver can do
 * @size: in: sizeof(struct ioctl_hyper_dmabuf_capabilities)
 * @flags: in: 0
 * @calls: out: bit n is set where the call 0x20 + n exists
 * @max_size: out: bytes of the largest buffer
 * @max_import_size: out: bytes of all buffers that a link may import at once
 * @max_imports: out: how many they may be
 * @max_priv: out: MAX_SIZE_PRIV_DATA, as the driver has it
 * @event_room: out: events of a link that wait in a file before the oldest is
 *	dropped
 * @own_domain: out: id of this domain
 * @max_export_size: out: bytes of all buffers that a link may export at once
 * @max_exports: out: how many they may be
 * @max_wait_ms: out: the longest that WAIT_RELEASED waits, in milliseconds
 *
 * The limits on imports and exports are this domain's; they are parameters of the module,
 * and another domain has its own.
 */
#define IOCTL_HYPER_DMABUF_CAPABILITIES \
	HYPER_DMABUF_IOWR(0x24, struct ioctl_hyper_dmabuf_capabilities)
struct ioctl_hyper_dmabuf_capabilities {
	__u32 size;
	__u32 flags;
	__u64 calls;
	__u64 max_size;
	__u64 max_import_size;
	__u32 max_imports;
	__u32 max_priv;
	__u32 event_room;
	__u32 own_domain;
	/* The first version of this call ended here. */
	__u64 max_export_size;
	__u32 max_exports;
	__u32 max_wait_ms;
};

/**
 * struct ioctl_hyper_dmabuf_id_of_fd - which shared buffer is behind a dma-buf
 * @size: in: sizeof(struct ioctl_hyper_dmabuf_id_of_fd)
 * @flags: in: HYPER_DMABUF_ID_OF_FD_DOMAIN
 * @fd: in: the dma-buf
 * @type: out: EXPORTED or IMPORTED
 * @hid: out: the buffer
 * @domain: in, with the flag, and out: the other domain
 * @pad: zero
 *
 * Of an import whoever holds the fd learns the id; of an export only the open
 * file that exported it. An import keeps its id when it was unexported.
 *
 * -EBADF: no such fd; -EINVAL: not a dma-buf; -ENOENT: neither an import nor
 * exported by this file (with the flag: with that domain); -ENOTUNIQ: exported
 * to several domains, and the flag does not say which.
 */
#define IOCTL_HYPER_DMABUF_ID_OF_FD \
	HYPER_DMABUF_IOWR(0x25, struct ioctl_hyper_dmabuf_id_of_fd)
struct ioctl_hyper_dmabuf_id_of_fd {
	__u32 size;
	__u32 flags;
	__s32 fd;
	__u32 type;
	hyper_dmabuf_id_t hid;
	__u32 domain;
	__u32 pad;
};

#define HYPER_DMABUF_ID_OF_FD_DOMAIN	(1u << 0) /* only as shared with @domain */

#endif /* _UAPI_HYPER_DMABUF_H */
