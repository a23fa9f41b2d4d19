/*
 * What a page looks like to a reader who pays no attention to numbers, dates and times: two pages that differ in those
 * alone have the same text, pages that differ in a few words a look of few different bits (Charikar's SimHash). It says
 * where a crawl need not go again; whether a page is read it never decides.
 */
#ifndef LEAKTRAWL_LOOK_H
#define LEAKTRAWL_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/slice.h"

struct look {
	uint64_t bits; /* SimHash of triples of words, and of where links lead */
	uint64_t text; /* of all words and links in their order */
};

/* text in UTF-8. False: too short, or past LIMIT_LOOK_BYTES, to say so. */
bool look_at(struct slice text, bool markup, struct look *look);

#endif
