/* Tables under a line of dashes that tells their columns: "id  email\n--  --------------\n 1  jdoe@corp.example". */
#ifndef LEAKTRAWL_RULER_H
#define LEAKTRAWL_RULER_H

#include <stdbool.h>
#include <stdint.h>

#include "inspect/records/table.h"
#include "shared/slice.h"

enum { RULER_COLUMNS = 128, RULER_LINES = 8 /* at the beginning of a lane, of which one may be a ruler */ };

/* The runs of dashes, in characters from the beginning of the line. */
struct ruler {
	unsigned count; /* 0: none */
	uint32_t from[RULER_COLUMNS], to[RULER_COLUMNS];
};

/* False where the line is anything but two runs or more of one sign, '-' or '=', with blanks between. */
bool ruler_read(struct slice line, struct ruler *ruler);

/* Cuts a line by the ruler; place is where it stands in the text. False where something stands across a border of columns. */
bool ruler_split(const struct ruler *ruler, struct slice line, size_t place, struct row *row);

/* Looks for a header and its ruler in the first lines of a lane. */
struct shape;
void ruler_begin(struct shape *shape, const struct text *text);

#endif
