#include "inspect/records/line_token.h"

#include <string.h>
#include <strings.h>

#include "inspect/records/line_bytes.h"

static bool is_host_byte(char c)
{
	return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || is_high(c);
}

/* RFC 5321 allows more; these would swallow what stands around an address in a leak. */
static bool is_local_byte(char c)
{
	return is_alpha(c) || is_digit(c) || one_of(c, "._%+-&'~!#") || is_high(c);
}

/* ---- addresses ---------------------------------------------------------------------------------- */

/* Arrows, dashes, full-width signs (U+00A0, U+2000, U+FF00 and up) are no letters of a name. */
static bool begins_sign(char c)
{
	return (unsigned char)c == 0xc2 || (unsigned char)c == 0xe2 || (unsigned char)c == 0xef;
}

static size_t host_end(struct slice line, size_t from)
{
	size_t end = from;

	while (end < line.len && is_host_byte(line.data[end]) && !begins_sign(line.data[end]))
		end++;
	while (end > from && one_of(line.data[end - 1], ".-_"))
		end--;
	return end;
}

/* Dotted labels whose last is no number. */
static bool host_shaped(struct slice host)
{
	size_t dot = host.len;
	bool letters = false;

	if (host.len < 4 || one_of(host.data[0], ".-"))
		return false;
	for (size_t i = 0; i < host.len; i++) {
		if (!is_host_byte(host.data[i]) || (host.data[i] == '.' && host.data[i - 1] == '.'))
			return false;
		if (host.data[i] == '.')
			dot = i;
	}
	if (host.len - dot < 3)
		return false;
	for (size_t i = dot + 1; i < host.len; i++) {
		letters |= is_alpha(host.data[i]) || is_high(host.data[i]);
		if (host.data[i] == '_')
			return false;
	}
	return letters && !is_digit(host.data[dot + 1]);
}

/* user@host and user:secret@host behind "://" are parts of a URL, no address. */
static bool is_userinfo(struct slice line, size_t start, size_t sign)
{
	struct token_url url;
	size_t at = start, scheme;

	while (at > 0 && !one_of(line.data[at - 1], "/ \t\"'<>|;,"))
		at--;
	if (at < 3 || memcmp(line.data + at - 3, "://", 3) != 0)
		return false;
	if (at == start)
		return true;
	for (scheme = at - 3; scheme > 0 && is_alpha(line.data[scheme - 1]); scheme--)
		;
	return token_url(line, scheme, &url) && url.secret_to == sign;
}

static bool email_at_sign(struct slice line, size_t sign, size_t floor, size_t *from, size_t *to)
{
	size_t start = sign;

	while (start > floor && sign - start < 64 && is_local_byte(line.data[start - 1]))
		start--;
	while (start < sign && one_of(line.data[start], ".'-!#~+&"))
		start++;
	*from = start;
	*to = host_end(line, sign + 1);
	if (start == sign || !host_shaped((struct slice){line.data + sign + 1, *to - sign - 1}))
		return false;
	return !is_userinfo(line, start, sign);
}

bool token_email(struct slice line, size_t at, size_t *from, size_t *to)
{
	size_t low = at, high = at;

	if (at >= line.len)
		return false;
	while (high < line.len && is_local_byte(line.data[high]))
		high++;
	if (high < line.len && line.data[high] == '@' && email_at_sign(line, high, 0, from, to) && *from <= at)
		return true;
	while (low > 0 && is_host_byte(line.data[low - 1]))
		low--;
	return low > 0 && line.data[low - 1] == '@' && email_at_sign(line, low - 1, 0, from, to) && *to > at;
}

bool token_email_next(struct slice line, size_t from, size_t *begin, size_t *end)
{
	for (size_t at = from; at < line.len; at++) {
		const char *sign = memchr(line.data + at, '@', line.len - at);
		if (sign == NULL)
			return false;
		at = (size_t)(sign - line.data);
		if (email_at_sign(line, at, from, begin, end))
			return true;
	}
	return false;
}

bool token_is_email(struct slice value)
{
	size_t from, to;

	return token_email_next(value, 0, &from, &to) && from == 0 && to == value.len;
}

bool token_logon(struct slice line, size_t at, size_t *from, size_t *to)
{
	size_t start = at, end = at;

	while (start > 0 && (is_alpha(line.data[start - 1]) || is_digit(line.data[start - 1]) || one_of(line.data[start - 1], "-_.")))
		start--;
	while (end < line.len && (is_alpha(line.data[end]) || is_digit(line.data[end]) || one_of(line.data[end], "-_.")))
		end++;
	if (end >= line.len || end == start || !one_of(line.data[end], "\\/"))
		return false;
	bool slash = line.data[end] == '/';
	/* a host and its path */
	if (slash && memchr(line.data + start, '.', end - start) != NULL)
		return false;
	end++;
	if (!slash && end < line.len && line.data[end] == '\\')
		end++;
	size_t user = end;
	while (end < line.len &&
		(is_alpha(line.data[end]) || is_digit(line.data[end]) || one_of(line.data[end], "-_.$@+'") || is_high(line.data[end])))
		end++;
	*from = start;
	*to = end;
	return end > user && !(end < line.len && one_of(line.data[end], "\\/"));
}

/* ---- URLs --------------------------------------------------------------------------------------- */

static size_t ipv4_end(struct slice line, size_t from)
{
	size_t at = from;

	for (int part = 0; part < 4; part++) {
		size_t digits = 0;
		while (at + digits < line.len && digits < 4 && is_digit(line.data[at + digits]))
			digits++;
		if (digits == 0 || digits > 3)
			return 0;
		at += digits;
		if (part < 3 && (at >= line.len || line.data[at++] != '.'))
			return 0;
	}
	return at < line.len && (is_host_byte(line.data[at]) && line.data[at] != '.') ? 0 : at;
}

static size_t ipv6_end(struct slice line, size_t from)
{
	size_t at = from + 1, colons = 0;

	if (from >= line.len || line.data[from] != '[')
		return 0;
	while (at < line.len && (is_digit(line.data[at]) || one_of(line.data[at], "abcdefABCDEF:.%")))
		colons += line.data[at++] == ':';
	return colons >= 2 && at < line.len && line.data[at] == ']' ? at + 1 : 0;
}

bool token_is_ip(struct slice value)
{
	if (value.len == 0)
		return false;
	if (ipv4_end(value, 0) == value.len || ipv6_end(value, 0) == value.len)
		return true;
	size_t colons = 0;
	for (size_t i = 0; i < value.len; i++) {
		if (!is_digit(value.data[i]) && !one_of(value.data[i], "abcdefABCDEF:"))
			return false;
		colons += value.data[i] == ':';
	}
	return colons >= 4 || (colons >= 2 && value.len > 5 && memmem(value.data, value.len, "::", 2) != NULL);
}

bool token_is_host(struct slice value)
{
	return host_end(value, 0) == value.len && host_shaped(value);
}

/* A port is followed by a path, the end, a blank, or a separator with two fields behind it; see 2.3 of RFC 3986 for the rest. */
static size_t port_end(struct slice line, size_t at)
{
	size_t digits = 0;

	if (at >= line.len || line.data[at] != ':')
		return at;
	while (at + 1 + digits < line.len && is_digit(line.data[at + 1 + digits]))
		digits++;
	size_t end = at + 1 + digits;
	if (digits == 0 || digits > 5)
		return at;
	if (end == line.len || one_of(line.data[end], "/?#\\ \t\"'<>)]@"))
		return end;
	if (!one_of(line.data[end], ":;|,"))
		return at;
	const char *next = memchr(line.data + end + 1, line.data[end], line.len - end - 1);
	return next != NULL && next > line.data + end + 1 && next + 1 < line.data + line.len ? end : at;
}

static size_t scheme_len(struct slice line, size_t from)
{
	size_t at = from;

	while (at < line.len && at - from < 24 &&
		(is_alpha(line.data[at]) || (at > from && (is_digit(line.data[at]) || one_of(line.data[at], "+.-")))))
		at++;
	return at > from && line.len - at > 3 && memcmp(line.data + at, "://", 3) == 0 ? at + 3 - from : 0;
}

size_t token_scheme_next(struct slice line, size_t from)
{
	for (size_t at = from; at + 3 < line.len; at++) {
		const char *colon = memchr(line.data + at, ':', line.len - at);
		if (colon == NULL)
			return line.len;
		at = (size_t)(colon - line.data);
		if (line.len - at < 4 || line.data[at + 1] != '/' || line.data[at + 2] != '/')
			continue;
		size_t start = at;
		while (start > from &&
			(is_alpha(line.data[start - 1]) || is_digit(line.data[start - 1]) || one_of(line.data[start - 1], "+.-")))
			start--;
		while (start < at && !is_alpha(line.data[start]))
			start++;
		if (start < at && scheme_len(line, start) == at - start + 3)
			return start;
	}
	return line.len;
}

static bool authority_host(struct slice line, size_t from, bool scheme, struct token_url *url)
{
	size_t end = ipv6_end(line, from);

	if (end == 0)
		end = ipv4_end(line, from);
	url->address = end != 0;
	if (end == 0) {
		end = host_end(line, from);
		struct slice host = {line.data + from, end - from};
		/* "https://intranet/" is a host, "intranet" is none */
		if (scheme ? host.len == 0 : !host_shaped(host))
			return false;
		if (!scheme && end < line.len && line.data[end] == '@')
			return false;
	}
	if (end < line.len && line.data[end] == '.')
		end++;
	url->authority_end = port_end(line, end);
	url->port = url->authority_end > end;
	return true;
}

static size_t label_count(struct slice host)
{
	size_t dots = 0;

	for (size_t i = 0; i < host.len; i++)
		dots += host.data[i] == '.';
	return dots;
}

/*
 * "https://user:secret@host/" against "https://host:login@mailbox.example:secret": what stands behind '@' must end as
 * an authority does, and what stands before it must not be a host of its own.
 */
static bool userinfo(struct slice line, size_t from, struct token_url *url)
{
	size_t end = from, sign = line.len, colon = 0;

	while (end < line.len && !one_of(line.data[end], "/?# \t\"'<>|,;\\")) {
		if (line.data[end] == '@')
			sign = end;
		if (line.data[end] == ':' && colon == 0)
			colon = end;
		end++;
	}
	if (sign == line.len)
		return false;
	struct token_url host;
	if (!authority_host(line, sign + 1, true, &host))
		return false;
	size_t behind = host.authority_end;
	if (behind < line.len && !one_of(line.data[behind], "/?# \t\"'<>),;|]"))
		return false;
	if (colon == 0 || colon > sign) {
		url->authority_end = behind;
		url->port = host.port;
		url->address = host.address;
		return true;
	}
	struct slice user = {line.data + from, colon - from};
	if (token_is_host(user) && (label_count(user) > 1 || slice_starts_nocase(user, "www.")))
		return false;
	url->authority_end = behind;
	url->port = host.port;
	url->address = host.address;
	url->user_from = from;
	url->user_to = colon;
	url->secret_from = colon + 1;
	url->secret_to = sign;
	return true;
}

/* android://<base64 of the certificate>@package/: the base64 may hold '/', '+' and '='. */
static bool android(struct slice line, size_t from, struct token_url *url)
{
	size_t at = from;

	while (at < line.len && (is_alpha(line.data[at]) || is_digit(line.data[at]) || one_of(line.data[at], "+/=_-")))
		at++;
	if (at >= line.len || line.data[at] != '@')
		return false;
	url->authority_end = host_end(line, at + 1);
	return url->authority_end > at + 1;
}

bool token_url(struct slice line, size_t from, struct token_url *url)
{
	*url = (struct token_url){.from = from};
	size_t scheme = scheme_len(line, from);
	size_t authority = from + scheme;

	url->scheme = scheme > 0;
	if (scheme == 10 && strncasecmp(line.data + from, "android://", 10) == 0 && android(line, authority, url))
		return true;
	if (scheme > 0 && userinfo(line, authority, url))
		return true;
	return authority_host(line, authority, url->scheme, url);
}

/* ---- separators --------------------------------------------------------------------------------- */

static size_t blanks(struct slice line, size_t at)
{
	size_t start = at;

	while (at < line.len) {
		if (is_blank(line.data[at]))
			at++;
		else if (line.len - at > 1 && (unsigned char)line.data[at] == 0xc2 && (unsigned char)line.data[at + 1] == 0xa0)
			at += 2;
		else
			break;
	}
	return at - start;
}

static const struct {
	const char *text;
	char kind;
	bool spaced; /* only with a blank on both sides */
} signs[] = {
	{"-->", '>', false},
	{"->", '>', false},
	{"=>", '>', false},
	{"==>", '>', false},
	{"\xe2\x86\x92", '>', false},
	{"\xc2\xbb", '>', false},
	{">>", '>', true},
	{">", '>', true},
	{":::", ':', false},
	{"::", ':', false},
	{"||", '|', false},
	{"\xef\xbc\x9a", ':', false},
	{"\xef\xbd\x9c", '|', false},
	{"\xef\xbc\x9b", ';', false},
	{"\xe2\x80\x94", '-', true},
	{"\xe2\x80\x93", '-', true},
	{"--", '-', true},
	{"-", '-', true},
	{":", ':', false},
	{";", ';', false},
	{"|", '|', false},
	{",", ',', false},
	{"=", '=', false},
	{"/", '/', true},
	{"~", '~', true},
	{"/", '/', false},
	{"\xe2\x87\x92", '>', false},
	{"\xe2\x9e\x9c", '>', false},
	{"\xe2\x9e\xa1", '>', false},
	{"\xe2\x9f\xb6", '>', false},
	{"\xe2\x96\xb6", '>', false},
	{"\xe2\x96\xba", '>', false},
	{"\xe2\x94\x82", '|', false},
	{"\xc2\xa6", '|', false},
};

bool token_separator(struct slice line, size_t at, struct token_separator *separator)
{
	size_t before = blanks(line, at), place = at + before;
	bool tab = before > 0 && memchr(line.data + at, '\t', before) != NULL;

	*separator = (struct token_separator){.kind = tab ? '\t' : ' ', .len = before, .before = before > 0, .behind = before > 0};
	if (place >= line.len || (!is_high(line.data[place]) && !one_of(line.data[place], ":;|,=->~/")))
		return before > 0;
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		size_t len = strlen(signs[i].text);
		if (line.len - place < len || memcmp(line.data + place, signs[i].text, len) != 0)
			continue;
		size_t behind = blanks(line, place + len);
		if (signs[i].spaced && (before == 0 || behind == 0))
			continue;
		separator->kind = signs[i].kind;
		separator->twice = len == 2 && signs[i].text[0] == signs[i].text[1];
		separator->before = before > 0;
		separator->behind = behind > 0;
		separator->len = before + len + behind;
		return true;
	}
	return before > 0;
}
