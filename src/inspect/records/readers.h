/* The readers that the order table (readers.c) names; what each does stands above its definition. */
#ifndef LEAKTRAWL_READERS_H
#define LEAKTRAWL_READERS_H

#include "inspect/scan.h"

#define READER(name) bool name(struct text *text, const struct hit *hit, struct span *claimed)
READER(reader_member);  /* members that hold nothing to find: word lists, cards, autofill */
READER(reader_cookie);  /* a line of a Netscape cookie file */
READER(reader_json);    /* the enclosing JSON object */
READER(reader_headers); /* a raw HTTP request or response */
READER(reader_command); /* curl and its like, connection strings, saved log-ins */
READER(reader_block);   /* a keyed block: stealer logs, posts */
#undef READER

#endif
