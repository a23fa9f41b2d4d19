/*
 * What a lane knows of its member from bytes that have left the window: the header of a CSV file, the
 * columns of the SQL statement the hit stands in, the order its lines vote for. One per lane.
 */
#ifndef LEAKTRAWL_SHAPE_H
#define LEAKTRAWL_SHAPE_H

#include <stddef.h>

#include "inspect/scan.h"

/* Never fails. A range job's Head (columns, delimiter) stands in scan_job(scan)->head. */
struct shape *shape_new(struct scan *scan, const struct member *member, enum view view);
void shape_free(struct shape *shape);

/* Called with the first window of a lane, before any hit in it. */
void shape_begin(struct shape *shape, const struct text *text);
/*
 * A statement head stands at `at` (a TRIGGER_STATEMENT literal of views/views.h: INSERT INTO, CREATE TABLE,
 * COPY). Called in the order of the lane, between the hits, with LIMIT_RECORD_BYTES of text behind `at`
 * unless the lane ends.
 */
void shape_statement(struct shape *shape, const struct text *text, size_t at);

#endif
