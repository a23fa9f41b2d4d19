/* A post of a forum, market or leak site: the lines around a name that belong together. */
#ifndef LEAKTRAWL_POST_H
#define LEAKTRAWL_POST_H

#include <stdbool.h>

#include "inspect/scan.h"

/*
 * The post around at: up to where a drawn line, two empty ones or a very long one parts it from others, and no farther than
 * 40 lines or 4 KiB either way. alone tells whether a line is a post by itself; the post ends at such a line, unless at stands in it.
 */
struct span post_around(const struct text *text, size_t at, bool (*alone)(const void *context, struct slice line), const void *context);

/* The line at stands in; of a very long one, what is near. */
struct span post_line(const struct text *text, size_t at);

/* The first line of a post that has letters. */
struct slice post_title(struct slice post);

#endif
