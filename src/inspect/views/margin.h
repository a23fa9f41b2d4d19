/*
 * Writes text of marked-up documents into a lane as lines: cells of a row joined by TABs, blocks on lines of their
 * own. What separates two pieces of text is decided when the second one comes.
 */
#ifndef LEAKTRAWL_MARGIN_H
#define LEAKTRAWL_MARGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/sieve/lane.h"
#include "inspect/views/track.h"
#include "shared/slice.h"

struct margin {
	struct lane *lane;
	struct track *track; /* maps the places given below to the original; NULL: they are of the original */
	uint64_t raw;        /* of the last mark: they ascend */
	bool written;        /* anything at all */
	bool row, block;     /* a new row, a new block is due */
	unsigned soft;       /* line feeds of the source */
	unsigned hard;       /* line breaks asked for */
	unsigned tabs;       /* cells since the last text */
	bool space, tab;     /* blanks of the source */
	unsigned cells;      /* begun in this row */
	bool filler;         /* nothing but U+00A0 stands in this block so far ... */
	bool filler_cell;    /* ... in this cell */
	bool empty_row;      /* a row of one such cell is due */
	bool cell_empty;     /* nothing in this cell yet: separators inside it are none */
};

void margin_block(struct margin *margin); /* the next text stands on a line of its own */
void margin_break(struct margin *margin); /* one more line break */
void margin_row(struct margin *margin);
void margin_cell(struct margin *margin);
void margin_cell_end(struct margin *margin);
/* text (UTF-8 with disguised bytes, valid.h) that stands at place; kept: blanks and line feeds stay as they are. */
void margin_text(struct margin *margin, struct slice text, uint64_t place, bool kept);
/* text on lines of its own, as it is. */
void margin_line(struct margin *margin, struct slice text, uint64_t place);

#endif
