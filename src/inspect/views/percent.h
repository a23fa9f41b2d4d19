/*
 * Documents in percent-encoding: the value of a form field or a line of a list in which every sign that would part fields is an escape.
 * Such a run is decoded as a whole and read as a document of its own; a lone address or URL is left to those who read the
 * form or the line around it.
 */
#ifndef LEAKTRAWL_PERCENT_H
#define LEAKTRAWL_PERCENT_H

#include "inspect/views/views.h"

struct percent {
	uint64_t from, to; /* the run last looked at, in the lane */
	bool document;     /* ... is one, and was read */
};

/* Whether `at` stands in such a document, which is read when it is first met. */
bool percent_around(struct percent *percent, struct text *text, size_t at);
/* Whether `at` stands in the host of an encoded URL that begins its line, with plain fields behind it: https%3A%2F%2Fhost%2F:jdoe:x. */
bool percent_url_opens(const struct text *text, size_t at);
/* Encoded twice is what has no other sign encoded than '%'. */
bool percent_twice(struct slice run);

#endif
