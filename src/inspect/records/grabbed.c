/* What a script on our pages sent to its master: a line of a web server's log whose query holds cookies and the page's address. */
#include <string.h>

#include "inspect/engine.h"
#include "inspect/records/cookie.h"
#include "inspect/records/headers.h"
#include "inspect/records/keys.h"
#include "inspect/records/readers.h"
#include "limits/limits.h"

enum { FIELDS_MAX = 16 };

static bool is_cookie_key(const struct keys *keys, struct slice key)
{
	static const char *const shorts[] = {"c", "ck", "cks", "cook", "cookies", "doc.cookie", "document.cookie"};

	for (size_t i = 0; i < sizeof(shorts) / sizeof(shorts[0]); i++)
		if (slice_equal_nocase(key, slice_of(shorts[i])))
			return true;
	return keys_identifier_role(keys, key) == KEY_COOKIES;
}

/* The address of the page: another field of the query, else the referer behind it. */
static struct slice page_of(struct slice line, const struct slice *fields, size_t count)
{
	size_t scheme;

	for (size_t i = 0; i < count; i++)
		if (slice_starts_nocase(fields[i], "https://") || slice_starts_nocase(fields[i], "http://"))
			return fields[i];
	scheme = slice_find_nocase(line, "\"http");
	return scheme < line.len ? url_around(line, scheme + 1) : SLICE_NONE;
}

bool reader_grabbed(struct text *text, const struct hit *hit, struct span *claimed)
{
	const struct keys *keys = scan_engine(text->scan)->keys;
	struct slice line, query, cookies = SLICE_NONE, fields[FIELDS_MAX];
	size_t count = 0;

	text_line(text, hit->at, &claimed->from, &claimed->to);
	line = text_slice(text, claimed->from, claimed->to);
	if (line.len > LIMIT_RECORD_BYTES || slice_find_nocase(line, "%3d") == line.len)
		return false;
	query = slice_from(line, slice_find_byte(line, '?'));
	query = slice_until(query, slice_find_byte(query, ' '));
	while (query.len > 1 && count < FIELDS_MAX) {
		query = slice_from(query, 1);
		struct slice pair = slice_until(query, slice_find_byte(query, '&')), key = slice_until(pair, slice_find_byte(pair, '='));

		query = slice_from(query, pair.len);
		if (key.len == pair.len)
			continue;
		fields[count] = percent_decoded(text->scan, slice_from(pair, key.len + 1), false);
		if (is_cookie_key(keys, key) && slice_find_byte(fields[count], '=') < fields[count].len)
			cookies = fields[count];
		count++;
	}
	if (cookies.len == 0)
		return false;
	return header_emit(text, SLICE_TEXT("cookie"), cookies, page_of(line, fields, count), claimed->from);
}
