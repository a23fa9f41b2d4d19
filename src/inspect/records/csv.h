/* Splitting rows of delimited tables: RFC 4180 and its deviations, tables drawn with bars. */
#ifndef LEAKTRAWL_CSV_H
#define LEAKTRAWL_CSV_H

#include "inspect/records/table.h"

enum { CSV_HEADER_BYTES = 16 * 1024, CSV_BLANKS = ' ' /* delimiter: two blanks or more, or a TAB */ };

/* A line drawn between rows: "+----+----+", "|---|:--|", "-----". */
bool csv_is_border(struct slice line);

/*
 * Splits text from `from` on at delimiters up to the end of the row: a line break outside quotes, or `to`. scan gives memory for
 * values with doubled quotes; with NULL they stay doubled. False where there are more fields than a row holds.
 */
bool csv_split(struct scan *scan, struct slice text, size_t from, size_t to, char delimiter, struct row *row);

#endif
