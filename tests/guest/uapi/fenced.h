/* SPDX-License-Identifier: MIT */
/* fenced: what the tests of fences start from. */
#ifndef HDB_TEST_FENCED_H
#define HDB_TEST_FENCED_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#include "ends.h"
#include "fence.h"

/* For call_fence_send(). */
#define IMPORT		HYPER_DMABUF_FENCE_IMPORT
#define EXPECT		HYPER_DMABUF_FENCE_EXPECT_RETURN
#define WRITE		HYPER_DMABUF_FENCE_WRITE

/* Long enough for what is to come at once, on an emulated machine. */
#define SOON_MS		1500

/* Long enough to be wrong, if it comes. */
#define NOT_YET_MS	100

/* A suite's .init: ends_init(), the usual time limit; skips without vgem. */
void fenced_init(void);

#define FENCED_SUITE(name) TestSuite(name, .init = fenced_init, .timeout = 60)

/* A shared page, imported; the import is not mapped. */
void fenced_share(struct shared *shared, int *import);

/* fence_new() that has to work. */
struct fence fenced_new(void);

/* The two sides of FENCE_SEND; they have to work, and give the number pending. */
int fenced_publish(const struct shared *shared, unsigned int flags, int fd);
int fenced_return(const struct shared *shared, int fd);

/* Not ready, and still not after a while. */
#define assert_waits(fd, events) \
	cr_assert(!fence_ready(fd, events, NOT_YET_MS), #fd " is ready early")
#define assert_ready(fd, events) \
	cr_assert(fence_ready(fd, events, SOON_MS), #fd " does not get ready")

/* Everybody waits until the announcement of a fence has arrived. */
#define assert_arrives(fd, events) \
	cr_assert(eventually(!fence_ready(fd, events, 0)), #fd " never had to wait")

#endif /* HDB_TEST_FENCED_H */
