#include "inspect/records/cookie.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "inspect/engine.h"
#include "inspect/records/readers.h"
#include "inspect/records/times.h"
#include "inspect/rules/cookies.h"
#include "limits/limits.h"
#include "shared/byteset.h"

enum {
	NETSCAPE_FIELDS = 7,
	NUMBER_TEXT_MAX = 40,
	LINE_REACH = LIMIT_SECRET_BYTES + LIMIT_URL_BYTES, /* from our name to either end of a cookie */
};

/* ---- Netscape lines --------------------------------------------------------------------------- */

static bool is_host_text(struct slice text)
{
	bool dot = false;

	if (text.len < 3 || text.len > LIMIT_HOST_BYTES + 1)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		dot = dot || c == '.';
		if (!isalnum(c) && c < 0x80 && !one_of(c, ".-_:[]"))
			return false;
	}
	return dot || slice_equal_nocase(text, SLICE_TEXT("localhost"));
}

int cookie_flag(struct slice text)
{
	static const char *const yes[] = {"true", "1", "yes", "t"}, *const no[] = {"false", "0", "no", "f"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (slice_equal_nocase(text, slice_of(yes[i])))
			return 1;
		if (slice_equal_nocase(text, slice_of(no[i])))
			return 0;
	}
	return -1;
}

static bool is_number(struct slice text)
{
	size_t digits = 0;

	for (size_t i = 0; i < text.len; i++) {
		digits += isdigit((unsigned char)text.data[i]) != 0;
		if (!isdigit((unsigned char)text.data[i]) && !one_of(text.data[i], ".-+eE"))
			return false;
	}
	return digits > 0;
}

/* Some writers quote what they divide. */
static struct slice field_of(struct slice field)
{
	field = slice_trim(field);
	if (field.len >= 1 && field.data[0] == '"')
		field = slice_from(field, 1);
	if (field.len >= 1 && field.data[field.len - 1] == '"')
		field.len--;
	return field;
}

/* RFC 6265 tokens, with room for the brackets and colons that frameworks put into names. */
static bool is_cookie_name(struct slice name)
{
	if (name.len == 0 || name.len > 256)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.data[i];

		if (c <= ' ' || c >= 0x7f || one_of(c, "\"(),/;<>=?\\{}"))
			return false;
	}
	return true;
}

/* Splits at a mark, most of the time TABs; the last field ends at one too: values hold none, and some writers append fields. */
static size_t split_at(struct slice line, const char *mark, struct slice fields[NETSCAPE_FIELDS])
{
	size_t count = 0;

	while (count < NETSCAPE_FIELDS) {
		size_t len = slice_find_nocase(line, mark);

		fields[count++] = field_of(slice_until(line, len));
		if (len == line.len)
			break;
		line = slice_from(line, len + strlen(mark));
	}
	return count;
}

/* Splits at blanks; what is left behind six of them is the value, blanks included. */
static size_t split_blanks(struct slice line, struct slice fields[NETSCAPE_FIELDS])
{
	size_t count = 0;

	line = slice_trim(line);
	while (line.len > 0 && count < NETSCAPE_FIELDS) {
		size_t len = 0;

		while (len < line.len && line.data[len] != ' ' && line.data[len] != '\t')
			len++;
		if (count == NETSCAPE_FIELDS - 1)
			len = line.len;
		fields[count++] = slice_until(line, len);
		line = slice_trim(slice_from(line, len));
	}
	return count;
}

/* A number, a date, or what says that the cookie ends with the session. */
static bool is_expiry(struct slice text)
{
	int64_t ms;

	return is_number(text) || text.len == 0 || slice_equal_nocase(text, SLICE_TEXT("session")) || time_read(text, MONTH_FIRST, &ms);
}

/* Some exports write the origin for the domain. */
static struct slice without_scheme(struct slice host)
{
	size_t scheme = slice_find_nocase(host, "://");

	if (scheme == host.len)
		return host;
	host = slice_from(host, scheme + 3);
	return slice_until(host, slice_find_byte(host, '/'));
}

static bool is_path(struct slice text)
{
	return text.len == 0 || text.data[0] == '/';
}

/* *shift: 1 where the flag for sub-domains is missing, so that all behind the domain stands one field nearer. */
static bool fields_are_cookie(struct slice fields[NETSCAPE_FIELDS], size_t count, size_t *shift)
{
	fields[0] = without_scheme(fields[0]);
	if (count < NETSCAPE_FIELDS - 1 || !is_host_text(fields[0]))
		return false;
	*shift = cookie_flag(fields[1]) < 0;
	if (*shift == 1 && (count != NETSCAPE_FIELDS - 1 || fields[1].len == 0))
		return false;
	return is_path(fields[2 - *shift]) && cookie_flag(fields[3 - *shift]) >= 0 && is_expiry(fields[4 - *shift]) &&
	       fields[5 - *shift].len > 0;
}

/* Rows of a browser's tools and of its database: name, value, domain, path, expiry; or domain, name, value, path, expiry. */
static bool read_tools_row(struct slice line, struct cookie_fields *cookie)
{
	static const char *const marks[] = {"\t", "|"};
	struct slice fields[NETSCAPE_FIELDS];

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		memset(fields, 0, sizeof(fields));
		if (split_at(line, marks[i], fields) < 5 || fields[3].len == 0 || fields[3].data[0] != '/' || !is_expiry(fields[4]))
			continue;
		size_t domain = is_host_text(fields[2]) && is_cookie_name(fields[0]) ? 2 : 0;

		if (domain == 0 && (!is_host_text(fields[0]) || !is_cookie_name(fields[1])))
			continue;
		*cookie = (struct cookie_fields){.name = fields[domain == 2 ? 0 : 1],
			.value = fields[domain == 2 ? 1 : 2],
			.domain = fields[domain],
			.path = fields[3],
			.expires_ms = cookie_time(fields[4]),
			.http_only = -1,
			.secure = -1};
		return true;
	}
	return false;
}

/* What stands before a line where it is shown: "> ", "- ", "12: ". */
static struct slice behind_marks(struct slice line)
{
	size_t digits = 0;

	while (line.len > 0 && (line.data[0] == ' ' || line.data[0] == '\t' || line.data[0] == '"' ||
				       (line.len > 1 && one_of(line.data[0], ">*-+") && line.data[1] == ' ')))
		line = slice_from(line, 1);
	while (digits < line.len && isdigit((unsigned char)line.data[digits]))
		digits++;
	if (digits > 0 && digits + 1 < line.len && one_of(line.data[digits], ":.)\t") &&
		(line.data[digits + 1] == ' ' || line.data[digits] == '\t'))
		line = slice_from(line, digits + 2 - (line.data[digits] == '\t'));
	return line;
}

static bool split_line(struct slice line, struct slice fields[NETSCAPE_FIELDS], size_t *count, size_t *shift)
{
	static const char *const marks[] = {"\t", "\\t", ",", ";", "|"};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		memset(fields, 0, NETSCAPE_FIELDS * sizeof(fields[0]));
		*count = split_at(line, marks[i], fields);
		if (fields_are_cookie(fields, *count, shift))
			return true;
	}
	memset(fields, 0, NETSCAPE_FIELDS * sizeof(fields[0]));
	*count = split_blanks(line, fields);
	return fields_are_cookie(fields, *count, shift) && is_number(fields[4 - *shift]);
}

bool cookie_read_netscape(struct slice line, struct cookie_fields *cookie)
{
	struct slice fields[NETSCAPE_FIELDS];
	size_t count, shift = 0;
	bool http_only;

	while (line.len > 0 && (line.data[line.len - 1] == '\r' || line.data[line.len - 1] == '\n'))
		line.len--;
	line = behind_marks(line);
	http_only = slice_starts_nocase(line, "#HttpOnly_");
	if (http_only)
		line = slice_from(line, strlen("#HttpOnly_"));
	if (line.len < 12 || (!isalnum((unsigned char)line.data[0]) && line.data[0] != '.' && (unsigned char)line.data[0] < 0x80))
		return read_tools_row(line, cookie);
	if (!split_line(line, fields, &count, &shift))
		return read_tools_row(line, cookie);
	*cookie = (struct cookie_fields){.domain = fields[0],
		.path = fields[2 - shift],
		.name = fields[5 - shift],
		.value = count > 6 - shift ? fields[6 - shift] : SLICE_NONE,
		.expires_ms = cookie_time(fields[4 - shift]),
		.http_only = http_only ? 1 : -1,
		.secure = cookie_flag(fields[3 - shift])};
	return true;
}

int64_t cookie_time(struct slice text)
{
	char number[NUMBER_TEXT_MAX];
	int64_t ms = 0;

	text = slice_trim(text);
	if (is_number(text) && text.len < sizeof(number) && memchr(text.data + 1, '-', text.len - 1) == NULL) {
		memcpy(number, text.data, text.len);
		number[text.len] = 0;
		return time_from_number(strtod(number, NULL), &ms) ? ms : 0;
	}
	return time_read(text, MONTH_FIRST, &ms) ? ms : 0;
}

/* ---- headers ---------------------------------------------------------------------------------- */

static struct slice cookie_value(struct slice value)
{
	value = slice_trim(value);
	/* no value holds a backslash: "\\r\\n" is how a capture shows the end of a header */
	while (slice_ends_nocase(value, "\\r") || slice_ends_nocase(value, "\\n"))
		value = slice_until(value, value.len - 2);
	if (value.len >= 2 && value.data[0] == '"' && value.data[value.len - 1] == '"')
		value = (struct slice){value.data + 1, value.len - 2};
	return value;
}

bool cookie_next_pair(struct slice *rest, struct slice *name, struct slice *value)
{
	while (rest->len > 0) {
		size_t end = slice_find_byte(*rest, ';');
		struct slice pair = slice_trim(slice_until(*rest, end));
		size_t equals = slice_find_byte(pair, '=');

		*rest = slice_from(*rest, end < rest->len ? end + 1 : end);
		*name = slice_trim(slice_until(pair, equals));
		if (equals == pair.len || !is_cookie_name(*name))
			continue;
		*value = cookie_value(slice_from(pair, equals + 1));
		return true;
	}
	return false;
}

static void set_attribute(struct cookie_fields *cookie, struct slice attribute)
{
	size_t equals = slice_find_byte(attribute, '=');
	struct slice name = slice_trim(slice_until(attribute, equals));
	struct slice value = equals < attribute.len ? cookie_value(slice_from(attribute, equals + 1)) : SLICE_NONE;

	if (slice_equal_nocase(name, SLICE_TEXT("domain")))
		cookie->domain = value;
	else if (slice_equal_nocase(name, SLICE_TEXT("path")))
		cookie->path = value;
	else if (slice_equal_nocase(name, SLICE_TEXT("expires")))
		cookie->expires_ms = cookie_time(value);
	else if (slice_equal_nocase(name, SLICE_TEXT("httponly")))
		cookie->http_only = 1;
	else if (slice_equal_nocase(name, SLICE_TEXT("secure")))
		cookie->secure = 1;
}

bool cookie_read_set(struct slice value, struct cookie_fields *cookie)
{
	struct slice rest = value;
	size_t end = slice_find_byte(rest, ';');
	struct slice first = slice_until(rest, end);

	*cookie = (struct cookie_fields){.http_only = 0, .secure = 0};
	if (!cookie_next_pair(&first, &cookie->name, &cookie->value))
		return false;
	rest = slice_from(rest, end < rest.len ? end + 1 : end);
	while (rest.len > 0) {
		end = slice_find_byte(rest, ';');
		set_attribute(cookie, slice_trim(slice_until(rest, end)));
		rest = slice_from(rest, end < rest.len ? end + 1 : end);
	}
	return true;
}

/* ---- out -------------------------------------------------------------------------------------- */

static struct slice keep(struct text *text, const char *value)
{
	size_t len = strlen(value);
	char *copy = len > 0 ? scan_arena(text->scan, len + 1) : NULL;

	if (copy == NULL)
		return SLICE_NONE;
	memcpy(copy, value, len + 1);
	return (struct slice){copy, len};
}

bool cookie_emit(struct text *text, const char *rule, const struct cookie_fields *cookie)
{
	struct jwt_claims claims;
	struct candidate candidate = {.kind = CANDIDATE_COOKIE,
		.rule = rule,
		.account = cookie->account,
		.secret = cookie->value,
		.url = cookie->url,
		.cookie_name = cookie->name,
		.cookie_domain = cookie->domain,
		.cookie_path = cookie->path,
		.cookie_expires_ms = cookie->expires_ms,
		.cookie_http_only = cookie->http_only,
		.cookie_secure = cookie->secure,
		.at = cookie->at};

	if (cookie->name.len == 0 || cookie->value.len == 0)
		return false;
	if (jwt_read(cookie->value, &claims)) {
		if (candidate.account.len == 0)
			candidate.account = keep(text, claims.account);
		candidate.token_issuer = keep(text, claims.issuer).data;
		candidate.token_expires_ms = claims.expires_ms;
		if (candidate.cookie_expires_ms == 0 || (claims.expires_ms > 0 && claims.expires_ms < candidate.cookie_expires_ms))
			candidate.cookie_expires_ms = claims.expires_ms;
	}
	return candidate_emit(text, &candidate);
}

/* Where a file became one string, its lines are parted by a backslash and an n. */
static void escaped_line(const struct text *text, size_t at, size_t *from, size_t *to)
{
	size_t end = slice_find_nocase(text_slice(text, at, *to), "\\n");

	for (size_t i = at; i > *from + 1; i--)
		if (text->data[i - 2] == '\\' && text->data[i - 1] == 'n') {
			*from = i;
			break;
		}
	*to = at + end;
}

/* Whether a line is nothing but cookies, two or more: "JSESSIONID=x; theme=dark". */
static bool is_header_text(struct slice line)
{
	unsigned pairs = 0;

	for (size_t end; line.len > 0; line = slice_from(line, end < line.len ? end + 1 : end)) {
		end = slice_find_byte(line, ';');
		struct slice pair = slice_trim(slice_until(line, end));
		size_t equals = slice_find_byte(pair, '=');

		if (pair.len == 0)
			continue;
		if (equals == pair.len || !is_cookie_name(slice_trim(slice_until(pair, equals))))
			return false;
		pairs++;
	}
	return pairs >= 2;
}

/* What extensions export as a header, below the host or the address it was taken from. */
static bool read_below_host(struct text *text, size_t from, size_t to, struct span *claimed)
{
	struct slice host = without_scheme(slice_trim(text_slice(text, from, to))), name, value;
	size_t next = to, end, begin;
	bool any = false;

	while (next < text->len && (text->data[next] == '\r' || text->data[next] == '\n') && next < to + 2)
		next++;
	if (!is_host_text(host) || next == to || next >= text->len)
		return false;
	text_line(text, next, &begin, &end);
	struct slice rest = text_slice(text, begin, end);

	if (!is_header_text(rest))
		return false;
	while (cookie_next_pair(&rest, &name, &value)) {
		struct cookie_fields cookie = {.domain = host, .name = name, .value = value, .http_only = -1, .secure = -1, .at = from};

		any = cookie_emit(text, "lt.cookie.header.2", &cookie) || any;
	}
	if (any)
		*claimed = (struct span){from, end};
	return any;
}

/* A line of a Netscape cookie file. */
bool reader_cookie(struct text *text, const struct hit *hit, struct span *claimed)
{
	struct cookie_fields cookie;
	size_t from, to;

	text_line(text, hit->at, &from, &to);
	bool long_before = hit->at - from > LINE_REACH, long_behind = to - hit->at > LINE_REACH;
	const size_t start = long_before ? hit->at - LINE_REACH : from, end = long_behind ? hit->at + LINE_REACH : to;

	from = start;
	to = end;
	if (slice_find_nocase(text_slice(text, from, to), "\\t") < to - from)
		escaped_line(text, hit->at, &from, &to);
	if ((long_before && from == start) || (long_behind && to == end)) /* longer than any cookie */
		return false;
	if (!cookie_read_netscape(text_slice(text, from, to), &cookie))
		return read_below_host(text, from, to, claimed);
	*claimed = (struct span){from, to};
	cookie.at = from;
	cookie_emit(text, "lt.cookie.netscape.1", &cookie);
	return true;
}
