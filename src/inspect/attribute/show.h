/* How values of a leak are shown: as UTF-8, as a hint, as a length class, without what must not be shown. */
#ifndef LEAKTRAWL_SHOW_H
#define LEAKTRAWL_SHOW_H

#include <stddef.h>

#include "inspect/scan.h"
#include "shared/slice.h"

enum { HINT_BYTES = 16 };

/* text itself where it is UTF-8, else its bytes read as Windows-1252, in scan_arena memory. Absent when there is no memory left. */
struct slice show_utf8(struct scan *scan, struct slice text);
/* A 0-terminated copy in arena memory of at most cap bytes, cut at a character; NULL for an absent text. */
char *show_text(struct scan *scan, struct slice text, size_t cap);
/* The same with ASCII letters in lower case. */
char *show_folded(struct scan *scan, struct slice text, size_t cap);

/* The first two characters and "…" of a secret of 12 characters or more, else "…". */
void show_hint(struct slice secret, char hint[HINT_BYTES]);
/* "1-7", "8-11", "12-15", "16-23", "24-47", "48+" characters. */
const char *show_length(struct slice secret);

/* An absolute URL without userinfo, query and fragment, where secrets may stand; NULL when url is none. */
char *show_url(struct scan *scan, struct slice url);

#endif
