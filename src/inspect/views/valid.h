/*
 * libxml2 reads valid UTF-8 only, but bytes of old code pages must come out of HTML as they went in (a secret is its bytes).
 * So bytes that are no UTF-8, and control characters that XML forbids, travel as private-use characters U+10FF00 + byte.
 */
#ifndef LEAKTRAWL_VALID_H
#define LEAKTRAWL_VALID_H

#include "inspect/views/stage.h"
#include "shared/slice.h"

/* Makes valid UTF-8 of what is pushed. */
struct stage *stage_valid(struct stage *next);

/* How many bytes at the start of text stand for themselves; the rest, if any, begins with a byte in disguise. */
size_t valid_plain(struct slice text);
enum { VALID_DISGUISE = 4 /* bytes a disguised byte takes */ };
/* The byte that text begins with in disguise. */
char valid_unmask(struct slice text);

#endif
