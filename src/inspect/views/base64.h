/* The alphabet of base64, both spellings, and what a piece of it looks like decoded. */
#ifndef LEAKTRAWL_BASE64_H
#define LEAKTRAWL_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/buf.h"
#include "shared/slice.h"

/* Without '='. Every byte of a dump may be asked, so it is inline. */
extern const bool base64_alphabet[256];
static inline bool base64_byte(char c)
{
	return base64_alphabet[(unsigned char)c];
}

/* Decodes len characters of the alphabet (URL-safe or not) to out, which has room for 3/4 of them and 3 more; an incomplete
 * quartet at the end gives what it has. Returns the bytes. */
size_t base64_decode(const char *text, size_t len, uint8_t *out);

enum base64_look { LOOKS_BINARY, LOOKS_TEXT, LOOKS_CONTAINER };
/* Whether it is text in UTF-8; cheaper, for the lines of a run that began as text. */
bool base64_text(const uint8_t *data, size_t len);
/* Neither text in any charset nor all zeros; a container perhaps. Cheaper than a look. */
bool base64_noise(const uint8_t *data, size_t len);
/* Of the beginning of a decoded run. */
enum base64_look base64_look(const uint8_t *data, size_t len);

#endif
