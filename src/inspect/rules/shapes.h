/*
 * A list of named patterns of which one is asked for that matches. Most texts match none: that is found out by one
 * expression for all that begins at the text's beginning, and by literals the others cannot match without.
 */
#ifndef LEAKTRAWL_SHAPES_H
#define LEAKTRAWL_SHAPES_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/slice.h"

struct expression;
struct shapes;

struct shapes *shapes_new(void);
void shapes_free(struct shapes *shapes);
/* Takes the expression over: the pattern as compiled with these flags. */
void shapes_add(struct shapes *shapes, const char *name, struct slice pattern, struct expression *expression);
/* After the last; whole: the patterns match all of a text. */
void shapes_finish(struct shapes *shapes, unsigned flags);
/* The name of the first that matches; NULL: none. */
const char *shapes_find(struct shapes *shapes, struct slice text);

#endif
