/* SPDX-License-Identifier: MIT */
/* answer: the victim's program; it knows the driver's calls, and nothing of the wire. */
#ifndef HDB_FUZZ_ANSWER_H
#define HDB_FUZZ_ANSWER_H

#include <jansson.h>

#include "err.h"

/* Use what the domain @peer shares, share buffers with it, and answer, until a signal. */
int peer_answer(const char *peer, json_t *root, struct err *err);

#endif
