// SPDX-License-Identifier: MIT
#include "inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

_Static_assert(HDB_INJECT_RINGS == HDB_RING_PAGES * HDB_PAGE_SIZE, "the rings come first");

#define PEER_DOOR	"/sys/kernel/debug/" HDB_INJECT_FILE

int peer_open(struct peer *peer, bool frontend)
{
	*peer = (struct peer){ .door = open(PEER_DOOR, O_RDWR | O_CLOEXEC), .theirs = frontend };
	if (peer->door < 0)
		return -errno;
	peer->memory = mmap(NULL, HDB_INJECT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, peer->door, 0);
	if (peer->memory == MAP_FAILED || ioctl(peer->door, HDB_INJECT_CONNECT, frontend)) {
		int error = errno;

		if (peer->memory != MAP_FAILED)
			munmap(peer->memory, HDB_INJECT_BYTES);
		close(peer->door);
		peer->door = -1;
		return -error;
	}
	return 0;
}

void peer_close(struct peer *peer)
{
	munmap(peer->memory, HDB_INJECT_BYTES);
	close(peer->door);
	peer->door = -1;
}

static struct hdb_ring_control *peer_control(const struct peer *peer)
{
	return (struct hdb_ring_control *)peer->memory;
}

static uint8_t *peer_slot(const struct peer *peer, unsigned int direction, uint32_t index)
{
	return peer->memory + (1 + direction * HDB_SLOT_PAGES) * HDB_PAGE_SIZE +
	       index % HDB_SLOTS * HDB_SLOT_SIZE;
}

void peer_send(struct peer *peer, const uint8_t *bytes, size_t length)
{
	uint8_t *slot = peer_slot(peer, peer->theirs, peer->produced);

	if (length > HDB_SLOT_SIZE)
		length = HDB_SLOT_SIZE;
	memcpy(slot, bytes, length);
	memset(slot + length, 0, HDB_SLOT_SIZE - length);
	__atomic_store_n(&peer_control(peer)->producer[peer->theirs].index, ++peer->produced,
			 __ATOMIC_RELEASE);
}

static void peer_index(struct peer *peer, const struct record *record)
{
	struct hdb_ring_control *control = peer_control(peer);
	uint32_t value = record_number(record, 1, 4);

	switch (record_number(record, 0, 1) % RECORD_WORDS) {
	case RECORD_PRODUCER:
		control->producer[peer->theirs].index = value;
		peer->produced = value;
		break;
	case RECORD_WAIT_ROOM:
		control->producer[peer->theirs].wait_room = value;
		break;
	case RECORD_CONSUMER:
		control->consumer[!peer->theirs].index = value;
		break;
	}
}

static void peer_write(struct peer *peer, const struct record *record)
{
	size_t at = record_number(record, 0, 2) % HDB_INJECT_RINGS;

	peer->meddled = true;
	for (size_t i = 2; i < record->length; i++)
		peer->memory[(at + i - 2) % HDB_INJECT_RINGS] = record->payload[i];
}

static void peer_page(struct peer *peer, const struct record *record)
{
	uint8_t *page = peer->memory + HDB_INJECT_RINGS +
			record_number(record, 0, 4) % HDB_INJECT_PAGES * HDB_PAGE_SIZE;
	size_t length = record->length > 4 ? record->length - 4u : 0;

	if (length)
		memcpy(page, record->payload + 4, length);
	memset(page + length, 0, HDB_PAGE_SIZE - length);
}

void peer_do(struct peer *peer, const struct record *record)
{
	struct hdb_ring_control *control = peer_control(peer);

	switch (record->operation) {
	case RECORD_WRITE:
		peer_write(peer, record);
		break;
	case RECORD_INDEX:
		peer_index(peer, record);
		break;
	case RECORD_PAGE:
		peer_page(peer, record);
		break;
	case RECORD_DRAIN:
		__atomic_store_n(&control->consumer[!peer->theirs].index,
				 control->producer[!peer->theirs].index, __ATOMIC_RELEASE);
		break;
	default:
		break;
	}
}

int peer_next(struct peer *peer, struct hdb_msg *msg, char *wrong, size_t size)
{
	uint32_t ready = __atomic_load_n(&peer_control(peer)->producer[!peer->theirs].index,
					 __ATOMIC_ACQUIRE);
	int error;

	if (ready == peer->looked)
		return 0;
	/* Written over by ourselves, or by the driver, which believed what we said to have read. */
	if (peer->meddled || ready - peer->looked > HDB_SLOTS) {
		peer->looked = ready;
		return 0;
	}
	error = hdb_msg_decode(peer_slot(peer, !peer->theirs, peer->looked++), msg);
	if (!error)
		return 1;
	snprintf(wrong, size, "the driver sends what it would refuse itself, with %d", error);
	return -1;
}

bool peer_left(const struct peer *peer, const struct hdb_inject_look *look, char *wrong,
	       size_t size)
{
	const struct hdb_ring_control *control = peer_control(peer);
	uint32_t left = control->producer[peer->theirs].index - control->consumer[peer->theirs].index;

	/* It does not read its own index either. */
	if (peer->meddled || look->dead || !left)
		return false;
	if (left > HDB_SLOTS)
		snprintf(wrong, size, "the driver takes a ring with %u messages for one", left);
	else
		snprintf(wrong, size, "the driver leaves %u messages in the ring", left);
	return true;
}

void peer_ring(struct peer *peer, bool wait)
{
	ioctl(peer->door, wait ? HDB_INJECT_RING : HDB_INJECT_RING_ASYNC);
}

void peer_look(struct peer *peer, struct hdb_inject_look *look)
{
	ioctl(peer->door, HDB_INJECT_LOOK, look);
}
