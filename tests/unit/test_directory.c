// SPDX-License-Identifier: MIT
/*
 * Directory pages: a chain comes back as it was; a page that is not what the
 * message promised is refused, and never writes beyond its place.
 *
 * Pages and references lie in allocations of their exact size, so that the
 * address sanitizer sees the first byte beyond.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "hdb_protocol.h"
#include "hdb_wire.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define UNTOUCHED 0x5a5a5a5au

/* Three pages, the last one with five references. */
#define BUFFER_PAGES (2 * HDB_DIR_REFS + 5)

/* Not zero, and no two alike. */
static u32 ref_of(u32 page)
{
	return (page + 1) * 2654435761u;
}

static void *room(size_t bytes, int fill)
{
	void *p = malloc(bytes);

	cr_assert(p);
	return memset(p, fill, bytes);
}

static u32 *source(u32 nr_pages)
{
	u32 *refs = room(4 * (size_t)nr_pages, 0);
	u32 i;

	for (i = 0; i < nr_pages; i++)
		refs[i] = ref_of(i);
	return refs;
}

/* One page of a right chain of @nr_pages; the caller frees it. */
static u8 *page_of(u32 index, u32 nr_pages, u32 flags)
{
	u32 *refs = source(nr_pages);
	u8 *page = room(HDB_PAGE_SIZE, 0xaa);

	hdb_dir_encode(page, index, nr_pages, flags, refs,
		       index + 1 < hdb_dir_count(nr_pages) ? 0x700 + index : 0);
	free(refs);
	return page;
}

/* Decodes, and sees to it that nothing but the page's own place is written. */
static int decode(const u8 *page, u32 index, u32 nr_pages, u32 flags)
{
	u32 have = nr_pages && nr_pages <= HDB_MAX_PAGES ? nr_pages : 1;
	u32 *refs = room(4 * (size_t)have, 0x5a);
	u64 from = (u64)index * HDB_DIR_REFS;
	u32 next = UNTOUCHED, i;
	int err = hdb_dir_decode(page, index, nr_pages, flags, refs, &next);

	for (i = 0; i < have; i++)
		if (i < from || i >= from + HDB_DIR_REFS)
			cr_assert_eq(refs[i], UNTOUCHED, "page %u wrote reference %u", index, i);
	free(refs);
	cr_expect(err == 0 || err == -EINVAL, "returned %d", err);
	return err;
}

Test(directory, numbers)
{
	cr_expect_eq(HDB_DIR_HEADER, 32);
	cr_expect_eq(HDB_DIR_REFS, 1016);
	cr_expect_eq(HDB_MAX_PAGES, 1048576);
	cr_expect_eq(HDB_MAX_DIRS, 1033);
	cr_expect_eq(HDB_BUF_FLAGS, 1);
}

Test(directory, count)
{
	static const u32 want[][2] = {
		{ 1, 1 }, { 2, 1 }, { 1015, 1 }, { 1016, 1 }, { 1017, 2 }, { 2032, 2 },
		{ 2033, 3 }, { 8100, 8 }, { 8128, 8 }, { 8129, 9 }, { 0x100000, 1033 },
	};
	size_t i;

	for (i = 0; i < COUNT(want); i++)
		cr_expect_eq(hdb_dir_count(want[i][0]), want[i][1], "%u pages", want[i][0]);
}

/* The bytes themselves, of a first and of a last page. */
Test(directory, layout)
{
	static const u8 first[40] = {
		'h', 'd', 'b', 'd', 0, 0, 0, 0, 0xf8, 3, 0, 0, 0x44, 0x33, 0x22, 0x11,
		0xfa, 3, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0xb1, 0x79, 0x37, 0x9e, 0x62, 0xf3, 0x6e, 0x3c,
	};
	static const u8 last[HDB_PAGE_SIZE] = {
		'h', 'd', 'b', 'd', 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
		0xfa, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0xd4, 0xc3, 0xb2, 0xa1, 0, 1, 0, 0,
	};
	u32 *refs = source(1018);
	u8 *page = room(HDB_PAGE_SIZE, 0xaa);

	refs[1016] = 0xa1b2c3d4;
	refs[1017] = 0x100;
	hdb_dir_encode(page, 0, 1018, HDB_BUF_WRITABLE, refs, 0x11223344);
	cr_expect_arr_eq(page, first, sizeof(first));
	cr_expect_eq(hdb_get32(page + HDB_PAGE_SIZE - 4), ref_of(1015));
	hdb_dir_encode(page, 1, 1018, 0, refs, 0);
	cr_expect_arr_eq(page, last, sizeof(last));
	free(page);
	free(refs);
}

static void check_page(const u8 *page, u32 index, u32 nr_pages, u32 flags, u32 next)
{
	u32 from = index * 1016, i;
	u32 count = nr_pages - from > 1016 ? 1016 : nr_pages - from;

	cr_expect_eq(hdb_get32(page), 0x64626468);
	cr_expect_eq(hdb_get32(page + 4), index);
	cr_expect_eq(hdb_get32(page + 8), count);
	cr_expect_eq(hdb_get32(page + 12), next);
	cr_expect_eq(hdb_get32(page + 16), nr_pages);
	cr_expect_eq(hdb_get32(page + 20), flags);
	cr_expect_eq(hdb_get64(page + 24), 0);
	for (i = 0; i < count; i++)
		cr_assert_eq(hdb_get32(page + 32 + 4 * i), ref_of(from + i));
	for (i = 32 + 4 * count; i < HDB_PAGE_SIZE; i++)
		cr_assert_eq(page[i], 0, "page %u leaks byte %u", index, i);
}

/* Last page first, so that each page is seen to fill its own place. */
static void round_trip(u32 nr_pages, u32 flags)
{
	u32 dirs = hdb_dir_count(nr_pages), index, next, want;
	u32 *refs = source(nr_pages);
	u32 *got = room(4 * (size_t)nr_pages, 0x5a);
	u8 *page = room(HDB_PAGE_SIZE, 0);

	for (index = dirs; index--;) {
		u32 from = index * HDB_DIR_REFS;

		want = index + 1 == dirs ? 0 : ~index;
		memset(page, 0xaa, HDB_PAGE_SIZE);
		hdb_dir_encode(page, index, nr_pages, flags, refs, want);
		check_page(page, index, nr_pages, flags, want);
		next = UNTOUCHED;
		cr_assert_eq(hdb_dir_decode(page, index, nr_pages, flags, got, &next), 0,
			     "page %u of %u", index, dirs);
		cr_expect_eq(next, want);
		if (from)
			cr_assert_eq(got[from - 1], UNTOUCHED, "page %u", index);
		cr_assert_eq(got[0], index ? UNTOUCHED : ref_of(0));
		cr_assert_eq(memcmp(got + from, refs + from, 4 * (size_t)(nr_pages - from)), 0,
			     "page %u of %u", index, dirs);
	}
	free(page);
	free(got);
	free(refs);
}

Test(directory, round_trip)
{
	static const u32 pages[] = {
		1, 2, HDB_DIR_REFS - 1, HDB_DIR_REFS, HDB_DIR_REFS + 1, 2 * HDB_DIR_REFS,
		BUFFER_PAGES, 8100,
	};
	size_t i;

	for (i = 0; i < COUNT(pages); i++) {
		round_trip(pages[i], 0);
		round_trip(pages[i], HDB_BUF_WRITABLE);
	}
}

Test(directory, round_trip_largest)
{
	u32 *refs = source(HDB_MAX_PAGES);
	u32 *got = room(4 * (size_t)HDB_MAX_PAGES, 0);
	u8 *page = room(HDB_PAGE_SIZE, 0);
	u32 index, next = 1;

	for (index = 0; next; index++) {
		cr_assert_lt(index, HDB_MAX_DIRS);
		hdb_dir_encode(page, index, HDB_MAX_PAGES, 0, refs,
			       index + 1 < HDB_MAX_DIRS ? index + 1 : 0);
		check_page(page, index, HDB_MAX_PAGES, 0, index + 1 < 1033 ? index + 1 : 0);
		cr_assert_eq(hdb_dir_decode(page, index, HDB_MAX_PAGES, 0, got, &next), 0);
	}
	cr_expect_eq(index, 1033);
	cr_expect_eq(memcmp(got, refs, 4 * (size_t)HDB_MAX_PAGES), 0);
	free(page);
	free(got);
	free(refs);
}

Test(directory, writes_its_place_only)
{
	u32 index;

	for (index = 0; index < 3; index++) {
		u8 *page = page_of(index, BUFFER_PAGES, 0);

		cr_expect_eq(decode(page, index, BUFFER_PAGES, 0), 0);
		free(page);
	}
}

/* Each byte of the header, in each place of a chain, at each other value. */
Test(directory, each_header_byte)
{
	u32 index, at, value, next;

	for (index = 0; index < 3; index++) {
		u8 *page = page_of(index, BUFFER_PAGES, HDB_BUF_WRITABLE);
		u32 *refs = room(4 * BUFFER_PAGES, 0);

		for (at = 0; at < HDB_DIR_HEADER; at++) {
			u8 was = page[at];

			for (value = 0; value < 256; value++) {
				int want = -EINVAL;

				page[at] = value;
				if (value == was ||
				    (at >= 12 && at < 16 && index < 2 && hdb_get32(page + 12)))
					want = 0;
				cr_expect_eq(hdb_dir_decode(page, index, BUFFER_PAGES,
							    HDB_BUF_WRITABLE, refs, &next),
					     want, "page %u, byte %u = %#x", index, at, value);
			}
			page[at] = was;
		}
		free(refs);
		free(page);
	}
}

/* One field of an encoded page of BUFFER_PAGES overwritten. */
static const struct {
	const char *name;
	u32 index, at, value;
} bad[] = {
	{ "no magic", 0, 0, 0 },
	{ "magic the other way round", 0, 0, 0x68646264 },
	{ "index of the next page", 0, 4, 1 },
	{ "index of the page before", 1, 4, 0 },
	{ "index beyond", 2, 4, 3 },
	{ "no references", 0, 8, 0 },
	{ "one too few", 0, 8, HDB_DIR_REFS - 1 },
	{ "one too many", 0, 8, HDB_DIR_REFS + 1 },
	{ "count of the buffer", 0, 8, BUFFER_PAGES },
	{ "last page said full", 2, 8, HDB_DIR_REFS },
	{ "last page one too many", 2, 8, 6 },
	{ "last page one too few", 2, 8, 4 },
	{ "huge count", 1, 8, 0xffffffff },
	{ "chain cut at the first page", 0, 12, 0 },
	{ "chain cut in the middle", 1, 12, 0 },
	{ "chain goes on", 2, 12, 1 },
	{ "chain goes on, high reference", 2, 12, 0x80000000 },
	{ "no pages", 0, 16, 0 },
	{ "fewer pages", 1, 16, BUFFER_PAGES - 1 },
	{ "more pages", 1, 16, BUFFER_PAGES + 1 },
	{ "too many pages", 2, 16, HDB_MAX_PAGES + 1 },
	{ "other rights", 0, 20, HDB_BUF_WRITABLE },
	{ "unknown flag", 0, 20, 2 },
	{ "high flag", 2, 20, 0x80000000 },
	{ "reserved, low", 0, 24, 1 },
	{ "reserved, high", 0, 28, 1 },
	{ "reserved, top", 2, 28, 0x80000000 },
	{ "first reference zero", 0, 32, 0 },
	{ "middle reference zero", 1, 32 + 4 * 500, 0 },
	{ "reference at the page's end zero", 0, HDB_PAGE_SIZE - 4, 0 },
	{ "last reference zero", 2, 32 + 4 * 4, 0 },
};

Test(directory, each_bad_field)
{
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		u8 *page = page_of(bad[i].index, BUFFER_PAGES, 0);

		cr_assert_eq(decode(page, bad[i].index, BUFFER_PAGES, 0), 0);
		hdb_put32(page + bad[i].at, bad[i].value);
		cr_expect_eq(decode(page, bad[i].index, BUFFER_PAGES, 0), -EINVAL, "%s",
			     bad[i].name);
		free(page);
	}
}

Test(directory, each_zero_ref)
{
	u32 index, i;

	for (index = 0; index < 3; index++) {
		u8 *page = page_of(index, BUFFER_PAGES, 0);

		for (i = 0; i < hdb_get32(page + 8); i++) {
			u8 *ref = page + HDB_DIR_HEADER + 4 * i;
			u32 was = hdb_get32(ref);

			hdb_put32(ref, 0);
			cr_expect_eq(decode(page, index, BUFFER_PAGES, 0), -EINVAL,
				     "page %u, reference %u", index, i);
			hdb_put32(ref, was);
		}
		free(page);
	}
}

/* A right page, read with another promise than it was written for. */
Test(directory, other_promise)
{
	u8 *page = page_of(1, BUFFER_PAGES, HDB_BUF_WRITABLE);

	cr_assert_eq(decode(page, 1, BUFFER_PAGES, HDB_BUF_WRITABLE), 0);
	cr_expect_eq(decode(page, 0, BUFFER_PAGES, HDB_BUF_WRITABLE), -EINVAL);
	cr_expect_eq(decode(page, 2, BUFFER_PAGES, HDB_BUF_WRITABLE), -EINVAL);
	cr_expect_eq(decode(page, 1, BUFFER_PAGES, 0), -EINVAL);
	cr_expect_eq(decode(page, 1, BUFFER_PAGES, 3), -EINVAL);
	cr_expect_eq(decode(page, 1, BUFFER_PAGES - 1, HDB_BUF_WRITABLE), -EINVAL);
	cr_expect_eq(decode(page, 1, BUFFER_PAGES + 1, HDB_BUF_WRITABLE), -EINVAL);
	cr_expect_eq(decode(page, 1, 1, HDB_BUF_WRITABLE), -EINVAL);
	free(page);
}

/*
 * Index and size outside of what there is, in a page that says the same and is
 * else as right as can be: only the limits themselves can refuse it.
 */
Test(directory, beyond_the_limits)
{
	static const u32 cases[][2] = {	/* index, nr_pages */
		{ 0, 0 }, { 1, 0 }, { 1, 1 }, { 1, HDB_DIR_REFS }, { 2, HDB_DIR_REFS + 1 },
		{ 3, BUFFER_PAGES }, { 0xffffffff, BUFFER_PAGES }, { 0x80000000, BUFFER_PAGES },
		{ 0x20000000, BUFFER_PAGES },	/* times HDB_DIR_REFS is 0 modulo 2^32 */
		{ HDB_MAX_DIRS, HDB_MAX_PAGES }, { 0, HDB_MAX_PAGES + 1 },
		{ HDB_MAX_DIRS - 1, HDB_MAX_PAGES + 1 }, { 0, 0x80000000 }, { 0, 0xffffffff },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		u32 index = cases[i][0], nr_pages = cases[i][1], k, next;
		u32 left = nr_pages - index * HDB_DIR_REFS;
		u32 count = left < HDB_DIR_REFS ? left : HDB_DIR_REFS;
		u8 *page = room(HDB_PAGE_SIZE, 0);

		hdb_put32(page, HDB_DIR_MAGIC);
		hdb_put32(page + 4, index);
		hdb_put32(page + 8, count);
		hdb_put32(page + 16, nr_pages);
		for (k = 0; k < count; k++)
			hdb_put32(page + HDB_DIR_HEADER + 4 * k, ref_of(k));
		for (next = 0; next < 2; next++) {
			hdb_put32(page + 12, next);
			cr_expect_eq(decode(page, index, nr_pages, 0), -EINVAL,
				     "index %#x of %#x pages, next %u", index, nr_pages, next);
		}
		free(page);
	}
}

/* Any reference but zero is one, and so is any next. */
Test(directory, extreme_refs)
{
	static const u32 refs[] = {
		1, 0x100, 0x10000, 0x1000000, 0x80000000, 0xffffffff, 7, 7,
	};
	u32 got[COUNT(refs)], next = UNTOUCHED;
	u8 *odd = room(HDB_PAGE_SIZE + 1, 0);

	/* at an odd address: nothing is said about alignment */
	hdb_dir_encode(odd + 1, 0, COUNT(refs), 0, refs, 0);
	cr_assert_eq(hdb_dir_decode(odd + 1, 0, COUNT(refs), 0, got, &next), 0);
	cr_expect_arr_eq(got, refs, sizeof(refs));
	cr_expect_eq(next, 0);
	free(odd);
}
