// SPDX-License-Identifier: MIT
/* Who does not know all 128 bits of an id reaches nothing. */
#include <errno.h>
#include <limits.h>

#include "ends.h"

ENDS_SUITE(ids);

/* No call knows @hid, on either side. */
static void ids_unknown(const hyper_dmabuf_id_t *hid)
{
	expect(-ENOENT, call_import(ends.in, hid, 0));
	expect(-ENOENT, call_unexport(ends.out, hid, 0));
	expect(-ENOENT, call_unexport(ends.out, hid, 1000));
	expect(-ENOENT, call_query_value(ends.in, hid, HYPER_DMABUF_QUERY_SIZE));
	expect(-ENOENT, call_query_value(ends.out, hid, HYPER_DMABUF_QUERY_SIZE));
}

static void ids_wrong_key(int word, int bits)
{
	struct shared shared;
	hyper_dmabuf_id_t hid;

	ends_share(&shared, DMABUF_PAGE, 1);
	hid = shared.hid;
	hid.rng_key[word] ^= bits;
	ids_unknown(&hid);
	expect(DMABUF_PAGE, call_query_value(ends.in, &shared.hid, HYPER_DMABUF_QUERY_SIZE));
}

Test(ids, wrong_first_key_word_is_enoent) { ids_wrong_key(0, 1); }
Test(ids, wrong_second_key_word_is_enoent) { ids_wrong_key(1, 1 << 16); }
Test(ids, wrong_third_key_word_is_enoent) { ids_wrong_key(2, INT_MIN); }

Test(ids, wrong_number_is_enoent)
{
	static const int offsets[] = { 1, -1, 2, 1 << 23, 1 << 24, 1 << 30 };
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		hyper_dmabuf_id_t hid = shared.hid;

		hid.id ^= offsets[i];
		ids_unknown(&hid);
	}
}

Test(ids, negative_number_is_enoent)
{
	struct shared shared;
	hyper_dmabuf_id_t hid;

	ends_share(&shared, DMABUF_PAGE, 1);
	hid = shared.hid;
	hid.id |= INT_MIN;
	ids_unknown(&hid);
}

Test(ids, zero_is_enoent)
{
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	ids_unknown(&(hyper_dmabuf_id_t){ 0 });
}

Test(ids, keys_of_another_buffer_are_enoent)
{
	struct shared first, second;
	hyper_dmabuf_id_t mixed;

	ends_share(&first, DMABUF_PAGE, 1);
	ends_share(&second, DMABUF_PAGE, 2);
	mixed = first.hid;
	memcpy(mixed.rng_key, second.hid.rng_key, sizeof(mixed.rng_key));
	ids_unknown(&mixed);
}

Test(ids, unknown_without_any_buffer_is_enoent)
{
	ids_unknown(&(hyper_dmabuf_id_t){ .id = 1, .rng_key = { 1, 2, 3 } });
}
