#include "inspect/sieve/escaped.h"

#include <ctype.h>
#include <string.h>

enum {
	STRING_REACH = 256,  /* between a name and the escaped quotes around it */
	PERCENT_REACH = 256, /* between a name and the next escape of what is encoded as a whole */
};

static bool component_byte(char c)
{
	return isalnum((unsigned char)c) || one_of(c, "-._~+*!'()");
}

bool is_amid_escapes(const struct text *text, const struct hit *hit)
{
	size_t to = hit->at + hit->len, from = hit->at;
	size_t least = from > PERCENT_REACH ? from - PERCENT_REACH : 0,
	       most = text->len - to > PERCENT_REACH ? to + PERCENT_REACH : text->len;

	while (to < most && component_byte(text->data[to]))
		to++;
	while (from > least && component_byte(text->data[from - 1]))
		from--;
	return (to < text->len && text->data[to] == '%') || (from > 0 && text->data[from - 1] == '%');
}

static const char *const escaped_quotes[] = {"\\\"", "\\u0022", "\\x22"};

/* The length of a quote that is escaped, and ends before `at`; 0 where none is. */
static size_t escaped_quote_before(const struct text *text, size_t at)
{
	for (size_t i = 0; i < sizeof escaped_quotes / sizeof escaped_quotes[0]; i++) {
		size_t len = strlen(escaped_quotes[i]);

		if (at >= len && memcmp(text->data + at - len, escaped_quotes[i], len) == 0)
			return len;
	}
	return 0;
}

/* Whether one begins at `at`. */
static bool is_escaped_quote(const struct text *text, size_t at, size_t most)
{
	for (size_t i = 0; i < sizeof escaped_quotes / sizeof escaped_quotes[0]; i++)
		if (slice_starts_nocase(text_slice(text, at, most), escaped_quotes[i]))
			return true;
	return false;
}

bool is_in_string(const struct text *text, const struct hit *hit)
{
	size_t to = hit->at + hit->len, from = hit->at;
	size_t least = from > STRING_REACH ? from - STRING_REACH : 0, most = text->len - to > STRING_REACH ? to + STRING_REACH : text->len;

	while (to < most && !one_of(text->data[to], "\"\\\n"))
		to++;
	if (to == most || text->data[to] != '\\')
		return false;
	while (to + 1 < most && text->data[to + 1] == '\\') /* the last of them is the quote's */
		to++;
	if (!is_escaped_quote(text, to, most))
		return false;
	while (from > least && text->data[from - 1] != '\n' && escaped_quote_before(text, from) == 0)
		from--;
	return from > least && text->data[from - 1] != '\n' && memchr(text->data + from, '"', hit->at - from) == NULL;
}
