/* SPDX-License-Identifier: MIT */
/*
 * hdb-test-share: one end of a scenario, told what to do one line at a time.
 *
 * A scenario needs processes that hold on to buffers while other things happen
 * in other domains. `hdb-test-share NAME` starts such a process and prints its id;
 * `hdb-test-ask NAME COMMAND [ARGUMENT]...` sends it a command and prints what
 * comes back.
 * share_commands in commands.c lists the commands.
 */
#ifndef HDB_TEST_SHARE_H
#define HDB_TEST_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "call.h"
#include "dmabuf.h"

#define SHARE_SLOTS		16
#define SHARE_ARGS_MAX		8
#define SHARE_LINE_MAX		512

/* The socket of the process NAME. */
#define SHARE_SOCKET_FORMAT	"/run/hdb-test-%s.socket"

/**
 * struct share - the process
 * @dev: the device, non-blocking; -1 between release and reset
 * @slots: buffers, by the number that commands give them; fd is -1 in free ones
 * @took: milliseconds that the last import did
 * @many: fds of @many_count imports that have no slot
 * @takers: the device that has taken the buffer of a slot, opened; else -1
 */
struct share {
	int dev;
	struct dmabuf slots[SHARE_SLOTS];
	long took;
	int *many;
	int many_count;
	int takers[SHARE_SLOTS];
};

/**
 * share_run - execute one command
 * @line: command and arguments, blank between them; taken apart
 * @reply: "ok" with what there is to say, or "fail" with the reason
 */
void share_run(struct share *share, char *line, char *reply, size_t room);

/**
 * texture_sample - sample a buffer as an EGL image
 * @slot: tells images apart: the first call makes the image of a buffer, later
 *	ones sample the same one again
 * @fd: the dma-buf, @width x @height pixels of 4 bytes in rows without padding
 * @pixels: gets the bytes, ordered as in memory
 * @why: gets the reason of a failure
 *
 * Returns 0, or -1 on failure.
 */
int texture_sample(int slot, int fd, unsigned int width, unsigned int height, void *pixels,
		   char *why, size_t room);

/* Forgets the image of @slot, which holds the dma-buf. */
void texture_forget(int slot);

/* Forgets all images and the context: Mesa lets go of the last one then at the latest. */
void texture_close(void);

/**
 * mapping_check - one check of what can be done to the mappings of an import
 * @name: of the check; mapping_checks in mapping.c lists them
 * @fd: the import, of @size bytes filled with @seed
 * @writable: it may be written; what the check writes is what was there
 * @why: gets the reason of a failure
 *
 * Returns 0, or -1 on failure.
 */
int mapping_check(const char *name, int fd, size_t size, uint32_t seed, bool writable, char *why,
		  size_t room);

/*
 * Many buffers of the system's heap: @count of them are exported, each filled with its number,
 * which is its private data too; or as many as it takes until one is refused with *@err, which
 * are counted. Imported are those of the next @count events, checked, and held until
 * many_forget(). many_renew() exports one buffer @count times. All but many_until_refused()
 * return 0 or a negative errno; -EBADMSG: other contents.
 */
int many_export(struct share *share, int domain, int count, size_t size);
int many_until_refused(struct share *share, int domain, size_t size, int *err);
int many_import(struct share *share, int count);
int many_renew(struct share *share, int fd, int domain, int count);
void many_forget(struct share *share);

#endif /* HDB_TEST_SHARE_H */
