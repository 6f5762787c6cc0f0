// SPDX-License-Identifier: MIT
/* LINKS: the list of links. */
#include <errno.h>
#include <stdint.h>

#include "ends.h"

ENDS_SUITE(links);

/* More links than these tests' machines have. */
#define LINKS_ROOM	16

/* A call as a newer program would make it, with a struct that has grown. */
struct links_grown {
	struct ioctl_hyper_dmabuf_links call;
	__u64 more;
};

static int links_call(struct ioctl_hyper_dmabuf_links *arg)
{
	return call_raw(ends.out, IOCTL_HYPER_DMABUF_LINKS, arg);
}

Test(links, own_domain_is_the_loopback)
{
	struct hyper_dmabuf_link links[LINKS_ROOM];
	int count = call_links(ends.out, links, LINKS_ROOM), found = 0;

	cr_assert(count >= 1 && count <= LINKS_ROOM, "there are %d links", count);
	for (int i = 0; i < count; i++) {
		if (!(links[i].flags & HYPER_DMABUF_LINK_LOOPBACK))
			continue;
		found++;
		cr_assert_eq((int)links[i].domain, ends.domain);
		cr_assert_eq(links[i].state, HYPER_DMABUF_LINK_CONNECTED);
		cr_assert_eq(links[i].flags, HYPER_DMABUF_LINK_LOOPBACK);
	}
	cr_assert_eq(found, 1);
}

Test(links, entries_are_clean)
{
	struct hyper_dmabuf_link links[LINKS_ROOM];
	int count;

	memset(links, 0xff, sizeof(links));
	count = call_links(ends.out, links, LINKS_ROOM);
	for (int i = 0; i < count; i++) {
		size_t len = strnlen(links[i].name, sizeof(links[i].name));

		cr_assert_eq(links[i].pad, 0);
		cr_assert_lt(len, sizeof(links[i].name), "the name does not end");
		for (; len < sizeof(links[i].name); len++)
			cr_assert_eq(links[i].name[len], 0, "rubbish behind the name");
	}
}

Test(links, count_0_counts)
{
	struct hyper_dmabuf_link links[LINKS_ROOM];

	expect(call_links(ends.out, links, LINKS_ROOM), call_links(ends.out, NULL, 0));
}

Test(links, writes_no_more_than_there_is_room_for)
{
	struct hyper_dmabuf_link links[LINKS_ROOM], untouched;
	int count = call_links(ends.out, NULL, 0);

	memset(links, 0xa5, sizeof(links));
	memset(&untouched, 0xa5, sizeof(untouched));
	expect(count, call_links(ends.out, links, (unsigned int)count - 1));
	for (int i = count - 1; i < LINKS_ROOM; i++)
		cr_assert(!memcmp(&links[i], &untouched, sizeof(untouched)), "entry %d", i);
}

Test(links, writes_no_more_than_there_are)
{
	struct hyper_dmabuf_link links[LINKS_ROOM], untouched;
	int count;

	memset(links, 0xa5, sizeof(links));
	memset(&untouched, 0xa5, sizeof(untouched));
	count = call_links(ends.out, links, LINKS_ROOM);
	for (int i = count; i < LINKS_ROOM; i++)
		cr_assert(!memcmp(&links[i], &untouched, sizeof(untouched)), "entry %d", i);
}

Test(links, claimed_room_may_be_huge)
{
	struct hyper_dmabuf_link links[LINKS_ROOM];

	expect(call_links(ends.out, NULL, 0), call_links(ends.out, links, UINT32_MAX));
}

Test(links, bad_pointers_are_efault)
{
	static const uint64_t wild[] = { 0, 8, 0xffff800000000000, UINT64_MAX };

	for (size_t i = 0; i < sizeof(wild) / sizeof(wild[0]); i++)
		expect(-EFAULT, links_call(&(struct ioctl_hyper_dmabuf_links){
			.size = sizeof(struct ioctl_hyper_dmabuf_links),
			.count = LINKS_ROOM,
			.links = wild[i],
		}));
}

Test(links, too_small_sizes_are_einval)
{
	static const uint32_t sizes[] = { 0, 1, 8, 23 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		expect(-EINVAL, links_call(&(struct ioctl_hyper_dmabuf_links){
			.size = sizes[i],
		}));
}

Test(links, grown_struct_with_zeroes_works)
{
	struct links_grown arg = { .call.size = sizeof(arg) };

	expect(0, links_call(&arg.call));
	cr_assert_geq(arg.call.count, 1);
}

Test(links, grown_struct_with_unknown_field_is_e2big)
{
	struct links_grown arg = { .call.size = sizeof(arg), .more = 1 };

	expect(-E2BIG, links_call(&arg.call));
}

Test(links, absurd_sizes_are_refused)
{
	struct ioctl_hyper_dmabuf_links arg = { .size = UINT32_MAX };

	cr_assert_lt(links_call(&arg), 0);
	arg.size = 1 << 30;
	cr_assert_lt(links_call(&arg), 0);
}

Test(links, unknown_flags_are_einval)
{
	for (int bit = 0; bit < 32; bit++)
		expect(-EINVAL, links_call(&(struct ioctl_hyper_dmabuf_links){
			.size = sizeof(struct ioctl_hyper_dmabuf_links),
			.flags = 1u << bit,
		}));
}
