/* The shared strings of a spreadsheet (ECMA-376 18.4): cells name them by number. */
#ifndef LEAKTRAWL_STRINGS_H
#define LEAKTRAWL_STRINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/slice.h"

struct strings;

/* max_bytes bounds the text kept. */
struct strings *strings_new(size_t max_bytes);
/* The bytes of xl/sharedStrings.xml, in pieces. */
void strings_push(struct strings *strings, const char *data, size_t len);
/* Behind the last piece. False when there were more strings than fit: those behind are empty. */
bool strings_end(struct strings *strings);
/* Number n, or nothing. */
struct slice strings_get(const struct strings *strings, size_t n);
void strings_free(struct strings *strings); /* wipes; NULL is fine */

#endif
