/*
 * The text of one page as lines. Pieces of text come with their places, in any order; pieces on one line are joined from left
 * to right, with nothing, a blank or (where the gap is that of a column) a TAB between them.
 */
#ifndef LEAKTRAWL_PDF_LAYOUT_H
#define LEAKTRAWL_PDF_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/buf.h"
#include "shared/slice.h"

struct piece {
	int turn;        /* quarters of a circle */
	double from, to; /* along the line */
	double line;     /* across it, growing downwards */
	double size;     /* of the font */
	size_t at, len;  /* of its text */
};

struct layout {
	struct piece *pieces;
	size_t count, cap;
	struct buf text;
	double column_gap; /* of the page that is written */
};

void layout_init(struct layout *layout);
void layout_free(struct layout *layout);
/* False where the page is full: layout_write first. */
bool layout_add(struct layout *layout, const struct piece *piece, struct slice text);
/* Appends the lines to out (which has room for LAYOUT_LINES_BYTES) and forgets them. */
void layout_write(struct layout *layout, struct buf *out);

enum { LAYOUT_TEXT_BYTES = 1024 * 1024, LAYOUT_PIECES = 64 * 1024, LAYOUT_LINES_BYTES = 4 * LAYOUT_TEXT_BYTES };

#endif
