#include "crawl/url.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "limits/limits.h"
#include "shared/buf.h"
#include "shared/mem.h"
#include "shared/slice.h"

static const char *const error_texts[] = {
	[URL_OK] = "is a valid URL",
	[URL_TOO_LONG] = "is longer than 4096 bytes",
	[URL_CONTROL] = "holds a control character",
	[URL_NO_SCHEME] = "is not absolute: it must begin with http:// or https://",
	[URL_BAD_SCHEME] = "must begin with http:// or https://",
	[URL_USERINFO] = "must not carry a user or password",
	[URL_BAD_HOST] = "has no valid host",
	[URL_BAD_PORT] = "has a port that is not 1 to 65535",
	[URL_NOT_CANONICAL] = "is not in canonical spelling",
};

const char *url_error_text(enum url_error error, const struct url *url)
{
	static char text[192];

	if (error != URL_BAD_HOST || url == NULL)
		return error_texts[error];
	(void)snprintf(text, sizeof text, "has a host that %s", host_error_text(url->host_error));
	return text;
}

bool url_may_follow(const struct url *url)
{
	return url->host_class == HOST_NAME || url->host_class == HOST_ONION;
}

void url_free(struct url *url)
{
	free(url->text);
	url->text = NULL;
}

/* ---- the parts of a URL ------------------------------------------------------------------------ */

struct parts {
	struct slice scheme, authority, path, query; /* data NULL: absent */
};

/* RFC 3986, appendix B; the fragment is dropped here. */
static struct parts split(struct slice text)
{
	struct parts parts = {SLICE_NONE, SLICE_NONE, SLICE_NONE, SLICE_NONE};
	size_t at = 0;

	text = slice_until(text, slice_find_byte(text, '#'));
	while (at < text.len && (isalnum((unsigned char)text.data[at]) || memchr("+-.", text.data[at], 3) != NULL))
		at++;
	if (at > 0 && at < text.len && text.data[at] == ':' && isalpha((unsigned char)text.data[0])) {
		parts.scheme = slice_until(text, at);
		text = slice_from(text, at + 1);
	}
	at = slice_find_byte(text, '?');
	if (at < text.len)
		parts.query = slice_from(text, at + 1);
	text = slice_until(text, at);
	if (text.len >= 2 && text.data[0] == '/' && text.data[1] == '/') {
		text = slice_from(text, 2);
		at = slice_find_byte(text, '/');
		parts.authority = slice_until(text, at);
		text = slice_from(text, at);
	}
	parts.path = text;
	return parts;
}

static bool has_control(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
			return true;
	return false;
}

static enum url_error read_scheme(struct slice scheme, struct url *url)
{
	url->https = slice_equal_nocase(scheme, SLICE_TEXT("https"));
	return url->https || slice_equal_nocase(scheme, SLICE_TEXT("http")) ? URL_OK : URL_BAD_SCHEME;
}

static enum url_error read_port(struct slice digits, struct url *url)
{
	unsigned port = 0;

	url->port = url->https ? 443 : 80;
	if (digits.len == 0)
		return URL_OK;
	for (size_t i = 0; i < digits.len; i++) {
		if (!isdigit((unsigned char)digits.data[i]))
			return URL_BAD_PORT;
		port = port * 10 + (unsigned)(digits.data[i] - '0');
		if (port > UINT16_MAX)
			return URL_BAD_PORT;
	}
	url->port = (uint16_t)port;
	return port > 0 ? URL_OK : URL_BAD_PORT;
}

static enum url_error read_authority(struct slice authority, struct url *url)
{
	struct slice host = authority, port = SLICE_NONE;
	size_t end = authority.len > 0 && authority.data[0] == '[' ? slice_find_byte(authority, ']') : 0;
	size_t colon = end + slice_find_byte(slice_from(authority, end), ':');

	if (slice_find_byte(authority, '@') < authority.len)
		return URL_USERINFO;
	if (colon < authority.len) {
		host = slice_until(authority, colon);
		port = slice_from(authority, colon + 1);
	}
	url->host_error = host_read(host.data, host.len, url->host, &url->host_class);
	return url->host_error != HOST_OK ? URL_BAD_HOST : read_port(port, url);
}

/* ---- canonical text ---------------------------------------------------------------------------- */

static bool is_unreserved(unsigned char c)
{
	return isalnum(c) || (c != '\0' && strchr("-._~", c) != NULL);
}

static int hex_value(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

static bool append_byte(struct buf *out, unsigned char c, const char *allowed)
{
	if (is_unreserved(c) || (c != '\0' && strchr(allowed, c) != NULL))
		return buf_append_byte(out, c);
	return buf_printf(out, "%%%02X", c);
}

/* Appends text percent-encoded where it must be; an encoded letter, digit or one of -._~ is decoded. */
static bool append_encoded(struct buf *out, struct slice text, const char *allowed)
{
	for (size_t i = 0; i < text.len; i++) {
		int high = text.data[i] == '%' && i + 2 < text.len ? hex_value(text.data[i + 1]) : -1;
		int low = high >= 0 ? hex_value(text.data[i + 2]) : -1;
		unsigned char c = (unsigned char)text.data[i];
		bool fits;

		if (low >= 0) {
			c = (unsigned char)(high * 16 + low);
			fits = is_unreserved(c) ? buf_append_byte(out, c) : buf_printf(out, "%%%02X", c);
			i += 2;
		} else {
			fits = append_byte(out, c, allowed);
		}
		if (!fits)
			return false;
	}
	return true;
}

/* RFC 3986, 5.2.4, in place: path begins with '/'. Returns the new length. */
static size_t drop_dot_segments(char *path, size_t len)
{
	size_t out = 0;

	for (size_t in = 0; in < len;) {
		size_t end = in + 1;

		while (end < len && path[end] != '/')
			end++;
		if (end - in == 2 && path[in + 1] == '.') {
			if (end == len)
				path[out++] = '/';
		} else if (end - in == 3 && path[in + 1] == '.' && path[in + 2] == '.') {
			while (out > 0 && path[--out] != '/')
				;
			if (end == len)
				path[out++] = '/';
		} else {
			memmove(path + out, path + in, end - in);
			out += end - in;
		}
		in = end;
	}
	return out;
}

static bool append_path(struct buf *out, struct slice path)
{
	size_t start = out->len;

	if ((path.len == 0 || path.data[0] != '/') && !buf_append_byte(out, '/'))
		return false;
	if (!append_encoded(out, path, "!$&'()*+,;=:@/"))
		return false;
	out->len = start + drop_dot_segments((char *)out->data + start, out->len - start);
	if (out->len == start)
		return buf_append_byte(out, '/');
	out->data[out->len] = '\0';
	return true;
}

static enum url_error compose(struct slice path, struct slice query, struct url *url)
{
	struct buf out;
	bool fits;

	buf_init(&out, LIMIT_URL_BYTES);
	fits = buf_printf(&out, "%s://%s", url->https ? "https" : "http", url->host);
	if (fits && url->port != (url->https ? 443 : 80))
		fits = buf_printf(&out, ":%u", (unsigned)url->port);
	url->path = out.len;
	fits = fits && append_path(&out, path);
	if (fits && query.data != NULL)
		fits = buf_append_byte(&out, '?') && append_encoded(&out, query, "!$&'()*+,;=:@/?");
	if (fits)
		url->text = xstrdup(buf_text(&out));
	buf_free(&out);
	return fits ? URL_OK : URL_TOO_LONG;
}

static enum url_error read_absolute(const struct parts *parts, struct url *url)
{
	enum url_error error;

	if (parts->scheme.data == NULL)
		return URL_NO_SCHEME;
	error = read_scheme(parts->scheme, url);
	if (error == URL_OK && parts->authority.data == NULL)
		error = URL_NO_SCHEME;
	if (error == URL_OK)
		error = read_authority(parts->authority, url);
	return error == URL_OK ? compose(parts->path, parts->query, url) : error;
}

enum url_error url_read(const char *text, size_t len, struct url *url)
{
	struct slice whole = {text, len};
	struct parts parts;

	*url = (struct url){0};
	if (len > LIMIT_URL_BYTES)
		return URL_TOO_LONG;
	if (has_control(whole))
		return URL_CONTROL;
	parts = split(whole);
	return read_absolute(&parts, url);
}

enum url_error url_check(const char *text, size_t len, struct url *url)
{
	enum url_error error = url_read(text, len, url);

	if (error == URL_OK && !slice_equal((struct slice){text, len}, slice_of(url->text))) {
		url_free(url);
		error = URL_NOT_CANONICAL;
	}
	return error;
}

/* ---- references -------------------------------------------------------------------------------- */

static enum url_error resolve_path(const struct url *base, const struct parts *parts, struct url *url)
{
	struct parts of_base = split(slice_of(base->text));
	struct slice folder = of_base.path;
	struct buf merged;
	enum url_error error = URL_TOO_LONG;

	if (parts->path.len == 0)
		return compose(of_base.path, parts->query.data != NULL ? parts->query : of_base.query, url);
	if (parts->path.data[0] == '/')
		return compose(parts->path, parts->query, url);
	while (folder.len > 0 && folder.data[folder.len - 1] != '/')
		folder.len--;
	buf_init(&merged, (size_t)LIMIT_URL_BYTES * 2);
	if (buf_append(&merged, folder.data, folder.len) && buf_append(&merged, parts->path.data, parts->path.len))
		error = compose((struct slice){(const char *)merged.data, merged.len}, parts->query, url);
	buf_free(&merged);
	return error;
}

/* As browsers read what pages hold: line breaks and tabs in a link are dropped, a backslash before the query is a slash. */
static struct slice as_browsers_do(struct slice text, char *out)
{
	bool query = false;
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '\t' || c == '\n' || c == '\r')
			continue;
		query |= c == '?' || c == '#';
		out[len++] = c == '\\' && !query ? '/' : c;
	}
	return (struct slice){out, len};
}

enum url_error url_resolve(const struct url *base, const char *reference, size_t len, struct url *url)
{
	struct slice text = slice_trim((struct slice){reference, len});
	char plain[LIMIT_URL_BYTES];
	struct parts parts;

	*url = (struct url){0};
	if (text.len > LIMIT_URL_BYTES)
		return URL_TOO_LONG;
	text = as_browsers_do(text, plain);
	if (has_control(text))
		return URL_CONTROL;
	parts = split(text);
	if (parts.scheme.data != NULL)
		return read_absolute(&parts, url);
	url->https = base->https;
	if (parts.authority.data != NULL) {
		enum url_error error = read_authority(parts.authority, url);

		return error == URL_OK ? compose(parts.path, parts.query, url) : error;
	}
	memcpy(url->host, base->host, sizeof url->host);
	url->host_class = base->host_class;
	url->port = base->port;
	return resolve_path(base, &parts, url);
}
