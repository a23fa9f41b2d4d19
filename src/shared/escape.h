/* The one escaper for untrusted text on its way to a terminal or a log. */
#ifndef LEAKTRAWL_ESCAPE_H
#define LEAKTRAWL_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Writes text to out (cap bytes with its 0): printable UTF-8 as it is; control characters, DEL, C1,
 * bidirectional and zero-width controls, and bytes that are not UTF-8 as \xNN or \u{N}; a backslash
 * as it is. Ends in "..." where it did not fit. Returns out.
 */
char *escape_text(char *out, size_t cap, const char *text, size_t len);

/* The same in fresh memory the caller frees; at most max_len bytes of text are shown. */
char *escape_dup(const char *text, size_t len, size_t max_len);

/* Length of the valid UTF-8 sequence at text (1-4), or 0. Overlong forms and surrogates are invalid. */
size_t utf8_length(const char *text, size_t len);
bool utf8_valid(const char *text, size_t len);
/* Writes the code point c (at most 0x10ffff) to out, which has room for 4 bytes; returns how many. No 0 follows. */
size_t utf8_encode(uint32_t c, char *out);

#endif
