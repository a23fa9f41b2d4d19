/*
 * Where JSON stands in a text, and what is almost JSON made whole: exports cut off at their end, Python and JavaScript
 * literals, trailing commas, comments, shell types of document databases, bytes that are no UTF-8.
 */
#ifndef LEAKTRAWL_JSON_TEXT_H
#define LEAKTRAWL_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/buf.h"
#include "shared/slice.h"

enum { JSON_ANCESTORS = 8 };

/* What was found around a place, for places behind it: the way back from these leads over the same brackets. */
struct json_trail {
	bool known, quoted;
	size_t at, quote; /* quoted: the quote before it */
	char mark;
	size_t count, openers[JSON_ANCESTORS];
	bool bare; /* no bracket opens within reach, in strings or not */
	/* brackets whose documents could not be read, or ended before a place that was asked for */
	size_t failed[JSON_ANCESTORS], failed_count;
};

/*
 * The brackets that enclose the string at `at`, innermost first, kept in the trail. 0 where at does not stand in a quoted string
 * behind an open bracket. Looks back a bounded way. The trail is of the same text, and empty at first.
 */
size_t json_enclosing(struct slice text, size_t at, struct json_trail *trail);

/*
 * Copies the value that begins with the bracket at text.data[0] as strict JSON. *used gets its length in the text. truncated: the
 * text ends inside it; whole members so far are kept. False: too long (LIMIT_JSON_OBJECT_BYTES) or no JSON at all.
 */
bool json_repair(struct slice text, struct buf *out, size_t *used, bool *truncated);

#endif
