/* Fonts of a PDF, as far as they say what text a string of codes is, and how wide. */
#ifndef LEAKTRAWL_PDF_FONT_H
#define LEAKTRAWL_PDF_FONT_H

#include <stdbool.h>
#include <stddef.h>

#include "inspect/pdf/cmap.h"
#include "inspect/pdf/object.h"

struct font;

struct glyph {
	char text[CMAP_TEXT_BYTES]; /* UTF-8 */
	size_t len;                 /* of text; 0 where nothing is known of this code */
	double width;               /* as part of the font's size */
	bool space;                 /* the code 32 of one byte: word spacing counts */
};

struct font *font_new(const struct pdf *pdf, qpdf_oh font);
void font_free(struct font *font); /* NULL is fine */
/* Reads the code that codes (not empty) begins with; returns its bytes. font may be NULL. */
size_t font_next(const struct font *font, struct slice codes, struct glyph *glyph);
/* What reading it was: entries of tables. */
size_t font_cost(const struct font *font);
/* Whether the font says at all what its codes stand for. */
bool font_has_text(const struct font *font);

#endif
