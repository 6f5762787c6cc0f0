// SPDX-License-Identifier: MIT
/* WAIT_RELEASED: until nobody maps a buffer any more. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>

#include "ends.h"
#include "fence.h"
#include "param.h"

TestSuite(released, .init = ends_init, .fini = param_restore, .timeout = 60);

#define WAITERS 64

/* From a time limit on, a busy machine is given this much more. */
#define LATER_MS 3000

/* A thread that waits, with a file of its own. */
struct waiter {
	pthread_t thread;
	hyper_dmabuf_id_t hid;
	unsigned int timeout_ms;
	int result;
};

/* How many of them have their answer. */
static int waiters_done;

static void *waiter_run(void *arg)
{
	struct waiter *waiter = arg;
	int dev = call_open(CALL_DEVICE, 0);

	waiter->result = dev < 0 ? dev : call_wait_released(dev, &waiter->hid, waiter->timeout_ms);
	__atomic_add_fetch(&waiters_done, 1, __ATOMIC_SEQ_CST);
	close(dev);
	return NULL;
}

static int waiters_ready(void)
{
	return __atomic_load_n(&waiters_done, __ATOMIC_SEQ_CST);
}

/* Starts @count of them, and sees to it that they wait. */
static void waiters_start(struct waiter *waiters, int count, const hyper_dmabuf_id_t *hid)
{
	for (int i = 0; i < count; i++) {
		waiters[i] = (struct waiter){ .hid = *hid, .timeout_ms = 30000 };
		cr_assert_eq(pthread_create(&waiters[i].thread, NULL, waiter_run, &waiters[i]), 0);
	}
	cr_assert(state_becomes("files", 2 + count, ENDS_PATIENCE_MS));
	usleep(100000);
	cr_assert_eq(waiters_ready(), 0, "somebody did not wait");
}

static void waiters_join(struct waiter *waiters, int count)
{
	for (int i = 0; i < count; i++) {
		pthread_join(waiters[i].thread, NULL);
		cr_assert_eq(waiters[i].result, 0, "waiter %d: %s", i,
			     strerror(-waiters[i].result));
	}
}

/* What it is after UNEXPORT with nobody there: over, or so long over that it is unknown. */
static void released_at_once(const hyper_dmabuf_id_t *hid)
{
	long start = fence_now();

	expect_either(0, -ENOENT, call_wait_released(ends.out, hid, 10000));
	cr_assert_lt(fence_now() - start, LATER_MS);
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
}

Test(released, unused_is_at_once)
{
	struct shared shared;

	ends_share(&shared, DMABUF_8M, 1);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	released_at_once(&shared.hid);
}

Test(released, drops_a_cached_mapping)
{
	struct shared shared;
	struct dmabuf import;
	struct waiter waiter;

	expect(0, param_change("cache_ms", 600000));
	ends_share(&shared, DMABUF_8M, 1);
	ends_import(&shared, &import);
	dmabuf_free(&import);
	expect(1, state_read("mappings"));
	waiters_start(&waiter, 1, &shared.hid);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	waiters_join(&waiter, 1);
	expect(0, state_read("mappings"));
	expect(0, state_read("exports"));
}

Test(released, not_while_it_is_mapped)
{
	struct shared shared;
	struct dmabuf import;
	long start;

	ends_share(&shared, DMABUF_PAGE, 1);
	ends_import(&shared, &import);
	dmabuf_close_fd(&import);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	start = fence_now();
	expect(-ETIMEDOUT, call_wait_released(ends.out, &shared.hid, 300));
	cr_assert_geq(fence_now() - start, 290);
	cr_assert_lt(fence_now() - start, 300 + LATER_MS);
	assert_pattern(import.map, DMABUF_PAGE, 1);
	dmabuf_unmap(&import);
	released_at_once(&shared.hid);
}

Test(released, ends_with_the_last_user)
{
	struct shared shared;
	struct dmabuf import;
	struct waiter waiter;

	ends_share(&shared, DMABUF_8M, 1);
	ends_import(&shared, &import);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	waiters_start(&waiter, 1, &shared.hid);
	dmabuf_close_fd(&import);
	usleep(200000);
	cr_assert_eq(waiters_ready(), 0, "pages are mapped still");
	dmabuf_unmap(&import);
	waiters_join(&waiter, 1);
	expect(0, state_read("exports"));
}

Test(released, covers_what_is_not_unexported_yet)
{
	struct shared shared;
	struct waiter waiter;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(-ETIMEDOUT, call_wait_released(ends.out, &shared.hid, 100));
	waiters_start(&waiter, 1, &shared.hid);
	expect(0, call_unexport(ends.out, &shared.hid, 300));
	waiters_join(&waiter, 1);
	expect(-ENOENT, call_wait_released(ends.out, &shared.hid, 0));
}

Test(released, any_number_may_wait)
{
	struct waiter waiters[WAITERS];
	struct shared shared;
	struct dmabuf import;

	ends_share(&shared, DMABUF_ODD, 1);
	ends_import(&shared, &import);
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	waiters_start(waiters, WAITERS, &shared.hid);
	dmabuf_free(&import);
	waiters_join(waiters, WAITERS);
}

Test(released, ends_when_the_exporting_file_goes)
{
	struct shared shared;
	struct waiter waiter;

	ends_share(&shared, DMABUF_PAGE, 1);
	waiters_start(&waiter, 1, &shared.hid);
	close(ends.out);
	waiters_join(&waiter, 1);
}

/* Closed and used for something else, the fd means nothing. */
Test(released, is_about_the_buffer_not_the_fd)
{
	struct shared shared;
	struct dmabuf import, other;
	int fd;

	ends_share(&shared, DMABUF_PAGE, 1);
	ends_import(&shared, &import);
	fd = shared.buffer.fd;
	dmabuf_free(&shared.buffer);
	expect(0, dmabuf_alloc(&other, DMABUF_ANY, DMABUF_PAGE));
	expect(fd, dup2(other.fd, fd));
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	expect(-ETIMEDOUT, call_wait_released(ends.out, &shared.hid, 200));
	dmabuf_free(&import);
	released_at_once(&shared.hid);
}

/* A frame of 4K must not take longer to come back than it took to map it. */
Test(released, takes_no_longer_than_mapping)
{
	struct shared shared;
	struct waiter waiter;
	long mapping, release;
	int import;

	expect(0, param_change("cache_ms", 600000));
	ends_share(&shared, DMABUF_4K_FRAME, 1);
	mapping = fence_now();
	import = call_import(ends.in, &shared.hid, O_CLOEXEC);
	mapping = fence_now() - mapping;
	cr_assert_geq(import, 0);
	waiters_start(&waiter, 1, &shared.hid);
	close(import);
	release = fence_now();
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	waiters_join(&waiter, 1);
	release = fence_now() - release;
	cr_assert_leq(release, 2 * mapping + 300, "mapped in %ld ms, released in %ld ms", mapping,
		      release);
}

static void released_handler(int signal)
{
	(void)signal;
}

static void released_wait_long(void *arg)
{
	struct sigaction action = { .sa_handler = released_handler, .sa_flags = SA_RESTART };
	long start = fence_now();

	sigaction(SIGALRM, &action, NULL);
	alarm(1);
	if (call_wait_released(ends.out, arg, 30000) != -EINTR || fence_now() - start < 900)
		_exit(1);
}

Test(released, ends_with_a_signal)
{
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, ends_fork(released_wait_long, &shared.hid));
}

Test(released, can_be_killed)
{
	struct shared shared;
	long start = fence_now();
	pid_t pid;
	int status;

	ends_share(&shared, DMABUF_PAGE, 1);
	pid = fork();
	if (!pid) {
		call_wait_released(ends.out, &shared.hid, 30000);
		_exit(0);
	}
	usleep(200000);
	expect(0, kill(pid, SIGKILL));
	expect(pid, waitpid(pid, &status, 0));
	cr_assert(WIFSIGNALED(status));
	cr_assert_lt(fence_now() - start, 10000);
}

Test(released, no_longer_than_the_module_allows)
{
	struct shared shared;
	long start;

	expect(0, param_change("release_timeout_ms", 300));
	ends_share(&shared, DMABUF_PAGE, 1);
	start = fence_now();
	expect(-ETIMEDOUT, call_wait_released(ends.out, &shared.hid, UINT32_MAX));
	cr_assert_geq(fence_now() - start, 290);
	cr_assert_lt(fence_now() - start, 300 + LATER_MS);
}

Test(released, zero_only_looks)
{
	struct shared shared;
	long start;

	ends_share(&shared, DMABUF_PAGE, 1);
	start = fence_now();
	for (int i = 0; i < 100; i++)
		expect(-ETIMEDOUT, call_wait_released(ends.out, &shared.hid, 0));
	cr_assert_lt(fence_now() - start, LATER_MS);
}

Test(released, unknown_ids_are_enoent)
{
	hyper_dmabuf_id_t wrong, none = { 0 };
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(-ENOENT, call_wait_released(ends.out, &none, 1000));
	for (int i = 0; i < 3; i++) {
		wrong = shared.hid;
		wrong.rng_key[i] ^= 1;
		expect(-ENOENT, call_wait_released(ends.out, &wrong, 1000));
	}
}

Test(released, flags_and_padding_are_einval)
{
	struct ioctl_hyper_dmabuf_wait_released arg = { .size = sizeof(arg) };
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	arg.hid = shared.hid;
	for (int bit = 0; bit < 32; bit++) {
		arg.flags = 1u << bit;
		expect(-EINVAL, call_raw(ends.out, IOCTL_HYPER_DMABUF_WAIT_RELEASED, &arg));
	}
	arg.flags = 0;
	arg.pad = 1;
	expect(-EINVAL, call_raw(ends.out, IOCTL_HYPER_DMABUF_WAIT_RELEASED, &arg));
	arg.pad = 0;
	arg.size = sizeof(arg) - 1;
	expect(-EINVAL, call_raw(ends.out, IOCTL_HYPER_DMABUF_WAIT_RELEASED, &arg));
	arg.size = sizeof(arg);
	expect(-ETIMEDOUT, call_raw(ends.out, IOCTL_HYPER_DMABUF_WAIT_RELEASED, &arg));
}

Test(released, field_of_the_future_is_e2big)
{
	struct {
		struct ioctl_hyper_dmabuf_wait_released call;
		__u64 more;
	} arg = { .call.size = sizeof(arg) };
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	arg.call.hid = shared.hid;
	expect(-ETIMEDOUT, call_raw(ends.out, IOCTL_HYPER_DMABUF_WAIT_RELEASED, &arg));
	arg.more = 1;
	expect(-E2BIG, call_raw(ends.out, IOCTL_HYPER_DMABUF_WAIT_RELEASED, &arg));
}
