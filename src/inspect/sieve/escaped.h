/* Names as written that stand in something escaped: a view of it tells what stands beside them. */
#ifndef LEAKTRAWL_ESCAPED_H
#define LEAKTRAWL_ESCAPED_H

#include <stdbool.h>

#include "inspect/scan.h"

/* A plain name in what may be percent-encoded all around: https%3A%2F%2Faccess.royal-post.example%2F. */
bool is_amid_escapes(const struct text *text, const struct hit *hit);
/* "{\"user\":\"jdoe@...\"}": a string of a program or a log that no reader of JSON has unescaped. */
bool is_in_string(const struct text *text, const struct hit *hit);

#endif
