// SPDX-License-Identifier: MIT
/* The driver's calls, and what their answers must not be. */
#include "run_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * Where the @size bytes of @from are for the kernel to read, as @how says; what it may write is
 * fetched by run_fetch().
 */
static void *run_place(const struct run_thread *thread, struct run_value how, const void *from,
		       size_t size)
{
	uint8_t *end = thread->arena.pages + RUN_ROOM;

	if (size > RUN_ROOM)
		size = RUN_ROOM;
	switch (how.number % RUN_POINTERS) {
	case RUN_NULL:
		return NULL;
	case RUN_UNMAPPED:
		return end;
	case RUN_KERNEL:
		return (void *)0xffff888000001000;
	case RUN_SPLIT:
		memcpy(end - size / 2, from, size / 2);
		return end - size / 2;
	case RUN_READONLY:
		memcpy(end - size, from, size);
		return thread->arena.readonly + RUN_ROOM - size;
	default:
		memcpy(end - size, from, size);
		return end - size;
	}
}

static bool run_fetch(struct run_value how, const void *at, void *to, size_t size)
{
	if (how.number % RUN_POINTERS != RUN_GOOD && how.number % RUN_POINTERS != RUN_READONLY)
		return false;
	memcpy(to, at, size);
	return true;
}

/* One call of the driver with a struct that it may write to. */
static long run_call(const struct run_thread *thread, struct run_value dev, unsigned long cmd,
		     struct run_value how, void *arg, size_t size)
{
	void *at = run_place(thread, how, arg, size);
	long result = run_result(ioctl(run_fd(dev), cmd, at));

	run_fetch(how, at, arg, size);
	return result;
}

static bool run_zero(const void *at, size_t size)
{
	const uint8_t *byte = at;

	while (size--)
		if (*byte++)
			return false;
	return true;
}

/* tx_ch_setup dev domain arg */
static long run_tx_ch_setup(struct run_thread *thread, const struct run_value *a)
{
	struct ioctl_hyper_dmabuf_tx_ch_setup arg = { .remote_domain = (int)run_number(a[1]) };

	return run_call(thread, a[0], IOCTL_HYPER_DMABUF_TX_CH_SETUP, a[2], &arg, sizeof(arg));
}

static long run_rx_ch_setup(struct run_thread *thread, const struct run_value *a)
{
	struct ioctl_hyper_dmabuf_rx_ch_setup arg = { .source_domain = (int)run_number(a[1]) };

	return run_call(thread, a[0], IOCTL_HYPER_DMABUF_RX_CH_SETUP, a[2], &arg, sizeof(arg));
}

/* Private data: below the struct, in the first page. */
static char *run_priv(const struct run_thread *thread, struct run_value how, uint64_t size)
{
	uint8_t *pages = thread->arena.pages;

	switch (how.number % RUN_POINTERS) {
	case RUN_GOOD:
		memset(pages, 0x40 + thread->index, RUN_PAGE);
		return (char *)pages;
	case RUN_SPLIT:
		return (char *)pages + RUN_ROOM - (size < RUN_PAGE ? size / 2 : 1);
	case RUN_READONLY:
		return (char *)thread->arena.readonly;
	default:
		return run_place(thread, how, pages, 0);
	}
}

static void run_exported(const struct run_thread *thread, long result, struct run_value arg,
			 struct run_value out, const hyper_dmabuf_id_t *id)
{
	if (result < 0 || arg.number % RUN_POINTERS != RUN_GOOD)
		return;
	run_ids[run_slot(out)] = *id;
	if (thread->sequential && id->id <= 0)
		run_wrong("a buffer was shared with the id %d", id->id);
}

/* export_remote dev dmabuf domain out sz_priv priv arg */
static long run_export_remote(struct run_thread *thread, const struct run_value *a)
{
	struct ioctl_hyper_dmabuf_export_remote arg = {
		.dmabuf_fd = run_fd(a[1]),
		.remote_domain = (int)run_number(a[2]),
		.sz_priv = (int)a[4].number,
		.priv = run_priv(thread, a[5], a[4].number),
	};
	long result = run_call(thread, a[0], IOCTL_HYPER_DMABUF_EXPORT_REMOTE, a[6], &arg,
			       sizeof(arg));

	run_exported(thread, result, a[6], a[3], &arg.hid);
	return result;
}

/* export_short dev dmabuf domain out arg */
static long run_export_short(struct run_thread *thread, const struct run_value *a)
{
	struct ioctl_hyper_dmabuf_export_remote_short arg = {
		.dmabuf_fd = run_fd(a[1]),
		.remote_domain = (int)run_number(a[2]),
	};
	long result = run_call(thread, a[0], IOCTL_HYPER_DMABUF_EXPORT_REMOTE_SHORT, a[4], &arg,
			       sizeof(arg));

	run_exported(thread, result, a[4], a[3], &arg.hid);
	return result;
}

/* export_fd dev id flags out arg */
static long run_export_fd(struct run_thread *thread, const struct run_value *a)
{
	struct ioctl_hyper_dmabuf_export_fd arg = {
		.hid = run_id(a[1]), .flags = (int)a[2].number, .fd = -1,
	};
	long result = run_call(thread, a[0], IOCTL_HYPER_DMABUF_EXPORT_FD, a[4], &arg, sizeof(arg));
	int flags;

	if (result < 0 || a[4].number % RUN_POINTERS != RUN_GOOD)
		return result;
	flags = fcntl(arg.fd, F_GETFD);
	if (flags < 0)
		run_wrong("export_fd gave the fd %d, which is not open", arg.fd);
	else if (thread->sequential && !(flags & FD_CLOEXEC) != !(arg.flags & O_CLOEXEC))
		run_wrong("export_fd with flags %#x: FD_CLOEXEC is not what was asked", arg.flags);
	run_keep(RUN_IMPORT, a[3], arg.fd);
	return result;
}

/* unexport dev id delay arg */
static long run_unexport(struct run_thread *thread, const struct run_value *a)
{
	struct ioctl_hyper_dmabuf_unexport arg = {
		.hid = run_id(a[1]), .delay_ms = (int)a[2].number, .status = 77,
	};
	long result = run_call(thread, a[0], IOCTL_HYPER_DMABUF_UNEXPORT, a[3], &arg, sizeof(arg));

	if (thread->sequential && !result && a[3].number % RUN_POINTERS == RUN_GOOD && arg.status)
		run_wrong("unexport: status is %d", arg.status);
	return result;
}

static void run_check_answer(const struct run_thread *thread, int item, unsigned long answer)
{
	bool wrong = false;

	switch (item) {
	case HYPER_DMABUF_QUERY_TYPE:
		wrong = answer != EXPORTED && answer != IMPORTED;
		break;
	case HYPER_DMABUF_QUERY_SIZE:
		wrong = !answer || answer % RUN_PAGE;
		break;
	case HYPER_DMABUF_QUERY_BUSY:
	case HYPER_DMABUF_QUERY_UNEXPORTED:
	case HYPER_DMABUF_QUERY_DELAYED_UNEXPORTED:
		wrong = answer > 1;
		break;
	case HYPER_DMABUF_QUERY_PRIV_INFO_SIZE:
		wrong = answer > MAX_SIZE_PRIV_DATA;
		break;
	}
	if (wrong && thread->sequential)
		run_wrong("query of item %#x says %lu", item, answer);
}

/* Bytes of private data, or the most that there may be. */
static int run_priv_size(const struct run_value *a)
{
	struct ioctl_hyper_dmabuf_query arg = {
		.hid = run_id(a[1]), .item = HYPER_DMABUF_QUERY_PRIV_INFO_SIZE,
	};

	if (ioctl(run_fd(a[0]), IOCTL_HYPER_DMABUF_QUERY, &arg) || arg.info > MAX_SIZE_PRIV_DATA)
		return MAX_SIZE_PRIV_DATA;
	return (int)arg.info;
}

/* Private data, which may be renewed at any time: what is behind it must stay as it was. */
static long run_query_priv(struct run_thread *thread, const struct run_value *a)
{
	char *info = run_priv(thread, a[3], MAX_SIZE_PRIV_DATA);
	struct ioctl_hyper_dmabuf_query arg = {
		.hid = run_id(a[1]), .item = HYPER_DMABUF_QUERY_PRIV_INFO,
		.info = (unsigned long)info,
	};
	bool good = a[3].number % RUN_POINTERS == RUN_GOOD;
	int before, after;
	long result;

	if (good)
		memset(info, RUN_CANARY, RUN_PAGE);
	before = run_priv_size(a);
	result = run_call(thread, a[0], IOCTL_HYPER_DMABUF_QUERY, a[4], &arg, sizeof(arg));
	after = run_priv_size(a);
	if (!good || before != after || !thread->sequential)
		return result;
	for (int i = result ? 0 : before; i < 1024; i++)
		if ((uint8_t)info[i] != RUN_CANARY) {
			run_wrong("query of %d bytes of private data wrote byte %d (%ld)", before,
				  i, result);
			break;
		}
	return result;
}

/* query dev id item info arg; info: a pointer for PRIV_INFO */
static long run_query(struct run_thread *thread, const struct run_value *a)
{
	struct ioctl_hyper_dmabuf_query arg = { .hid = run_id(a[1]), .item = (int)a[2].number };
	long result;

	if (arg.item == HYPER_DMABUF_QUERY_PRIV_INFO)
		return run_query_priv(thread, a);
	result = run_call(thread, a[0], IOCTL_HYPER_DMABUF_QUERY, a[4], &arg, sizeof(arg));
	if (!result && a[4].number % RUN_POINTERS == RUN_GOOD)
		run_check_answer(thread, arg.item, arg.info);
	return result;
}

/* links dev count links arg size flags */
static long run_links(struct run_thread *thread, const struct run_value *a)
{
	struct ioctl_hyper_dmabuf_links arg = {
		.size = (uint32_t)a[4].number, .flags = (uint32_t)a[5].number,
		.count = (uint32_t)a[1].number,
	};
	struct hyper_dmabuf_link *links;
	long result;

	links = (void *)run_priv(thread, a[2], a[1].number * sizeof(*links));
	arg.links = (uintptr_t)links;
	result = run_call(thread, a[0], IOCTL_HYPER_DMABUF_LINKS, a[3], &arg, sizeof(arg));
	if (result || a[2].number % RUN_POINTERS || a[3].number % RUN_POINTERS)
		return result;
	if (arg.size == sizeof(arg) && arg.own_domain != run_own)
		run_wrong("links: own domain %u, not %u", arg.own_domain, run_own);
	for (uint32_t i = 0; i < arg.count && i < a[1].number && i < 16; i++) {
		size_t length = strnlen(links[i].name, sizeof(links[i].name));

		if (links[i].pad || links[i].state > HYPER_DMABUF_LINK_CONNECTED ||
		    !run_zero(links[i].name + length, sizeof(links[i].name) - length))
			run_wrong("links: what is behind entry %u is not zero", i);
	}
	return result;
}

/* export dev dmabuf domain out sz_priv priv flags arg size pad */
static long run_export(struct run_thread *thread, const struct run_value *a)
{
	struct ioctl_hyper_dmabuf_export arg = {
		.size = (uint32_t)a[8].number,
		.flags = (uint32_t)a[6].number,
		.dmabuf_fd = run_fd(a[1]),
		.remote_domain = run_number(a[2]),
		.sz_priv = (uint32_t)a[4].number,
		.pad = (uint32_t)a[9].number,
		.priv = (uintptr_t)run_priv(thread, a[5], a[4].number),
	};
	long result = run_call(thread, a[0], IOCTL_HYPER_DMABUF_EXPORT, a[7], &arg, sizeof(arg));

	run_exported(thread, result, a[7], a[3], &arg.hid);
	return result;
}

/* fence_send dev id flags fence arg size */
static long run_fence_send(struct run_thread *thread, const struct run_value *a)
{
	struct ioctl_hyper_dmabuf_fence_send arg = {
		.size = (uint32_t)a[5].number,
		.flags = (uint32_t)a[2].number,
		.hid = run_id(a[1]),
		.fence_fd = run_fd(a[3]),
	};

	return run_call(thread, a[0], IOCTL_HYPER_DMABUF_FENCE_SEND, a[4], &arg, sizeof(arg));
}

/* wait_released dev id timeout arg size flags pad */
static long run_wait_released(struct run_thread *thread, const struct run_value *a)
{
#ifdef IOCTL_HYPER_DMABUF_WAIT_RELEASED
	struct ioctl_hyper_dmabuf_wait_released arg = {
		.size = (uint32_t)a[4].number,
		.flags = (uint32_t)a[5].number,
		.hid = run_id(a[1]),
		/* Not seconds of nothing else. */
		.timeout_ms = (uint32_t)a[2].number % 32,
		.pad = (uint32_t)a[6].number,
	};

	return run_call(thread, a[0], IOCTL_HYPER_DMABUF_WAIT_RELEASED, a[3], &arg, sizeof(arg));
#else
	(void)thread;
	(void)a;
	return -EOPNOTSUPP;
#endif
}

/* capabilities dev arg size flags */
static long run_capabilities(struct run_thread *thread, const struct run_value *a)
{
	struct ioctl_hyper_dmabuf_capabilities arg = {
		.size = (uint32_t)a[2].number, .flags = (uint32_t)a[3].number,
	};
	long result = run_call(thread, a[0], IOCTL_HYPER_DMABUF_CAPABILITIES, a[1], &arg,
			       sizeof(arg));

	if (!result && a[1].number % RUN_POINTERS == RUN_GOOD &&
	    arg.max_priv != MAX_SIZE_PRIV_DATA)
		run_wrong("capabilities: max_priv is %u", arg.max_priv);
	return result;
}

/* id_of_fd dev fd out flags domain arg size pad */
static long run_id_of_fd(struct run_thread *thread, const struct run_value *a)
{
	struct ioctl_hyper_dmabuf_id_of_fd arg = {
		.size = (uint32_t)a[6].number, .flags = (uint32_t)a[3].number,
		.fd = run_fd(a[1]), .domain = run_number(a[4]), .pad = (uint32_t)a[7].number,
	};
	long result = run_call(thread, a[0], IOCTL_HYPER_DMABUF_ID_OF_FD, a[5], &arg, sizeof(arg));

	if (result || a[5].number % RUN_POINTERS)
		return result;
	run_ids[run_slot(a[2])] = arg.hid;
	if (arg.pad || (arg.type != EXPORTED && arg.type != IMPORTED))
		run_wrong("id_of_fd: type %u, padding %u", arg.type, arg.pad);
	return result;
}

/* ioctl dev cmd fill size: any call at all */
static long run_ioctl(struct run_thread *thread, const struct run_value *a)
{
	uint8_t *at = thread->arena.pages;
	uint64_t state = a[2].number;

	for (size_t i = 0; i < 256; i++) {
		state = state * 6364136223846793005ull + 1442695040888963407ull;
		at[i] = a[2].number ? (uint8_t)(state >> 56) : 0;
	}
	memcpy(at, &(uint32_t){ (uint32_t)a[3].number }, sizeof(uint32_t));
	return run_result(ioctl(run_own_fd(a[0]), (unsigned long)a[1].number, at));
}

/*
 * A read that waits, beside other threads, who may take what there was: a signal ends it then,
 * and one more if the first came too early.
 */
static long run_read_waiting(int fd, char *to, size_t size)
{
	const struct timespec often = { .tv_nsec = 20 * 1000 * 1000 };
	const struct itimerspec spec = { .it_interval = often, .it_value = often };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1 };
	timer_t timer;
	long result;

	event._sigev_un._tid = (int)syscall(SYS_gettid);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer))
		return -EAGAIN;
	timer_settime(timer, 0, &spec, NULL);
	result = run_result(read(fd, to, size));
	timer_delete(timer);
	return result;
}

/* read dev size to */
static long run_read(struct run_thread *thread, const struct run_value *a)
{
	size_t size = a[1].number;
	char *to = run_priv(thread, a[2], size);
	struct pollfd ready = { .fd = run_own_fd(a[0]), .events = POLLIN };
	struct hyper_dmabuf_event_hdr event;
	bool waits = a[0].kind == RUN_DEV && !(fcntl(ready.fd, F_GETFL) & O_NONBLOCK);
	long result;

	/* It would wait for an event that perhaps nobody sends. */
	if (a[0].kind != RUN_DEV || (waits && thread->sequential && poll(&ready, 1, 0) <= 0))
		return -EAGAIN;
	if (a[2].number % RUN_POINTERS == RUN_GOOD)
		memset(to, RUN_CANARY, RUN_PAGE);
	result = waits && !thread->sequential ? run_read_waiting(ready.fd, to, size) :
		 run_result(read(ready.fd, to, size));
	if (result <= 0 || a[2].number % RUN_POINTERS != RUN_GOOD)
		return result;
	memcpy(&event, to, sizeof(event));
	if ((size_t)result < sizeof(event) || event.event_type != HYPER_DMABUF_NEW_IMPORT ||
	    event.size < 0 || event.size > MAX_SIZE_PRIV_DATA)
		run_wrong("read gave %ld bytes, an event of type %#x and %d bytes", result,
			  event.event_type, event.size);
	else if ((size_t)result < RUN_PAGE && (uint8_t)to[result] != RUN_CANARY)
		run_wrong("read wrote behind the %ld bytes that it gave", result);
	else
		run_ids[0] = event.hid;
	return 0;
}

const run_handler run_call_handlers[RUN_NAMES] = {
	[RUN_TX_CH_SETUP] = run_tx_ch_setup,
	[RUN_RX_CH_SETUP] = run_rx_ch_setup,
	[RUN_EXPORT_REMOTE] = run_export_remote,
	[RUN_EXPORT_SHORT] = run_export_short,
	[RUN_EXPORT_FD] = run_export_fd,
	[RUN_UNEXPORT] = run_unexport,
	[RUN_QUERY] = run_query,
	[RUN_LINKS] = run_links,
	[RUN_EXPORT] = run_export,
	[RUN_FENCE_SEND] = run_fence_send,
	[RUN_WAIT_RELEASED] = run_wait_released,
	[RUN_CAPABILITIES] = run_capabilities,
	[RUN_ID_OF_FD] = run_id_of_fd,
	[RUN_IOCTL] = run_ioctl,
	[RUN_READ] = run_read,
};
