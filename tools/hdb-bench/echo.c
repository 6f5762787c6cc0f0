// SPDX-License-Identifier: MIT
#include "echo.h"
#include "channel.h"
#include "cost.h"
#include "echo_fence.h"
#include "echo_gl.h"
#include "progress.h"
#include "setup_gntdev.h"
#include "touch.h"
#include "xen.h"

#include <errno.h>
#include <linux/dma-buf.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Buffers that are kept between requests: as many as a case has, and those beside it. */
#define ECHO_KEPT 72

/**
 * struct echo_buffer - a buffer of the measuring end
 * @used: this slot is
 * @hid: its id
 * @fd: the dma-buf, or -1
 * @map: of all of it, or NULL
 * @bytes: length of @map
 * @sampled: GL may have a texture of it
 */
struct echo_buffer {
	bool used;
	hyper_dmabuf_id_t hid;
	int fd;
	void *map;
	uint64_t bytes;
	bool sampled;
};

struct echo {
	struct channel channel;
	struct echo_buffer kept[ECHO_KEPT];
	void *copy;		/* what WIRE_COPY copies into */
	uint64_t copy_bytes;
	struct xen_echo *xen;
	struct gntdev *gntdev;
	struct echo_gl *gl;
	struct echo_fences fences;
	bool failed;		/* the last request */
};

static struct echo_buffer *echo_buffer(struct echo *echo, hyper_dmabuf_id_t hid, struct err *err)
{
	struct echo_buffer *free = NULL;

	for (size_t i = 0; i < ECHO_KEPT; i++) {
		struct echo_buffer *buffer = &echo->kept[i];

		if (buffer->used && hdb_id_equal(buffer->hid, hid))
			return buffer;
		if (!buffer->used)
			free = buffer;
	}
	if (free)
		*free = (struct echo_buffer){ .used = true, .hid = hid, .fd = -1 };
	else
		err_set(err, EXIT_FAILED, "more than %d buffers", ECHO_KEPT);
	return free;
}

static void echo_drop(struct echo *echo, struct echo_buffer *buffer)
{
	/* Of the only picture that is sampled at a time. */
	if (buffer->sampled)
		echo_gl_drop(echo->gl);
	if (buffer->map)
		munmap(buffer->map, buffer->bytes);
	if (buffer->fd >= 0)
		close(buffer->fd);
	*buffer = (struct echo_buffer){ .fd = -1 };
}

static int echo_map(struct echo_buffer *buffer, uint64_t bytes, struct err *err)
{
	if (buffer->map)
		return 0;
	buffer->map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, buffer->fd, 0);
	if (buffer->map == MAP_FAILED) {
		buffer->map = NULL;
		return err_errno(err, errno, "mmap of %llu bytes", (unsigned long long)bytes);
	}
	buffer->bytes = bytes;
	return 0;
}

static int echo_read(const struct echo_buffer *buffer, const struct wire *request,
		     struct err *err)
{
	uint64_t first = *(volatile uint64_t *)buffer->map;

	if (request->actions & WIRE_CHECK && first != request->stamp)
		return err_set(err, EXIT_FAILED, "stale pixels: %llx, not %llx",
			       (unsigned long long)first, (unsigned long long)request->stamp);
	if (request->actions & WIRE_READ)
		touch_read(buffer->map, buffer->bytes);
	if (request->actions & WIRE_TOUCH)
		touch_pages(buffer->map, buffer->bytes);
	return 0;
}

static int echo_copy(struct echo *echo, const struct echo_buffer *buffer, struct err *err)
{
	if (echo->copy_bytes < buffer->bytes) {
		touch_free(echo->copy, echo->copy_bytes);
		echo->copy_bytes = 0;
		echo->copy = touch_alloc(buffer->bytes, err);
		if (!echo->copy)
			return -1;
		echo->copy_bytes = buffer->bytes;
	}
	memcpy(echo->copy, buffer->map, buffer->bytes);
	/* It has to be there, as a consumer would look at it. */
	__asm__ volatile("" : : "r"(echo->copy) : "memory");
	return 0;
}

/* What CPU access to an import is to be bracketed by. */
static int echo_access(struct echo *echo, struct echo_buffer *buffer, const struct wire *request,
		       struct wire *reply, struct err *err)
{
	uint64_t start = stop_now(), read;

	if (buffer_cpu_begin(buffer->fd, DMA_BUF_SYNC_READ, err) < 0 ||
	    echo_read(buffer, request, err) < 0)
		return -1;
	read = stop_now();
	if (request->actions & WIRE_COPY && echo_copy(echo, buffer, err) < 0)
		return -1;
	reply->values[WIRE_NS_COPY] = stop_now() - read;
	if (buffer_cpu_end(buffer->fd, DMA_BUF_SYNC_READ, err) < 0)
		return -1;
	reply->values[WIRE_NS_READ] = stop_now() - start - reply->values[WIRE_NS_COPY];
	return 0;
}

static int echo_sample(struct echo *echo, struct echo_buffer *buffer,
		       const struct wire *request, struct wire *reply, struct err *err)
{
	if (buffer->fd < 0)
		return err_set(err, EXIT_FAILED, "asked to sample what is not imported");
	if (!echo->gl)
		echo->gl = echo_gl_new(err);
	if (!echo->gl)
		return -1;
	buffer->sampled = true;
	return echo_gl_sample(echo->gl, buffer->fd, request, reply, err);
}

static int echo_use(struct echo *echo, const struct wire *request, hyper_dmabuf_id_t hid,
		    struct wire *reply, struct err *err)
{
	struct echo_buffer *buffer = echo_buffer(echo, hid, err);
	static const uint32_t reads = WIRE_READ | WIRE_TOUCH | WIRE_COPY;
	uint32_t actions = request->actions;
	uint64_t start = stop_now(), next;

	if (!buffer)
		return -1;
	if (actions & WIRE_IMPORT && buffer->fd < 0) {
		buffer->fd = hdb_export_fd(echo->channel.hdb, hid, err);
		if (buffer->fd < 0)
			return -1;
	}
	next = stop_now();
	reply->values[WIRE_NS_IMPORT] = next - start;
	if (actions & WIRE_MAP && echo_map(buffer, request->bytes, err) < 0)
		return -1;
	start = stop_now();
	reply->values[WIRE_NS_MAP] = start - next;
	if (actions & reads || (actions & WIRE_CHECK && !(actions & WIRE_SAMPLE))) {
		if (!buffer->map || buffer->bytes < request->bytes)
			return err_set(err, EXIT_FAILED, "asked to read what is not mapped");
		if (echo_access(echo, buffer, request, reply, err) < 0)
			return -1;
	}
	if (actions & WIRE_SAMPLE && echo_sample(echo, buffer, request, reply, err) < 0)
		return -1;
	if (actions & WIRE_DROP) {
		start = stop_now();
		echo_drop(echo, buffer);
		reply->values[WIRE_NS_DROP] = stop_now() - start;
	}
	return 0;
}

static int echo_gntdev(struct echo *echo, const struct wire *request, hyper_dmabuf_id_t hid,
		       struct wire *reply, struct err *err)
{
	const struct echo_buffer *buffer = echo_buffer(echo, hid, err);

	if (!buffer)
		return -1;
	if (!buffer->map || !request->args[0] ||
	    request->args[0] > buffer->bytes / sizeof(uint32_t))
		return err_set(err, EXIT_FAILED, "a list of references that is too short");
	if (!echo->gntdev)
		echo->gntdev = gntdev_open(&echo->channel.peer, err);
	if (!echo->gntdev)
		return -1;
	return setup_gntdev_echo(echo->gntdev, buffer->map, (uint32_t)request->args[0], reply,
				 err);
}

static int echo_fence(struct echo *echo, hyper_dmabuf_id_t hid, struct err *err)
{
	const struct echo_buffer *buffer = echo_buffer(echo, hid, err);

	if (!buffer)
		return -1;
	if (buffer->fd < 0)
		return err_set(err, EXIT_FAILED, "asked to wait for what is not imported");
	return echo_fence_add(&echo->fences, hid, buffer->fd, err);
}

static int echo_act(struct echo *echo, const struct wire *request, hyper_dmabuf_id_t hid,
		    struct wire *reply, struct err *err)
{
	static const uint32_t uses = WIRE_IMPORT | WIRE_MAP | WIRE_CHECK | WIRE_READ |
				     WIRE_TOUCH | WIRE_COPY | WIRE_SAMPLE | WIRE_DROP;
	uint32_t actions = request->actions;

	if (actions & uses && echo_use(echo, request, hid, reply, err) < 0)
		return -1;
	if (actions & WIRE_FENCE)
		return echo_fence(echo, hid, err);
	if (actions & WIRE_FENCE_DONE)
		return echo_fence_tell(&echo->fences, reply, err);
	if (actions & WIRE_GNTDEV)
		return echo_gntdev(echo, request, hid, reply, err);
	if (actions & WIRE_COST)
		return cost_tell(echo->channel.peer.domain, reply, err);
	if (actions & (WIRE_EVTCHN | WIRE_GRANTS | WIRE_XEN_END))
		return xen_echo_act(&echo->xen, echo->channel.peer.domain, request, reply, err);
	return 0;
}

static int echo_answer(struct echo *echo, const struct wire *request, hyper_dmabuf_id_t hid,
		       struct err *err)
{
	struct wire reply = {
		.kind = WIRE_REPLY, .session = request->session, .seq = request->seq,
	};
	uint64_t start = stop_now();
	struct err why = { 0 };

	echo->failed = echo_act(echo, request, hid, &reply, &why) < 0;
	if (echo->failed) {
		reply.failed = true;
		/* The case is over. */
		echo_fence_forget(&echo->fences);
		snprintf(reply.text, sizeof(reply.text), "%.60s", why.text);
		progress_verbose("%s", why.text);
	}
	reply.values[WIRE_NS_TOTAL] = stop_now() - start;
	return channel_tell(&echo->channel, &reply, err);
}

/* The measuring end may have long work that needs no other end: it is waited for while it lives. */
static bool echo_wanted(const struct channel *channel)
{
	return channel->heard && hdb_alive(channel->hdb, channel->peer_page);
}

static int echo_serve(struct echo *echo, struct err *err)
{
	struct channel *channel = &echo->channel;

	for (;;) {
		uint64_t deadline = stop_now() + channel->wait * STOP_NS_PER_S;
		hyper_dmabuf_id_t hid;
		struct wire request;
		int got = channel_hear(channel, deadline, &request, &hid, err);

		if (got < 0)
			return -1;
		if (got == 0) {
			if (echo_wanted(channel))
				continue;
			return err_set(err, EXIT_FAILED, "no request within %u s", channel->wait);
		}
		/* The first comes by a page that is there until the measuring end goes. */
		if (!channel->heard)
			channel->peer_page = hid;
		channel->heard = true;
		if (echo_answer(echo, &request, hid, err) < 0)
			return -1;
		if (request.actions & WIRE_FENCE_GO && !echo->failed)
			echo_fence_serve(&echo->fences, channel->hdb);
		if (request.actions & WIRE_BYE)
			return 0;
	}
}

int echo_run(const char *peer, uint32_t wait, struct err *err)
{
	struct echo *echo = calloc(1, sizeof(*echo));
	int status;

	if (!echo)
		return err_errno(err, ENOMEM, "cannot serve");
	status = channel_open(&echo->channel, peer, wait, WIRE_REQUEST, err);
	if (status == 0) {
		status = echo_serve(echo, err);
		for (size_t i = 0; i < ECHO_KEPT; i++)
			if (echo->kept[i].used)
				echo_drop(echo, &echo->kept[i]);
		echo_fence_forget(&echo->fences);
		echo_gl_free(echo->gl);
		xen_echo_free(echo->xen);
		gntdev_close(echo->gntdev);
		touch_free(echo->copy, echo->copy_bytes);
		channel_close(&echo->channel);
	}
	free(echo);
	return status;
}

pid_t echo_start(const char *peer, uint32_t wait, struct err *err)
{
	pid_t parent = getpid(), child;

	fflush(NULL);
	child = fork();
	if (child < 0)
		return err_errno(err, errno, "cannot start the other end");
	if (child == 0) {
		struct err why = { 0 };
		int status;

		/* The terminal's signal is for the parent, which then says goodbye. */
		signal(SIGINT, SIG_IGN);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(EXIT_FAILED);
		status = echo_run(peer, wait, &why);
		if (status < 0)
			progress_error("the other end: %s", why.text);
		_exit(status < 0 ? EXIT_FAILED : EXIT_OK);
	}
	return child;
}

void echo_end(pid_t echo)
{
	for (unsigned int i = 0; i < 100; i++) {
		if (waitpid(echo, NULL, WNOHANG) != 0)
			return;
		usleep(10000);
	}
	kill(echo, SIGKILL);
	waitpid(echo, NULL, 0);
}
