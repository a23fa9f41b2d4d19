/* Rows of findings as JSON. Only files of this room include it. */
#ifndef LEAKTRAWL_INDEX_FINDING_ROW_H
#define LEAKTRAWL_INDEX_FINDING_ROW_H

#include <jansson.h>

#include "index/store.h"

/* The contract object of a row of FINDING_COLUMNS (statements.h); the caller's. */
json_t *finding_row_json(const struct query *query, int64_t now_ms);
/* Of the finding in that row. INDEX_NONE: there is none. */
enum index_result finding_json_by_number(struct index *index, int64_t number, int64_t now_ms, json_t **object);

#endif
