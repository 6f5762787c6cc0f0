// SPDX-License-Identifier: MIT
/* Many buffers at once: no slots for them, but one file descriptor each. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "event.h"
#include "share.h"

/* A descriptor for each, and some to spare. */
static int many_room(int count)
{
	struct rlimit files = { .rlim_cur = (rlim_t)count + 64, .rlim_max = (rlim_t)count + 64 };
	struct rlimit now;

	if (getrlimit(RLIMIT_NOFILE, &now) || now.rlim_cur >= files.rlim_cur)
		return 0;
	return setrlimit(RLIMIT_NOFILE, &files) ? -errno : 0;
}

static int many_keep(struct share *share, int fd)
{
	int *fds = realloc(share->many, (size_t)(share->many_count + 1) * sizeof(*fds));

	if (!fds) {
		close(fd);
		return -ENOMEM;
	}
	fds[share->many_count++] = fd;
	share->many = fds;
	return 0;
}

void many_forget(struct share *share)
{
	while (share->many_count)
		close(share->many[--share->many_count]);
	free(share->many);
	share->many = NULL;
}

int many_export(struct share *share, int domain, int count, size_t size)
{
	for (int i = 0; i < count; i++) {
		struct dmabuf buffer;
		int err = dmabuf_alloc(&buffer, "heap", size);

		if (err)
			return err;
		dmabuf_fill(buffer.map, size, (uint32_t)i);
		err = call_export(share->dev, buffer.fd, domain, &i, sizeof(i), NULL);
		/* The driver holds what it shares. */
		dmabuf_free(&buffer);
		if (err)
			return err;
	}
	return 0;
}

int many_until_refused(struct share *share, int domain, size_t size, int *err)
{
	int count = 0;

	while (!(*err = many_export(share, domain, 1, size)))
		count++;
	return count;
}

int many_import(struct share *share, int count)
{
	int err = many_room(count);

	for (int i = 0; i < count && !err; i++) {
		struct dmabuf import;
		struct event event;
		uint32_t seed;
		int fd, got = event_next(share->dev, &event, 10000);

		if (got < 0)
			return got;
		if (event.hdr.size != sizeof(seed))
			return -EPROTO;
		memcpy(&seed, event.priv, sizeof(seed));
		fd = call_import(share->dev, &event.hdr.hid, 0);
		if (fd < 0)
			return fd;
		err = dmabuf_wrap(&import, fd, (size_t)lseek(fd, 0, SEEK_END));
		if (err)
			return err;
		if (dmabuf_check(import.map, import.size, seed) >= 0)
			err = -EBADMSG;
		dmabuf_unmap(&import);
		if (!err)
			err = many_keep(share, fd);
	}
	return err;
}

int many_renew(struct share *share, int fd, int domain, int count)
{
	for (int i = 0; i < count; i++) {
		int err = call_export(share->dev, fd, domain, &i, sizeof(i), NULL);

		if (err)
			return err;
	}
	return 0;
}
