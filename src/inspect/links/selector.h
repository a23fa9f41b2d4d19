/*
 * The part of CSS selectors that leads to an item on a page without a tree of it: tag, .class, #id, [attr], [attr=value],
 * [attr^=value], [attr$=value], [attr*=value], the blank of descendants, and commas. A walk follows the elements as a
 * streaming parser tells them, in constant work an element.
 */
#ifndef LEAKTRAWL_SELECTOR_H
#define LEAKTRAWL_SELECTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/slice.h"

struct selector;

enum { SELECTOR_ERROR_BYTES = 120 };

/* NULL with a message in error where it is none, or uses more of CSS than the above. */
struct selector *selector_new(struct slice text, char error[SELECTOR_ERROR_BYTES]);
void selector_free(struct selector *selector); /* NULL is fine */

struct walk;

/* Elements nested deeper than this are counted but match nothing. */
enum { WALK_DEPTH_MAX = 2048 };

struct walk *walk_new(void);
void walk_free(struct walk *walk);
/* Before the first element. Selectors outlive the walk; the number returned is asked for in walk_matches. */
size_t walk_add(struct walk *walk, const struct selector *selector);

/* attributes: name, value, name, value, ... NULL, or NULL for none; a value may be NULL. Returns the element's depth, 1 for the outermost.
 */
size_t walk_open(struct walk *walk, const char *tag, const char *const *attributes);
/* The depth of the element that ends, 0 where none is open. */
size_t walk_close(struct walk *walk);
/* Whether the element opened last is one that the selector chooses. */
bool walk_matches(const struct walk *walk, size_t selector);

#endif
