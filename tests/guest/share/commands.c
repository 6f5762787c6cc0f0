// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <xf86drm.h>

#include "churn.h"
#include "event.h"
#include "made.h"
#include "share.h"
#include "state.h"

/* A command with its arguments, and where its answer goes. */
struct request {
	struct share *share;
	char *args[SHARE_ARGS_MAX];
	int count;
	char *reply;
	size_t room;
};

static void reply_ok(struct request *req, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void reply_fail(struct request *req, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void reply_ok(struct request *req, const char *fmt, ...)
{
	int used = snprintf(req->reply, req->room, *fmt ? "ok " : "ok");
	va_list args;

	va_start(args, fmt);
	vsnprintf(req->reply + used, req->room - (size_t)used, fmt, args);
	va_end(args);
}

static void reply_fail(struct request *req, const char *fmt, ...)
{
	int used = snprintf(req->reply, req->room, "fail ");
	va_list args;

	va_start(args, fmt);
	vsnprintf(req->reply + used, req->room - (size_t)used, fmt, args);
	va_end(args);
}

/* What a call returned: nothing to say, or its error's name. */
static void reply_result(struct request *req, int ret)
{
	if (ret < 0)
		reply_fail(req, "%s", strerrorname_np(-ret));
	else
		reply_ok(req, "%s", "");
}

/* The argument @at as a number; 0 where there is none. */
static long request_number(const struct request *req, int at)
{
	return at < req->count ? strtol(req->args[at], NULL, 0) : 0;
}

static struct dmabuf *request_slot(const struct request *req)
{
	return &req->share->slots[(unsigned long)request_number(req, 0) % SHARE_SLOTS];
}

static bool request_hid(const struct request *req, int at, hyper_dmabuf_id_t *hid)
{
	return at < req->count &&
	       sscanf(req->args[at], "%x-%x-%x-%x", (unsigned int *)&hid->id,
		      (unsigned int *)&hid->rng_key[0], (unsigned int *)&hid->rng_key[1],
		      (unsigned int *)&hid->rng_key[2]) == 4;
}

static void share_format_hid(char text[40], const hyper_dmabuf_id_t *hid)
{
	snprintf(text, 40, "%x-%x-%x-%x", (unsigned int)hid->id, (unsigned int)hid->rng_key[0],
		 (unsigned int)hid->rng_key[1], (unsigned int)hid->rng_key[2]);
}

static long share_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* alloc SLOT SOURCE BYTES */
static void share_alloc(struct request *req)
{
	reply_result(req, dmabuf_alloc(request_slot(req), req->args[1],
				       (size_t)request_number(req, 2)));
}

/* fill SLOT SEED */
static void share_fill(struct request *req)
{
	struct dmabuf *slot = request_slot(req);

	dmabuf_fill(slot->map, slot->size, (uint32_t)request_number(req, 1));
	reply_ok(req, "%s", "");
}

/* check SLOT SEED */
static void share_check(struct request *req)
{
	struct dmabuf *slot = request_slot(req);
	long at = dmabuf_check(slot->map, slot->size, (uint32_t)request_number(req, 1));

	if (at < 0)
		reply_ok(req, "%s", "");
	else
		reply_fail(req, "byte %ld of %zu is wrong", at, slot->size);
}

/* write-dies SLOT OFFSET: a child writes one byte, and is to die of SIGBUS */
static void share_write_dies(struct request *req)
{
	struct dmabuf *slot = request_slot(req);
	volatile char *at = (char *)slot->map + request_number(req, 1);
	pid_t pid = fork();
	int status = 0;

	if (!pid) {
		*at = 1;
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		reply_fail(req, "%s", strerrorname_np(errno));
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS)
		reply_ok(req, "%s", "");
	else
		reply_fail(req, "wait status %#x, not SIGBUS", (unsigned int)status);
}

/* export SLOT DOMAIN PRIVATE [writable]: its id */
static void share_export(struct request *req)
{
	int fd = request_slot(req)->fd, domain = (int)request_number(req, 1);
	hyper_dmabuf_id_t hid;
	char text[40];
	int ret;

	if (req->count > 3)
		ret = call_export_flags(req->share->dev, fd, domain, HYPER_DMABUF_EXPORT_WRITABLE,
					&hid);
	else
		ret = call_export(req->share->dev, fd, domain, req->args[2],
				  (int)strlen(req->args[2]), &hid);
	share_format_hid(text, &hid);
	if (ret)
		reply_result(req, ret);
	else
		reply_ok(req, "%s", text);
}

/* event MILLISECONDS: id and private data of the next one */
static void share_event(struct request *req)
{
	struct event event;
	char text[40];
	int ret = event_next(req->share->dev, &event, (int)request_number(req, 0));

	if (ret < 0) {
		reply_result(req, ret);
		return;
	}
	share_format_hid(text, &event.hdr.hid);
	reply_ok(req, "%s %.*s", text, event.hdr.size, event.priv);
}

/* await ID MILLISECONDS [PRIVATE]: the next event about it, which is to carry that */
static void share_await(struct request *req)
{
	struct event event;
	hyper_dmabuf_id_t hid;
	int ret = -EINVAL;

	if (request_hid(req, 0, &hid))
		ret = event_wait(req->share->dev, &hid, &event, (int)request_number(req, 1));
	if (ret < 0)
		reply_result(req, ret);
	else if (req->count > 2 && (strlen(req->args[2]) != (size_t)event.hdr.size ||
				    memcmp(req->args[2], event.priv, (size_t)event.hdr.size)))
		reply_fail(req, "it carries %.*s", event.hdr.size, event.priv);
	else
		reply_ok(req, "%.*s", event.hdr.size, event.priv);
}

/* import SLOT ID [BYTES]: of that size */
static void share_import(struct request *req)
{
	hyper_dmabuf_id_t hid;
	off_t size;
	int fd = -EINVAL, ret;

	req->share->took = share_now();
	if (request_hid(req, 1, &hid))
		fd = call_import(req->share->dev, &hid, O_CLOEXEC);
	req->share->took = share_now() - req->share->took;
	if (fd < 0) {
		reply_result(req, fd);
		return;
	}
	size = lseek(fd, 0, SEEK_END);
	ret = dmabuf_wrap(request_slot(req), fd, (size_t)size);
	if (ret)
		reply_result(req, ret);
	else if (req->count > 2 && size != request_number(req, 2))
		reply_fail(req, "it has %ld bytes", (long)size);
	else
		reply_ok(req, "%ld", (long)size);
}

/* texture SLOT WIDTH HEIGHT SEED: samples it and compares */
static void share_texture(struct request *req)
{
	const struct dmabuf *slot = request_slot(req);
	int index = (int)(slot - req->share->slots);
	char why[256] = "";
	void *pixels = malloc(slot->size);
	long at = -1;
	int ret = -1;

	if (pixels)
		ret = texture_sample(index, slot->fd, (unsigned int)request_number(req, 1),
				     (unsigned int)request_number(req, 2), pixels, why,
				     sizeof(why));
	if (!ret)
		at = dmabuf_check(pixels, slot->size, (uint32_t)request_number(req, 3));
	free(pixels);
	if (ret)
		reply_fail(req, "%s", why);
	else if (at >= 0)
		reply_fail(req, "byte %ld of %zu is wrong", at, slot->size);
	else
		reply_ok(req, "%s", "");
}

/* mapping CHECK SLOT SEED [writable]: what mapping.c does to mappings of it */
static void share_mapping(struct request *req)
{
	struct dmabuf *slot = &req->share->slots[(unsigned long)request_number(req, 1) %
						 SHARE_SLOTS];
	char why[256];

	if (mapping_check(req->args[0], slot->fd, slot->size, (uint32_t)request_number(req, 2),
			  req->count > 3, why, sizeof(why)))
		reply_fail(req, "%s", why);
	else
		reply_ok(req, "%s", "");
}

/* many-export DOMAIN COUNT BYTES */
static void share_many_export(struct request *req)
{
	reply_result(req, many_export(req->share, (int)request_number(req, 0),
				      (int)request_number(req, 1),
				      (size_t)request_number(req, 2)));
}

/* many-import COUNT: of the next events, checked */
static void share_many_import(struct request *req)
{
	reply_result(req, many_import(req->share, (int)request_number(req, 0)));
}

/* many-renew SLOT DOMAIN COUNT: exports it so many times */
static void share_many_renew(struct request *req)
{
	reply_result(req, many_renew(req->share, request_slot(req)->fd,
				     (int)request_number(req, 1), (int)request_number(req, 2)));
}

/* hoard DOMAIN BYTES: exports until it is refused; how many there were, and the error */
static void share_hoard(struct request *req)
{
	int err, count = many_until_refused(req->share, (int)request_number(req, 0),
					    (size_t)request_number(req, 1), &err);

	reply_ok(req, "%d %s", count, strerrorname_np(-err));
}

/* made SLOT KIND BYTES: a buffer of the test module, which is not mapped */
static void share_made(struct request *req)
{
	struct dmabuf *slot = request_slot(req);
	int fd = made_new((enum exporter_kind)request_number(req, 1),
			  (size_t)request_number(req, 2));

	if (fd < 0) {
		reply_result(req, fd);
		return;
	}
	*slot = (struct dmabuf){ .fd = fd, .size = (size_t)request_number(req, 2) };
	reply_ok(req, "%s", "");
}

/* made-check SLOT: what was imported is a good one of these */
static void share_made_check(struct request *req)
{
	struct dmabuf *slot = request_slot(req);
	long at = made_check(slot->map, slot->size);

	if (at < 0)
		reply_ok(req, "%s", "");
	else
		reply_fail(req, "page %ld is wrong", at);
}

/* fill-synced SLOT SEED: fill, between the calls that tell devices of it */
static void share_fill_synced(struct request *req)
{
	struct dmabuf *slot = request_slot(req);
	struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW };
	int ret = ioctl(slot->fd, DMA_BUF_IOCTL_SYNC, &sync);

	if (!ret) {
		dmabuf_fill(slot->map, slot->size, (uint32_t)request_number(req, 1));
		sync.flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW;
		ret = ioctl(slot->fd, DMA_BUF_IOCTL_SYNC, &sync);
	}
	reply_result(req, ret ? -errno : 0);
}

static void share_forget_taker(struct share *share, const struct dmabuf *slot)
{
	int *taker = &share->takers[slot - share->slots];

	if (*taker >= 0)
		close(*taker);
	*taker = -1;
}

/* device SLOT: the device of vgem takes the buffer, which maps it for DMA in both directions */
static void share_device(struct request *req)
{
	struct dmabuf *slot = request_slot(req);
	int dev = dmabuf_open_vgem(), err = 0;
	uint32_t handle;

	if (dev < 0)
		err = dev;
	else if (drmPrimeFDToHandle(dev, slot->fd, &handle))
		err = -errno;
	share_forget_taker(req->share, slot);
	if (!err)
		req->share->takers[slot - req->share->slots] = dev;
	else if (dev >= 0)
		close(dev);
	reply_result(req, err);
}

/* device-forget SLOT */
static void share_device_forget(struct request *req)
{
	share_forget_taker(req->share, request_slot(req));
	reply_ok(req, "%s", "");
}

static void share_free(struct share *share, struct dmabuf *slot)
{
	texture_forget((int)(slot - share->slots));
	share_forget_taker(share, slot);
	dmabuf_free(slot);
}

/* close SLOT */
static void share_close(struct request *req)
{
	share_free(req->share, request_slot(req));
	reply_ok(req, "%s", "");
}

/* unexport ID DELAY */
static void share_unexport(struct request *req)
{
	hyper_dmabuf_id_t hid;
	int ret = -EINVAL;

	if (request_hid(req, 0, &hid))
		ret = call_unexport(req->share->dev, &hid, (int)request_number(req, 1));
	reply_result(req, ret);
}

/* released ID MILLISECONDS: waits until nobody maps it; for how many milliseconds that was */
static void share_released(struct request *req)
{
	hyper_dmabuf_id_t hid;
	long start = share_now();
	int ret = -EINVAL;

	if (request_hid(req, 0, &hid))
		ret = call_wait_released(req->share->dev, &hid,
					 (unsigned int)request_number(req, 1));
	/* All that is known of it is gone. */
	if (!ret || ret == -ENOENT)
		reply_ok(req, "%ld", share_now() - start);
	else
		reply_result(req, ret);
}

/* took: milliseconds that the last import did */
static void share_took(struct request *req)
{
	reply_ok(req, "%ld", req->share->took);
}

/* query ID ITEM: the answer; ITEM is a number */
static void share_query(struct request *req)
{
	hyper_dmabuf_id_t hid;
	long value = -EINVAL;

	if (request_hid(req, 0, &hid))
		value = call_query_value(req->share->dev, &hid, (int)request_number(req, 1));
	if (value < 0)
		reply_result(req, (int)value);
	else
		reply_ok(req, "%ld", value);
}

/* setup DOMAIN: both channels */
static void share_setup(struct request *req)
{
	struct ioctl_hyper_dmabuf_tx_ch_setup arg = {
		.remote_domain = (int)request_number(req, 0),
	};
	int ret = call_raw(req->share->dev, IOCTL_HYPER_DMABUF_TX_CH_SETUP, &arg);

	if (!ret)
		ret = call_raw(req->share->dev, IOCTL_HYPER_DMABUF_RX_CH_SETUP, &arg);
	reply_result(req, ret);
}

/* own: the id of this domain */
static void share_own(struct request *req)
{
	int own = call_own_domain(req->share->dev);

	if (own < 0)
		reply_result(req, own);
	else
		reply_ok(req, "%d", own);
}

/* links: DOMAIN:NAME:STATE of every link to another domain */
static void share_links(struct request *req)
{
	struct hyper_dmabuf_link links[SHARE_SLOTS];
	int count = call_links(req->share->dev, links, SHARE_SLOTS);
	char text[SHARE_LINE_MAX / 2] = "";

	for (int i = 0; i < count && i < SHARE_SLOTS; i++) {
		size_t used = strlen(text);

		if (!(links[i].flags & HYPER_DMABUF_LINK_LOOPBACK))
			snprintf(text + used, sizeof(text) - used, "%s%u:%s:%u", used ? " " : "",
				 links[i].domain, links[i].name, links[i].state);
	}
	if (count < 0)
		reply_result(req, count);
	else
		reply_ok(req, "%s", text);
}

/* churn ROLE MOMENT DOMAIN: starts it */
static void share_churn(struct request *req)
{
	char why[256] = "";

	if (churn_start(req->args[0], req->args[1], (int)request_number(req, 2), why, sizeof(why)))
		reply_fail(req, "%s", why);
	else
		reply_ok(req, "%s", "");
}

/* churn-end HOW MILLISECONDS: ends it, or waits for its end */
static void share_churn_end(struct request *req)
{
	char why[256] = "";

	if (churn_end(req->args[0], (int)request_number(req, 1), why, sizeof(why)))
		reply_fail(req, "%s", why);
	else
		reply_ok(req, "%s", why);
}

/* meet DOMAIN SEED: while the other end does so too */
static void share_meet(struct request *req)
{
	char why[256] = "";

	if (churn_meet((int)request_number(req, 0), (unsigned int)request_number(req, 1), why,
		       sizeof(why)))
		reply_fail(req, "%s", why);
	else
		reply_ok(req, "%s", "");
}

/* state KEY VALUE: waits until the driver's own count is that */
static void share_state(struct request *req)
{
	if (state_becomes(req->args[0], request_number(req, 1), 10000))
		reply_ok(req, "%s", "");
	else
		reply_fail(req, "%s is %ld", req->args[0], state_read(req->args[0]));
}

/* reset: as it was at the start */
static void share_reset(struct request *req)
{
	struct share *share = req->share;

	texture_close();
	many_forget(share);
	for (int i = 0; i < SHARE_SLOTS; i++)
		share_free(share, &share->slots[i]);
	if (share->dev >= 0)
		close(share->dev);
	share->dev = call_open(CALL_DEVICE, O_NONBLOCK);
	if (share->dev < 0)
		reply_result(req, share->dev);
	else
		reply_ok(req, "%s", "");
}

/* release: as reset, but without the device, so that the module can go */
static void share_release(struct request *req)
{
	share_reset(req);
	close(req->share->dev);
	req->share->dev = -1;
}

static const struct {
	const char *name;
	int args;
	void (*run)(struct request *req);
} share_commands[] = {
	{ "alloc", 3, share_alloc },
	{ "fill", 2, share_fill },
	{ "check", 2, share_check },
	{ "write-dies", 2, share_write_dies },
	{ "export", 3, share_export },
	{ "event", 1, share_event },
	{ "await", 2, share_await },
	{ "import", 2, share_import },
	{ "texture", 4, share_texture },
	{ "mapping", 3, share_mapping },
	{ "many-export", 3, share_many_export },
	{ "many-import", 1, share_many_import },
	{ "many-renew", 3, share_many_renew },
	{ "hoard", 2, share_hoard },
	{ "made", 3, share_made },
	{ "made-check", 1, share_made_check },
	{ "fill-synced", 2, share_fill_synced },
	{ "device", 1, share_device },
	{ "device-forget", 1, share_device_forget },
	{ "close", 1, share_close },
	{ "unexport", 2, share_unexport },
	{ "released", 2, share_released },
	{ "took", 0, share_took },
	{ "query", 2, share_query },
	{ "setup", 1, share_setup },
	{ "own", 0, share_own },
	{ "links", 0, share_links },
	{ "churn", 3, share_churn },
	{ "churn-end", 2, share_churn_end },
	{ "meet", 2, share_meet },
	{ "state", 2, share_state },
	{ "reset", 0, share_reset },
	{ "release", 0, share_release },
};

void share_run(struct share *share, char *line, char *reply, size_t room)
{
	struct request req = { .share = share, .reply = reply, .room = room };
	char *save, *name = strtok_r(line, " ", &save);

	while (req.count < SHARE_ARGS_MAX && (req.args[req.count] = strtok_r(NULL, " ", &save)))
		req.count++;
	for (size_t i = 0; name && i < sizeof(share_commands) / sizeof(share_commands[0]); i++) {
		if (strcmp(name, share_commands[i].name))
			continue;
		if (req.count < share_commands[i].args)
			reply_fail(&req, "%s takes %d arguments", name, share_commands[i].args);
		else
			share_commands[i].run(&req);
		return;
	}
	reply_fail(&req, "no such command");
}
