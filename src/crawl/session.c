#include "crawl/session.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shared/mem.h"
#include "shared/slice.h"

enum { SHORTEST_ID = 16, SHORTEST_OF_COMMON_NAME = 24 };

/* Names that nothing else has, and names that an ordinary number may have as well: those want a longer value. */
static const char *const own_names[] = {
	"phpsessid", "jsessionid", "sessionid", "session_id", "sessid", "phpsid", "oscsid", "zenid", "cftoken", "asp.net_sessionid"};
static const char *const common_names[] = {"sid", "s", "session"};

static bool is_named(const char *name, size_t len, const char *const names[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal_nocase((struct slice){name, len}, slice_of(names[i])))
			return true;
	return false;
}

/* Letters and digits, both of them, as no word and no number has. */
static bool is_token(const char *value, size_t len, size_t shortest)
{
	bool letter = false, digit = false;

	for (size_t i = 0; i < len; i++) {
		bool is_digit = value[i] >= '0' && value[i] <= '9';
		bool is_letter = (value[i] | 0x20) >= 'a' && (value[i] | 0x20) <= 'z';

		if (!is_digit && !is_letter && strchr(",-_.!", value[i]) == NULL)
			return false;
		letter |= is_letter;
		digit |= is_digit;
	}
	return len >= shortest && letter && digit;
}

/* "PHPSESSID=3f2a...": one parameter. */
static bool is_session(const char *text, size_t len)
{
	const char *sign = memchr(text, '=', len);
	size_t name = sign != NULL ? (size_t)(sign - text) : len;

	if (sign == NULL)
		return false;
	if (is_named(text, name, own_names, sizeof own_names / sizeof *own_names))
		return is_token(sign + 1, len - name - 1, SHORTEST_ID);
	return is_named(text, name, common_names, sizeof common_names / sizeof *common_names) &&
	       is_token(sign + 1, len - name - 1, SHORTEST_OF_COMMON_NAME);
}

/* "/(S(lit3py55t21z5v55vlm25s55))", perhaps with "X(1)" before the S. */
static bool is_asp_part(const char *part, size_t len)
{
	size_t at = 1;

	if (len < 3 || part[0] != '(' || part[len - 1] != ')')
		return false;
	if (strncmp(part + at, "X(1)", 4) == 0)
		at += 4;
	return len > at + 4 && strncasecmp(part + at, "S(", 2) == 0 && part[len - 2] == ')' &&
	       is_token(part + at + 2, len - at - 4, SHORTEST_ID);
}

/* Copies url[from..to) without what is a session; *at is the end of out. */
static void copy_path(char *out, size_t *at, const char *url, size_t from, size_t to)
{
	while (from < to) {
		size_t part = 1 + strcspn(url + from + 1, "/");
		const char *semicolon;

		part = from + part > to ? to - from : part;
		semicolon = memchr(url + from, ';', part);
		if (!is_asp_part(url + from + 1, part - 1)) {
			size_t kept = semicolon != NULL && is_session(semicolon + 1, (size_t)(url + from + part - semicolon - 1))
					      ? (size_t)(semicolon - url) - from
					      : part;

			memcpy(out + *at, url + from, kept);
			*at += kept;
		}
		from += part;
	}
}

static void copy_query(char *out, size_t *at, const char *query)
{
	char sign = '?';
	bool more = true;

	while (more) {
		size_t len = strcspn(query, "&");

		if (!is_session(query, len)) {
			out[(*at)++] = sign;
			memcpy(out + *at, query, len);
			*at += len;
			sign = '&';
		}
		more = query[len] == '&';
		query += len + more;
	}
}

char *session_strip(const char *url)
{
	const char *authority = strstr(url, "://");
	size_t begin = authority != NULL ? (size_t)(authority - url) + 3 : 0;
	size_t path = begin + strcspn(url + begin, "/"), end = path + strcspn(url + path, "?"), at = path;
	char *out;

	if (authority == NULL || url[path] != '/')
		return NULL;
	out = xmalloc(strlen(url) + 2);
	memcpy(out, url, path);
	copy_path(out, &at, url, path, end);
	if (at == path)
		out[at++] = '/';
	if (url[end] == '?' && url[end + 1] == '\0')
		out[at++] = '?';
	else if (url[end] == '?')
		copy_query(out, &at, url + end + 1);
	out[at] = '\0';
	if (strcmp(out, url) != 0)
		return out;
	free(out);
	return NULL;
}
