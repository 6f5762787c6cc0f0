/* SPDX-License-Identifier: MIT */
/*
 * churn: one end of a link, busy at one moment of a buffer's or a fence's life, again
 * and again, in a process of its own, for somebody to pull the plug on it or on
 * the other end.
 *
 * It goes on until it is told to stop, or until its link is dead, which it has to
 * find out by itself; no call and no wait may take longer than its bound, and
 * what it has mapped keeps its contents.
 */
#ifndef HDB_TEST_CHURN_H
#define HDB_TEST_CHURN_H

#include <stdbool.h>
#include <stddef.h>

#include "call.h"
#include "dmabuf.h"
#include "fence.h"

/* No call of the driver takes longer: connecting may, for connect_timeout_ms. */
#define CHURN_CALL_MS		12000

/* The time limit of fences while there is churn; and what a wait for one may take. */
#define CHURN_LIMIT_MS		1000
#define CHURN_WAIT_MS		12000

#define CHURN_BUFFERS		4
#define CHURN_BYTES		(64 * DMABUF_PAGE)
#define CHURN_IMPORTS		16

/**
 * struct churn_report - how it went, also while it goes
 * @going: set up, and at it
 * @steps: rounds that were made
 * @error: what a dead link gave, by the call @call; 0: it was stopped
 * @longest_ms: of all calls and waits, it was @longest
 * @why: what was wrong; empty: nothing
 */
struct churn_report {
	bool going;
	unsigned int steps;
	int error;
	char call[16];
	long longest_ms;
	char longest[16];
	char why[160];
};

/* A buffer of the other domain, by its name; @buffer.fd is -1 while it is not mapped. */
struct churn_import {
	hyper_dmabuf_id_t hid;
	struct dmabuf buffer;
	uint32_t seed;
};

/**
 * struct churn - one end
 * @report: shared with the process that started it
 * @domain: the other one
 * @buffers, @hids: the exporter's
 * @imports: the importer's, by turns
 */
struct churn {
	struct churn_report *report;
	const struct churn_moment *moment;
	int dev, domain;
	struct dmabuf buffers[CHURN_BUFFERS];
	hyper_dmabuf_id_t hids[CHURN_BUFFERS];
	struct churn_import imports[CHURN_IMPORTS];
	unsigned int next;
};

/**
 * struct churn_moment - what both ends do
 * @export_step, @import_step: one round; 0, or what a call gave
 * @no_cache: each import is mapped anew
 */
struct churn_moment {
	const char *name;
	int (*export_step)(struct churn *churn);
	int (*import_step)(struct churn *churn);
	bool no_cache;
};

extern const struct churn_moment churn_moments[];	/* the last one has no name */

/* ---- what steps are made of; each returns what the call gives ---- */

int churn_share(struct churn *churn, int index, unsigned int note);
int churn_unshare(struct churn *churn, int index, int delay_ms);
int churn_fence_send(struct churn *churn, const hyper_dmabuf_id_t *hid, unsigned int flags);
int churn_setup_channels(struct churn *churn);

/* The next announcement: 1 with *@import, not mapped if it is new; 0: none in @ms. */
int churn_event(struct churn *churn, struct churn_import **import, int ms);

/* Maps it, or looks whether what is mapped has kept its contents. */
int churn_map(struct churn *churn, struct churn_import *import);
void churn_unmap(struct churn_import *import);

/* Waits until @fd has @events, for as long as a fence may take. */
int churn_wait(struct churn *churn, int fd, short events, const char *what);

/* Sleeps; ends at once when it is to stop. */
void churn_sleep(int ms);
bool churn_stopped(void);

/* -ENODEV: there is no link with the domain, or it is not connected. */
int churn_alive(struct churn *churn);

/* ---- the process (churn_process.c) ---- */

/*
 * Starts it: @role is "export" or "import", @moment one of churn_moments. Returns
 * 0 once it is at it, or -1 with the reason in @why.
 */
int churn_start(const char *role, const char *moment, int domain, char *why, size_t room);

/*
 * Ends it. @how: "alone": it has to end by itself; "stop": it is told to, and ends
 * at once; "kill": as an accident would. Returns 0 with what it did in @why, or -1
 * with what was wrong.
 */
int churn_end(const char *how, int timeout_ms, char *why, size_t room);

/**
 * churn_meet - the link works: both ends do this at the same time
 * @seed: the same at both ends, and another one each time
 *
 * Shares a buffer each way, checks what comes, and lets go. Returns 0, or -1 with the
 * reason in @why.
 */
int churn_meet(int domain, unsigned int seed, char *why, size_t room);

#endif /* HDB_TEST_CHURN_H */
