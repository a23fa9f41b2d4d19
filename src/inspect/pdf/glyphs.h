/* What codes and glyph names of simple fonts stand for (ISO 32000-1, annex D; Adobe Glyph List). */
#ifndef LEAKTRAWL_PDF_GLYPHS_H
#define LEAKTRAWL_PDF_GLYPHS_H

#include <stdint.h>

#include "shared/slice.h"

enum encoding_base { BASE_STANDARD, BASE_WINANSI, BASE_MACROMAN };

/* 0 where nothing is known. */
uint32_t glyph_of_code(enum encoding_base base, uint8_t code);
/* "at", "eacute", "uni0040", "u1F600"; a suffix ("a.sc") is left out. 0 where nothing is known. */
uint32_t glyph_of_name(struct slice name);
/* Writes c in UTF-8 to out, which has room for 4 bytes (a ligature as its letters); returns how many. */
unsigned glyph_utf8(uint32_t c, char *out);
/* Of fonts that come without widths, in thousandths of their size. */
unsigned glyph_width(struct slice font_name, uint8_t code);

#endif
