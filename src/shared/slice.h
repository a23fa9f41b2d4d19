/* A piece of somebody else's bytes: no ownership, no 0 at the end. data NULL means absent. */
#ifndef LEAKTRAWL_SLICE_H
#define LEAKTRAWL_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "shared/byteset.h"

struct slice {
	const char *data;
	size_t len;
};

#define SLICE_NONE ((struct slice){NULL, 0})
#define SLICE_TEXT(literal) ((struct slice){literal, sizeof(literal) - 1})

struct slice slice_of(const char *text); /* NULL gives SLICE_NONE */
bool slice_equal(struct slice a, struct slice b);
bool slice_same_nocase(const char *a, const char *b, size_t len); /* ASCII case only */
static inline bool slice_equal_nocase(struct slice a, struct slice b)
{
	return a.len == b.len && slice_same_nocase(a.data, b.data, a.len);
}
bool slice_begins_nocase(struct slice text, const char *prefix);
/* The same, inline up to the first byte: lists of words are tried by it. */
static inline bool slice_starts_nocase(struct slice text, const char *prefix)
{
	if (text.len > 0 && prefix[0] != 0 && ((text.data[0] ^ prefix[0]) & ~0x20) != 0)
		return false;
	return slice_begins_nocase(text, prefix);
}
bool slice_ends_nocase(struct slice text, const char *suffix);
struct slice slice_trim(struct slice text); /* blanks, CR and LF at both ends */
static inline struct slice slice_from(struct slice text, size_t at)
{
	return at < text.len ? (struct slice){text.data + at, text.len - at} : (struct slice){text.data + text.len, 0};
}
static inline struct slice slice_until(struct slice text, size_t len)
{
	return (struct slice){text.data, len < text.len ? len : text.len};
}
/* Offset of the first byte / of the needle (ASCII case folded), or text.len. */
static inline size_t slice_find_byte(struct slice text, char byte)
{
	const char *found = text.len > 0 ? (const char *)memchr(text.data, (unsigned char)byte, text.len) : NULL;

	return found != NULL ? (size_t)(found - text.data) : text.len;
}
size_t slice_find_nocase(struct slice text, const char *needle);

#endif
