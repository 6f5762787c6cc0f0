// SPDX-License-Identifier: MIT
/* QUERY, all items on both sides. */
#include <errno.h>
#include <limits.h>
#include <stdint.h>

#include "ends.h"

ENDS_SUITE(query);

/* Both sides of a shared buffer answer @item with these. */
static void query_both(int item, long out, long in)
{
	struct shared shared;

	ends_share(&shared, DMABUF_ODD, 1);
	expect(out, call_query_value(ends.out, &shared.hid, item));
	expect(in, call_query_value(ends.in, &shared.hid, item));
}

Test(query, type) { query_both(HYPER_DMABUF_QUERY_TYPE, EXPORTED, IMPORTED); }
Test(query, exporter) { query_both(HYPER_DMABUF_QUERY_EXPORTER, ends.domain, ends.domain); }
Test(query, importer) { query_both(HYPER_DMABUF_QUERY_IMPORTER, ends.domain, ends.domain); }
Test(query, size) { query_both(HYPER_DMABUF_QUERY_SIZE, DMABUF_ODD, DMABUF_ODD); }
Test(query, not_busy) { query_both(HYPER_DMABUF_QUERY_BUSY, 0, 0); }
Test(query, not_unexported) { query_both(HYPER_DMABUF_QUERY_UNEXPORTED, 0, 0); }
Test(query, priv_info_size) { query_both(HYPER_DMABUF_QUERY_PRIV_INFO_SIZE, 3, 3); }

Test(query, delayed_unexported_is_known_to_the_exporter_alone)
{
	query_both(HYPER_DMABUF_QUERY_DELAYED_UNEXPORTED, 0, -EINVAL);
}

Test(query, no_such_item_is_einval)
{
	static const int items[] = { 0, 1, 0x0f, 0x19, 0x20, 0x110, -1, INT_MAX, INT_MIN };
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		expect(-EINVAL, call_query_value(ends.out, &shared.hid, items[i]));
		expect(-EINVAL, call_query_value(ends.in, &shared.hid, items[i]));
	}
}

static long query_busy(int dev, const struct shared *shared)
{
	return call_query_value(dev, &shared->hid, HYPER_DMABUF_QUERY_BUSY);
}

Test(query, busy_while_imported)
{
	struct shared shared;
	struct dmabuf import;

	ends_share(&shared, DMABUF_PAGE, 1);
	ends_import(&shared, &import);
	expect(1, query_busy(ends.in, &shared));
	cr_assert(eventually(query_busy(ends.out, &shared) == 1), "the exporter never knows");
}

Test(query, busy_while_only_mapped)
{
	struct shared shared;
	struct dmabuf import;

	ends_share(&shared, DMABUF_PAGE, 1);
	ends_import(&shared, &import);
	dmabuf_close_fd(&import);
	expect(1, query_busy(ends.in, &shared));
	cr_assert(eventually(query_busy(ends.out, &shared) == 1));
}

Test(query, not_busy_once_let_go)
{
	struct shared shared;
	struct dmabuf import;

	ends_share(&shared, DMABUF_PAGE, 1);
	ends_import(&shared, &import);
	cr_assert(eventually(query_busy(ends.out, &shared) == 1));
	dmabuf_free(&import);
	cr_assert(eventually(query_busy(ends.in, &shared) == 0));
	cr_assert(eventually(query_busy(ends.out, &shared) == 0));
}

Test(query, busy_until_the_last_fd)
{
	struct shared shared;
	int fds[2];

	ends_share(&shared, DMABUF_PAGE, 1);
	for (int i = 0; i < 2; i++)
		fds[i] = call_import(ends.in, &shared.hid, 0);
	close(fds[0]);
	usleep(50000);
	expect(1, query_busy(ends.in, &shared));
	close(fds[1]);
	cr_assert(eventually(query_busy(ends.in, &shared) == 0));
}

Test(query, busy_again)
{
	struct shared shared;
	struct dmabuf import;

	ends_share(&shared, DMABUF_PAGE, 1);
	for (int i = 0; i < 3; i++) {
		ends_import(&shared, &import);
		cr_assert(eventually(query_busy(ends.out, &shared) == 1));
		dmabuf_free(&import);
		cr_assert(eventually(query_busy(ends.out, &shared) == 0));
	}
}

Test(query, unexported_while_in_use)
{
	struct shared shared;
	struct dmabuf import;

	ends_share(&shared, DMABUF_PAGE, 1);
	ends_import(&shared, &import);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	expect(1, call_query_value(ends.out, &shared.hid, HYPER_DMABUF_QUERY_UNEXPORTED));
	cr_assert(eventually(call_query_value(ends.in, &shared.hid,
					      HYPER_DMABUF_QUERY_UNEXPORTED) == 1));
	expect(0, call_query_value(ends.out, &shared.hid,
				   HYPER_DMABUF_QUERY_DELAYED_UNEXPORTED));
}

Test(query, after_it_is_gone_is_enoent)
{
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
	cr_assert(state_becomes("imports", 0, ENDS_PATIENCE_MS));
	expect(-ENOENT, call_query_value(ends.out, &shared.hid, HYPER_DMABUF_QUERY_TYPE));
	expect(-ENOENT, call_query_value(ends.in, &shared.hid, HYPER_DMABUF_QUERY_TYPE));
}

/* PRIV_INFO of @size bytes on the side of @dev; nothing behind is written. */
static void query_priv_info(int dev, const hyper_dmabuf_id_t *hid, const char *priv, int size)
{
	char got[MAX_SIZE_PRIV_DATA + 16];
	unsigned long info = (uintptr_t)got;

	memset(got, 0x5a, sizeof(got));
	expect(size, call_query_value(dev, hid, HYPER_DMABUF_QUERY_PRIV_INFO_SIZE));
	expect(0, call_query(dev, hid, HYPER_DMABUF_QUERY_PRIV_INFO, &info));
	cr_assert(!memcmp(got, priv, (size_t)size));
	for (size_t i = (size_t)size; i < sizeof(got); i++)
		cr_assert_eq(got[i], 0x5a, "byte %zu is written", i);
}

static void query_priv_info_both(int size)
{
	struct shared shared;
	char priv[MAX_SIZE_PRIV_DATA];
	struct event event;

	for (int i = 0; i < size; i++)
		priv[i] = (char)(200 - i);
	expect(0, dmabuf_alloc(&shared.buffer, DMABUF_ANY, DMABUF_PAGE));
	expect(0, call_export(ends.out, shared.buffer.fd, ends.domain, priv, size, &shared.hid));
	cr_assert(event_wait(ends.in, &shared.hid, &event, ENDS_PATIENCE_MS) >= 0);
	query_priv_info(ends.out, &shared.hid, priv, size);
	query_priv_info(ends.in, &shared.hid, priv, size);
}

Test(query, priv_info_of_0_bytes) { query_priv_info_both(0); }
Test(query, priv_info_of_1_byte) { query_priv_info_both(1); }
Test(query, priv_info_of_192_bytes) { query_priv_info_both(192); }

Test(query, priv_info_to_bad_pointers_is_efault)
{
	static const unsigned long wild[] = { 0, 8, 0xffff800000000000, 0xffffffff81000000, -1ul };
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	for (size_t i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
		expect(-EFAULT, call_query(ends.out, &shared.hid, HYPER_DMABUF_QUERY_PRIV_INFO,
					   &(unsigned long){ wild[i] }));
		expect(-EFAULT, call_query(ends.in, &shared.hid, HYPER_DMABUF_QUERY_PRIV_INFO,
					   &(unsigned long){ wild[i] }));
	}
}
