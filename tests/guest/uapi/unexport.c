// SPDX-License-Identifier: MIT
/* UNEXPORT, now and after a delay. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ends.h"
#include "param.h"

TestSuite(unexport, .init = ends_init, .fini = param_restore, .timeout = 60);

/* A delay that no test outlives. */
#define UNEXPORT_LATER_MS	600000

static long unexport_delayed(const struct shared *shared)
{
	return call_query_value(ends.out, &shared->hid, HYPER_DMABUF_QUERY_DELAYED_UNEXPORTED);
}

Test(unexport, takes_the_buffer_away)
{
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
	cr_assert(state_becomes("imports", 0, ENDS_PATIENCE_MS));
}

Test(unexport, sets_status_to_0)
{
	struct shared shared;
	struct ioctl_hyper_dmabuf_unexport arg = { .status = -77 };

	ends_share(&shared, DMABUF_PAGE, 1);
	arg.hid = shared.hid;
	expect(0, call_raw(ends.out, IOCTL_HYPER_DMABUF_UNEXPORT, &arg));
	cr_assert_eq(arg.status, 0);
}

Test(unexport, drops_the_cached_mapping)
{
	struct shared shared;
	struct dmabuf import;

	ends_share(&shared, DMABUF_8M, 1);
	ends_import(&shared, &import);
	dmabuf_free(&import);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	cr_assert(state_becomes("mappings", 0, ENDS_PATIENCE_MS));
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
}

Test(unexport, twice_is_refused)
{
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	expect_either(-EINVAL, -ENOENT, call_unexport(ends.out, &shared.hid, 0));
}

Test(unexport, twice_while_in_use_is_einval)
{
	struct shared shared;
	struct dmabuf import;

	ends_share(&shared, DMABUF_PAGE, 1);
	ends_import(&shared, &import);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	expect(-EINVAL, call_unexport(ends.out, &shared.hid, 0));
	expect(-EINVAL, call_unexport(ends.out, &shared.hid, 1000));
}

Test(unexport, does_not_wait_for_the_importer)
{
	struct shared shared;
	struct dmabuf import;

	ends_share(&shared, DMABUF_PAGE, 1);
	ends_import(&shared, &import);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	expect(1, state_read("exports"));
	assert_pattern(import.map, import.size, 1);
	dmabuf_free(&import);
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
}

Test(unexport, keeps_the_pages_while_in_use)
{
	struct shared shared;
	struct dmabuf import, other;

	ends_share(&shared, DMABUF_8M, 1);
	ends_import(&shared, &import);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	dmabuf_free(&shared.buffer);
	expect(0, dmabuf_alloc(&other, DMABUF_ANY, DMABUF_8M));
	dmabuf_fill(other.map, other.size, 99);
	assert_pattern(import.map, import.size, 1);
}

Test(unexport, negative_delay_is_einval)
{
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(-EINVAL, call_unexport(ends.out, &shared.hid, -1));
	expect(-EINVAL, call_unexport(ends.out, &shared.hid, INT_MIN));
	expect(0, call_query_value(ends.out, &shared.hid, HYPER_DMABUF_QUERY_UNEXPORTED));
	expect(0, unexport_delayed(&shared));
}

Test(unexport, longest_delay_works)
{
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, call_unexport(ends.out, &shared.hid, INT_MAX));
	expect(1, unexport_delayed(&shared));
	usleep(50000);
	expect(1, unexport_delayed(&shared));
}

Test(unexport, delayed_is_pending_and_shared)
{
	struct shared shared;
	struct dmabuf import;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, unexport_delayed(&shared));
	expect(0, call_unexport(ends.out, &shared.hid, UNEXPORT_LATER_MS));
	expect(1, unexport_delayed(&shared));
	expect(0, call_query_value(ends.out, &shared.hid, HYPER_DMABUF_QUERY_UNEXPORTED));
	ends_import(&shared, &import);
	assert_pattern(import.map, import.size, 1);
}

Test(unexport, delayed_happens)
{
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, call_unexport(ends.out, &shared.hid, 100));
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
	expect(-ENOENT, call_query_value(ends.out, &shared.hid, HYPER_DMABUF_QUERY_TYPE));
}

Test(unexport, delayed_does_not_happen_early)
{
	struct shared shared;
	struct timespec before, after;
	long ms;

	ends_share(&shared, DMABUF_PAGE, 1);
	clock_gettime(CLOCK_MONOTONIC, &before);
	expect(0, call_unexport(ends.out, &shared.hid, 500));
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
	clock_gettime(CLOCK_MONOTONIC, &after);
	ms = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
	cr_assert_geq(ms, 500, "it was gone after %ld ms", ms);
}

Test(unexport, delay_can_be_shortened)
{
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, call_unexport(ends.out, &shared.hid, UNEXPORT_LATER_MS));
	expect(0, call_unexport(ends.out, &shared.hid, 50));
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
}

Test(unexport, delay_can_be_ended)
{
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, call_unexport(ends.out, &shared.hid, UNEXPORT_LATER_MS));
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
}

Test(unexport, delay_can_be_lengthened)
{
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, call_unexport(ends.out, &shared.hid, 300));
	expect(0, call_unexport(ends.out, &shared.hid, UNEXPORT_LATER_MS));
	usleep(600000);
	expect(1, unexport_delayed(&shared));
}

Test(unexport, delayed_is_cancelled_by_another_export)
{
	struct shared shared;
	struct dmabuf import;
	hyper_dmabuf_id_t again;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, call_unexport(ends.out, &shared.hid, 300));
	expect(0, call_export(ends.out, shared.buffer.fd, ends.domain, NULL, 0, &again));
	cr_assert(event_same_id(&again, &shared.hid));
	expect(0, unexport_delayed(&shared));
	usleep(600000);
	expect(0, call_query_value(ends.out, &shared.hid, HYPER_DMABUF_QUERY_UNEXPORTED));
	ends_import(&shared, &import);
	assert_pattern(import.map, import.size, 1);
}

Test(unexport, delayed_ends_with_the_file)
{
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, call_unexport(ends.out, &shared.hid, UNEXPORT_LATER_MS));
	close(ends.out);
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
	cr_assert(state_becomes("imports", 0, ENDS_PATIENCE_MS));
}

Test(unexport, after_the_dma_buf_fd_is_closed_works)
{
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	dmabuf_free(&shared.buffer);
	expect(1, state_read("exports"));
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
}

/*
 * A buffer is taken back while the importer's domain is behind by @messages, and another one gets its
 * references. Who asks for the first one then gets it, or an error; never the other one.
 */
static void unexport_unheard(unsigned int messages)
{
	struct shared first, other, filler;
	hyper_dmabuf_id_t again;
	struct dmabuf import;
	int fd;

	ends_share(&first, DMABUF_8M, 1);
	ends_share(&filler, DMABUF_PAGE, 1);
	expect(0, dmabuf_alloc(&other.buffer, DMABUF_ANY, DMABUF_8M));
	dmabuf_fill(other.buffer.map, DMABUF_8M, 2);
	expect(0, param_change("max_messages", 20));
	for (unsigned int i = 0; i < messages; i++)
		expect(0, call_export(ends.out, filler.buffer.fd, ends.domain, "more", 4, &again));
	expect(0, call_unexport(ends.out, &first.hid, 0));
	/* Longer than the pages stay where nobody maps them. */
	usleep(200000);
	expect(0, call_export(ends.out, other.buffer.fd, ends.domain, "other", 5, &other.hid));
	fd = call_import(ends.in, &first.hid, O_CLOEXEC);
	param_restore();
	if (fd >= 0) {
		expect(0, dmabuf_wrap(&import, fd, DMABUF_8M));
		cr_expect_eq(dmabuf_check(import.map, DMABUF_8M, 1), -1,
			     "that is another buffer");
		dmabuf_free(&import);
	} else {
		cr_expect(fd == -EINVAL || fd == -ENOENT || fd == -ETIMEDOUT, "%s", strerror(-fd));
	}
	expect(0, call_unexport(ends.out, &other.hid, 0));
	expect(0, call_unexport(ends.out, &filler.hid, 0));
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
	cr_assert(state_becomes("imports", 0, ENDS_PATIENCE_MS));
}

Test(unexport, unheard_of_gives_no_other_buffer)
{
	unexport_unheard(15);
}

/* The ring is full: not even the word of it is in there. */
Test(unexport, unsaid_gives_no_other_buffer)
{
	unexport_unheard(80);
}
