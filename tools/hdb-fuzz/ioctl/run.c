// SPDX-License-Identifier: MIT
#include "run_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- what there is ---- */

static int run_fds[RUN_KINDS][RUN_SLOTS];
hyper_dmabuf_id_t run_ids[RUN_SLOTS];
uint32_t run_own;
static const struct run_hooks *run_hooks;
int run_tids[RUN_THREADS + 1];
int run_memfd = -1;

static struct run_arena run_arenas[RUN_THREADS + 1];

void run_wrong(const char *format, ...)
{
	char text[200];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (run_hooks->wrong)
		run_hooks->wrong(text);
}

bool run_is_fd(struct run_value value)
{
	return value.kind >= RUN_DEV && value.kind < RUN_KINDS;
}

unsigned int run_slot(struct run_value value)
{
	return value.number % RUN_SLOTS;
}

int run_fd(struct run_value value)
{
	if (!run_is_fd(value))
		return (int)value.number;
	return __atomic_load_n(&run_fds[value.kind][run_slot(value)], __ATOMIC_RELAXED);
}

int run_own_fd(struct run_value value)
{
	return run_is_fd(value) ? run_fd(value) : -1;
}

void run_keep(enum run_kind kind, struct run_value value, int fd)
{
	int old = __atomic_exchange_n(&run_fds[kind][run_slot(value)], fd, __ATOMIC_RELAXED);

	if (old >= 0)
		close(old);
}

hyper_dmabuf_id_t run_id(struct run_value value)
{
	hyper_dmabuf_id_t id = { .id = (int)value.number };

	return value.kind == RUN_ID ? run_ids[run_slot(value)] : id;
}

uint32_t run_number(struct run_value value)
{
	return value.kind == RUN_OWN ? run_own : (uint32_t)value.number;
}

long run_result(long result)
{
	return result < 0 ? -errno : result;
}

/* ---- programs ---- */

static int run_fail_open(void)
{
	return open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
}

static long run_handle(struct run_thread *thread, const struct run_call *call)
{
	run_handler handler = run_call_handlers[call->name];

	if (call->name == RUN_RESET) {
		if (!thread->sequential)
			return -EBUSY;
		run_reset();
		return 0;
	}
	return (handler ? handler : run_object_handlers[call->name])(thread, call->arg);
}

static void run_one(struct run_thread *thread, const struct run_call *call, size_t index)
{
	bool injected = false;
	char text[16] = "";
	long result;
	int fail = -1;

	if (run_hooks->before)
		run_hooks->before(index);
	if (call->fail) {
		fail = run_fail_open();
		snprintf(text, sizeof(text), "%u", call->fail);
		if (fail >= 0 && write(fail, text, strlen(text)) < 0)
			text[0] = '\0';
	}
	result = run_handle(thread, call);
	if (fail >= 0) {
		/* It says how many more would have had to be made. */
		memset(text, 0, sizeof(text));
		injected = pread(fail, text, sizeof(text) - 1, 0) > 0 && atoi(text) == 0;
		if (pwrite(fail, "0", 1, 0) < 0)
			injected = false;
		close(fail);
	}
	if (run_hooks->after)
		run_hooks->after(index, result, injected);
}

struct run_block {
	struct run_thread thread;
	const struct run_call *calls;
	size_t first, end;
	pthread_barrier_t *start;
	pthread_t pthread;
};

static void *run_block_thread(void *data)
{
	struct run_block *block = data;
	int *tid = &run_tids[block->thread.index];

	if (run_hooks->begin)
		run_hooks->begin(block->thread.index);
	__atomic_store_n(tid, (int)syscall(SYS_gettid), __ATOMIC_RELAXED);
	pthread_barrier_wait(block->start);
	for (size_t i = block->first; i < block->end; i++)
		if (block->calls[i].thread == block->thread.index)
			run_one(&block->thread, &block->calls[i], i);
	__atomic_store_n(tid, 0, __ATOMIC_RELAXED);
	if (run_hooks->end)
		run_hooks->end(block->thread.index);
	return NULL;
}

/* All that stands together for threads. */
static void run_block(const struct run_call *calls, size_t first, size_t end)
{
	struct run_block blocks[RUN_THREADS + 1];
	bool used[RUN_THREADS + 1] = { false };
	pthread_barrier_t start;
	unsigned int count = 0;

	for (size_t i = first; i < end; i++) {
		if (!used[calls[i].thread])
			count++;
		used[calls[i].thread] = true;
	}
	pthread_barrier_init(&start, NULL, count);
	for (int i = 1; i <= RUN_THREADS; i++) {
		blocks[i] = (struct run_block){
			.thread = { .index = i, .arena = run_arenas[i] }, .calls = calls,
			.first = first, .end = end, .start = &start,
		};
		if (used[i] && pthread_create(&blocks[i].pthread, NULL, run_block_thread,
					      &blocks[i]))
			abort();
	}
	for (int i = 1; i <= RUN_THREADS; i++)
		if (used[i])
			pthread_join(blocks[i].pthread, NULL);
	pthread_barrier_destroy(&start);
}

void run_program(const struct run_call *calls, size_t count)
{
	struct run_thread main_thread = { .arena = run_arenas[0], .sequential = true };
	size_t end;

	for (size_t i = 0; i < count; i = end) {
		end = i + 1;
		if (!calls[i].thread) {
			run_one(&main_thread, &calls[i], i);
			continue;
		}
		while (end < count && calls[end].thread)
			end++;
		run_block(calls, i, end);
	}
}

void run_reset(void)
{
	run_objects_reset();
	memset(run_ids, 0, sizeof(run_ids));
}

static void run_ignore(int number)
{
	(void)number;
}

int run_init(const struct run_hooks *hooks)
{
	struct sigaction action = { .sa_handler = run_ignore };
	struct ioctl_hyper_dmabuf_links links = { .size = sizeof(links) };
	int dev;

	run_hooks = hooks;
	memset(run_fds, 0xff, sizeof(run_fds));
	sigaction(SIGUSR1, &action, NULL);
	run_memfd = memfd_create("hdb-fuzz-arguments", MFD_CLOEXEC);
	if (run_memfd < 0 || ftruncate(run_memfd, 64 * RUN_PAGE))
		return -1;
	for (int i = 0; i <= RUN_THREADS; i++) {
		uint8_t *at = mmap(NULL, 2 * RUN_ROOM + 2 * RUN_PAGE, PROT_NONE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (at == MAP_FAILED ||
		    mmap(at, RUN_ROOM, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, run_memfd,
			 (i + 5) * (off_t)RUN_ROOM) == MAP_FAILED ||
		    mmap(at + RUN_ROOM + RUN_PAGE, RUN_ROOM, PROT_READ, MAP_SHARED | MAP_FIXED,
			 run_memfd, (i + 5) * (off_t)RUN_ROOM) == MAP_FAILED)
			return -1;
		run_arenas[i] = (struct run_arena){ at, at + RUN_ROOM + RUN_PAGE };
	}
	run_objects_init();
	dev = open("/dev/hyper_dmabuf", O_RDWR | O_CLOEXEC);
	if (dev < 0 || ioctl(dev, IOCTL_HYPER_DMABUF_LINKS, &links))
		return -1;
	run_own = links.own_domain;
	close(dev);
	return 0;
}
