/*
 * Character sets into UTF-8, over a fixed list of iconv converters opened before the sandbox closes (iconv
 * loads them from files). Conversion never fails: what is not valid becomes U+FFFD.
 */
#ifndef LEAKTRAWL_CHARSET_H
#define LEAKTRAWL_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include "inspect/unpack/sniff.h"
#include "shared/buf.h"
#include "shared/slice.h"

/* Index into the list; CHARSET_NONE: unknown, or bytes that need no conversion (UTF-8, ASCII). */
enum { CHARSET_NONE = -1 };

/* Once, before the sandbox. False: *why says which is missing. */
bool charsets_open(const char **why);

/* By the label of an HTTP header, a meta element or an XML declaration, as browsers read it (WHATWG Encoding). */
int charset_by_label(struct slice label);
/* Of content that sniff() took for UTF-16 or UTF-32. */
int charset_of_content(enum content content);
/* "utf-16le", for Head.encoding. */
const char *charset_name(int charset);

/* Bytes of the smallest character. */
size_t charset_unit(int charset);

/*
 * Converts in to the end of out, at most what out has room for. Returns how many bytes were used: an incomplete
 * character at the end is left unless last. No state is kept between calls.
 */
size_t charset_convert(int charset, struct slice in, bool last, struct buf *out);

/* Appends text to out in UTF-16LE; what is no UTF-8 ends it. */
void charset_utf16le(struct slice text, struct buf *out);

/* The charset named in a Content-Type value, a meta element or an XML declaration: "charset=x", "encoding='x'". */
struct slice charset_declared(struct slice text);

#endif
