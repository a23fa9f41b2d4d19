/* The tables, as forward migrations: step n brings a file from version n to version n + 1. */
#ifndef LEAKTRAWL_INDEX_SCHEMA_H
#define LEAKTRAWL_INDEX_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#include "index/store.h"

enum { SCHEMA_APPLICATION_ID = 0x4c54524c /* "LTRL" */ };

extern const char *const schema_steps[];
extern const size_t schema_version; /* how many there are */

/*
 * Runs the steps the file lacks, each in its own transaction. A file that holds something already is
 * copied to PATH.before-VERSION first.
 */
enum index_result schema_migrate(struct index *index, const char *const *steps, size_t version);
enum index_result schema_read_version(struct index *index, int64_t *version);

#endif
