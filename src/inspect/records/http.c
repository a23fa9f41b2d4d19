/*
 * Raw requests and responses: captured traffic, curl -v, browsers' "copy as". Messages follow each other; what
 * names the host of a request (its line, Host, :authority, Origin, Referer, a URL above) holds for its answer.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/job.h"
#include "inspect/records/headers.h"
#include "inspect/records/line_memo.h"
#include "inspect/records/readers.h"
#include "limits/limits.h"
#include "shared/byteset.h"
#include "shared/mem.h"

enum { LINES_UP = 64, LINES_DOWN = 96, NAME_MAX_BYTES = 64, URL_TEXT_MAX = 2 * LIMIT_URL_BYTES };

/* ---- one line --------------------------------------------------------------------------------- */

static bool is_method(struct slice word)
{
	static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "PROPFIND", "SEARCH"};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (slice_equal(word, slice_of(methods[i])))
			return true;
	return false;
}

static bool is_known_header(struct slice name)
{
	static const char *const names[] = {"host", ":authority", "domain", ":method", ":path", ":scheme", "user-agent", "accept",
		"accept-language", "accept-encoding", "authorization", "proxy-authorization", "cookie", "cookies", "set-cookie",
		"set-cookie2", "set-cookie3", "document.cookie", "referer", "origin", "content-type", "content-length", "connection",
		"cache-control", "pragma", "upgrade-insecure-requests", "server", "location", "request url", "request method",
		"remote address", "x-auth-token", "x-access-token", "x-session-token", "x-api-key", "x-api-token", "private-token",
		"x-requested-with", "x-forwarded-for", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "sec-fetch-user", "sec-ch-ua",
		"sec-ch-ua-mobile", "sec-ch-ua-platform", "dnt", "te", "priority", "x-csrf-token", "x-xsrf-token", "x-frame-options",
		"strict-transport-security", "transfer-encoding", "vary", "etag", "expires", "last-modified", "keep-alive", "x-powered-by",
		"www-authenticate", "x-vault-token", "cf-access-jwt-assertion", "x-jwt-assertion", "x-amzn-oidc-data", "x-user-token",
		"x-id-token", "x-gitlab-token", "x-goog-iap-jwt-assertion"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_equal_nocase(name, slice_of(names[i])))
			return true;
	return false;
}

/* "> ", "< " of curl -v; quotes and dashes of notes. */
static struct slice skip_marks(struct slice line)
{
	line = slice_trim(line);
	while (line.len > 4 && (unsigned char)line.data[0] >= 0x80) /* a picture before the name */
		line = slice_from(line, 1);
	line = slice_trim(line);
	while (line.len > 1 && (line.data[0] == '>' || line.data[0] == '<' || line.data[0] == '*' || line.data[0] == '-') &&
		line.data[1] == ' ')
		line = slice_trim(slice_from(line, 2));
	return line;
}

static bool read_start_line(struct slice line, struct http_line *out)
{
	size_t space = slice_find_byte(line, ' ');
	struct slice rest;

	if (slice_starts_nocase(line, "HTTP/") && line.len > 7 && isdigit((unsigned char)line.data[5])) {
		out->kind = HTTP_STATUS;
		return true;
	}
	if (!is_method(slice_until(line, space)))
		return false;
	rest = slice_trim(slice_from(line, space));
	if (rest.len == 0 ||
		(rest.data[0] != '/' && slice_find_nocase(rest, "://") == rest.len && slice_find_nocase(rest, " HTTP/") == rest.len))
		return false;
	out->kind = HTTP_REQUEST;
	out->value = slice_until(rest, slice_find_byte(rest, ' '));
	return true;
}

/* "Domain:" is no header, but stands above cookies: with a host and nothing else. */
static bool is_word(struct slice value)
{
	for (size_t i = 0; i < value.len; i++)
		if (one_of(value.data[i], " \t;,|"))
			return false;
	return value.len > 0;
}

static bool read_header_line(struct slice line, struct http_line *out)
{
	size_t colon = line.len > 0 && line.data[0] == ':' ? 1 + slice_find_byte(slice_from(line, 1), ':') : slice_find_byte(line, ':');
	size_t equals = slice_find_byte(line, '=');

	if (slice_starts_nocase(line, "document.cookie") && equals < line.len)
		colon = equals;
	if (colon == 0 || colon >= line.len || colon > NAME_MAX_BYTES)
		return false;
	out->name = slice_trim(slice_until(line, colon));
	out->value = slice_trim(slice_from(line, colon + 1));
	if (colon == equals && out->value.len > 1 && one_of(out->value.data[0], "\"'`")) /* the script goes on behind the string */
		out->value = slice_until(out->value, 1 + slice_find_byte(slice_from(out->value, 1), out->value.data[0]));
	while (out->name.len > 0 && (out->name.data[0] == '"' || out->name.data[0] == '\'' || out->name.data[0] == '`'))
		out->name = slice_from(out->name, 1);
	while (out->name.len > 0 && one_of(out->name.data[out->name.len - 1], "\"'`"))
		out->name.len--;
	while (out->value.len > 0 && one_of(out->value.data[out->value.len - 1], "\"'`,;") && one_of(out->value.data[0], "\"'`") &&
		out->value.len > 1)
		out->value.len--;
	if (out->value.len > 0 && one_of(out->value.data[0], "\"'`"))
		out->value = slice_from(out->value, 1);
	if (!is_known_header(out->name) || (slice_equal_nocase(out->name, SLICE_TEXT("domain")) && !is_word(out->value))) {
		out->name = out->value = SLICE_NONE;
		return false;
	}
	out->kind = HTTP_HEADER;
	return true;
}

static bool is_unknown_header(struct slice line)
{
	size_t colon = slice_find_byte(line, ':');

	if (colon == 0 || colon == line.len || colon > NAME_MAX_BYTES || (colon + 1 < line.len && line.data[colon + 1] != ' '))
		return false;
	for (size_t i = 0; i < colon; i++)
		if (!isalnum((unsigned char)line.data[i]) && line.data[i] != '-' && line.data[i] != '_')
			return false;
	return true;
}

/* "Request headers:" of proxies and browsers, above what it announces. */
static bool is_caption(struct slice line)
{
	return line.len > 8 && line.len < NAME_MAX_BYTES && (line.data[line.len - 1] == ':' || line.data[line.len - 1] == 's') &&
	       (slice_find_nocase(line, "headers") < line.len || slice_find_nocase(line, "cookies") < line.len) &&
	       slice_find_byte(line, '=') == line.len && slice_find_byte(line, '"') == line.len;
}

static size_t line_start(struct slice text, size_t at)
{
	const char *before = at > 0 ? memrchr(text.data, '\n', at) : NULL;

	return before != NULL ? (size_t)(before - text.data) + 1 : 0;
}

static struct slice line_at(struct slice text, size_t from)
{
	return slice_until(slice_from(text, from), slice_find_byte(slice_from(text, from), '\n'));
}

static bool is_header_text(struct slice line)
{
	struct http_line probe = {.kind = HTTP_OTHER};

	return read_header_line(skip_marks(line), &probe) || read_start_line(skip_marks(line), &probe);
}

/* "cookie:" above its value, as browsers' tools are copied. */
static bool is_lone_name(struct slice line)
{
	line = slice_trim(line);
	if (line.len < 2 || line.len > NAME_MAX_BYTES || line.data[line.len - 1] != ':')
		return false;
	for (size_t i = 0; i + 1 < line.len; i++)
		if (!isalnum((unsigned char)line.data[i]) && !one_of(line.data[i], "-_ :"))
			return false;
	return !is_caption(line);
}

/* Whether the line at from belongs to the header above it: folded, or below the header's lone name. */
static bool goes_on(struct slice text, size_t from)
{
	struct slice line = line_at(text, from), above;

	if (from == 0 || slice_trim(line).len == 0)
		return false;
	above = line_at(text, line_start(text, from - 1 > 0 ? from - 1 : 0));
	if (is_lone_name(above))
		return !is_lone_name(line);
	return (line.data[0] == ' ' || line.data[0] == '\t') && above.len > 0 && above.data[0] != ' ' && above.data[0] != '\t' &&
	       !is_header_text(line) && is_header_text(above) && !is_caption(slice_trim(above));
}

/* The value of the header whose line ends at `to`, with what goes on below. */
static struct slice whole_value(struct slice text, struct slice value, size_t to)
{
	const char *from = value.len > 0 ? value.data : NULL;

	while (to + 1 < text.len && goes_on(text, to + 1)) {
		if (from == NULL)
			from = text.data + to + 1;
		to += 1 + line_at(text, to + 1).len;
	}
	return from != NULL ? slice_trim((struct slice){from, (size_t)(text.data + to - from)}) : value;
}

static void http_line_parse(struct slice text, size_t from, struct http_line *out)
{
	size_t to = from + slice_find_byte(slice_from(text, from), '\n');
	struct slice line = skip_marks((struct slice){text.data + from, to - from});

	*out = (struct http_line){.kind = HTTP_OTHER, .text = line, .from = from, .to = to < text.len ? to + 1 : to};
	if (line.len == 0 || (line.len == 1 && one_of(line.data[0], "<>*"))) {
		out->kind = HTTP_BLANK;
	} else if (goes_on(text, from)) {
		out->kind = HTTP_HEADER;
	} else if (!read_start_line(line, out) && !read_header_line(line, out)) {
		if (is_caption(line) || (is_lone_name(line) && to + 1 < text.len && goes_on(text, to + 1)) ||
			(is_unknown_header(line) && slice_find_nocase(line, "://") == line.len)) {
			out->kind = HTTP_HEADER;
			out->name = SLICE_NONE;
		} else if (slice_find_nocase(line, "://") < line.len) {
			out->kind = HTTP_URL;
			out->value = url_around(line, slice_find_nocase(line, "://"));
		}
	} else if (out->kind == HTTP_HEADER && to < text.len && goes_on(text, to + 1)) {
		out->value = whole_value(text, out->value, to);
	}
}

static void http_line_read(struct line_memo *memo, struct slice text, size_t from, struct http_line *out)
{
	struct memo_line *known = line_memo_at(memo, text, from);

	if (!known->http_known)
		http_line_parse(text, from, &known->http);
	known->http_known = true;
	*out = known->http;
}

/* ---- the messages around a hit ------------------------------------------------------------------ */

struct http_region {
	struct http_line lines[LINES_UP + LINES_DOWN + 1];
	size_t count, hit;
};

static bool is_part(const struct http_line *line)
{
	return line->kind == HTTP_REQUEST || line->kind == HTTP_STATUS || line->kind == HTTP_HEADER;
}

/* Upwards to the request: over the headers, a blank line where an answer stands below it, and one line that names the URL. */
static void region_up(struct line_memo *memo, struct slice text, struct http_region *region, size_t from)
{
	struct http_line above[LINES_UP];
	size_t count = 0;

	while (from > 0 && count < LINES_UP) {
		struct http_line *line = &above[count];

		http_line_read(memo, text, line_start(text, from - 1), line);
		if (line->kind == HTTP_OTHER || (line->kind == HTTP_BLANK && count > 0 && above[count - 1].kind != HTTP_STATUS))
			break;
		from = line->from;
		count++;
		if (line->kind == HTTP_REQUEST || line->kind == HTTP_URL)
			break;
	}
	for (size_t i = 0; i < count; i++)
		region->lines[i] = above[count - 1 - i];
	region->hit = region->count = count;
}

/* Downwards: headers, a body of one line, the answer. */
static void region_down(struct line_memo *memo, struct slice text, struct http_region *region, size_t from)
{
	bool body = false;

	while (from < text.len && region->count < LINES_UP + LINES_DOWN) {
		struct http_line *line = &region->lines[region->count];
		bool after_blank = region->count > 0 && line[-1].kind == HTTP_BLANK;

		http_line_read(memo, text, from, line);
		if (region->count > region->hit) {
			if (line->kind == HTTP_OTHER || line->kind == HTTP_URL) {
				if (!after_blank || body)
					return;
				body = true;
			} else if (line->kind == HTTP_REQUEST || (after_blank && line->kind != HTTP_STATUS && line->kind != HTTP_BLANK)) {
				return;
			}
		}
		from = line->to;
		region->count++;
	}
}

/* ---- what they say ------------------------------------------------------------------------------ */

static struct slice make_url(struct text *text, struct slice host, struct slice target)
{
	char *url;
	size_t len = strlen("https://") + host.len + target.len;

	if (slice_find_nocase(target, "://") < target.len)
		return target;
	if (target.len == 0 || target.data[0] != '/' || len > URL_TEXT_MAX)
		return host;
	url = scan_arena(text->scan, len);
	if (url == NULL)
		return host;
	memcpy(url, "https://", 8);
	memcpy(url + 8, host.data, host.len);
	memcpy(url + 8 + host.len, target.data, target.len);
	return (struct slice){url, len};
}

static struct slice region_url(struct text *text, const struct http_region *region)
{
	static const char *const names[] = {"host", ":authority", "domain", "request url", "origin", "referer", "location"};
	struct slice target = SLICE_NONE;

	for (size_t i = 0; i < region->count && target.len == 0; i++)
		if (region->lines[i].kind == HTTP_REQUEST || slice_equal_nocase(region->lines[i].name, SLICE_TEXT(":path")))
			target = region->lines[i].value;
	if (slice_find_nocase(target, "://") < target.len)
		return target;
	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
		for (size_t i = 0; i < region->count; i++)
			if (slice_equal_nocase(region->lines[i].name, slice_of(names[n])) && region->lines[i].value.len > 0)
				return n < 3 ? make_url(text, region->lines[i].value, target) : region->lines[i].value;
	for (size_t i = 0; i < region->count; i++)
		if (region->lines[i].kind == HTTP_URL)
			return region->lines[i].value;
	return SLICE_NONE;
}

/* A lone "Host:" or "Location:" makes no dump: a request, an answer, what carries log-ins, or three headers do. */
static bool is_dump(const struct http_region *region)
{
	size_t headers = 0, starts = 0, carriers = 0;

	for (size_t i = 0; i < region->count; i++) {
		starts += region->lines[i].kind == HTTP_REQUEST || region->lines[i].kind == HTTP_STATUS;
		headers += region->lines[i].name.len > 0;
		carriers += header_carries(region->lines[i].name);
	}
	return carriers > 0 || (starts > 0 && headers > 0) || headers >= 3;
}

/* A body of one line: a form, or the first line of a JSON document. False: it is something else. */
static bool emit_body(struct text *text, const struct http_line *line, struct slice url, size_t *end)
{
	size_t behind = 0;

	if (line->text.len > 0 && (line->text.data[0] == '{' || line->text.data[0] == '[')) {
		if (json_emit(text, (size_t)(line->text.data - text->data), url, &behind) && behind > *end)
			*end = behind;
		return true;
	}
	if (slice_starts_nocase(line->text, "--")) {
		if (multipart_emit(text, line->from, url, &behind) && behind > *end)
			*end = behind;
		return true;
	}
	return slice_find_byte(line->text, ' ') == line->text.len && form_emit(text, line->text, url, line->from);
}

/* *end: behind what was read: a body of another kind is left to other readers, if the hit is in it or no message follows it. */
static void emit_region(struct text *text, const struct http_region *region, size_t *end)
{
	struct slice url = region_url(text, region);
	const struct http_line *unread = NULL;

	for (size_t i = 0; i < region->count; i++) {
		const struct http_line *line = &region->lines[i];
		size_t query;

		if (line->kind == HTTP_HEADER && line->name.len > 0)
			header_emit(text, line->name, line->value, url, line->from);
		query = slice_find_byte(line->value, '?');
		if (line->kind == HTTP_REQUEST && query < line->value.len)
			form_emit(text, slice_from(line->value, query + 1), url, line->from);
		if (is_part(line) && unread != &region->lines[region->hit])
			unread = NULL;
		if (is_part(line) || line->kind == HTTP_BLANK || i == 0 || line[-1].kind != HTTP_BLANK)
			continue;
		if ((line->kind != HTTP_OTHER || !emit_body(text, line, url, end)) && (unread == NULL || i == region->hit))
			unread = line;
	}
	if (unread != NULL)
		*end = unread->from;
}

/* A URL above headers, or a body below them: most hits stand in lists, and must cost little. */
static bool stands_by_part(struct line_memo *memo, struct slice text, const struct http_line *here)
{
	struct http_line other;

	if (here->kind == HTTP_URL && here->to < text.len) {
		http_line_read(memo, text, here->to, &other);
		if (is_part(&other))
			return true;
	}
	if ((here->kind != HTTP_OTHER && here->kind != HTTP_URL) || here->from < 2)
		return false;
	http_line_read(memo, text, line_start(text, here->from - 1), &other);
	return other.kind == HTTP_BLANK;
}

/* "[host] ..." above what carries log-ins stands for a URL. */
static void take_bare_host(struct line_memo *memo, struct slice text, size_t at, struct http_line *here)
{
	struct http_line next;
	size_t from = at, to = at;

	if (here->kind != HTTP_OTHER || here->to >= text.len)
		return;
	http_line_read(memo, text, here->to, &next);
	if (next.kind != HTTP_HEADER || !header_carries(next.name))
		return;
	while (from > here->from && (isalnum((unsigned char)text.data[from - 1]) || one_of(text.data[from - 1], ".-")))
		from--;
	while (to < here->to && (isalnum((unsigned char)text.data[to]) || one_of(text.data[to], ".-")))
		to++;
	here->kind = HTTP_URL;
	here->value = (struct slice){text.data + from, to - from};
}

/* Raw requests and responses. */
bool reader_headers(struct text *text, const struct hit *hit, struct span *claimed)
{
	struct line_memo *memo = scan_line_memo(text->scan);
	struct slice whole = {text->data, text->len};
	size_t from = line_start(whole, hit->at);
	struct http_line here;
	struct http_region *region;
	bool dump;

	http_line_read(memo, whole, from, &here);
	take_bare_host(memo, whole, hit->at, &here);
	if (!is_part(&here) && !stands_by_part(memo, whole, &here))
		return false;
	region = xmalloc(sizeof(*region)); /* lines are filled as they are counted */
	region_up(memo, whole, region, from);
	region_down(memo, whole, region, from);
	if (here.kind == HTTP_URL && region->count > region->hit)
		region->lines[region->hit] = here;
	dump = is_dump(region) &&
	       (is_part(&here) || (here.kind == HTTP_URL && region->count > region->hit + 1 && is_part(&region->lines[region->hit + 1])) ||
		       (region->hit > 1 && region->lines[region->hit - 1].kind == HTTP_BLANK));
	if (dump) {
		*claimed = (struct span){region->lines[0].from, region->lines[region->count - 1].to};
		emit_region(text, region, &claimed->to);
		dump = claimed->to > hit->at;
	}
	free(region);
	return dump;
}
