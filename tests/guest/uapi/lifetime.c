// SPDX-License-Identifier: MIT
/* Who comes and goes while a buffer is shared: files, fds and whole processes. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "ends.h"

ENDS_SUITE(lifetime);

Test(lifetime, closing_the_file_unexports)
{
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 1);
	close(ends.out);
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
	cr_assert(state_becomes("imports", 0, ENDS_PATIENCE_MS));
	expect(-ENOENT, call_query_value(ends.in, &shared.hid, HYPER_DMABUF_QUERY_TYPE));
}

Test(lifetime, closing_a_dup_unexports_nothing)
{
	struct shared shared;
	struct dmabuf import;

	ends_share(&shared, DMABUF_PAGE, 1);
	close(dup(ends.out));
	usleep(50000);
	ends_import(&shared, &import);
	assert_pattern(import.map, DMABUF_PAGE, 1);
}

Test(lifetime, closing_the_dma_buf_unexports_nothing)
{
	struct shared shared;
	struct dmabuf import;

	ends_share(&shared, DMABUF_ODD, 1);
	dmabuf_free(&shared.buffer);
	usleep(50000);
	shared.buffer.size = DMABUF_ODD;
	ends_import(&shared, &import);
	assert_pattern(import.map, DMABUF_ODD, 1);
}

Test(lifetime, closing_the_file_leaves_the_importer_its_pages)
{
	struct shared shared;
	struct dmabuf import, other;

	ends_share(&shared, DMABUF_8M, 1);
	ends_import(&shared, &import);
	close(ends.out);
	dmabuf_free(&shared.buffer);
	expect(0, dmabuf_alloc(&other, DMABUF_ANY, DMABUF_8M));
	dmabuf_fill(other.map, DMABUF_8M, 99);
	assert_pattern(import.map, DMABUF_8M, 1);
	cr_assert(eventually(call_import(ends.in, &shared.hid, 0) == -EINVAL));
	dmabuf_free(&import);
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
	cr_assert(state_becomes("imports", 0, ENDS_PATIENCE_MS));
	cr_assert(state_becomes("mappings", 0, ENDS_PATIENCE_MS));
}

Test(lifetime, closing_the_importing_file_takes_nothing_away)
{
	struct shared shared;
	int late;

	ends_share(&shared, DMABUF_PAGE, 1);
	close(ends.in);
	usleep(50000);
	late = call_open(CALL_DEVICE, 0);
	cr_assert(call_import(late, &shared.hid, 0) >= 0);
}

Test(lifetime, two_files_share_one_buffer_under_one_id)
{
	struct shared shared;
	hyper_dmabuf_id_t hid;
	int other = call_open(CALL_DEVICE, 0);

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, call_export(other, shared.buffer.fd, ends.domain, NULL, 0, &hid));
	cr_assert(event_same_id(&hid, &shared.hid));
	expect(1, state_read("exports"));
}

Test(lifetime, last_of_two_files_unexports)
{
	struct shared shared;
	struct dmabuf import;
	int other = call_open(CALL_DEVICE, 0);

	ends_share(&shared, DMABUF_PAGE, 1);
	expect(0, call_export(other, shared.buffer.fd, ends.domain, NULL, 0, NULL));
	close(ends.out);
	usleep(50000);
	ends_import(&shared, &import);
	assert_pattern(import.map, DMABUF_PAGE, 1);
	dmabuf_free(&import);
	close(other);
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
	cr_assert(state_becomes("imports", 0, ENDS_PATIENCE_MS));
}

/* What a child that is to be killed tells its parent. */
struct killed {
	hyper_dmabuf_id_t hid;
	volatile int ready;
};

static struct killed *lifetime_killed_new(void)
{
	struct killed *killed = mmap(NULL, sizeof(*killed), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	cr_assert(killed != MAP_FAILED);
	return killed;
}

/* Runs @body until it is ready, and returns its process. */
static pid_t lifetime_start(void (*body)(struct killed *killed), struct killed *killed)
{
	pid_t pid = fork();

	cr_assert(pid >= 0);
	if (!pid) {
		body(killed);
		killed->ready = 1;
		for (;;)
			pause();
	}
	cr_assert(eventually(killed->ready), "the child is not ready");
	return pid;
}

static void lifetime_kill(pid_t pid)
{
	int status;

	expect(0, kill(pid, SIGKILL));
	expect(pid, waitpid(pid, &status, 0));
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void lifetime_export(struct killed *killed)
{
	int dev = call_open(CALL_DEVICE, 0);
	struct dmabuf buffer;

	if (dmabuf_alloc(&buffer, DMABUF_ANY, DMABUF_8M))
		_exit(1);
	dmabuf_fill(buffer.map, DMABUF_8M, 7);
	if (call_export(dev, buffer.fd, ends.domain, NULL, 0, &killed->hid))
		_exit(1);
}

Test(lifetime, killed_exporter_leaves_the_importer_its_pages)
{
	struct shared shared = { .buffer.size = DMABUF_8M };
	struct killed *killed = lifetime_killed_new();
	pid_t pid = lifetime_start(lifetime_export, killed);
	struct dmabuf import;
	struct event event;

	shared.hid = killed->hid;
	cr_assert(event_wait(ends.in, &shared.hid, &event, ENDS_PATIENCE_MS) >= 0);
	ends_import(&shared, &import);
	lifetime_kill(pid);
	cr_assert(eventually(call_query_value(ends.in, &shared.hid,
					      HYPER_DMABUF_QUERY_UNEXPORTED) == 1));
	assert_pattern(import.map, DMABUF_8M, 7);
	expect(-EINVAL, call_import(ends.in, &shared.hid, 0));
	dmabuf_free(&import);
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
}

Test(lifetime, killed_exporter_is_cleaned_up)
{
	struct killed *killed = lifetime_killed_new();
	pid_t pid = lifetime_start(lifetime_export, killed);

	expect(1, state_read("exports"));
	lifetime_kill(pid);
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
	cr_assert(state_becomes("imports", 0, ENDS_PATIENCE_MS));
}

static void lifetime_import(struct killed *killed)
{
	int dev = call_open(CALL_DEVICE, 0);
	struct dmabuf import;
	int fd = call_import(dev, &killed->hid, 0);

	if (fd < 0 || dmabuf_wrap(&import, fd, DMABUF_8M) ||
	    dmabuf_check(import.map, DMABUF_8M, 1) >= 0)
		_exit(1);
}

Test(lifetime, killed_importer_lets_go)
{
	struct killed *killed = lifetime_killed_new();
	struct shared shared;
	pid_t pid;

	ends_share(&shared, DMABUF_8M, 1);
	killed->hid = shared.hid;
	pid = lifetime_start(lifetime_import, killed);
	cr_assert(eventually(call_query_value(ends.out, &shared.hid,
					      HYPER_DMABUF_QUERY_BUSY) == 1));
	lifetime_kill(pid);
	cr_assert(eventually(call_query_value(ends.out, &shared.hid,
					      HYPER_DMABUF_QUERY_BUSY) == 0));
	expect(0, call_unexport(ends.out, &shared.hid, 0));
	cr_assert(state_becomes("exports", 0, ENDS_PATIENCE_MS));
	cr_assert(state_becomes("mappings", 0, ENDS_PATIENCE_MS));
}

Test(lifetime, killed_importer_leaves_another_its_pages)
{
	struct killed *killed = lifetime_killed_new();
	struct shared shared;
	struct dmabuf import;
	pid_t pid;

	ends_share(&shared, DMABUF_8M, 1);
	killed->hid = shared.hid;
	pid = lifetime_start(lifetime_import, killed);
	ends_import(&shared, &import);
	lifetime_kill(pid);
	assert_pattern(import.map, DMABUF_8M, 1);
	expect(1, call_query_value(ends.in, &shared.hid, HYPER_DMABUF_QUERY_BUSY));
}
