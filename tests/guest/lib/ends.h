/* SPDX-License-Identifier: MIT */
/*
 * ends: what most tests start from, an exporting and an importing open file of
 * the loopback link. For Criterion tests; what fails here fails the test.
 */
#ifndef HDB_TEST_ENDS_H
#define HDB_TEST_ENDS_H

#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "dmabuf.h"
#include "call.h"
#include "event.h"
#include "state.h"

/* Longer than anything here takes on an emulated machine, in milliseconds. */
#define ENDS_PATIENCE_MS	5000

/**
 * struct ends - the two ends, set up by ends_init()
 * @out: exports
 * @in: imports; non-blocking
 * @domain: this domain, which is the other one too
 */
extern struct ends {
	int out;
	int in;
	int domain;
} ends;

/* A suite's .init: nothing may be left of an earlier test; opens both ends. */
void ends_init(void);

/* A suite: every test has an own process and starts from ends_init(). */
#define ENDS_SUITE(name) TestSuite(name, .init = ends_init, .timeout = 60)

/**
 * struct shared - a buffer and the name that it is shared under
 */
struct shared {
	struct dmabuf buffer;
	hyper_dmabuf_id_t hid;
};

/* Allocates @size bytes, fills them with @seed, shares them, awaits the event. */
void ends_share(struct shared *shared, size_t size, uint32_t seed);

/* Shares what is allocated already, and awaits the event. */
void ends_share_buffer(struct shared *shared);

/* Imports and maps on the importing side. */
void ends_import(const struct shared *shared, struct dmabuf *import);

/* Runs @body(@arg) in a child. Returns its wait status. */
int ends_fork(void (*body)(void *arg), void *arg);

/* True when a write of one byte to @at kills with SIGBUS; false when it works. */
bool ends_write_dies(void *at);

/* What @call returns has to be @want: 0, a number or a negative errno. */
#define expect(want, call) do {								\
	long want_ = (want);								\
	long got_ = (call);								\
											\
	cr_assert(got_ == want_, "%s gave %ld (%s), not %ld (%s)", #call, got_,		\
		  got_ < 0 ? strerror((int)-got_) : "fine", want_,			\
		  want_ < 0 ? strerror((int)-want_) : "fine");				\
} while (0)

/* As expect(), for calls that may fail in two ways. */
#define expect_either(want1, want2, call) do {						\
	long got_ = (call);								\
											\
	cr_assert(got_ == (want1) || got_ == (want2), "%s gave %ld (%s)", #call, got_,	\
		  got_ < 0 ? strerror((int)-got_) : "fine");				\
} while (0)

/* True as soon as @condition is; false when it is not after ENDS_PATIENCE_MS. */
#define eventually(condition) ({							\
	bool met_ = false;								\
											\
	for (int i_ = 0; !met_ && i_ <= ENDS_PATIENCE_MS / 10; i_++) {			\
		met_ = (condition);							\
		if (!met_)								\
			usleep(10000);							\
	}										\
	met_;										\
})

#define assert_pattern(map, size, seed) do {						\
	long at_ = dmabuf_check(map, size, seed);					\
											\
	cr_assert(at_ < 0, "%s is wrong from byte %ld of %zu on", #map, at_,		\
		  (size_t)(size));							\
} while (0)

#endif /* HDB_TEST_ENDS_H */
