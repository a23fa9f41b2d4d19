/*
 * Pages of one source that look alike but for numbers and times, as endless places do. Holds the looks of one run; a page
 * counts as alike where its bits differ in LIMIT_LOOK_BITS at most.
 */
#ifndef LEAKTRAWL_LOOKS_H
#define LEAKTRAWL_LOOKS_H

#include <stdint.h>

struct looks;

struct looks *looks_new(void);
void looks_free(struct looks *looks); /* NULL is fine */

/* How many pages that look like this one were met before. Past LIMIT_LOOKS kinds of pages the oldest are forgotten. */
unsigned looks_meet(struct looks *looks, uint64_t bits);

#endif
