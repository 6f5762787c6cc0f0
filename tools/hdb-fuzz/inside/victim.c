// SPDX-License-Identifier: MIT
/*
 * A program between two links: of one of them the other end is hostile, the other one is the driver's
 * own loopback. What it gets to know of answers and messages is what an input reaches where nothing
 * tells of the code that ran.
 */
#include "inside.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define VICTIM_NODE	"/dev/hyper_dmabuf"
#define VICTIM_HEAP	"/dev/dma_heap/hyper_dmabuf"
#define VICTIM_PAGES	3
#define VICTIM_IMPORTS	8
/* More than the driver keeps of a link. */
#define VICTIM_EVENTS	128
#define VICTIM_PATIENCE_MS	10000

static struct {
	int buffers[FIELDS_OWN];	/* dma-bufs to share, for all inputs */
	int dev;
	struct peer peer;
	hyper_dmabuf_id_t ids[FIELDS_OWN];
	bool shared[FIELDS_OWN];
	int imports[VICTIM_IMPORTS];
	unsigned int next_import;
	struct inside_shared *out;
	uint64_t last;		/* what was seen last: orders count */
} victim;

static void victim_step(const char *step)
{
	snprintf(victim.out->step, sizeof(victim.out->step), "%s", step);
}

static void victim_wrong(const char *what)
{
	if (!victim.out->wrong[0])
		snprintf(victim.out->wrong, sizeof(victim.out->wrong), "%s", what);
}

enum victim_kind { SEEN_ANSWER, SEEN_MESSAGE, SEEN_LOOK };

/* One thing that was seen, alone and behind the one before. */
static void victim_seen(enum victim_kind kind, uint32_t what, uint32_t how)
{
	struct inside_shared *out = victim.out;
	uint64_t seen = (uint64_t)kind << 56 | (uint64_t)what << 24 | (how & 0xffffff);

	if (out->seen_count + 2 <= INSIDE_SEEN) {
		out->seen[out->seen_count++] = seen | 1ull << 62;
		out->seen[out->seen_count++] = (seen ^ victim.last << 13) | 1ull << 63;
	}
	victim.last = seen;
}

static long victim_call(unsigned long request, void *argument)
{
	long result = ioctl(victim.dev, request, argument);

	if (result < 0)
		result = -errno;
	victim_seen(SEEN_ANSWER, (uint32_t)request, result < 0 ? (uint32_t)-result : 0);
	return result;
}

/* ---- buffers of ours ---- */

int victim_init(void)
{
	int heap = open(VICTIM_HEAP, O_RDWR | O_CLOEXEC);

	if (heap < 0)
		return -errno;
	for (unsigned int i = 0; i < FIELDS_OWN; i++) {
		struct dma_heap_allocation_data data = {
			.len = VICTIM_PAGES * HDB_PAGE_SIZE, .fd_flags = O_RDWR | O_CLOEXEC,
		};

		if (ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data)) {
			int error = errno;

			close(heap);
			return -error;
		}
		victim.buffers[i] = (int)data.fd;
	}
	close(heap);
	return 0;
}

static void victim_fence(const hyper_dmabuf_id_t *id, uint32_t flags)
{
	struct ioctl_hyper_dmabuf_fence_send send = {
		.size = sizeof(send), .flags = flags, .hid = *id, .fence_fd = -1,
	};

	victim_call(IOCTL_HYPER_DMABUF_FENCE_SEND, &send);
}

/* Odd ones may be written; with odd private data their return is awaited. */
static void victim_share(const struct record *record)
{
	unsigned int number = record_number(record, 0, 1) % FIELDS_OWN;
	uint32_t length = record->length > 1 ? record->length - 1u : 0;
	struct ioctl_hyper_dmabuf_export share = {
		.size = sizeof(share), .flags = number % 2 ? HYPER_DMABUF_EXPORT_WRITABLE : 0,
		.dmabuf_fd = victim.buffers[number], .remote_domain = HDB_INJECT_DOMAIN,
		.sz_priv = length < HDB_MAX_PRIV ? length : HDB_MAX_PRIV,
		.priv = (uintptr_t)(record->payload + 1),
	};

	if (victim_call(IOCTL_HYPER_DMABUF_EXPORT, &share))
		return;
	victim.ids[number] = share.hid;
	victim.shared[number] = true;
	if (length && record->payload[1] % 2)
		victim_fence(&share.hid, HYPER_DMABUF_FENCE_EXPECT_RETURN);
}

static void victim_unexport(unsigned int number)
{
	struct ioctl_hyper_dmabuf_unexport unexport = {
		.hid = victim.ids[number % FIELDS_OWN], .delay_ms = number & 8 ? 1 : 0,
	};

	if (victim.shared[number % FIELDS_OWN])
		victim_call(IOCTL_HYPER_DMABUF_UNEXPORT, &unexport);
}

/* ---- buffers of theirs ---- */

/*
 * Ask everything of a buffer. @size: as it is said to be; 0: nothing is said, or of one of our own,
 * whose id they gave to theirs.
 */
static void victim_query(const hyper_dmabuf_id_t *id, unsigned long *size)
{
	uint8_t priv[MAX_SIZE_PRIV_DATA];
	unsigned long type = 0;

	for (int item = HYPER_DMABUF_QUERY_TYPE; item <= HYPER_DMABUF_QUERY_PRIV_INFO; item++) {
		struct ioctl_hyper_dmabuf_query query = { .hid = *id, .item = item };

		if (item == HYPER_DMABUF_QUERY_PRIV_INFO)
			query.info = (uintptr_t)priv;
		if (ioctl(victim.dev, IOCTL_HYPER_DMABUF_QUERY, &query))
			continue;
		if (item == HYPER_DMABUF_QUERY_TYPE)
			type = query.info;
		if (item == HYPER_DMABUF_QUERY_SIZE)
			*size = type == IMPORTED ? query.info : 0;
	}
}

static void victim_touch(int fd, size_t size)
{
	uint8_t *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	unsigned int sum = 0;

	if (map == MAP_FAILED) {
		victim_seen(SEEN_ANSWER, 1, (uint32_t)errno);
		return;
	}
	/* Page faults, at both ends. */
	sum += *(volatile uint8_t *)map;
	sum += *(volatile uint8_t *)(map + size - 1);
	(void)sum;
	munmap(map, size);
}

static void victim_import(const hyper_dmabuf_id_t *id)
{
	struct ioctl_hyper_dmabuf_export_fd import = { .hid = *id, .flags = O_CLOEXEC };
	unsigned int at = victim.next_import++ % VICTIM_IMPORTS;
	struct pollfd wait = { .events = POLLIN };
	unsigned long size = 0;
	off_t really;

	victim_query(id, &size);
	if (victim_call(IOCTL_HYPER_DMABUF_EXPORT_FD, &import))
		return;
	victim.out->imported++;
	really = lseek(import.fd, 0, SEEK_END);
	/* The buffer may be gone by now, and the number of its size with it. */
	if (really <= 0 || really % HDB_PAGE_SIZE || (size && (unsigned long)really != size))
		victim_wrong("an imported dma-buf has another size than its id");
	else
		victim_touch(import.fd, (size_t)really);
	wait.fd = import.fd;
	victim_seen(SEEN_ANSWER, 2, (uint32_t)poll(&wait, 1, 0));
	victim_fence(id, HYPER_DMABUF_FENCE_IMPORT);
	if (victim.imports[at] > 0)
		close(victim.imports[at]);
	victim.imports[at] = import.fd;
}

/* ---- both ---- */

/*
 * Read the events that there are, as many as one read() gives, and call @each for them. Returns how
 * many; 0: none; -1: they are not what the interface says.
 */
static int victim_read(int dev, void (*each)(const hyper_dmabuf_id_t *id, void *data), void *data)
{
	uint8_t bytes[1024];
	ssize_t got = read(dev, bytes, sizeof(bytes));
	int count = 0;

	if (got < 0)
		return errno == EAGAIN ? 0 : -1;
	for (ssize_t at = 0; at < got; count++) {
		struct hyper_dmabuf_event_hdr header;

		if (got - at < (ssize_t)sizeof(header))
			return -1;
		memcpy(&header, bytes + at, sizeof(header));
		at += (ssize_t)sizeof(header);
		if (header.event_type != HYPER_DMABUF_NEW_IMPORT || header.size < 0 ||
		    header.size > MAX_SIZE_PRIV_DATA || header.size > got - at)
			return -1;
		at += header.size;
		each(&header.hid, data);
	}
	return count;
}

static void victim_each(const hyper_dmabuf_id_t *id, void *data)
{
	(void)data;
	victim_import(id);
}

static void victim_events(void)
{
	int got = 1;

	for (int i = 0; i < VICTIM_EVENTS && got > 0; i++)
		got = victim_read(victim.dev, victim_each, NULL);
	if (got < 0)
		victim_wrong("an event is not what the interface says");
}

/* What the driver says to the other domain is right, whatever that said. */
static void victim_messages(void)
{
	struct hdb_msg msg;
	int got;

	while ((got = peer_next(&victim.peer, &msg, victim.out->wrong, sizeof(victim.out->wrong))) > 0) {
		victim.out->sent++;
		victim_seen(SEEN_MESSAGE, msg.type, msg.flags << 12 | msg.reason);
	}
}

static void victim_look(const struct hdb_inject_look *before, const struct hdb_inject_look *after)
{
	uint64_t received = after->received - before->received, bad = after->bad - before->bad;
	uint64_t late = after->late - before->late;

	victim_seen(SEEN_LOOK, after->dead, (uint32_t)(received < 3 ? received : 3) << 4 |
		    (uint32_t)(bad < 3 ? bad : 3) << 2 | (uint32_t)(late < 3 ? late : 3));
}

/* The driver takes what is there, and programs do what they do then. */
static void victim_take(bool wait)
{
	struct hdb_inject_look before = victim.out->look;

	victim_step("taking messages");
	peer_ring(&victim.peer, wait);
	victim_step("importing");
	victim_events();
	peer_look(&victim.peer, &victim.out->look);
	victim_look(&before, &victim.out->look);
	if (wait && !victim.out->wrong[0])
		peer_left(&victim.peer, &victim.out->look, victim.out->wrong,
			  sizeof(victim.out->wrong));
	victim_messages();
}

/* Inputs name our buffers by ids that they have nowhere. */
static void victim_own_id(uint8_t *slot)
{
	for (unsigned int i = 0; i < FIELDS_OWN; i++) {
		struct hdb_id id = fields_own_id(i);

		if (victim.shared[i] && !memcmp(slot + fields_header[3].offset, &id, sizeof(id))) {
			memcpy(slot + fields_header[3].offset, &victim.ids[i], sizeof(id));
			return;
		}
	}
}

static void victim_send(const struct record *record)
{
	uint8_t slot[HDB_SLOT_SIZE] = { 0 };
	uint32_t type;
	size_t length = record->length < HDB_SLOT_SIZE ? record->length : HDB_SLOT_SIZE;

	memcpy(slot, record->payload, length);
	victim_own_id(slot);
	/* What came of it depends on it; types that are none are all the same. */
	type = slot[0] | slot[1] << 8;
	victim_seen(SEEN_MESSAGE, 64, type <= HDB_MSG_RETURN ? type : 0);
	peer_send(&victim.peer, slot, sizeof(slot));
}

static void victim_do(const struct record *record)
{
	switch (record->operation) {
	case RECORD_SLOT:
		victim_send(record);
		break;
	case RECORD_TAKE:
		victim_take(record_number(record, 0, 1) != 0);
		break;
	case RECORD_SHARE:
		victim_step("sharing");
		victim_share(record);
		victim_messages();
		break;
	case RECORD_UNEXPORT:
		victim_step("unsharing");
		victim_unexport(record_number(record, 0, 1));
		victim_messages();
		break;
	default:
		peer_do(&victim.peer, record);
	}
}

static void victim_close_imports(void)
{
	for (unsigned int i = 0; i < VICTIM_IMPORTS; i++)
		if (victim.imports[i] > 0)
			close(victim.imports[i]);
	memset(victim.imports, 0, sizeof(victim.imports));
}

void victim_run(struct inside_shared *shared)
{
	const uint8_t *bytes = shared->bytes;
	size_t size = shared->size;
	bool backend = size && bytes[0] % RECORD_OPERATIONS == RECORD_BACKEND;
	struct record record;
	int error;

	victim.out = shared;
	victim.last = 0;
	memset(victim.shared, 0, sizeof(victim.shared));
	victim_step("connecting");
	victim.dev = open(VICTIM_NODE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	error = victim.dev < 0 ? -errno : peer_open(&victim.peer, !backend);
	if (error) {
		snprintf(shared->wrong, sizeof(shared->wrong), "no link is made: %s", strerror(-error));
		if (victim.dev >= 0)
			close(victim.dev);
		return;
	}
	while (record_next(&bytes, &size, &record))
		victim_do(&record);
	victim_take(true);

	/* A link goes while its imports are in use, or a program before its link does. */
	victim_step("letting go");
	if (shared->size % 2)
		victim_close_imports();
	if (shared->size % 4 < 2)
		peer_close(&victim.peer);
	close(victim.dev);
	if (shared->size % 4 >= 2)
		peer_close(&victim.peer);
	victim_close_imports();
	victim_step("");
}

/* ---- the loopback ---- */

struct victim_wanted {
	const hyper_dmabuf_id_t *id;
	bool there;
};

static void victim_is_it(const hyper_dmabuf_id_t *id, void *data)
{
	struct victim_wanted *wanted = data;

	wanted->there = wanted->there || !memcmp(id, wanted->id, sizeof(*id));
}

static bool victim_await(int dev, const hyper_dmabuf_id_t *id)
{
	struct pollfd wait = { .fd = dev, .events = POLLIN };
	struct victim_wanted wanted = { .id = id };

	while (!wanted.there && poll(&wait, 1, VICTIM_PATIENCE_MS) > 0)
		if (victim_read(dev, victim_is_it, &wanted) < 0)
			return false;
	return wanted.there;
}

static void victim_compare(int fd, uint8_t value)
{
	size_t size = VICTIM_PAGES * HDB_PAGE_SIZE;
	uint8_t *ours = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, victim.buffers[0], 0);
	uint8_t *theirs = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);

	if (ours == MAP_FAILED || theirs == MAP_FAILED) {
		victim_wrong("an honest buffer cannot be mapped");
	} else {
		memset(ours, value, size);
		if (memcmp(ours, theirs, size))
			victim_wrong("an honest buffer is not what was written into it");
	}
	if (ours != MAP_FAILED)
		munmap(ours, size);
	if (theirs != MAP_FAILED)
		munmap(theirs, size);
}

void victim_honest(struct inside_shared *shared)
{
	int out = open(VICTIM_NODE, O_RDWR | O_CLOEXEC);
	int in = open(VICTIM_NODE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	struct ioctl_hyper_dmabuf_links links = { .size = sizeof(links) };
	struct ioctl_hyper_dmabuf_export share = {
		.size = sizeof(share), .dmabuf_fd = victim.buffers[0],
	};
	struct ioctl_hyper_dmabuf_export_fd import = { .flags = O_CLOEXEC };
	static uint8_t value;

	victim.out = shared;
	victim_step("sharing honestly");
	if (out < 0 || in < 0 || ioctl(out, IOCTL_HYPER_DMABUF_LINKS, &links))
		victim_wrong("the driver does not tell its links");
	share.remote_domain = links.own_domain;
	if (!shared->wrong[0] && ioctl(out, IOCTL_HYPER_DMABUF_EXPORT, &share))
		victim_wrong("an honest buffer cannot be shared");
	import.hid = share.hid;
	if (!shared->wrong[0] && !victim_await(in, &share.hid))
		victim_wrong("an honest buffer does not arrive");
	if (!shared->wrong[0] && ioctl(in, IOCTL_HYPER_DMABUF_EXPORT_FD, &import))
		victim_wrong("an honest buffer cannot be imported");
	if (!shared->wrong[0]) {
		victim_compare(import.fd, ++value);
		close(import.fd);
	}
	close(in);
	close(out);
	victim_step("");
}
