/* Finds where runs of the base64 alphabet may be, at memory speed: it sees every byte of a dump. */
#ifndef LEAKTRAWL_DENSE_H
#define LEAKTRAWL_DENSE_H

#include <stddef.h>

enum { DENSE_STEP = 24, DENSE_LEAST = 40 };

/*
 * The first of the places at, at + DENSE_STEP, ... below end where 16 characters of the alphabet begin; end if there is none.
 * A run of DENSE_LEAST holds one, whatever its place; plain text hardly ever does.
 */
size_t dense_next(const char *data, size_t len, size_t at, size_t end);

#endif
