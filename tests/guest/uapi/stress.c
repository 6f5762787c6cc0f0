// SPDX-License-Identifier: MIT
/* Several threads at the same few buffers; every call may lose, none may break. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "ends.h"

ENDS_SUITE(stress);

#define STRESS_BUFFERS	4
#define STRESS_THREADS	4
#define STRESS_ROUNDS	400

/**
 * struct stress - what all threads work on
 * @buffers: dma-bufs, one page each, filled with their index
 * @hids: their last known ids, read and written without any care
 */
static struct stress {
	struct dmabuf buffers[STRESS_BUFFERS];
	hyper_dmabuf_id_t hids[STRESS_BUFFERS];
} stress;

/* One thread. */
struct stress_thread {
	pthread_t thread;
	unsigned int random;
	int dev;
	int step;
	int bad;
};

/* Each step does one thing to buffer @i, and returns 0 or a negative errno. */
static int stress_export(struct stress_thread *thread, int i)
{
	return call_export(thread->dev, stress.buffers[i].fd, ends.domain, "stress", 6,
			   &stress.hids[i]);
}

static int stress_import(struct stress_thread *thread, int i)
{
	int fd = call_import(thread->dev, &stress.hids[i], O_CLOEXEC);
	void *map;
	int ret = 0;

	if (fd < 0)
		return fd;
	map = mmap(NULL, DMABUF_PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (map != MAP_FAILED) {
		ret = dmabuf_check(map, DMABUF_PAGE, (uint32_t)i) < 0 ? 0 : -EBADMSG;
		munmap(map, DMABUF_PAGE);
	}
	close(fd);
	return ret;
}

static int stress_unexport(struct stress_thread *thread, int i)
{
	return call_unexport(thread->dev, &stress.hids[i], (int)(thread->random % 3));
}

static int stress_query(struct stress_thread *thread, int i)
{
	long value = call_query_value(thread->dev, &stress.hids[i],
				      HYPER_DMABUF_QUERY_TYPE + (int)(thread->random % 8));

	return value < 0 ? (int)value : 0;
}

static int stress_read(struct stress_thread *thread, int i)
{
	struct event event;
	int ret = event_next(thread->dev, &event, 0);

	(void)i;
	return ret < 0 ? ret : 0;
}

static int stress_reopen(struct stress_thread *thread, int i)
{
	(void)i;
	close(thread->dev);
	thread->dev = call_open(CALL_DEVICE, O_NONBLOCK);
	return thread->dev < 0 ? thread->dev : 0;
}

static const struct {
	const char *name;
	int (*run)(struct stress_thread *thread, int i);
} stress_steps[] = {
	{ "export", stress_export },
	{ "export", stress_export },
	{ "import", stress_import },
	{ "import", stress_import },
	{ "unexport", stress_unexport },
	{ "query", stress_query },
	{ "read", stress_read },
	{ "reopen", stress_reopen },
};

#define STRESS_STEPS (sizeof(stress_steps) / sizeof(stress_steps[0]))

/*
 * What a step may give: the buffer is not there (any more), an import that was
 * unexported meanwhile, no event, or a queue that is full for a moment.
 */
static bool stress_allowed(int ret)
{
	static const int allowed[] = {
		0, -ENOENT, -EINVAL, -EAGAIN, -ETIMEDOUT, -EBUSY,
	};

	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (ret == allowed[i])
			return true;
	return false;
}

static void *stress_run(void *arg)
{
	struct stress_thread *thread = arg;

	for (int round = 0; round < STRESS_ROUNDS && !thread->bad; round++) {
		int ret;

		thread->step = rand_r(&thread->random) % (int)STRESS_STEPS;
		ret = stress_steps[thread->step].run(thread, rand_r(&thread->random) %
						     STRESS_BUFFERS);
		if (!stress_allowed(ret))
			thread->bad = ret;
	}
	return NULL;
}

Test(stress, threads_at_the_same_buffers, .timeout = 120)
{
	struct stress_thread threads[STRESS_THREADS];
	char left[256];

	for (int i = 0; i < STRESS_BUFFERS; i++) {
		expect(0, dmabuf_alloc(&stress.buffers[i], DMABUF_ANY, DMABUF_PAGE));
		dmabuf_fill(stress.buffers[i].map, DMABUF_PAGE, (uint32_t)i);
	}
	for (unsigned int i = 0; i < STRESS_THREADS; i++) {
		threads[i] = (struct stress_thread){
			.random = i + 1,
			.dev = call_open(CALL_DEVICE, O_NONBLOCK),
		};
		expect(0, pthread_create(&threads[i].thread, NULL, stress_run, &threads[i]));
	}
	for (int i = 0; i < STRESS_THREADS; i++) {
		pthread_join(threads[i].thread, NULL);
		close(threads[i].dev);
		cr_expect(!threads[i].bad, "thread %d: %s gave %s", i,
			  stress_steps[threads[i].step].name, strerror(-threads[i].bad));
	}
	close(ends.in);
	close(ends.out);
	cr_assert(state_at_rest(ENDS_PATIENCE_MS, left, sizeof(left)), "left behind:%s", left);
}

static void *stress_same_fd(void *arg)
{
	struct stress_thread *thread = arg;

	for (int round = 0; round < STRESS_ROUNDS && !thread->bad; round++)
		thread->bad = stress_import(thread, 0);
	return NULL;
}

/* The last close of one thread races with the first import of another. */
Test(stress, threads_importing_one_buffer, .timeout = 120)
{
	struct stress_thread threads[STRESS_THREADS];
	struct shared shared;

	ends_share(&shared, DMABUF_PAGE, 0);
	stress.hids[0] = shared.hid;
	for (int i = 0; i < STRESS_THREADS; i++) {
		threads[i] = (struct stress_thread){ .dev = ends.in };
		expect(0, pthread_create(&threads[i].thread, NULL, stress_same_fd, &threads[i]));
	}
	for (int i = 0; i < STRESS_THREADS; i++) {
		pthread_join(threads[i].thread, NULL);
		cr_expect(!threads[i].bad, "thread %d: %s", i, strerror(-threads[i].bad));
	}
	cr_assert(eventually(call_query_value(ends.out, &shared.hid,
					      HYPER_DMABUF_QUERY_BUSY) == 0));
}
