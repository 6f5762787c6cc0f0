/* SPDX-License-Identifier: MIT */
/*
 * pngfile: writes and reads PNG files. (Not png.h: that is libpng's.)
 */
#ifndef HDB_PNGFILE_H
#define HDB_PNGFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "picture.h"

/*
 * Writes a picture, with its alpha when @alpha, else opaque without an alpha
 * channel. The file appears under its name when it is complete, or not at all:
 * it is written beside it and renamed. False on failure, with one line in @err
 * that names the path.
 */
bool pngfile_write(const char *path, const struct picture *pic, bool alpha, char *err,
		   size_t err_len);

/*
 * Reads an 8-bit PNG (any colour type) as PICTURE_ARGB into memory that the
 * caller frees: free((void *)pic->data). False on failure, as above.
 */
bool pngfile_read(const char *path, struct picture *pic, char *err, size_t err_len);

#endif /* HDB_PNGFILE_H */
