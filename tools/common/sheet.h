/* SPDX-License-Identifier: MIT */
/*
 * sheet: a contact sheet: many frames small, in one picture, each with its
 * number.
 *
 * It need not know how many frames will come: when it is full it drops every
 * second thumbnail and from then on keeps every second frame, so that what it
 * holds is always spread evenly over all frames so far.
 */
#ifndef HDB_SHEET_H
#define HDB_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "picture.h"

struct sheet;

/*
 * @max: thumbnails that it holds at most, 4 to 256 (others are brought into
 * that range); a multiple of 4 fills the last row. NULL without memory. All
 * pictures are expected to be of one size; the first one sets it.
 */
struct sheet *sheet_new(unsigned int max);
void sheet_free(struct sheet *s);

/*
 * Whether the next sheet_add() would keep its picture: a caller that would have
 * to read pixels back for it may pass NULL instead when not.
 */
bool sheet_wants(const struct sheet *s);

/*
 * The next frame: counts it, and keeps it as a thumbnail where the spacing
 * wants one. @pic is scaled down here and now, alpha is ignored; NULL only
 * counts. @frame is the label, @bad draws it in red with a red frame. A bad
 * frame is kept even when the spacing does not want it, as long as there is
 * room. False without memory, or when the picture has another size.
 */
bool sheet_add(struct sheet *s, const struct picture *pic, uint64_t frame, bool bad);

/* Thumbnails that it holds now. */
unsigned int sheet_count(const struct sheet *s);

/* Writes it as a PNG; false when it is empty or on failure, with @err. */
bool sheet_write(const struct sheet *s, const char *path, char *err, size_t err_len);

#endif /* HDB_SHEET_H */
