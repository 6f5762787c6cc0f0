/* SPDX-License-Identifier: MIT */
/*
 * glyph: digits as distance fields, so that they scale to any size with smooth
 * edges. Integer arithmetic only, the same result on every machine.
 */
#ifndef HDB_GLYPH_H
#define HDB_GLYPH_H

#include <stdint.h>

#define GLYPH_WIDTH	32	/* texels in a cell; also the advance */
#define GLYPH_HEIGHT	48
#define GLYPH_TEXELS	(GLYPH_WIDTH * GLYPH_HEIGHT)
#define GLYPH_COUNT	10	/* '0' to '9' */
#define GLYPH_RANGE	127	/* distances are cut off here */

/*
 * Fills the field of one digit, row by row: how far inside its outline the
 * centre of each texel lies, in sixteenths of a texel, negative outside.
 */
void glyph_field(unsigned int digit, int16_t field[GLYPH_TEXELS]);

#endif /* HDB_GLYPH_H */
