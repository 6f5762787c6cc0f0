// SPDX-License-Identifier: MIT
/* With whom to share, given what links there are. */
#include <criterion/criterion.h>
#include <string.h>

#include "peer.h"

#define LOOP(n) { .domain = n, .state = HYPER_DMABUF_LINK_CONNECTED, \
		  .flags = HYPER_DMABUF_LINK_LOOPBACK }
#define LINK(n, called) { .domain = n, .state = HYPER_DMABUF_LINK_CONNECTED, .name = called }
#define WAITING(n, called) { .domain = n, .state = HYPER_DMABUF_LINK_WAITING, .name = called }

static struct hyper_dmabuf_link alone[] = { LOOP(1) };
static struct hyper_dmabuf_link pair[] = { LOOP(1), LINK(2, "b") };
static struct hyper_dmabuf_link three[] = { LOOP(1), LINK(2, "b"), LINK(3, "c") };
static struct hyper_dmabuf_link waiting[] = { LOOP(1), WAITING(2, "b") };
static struct hyper_dmabuf_link anew[] = { LOOP(1), WAITING(2, "b"), LINK(5, "b") };
static struct hyper_dmabuf_link begun[] = { LOOP(1), WAITING(2, "b"), WAITING(5, "b") };
static struct hyper_dmabuf_link twins[] = { LOOP(1), LINK(2, "b"), LINK(5, "b") };
static struct hyper_dmabuf_link digits[] = { LOOP(1), LINK(2, "3"), LINK(3, "x") };

#define PICK(list, wanted) pick(list, sizeof(list) / sizeof(list[0]), wanted)

static struct peer peer;
static struct err err;

static enum peer_pick pick(struct hyper_dmabuf_link *list, size_t count, const char *wanted)
{
	struct hdb_links links = { .own_domain = 1, .count = (uint32_t)count, .links = list };

	return peer_pick(&links, wanted, &peer, &err);
}

Test(peer, alone_it_is_the_loopback)
{
	cr_assert_eq(PICK(alone, NULL), PEER_FOUND);
	cr_assert(peer.loopback);
	cr_assert_eq(peer.domain, 1);
}

Test(peer, without_any_link_it_is_the_own_domain)
{
	cr_assert_eq(pick(NULL, 0, NULL), PEER_FOUND);
	cr_assert(peer.loopback);
	cr_assert_eq(peer.domain, 1);
}

Test(peer, the_only_link_goes_before_the_loopback)
{
	cr_assert_eq(PICK(pair, NULL), PEER_FOUND);
	cr_assert_eq(peer.domain, 2);
	cr_assert_not(peer.loopback);
	cr_assert_str_eq(peer.name, "b");
}

Test(peer, of_several_one_must_be_named)
{
	cr_assert_eq(PICK(three, NULL), PEER_NEVER);
	cr_assert_eq(err.code, EXIT_USAGE);
	cr_assert(strstr(err.text, "b (domain 2, connected)") &&
		  strstr(err.text, "c (domain 3, connected)") &&
		  strstr(err.text, "--peer"), "%s", err.text);
}

Test(peer, by_name_by_id_and_the_loopback_by_id)
{
	cr_assert_eq(PICK(three, "c"), PEER_FOUND);
	cr_assert_eq(peer.domain, 3);
	cr_assert_eq(PICK(three, "2"), PEER_FOUND);
	cr_assert_eq(peer.domain, 2);
	cr_assert_eq(PICK(three, "1"), PEER_FOUND);
	cr_assert(peer.loopback);
}

Test(peer, a_number_is_an_id_and_no_name)
{
	cr_assert_eq(PICK(digits, "3"), PEER_FOUND);
	cr_assert_eq(peer.domain, 3);
}

Test(peer, an_unknown_one_may_still_come)
{
	cr_assert_eq(PICK(three, "d"), PEER_LATER);
	cr_assert(strstr(err.text, "'d'") && strstr(err.text, "b (domain 2, "), "%s", err.text);
	cr_assert_eq(PICK(three, ""), PEER_LATER);
	cr_assert_eq(PICK(three, "2x"), PEER_LATER);
}

Test(peer, a_link_that_waits_is_waited_for)
{
	cr_assert_eq(PICK(waiting, NULL), PEER_LATER);
	cr_assert(strstr(err.text, "waiting"), "%s", err.text);
	cr_assert_eq(PICK(waiting, "b"), PEER_LATER);
}

/* Its old link has not gone yet. */
Test(peer, who_was_started_anew_is_found_by_name)
{
	cr_assert_eq(PICK(anew, "b"), PEER_FOUND);
	cr_assert_eq(peer.domain, 5);
	cr_assert_eq(PICK(begun, "b"), PEER_LATER);
	cr_assert_eq(PICK(twins, "b"), PEER_NEVER);
	cr_assert_eq(PICK(anew, NULL), PEER_NEVER);
}

Test(peer, listed_for_people)
{
	struct hdb_links links = { .own_domain = 1, .count = 2, .links = waiting };
	char text[100];

	peer_list(&links, text, sizeof(text));
	cr_assert_str_eq(text, "domain 1 (loopback), b (domain 2, waiting)");
	peer_list(&links, text, 12);
	cr_assert_str_eq(text, "domain 1 (l");
	links.count = 0;
	peer_list(&links, text, sizeof(text));
	cr_assert_str_eq(text, "nobody");
}

Test(peer, described_for_people)
{
	char text[100];

	PICK(pair, NULL);
	peer_describe(&peer, text, sizeof(text));
	cr_assert_str_eq(text, "b (domain 2)");
	PICK(alone, NULL);
	peer_describe(&peer, text, sizeof(text));
	cr_assert_str_eq(text, "domain 1 (loopback)");
}
