/* A finding's row by what a person types. Only files of this room include it. */
#ifndef LEAKTRAWL_INDEX_FIND_H
#define LEAKTRAWL_INDEX_FIND_H

#include "index/store.h"

/* "f_..." whole or a prefix of at least 6 digits, aliases too. INDEX_NONE, or INDEX_REFUSED when several begin so. */
enum index_result find_finding(struct index *index, const char *id, int64_t *number);

#endif
