/* Kinds of bytes, as lines of lists and what their values look like have them: ASCII, whatever the locale. */
#ifndef LEAKTRAWL_LINE_BYTES_H
#define LEAKTRAWL_LINE_BYTES_H

#include <stdbool.h>

static inline bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_hex(char c)
{
	return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static inline bool is_high(char c)
{
	return (unsigned char)c >= 0x80;
}

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

#endif
