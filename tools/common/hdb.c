// SPDX-License-Identifier: MIT
#include "hdb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The driver's waits are bounded, and a signal only sets a flag to look at later. */
static int hdb_ioctl(int hdb, unsigned long request, void *argument)
{
	int result;

	do
		result = ioctl(hdb, request, argument);
	while (result < 0 && errno == EINTR);
	return result;
}

int hdb_open(struct err *err)
{
	int hdb = open(HDB_NODE, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (hdb >= 0)
		return hdb;
	if (errno == ENOENT || errno == ENXIO || errno == ENODEV)
		return err_set(err, EXIT_UNTESTED, "cannot be tested here: " HDB_NODE
			       " is not there (is the module loaded?)");
	if (errno == EACCES || errno == EPERM)
		return err_set(err, EXIT_UNTESTED, "cannot be tested here: " HDB_NODE
			       " may not be opened (are you root?)");
	return err_errno(err, errno, "cannot open " HDB_NODE);
}

int hdb_export(int hdb, int dmabuf, uint32_t domain, const void *priv, size_t size,
	       hyper_dmabuf_id_t *hid, struct err *err)
{
	struct ioctl_hyper_dmabuf_export_remote call = {
		.dmabuf_fd = dmabuf,
		.remote_domain = (int)domain,
		.sz_priv = (int)size,
		.priv = (char *)(uintptr_t)priv,
	};

	if (hdb_ioctl(hdb, IOCTL_HYPER_DMABUF_EXPORT_REMOTE, &call) < 0)
		return err_errno(err, errno, "cannot share a buffer with domain %u", domain);
	*hid = call.hid;
	return 0;
}

int hdb_export_fd(int hdb, hyper_dmabuf_id_t hid, struct err *err)
{
	struct ioctl_hyper_dmabuf_export_fd call = {
		.hid = hid,
		.flags = O_CLOEXEC | O_RDWR,
	};

	if (hdb_ioctl(hdb, IOCTL_HYPER_DMABUF_EXPORT_FD, &call) == 0)
		return call.fd;
	if (errno == EINVAL || errno == ENOENT)
		return err_set(err, EXIT_FAILED,
			       "cannot import buffer 0x%x: it is not shared any more (%s)",
			       (unsigned int)hid.id, strerror(errno));
	return err_errno(err, errno, "cannot import buffer 0x%x", (unsigned int)hid.id);
}

int hdb_unexport(int hdb, hyper_dmabuf_id_t hid, struct err *err)
{
	struct ioctl_hyper_dmabuf_unexport call = { .hid = hid };

	if (hdb_ioctl(hdb, IOCTL_HYPER_DMABUF_UNEXPORT, &call) < 0)
		return err_errno(err, errno, "cannot stop sharing buffer 0x%x",
				 (unsigned int)hid.id);
	return 0;
}

int hdb_wait_released(int hdb, hyper_dmabuf_id_t hid, uint32_t timeout_ms, struct err *err)
{
	struct ioctl_hyper_dmabuf_wait_released call = {
		.size = sizeof(call),
		.hid = hid,
		.timeout_ms = timeout_ms,
	};

	/* An id that is not known is that of a buffer whose pages were back before. */
	if (hdb_ioctl(hdb, IOCTL_HYPER_DMABUF_WAIT_RELEASED, &call) == 0 || errno == ENOENT)
		return 1;
	if (errno == ETIMEDOUT)
		return 0;
	return err_errno(err, errno, "cannot wait for the pages of buffer 0x%x",
			 (unsigned int)hid.id);
}

int hdb_fence_send(int hdb, hyper_dmabuf_id_t hid, uint32_t flags, struct err *err)
{
	struct ioctl_hyper_dmabuf_fence_send call = {
		.size = sizeof(call),
		.flags = flags,
		.hid = hid,
		.fence_fd = -1,
	};

	if (hdb_ioctl(hdb, IOCTL_HYPER_DMABUF_FENCE_SEND, &call) < 0)
		return err_errno(err, errno, "cannot send the fences of buffer 0x%x",
				 (unsigned int)hid.id);
	return (int)call.pending;
}

int hdb_query(int hdb, hyper_dmabuf_id_t hid, enum hyper_dmabuf_query item,
	      unsigned long *answer, struct err *err)
{
	struct ioctl_hyper_dmabuf_query call = { .hid = hid, .item = (int)item };

	if (hdb_ioctl(hdb, IOCTL_HYPER_DMABUF_QUERY, &call) < 0)
		return err_errno(err, errno, "cannot query item 0x%x of buffer 0x%x",
				 (unsigned int)item, (unsigned int)hid.id);
	*answer = call.info;
	return 0;
}

bool hdb_alive(int hdb, hyper_dmabuf_id_t hid)
{
	unsigned long gone = 1;
	struct err ignored;

	return hdb_query(hdb, hid, HYPER_DMABUF_QUERY_UNEXPORTED, &gone, &ignored) == 0 && !gone;
}

bool hdb_id_equal(hyper_dmabuf_id_t a, hyper_dmabuf_id_t b)
{
	return memcmp(&a, &b, sizeof(a)) == 0;
}

/* Names are printed and put into JSON: keep what a terminal and UTF-8 can take. */
static void hdb_clean_name(char *name)
{
	name[HYPER_DMABUF_LINK_NAME_LEN - 1] = '\0';
	for (; *name; name++)
		if (*name < ' ' || *name > '~')
			*name = '?';
}

int hdb_links(int hdb, struct hdb_links *links, struct err *err)
{
	uint32_t room = 8;

	memset(links, 0, sizeof(*links));
	for (;;) {
		struct ioctl_hyper_dmabuf_links call = { .size = sizeof(call), .count = room };

		links->links = calloc(room, sizeof(*links->links));
		if (!links->links)
			return err_errno(err, ENOMEM, "cannot list the links");
		call.links = (uintptr_t)links->links;
		if (hdb_ioctl(hdb, IOCTL_HYPER_DMABUF_LINKS, &call) < 0) {
			err_errno(err, errno, "cannot list the links");
			hdb_links_free(links);
			return -1;
		}
		links->own_domain = call.own_domain;
		links->count = call.count;
		if (call.count <= room)
			break;
		/* More than fit, and one more may come while we ask again. */
		room = call.count + 8;
		hdb_links_free(links);
	}
	for (uint32_t i = 0; i < links->count; i++)
		hdb_clean_name(links->links[i].name);
	return 0;
}

void hdb_links_free(struct hdb_links *links)
{
	free(links->links);
	links->links = NULL;
	links->count = 0;
}

const char *hdb_link_state(uint32_t state)
{
	static const char *const names[] = {
		[HYPER_DMABUF_LINK_WAITING] = "waiting",
		[HYPER_DMABUF_LINK_CONNECTED] = "connected",
	};

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

static int hdb_events_fill(struct hdb_events *events, struct err *err)
{
	ssize_t got;

	events->at = 0;
	events->filled = 0;
	got = read(events->hdb, events->data, sizeof(events->data));
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got < 0)
		return err_errno(err, errno, "cannot read events");
	events->filled = (size_t)got;
	return got > 0;
}

int hdb_events_next(struct hdb_events *events, struct hdb_event *event, struct err *err)
{
	for (;;) {
		struct hyper_dmabuf_event_hdr header;
		size_t left = events->filled - events->at;

		if (left == 0) {
			int filled = hdb_events_fill(events, err);

			if (filled <= 0)
				return filled;
			left = events->filled;
		}
		if (left < sizeof(header))
			return err_set(err, EXIT_FAILED, "the driver gave half an event");
		memcpy(&header, events->data + events->at, sizeof(header));
		left -= sizeof(header);
		if (header.size < 0 || header.size > MAX_SIZE_PRIV_DATA ||
		    (size_t)header.size > left)
			return err_set(err, EXIT_FAILED, "the driver gave an event of %d bytes",
				       header.size);
		event->hid = header.hid;
		event->size = (uint32_t)header.size;
		memcpy(event->priv, events->data + events->at + sizeof(header), event->size);
		events->at += sizeof(header) + event->size;
		if (header.event_type == HYPER_DMABUF_NEW_IMPORT)
			return 1;
	}
}
