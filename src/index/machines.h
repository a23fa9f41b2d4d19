/* Machines within the index: which row a sighting's machine is. Only files of this room include it. */
#ifndef LEAKTRAWL_INDEX_MACHINES_H
#define LEAKTRAWL_INDEX_MACHINES_H

#include "index/store.h"
#include "messages/messages.pb-c.h"

/*
 * The machine that stands in dir of the document (NULL: not in a bundle) and about which info (may be NULL)
 * is told. What is known stays, what was unknown is filled in; two rows that turn out to be one computer
 * become one. *machine is 0 where nothing names one.
 */
enum index_result machine_of(
	struct index *index, int64_t document, const char *dir, const Lt__Machine *info, int64_t now_ms, int64_t *machine);

#endif
