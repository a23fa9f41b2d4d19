/*
 * Reads a line of a list by its columns: what parts them, and what stands in each, is what the lines around agree on. It takes over
 * where a line alone is doubtful: unusual separators, and orders in which a secret looks like a log-in.
 */
#ifndef LEAKTRAWL_LINE_COLUMNS_H
#define LEAKTRAWL_LINE_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "inspect/records/line.h"
#include "shared/slice.h"

/*
 * line is the cleaned line, which text holds between from and to. True: *reading is that of its columns, its end behind the line.
 * False, and *reading untouched, where the lines around agree on nothing.
 */
bool line_columns_read(
	const struct line_tables *tables, struct slice text, size_t from, size_t to, struct slice line, struct line_reading *reading);

/* The same of a line that is all there is: what its three fields are shows in themselves, whatever parts them. */
bool line_columns_alone(const struct line_tables *tables, struct slice line, struct line_reading *reading);

#endif
