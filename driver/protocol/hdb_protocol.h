/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * hdb wire protocol, version 1
 *
 * Two domains that share a hypervisor share dma-bufs over a link. This header
 * is the protocol: roles, shared memory, messages, states. It belongs to no
 * operating system and to no hypervisor; what a hypervisor must offer is
 *
 *   - a reference, 32 bits, with which one domain lets another one reach one
 *     page of 4096 bytes, for reading or for reading and writing, and can tell
 *     whether the other one still does;
 *   - a doorbell in each direction;
 *   - a place where both ends find each other, and see the other one go.
 *
 * All numbers are little-endian. What is called reserved is written as zero and
 * refused when it is not.
 *
 *
 * Roles
 * =====
 *
 * A link has two ends, the frontend and the backend. They differ in who sets up
 * the shared memory (the frontend), and in nothing else: either end exports
 * buffers to, and imports buffers from, the other one.
 *
 *
 * Finding each other: Xen
 * =======================
 *
 * A link is a xenbus device of type "hdb", made by the toolstack, which writes
 *
 *   /local/domain/F/device/hdb/N/     backend, backend-id, state (1),
 *                                     peer-name, peer-uuid
 *   /local/domain/B/backend/hdb/F/N/  frontend, frontend-id, state (1), online,
 *                                     peer-name, peer-uuid
 *
 * Then the usual xenbus states are gone through:
 *
 *   frontend                               backend
 *   Initialising (1)                       Initialising (1)
 *                                          writes version = 1
 *                                          InitWait (2)
 *   sees InitWait, checks the version,
 *   grants the shared pages, writes
 *     version = 1,
 *     offer = a number by chance,
 *     ring-ref0 to ring-ref8,
 *     event-channel
 *   Initialised (3)
 *                                          checks the version, maps, binds
 *                                          Connected (4)
 *   Connected (4)
 *
 * The frontend writes its nodes in one transaction. The backend reads them, and
 * the frontend's state, in one, and once more when all is mapped: a frontend
 * that began anew meanwhile may have granted other pages by the same references.
 * What is not Initialised any more is not accepted. A backend that is Connected
 * and finds Initialised with other nodes drops that connection for this one; one
 * that finds Connected with other nodes drops it too, and says InitWait. A
 * frontend that is Closed and finds Connected begins anew: what was accepted is
 * an offer that it has taken back.
 *
 * Each offer has another number. An offer in place of an earlier one may well
 * name the same pages and the same port, to which nobody is bound any more.
 *
 * An end that goes away says Closing (5) or Closed (6), or its nodes vanish;
 * the other one then says Closed. A link comes up again when the frontend goes
 * back to Initialising and the backend, seeing that, to InitWait; every time
 * with empty rings, which may lie in the same pages. Nothing of an earlier
 * connection is valid in a later one.
 *
 *
 * Shared memory
 * =============
 *
 * HDB_RING_PAGES pages, in this order: one control page, then HDB_SLOT_PAGES
 * pages of message slots for direction 0 (frontend to backend), then as many
 * for direction 1.
 *
 * A ring has HDB_SLOTS slots of HDB_SLOT_SIZE bytes. Indices run free, modulo
 * 2^32; slot i lies at (i % HDB_SLOTS) * HDB_SLOT_SIZE. 0 <= prod - cons <=
 * HDB_SLOTS always holds; an end that sees it violated closes the link. Each
 * index has one writer, which keeps its own copy and never reads it back; what
 * is read from the other end is read once.
 *
 * A producer that finds its ring full sets wait_room in its line, then looks
 * again. A consumer that took messages rings the doorbell when it sees
 * wait_room set; it is a hint, nothing depends on it but speed.
 */
#ifndef HDB_PROTOCOL_H
#define HDB_PROTOCOL_H

#include "hdb_types.h"

#define HDB_PROTOCOL_VERSION	1

/* A page, on the wire, whatever the page sizes of the two kernels. */
#define HDB_PAGE_SIZE		4096u
#define HDB_PAGE_SHIFT		12

#define HDB_SLOT_SIZE		256u
#define HDB_SLOTS		64u
#define HDB_SLOT_PAGES		(HDB_SLOTS * HDB_SLOT_SIZE / HDB_PAGE_SIZE)
#define HDB_RING_PAGES		(1 + 2 * HDB_SLOT_PAGES)

/* One line of the control page has one writer; 64 bytes, a cache line. */
struct hdb_ring_line {
	u32 index;	/* producer: next slot to fill; consumer: next to take */
	u32 wait_room;	/* producer only: ring the doorbell when there is room */
	u32 reserved[14];
};

struct hdb_ring_control {
	struct hdb_ring_line producer[2];	/* by direction */
	struct hdb_ring_line consumer[2];
};

/*
 * Buffers
 * =======
 *
 * A buffer is named by 128 bits that the exporter chose: word 0 is positive as
 * a signed number (bits 30-24 a hint at the exporting domain, 23-0 a serial
 * number), words 1 to 3 are random. A name is valid on the link that it came
 * over, and nowhere else.
 */
struct hdb_id {
	u32 word[4];
};

/*
 * Its pages are found through a chain of directory pages, each a page granted
 * for reading: a header of HDB_DIR_HEADER bytes, then the references of up to
 * HDB_DIR_REFS data pages, in the order of the buffer. Every page but the last
 * is full; the last one has next = 0. The importer copies a directory page
 * once and works on the copy.
 *
 *   0 u32 magic    HDB_DIR_MAGIC
 *   4 u32 index    0 for the first page, then 1, 2, ...
 *   8 u32 count    references in this page
 *  12 u32 next     reference of the next directory page
 *  16 u32 nr_pages of the whole buffer
 *  20 u32 flags    HDB_BUF_*, as in the message
 *  24 u64 reserved
 *  32 u32 refs[count]; the rest of the page is zero, and not looked at
 */
#define HDB_DIR_MAGIC		0x64626468u	/* "hdbd" */
#define HDB_DIR_HEADER		32u
#define HDB_DIR_REFS		((HDB_PAGE_SIZE - HDB_DIR_HEADER) / 4)

/* The most pages that a buffer may have: 4 GiB. */
#define HDB_MAX_PAGES		0x100000u
#define HDB_MAX_DIRS		((HDB_MAX_PAGES + HDB_DIR_REFS - 1) / HDB_DIR_REFS)

#define HDB_BUF_WRITABLE	0x1u	/* the data pages may be written */
#define HDB_BUF_FLAGS		HDB_BUF_WRITABLE

/* The most private data, in bytes: opaque, for the programs at both ends. */
#define HDB_MAX_PRIV		192u

/*
 * Messages
 * ========
 *
 * A slot holds one message:
 *
 *   0 u16 type     enum hdb_msg_type
 *   2 u16 length   bytes, this header included; the rest of the slot is zero
 *   4 u32 flags    HDB_BUF_* and HDB_EXPORT_QUIET for EXPORT, HDB_FENCE_* for
 *                  FENCE and RETURN, else reserved
 *   8 u32 id[4]
 *
 * EXPORT, exporter to importer: here is a buffer, or new private data for one
 * that is shared already; then all but the private data must be as it was. A
 * buffer that is shared while it is still being written is made known by a QUIET
 * one first, then come its fences, then the EXPORT that is news to somebody.
 *
 *  24 u64 size     bytes: nr_pages * HDB_PAGE_SIZE
 *  32 u32 nr_pages 1 to HDB_MAX_PAGES
 *  36 u32 dir_ref  reference of the first directory page
 *  40 u32 priv_len 0 to HDB_MAX_PRIV
 *  44 u32 reserved
 *  48 u8  priv[priv_len]
 *
 * UNEXPORT, exporter to importer: map it no more, release it when its last user
 * is gone. The id does not come back.
 *
 * USED, IDLE, importer to exporter: the first user came, the last user went.
 * Between the two the buffer is busy. An end that cannot send at once may leave
 * out pairs of them.
 *
 * RELEASED, importer to exporter, once, only after UNEXPORT: nothing of it is
 * mapped, nor will be.
 *
 * REFUSED, importer to exporter, instead of all else: the EXPORT was wrong, or
 * more than the importer allows. The importer has forgotten the buffer.
 *
 *  24 u32 reason   enum hdb_refusal
 *  28 u32 reserved
 *
 * FENCE, SIGNALED and RETURN are about fences, see below; all three have
 *
 *  24 u64 fence    its name
 *  32 u64 until    RETURN: a fence of the exporter's; else reserved
 *  40 u32 reason   0, or why the fence failed: an error number as Linux has
 *                  them, 1 to HDB_MAX_ERRNO; 0 while it has not signalled
 *  44 u32 reserved
 *
 * A message that is malformed, unknown, or wrong in the state that its buffer
 * is in, is counted and otherwise ignored. Releasing is not a matter of trust:
 * an exporter takes its pages back when the hypervisor says that they are
 * unmapped, whatever was said on the wire.
 */
enum hdb_msg_type {
	HDB_MSG_EXPORT = 1,
	HDB_MSG_UNEXPORT,
	HDB_MSG_USED,
	HDB_MSG_IDLE,
	HDB_MSG_RELEASED,
	HDB_MSG_REFUSED,
	HDB_MSG_FENCE,
	HDB_MSG_SIGNALED,
	HDB_MSG_RETURN,
};

enum hdb_refusal {
	HDB_REFUSED_INVALID = 1,	/* the message contradicts an earlier one */
	HDB_REFUSED_QUOTA,		/* too many buffers, or too large */
	HDB_REFUSED_MEMORY,
};

/* Of EXPORT alone: no news yet, another EXPORT of the buffer follows. */
#define HDB_EXPORT_QUIET	0x80000000u

/*
 * Fences
 * ======
 *
 * A fence is something that happens once, soon, in one domain, and that the
 * other one waits for. Its name is a number that the domain where it happens
 * chose: greater than all those that it named on this link before, in either
 * role, so that none comes back. It belongs to one buffer.
 *
 * FENCE, exporter to importer, or importer to exporter of a WRITABLE buffer: the
 * buffer is being written until this fence signals. From the exporter, with the
 * flag RETURN: and it wants to be told when the importer has read what was
 * written. A fence that has signalled when it is sent has the flag SIGNALED, and
 * no message of that type follows.
 *
 * RETURN, importer to exporter: what FENCEs with RETURN up to and with @until
 * brought has been read as soon as this fence signals; the flag SIGNALED: has
 * been. Returns of what was not asked for, or was returned, mean nothing.
 *
 * SIGNALED, to where FENCE or RETURN went, once: it has happened. One that is not
 * waited for any more (see below) is ignored; a name that was never sent is wrong.
 *
 * Who waits does not wait for ever: an end sets a time limit of its own, after
 * which a fence has failed, as all have failed when the link is no more.
 *
 * At most HDB_MAX_FENCES of a domain may be unsignalled on a link; more are
 * ignored, and counted as wrong. Messages come in order, so a fence is known
 * before its signal, and before the EXPORT that was sent behind it.
 */
#define HDB_FENCE_SIGNALED	0x1u
#define HDB_FENCE_RETURN	0x2u	/* of FENCE only */

#define HDB_MAX_FENCES		1024u
#define HDB_MAX_ERRNO		4095u

#define HDB_MSG_HEADER		24u

/**
 * struct hdb_msg - a message, decoded
 *
 * Fields that its type does not have are zero.
 */
struct hdb_msg {
	enum hdb_msg_type type;
	u32 flags;
	struct hdb_id id;
	u64 size;
	u32 nr_pages;
	u32 dir_ref;
	u32 priv_len;
	u32 reason;
	u64 fence;
	u64 until;
	u8 priv[HDB_MAX_PRIV];
};

/**
 * hdb_msg_encode - write a message into a slot
 * @msg: must be valid
 * @slot: all HDB_SLOT_SIZE bytes are written
 */
void hdb_msg_encode(const struct hdb_msg *msg, u8 slot[HDB_SLOT_SIZE]);

/**
 * hdb_msg_decode - read and validate a slot
 * @slot: a private copy, never the shared page
 * @msg: written only on success
 *
 * Return: 0, or -EINVAL: a wrong length, size, count, flag or id; or -EOPNOTSUPP:
 * a type that this version does not have.
 */
int hdb_msg_decode(const u8 slot[HDB_SLOT_SIZE], struct hdb_msg *msg);

/**
 * hdb_dir_count - how many directory pages a buffer has
 * @nr_pages: 1 to HDB_MAX_PAGES
 */
u32 hdb_dir_count(u32 nr_pages);

/**
 * hdb_dir_encode - fill one directory page
 * @page: all HDB_PAGE_SIZE bytes are written
 * @index: of this page in the chain
 * @nr_pages: of the buffer
 * @flags: HDB_BUF_*
 * @refs: all references of the buffer
 * @next: reference of the next directory page; 0 in the last one
 */
void hdb_dir_encode(u8 *page, u32 index, u32 nr_pages, u32 flags,
		    const u32 *refs, u32 next);

/**
 * hdb_dir_decode - read and validate one directory page
 * @page: a private copy
 * @index: of the page, as the reader counts
 * @nr_pages: of the buffer, as the message said
 * @flags: as the message said
 * @refs: room for @nr_pages references; those of this page are written, at
 *	their place; on failure perhaps some of them
 * @next: reference of the next page; 0 after the last one
 *
 * Return: 0, or -EINVAL: the page is not what the message promised.
 */
int hdb_dir_decode(const u8 *page, u32 index, u32 nr_pages, u32 flags,
		   u32 *refs, u32 *next);

static inline bool hdb_id_equal(const struct hdb_id *a, const struct hdb_id *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/*
 * States
 * ======
 *
 * A shared buffer, as the exporter sees it:
 *
 *              USED              IDLE
 *   SHARED ----------> BUSY ----------> SHARED
 *     | UNEXPORT         | UNEXPORT
 *     v        USED      v       IDLE
 *   ENDING ----------> ENDING_BUSY ---> ENDING     USED crossed our UNEXPORT
 *     | RELEASED         | RELEASED
 *     v                  v
 *    GONE               GONE
 *
 * REFUSED leads to GONE from SHARED and ENDING. Fences are messages of their
 * own, in any state. All else is wrong.
 */
enum hdb_export_state {
	HDB_EXPORT_SHARED,
	HDB_EXPORT_BUSY,
	HDB_EXPORT_ENDING,
	HDB_EXPORT_ENDING_BUSY,
	HDB_EXPORT_GONE,
	HDB_EXPORT_STATES
};

/**
 * hdb_export_next - the state of an export after a message
 * @state: before
 * @type: received, or HDB_MSG_UNEXPORT: sent
 *
 * Return: the new state, or -EPROTO: the message is wrong in this state.
 */
int hdb_export_next(enum hdb_export_state state, enum hdb_msg_type type);

#endif /* HDB_PROTOCOL_H */
