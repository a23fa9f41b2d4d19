/*
 * Paths into a JSON document: $.data[*].key, ['a key'], [0], .* for every value of an object; ^ in front of a relative
 * path goes up to the surrounding value, once for each.
 */
#ifndef LEAKTRAWL_JSONPATH_H
#define LEAKTRAWL_JSONPATH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared/slice.h"

struct jsonpath;

enum { JSONPATH_ERROR_BYTES = 120, JSONPATH_DEPTH_MAX = 32 };

/* NULL with a message in error where it is none. A leading $ or $. may be left out. */
struct jsonpath *jsonpath_new(struct slice text, char error[JSONPATH_ERROR_BYTES]);
void jsonpath_free(struct jsonpath *path); /* NULL is fine */

/* The values from the root down to the one meant, which is the last. */
struct jsonpath_chain {
	json_t *values[JSONPATH_DEPTH_MAX + 1];
	size_t count;
};

/* Calls found for every value the path leads to from the end of the chain, in order; false from found ends it. */
typedef bool jsonpath_found(void *context, const struct jsonpath_chain *chain);
void jsonpath_walk(const struct jsonpath *path, const struct jsonpath_chain *from, jsonpath_found *found, void *context);

#endif
