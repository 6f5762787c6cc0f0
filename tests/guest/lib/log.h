/* SPDX-License-Identifier: MIT */
/* log: what the kernel has said. */
#ifndef HDB_TEST_LOG_H
#define HDB_TEST_LOG_H

#include <stdbool.h>

/* Whether a line of the kernel's log has @text in it. */
bool log_says(const char *text);

#endif /* HDB_TEST_LOG_H */
