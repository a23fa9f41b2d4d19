/*
 * A table for a person: aligned, no wider than the terminal, colour on a terminal only and never with
 * NO_COLOR. Every cell is escaped, so untrusted text is safe here.
 */
#ifndef LEAKTRAWL_TABLE_H
#define LEAKTRAWL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum tone { TONE_PLAIN, TONE_ALARM, TONE_BAD, TONE_WARN, TONE_FAINT };

struct table_column {
	const char *title;
	bool shrinks; /* gives way, down to a few characters, when the terminal is narrow */
	bool right;   /* numbers */
	int spare;    /* above 0: may be left out where the terminal is narrow, the highest first */
};

struct table;

/* columns must outlive the table. */
struct table *table_new(const struct table_column *columns, size_t count);
/* As many cells as columns; NULL is an empty one. Copied and escaped. The tone colours the first cell. */
void table_row(struct table *table, const char *const *cells, enum tone tone);
size_t table_rows(const struct table *table);
/* Prints title line and rows, nothing when there are none. width 0: as wide as the stream's terminal, or as needed. */
void table_print(const struct table *table, FILE *stream, unsigned width);
void table_free(struct table *table);

/* In characters; SIZE_MAX where it is no terminal. */
size_t stream_width(FILE *stream);
/* Whether this stream may have colour, and the sequences that turn a tone on and off ("" where it may not). */
bool stream_has_colour(FILE *stream);
const char *tone_on(enum tone tone, bool colour);
const char *tone_off(enum tone tone, bool colour);

enum { SHORT_TIME_BYTES = 17 };
/* An RFC 3339 time to the minute, with a blank for its T. NULL gives "". */
void short_time(const char *time, char text[SHORT_TIME_BYTES]);

/* Prints text escaped. */
void print_escaped(FILE *stream, const char *text);

#endif
