#include "inspect/records/line_token.h"

#include <string.h>
#include <strings.h>

enum { LOOK_BYTES = 1024 /* a longer value looks as its beginning does */ };

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static bool is_high(char c)
{
	return (unsigned char)c >= 0x80;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

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

/* ---- looks -------------------------------------------------------------------------------------- */

static size_t digits_at(struct slice value, size_t at)
{
	size_t count = 0;

	while (at + count < value.len && is_digit(value.data[at + count]))
		count++;
	return count;
}

/* 2026-05-04, 04.05.2026, 5/4/26, 10:22, 10:22:33; with what follows a date. */
static bool is_date(struct slice value)
{
	size_t first = digits_at(value, 0);

	if (first == 0 || first > 4 || first >= value.len)
		return false;
	char sign = value.data[first];
	if (!one_of(sign, "-./:"))
		return false;
	size_t second = digits_at(value, first + 1), at = first + 1 + second;
	if (second == 0 || second > 2)
		return false;
	if (sign == ':')
		return first <= 2 && second == 2 && (at == value.len || one_of(value.data[at], ": apAP-"));
	if (at >= value.len || value.data[at] != sign)
		return false;
	size_t third = digits_at(value, at + 1);
	at += 1 + third;
	return (first == 4 ? third == 1 || third == 2 : first <= 2 && (third == 2 || third == 4)) &&
	       (at == value.len || one_of(value.data[at], " T,"));
}

bool token_is_phone(struct slice value)
{
	size_t digits = 0, signs_seen = 0;

	for (size_t i = 0; i < value.len; i++) {
		if (is_digit(value.data[i]))
			digits++;
		else if (one_of(value.data[i], "+-() ./"))
			signs_seen++;
		else
			return false;
	}
	return digits >= 6 && digits <= 16 && signs_seen > 0 && (one_of(value.data[0], "+(") || signs_seen <= 6);
}

static bool is_release(struct slice name)
{
	static const char *const names[] = {"rc", "beta", "alpha", "pre", "dev", "snapshot", "final", "ga", "lts"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_starts_nocase(name, names[i]))
			return true;
	return false;
}

static bool is_version(struct slice value)
{
	size_t at = value.len > 1 && one_of(value.data[0], "vV") ? 1 : 0, parts = 0;

	while (digits_at(value, at) > 0) {
		at += digits_at(value, at);
		parts++;
		if (parts >= 2 && at < value.len && value.data[at] == '-') /* 2.0.1-rc1 */
			return is_release(slice_from(value, at + 1));
		if (at == value.len)
			return parts >= 2 || (parts == 1 && one_of(value.data[0], "vV"));
		if (value.data[at++] != '.')
			return false;
	}
	return false;
}

static const char *const file_endings[] = {".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".txt", ".csv", ".zip", ".tar", ".gz",
	".tgz", ".7z", ".rar", ".git", ".log", ".sql", ".jpg", ".jpeg", ".png", ".gif", ".html", ".htm", ".php", ".js", ".css", ".py",
	".sh", ".conf", ".cfg", ".xml", ".json", ".yml", ".yaml", ".bak", ".eml", ".msg", ".pst", ".iso", ".exe", ".dll", ".deb", ".rpm"};

static bool is_file(struct slice value)
{
	const char *dot = memrchr(value.data, '.', value.len);

	if (dot == NULL || value.data + value.len - dot > 5)
		return false;
	for (size_t i = 0; i < sizeof file_endings / sizeof *file_endings; i++)
		if (value.len > strlen(file_endings[i]) && slice_ends_nocase(value, file_endings[i]))
			return true;
	return false;
}

static bool is_path(struct slice value)
{
	if (value.data[0] == '/' && (value.len == 1 || memchr(value.data + 1, '/', value.len - 1) != NULL))
		return true;
	if (slice_starts_nocase(value, "~/") || slice_starts_nocase(value, "./") || slice_starts_nocase(value, "../"))
		return true;
	return value.len > 2 && is_alpha(value.data[0]) && value.data[1] == ':' && one_of(value.data[2], "\\/") &&
	       memchr(value.data + 3, '\\', value.len - 3) != NULL;
}

/* backup/, team/app: lower-case names between slashes. */
static bool is_relative_path(struct slice value)
{
	bool slash = false;

	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i];
		if (!(c >= 'a' && c <= 'z') && !is_digit(c) && !one_of(c, "._-/"))
			return false;
		slash |= c == '/';
	}
	return slash;
}

/* 50%, -3.5 GB, 9,99 EUR, $20. */
static bool is_measure(struct slice value)
{
	static const char *const units[] = {
		"", "%", "gb", "mb", "kb", "tb", "ms", "px", "kg", "km", "usd", "eur", "gbp", "\xe2\x82\xac", "$"};
	size_t at = 0;

	while (at < value.len && one_of(value.data[at], "+-$~<> "))
		at++;
	size_t digits = at, marks = 0;
	while (at < value.len && (is_digit(value.data[at]) || one_of(value.data[at], ".,")))
		marks += !is_digit(value.data[at++]);
	if (at == digits + marks || (at == value.len && digits == 0 && marks == 0))
		return false;
	struct slice unit = slice_trim(slice_from(value, at));
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (slice_equal_nocase(unit, slice_of(units[i])))
			return true;
	return false;
}

/* CN=John Doe, OU=Sales: a distinguished name goes on. */
static bool is_attribute(struct slice value)
{
	size_t at = 0;

	while (at < value.len && value.data[at] >= 'A' && value.data[at] <= 'Z')
		at++;
	return at > 0 && at <= 3 && at + 1 < value.len && value.data[at] == '=' && is_alpha(value.data[at + 1]) &&
	       value.data[value.len - 1] != '=';
}

/* 550e8400-e29b-41d4-a716-446655440000. */
static bool is_uuid(struct slice value)
{
	if (value.len != 36)
		return false;
	for (size_t i = 0; i < value.len; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? value.data[i] != '-' : !is_hex(value.data[i]))
			return false;
	return true;
}

/* Seconds or milliseconds since 1970, of 2014 to 2033. */
static bool is_epoch(struct slice value)
{
	return (value.len == 10 || value.len == 13) && digits_at(value, 0) == value.len && value.data[0] == '1' && value.data[1] >= '4';
}

/* INV-2024-00123, CVE-2026-1234, RP123456789DE: what clerks and trackers number things by. */
static bool is_reference(struct slice value)
{
	size_t letters = 0, at;

	while (letters < value.len && value.data[letters] >= 'A' && value.data[letters] <= 'Z')
		letters++;
	if (letters == 2 && value.len == 13 && digits_at(value, 2) == 9)
		return is_alpha(value.data[11]) && is_alpha(value.data[12]);
	if (letters < 2 || letters > 5 || letters == value.len)
		return false;
	for (at = letters; at < value.len && value.data[at] == '-'; at += digits_at(value, at))
		if (digits_at(value, ++at) == 0)
			return false;
	return at == value.len;
}

/* DE89 3704...: two letters, and the check digits are right. */
static bool is_iban(struct slice value)
{
	unsigned rest = 0;

	if (value.len < 15 || value.len > 34 || !is_alpha(value.data[0]) || !is_alpha(value.data[1]) || digits_at(value, 2) < 2)
		return false;
	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[(i + 4) % value.len];
		if (!is_digit(c) && (c < 'A' || c > 'Z'))
			return false;
		rest = is_digit(c) ? (rest * 10 + (unsigned)(c - '0')) % 97 : (rest * 100 + (unsigned)(c - 'A') + 10) % 97;
	}
	return rest == 1;
}

/* de-DE, pt_BR. */
static bool is_locale(struct slice value)
{
	return value.len == 5 && one_of(value.data[2], "-_") && value.data[0] >= 'a' && value.data[0] <= 'z' && value.data[1] >= 'a' &&
	       value.data[1] <= 'z' && value.data[3] >= 'A' && value.data[3] <= 'Z' && value.data[4] >= 'A' && value.data[4] <= 'Z';
}

/* 5F:4D:CC:..., Fingerprint=5F:4D:CC:...: of a certificate or a key. */
static bool is_fingerprint(struct slice value)
{
	size_t sign = slice_find_byte(value, '='), at = sign < value.len ? sign + 1 : 0, pairs = 0;

	while (at + 1 < value.len && is_hex(value.data[at]) && is_hex(value.data[at + 1])) {
		pairs++;
		at += 2;
		if (at < value.len && value.data[at++] != ':')
			return false;
	}
	return pairs >= 6 && at >= value.len;
}

/* #ff8800, 0x1A2B3C. */
static bool is_code_number(struct slice value)
{
	size_t at = value.data[0] == '#' ? 1 : 2;

	if (value.data[0] == '#' ? value.len != 7 : value.len > 18 || value.len < 3 || !slice_starts_nocase(value, "0x"))
		return false;
	while (at < value.len && is_hex(value.data[at]))
		at++;
	return at == value.len;
}

/* Mozilla/5.0, curl/8.4.0: a program and its version. */
static bool is_product(struct slice value)
{
	size_t at = 0;

	while (at < value.len && (is_alpha(value.data[at]) || value.data[at] == '-'))
		at++;
	if (at < 2 || at + 1 >= value.len || value.data[at] != '/')
		return false;
	return memchr(value.data + at, '.', value.len - at) != NULL && is_version(slice_from(value, at + 1));
}

/* application/xhtml+xml. */
static bool is_media_type(struct slice value)
{
	static const char *const types[] = {"application/", "text/", "image/", "audio/", "video/", "multipart/", "message/", "font/"};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (slice_starts_nocase(value, types[i]))
			return true;
	return false;
}

struct kinds {
	size_t lower, upper, digit, sign, high, blank, inner_upper, hyphen;
};

static struct kinds kinds_of(struct slice value)
{
	struct kinds kinds = {0};

	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i];
		kinds.lower += c >= 'a' && c <= 'z';
		kinds.upper += c >= 'A' && c <= 'Z';
		kinds.inner_upper += i > 0 && c >= 'A' && c <= 'Z' && value.data[i - 1] >= 'a' && value.data[i - 1] <= 'z';
		kinds.digit += is_digit(c);
		kinds.high += is_high(c);
		kinds.blank += is_blank(c);
		kinds.hyphen += c == '-' || c == '\'' || c == '.';
		kinds.sign += !is_alpha(c) && !is_digit(c) && !is_high(c) && !is_blank(c);
	}
	return kinds;
}

static enum token_look look_of_kinds(const struct kinds *kinds, size_t len)
{
	int count = (kinds->lower > 0) + (kinds->upper > 0) + (kinds->digit > 0) + (kinds->sign > 0) + (kinds->high > 0);

	if (kinds->digit == len)
		return len <= 5 ? LOOK_PORT : LOOK_NUMBER;
	if (kinds->digit == 0 && kinds->sign == kinds->hyphen && kinds->inner_upper == 0) {
		if (kinds->upper > 0 || kinds->high > 0)
			return LOOK_NAME;
		return kinds->sign > 0 && len < 12 ? LOOK_NAME : LOOK_WORD;
	}
	if (count >= 3 || (count == 2 && len >= 8 && kinds->digit > 0) || (kinds->sign > 2 && len >= 8))
		return LOOK_STRONG;
	return LOOK_FAIR;
}

/* With two dots a host; with one it may be john.doe. */
static bool is_deep_host(struct slice value)
{
	return token_is_host(value) && label_count(value) >= 2;
}

/* (OI)(CI)(F), as icacls prints who may do what. */
static bool is_access_list(struct slice value)
{
	for (size_t i = 0; i < value.len; i++)
		if ((value.data[i] < 'A' || value.data[i] > 'Z') && !one_of(value.data[i], "(),"))
			return false;
	return true;
}

enum token_look token_look(struct slice value)
{
	value = slice_trim(slice_until(value, LOOK_BYTES));
	if (value.len == 0 || is_path(value) || (value.data[0] == '<' && value.data[value.len - 1] == '>'))
		return LOOK_NEVER;
	if (value.data[0] == '(' && value.data[value.len - 1] == ')')
		return is_access_list(value) ? LOOK_NEVER : LOOK_OTHER;
	struct kinds kinds = kinds_of(value);
	if (is_deep_host(value) || token_is_ip(value) || is_date(value) || is_version(value) || is_file(value) || is_attribute(value) ||
		is_relative_path(value) || is_measure(value) || is_uuid(value) || is_epoch(value) || is_reference(value) ||
		is_iban(value) || is_product(value) || is_code_number(value) || is_fingerprint(value) || is_locale(value) ||
		is_media_type(value))
		return LOOK_OTHER;
	if (kinds.digit < value.len && token_is_phone(value))
		return LOOK_OTHER;
	if (token_is_email(value) || scheme_len(value, 0) > 0 || slice_starts_nocase(value, "mailto:") ||
		(slice_starts_nocase(value, "www.") && token_is_host(slice_until(value, slice_find_byte(value, '/')))))
		return LOOK_OTHER;
	if (kinds.blank > 0)
		return LOOK_SENTENCE;
	return look_of_kinds(&kinds, value.len);
}
