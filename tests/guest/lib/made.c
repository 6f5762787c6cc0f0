// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "made.h"

#define MADE_NODE	"/dev/hdb_test_exporter"
#define MADE_MODULE	"/opt/hdb/lib/hdb_test_exporter.ko"
#define MADE_PAGE	4096

static int made_load(void)
{
	int fd = open(MADE_MODULE, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return err == -EEXIST ? 0 : err;
}

/* The module's node, opened; or a negative errno. */
static int made_open(void)
{
	int node = open(MADE_NODE, O_RDWR | O_CLOEXEC), err;

	if (node >= 0)
		return node;
	err = made_load();
	if (err)
		return err;
	node = open(MADE_NODE, O_RDWR | O_CLOEXEC);
	return node < 0 ? -errno : node;
}

int made_new(enum exporter_kind kind, size_t size)
{
	struct exporter_make make = { .kind = kind, .size = size };
	int node = made_open(), fd;

	if (node < 0)
		return node;
	fd = ioctl(node, EXPORTER_MAKE, &make);
	if (fd < 0)
		fd = -errno;
	close(node);
	return fd;
}

int made_flip(int fd)
{
	struct exporter_flip flip = { .fd = fd };
	int node = made_open(), err;

	if (node < 0)
		return node;
	err = ioctl(node, EXPORTER_FLIP, &flip) ? -errno : 0;
	close(node);
	return err;
}

int made_hold(int fd, unsigned int ms, uint32_t *held)
{
	struct exporter_hold hold = { .fd = fd, .ms = ms, .held = (uintptr_t)held };
	int node = made_open(), err;

	if (node < 0)
		return node;
	err = ioctl(node, EXPORTER_HOLD, &hold) ? -errno : 0;
	close(node);
	return err;
}

int made_end(void)
{
	return syscall(SYS_delete_module, "hdb_test_exporter", O_NONBLOCK) ? -errno : 0;
}

long made_check(const void *map, size_t size)
{
	const unsigned char *bytes = map;

	for (size_t page = 0; page < size / MADE_PAGE; page++)
		if (bytes[page * MADE_PAGE] != EXPORTER_BYTE(page) ||
		    bytes[(page + 1) * MADE_PAGE - 1] != EXPORTER_BYTE(page))
			return (long)page;
	return -1;
}
