/* SPDX-License-Identifier: MIT */
/* run_inside: what the files of run share. */
#ifndef HDB_FUZZ_RUN_INSIDE_H
#define HDB_FUZZ_RUN_INSIDE_H

#include <hyper_dmabuf.h>

#include "run.h"

#define RUN_PAGE	4096u
#define RUN_ROOM	(2 * RUN_PAGE)
#define RUN_CANARY	0xa5

/* Memory for arguments: two pages, one that is not there, then the same two read-only. */
struct run_arena {
	uint8_t *pages, *readonly;
};

/* The thread that makes a call. */
struct run_thread {
	int index;
	struct run_arena arena;
	bool sequential;	/* nobody else makes any */
};

/* One call; a negative errno when it failed. */
typedef long (*run_handler)(struct run_thread *thread, const struct run_value *a);

/* Of run_calls.c: those of the driver. Of run_objects.c: all others. */
extern const run_handler run_call_handlers[RUN_NAMES], run_object_handlers[RUN_NAMES];

/* ---- run.c ---- */

extern hyper_dmabuf_id_t run_ids[RUN_SLOTS];
extern uint32_t run_own;
extern int run_memfd, run_tids[RUN_THREADS + 1];

void run_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

bool run_is_fd(struct run_value value);
unsigned int run_slot(struct run_value value);

/* The descriptor; -1 where the slot is empty, and the number itself where it is one. */
int run_fd(struct run_value value);

/* As above, but only ours: descriptors of the process itself are left alone. */
int run_own_fd(struct run_value value);

/* Put one into its slot; what was there is closed. */
void run_keep(enum run_kind kind, struct run_value value, int fd);

hyper_dmabuf_id_t run_id(struct run_value value);
uint32_t run_number(struct run_value value);

/* What a system call returned, or the negative errno. */
long run_result(long result);

/* ---- run_objects.c ---- */

void run_objects_init(void);
void run_objects_reset(void);

#endif
