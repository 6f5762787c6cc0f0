// SPDX-License-Identifier: MIT
/*
 * What programs do to the mappings of an import. Each check is run in a process of
 * its own, which ends with 0, or says what was wrong.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "share.h"

/* At most this much of a buffer is mapped by the checks that map it many times. */
#define MAPPING_MANY_SIZE	((size_t)16 * DMABUF_PAGE)
/* More than the 127 mappings of one page that Xen counts. */
#define MAPPING_MANY		160

#define MAPPING_THREADS		3
#define MAPPING_STRESS_SECONDS	3

/* No check takes a tenth of this; one that a broken driver holds up has failed by then. */
#define MAPPING_SECONDS		100

/**
 * struct mapping - what a check is about
 * @fd: the import; @size bytes of @seed
 * @writable: the exporter allows to write
 * @why: shared with the process that asked
 */
struct mapping {
	int fd;
	size_t size;
	uint32_t seed;
	bool writable;
	char *why;
	size_t room;
};

static void mapping_fail(const struct mapping *m, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), noreturn));

static void mapping_fail(const struct mapping *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(m->why, m->room, fmt, args);
	va_end(args);
	_exit(1);
}

#define mapping_assert(m, condition) do {						\
	if (!(condition))								\
		mapping_fail(m, "line %d: %s (%s)", __LINE__, #condition,		\
			     strerrorname_np(errno));					\
} while (0)

static char *mapping_map(const struct mapping *m, size_t size, int prot)
{
	char *map = mmap(NULL, size, prot, MAP_SHARED, m->fd, 0);

	mapping_assert(m, map != MAP_FAILED);
	return map;
}

/* Part of the pattern can be checked where it starts at the buffer's beginning. */
static void mapping_intact(const struct mapping *m, const void *map, size_t size)
{
	long at = dmabuf_check(map, size, m->seed);

	if (at >= 0)
		mapping_fail(m, "byte %ld of %zu is wrong", at, size);
}

static void mapping_caught(int sig)
{
	_exit(sig);
}

/* Touches @at in a child. Returns 0, or the signal that it would die of. */
static int mapping_touch(const struct mapping *m, volatile char *at, bool write)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		/* It may fault for ever. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* Or the kernel would tell the log. */
		signal(SIGSEGV, mapping_caught);
		signal(SIGBUS, mapping_caught);
		if (write)
			*at = *at;
		else
			(void)*at;
		_exit(0);
	}
	mapping_assert(m, pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int mapping_write(const struct mapping *m, char *at)
{
	return mapping_touch(m, at, true);
}

static int mapping_read(const struct mapping *m, char *at)
{
	return mapping_touch(m, at, false);
}

static void mapping_write_is_judged(const struct mapping *m, char *at)
{
	int died = mapping_write(m, at);

	if (died != (m->writable ? 0 : SIGBUS))
		mapping_fail(m, "a write ended with signal %d", died);
}

static size_t mapping_many_size(const struct mapping *m)
{
	return m->size < MAPPING_MANY_SIZE ? m->size : MAPPING_MANY_SIZE;
}

/* ---- the checks ---- */

static void mapping_many(const struct mapping *m)
{
	size_t size = mapping_many_size(m);
	char *maps[MAPPING_MANY];

	for (int i = 0; i < MAPPING_MANY; i++)
		maps[i] = mapping_map(m, size, i % 2 ? PROT_READ : PROT_READ | PROT_WRITE);
	for (int i = 0; i < MAPPING_MANY; i++)
		mapping_intact(m, maps[i], size);
	/* Every third, then the others, which are as good as before. */
	for (int i = 0; i < MAPPING_MANY; i += 3)
		mapping_assert(m, !munmap(maps[i], size));
	for (int i = 0; i < MAPPING_MANY; i++)
		if (i % 3)
			mapping_intact(m, maps[i], size);
}

static void mapping_whole(const struct mapping *m)
{
	char *a = mapping_map(m, m->size, PROT_READ);
	char *b = mapping_map(m, m->size, PROT_READ | PROT_WRITE);

	mapping_intact(m, a, m->size);
	mapping_intact(m, b, m->size);
	mapping_write_is_judged(m, b + m->size - 1);
}

static void mapping_part(const struct mapping *m)
{
	char *map = mapping_map(m, m->size, PROT_READ), *whole;
	size_t pages = m->size / DMABUF_PAGE, hole = pages / 3 * DMABUF_PAGE;

	mapping_intact(m, map, m->size);
	mapping_assert(m, !munmap(map + hole, hole));
	mapping_assert(m, mapping_read(m, map + hole) == SIGSEGV);
	mapping_assert(m, mapping_read(m, map + 2 * hole - 1) == SIGSEGV);
	mapping_intact(m, map, hole);
	whole = mapping_map(m, m->size, PROT_READ);
	mapping_assert(m, !memcmp(map + 2 * hole, whole + 2 * hole, m->size - 2 * hole));
	/* The hole, filled again with another part of the buffer. */
	mapping_assert(m, mmap(map + hole, hole, PROT_READ, MAP_SHARED | MAP_FIXED, m->fd, 0) ==
			  map + hole);
	mapping_intact(m, map + hole, hole);
	for (size_t at = 0; at < m->size; at += 2 * DMABUF_PAGE)
		mapping_assert(m, !munmap(map + at, DMABUF_PAGE));
	mapping_intact(m, whole, m->size);
}

static void mapping_fork(const struct mapping *m)
{
	char *map = mapping_map(m, m->size, PROT_READ | PROT_WRITE);
	int status;
	pid_t pid;

	mapping_intact(m, map, m->size / 2 / DMABUF_PAGE * DMABUF_PAGE);
	pid = fork();
	if (!pid) {
		mapping_intact(m, map, m->size);
		/* A grandchild, of which nobody waits for the end. */
		if (!fork())
			_exit(dmabuf_check(map, m->size, m->seed) < 0 ? 0 : 1);
		mapping_write_is_judged(m, map);
		mapping_assert(m, !munmap(map, DMABUF_PAGE));
		_exit(0);
	}
	/* At the same time. */
	mapping_intact(m, map, m->size);
	mapping_assert(m, waitpid(pid, &status, 0) == pid);
	if (status)
		_exit(1);
	mapping_intact(m, map, m->size);
	mapping_write_is_judged(m, map + DMABUF_PAGE);
}

static void mapping_move(const struct mapping *m)
{
	char *map = mapping_map(m, m->size, PROT_READ | PROT_WRITE);
	char *place = mmap(NULL, m->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t half = m->size / DMABUF_PAGE / 2 * DMABUF_PAGE;

	mapping_intact(m, map, m->size);
	mapping_assert(m, place != MAP_FAILED);
	/* The second half to where the first is to follow. */
	mapping_assert(m, mremap(map + half, m->size - half, m->size - half,
				 MREMAP_MAYMOVE | MREMAP_FIXED, place + half) == place + half);
	mapping_intact(m, map, half);
	mapping_assert(m, mremap(map, half, half, MREMAP_MAYMOVE | MREMAP_FIXED, place) == place);
	mapping_intact(m, place, m->size);
	mapping_write_is_judged(m, place);
	mapping_write_is_judged(m, place + half);
	mapping_assert(m, mapping_read(m, map) == SIGSEGV);
	/* Shrinks, never grows. */
	mapping_assert(m, mremap(place + half, m->size - half, m->size, MREMAP_MAYMOVE) ==
			  MAP_FAILED);
	if (half > DMABUF_PAGE)
		mapping_assert(m, mremap(place, half, DMABUF_PAGE, 0) == place);
	mapping_intact(m, place, DMABUF_PAGE);
}

static void mapping_protect(const struct mapping *m)
{
	char *map = mapping_map(m, m->size, PROT_READ);
	size_t middle = m->size / DMABUF_PAGE / 2 * DMABUF_PAGE;

	mapping_intact(m, map, m->size);
	mapping_assert(m, mapping_write(m, map) == SIGSEGV);
	mapping_assert(m, !mprotect(map + middle, DMABUF_PAGE, PROT_NONE));
	mapping_assert(m, mapping_read(m, map + middle) == SIGSEGV);
	mapping_intact(m, map, middle);
	mapping_assert(m, !mprotect(map + middle, DMABUF_PAGE, PROT_READ | PROT_WRITE));
	mapping_write_is_judged(m, map + middle);
	mapping_assert(m, !mprotect(map, m->size, PROT_READ | PROT_WRITE));
	mapping_write_is_judged(m, map);
	mapping_intact(m, map, m->size);
	mapping_assert(m, !mprotect(map, m->size, PROT_READ));
	mapping_assert(m, mapping_write(m, map) == SIGSEGV);
	mapping_intact(m, map, m->size);
}

/* Advice is followed or refused; the contents stay. */
static void mapping_advice(const struct mapping *m)
{
	static const int advice[] = {
		MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_DONTNEED,
		MADV_FREE, MADV_REMOVE, MADV_DONTFORK, MADV_DOFORK, MADV_MERGEABLE,
		MADV_UNMERGEABLE, MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_DONTDUMP, MADV_DODUMP,
		MADV_WIPEONFORK, MADV_KEEPONFORK, MADV_COLD, MADV_PAGEOUT, MADV_POPULATE_READ,
		MADV_POPULATE_WRITE, MADV_HWPOISON, 25 /* MADV_COLLAPSE */,
	};
	char *map = mapping_map(m, m->size, PROT_READ | PROT_WRITE);

	for (size_t i = 0; i < sizeof(advice) / sizeof(advice[0]); i++) {
		mapping_intact(m, map, m->size);
		madvise(map, m->size, advice[i]);
	}
	mapping_intact(m, map, m->size);
	mlock(map, m->size);
	msync(map, m->size, MS_SYNC | MS_INVALIDATE);
	mapping_intact(m, map, m->size);
	munlock(map, m->size);
	mapping_write_is_judged(m, map);
}

/* What MADV_DONTFORK keeps from children comes back with MADV_DOFORK. */
static void mapping_dontfork(const struct mapping *m)
{
	char *map = mapping_map(m, m->size, PROT_READ);

	mapping_intact(m, map, m->size);
	mapping_assert(m, !madvise(map, m->size, MADV_DONTFORK));
	mapping_assert(m, mapping_read(m, map) == SIGSEGV);
	mapping_assert(m, !madvise(map, m->size, MADV_DOFORK));
	mapping_assert(m, mapping_read(m, map) == 0);
	mapping_intact(m, map, m->size);
}

/* The kernel in the name of the process: reads, does not write, does not pin. */
static void mapping_kernel(const struct mapping *m)
{
	char *map = mapping_map(m, m->size, PROT_READ | PROT_WRITE);
	char *untouched = mapping_map(m, m->size, PROT_READ | PROT_WRITE);
	struct iovec local = { .iov_base = "evil", .iov_len = 4 };
	struct iovec remote = { .iov_base = map, .iov_len = 4 };
	char page[DMABUF_PAGE];
	int pipes[2], mem;

	mapping_assert(m, !pipe(pipes));
	mapping_assert(m, write(pipes[1], untouched, DMABUF_PAGE) == DMABUF_PAGE);
	mapping_assert(m, read(pipes[0], page, DMABUF_PAGE) == DMABUF_PAGE);
	mapping_intact(m, page, DMABUF_PAGE);
	if (!m->writable) {
		mapping_assert(m, write(pipes[1], "evil", 4) == 4);
		mapping_assert(m, read(pipes[0], map, 4) == -1 && errno == EFAULT);
	}
	mapping_assert(m, process_vm_writev(getpid(), &local, 1, &remote, 1, 0) == -1);
	mapping_assert(m, vmsplice(pipes[1], &remote, 1, SPLICE_F_GIFT) == -1);
	mem = open("/proc/self/mem", O_RDWR);
	mapping_assert(m, mem >= 0);
	mapping_assert(m, pwrite(mem, "evil", 4, (off_t)(uintptr_t)map) == -1);
	mapping_intact(m, map, m->size);
}

static void mapping_private(const struct mapping *m)
{
	mapping_assert(m, mmap(NULL, m->size, PROT_READ, MAP_PRIVATE, m->fd, 0) == MAP_FAILED);
	mapping_assert(m, mmap(NULL, m->size + DMABUF_PAGE, PROT_READ, MAP_SHARED, m->fd, 0) ==
			  MAP_FAILED);
	mapping_assert(m, mmap(NULL, m->size, PROT_READ, MAP_SHARED, m->fd, DMABUF_PAGE) ==
			  MAP_FAILED);
}

/* Ends in every way, with everything mapped and nothing let go. */
static void mapping_exit(const struct mapping *m)
{
	int status;

	for (int way = 0; way < 4; way++) {
		pid_t pid = fork();

		if (!pid) {
			mapping_intact(m, mapping_map(m, m->size, PROT_READ), m->size);
			mapping_intact(m, mapping_map(m, m->size, PROT_READ), m->size);
			if (way == 1)
				raise(SIGKILL);
			if (way == 2)
				execl("/bin/busybox", "busybox", "true", NULL);
			if (way == 3)
				abort();
			_exit(0);
		}
		mapping_assert(m, waitpid(pid, &status, 0) == pid);
		if (way == 1)
			mapping_assert(m, WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		else if (way == 3)
			mapping_assert(m, WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
		else
			mapping_assert(m, WIFEXITED(status));
	}
}

/* ---- everything at once ---- */

struct mapping_thread {
	const struct mapping *m;
	unsigned int random;
	pthread_t thread;
	const char *wrong;
};

static atomic_bool mapping_over;

/* Held where an address is chosen, and where one is free that is not to be chosen. */
static pthread_mutex_t mapping_place = PTHREAD_MUTEX_INITIALIZER;

static size_t mapping_random(struct mapping_thread *t, size_t below)
{
	return (size_t)rand_r(&t->random) % below;
}

static char *mapping_churn_map(const struct mapping *m, size_t size)
{
	char *map;

	pthread_mutex_lock(&mapping_place);
	map = mmap(NULL, size, PROT_READ, MAP_SHARED, m->fd, 0);
	pthread_mutex_unlock(&mapping_place);
	return map;
}

/* Returns where it is then. */
static char *mapping_churn_move(char *map, size_t size)
{
	char *moved;

	pthread_mutex_lock(&mapping_place);
	moved = mremap(map, size, size, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
	if (moved != MAP_FAILED) {
		munmap(map, size);
	} else {
		moved = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		moved = mremap(map, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, moved);
	}
	pthread_mutex_unlock(&mapping_place);
	return moved;
}

/* Unmaps the end, while other threads fault in the tables that its entries share. */
static void mapping_churn_end(const struct mapping *m, char *map, size_t from, size_t size)
{
	(void)*(volatile char *)(map + from);
	pthread_mutex_lock(&mapping_place);
	munmap(map + from, size - from);
	mmap(map + from, size - from, PROT_READ, MAP_SHARED | MAP_FIXED, m->fd, (off_t)from);
	pthread_mutex_unlock(&mapping_place);
}

static void mapping_fork_and_read(const char *at, size_t size, uint32_t seed)
{
	pid_t pid = fork();

	if (!pid)
		_exit(dmabuf_check(at, size, seed) < 0 ? 0 : 1);
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void *mapping_churn(void *arg)
{
	struct mapping_thread *t = arg;
	const struct mapping *m = t->m;
	size_t size = mapping_many_size(m), pages = size / DMABUF_PAGE;

	while (!atomic_load(&mapping_over) && !t->wrong) {
		char *map = mapping_churn_map(m, size);
		size_t from = mapping_random(t, pages) * DMABUF_PAGE;

		if (map == MAP_FAILED) {
			t->wrong = "cannot map";
			break;
		}
		switch (mapping_random(t, 6)) {
		case 0:
			mprotect(map + from, size - from, PROT_NONE);
			mprotect(map + from, size - from, PROT_READ);
			break;
		case 1:
			mapping_fork_and_read(map, size, m->seed);
			break;
		case 2:
			map = mapping_churn_move(map, size);
			break;
		case 3:
			madvise(map + from, size - from, MADV_DONTNEED);
			break;
		case 4:
			mapping_churn_end(m, map, from, size);
			break;
		default:
			break;
		}
		if (map == MAP_FAILED)
			t->wrong = "cannot move";
		else if (dmabuf_check(map, size, m->seed) >= 0)
			t->wrong = "wrong contents";
		munmap(map, size);
	}
	return NULL;
}

static void mapping_stress(const struct mapping *m)
{
	struct mapping_thread threads[MAPPING_THREADS];
	char *map = mapping_map(m, m->size, PROT_READ);
	time_t end = time(NULL) + MAPPING_STRESS_SECONDS;

	for (int i = 0; i < MAPPING_THREADS; i++) {
		threads[i] = (struct mapping_thread){ .m = m, .random = (unsigned int)i + 1 };
		mapping_assert(m, !pthread_create(&threads[i].thread, NULL, mapping_churn,
						  &threads[i]));
	}
	/* Half of it goes and comes, in the midst of all that. */
	while (time(NULL) < end) {
		mapping_assert(m, !mprotect(map, m->size, PROT_NONE));
		mapping_assert(m, !mprotect(map, m->size, PROT_READ));
		mapping_intact(m, map, m->size);
	}
	atomic_store(&mapping_over, true);
	for (int i = 0; i < MAPPING_THREADS; i++)
		mapping_assert(m, !pthread_join(threads[i].thread, NULL));
	for (int i = 0; i < MAPPING_THREADS; i++)
		if (threads[i].wrong)
			mapping_fail(m, "thread %d: %s", i, threads[i].wrong);
}

static const struct {
	const char *name;
	void (*run)(const struct mapping *m);
} mapping_checks[] = {
	{ "whole", mapping_whole },
	{ "many", mapping_many },
	{ "part", mapping_part },
	{ "fork", mapping_fork },
	{ "move", mapping_move },
	{ "protect", mapping_protect },
	{ "advice", mapping_advice },
	{ "dontfork", mapping_dontfork },
	{ "kernel", mapping_kernel },
	{ "private", mapping_private },
	{ "exit", mapping_exit },
	{ "stress", mapping_stress },
};

/* Returns 0 when @pid ended well. Whoever cannot be killed is left behind. */
static int mapping_wait(pid_t pid, char *why, size_t room)
{
	struct pollfd ended = { .fd = pidfd_open(pid, 0), .events = POLLIN };
	int status;

	if (ended.fd >= 0 && poll(&ended, 1, MAPPING_SECONDS * 1000) == 0) {
		kill(pid, SIGKILL);
		snprintf(why, room, "it did not end within %d s", MAPPING_SECONDS);
		close(ended.fd);
		return -1;
	}
	close(ended.fd);
	if (waitpid(pid, &status, 0) == pid && !status)
		return 0;
	if (!*why)
		snprintf(why, room, "it died");
	return -1;
}

int mapping_check(const char *name, int fd, size_t size, uint32_t seed, bool writable, char *why,
		  size_t room)
{
	struct mapping m = { .fd = fd, .size = size, .seed = seed, .writable = writable };
	int ret = -1;
	pid_t pid;

	m.room = room;
	m.why = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	snprintf(why, room, "no such check");
	for (size_t i = 0; i < sizeof(mapping_checks) / sizeof(mapping_checks[0]); i++) {
		if (strcmp(mapping_checks[i].name, name))
			continue;
		pid = fork();
		if (!pid) {
			mapping_checks[i].run(&m);
			_exit(0);
		}
		ret = pid > 0 ? mapping_wait(pid, m.why, room) : -1;
		snprintf(why, room, "%s", m.why);
	}
	munmap(m.why, room);
	return ret;
}
