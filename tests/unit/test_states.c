// SPDX-License-Identifier: MIT
/* The states of an export: each pair of state and message, as the diagram has it. */
#include <criterion/criterion.h>
#include <limits.h>

#include "hdb_protocol.h"

#define TYPES (HDB_MSG_REFUSED + 1)

enum {
	SH = HDB_EXPORT_SHARED,
	BU = HDB_EXPORT_BUSY,
	EN = HDB_EXPORT_ENDING,
	EB = HDB_EXPORT_ENDING_BUSY,
	GO = HDB_EXPORT_GONE,
	NO = -EPROTO,
};

static const int diagram[HDB_EXPORT_STATES][TYPES] = {
	/*                          none EXPORT UNEXP USED IDLE RELEASED REFUSED */
	[HDB_EXPORT_SHARED] =      { NO, NO,    EN,   BU,  NO,  NO,      GO },
	[HDB_EXPORT_BUSY] =        { NO, NO,    EB,   NO,  SH,  NO,      NO },
	[HDB_EXPORT_ENDING] =      { NO, NO,    NO,   EB,  NO,  GO,      GO },
	[HDB_EXPORT_ENDING_BUSY] = { NO, NO,    NO,   NO,  EN,  GO,      NO },
	[HDB_EXPORT_GONE] =        { NO, NO,    NO,   NO,  NO,  NO,      NO },
};

static int next(unsigned int state, unsigned int type)
{
	return hdb_export_next((enum hdb_export_state)state, (enum hdb_msg_type)type);
}

Test(states, numbers)
{
	cr_expect_eq(HDB_EXPORT_SHARED, 0, "a zeroed export is shared");
	cr_expect_eq(HDB_EXPORT_STATES, 5);
	cr_expect_eq(TYPES, 7);
}

Test(states, every_pair)
{
	unsigned int state, type;

	for (state = 0; state < HDB_EXPORT_STATES; state++)
		for (type = 0; type < TYPES; type++)
			cr_expect_eq(next(state, type), diagram[state][type],
				     "state %u, message %u: %d, not %d", state, type,
				     next(state, type), diagram[state][type]);
}

/* A wide field of pairs of which one half, or both, is not in the table. */
Test(states, out_of_range)
{
	static const unsigned int far[] = {
		0x80, 0xff, 0x100, 0x101, 0x8000, 0xffff, 0x10000, 0x10003, INT_MAX,
		(unsigned int)INT_MAX + 1, UINT_MAX - 1, UINT_MAX,
	};
	unsigned int state, type;
	size_t i;

	for (state = 0; state < 300; state++)
		for (type = 0; type < 300; type++)
			if (state >= HDB_EXPORT_STATES || type >= TYPES)
				cr_expect_eq(next(state, type), -EPROTO, "state %u, message %u",
					     state, type);
	for (i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		for (type = 0; type < TYPES; type++)
			cr_expect_eq(next(far[i], type), -EPROTO, "state %#x", far[i]);
		for (state = 0; state < HDB_EXPORT_STATES; state++)
			cr_expect_eq(next(state, far[i]), -EPROTO, "message %#x", far[i]);
		cr_expect_eq(next(far[i], far[i]), -EPROTO, "both %#x", far[i]);
	}
}

static void walk(const char *name, const int *types, int end)
{
	int state = HDB_EXPORT_SHARED;

	for (; *types; types++) {
		state = next((unsigned int)state, (unsigned int)*types);
		cr_assert_geq(state, 0, "%s: message %d", name, *types);
	}
	cr_expect_eq(state, end, "%s ends in %d", name, state);
}

Test(states, lives)
{
	static const int plain[] = {
		HDB_MSG_USED, HDB_MSG_IDLE, HDB_MSG_USED, HDB_MSG_IDLE, HDB_MSG_UNEXPORT,
		HDB_MSG_RELEASED, 0,
	};
	static const int held[] = {
		HDB_MSG_USED, HDB_MSG_UNEXPORT, HDB_MSG_IDLE, HDB_MSG_RELEASED, 0,
	};
	static const int crossed[] = { HDB_MSG_UNEXPORT, HDB_MSG_USED, HDB_MSG_RELEASED, 0 };
	static const int refused[] = { HDB_MSG_REFUSED, 0 };
	static const int refused_late[] = { HDB_MSG_UNEXPORT, HDB_MSG_REFUSED, 0 };
	static const int unused[] = { HDB_MSG_USED, HDB_MSG_IDLE, 0 };

	walk("plain", plain, HDB_EXPORT_GONE);
	walk("held", held, HDB_EXPORT_GONE);
	walk("crossed", crossed, HDB_EXPORT_GONE);
	walk("refused", refused, HDB_EXPORT_GONE);
	walk("refused late", refused_late, HDB_EXPORT_GONE);
	walk("unused", unused, HDB_EXPORT_SHARED);
}
