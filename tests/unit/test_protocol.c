// SPDX-License-Identifier: MIT
/*
 * Messages and the numbers that other programs and other kernels rely on: bytes
 * on the wire, the shared pages, the calls of the device. What is encoded comes
 * back; each bad byte is refused.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "hdb_protocol.h"
#include "hdb_wire.h"
#include "hyper_dmabuf.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ID { { 0x05abcdef, 0x11223344, 0xffffffff, 0 } }

static const struct hdb_msg export = {
	.type = HDB_MSG_EXPORT, .flags = HDB_BUF_WRITABLE, .id = ID, .size = 0x12c000,
	.nr_pages = 300, .dir_ref = 0x8a01, .priv_len = 3, .priv = { 0xd1, 0, 0xd3 },
};
static const struct hdb_msg unexport = { .type = HDB_MSG_UNEXPORT, .id = ID };
static const struct hdb_msg used = { .type = HDB_MSG_USED, .id = ID };
static const struct hdb_msg idle = { .type = HDB_MSG_IDLE, .id = ID };
static const struct hdb_msg released = { .type = HDB_MSG_RELEASED, .id = ID };
static const struct hdb_msg refused = {
	.type = HDB_MSG_REFUSED, .id = ID, .reason = HDB_REFUSED_QUOTA,
};

static const struct hdb_msg fence = {
	.type = HDB_MSG_FENCE, .flags = HDB_FENCE_RETURN, .id = ID, .fence = 0x8877665544332211,
};
static const struct hdb_msg signaled = {
	.type = HDB_MSG_SIGNALED, .id = ID, .fence = 0x100000002, .reason = 110,
};
static const struct hdb_msg returned = {
	.type = HDB_MSG_RETURN, .id = ID, .fence = 3, .until = 0xfffffffffffffffe,
};

static const struct hdb_msg *const all[] = {
	&export, &unexport, &used, &idle, &released, &refused, &fence, &signaled, &returned,
};

/* A slot that ends where its allocation does; the caller frees it. */
static u8 *slot_of(const struct hdb_msg *msg)
{
	u8 *slot = malloc(HDB_SLOT_SIZE);

	cr_assert(slot);
	memset(slot, 0xaa, HDB_SLOT_SIZE);
	hdb_msg_encode(msg, slot);
	return slot;
}

/* Decodes, and sees to it that a refused slot leaves no trace. */
static int decode(const u8 *slot)
{
	struct hdb_msg out, before;
	int err;

	memset(&before, 0x5a, sizeof(before));
	memcpy(&out, &before, sizeof(out));
	err = hdb_msg_decode(slot, &out);
	if (err)
		cr_assert_eq(memcmp(&out, &before, sizeof(out)), 0, "a refused slot was written");
	return err;
}

/*
 * Encodes over two different fillings, which must make no difference, and
 * decodes over a third one.
 */
static void round_trip(const struct hdb_msg *msg)
{
	u8 a[HDB_SLOT_SIZE], b[HDB_SLOT_SIZE];
	struct hdb_msg out;
	u32 length, i;

	memset(a, 0xaa, sizeof(a));
	memset(b, 0x55, sizeof(b));
	memset(&out, 0xcc, sizeof(out));
	hdb_msg_encode(msg, a);
	hdb_msg_encode(msg, b);
	cr_expect_arr_eq(a, b, sizeof(a), "message %d leaves bytes unwritten", msg->type);
	length = hdb_get16(a + 2);
	cr_assert_leq(length, HDB_SLOT_SIZE);
	for (i = length; i < HDB_SLOT_SIZE; i++)
		cr_expect_eq(a[i], 0, "message %d, byte %u behind its end", msg->type, i);
	cr_assert_eq(hdb_msg_decode(a, &out), 0, "message %d", msg->type);
	cr_expect_eq(memcmp(&out, msg, sizeof(out)), 0, "message %d came back changed", msg->type);
}

Test(protocol, numbers)
{
	cr_expect_eq(HDB_PROTOCOL_VERSION, 1);
	cr_expect_eq(HDB_PAGE_SIZE, 4096);
	cr_expect_eq(1u << HDB_PAGE_SHIFT, HDB_PAGE_SIZE);
	cr_expect_eq(HDB_SLOT_SIZE, 256);
	cr_expect_eq(HDB_SLOTS, 64);
	cr_expect_eq(HDB_RING_PAGES, 9, "ring-ref0 to ring-ref8");
	cr_expect_eq(HDB_MAX_PRIV, MAX_SIZE_PRIV_DATA);
	cr_expect_eq(HDB_MAX_PAGES, 1u << 20);
	cr_expect_eq(HDB_MSG_EXPORT, 1);
	cr_expect_eq(HDB_MSG_UNEXPORT, 2);
	cr_expect_eq(HDB_MSG_USED, 3);
	cr_expect_eq(HDB_MSG_IDLE, 4);
	cr_expect_eq(HDB_MSG_RELEASED, 5);
	cr_expect_eq(HDB_MSG_REFUSED, 6);
	cr_expect_eq(HDB_MSG_FENCE, 7);
	cr_expect_eq(HDB_MSG_SIGNALED, 8);
	cr_expect_eq(HDB_MSG_RETURN, 9);
	cr_expect_eq(HDB_EXPORT_QUIET, 1u << 31);
	cr_expect_eq(HDB_FENCE_SIGNALED, 1);
	cr_expect_eq(HDB_FENCE_RETURN, 2);
	cr_expect_eq(HDB_MAX_FENCES, 1024);
	cr_expect_eq(HDB_MAX_ERRNO, 4095);
	cr_expect_eq(HDB_REFUSED_INVALID, 1);
	cr_expect_eq(HDB_REFUSED_QUOTA, 2);
	cr_expect_eq(HDB_REFUSED_MEMORY, 3);
	/* without holes, so that messages can be compared as bytes */
	cr_expect_eq(sizeof(struct hdb_msg), 64 + HDB_MAX_PRIV);
}

Test(protocol, control_page)
{
	cr_expect_eq(sizeof(struct hdb_ring_line), 64);
	cr_expect_eq(offsetof(struct hdb_ring_line, index), 0);
	cr_expect_eq(offsetof(struct hdb_ring_line, wait_room), 4);
	cr_expect_eq(offsetof(struct hdb_ring_line, reserved), 8);
	cr_expect_eq(offsetof(struct hdb_ring_control, producer), 0);
	cr_expect_eq(offsetof(struct hdb_ring_control, consumer), 128);
	cr_expect_eq(sizeof(struct hdb_ring_control), 256);
}

#define ID_BYTES 0xef, 0xcd, 0xab, 5, 0x44, 0x33, 0x22, 0x11, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0

/* The bytes themselves, so that two builds of different age understand each other. */
Test(protocol, layout)
{
	static const struct {
		const struct hdb_msg *msg;
		u8 bytes[HDB_SLOT_SIZE];
	} want[] = {
		{ &export, { 1, 0, 51, 0, 1, 0, 0, 0, ID_BYTES, 0, 0xc0, 0x12, 0, 0, 0, 0, 0,
			     0x2c, 1, 0, 0, 1, 0x8a, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0,
			     0xd1, 0, 0xd3 } },
		{ &unexport, { 2, 0, 24, 0, 0, 0, 0, 0, ID_BYTES } },
		{ &used, { 3, 0, 24, 0, 0, 0, 0, 0, ID_BYTES } },
		{ &idle, { 4, 0, 24, 0, 0, 0, 0, 0, ID_BYTES } },
		{ &released, { 5, 0, 24, 0, 0, 0, 0, 0, ID_BYTES } },
		{ &refused, { 6, 0, 32, 0, 0, 0, 0, 0, ID_BYTES, 2, 0, 0, 0, 0, 0, 0, 0 } },
		{ &fence, { 7, 0, 48, 0, 2, 0, 0, 0, ID_BYTES,
			    0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88 } },
		{ &signaled, { 8, 0, 48, 0, 0, 0, 0, 0, ID_BYTES, 2, 0, 0, 0, 1, 0, 0, 0,
			       0, 0, 0, 0, 0, 0, 0, 0, 110 } },
		{ &returned, { 9, 0, 48, 0, 0, 0, 0, 0, ID_BYTES, 3, 0, 0, 0, 0, 0, 0, 0,
			       0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } },
	};
	struct hdb_msg out;
	size_t i;

	for (i = 0; i < COUNT(want); i++) {
		u8 *slot = slot_of(want[i].msg);

		cr_expect_arr_eq(slot, want[i].bytes, HDB_SLOT_SIZE, "message %zu", i + 1);
		cr_assert_eq(hdb_msg_decode(want[i].bytes, &out), 0);
		cr_expect_eq(memcmp(&out, want[i].msg, sizeof(out)), 0, "message %zu", i + 1);
		free(slot);
	}
}

/* The largest message, whose size needs more than 32 bits. */
Test(protocol, layout_largest)
{
	u8 want[HDB_SLOT_SIZE] = {
		1, 0, 240, 0, 0, 0, 0, 0, ID_BYTES, 0, 0, 0, 0, 1, 0, 0, 0,
		0, 0, 0x10, 0, 0xff, 0xff, 0xff, 0xff, 192, 0, 0, 0, 0, 0, 0, 0,
	};
	struct hdb_msg msg = export;
	u8 *slot;

	msg.flags = 0;
	msg.nr_pages = HDB_MAX_PAGES;
	msg.size = 1ULL << 32;
	msg.dir_ref = 0xffffffff;
	msg.priv_len = HDB_MAX_PRIV;
	memset(msg.priv, 0xe7, HDB_MAX_PRIV);
	memset(want + 48, 0xe7, HDB_MAX_PRIV);
	slot = slot_of(&msg);
	cr_expect_arr_eq(slot, want, HDB_SLOT_SIZE);
	free(slot);
}

Test(protocol, round_trip)
{
	size_t i;

	for (i = 0; i < COUNT(all); i++)
		round_trip(all[i]);
}

Test(protocol, round_trip_limits)
{
	static const u32 privs[] = { 0, 1, 191, 192 };
	static const u32 pages[] = { 1, 2, 0xffff, HDB_MAX_PAGES - 1, HDB_MAX_PAGES };
	static const u32 refs[] = { 1, 0x80000000, 0xffffffff };
	struct hdb_msg msg = export;
	size_t a, b, c, i;

	for (a = 0; a < COUNT(privs); a++) {
		msg.priv_len = privs[a];
		memset(msg.priv, 0, sizeof(msg.priv));
		for (i = 0; i < privs[a]; i++)
			msg.priv[i] = (u8)(0xff - i);
		for (b = 0; b < COUNT(pages); b++) {
			msg.nr_pages = pages[b];
			msg.size = 4096ULL * pages[b];
			for (c = 0; c < COUNT(refs); c++) {
				msg.dir_ref = refs[c];
				for (msg.flags = 0; msg.flags < 2; msg.flags++) {
					round_trip(&msg);
					msg.flags |= HDB_EXPORT_QUIET;
					round_trip(&msg);
					msg.flags &= ~HDB_EXPORT_QUIET;
				}
			}
		}
	}
	msg = refused;
	for (msg.reason = HDB_REFUSED_INVALID; msg.reason <= HDB_REFUSED_MEMORY; msg.reason++)
		round_trip(&msg);
}

Test(protocol, ids)
{
	static const struct {
		u32 word;
		int want;
	} ids[] = {
		{ 1, 0 }, { 0xffffff, 0 }, { 0x800000, 0 }, { 0x01000001, 0 }, { 0x7fffffff, 0 },
		{ 0, -EINVAL },			/* serial zero, */
		{ 0x01000000, -EINVAL }, { 0x7f000000, -EINVAL },	/* with a hint */
		{ 0x80000001, -EINVAL }, { 0x80000000, -EINVAL }, { 0xffffffff, -EINVAL },
	};
	size_t i, k;

	for (i = 0; i < COUNT(all); i++)
		for (k = 0; k < COUNT(ids); k++) {
			u8 *slot = slot_of(all[i]);

			hdb_put32(slot + 8, ids[k].word);
			memset(slot + 12, k & 1 ? 0xff : 0, 12);
			cr_expect_eq(decode(slot), ids[k].want, "message %zu, id %#x", i + 1,
				     ids[k].word);
			free(slot);
		}
}

Test(protocol, id_equal)
{
	struct hdb_id a = ID, b = ID;
	unsigned int word, bit;

	cr_expect(hdb_id_equal(&a, &b));
	for (word = 0; word < 4; word++)
		for (bit = 0; bit < 32; bit++) {
			b.word[word] ^= 1u << bit;
			cr_expect_not(hdb_id_equal(&a, &b), "word %u, bit %u", word, bit);
			b.word[word] ^= 1u << bit;
		}
}

Test(protocol, every_type)
{
	u8 *slot = slot_of(&used);
	u32 type;

	for (type = 0; type < 0x10000; type++) {
		int want = -EOPNOTSUPP;

		if (type >= HDB_MSG_UNEXPORT && type <= HDB_MSG_RELEASED)
			want = 0;
		else if (type == HDB_MSG_EXPORT ||
			 (type >= HDB_MSG_REFUSED && type <= HDB_MSG_RETURN))
			want = -EINVAL;
		hdb_put16(slot, type);
		cr_assert_eq(decode(slot), want, "type %u", type);
	}
	free(slot);
}

Test(protocol, every_length)
{
	static const u32 right[] = { 51, 24, 24, 24, 24, 32, 48, 48, 48 };
	u32 length;
	size_t i;

	for (i = 0; i < COUNT(all); i++) {
		u8 *slot = slot_of(all[i]);

		for (length = 0; length < 0x10000; length++) {
			hdb_put16(slot + 2, length);
			cr_assert_eq(decode(slot), length == right[i] ? 0 : -EINVAL,
				     "message %zu, length %u", i + 1, length);
		}
		free(slot);
	}
}

/* What must come of @msg, encoded as @slot, once byte @at has another value. */
static int verdict(const struct hdb_msg *msg, const u8 *slot, u32 at)
{
	bool bare = msg->type >= HDB_MSG_UNEXPORT && msg->type <= HDB_MSG_RELEASED;
	u32 type = hdb_get16(slot);

	if (at < 2)
		return type < 1 || type > 9 ? -EOPNOTSUPP :
		       bare && type >= 2 && type <= 5 ? 0 : -EINVAL;
	if (at >= 8 && at < 24)		/* serial and sign cannot break by another byte */
		return (slot[8] | slot[9] | slot[10]) && slot[11] < 0x80 ? 0 : -EINVAL;
	if (msg->type == HDB_MSG_EXPORT) {
		if (at == 4)
			return slot[4] < 2 ? 0 : -EINVAL;
		if (at == 7)
			return slot[7] == 0x80 ? 0 : -EINVAL;
		if (at >= 36 && at < 40)
			return hdb_get32(slot + 36) ? 0 : -EINVAL;
		if (at >= 48 && at < 48 + msg->priv_len)
			return 0;
	}
	if (msg->type == HDB_MSG_REFUSED && at == 24)
		return slot[24] >= 1 && slot[24] <= 3 ? 0 : -EINVAL;
	if (msg->type >= HDB_MSG_FENCE) {
		if (at == 4)
			return slot[4] < (msg->type == HDB_MSG_FENCE ? 4 :
					  msg->type == HDB_MSG_RETURN ? 2 : 1) ? 0 : -EINVAL;
		if (at >= 24 && at < 32)
			return hdb_get64(slot + 24) ? 0 : -EINVAL;
		if (at >= 32 && at < 40)
			return msg->type == HDB_MSG_RETURN && hdb_get64(slot + 32) ? 0 : -EINVAL;
		if (at == 40 || at == 41)
			return msg->type == HDB_MSG_SIGNALED && hdb_get32(slot + 40) < 4096 ?
			       0 : -EINVAL;
	}
	return -EINVAL;
}

/* Each byte of the slot, reserved, unused or behind the end, at each other value. */
Test(protocol, each_byte)
{
	u32 at, other;
	size_t i;

	for (i = 0; i < COUNT(all); i++) {
		u8 *slot = slot_of(all[i]);

		for (at = 0; at < HDB_SLOT_SIZE; at++) {
			u8 was = slot[at];

			for (other = 1; other < 256; other++) {
				slot[at] = was ^ other;
				cr_assert_eq(decode(slot), verdict(all[i], slot, at),
					     "message %zu, byte %u = %#x", i + 1, at, slot[at]);
			}
			slot[at] = was;
		}
		free(slot);
	}
}

/* Flags, reserved fields and counts that no single byte makes. */
static const struct {
	const char *name;
	const struct hdb_msg *base;
	u32 at, value;
} bad[] = {
	{ "unknown flag", &export, 4, 2 },
	{ "unknown flag beside a known one", &export, 4, 3 },
	{ "high flag", &export, 4, 0x40000001 },
	{ "all flags", &export, 4, 0xffffffff },
	{ "writable unexport", &unexport, 4, HDB_BUF_WRITABLE },
	{ "writable used", &used, 4, HDB_BUF_WRITABLE },
	{ "writable idle", &idle, 4, HDB_BUF_WRITABLE },
	{ "writable released", &released, 4, HDB_BUF_WRITABLE },
	{ "writable refused", &refused, 4, HDB_BUF_WRITABLE },
	{ "no directory", &export, 36, 0 },
	{ "reserved", &export, 44, 0x80000000 },
	{ "no reason", &refused, 24, 0 },
	{ "unknown reason", &refused, 24, 4 },
	{ "huge reason", &refused, 24, 0xffffffff },
	{ "reason in the wrong half", &refused, 24, 0x10000 },
	{ "refused, reserved", &refused, 28, 0xffffffff },
	{ "quiet unexport", &unexport, 4, HDB_EXPORT_QUIET },
	{ "quiet fence", &fence, 4, HDB_EXPORT_QUIET },
	{ "fence with an unknown flag", &fence, 4, 4 },
	{ "flags of a signal", &signaled, 4, HDB_FENCE_SIGNALED },
	{ "signal that wants a return", &signaled, 4, HDB_FENCE_RETURN },
	{ "return that wants a return", &returned, 4, HDB_FENCE_RETURN },
	{ "no fence to return", &returned, 24, 0 },
	{ "fence up to one", &fence, 32, 1 },
	{ "fence up to a huge one", &fence, 36, 1 },
	{ "signal up to one", &signaled, 32, 1 },
	{ "fence failed before it signalled", &fence, 40, 5 },
	{ "return failed before it signalled", &returned, 40, 5 },
	{ "error out of range", &signaled, 40, 4096 },
	{ "negative error", &signaled, 40, 0xffffff92 },
	{ "fence, reserved", &fence, 44, 1 },
	{ "signal, reserved", &signaled, 44, 0x80000000 },
	{ "return, reserved", &returned, 44, 0x100 },
	{ "less private data than the length says", &export, 40, 2 },
	{ "more private data than the length says", &export, 40, 4 },
	{ "huge private data", &export, 40, 0xffffffff },
};

Test(protocol, each_bad_field)
{
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		u8 *slot = slot_of(bad[i].base);

		hdb_put32(slot + bad[i].at, bad[i].value);
		cr_expect_eq(decode(slot), -EINVAL, "%s", bad[i].name);
		free(slot);
	}
}

/* Names and limits of fences that one 32-bit word cannot say. */
Test(protocol, fences)
{
	struct hdb_msg msg = fence;
	u8 *slot;

	for (msg.flags = 0; msg.flags < 4; msg.flags++)
		for (msg.reason = 0; msg.reason <= (msg.flags & 1 ? HDB_MAX_ERRNO : 0);
		     msg.reason++)
			round_trip(&msg);
	msg = returned;
	for (msg.flags = 0; msg.flags < 2; msg.flags++)
		round_trip(&msg);
	msg = signaled;
	for (msg.reason = 0; msg.reason <= HDB_MAX_ERRNO; msg.reason++)
		round_trip(&msg);
	for (size_t i = 0; i < COUNT(all); i++) {
		if (all[i]->type < HDB_MSG_FENCE)
			continue;
		slot = slot_of(all[i]);
		hdb_put64(slot + 24, 0);
		cr_expect_eq(decode(slot), -EINVAL, "message %zu without a name", i + 1);
		hdb_put64(slot + 24, ~0ull);
		cr_expect_eq(decode(slot), 0, "message %zu with the last name", i + 1);
		hdb_put64(slot + 32, 0);
		cr_expect_eq(decode(slot), all[i]->type == HDB_MSG_RETURN ? -EINVAL : 0);
		free(slot);
	}
}

Test(protocol, size_and_pages)
{
	static const struct {
		u64 size;
		u32 pages;
		int want;
	} sizes[] = {
		{ 4096, 1, 0 }, { 1ULL << 32, HDB_MAX_PAGES, 0 },
		{ 0, 0, -EINVAL }, { 4096, 0, -EINVAL }, { 0, 1, -EINVAL },
		{ 1, 1, -EINVAL }, { 4095, 1, -EINVAL }, { 4097, 1, -EINVAL },
		{ 4096, 2, -EINVAL }, { 8192, 1, -EINVAL }, { 12288, 2, -EINVAL },
		/* right only in the lower 32 bits */
		{ 0, HDB_MAX_PAGES, -EINVAL }, { (1ULL << 32) + 4096, 1, -EINVAL },
		{ (1ULL << 63) + 4096, 1, -EINVAL }, { 4096, HDB_MAX_PAGES + 1, -EINVAL },
		/* consistent, and too large */
		{ (1ULL << 32) + 4096, HDB_MAX_PAGES + 1, -EINVAL },
		{ 1ULL << 43, 0x80000000, -EINVAL }, { 0xffffffffULL << 12, 0xffffffff, -EINVAL },
	};
	size_t i;

	for (i = 0; i < COUNT(sizes); i++) {
		u8 *slot = slot_of(&export);

		hdb_put64(slot + 24, sizes[i].size);
		hdb_put32(slot + 32, sizes[i].pages);
		cr_expect_eq(decode(slot), sizes[i].want, "%#llx bytes, %#x pages",
			     (unsigned long long)sizes[i].size, sizes[i].pages);
		free(slot);
	}
}

/* Lengths that agree with the private data they claim: only its limit is left to refuse it. */
Test(protocol, private_data)
{
	static const u32 lens[] = {
		193, 194, 208, 209, 255, 256, 0x7fff, 0xffcf, 0xffd0, 0x10003, 0x7fffffff,
		0x80000000, 0xffffffd0, 0xffffffe8, 0xffffffff,
	};
	size_t i;
	u32 len;

	for (len = 0; len <= 192; len++) {
		u8 *slot = slot_of(&export);

		hdb_put32(slot + 40, len);
		hdb_put16(slot + 2, 48 + len);
		memset(slot + 48, 0, HDB_SLOT_SIZE - 48);
		memset(slot + 48, 0xff, len);
		cr_expect_eq(decode(slot), 0, "%u bytes", len);
		slot[48 + len] = 1;
		cr_expect_eq(decode(slot), -EINVAL, "%u bytes and one more", len);
		free(slot);
	}
	for (i = 0; i < COUNT(lens); i++) {
		u8 *slot = slot_of(&export);

		hdb_put32(slot + 40, lens[i]);
		hdb_put16(slot + 2, (u16)(48 + lens[i]));
		memset(slot + 48, 0, HDB_SLOT_SIZE - 48);
		cr_expect_eq(decode(slot), -EINVAL, "%#x bytes", lens[i]);
		free(slot);
	}
}

/* Random bytes in good slots: never a crash, and what passes encodes to the same. */
Test(protocol, random)
{
	u8 again[HDB_SLOT_SIZE];
	unsigned int good = 0;
	struct hdb_msg out;
	long i;
	int k;

	srand(1);
	for (i = 0; i < 200000; i++) {
		u8 *slot = slot_of(all[i % COUNT(all)]);

		for (k = rand() % 4; k >= 0; k--)
			slot[rand() % 56] = (u8)rand();
		if (!hdb_msg_decode(slot, &out)) {
			good++;
			hdb_msg_encode(&out, again);
			cr_assert_arr_eq(again, slot, HDB_SLOT_SIZE);
		}
		free(slot);
	}
	cr_expect(good > 1000, "only %u slots passed", good);
}

/* The calls, as programs that were built long ago make them, on a 64-bit machine. */
Test(uapi, calls)
{
	static const struct {
		const char *name;
		unsigned long number, want;
	} calls[] = {
		{ "TX_CH_SETUP", IOCTL_HYPER_DMABUF_TX_CH_SETUP, 0x00044700 },
		{ "RX_CH_SETUP", IOCTL_HYPER_DMABUF_RX_CH_SETUP, 0x00044701 },
		{ "EXPORT_REMOTE", IOCTL_HYPER_DMABUF_EXPORT_REMOTE, 0x00284702 },
		{ "EXPORT_REMOTE_SHORT", IOCTL_HYPER_DMABUF_EXPORT_REMOTE_SHORT, 0x00184702 },
		{ "EXPORT_FD", IOCTL_HYPER_DMABUF_EXPORT_FD, 0x00184703 },
		{ "UNEXPORT", IOCTL_HYPER_DMABUF_UNEXPORT, 0x00184704 },
		{ "QUERY", IOCTL_HYPER_DMABUF_QUERY, 0x00204705 },
		{ "LINKS", IOCTL_HYPER_DMABUF_LINKS, 0xc0184720 },
		{ "EXPORT", IOCTL_HYPER_DMABUF_EXPORT, 0xc0304721 },
		{ "FENCE_SEND", IOCTL_HYPER_DMABUF_FENCE_SEND, 0xc0204722 },
		{ "WAIT_RELEASED", IOCTL_HYPER_DMABUF_WAIT_RELEASED, 0xc0204723 },
		{ "CAPABILITIES", IOCTL_HYPER_DMABUF_CAPABILITIES, 0xc0404724 },
		{ "ID_OF_FD", IOCTL_HYPER_DMABUF_ID_OF_FD, 0xc0284725 },
	};
	size_t i;

	for (i = 0; i < COUNT(calls); i++)
		cr_expect_eq(calls[i].number, calls[i].want, "%s is %#lx, not %#lx",
			     calls[i].name, calls[i].number, calls[i].want);
}

#define AT(type, field, offset) \
	cr_expect_eq(offsetof(type, field), offset, #type "." #field)

Test(uapi, structs)
{
	cr_expect_eq(sizeof(hyper_dmabuf_id_t), 16);
	cr_expect_eq(sizeof(struct hdb_id), sizeof(hyper_dmabuf_id_t));
	AT(hyper_dmabuf_id_t, id, 0);
	AT(hyper_dmabuf_id_t, rng_key, 4);
	cr_expect_eq(sizeof(struct hyper_dmabuf_event_hdr), 24);
	AT(struct hyper_dmabuf_event_hdr, event_type, 0);
	AT(struct hyper_dmabuf_event_hdr, hid, 4);
	AT(struct hyper_dmabuf_event_hdr, size, 20);
	AT(struct ioctl_hyper_dmabuf_tx_ch_setup, remote_domain, 0);
	AT(struct ioctl_hyper_dmabuf_rx_ch_setup, source_domain, 0);
	AT(struct ioctl_hyper_dmabuf_export_remote, dmabuf_fd, 0);
	AT(struct ioctl_hyper_dmabuf_export_remote, remote_domain, 4);
	AT(struct ioctl_hyper_dmabuf_export_remote, hid, 8);
	AT(struct ioctl_hyper_dmabuf_export_remote, sz_priv, 24);
	AT(struct ioctl_hyper_dmabuf_export_remote, priv, 32);
	AT(struct ioctl_hyper_dmabuf_export_remote_short, dmabuf_fd, 0);
	AT(struct ioctl_hyper_dmabuf_export_remote_short, remote_domain, 4);
	AT(struct ioctl_hyper_dmabuf_export_remote_short, hid, 8);
	AT(struct ioctl_hyper_dmabuf_export_fd, hid, 0);
	AT(struct ioctl_hyper_dmabuf_export_fd, flags, 16);
	AT(struct ioctl_hyper_dmabuf_export_fd, fd, 20);
	AT(struct ioctl_hyper_dmabuf_unexport, hid, 0);
	AT(struct ioctl_hyper_dmabuf_unexport, delay_ms, 16);
	AT(struct ioctl_hyper_dmabuf_unexport, status, 20);
	AT(struct ioctl_hyper_dmabuf_query, hid, 0);
	AT(struct ioctl_hyper_dmabuf_query, item, 16);
	AT(struct ioctl_hyper_dmabuf_query, info, 24);
}

Test(uapi, extension_structs)
{
	cr_expect_eq(sizeof(struct hyper_dmabuf_link), 80);
	AT(struct hyper_dmabuf_link, domain, 0);
	AT(struct hyper_dmabuf_link, state, 4);
	AT(struct hyper_dmabuf_link, flags, 8);
	AT(struct hyper_dmabuf_link, pad, 12);
	AT(struct hyper_dmabuf_link, name, 16);
	AT(struct ioctl_hyper_dmabuf_links, size, 0);
	AT(struct ioctl_hyper_dmabuf_links, flags, 4);
	AT(struct ioctl_hyper_dmabuf_links, count, 8);
	AT(struct ioctl_hyper_dmabuf_links, own_domain, 12);
	AT(struct ioctl_hyper_dmabuf_links, links, 16);
	AT(struct ioctl_hyper_dmabuf_export, size, 0);
	AT(struct ioctl_hyper_dmabuf_export, flags, 4);
	AT(struct ioctl_hyper_dmabuf_export, dmabuf_fd, 8);
	AT(struct ioctl_hyper_dmabuf_export, remote_domain, 12);
	AT(struct ioctl_hyper_dmabuf_export, hid, 16);
	AT(struct ioctl_hyper_dmabuf_export, sz_priv, 32);
	AT(struct ioctl_hyper_dmabuf_export, pad, 36);
	AT(struct ioctl_hyper_dmabuf_export, priv, 40);
	AT(struct ioctl_hyper_dmabuf_wait_released, size, 0);
	AT(struct ioctl_hyper_dmabuf_wait_released, flags, 4);
	AT(struct ioctl_hyper_dmabuf_wait_released, hid, 8);
	AT(struct ioctl_hyper_dmabuf_wait_released, timeout_ms, 24);
	AT(struct ioctl_hyper_dmabuf_wait_released, pad, 28);
}

Test(uapi, numbers)
{
	cr_expect_eq(MAX_SIZE_PRIV_DATA, 192);
	cr_expect_eq(HYPER_DMABUF_NEW_IMPORT, 0x10000);
	cr_expect_eq(HYPER_DMABUF_QUERY_TYPE, 0x10);
	cr_expect_eq(HYPER_DMABUF_QUERY_EXPORTER, 0x11);
	cr_expect_eq(HYPER_DMABUF_QUERY_IMPORTER, 0x12);
	cr_expect_eq(HYPER_DMABUF_QUERY_SIZE, 0x13);
	cr_expect_eq(HYPER_DMABUF_QUERY_BUSY, 0x14);
	cr_expect_eq(HYPER_DMABUF_QUERY_UNEXPORTED, 0x15);
	cr_expect_eq(HYPER_DMABUF_QUERY_DELAYED_UNEXPORTED, 0x16);
	cr_expect_eq(HYPER_DMABUF_QUERY_PRIV_INFO_SIZE, 0x17);
	cr_expect_eq(HYPER_DMABUF_QUERY_PRIV_INFO, 0x18);
	cr_expect_eq(EXPORTED, 1);
	cr_expect_eq(IMPORTED, 2);
	cr_expect_eq(HYPER_DMABUF_LINK_WAITING, 0);
	cr_expect_eq(HYPER_DMABUF_LINK_CONNECTED, 1);
	cr_expect_eq(HYPER_DMABUF_LINK_LOOPBACK, 1);
	cr_expect_eq(HYPER_DMABUF_EXPORT_WRITABLE, 1);
}
