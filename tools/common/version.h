/* SPDX-License-Identifier: MIT */
#ifndef HDB_VERSION_H
#define HDB_VERSION_H

/* One version for all programs; --version and the JSON results carry it. */
#define HDB_VERSION "0.1"

#endif
