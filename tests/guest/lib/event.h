/* SPDX-License-Identifier: MIT */
/* event: reading the driver's events one at a time. */
#ifndef HDB_TEST_EVENT_H
#define HDB_TEST_EVENT_H

#include <stdbool.h>

#include "hyper_dmabuf.h"

struct event {
	struct hyper_dmabuf_event_hdr hdr;
	char priv[MAX_SIZE_PRIV_DATA];
};

bool event_same_id(const hyper_dmabuf_id_t *a, const hyper_dmabuf_id_t *b);

/*
 * Waits for the next event of @dev. Returns its length, -ETIMEDOUT when none
 * came in @timeout_ms, or another negative errno.
 */
int event_next(int dev, struct event *event, int timeout_ms);

/* As event_next(), passing over what is not about @hid. */
int event_wait(int dev, const hyper_dmabuf_id_t *hid, struct event *event, int timeout_ms);

/* True when an event can be read at once. */
bool event_ready(int dev);

#endif /* HDB_TEST_EVENT_H */
