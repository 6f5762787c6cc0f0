// SPDX-License-Identifier: MIT
/* EXPORT_REMOTE. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "ends.h"

ENDS_SUITE(export);

static struct dmabuf export_buffer(void)
{
	struct dmabuf buffer;

	expect(0, dmabuf_alloc(&buffer, DMABUF_ANY, DMABUF_PAGE));
	return buffer;
}

Test(export, gives_a_positive_id)
{
	struct dmabuf buffer = export_buffer();
	hyper_dmabuf_id_t hid = { 0 };

	expect(0, call_export(ends.out, buffer.fd, ends.domain, NULL, 0, &hid));
	cr_assert_gt(hid.id, 0);
	cr_assert_eq(hid.id >> 24, ends.domain % 128, "the hint is %d", hid.id >> 24);
}

Test(export, gives_a_random_key)
{
	struct dmabuf buffers[2] = { export_buffer(), export_buffer() };
	hyper_dmabuf_id_t hids[2] = { 0 };

	for (int i = 0; i < 2; i++)
		expect(0, call_export(ends.out, buffers[i].fd, ends.domain, NULL, 0, &hids[i]));
	cr_assert_neq(hids[0].id, hids[1].id);
	for (int i = 0; i < 3; i++)
		cr_assert_neq(hids[0].rng_key[i], hids[1].rng_key[i]);
	cr_assert_neq(hids[0].rng_key[0], hids[0].rng_key[1]);
}

Test(export, short_form_works)
{
	struct dmabuf buffer = export_buffer();
	struct {
		struct ioctl_hyper_dmabuf_export_remote_short call;
		unsigned char guard[16];
	} arg = { .call = { .dmabuf_fd = buffer.fd, .remote_domain = ends.domain } };
	struct event event;

	memset(arg.guard, 0xa5, sizeof(arg.guard));
	expect(0, call_raw(ends.out, IOCTL_HYPER_DMABUF_EXPORT_REMOTE_SHORT, &arg));
	for (size_t i = 0; i < sizeof(arg.guard); i++)
		cr_assert_eq(arg.guard[i], 0xa5, "written beyond the short form");
	cr_assert(event_wait(ends.in, &arg.call.hid, &event, ENDS_PATIENCE_MS) >= 0);
	cr_assert_eq(event.hdr.size, 0);
}

Test(export, leaves_the_inputs_as_they_are)
{
	struct dmabuf buffer = export_buffer();
	char priv[] = "private";
	struct ioctl_hyper_dmabuf_export_remote arg = {
		.dmabuf_fd = buffer.fd,
		.remote_domain = ends.domain,
		.sz_priv = sizeof(priv),
		.priv = priv,
	};

	expect(0, call_raw(ends.out, IOCTL_HYPER_DMABUF_EXPORT_REMOTE, &arg));
	cr_assert_eq(arg.dmabuf_fd, buffer.fd);
	cr_assert_eq(arg.remote_domain, ends.domain);
	cr_assert_eq(arg.sz_priv, (int)sizeof(priv));
	cr_assert_eq(arg.priv, priv);
	cr_assert_str_eq(priv, "private");
}

Test(export, negative_fd_is_ebadf)
{
	expect(-EBADF, call_export(ends.out, -1, ends.domain, NULL, 0, NULL));
	expect(-EBADF, call_export(ends.out, INT_MIN, ends.domain, NULL, 0, NULL));
}

Test(export, fd_beyond_the_table_is_ebadf)
{
	expect(-EBADF, call_export(ends.out, 100000, ends.domain, NULL, 0, NULL));
	expect(-EBADF, call_export(ends.out, INT_MAX, ends.domain, NULL, 0, NULL));
}

Test(export, closed_fd_is_ebadf)
{
	struct dmabuf buffer = export_buffer();
	int fd = buffer.fd;

	dmabuf_free(&buffer);
	expect(-EBADF, call_export(ends.out, fd, ends.domain, NULL, 0, NULL));
}

Test(export, memfd_is_einval)
{
	int fd = memfd_create("hdb-test", 0);

	cr_assert(fd >= 0 && !ftruncate(fd, DMABUF_PAGE));
	expect(-EINVAL, call_export(ends.out, fd, ends.domain, NULL, 0, NULL));
}

Test(export, foreign_fds_are_einval)
{
	int pipes[2];

	expect(0, pipe(pipes));
	expect(-EINVAL, call_export(ends.out, pipes[0], ends.domain, NULL, 0, NULL));
	expect(-EINVAL, call_export(ends.out, ends.in, ends.domain, NULL, 0, NULL));
	expect(-EINVAL, call_export(ends.out, ends.out, ends.domain, NULL, 0, NULL));
	expect(-EINVAL, call_export(ends.out, open("/dev/null", O_RDWR), ends.domain, NULL, 0,
				    NULL));
	expect(-EINVAL, call_export(ends.out, open("/", O_RDONLY), ends.domain, NULL, 0, NULL));
}

Test(export, unlinked_domain_is_enodev)
{
	struct dmabuf buffer = export_buffer();

	expect(-ENODEV, call_export(ends.out, buffer.fd, 32751, NULL, 0, NULL));
	expect(-ENODEV, call_export(ends.out, buffer.fd, INT_MAX, NULL, 0, NULL));
	expect(-ENODEV, call_export(ends.out, buffer.fd, ends.domain + 256, NULL, 0, NULL));
}

Test(export, negative_domain_is_enodev)
{
	struct dmabuf buffer = export_buffer();

	expect(-ENODEV, call_export(ends.out, buffer.fd, -1, NULL, 0, NULL));
	expect(-ENODEV, call_export(ends.out, buffer.fd, INT_MIN, NULL, 0, NULL));
}

/* Shares with @sz bytes of private data and compares what arrives. */
static void export_private(int sz)
{
	struct dmabuf buffer = export_buffer();
	char priv[MAX_SIZE_PRIV_DATA];
	hyper_dmabuf_id_t hid;
	struct event event;

	for (int i = 0; i < sz; i++)
		priv[i] = (char)(i * 7 + sz);
	expect(0, call_export(ends.out, buffer.fd, ends.domain, priv, sz, &hid));
	expect((long)sizeof(event.hdr) + sz,
	       event_wait(ends.in, &hid, &event, ENDS_PATIENCE_MS));
	cr_assert_eq(event.hdr.event_type, HYPER_DMABUF_NEW_IMPORT);
	cr_assert_eq(event.hdr.size, sz);
	cr_assert(!memcmp(event.priv, priv, (size_t)sz), "the private data has changed");
}

Test(export, private_data_of_0_bytes) { export_private(0); }
Test(export, private_data_of_1_byte) { export_private(1); }
Test(export, private_data_of_191_bytes) { export_private(191); }
Test(export, private_data_of_192_bytes) { export_private(192); }

Test(export, private_data_over_192_bytes_is_einval)
{
	static const int sizes[] = { 193, 256, 4096, 65536 + 1, INT_MAX };
	struct dmabuf buffer = export_buffer();
	char *priv = calloc(1, 1 << 20);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		expect(-EINVAL, call_export(ends.out, buffer.fd, ends.domain, priv, sizes[i],
					    NULL));
}

Test(export, negative_size_of_private_data_is_einval)
{
	struct dmabuf buffer = export_buffer();
	char priv[MAX_SIZE_PRIV_DATA] = { 0 };

	expect(-EINVAL, call_export(ends.out, buffer.fd, ends.domain, priv, -1, NULL));
	expect(-EINVAL, call_export(ends.out, buffer.fd, ends.domain, priv, INT_MIN, NULL));
}

Test(export, null_private_data_is_efault)
{
	struct dmabuf buffer = export_buffer();

	expect(-EFAULT, call_export(ends.out, buffer.fd, ends.domain, NULL, 1, NULL));
	expect(-EFAULT, call_export(ends.out, buffer.fd, ends.domain, NULL, 192, NULL));
}

Test(export, wild_private_data_is_efault)
{
	struct dmabuf buffer = export_buffer();

	expect(-EFAULT, call_export(ends.out, buffer.fd, ends.domain, (void *)8, 192, NULL));
	expect(-EFAULT, call_export(ends.out, buffer.fd, ends.domain,
				    (void *)0xffffffff81000000, 192, NULL));
}

Test(export, pointer_without_size_is_not_looked_at)
{
	struct dmabuf buffer = export_buffer();

	expect(0, call_export(ends.out, buffer.fd, ends.domain, (void *)8, 0, NULL));
}

Test(export, failure_shares_nothing)
{
	struct dmabuf buffer = export_buffer();

	call_export(ends.out, buffer.fd, ends.domain, (void *)8, 192, NULL);
	call_export(ends.out, buffer.fd, ends.domain, NULL, -1, NULL);
	call_export(ends.out, buffer.fd, 32751, NULL, 0, NULL);
	expect(0, state_read("exports"));
	expect(-ETIMEDOUT, event_next(ends.in, &(struct event){ 0 }, 100));
}

Test(export, id_that_cannot_be_written_shares_nothing)
{
	struct dmabuf buffer = export_buffer();
	struct ioctl_hyper_dmabuf_export_remote *arg =
		mmap(NULL, DMABUF_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert(arg != MAP_FAILED);
	arg->dmabuf_fd = buffer.fd;
	arg->remote_domain = ends.domain;
	expect(0, mprotect(arg, DMABUF_PAGE, PROT_READ));
	expect(-EFAULT, call_raw(ends.out, IOCTL_HYPER_DMABUF_EXPORT_REMOTE, arg));
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS), "it is shared all the same");
}

Test(export, again_keeps_the_id)
{
	struct shared shared;
	hyper_dmabuf_id_t again;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, call_export(ends.out, shared.buffer.fd, ends.domain, "new", 3, &again));
	cr_assert(event_same_id(&again, &shared.hid));
	expect(1, state_read("exports"));
}

Test(export, again_through_another_fd_keeps_the_id)
{
	struct shared shared;
	hyper_dmabuf_id_t again;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, call_export(ends.out, dup(shared.buffer.fd), ends.domain, "new", 3, &again));
	cr_assert(event_same_id(&again, &shared.hid));
}

Test(export, again_renews_the_private_data)
{
	struct shared shared;
	struct event event;
	char priv[MAX_SIZE_PRIV_DATA] = "";

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, call_export(ends.out, shared.buffer.fd, ends.domain, "renewed", 7,
			      &shared.hid));
	expect((long)sizeof(event.hdr) + 7,
	       event_wait(ends.in, &shared.hid, &event, ENDS_PATIENCE_MS));
	cr_assert(!memcmp(event.priv, "renewed", 7));
	expect(7, call_query_value(ends.in, &shared.hid, HYPER_DMABUF_QUERY_PRIV_INFO_SIZE));
	expect(0, call_query(ends.in, &shared.hid, HYPER_DMABUF_QUERY_PRIV_INFO,
			     &(unsigned long){ (uintptr_t)priv }));
	cr_assert_str_eq(priv, "renewed");
}

Test(export, again_without_private_data_takes_it_away)
{
	struct shared shared;
	struct event event;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, call_export(ends.out, shared.buffer.fd, ends.domain, NULL, 0, &shared.hid));
	expect((long)sizeof(event.hdr),
	       event_wait(ends.in, &shared.hid, &event, ENDS_PATIENCE_MS));
	expect(0, call_query_value(ends.in, &shared.hid, HYPER_DMABUF_QUERY_PRIV_INFO_SIZE));
}

Test(export, after_unexport_gives_a_new_id)
{
	struct shared shared;
	hyper_dmabuf_id_t again;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
	expect(0, call_export(ends.out, shared.buffer.fd, ends.domain, NULL, 0, &again));
	cr_assert(!event_same_id(&again, &shared.hid));
}

Test(export, of_an_import_is_einval)
{
	struct shared shared;
	struct dmabuf import;

	ends_share(&shared, DMABUF_PAGE, 1);
	ends_import(&shared, &import);
	expect(-EINVAL, call_export(ends.in, import.fd, ends.domain, NULL, 0, NULL));
	expect(-EINVAL, call_export(ends.out, import.fd, ends.domain, NULL, 0, NULL));
}

Test(export, of_read_only_fd_works)
{
	int fd = dmabuf_open(DMABUF_PAGE, O_RDONLY);

	cr_assert(fd >= 0, "cannot allocate: %s", strerror(-fd));
	expect(0, call_export(ends.out, fd, ends.domain, NULL, 0, NULL));
}

Test(export, many_buffers_at_once)
{
	enum { MANY = 100 };
	struct dmabuf buffers[MANY];
	hyper_dmabuf_id_t hids[MANY];

	for (int i = 0; i < MANY; i++) {
		buffers[i] = export_buffer();
		expect(0, call_export(ends.out, buffers[i].fd, ends.domain, NULL, 0, &hids[i]));
		for (int j = 0; j < i; j++)
			cr_assert(!event_same_id(&hids[i], &hids[j]));
	}
	expect(MANY, state_read("exports"));
	for (int i = 0; i < MANY; i++)
		expect(0, call_unexport(ends.out, &hids[i], 0));
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
}
