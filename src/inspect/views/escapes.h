/*
 * What stands for a character in a line of text, by kind: %40, &#64;, \u0040, =40, [at], full-width forms, and what stands
 * for nothing: zero-width characters, soft line breaks.
 */
#ifndef LEAKTRAWL_ESCAPES_H
#define LEAKTRAWL_ESCAPES_H

#include <stddef.h>

#include "inspect/views/views.h"
#include "shared/slice.h"

/* Kinds are sets of enum trigger, and this one: \n, \t, \" of a string that holds a document. */
enum { KIND_STRING = 1 << TRIGGER_COUNT };
static inline unsigned kind_of(enum trigger trigger)
{
	return 1u << trigger;
}

struct decoded {
	char bytes[256];
	size_t len;
};

/*
 * If an escape of one of the kinds begins at text.data[at], writes what it stands for and returns its length, else 0.
 * Escapes that would change the record's own syntax (a quoted quote, a control character) stand.
 */
size_t escape_decode(unsigned kinds, struct slice text, size_t at, struct decoded *decoded);
/* An escape of a JSON string whose whole value is taken: all of them, also those that stand for quotes and control characters. */
size_t escape_string(struct slice text, size_t at, struct decoded *decoded);
/* The character that an entity of HTML names ("commat"), or 0. */
unsigned long escape_entity(const char *name);

#endif
