#include "shared/slice.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct slice slice_of(const char *text)
{
	return text != NULL ? (struct slice){text, strlen(text)} : SLICE_NONE;
}

bool slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool slice_same_nocase(const char *a, const char *b, size_t len)
{
	return len == 0 || strncasecmp(a, b, len) == 0;
}

bool slice_begins_nocase(struct slice text, const char *prefix)
{
	size_t len = strlen(prefix);

	return text.len >= len && strncasecmp(text.data, prefix, len) == 0;
}

bool slice_ends_nocase(struct slice text, const char *suffix)
{
	size_t len = strlen(suffix);

	return text.len >= len && strncasecmp(text.data + text.len - len, suffix, len) == 0;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice slice_trim(struct slice text)
{
	while (text.len > 0 && is_space(text.data[0])) {
		text.data++;
		text.len--;
	}
	while (text.len > 0 && is_space(text.data[text.len - 1]))
		text.len--;
	return text;
}

/* The next place of a byte at or behind at, or the end. */
static size_t next_of(struct slice text, size_t at, char byte)
{
	const char *found = at < text.len ? memchr(text.data + at, byte, text.len - at) : NULL;

	return found != NULL ? (size_t)(found - text.data) : text.len;
}

size_t slice_find_nocase(struct slice text, const char *needle)
{
	size_t len = strlen(needle);

	if (len == 0 || text.len < len)
		return len == 0 ? 0 : text.len;
	char low = (char)tolower((unsigned char)needle[0]), high = (char)toupper((unsigned char)needle[0]);
	struct slice begins = {text.data, text.len - len + 1};
	size_t small = next_of(begins, 0, low), large = low == high ? begins.len : next_of(begins, 0, high);

	while (small < begins.len || large < begins.len) {
		size_t at = small < large ? small : large;

		if (strncasecmp(text.data + at, needle, len) == 0)
			return at;
		if (at == small)
			small = next_of(begins, at + 1, low);
		else
			large = next_of(begins, at + 1, high);
	}
	return text.len;
}
