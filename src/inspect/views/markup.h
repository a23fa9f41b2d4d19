/* What the readers of HTML and of XML share: where libxml2's push parsers stand in their input. */
#ifndef LEAKTRAWL_MARKUP_H
#define LEAKTRAWL_MARKUP_H

#include <libxml/parser.h>
#include <stdbool.h>
#include <stdint.h>

#include "shared/slice.h"

/* Given to a parser at a time; a tag or comment longer than MARKUP_STUCK_BYTES is none: the parser would keep all of it. */
enum { MARKUP_FEED_BYTES = 32 * 1024, MARKUP_STUCK_BYTES = 4 * 1024 * 1024 };

/* Of the next byte it will look at, counted from the first given to any; before: what parsers before this one have read. */
uint64_t markup_position(const xmlParserCtxt *parser, uint64_t before);
/* From place up to where the parser stands; nothing where it holds that no longer. */
struct slice markup_since(const xmlParserCtxt *parser, uint64_t before, uint64_t place);
/* What the parser was given and has not looked at. */
struct slice markup_rest(const xmlParserCtxt *parser);
/* Without a prefix. */
const char *markup_local_name(const xmlChar *name);

/* The values of the attributes in the tag that ends where the parser stands, in their order. */
struct markup_values {
	struct slice tag;
	size_t at;
	uint64_t place; /* of the tag */
};
/* after: where the parser stood after the event before. */
struct markup_values markup_values(const xmlParserCtxt *parser, uint64_t before, uint64_t after);
/* Where the value of the next attribute of this name begins; the tag's place where it is not found. */
uint64_t markup_value_place(struct markup_values *values, const xmlChar *name);

#endif
