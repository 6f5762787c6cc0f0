// SPDX-License-Identifier: MIT
/*
 * The victim's side of the fuzzer: a program like any other that uses the driver. It imports all
 * that the hostile domain shares, and looks at it; shares buffers of its own; and gives an honest
 * answer to who asks for one (echo.h), in which it also tells what its kernel complains about.
 */
#include "answer.h"
#include "buffer.h"
#include "echo.h"
#include "fence.h"
#include "hdb.h"
#include "kernel.h"
#include "peer.h"
#include "progress.h"
#include "report.h"
#include "stop.h"

#include <fcntl.h>
#include <linux/dma-buf.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define ANSWER_HELD	4	/* imports that are kept open */
#define ANSWER_SHOWN	2	/* buffers of our own that are shared by turns */
#define ANSWER_TURN_NS	(STOP_NS_PER_S / 25)
#define ANSWER_FIND_NS	(10 * STOP_NS_PER_S)
#define ANSWER_LOOK	65536	/* bytes of an import that are looked at, at each end */

struct answer_shared {
	struct buffer buffer;
	hyper_dmabuf_id_t hid;
	bool shared;
};

struct answer {
	int hdb;
	uint32_t peer;
	struct hdb_events events;
	struct buffer_source source;
	struct fence_source fences;	/* of vgem; dev -1: there are none */
	struct kernel_log log;
	char complaint[ECHO_COMPLAINT];
	int held[ANSWER_HELD];
	unsigned int held_next;
	struct answer_shared shown[ANSWER_SHOWN], told;
	unsigned int turn;
	uint64_t imported, refused, echoes, exported;
};

static sigjmp_buf answer_fault;

static void answer_sigbus(int number)
{
	(void)number;
	siglongjmp(answer_fault, 1);
}

/* What a program may do with a mapping; a fault is a signal, and no more. */
static void answer_touch(uint8_t *map, size_t size)
{
	volatile uint8_t *bytes = map;
	volatile uint8_t sum = 0;

	if (sigsetjmp(answer_fault, 1))
		return;
	for (size_t i = 0; i < size && i < ANSWER_LOOK; i += 64)
		sum = (uint8_t)(sum + bytes[i] + bytes[size - 1 - i]);
	/* Read-only ones say no. */
	bytes[0] = sum;
}

static size_t answer_size(const struct answer *answer, hyper_dmabuf_id_t hid)
{
	unsigned long size = 0;
	struct err err;

	return hdb_query(answer->hdb, hid, HYPER_DMABUF_QUERY_SIZE, &size, &err) ? 0 : size;
}

/* Whatever it is: use it, and keep it a while. */
static void answer_use(struct answer *answer, const struct hdb_event *event)
{
	struct ioctl_hyper_dmabuf_fence_send back = {
		.size = sizeof(back), .flags = HYPER_DMABUF_FENCE_IMPORT, .hid = event->hid,
		.fence_fd = -1,
	};
	size_t size = answer_size(answer, event->hid);
	struct err err;
	int fd = hdb_export_fd(answer->hdb, event->hid, &err);
	uint8_t *map;

	if (fd < 0) {
		answer->refused++;
		return;
	}
	answer->imported++;
	/* Returns at once, or when a fence of the other domain has failed. */
	buffer_cpu_begin(fd, DMA_BUF_SYNC_READ, &err);
	map = size ? mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
	if (map != MAP_FAILED) {
		answer_touch(map, size);
		munmap(map, size);
	}
	buffer_cpu_end(fd, DMA_BUF_SYNC_READ, &err);
	ioctl(answer->hdb, IOCTL_HYPER_DMABUF_FENCE_SEND, &back);
	if (answer->held[answer->held_next] >= 0)
		close(answer->held[answer->held_next]);
	answer->held[answer->held_next] = fd;
	answer->held_next = (answer->held_next + 1) % ANSWER_HELD;
}

static void answer_take_back(struct answer *answer, struct answer_shared *shared)
{
	struct err err;

	if (shared->shared)
		hdb_unexport(answer->hdb, shared->hid, &err);
	shared->shared = false;
}

/* A buffer of ours can be shared once its last use is over: then it is another one. */
static bool answer_share(struct answer *answer, struct answer_shared *shared, const void *priv,
			 size_t size)
{
	struct err err;

	if (hdb_export(answer->hdb, shared->buffer.fd, answer->peer, priv, size, &shared->hid, &err))
		return false;
	shared->shared = true;
	answer->exported++;
	return true;
}

static bool answer_anew(struct answer *answer, struct answer_shared *shared)
{
	struct err err;

	answer_take_back(answer, shared);
	if (shared->buffer.fd >= 0) {
		close(shared->buffer.fd);
		buffer_free(&answer->source, &shared->buffer);
	}
	shared->buffer.fd = -1;
	return !buffer_alloc(&answer->source, 64, 48, 0x34325258, &shared->buffer, &err);
}

static void answer_echo(struct answer *answer, const struct hdb_event *event)
{
	struct answer_shared *told = &answer->told;
	size_t size = answer_size(answer, event->hid);
	struct echo echo;
	uint8_t *from, *to;
	struct err err;
	int fd;

	memcpy(&echo, event->priv, sizeof(echo));
	fd = hdb_export_fd(answer->hdb, event->hid, &err);
	if (fd < 0 || size != (size_t)echo.pages * ECHO_PAGE || !answer_anew(answer, told) ||
	    told->buffer.size < size) {
		if (fd >= 0)
			close(fd);
		return;
	}
	from = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	to = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, told->buffer.fd, 0);
	if (from != MAP_FAILED && to != MAP_FAILED && !sigsetjmp(answer_fault, 1))
		for (size_t i = 0; i < size; i++)
			to[i] = (uint8_t)~from[i];
	if (from != MAP_FAILED)
		munmap(from, size);
	if (to != MAP_FAILED)
		munmap(to, size);
	close(fd);
	echo.magic = ECHO_ANSWERS;
	memcpy(echo.complaint, answer->complaint, sizeof(echo.complaint));
	if (answer_share(answer, told, &echo, sizeof(echo)))
		answer->echoes++;
}

static void answer_complaints(struct answer *answer)
{
	char line[ECHO_COMPLAINT];

	if (kernel_log_complains(&answer->log, line, sizeof(line)) && !answer->complaint[0])
		memcpy(answer->complaint, line, sizeof(answer->complaint));
	kernel_log_forget(&answer->log);
}

/* Ids are given by who exports: nothing of another domain may come under one of ours. */
static bool answer_is_ours(const struct answer_shared *shared, const struct hdb_event *event)
{
	return shared->shared && !memcmp(&shared->hid, &event->hid, sizeof(event->hid));
}

static void answer_event(struct answer *answer, const struct hdb_event *event)
{
	unsigned long exporter;
	uint32_t magic = 0;
	bool ours = answer_is_ours(&answer->told, event);
	struct err err;

	for (unsigned int i = 0; i < ANSWER_SHOWN; i++)
		ours |= answer_is_ours(&answer->shown[i], event);
	if (ours && !answer->complaint[0])
		snprintf(answer->complaint, sizeof(answer->complaint),
			 "an import came under the id of an export of this domain");
	/* Every file hears of all links; this one is not for the honest ones. */
	if (hdb_query(answer->hdb, event->hid, HYPER_DMABUF_QUERY_EXPORTER, &exporter, &err) ||
	    exporter != answer->peer)
		return;
	if (event->size == sizeof(struct echo))
		memcpy(&magic, event->priv, sizeof(magic));
	if (magic == ECHO_ASKS)
		answer_echo(answer, event);
	else
		answer_use(answer, event);
}

/* One of our own, now and then another, which is wanted back. */
static void answer_show(struct answer *answer)
{
	struct answer_shared *shown = &answer->shown[answer->turn++ % ANSWER_SHOWN];
	uint32_t number = answer->turn;
	struct err err;

	/* What the last one was written with is done now; this one is being written. */
	fence_end(&answer->fences, &err);
	if (shown->shared && answer->turn % 8 < 6) {
		if (answer->fences.dev >= 0)
			fence_begin(&answer->fences, shown->buffer.fd, true, &err);
		hdb_fence_send(answer->hdb, shown->hid, HYPER_DMABUF_FENCE_EXPECT_RETURN, &err);
		/* Again: new private data. */
		answer_share(answer, shown, &number, sizeof(number));
		return;
	}
	if (!answer_anew(answer, shown))
		return;
	if (answer->fences.dev >= 0)
		fence_begin(&answer->fences, shown->buffer.fd, true, &err);
	answer_share(answer, shown, &number, sizeof(number));
}

static void answer_loop(struct answer *answer)
{
	uint64_t turn = stop_now();
	struct hdb_event event;
	struct err err;

	for (;;) {
		if (stop_wait(answer->hdb, turn) == STOP_SIGNAL)
			return;
		answer_complaints(answer);
		while (hdb_events_next(&answer->events, &event, &err) == 1)
			answer_event(answer, &event);
		if (stop_now() < turn)
			continue;
		answer_show(answer);
		turn = stop_now() + ANSWER_TURN_NS;
		progress_show("%llu imports, %llu refused, %llu exports, %llu honest answers",
			      (unsigned long long)answer->imported,
			      (unsigned long long)answer->refused,
			      (unsigned long long)answer->exported,
			      (unsigned long long)answer->echoes);
	}
}

/* It need not be connected: the other one will be, and will not, again and again. */
static int answer_find(struct answer *answer, const char *wanted, struct err *err)
{
	uint64_t deadline = stop_now() + ANSWER_FIND_NS;
	struct peer peer = { .domain = UINT32_MAX };
	struct hdb_links links;
	enum peer_pick pick;

	do {
		if (hdb_links(answer->hdb, &links, err))
			return -1;
		pick = peer_pick(&links, wanted, &peer, err);
		hdb_links_free(&links);
		if (pick == PEER_NEVER)
			return -1;
	} while (peer.domain == UINT32_MAX && stop_now() < deadline &&
		 stop_wait(-1, stop_now() + ANSWER_TURN_NS) != STOP_SIGNAL);
	answer->peer = peer.domain;
	return peer.domain == UINT32_MAX ? -1 : 0;
}

static int answer_open(struct answer *answer, const char *wanted, struct err *err)
{
	answer->log.fd = -1;
	answer->told.buffer.fd = -1;
	for (unsigned int i = 0; i < ANSWER_SHOWN; i++)
		answer->shown[i].buffer.fd = -1;
	for (unsigned int i = 0; i < ANSWER_HELD; i++)
		answer->held[i] = -1;
	answer->hdb = hdb_open(err);
	if (answer->hdb < 0 || answer_find(answer, wanted, err))
		return -1;
	answer->events.hdb = answer->hdb;
	return fence_source_open(&answer->fences, FENCE_AUTO, true, err) ||
	       kernel_log_open(&answer->log, err) ||
	       buffer_source_open(&answer->source, BUFFER_AUTO, NULL, err) ? -1 : 0;
}

int peer_answer(const char *wanted, json_t *root, struct err *err)
{
	struct answer *answer = calloc(1, sizeof(*answer));
	struct sigaction fault = { .sa_handler = answer_sigbus };
	int failed;

	if (!answer)
		return err_set(err, EXIT_FAILED, "no memory");
	failed = answer_open(answer, wanted, err);
	if (!failed) {
		sigaction(SIGBUS, &fault, NULL);
		answer_loop(answer);
		progress_clear();
		report_set(root, "answers",
			   json_pack("{s:I, s:I, s:I, s:I}", "imports", (json_int_t)answer->imported,
				     "refused", (json_int_t)answer->refused, "exports",
				     (json_int_t)answer->exported, "honest",
				     (json_int_t)answer->echoes));
	}
	/* The rest goes with the process. */
	if (!failed && answer->complaint[0])
		failed = err_set(err, EXIT_FAILED, "%s", answer->complaint);
	if (!failed)
		fence_source_close(&answer->fences);
	kernel_log_close(&answer->log);
	free(answer);
	return failed;
}
