/* SPDX-License-Identifier: MIT */
/*
 * folder: where a program is told to put its files.
 */
#ifndef HDB_FOLDER_H
#define HDB_FOLDER_H

#include "err.h"

/*
 * Make the folder @path, unless it is there, and see that files can be made in it. @option, as
 * in "--out", is what named it: it is wrong usage when that cannot be.
 */
int folder_make(const char *option, const char *path, struct err *err);

#endif
