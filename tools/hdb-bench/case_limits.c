// SPDX-License-Identifier: MIT
/* Limits of the machine: what all else here is to be seen against. */
#include "cases.h"
#include "touch.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* ---- reading the clock ------------------------------------------------- */

#define CLOCK_READS 100

static const struct case_series clock_series[] = {
	{ "limits/clock", UNIT_NS,
		"reading the clock that everything is timed with, once: the mean of 100 reads" },
	{ 0 },
};

static int clock_open(struct case_context *context, struct err *err)
{
	(void)context;
	(void)err;
	return 0;
}

static int clock_once(struct case_context *context, uint64_t intended, double *values,
		      struct err *err)
{
	uint64_t start = stop_now();

	(void)context;
	(void)intended;
	(void)err;
	for (unsigned int i = 0; i < CLOCK_READS; i++)
		stop_now();
	values[0] = (double)(stop_now() - start) / (CLOCK_READS + 1);
	return 0;
}

static void clock_close(struct case_context *context)
{
	(void)context;
}

const struct case_exercise case_clock = {
	.series = clock_series,
	.transports = CASE_TRANSPORT(TRANSPORT_NONE),
	.depends = "processor, clock source",
	.open = clock_open,
	.once = clock_once,
	.close = clock_close,
};

/* ---- waking somebody up ------------------------------------------------ */

static const struct case_series wakeup_series[] = {
	{ "limits/wakeup", UNIT_NS,
		"write to an eventfd, a thread in poll() wakes up, reads it and writes to another "
		"one, until poll() on that returns: there and back" },
	{ 0 },
};

struct wakeup {
	int there, back;
	pthread_t thread;
	bool running;
};

static bool wakeup_take(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	eventfd_t value;

	return poll(&ready, 1, -1) == 1 && eventfd_read(fd, &value) == 0 && value == 1;
}

static void *wakeup_answer(void *argument)
{
	struct wakeup *wakeup = argument;

	/* Anything but 1 ends it. */
	while (wakeup_take(wakeup->there))
		eventfd_write(wakeup->back, 1);
	return NULL;
}

static void wakeup_close(struct case_context *context)
{
	struct wakeup *wakeup = context->state;

	if (!wakeup)
		return;
	if (wakeup->running) {
		eventfd_write(wakeup->there, 2);
		pthread_join(wakeup->thread, NULL);
	}
	if (wakeup->there >= 0)
		close(wakeup->there);
	if (wakeup->back >= 0)
		close(wakeup->back);
	free(wakeup);
}

static int wakeup_open(struct case_context *context, struct err *err)
{
	struct wakeup *wakeup = calloc(1, sizeof(*wakeup));

	if (!wakeup)
		return err_errno(err, ENOMEM, "wake-up");
	context->state = wakeup;
	wakeup->there = eventfd(0, EFD_CLOEXEC);
	wakeup->back = eventfd(0, EFD_CLOEXEC);
	if (wakeup->there < 0 || wakeup->back < 0)
		return err_errno(err, errno, "no eventfd");
	if (pthread_create(&wakeup->thread, NULL, wakeup_answer, wakeup) != 0)
		return err_set(err, EXIT_FAILED, "no thread");
	wakeup->running = true;
	return 0;
}

static int wakeup_once(struct case_context *context, uint64_t intended, double *values,
		       struct err *err)
{
	struct wakeup *wakeup = context->state;

	if (eventfd_write(wakeup->there, 1) < 0 || !wakeup_take(wakeup->back))
		return err_set(err, EXIT_FAILED, "the eventfd does not work");
	values[0] = (double)(stop_now() - intended);
	return 0;
}

const struct case_exercise case_wakeup = {
	.series = wakeup_series,
	.transports = CASE_TRANSPORT(TRANSPORT_NONE),
	.flags = CASE_PACED,
	.depends = "processor, scheduler",
	.open = wakeup_open,
	.once = wakeup_once,
	.close = wakeup_close,
};

/* ---- copying ----------------------------------------------------------- */

static const struct case_series memcpy_series[] = {
	{ "limits/memcpy", UNIT_BYTES_S,
		"memcpy() of so many bytes from one buffer to another" },
	{ 0 },
};

struct copying {
	void *from, *to;
	uint64_t bytes;
};

static void memcpy_close(struct case_context *context)
{
	struct copying *copying = context->state;

	if (!copying)
		return;
	touch_free(copying->from, copying->bytes);
	touch_free(copying->to, copying->bytes);
	free(copying);
}

static int memcpy_open(struct case_context *context, struct err *err)
{
	struct copying *copying = calloc(1, sizeof(*copying));

	if (!copying)
		return err_errno(err, ENOMEM, "memcpy");
	context->state = copying;
	copying->bytes = context->size->bytes;
	copying->from = touch_alloc(copying->bytes, err);
	copying->to = copying->from ? touch_alloc(copying->bytes, err) : NULL;
	return copying->to ? 0 : -1;
}

static int memcpy_once(struct case_context *context, uint64_t intended, double *values,
		       struct err *err)
{
	struct copying *copying = context->state;
	uint64_t spent;

	(void)err;
	memcpy(copying->to, copying->from, copying->bytes);
	__asm__ volatile("" : : "r"(copying->to) : "memory");
	spent = stop_now() - intended;
	values[0] = (double)copying->bytes * STOP_NS_PER_S / (double)(spent ? spent : 1);
	return 0;
}

const struct case_exercise case_memcpy = {
	.series = memcpy_series,
	.sizes = case_buffer_sizes,
	.transports = CASE_TRANSPORT(TRANSPORT_NONE),
	.depends = "processor, memory, C library",
	.open = memcpy_open,
	.once = memcpy_once,
	.close = memcpy_close,
};
