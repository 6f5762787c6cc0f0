/* SPDX-License-Identifier: MIT */
/*
 * fence: fences that stay pending until they are told to signal, and what can be
 * seen of fences through dma-bufs and sync_files.
 */
#ifndef HDB_TEST_FENCE_H
#define HDB_TEST_FENCE_H

#include <stdbool.h>
#include <stdint.h>

/* Module parameter of the driver, in milliseconds. */
#define FENCE_TIMEOUT_MS	2000

/**
 * struct fence - a pending fence of vgem, on a buffer that nobody else uses
 * @dev: the node
 * @id: of the fence
 * @fd: a sync_file of it
 *
 * vgem lets it expire after 10 s.
 */
struct fence {
	int dev;
	uint32_t id;
	int fd;
};

/* Returns 0 or a negative errno; -ENOENT without vgem. */
int fence_new(struct fence *fence);

/* Returns what vgem says: -ETIMEDOUT when it had expired. */
int fence_signal(const struct fence *fence);

/* Closing the node signals it too. */
void fence_free(struct fence *fence);

/* A fence onto a dma-buf, as of a writer or of a reader. */
int fence_attach(int dmabuf, int sync_file, bool write);

/* What to wait for before reading (@write: writing) a dma-buf, as a sync_file. */
int fence_of(int dmabuf, bool write);

/* Of a sync_file: 0 pending, 1 signalled, or the negative errno that it failed with. */
int fence_status(int sync_file);

/* How many fences a sync_file is made of, and the driver of the first one. */
int fence_count(int sync_file, char driver[32]);

/* Would poll() find @fd ready for @events (POLLIN, POLLOUT) within @timeout_ms? */
bool fence_ready(int fd, short events, int timeout_ms);

/* Milliseconds since some moment. */
long fence_now(void);

/* Sets the driver's fence_timeout_ms. */
int fence_set_timeout(unsigned int ms);

#endif /* HDB_TEST_FENCE_H */
