#include "inspect/records/headers.h"
#include "inspect/records/line_token.h"
#include "inspect/rules/placeholders.h"

#include <ctype.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/records/cookie.h"
#include "inspect/records/keys.h"
#include "inspect/records/readers.h"
#include "inspect/rules/cookies.h"
#include "limits/limits.h"
#include "shared/byteset.h"

enum { TOKEN_MIN = 16, FORM_FIELDS_MAX = 64 };

/* ---- encodings -------------------------------------------------------------------------------- */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct slice percent_decoded(struct scan *scan, struct slice text, bool plus)
{
	char *out;
	size_t len = 0;

	if (memchr(text.data, '%', text.len) == NULL && (!plus || memchr(text.data, '+', text.len) == NULL))
		return text;
	out = scan_arena(scan, text.len + 1);
	if (out == NULL)
		return text;
	for (size_t at = 0; at < text.len; at++) {
		int high = -1, low = -1;

		if (text.data[at] == '%' && at + 2 < text.len) {
			high = hex_value(text.data[at + 1]);
			low = hex_value(text.data[at + 2]);
		}
		if (high >= 0 && low >= 0) {
			out[len++] = (char)(high * 16 + low);
			at += 2;
		} else {
			out[len++] = plus && text.data[at] == '+' ? ' ' : text.data[at];
		}
	}
	return (struct slice){out, len};
}

struct slice base64_decoded(struct scan *scan, struct slice text)
{
	unsigned char *out;
	size_t len = 0;

	while (text.len > 0 && text.data[text.len - 1] == '=')
		text.len--;
	out = text.len > 0 && text.len <= LIMIT_SECRET_BYTES ? scan_arena(scan, text.len) : NULL;
	if (out == NULL)
		return SLICE_NONE;
	if (sodium_base642bin(out, text.len, text.data, text.len, NULL, &len, NULL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0 &&
		sodium_base642bin(out, text.len, text.data, text.len, NULL, &len, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
		return SLICE_NONE;
	return (struct slice){(const char *)out, len};
}

/* ---- Authorization ---------------------------------------------------------------------------- */

static struct slice keep_text(struct scan *scan, const char *text)
{
	size_t len = strlen(text);
	char *copy = len > 0 ? scan_arena(scan, len + 1) : NULL;

	if (copy == NULL)
		return SLICE_NONE;
	memcpy(copy, text, len + 1);
	return (struct slice){copy, len};
}

/* A token in clear that says whose it is, or a long random word. */
static void token_emit(struct text *text, struct slice token, struct slice url, const char *type, size_t at)
{
	struct jwt_claims claims;
	struct candidate candidate = {
		.kind = CANDIDATE_TOKEN, .rule = "lt.http.token.1", .secret = token, .url = url, .token_type = type, .at = at};
	bool digit = false, letter = false;

	for (size_t i = 0; i < token.len; i++) {
		digit = digit || isdigit((unsigned char)token.data[i]);
		letter = letter || isalpha((unsigned char)token.data[i]);
		if ((unsigned char)token.data[i] <= ' ')
			return;
	}
	if (token.len < TOKEN_MIN || !digit || !letter)
		return;
	if (jwt_read(token, &claims)) {
		candidate.token_type = "jwt";
		candidate.account = keep_text(text->scan, claims.account);
		candidate.token_issuer = keep_text(text->scan, claims.issuer).data;
		candidate.token_expires_ms = claims.expires_ms;
		if (candidate.url.len == 0)
			candidate.url = slice_of(candidate.token_issuer);
	}
	candidate_emit(text, &candidate);
}

static bool is_jwt_byte(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.';
}

/* A JSON Web Token by itself whose claims name us: nothing around it says what it is, but it says whose it is. */
bool reader_jwt(struct text *text, const struct hit *hit, struct span *claimed)
{
	struct jwt_claims claims;
	size_t from = hit->at, to = from;

	if (!hit->encoded)
		return false;
	while (from > 0 && hit->at - from < LIMIT_SECRET_BYTES && is_jwt_byte(text->data[from - 1]))
		from--;
	while (to < text->len && to - hit->at < LIMIT_SECRET_BYTES && is_jwt_byte(text->data[to]))
		to++;
	*claimed = (struct span){from, to};
	if (!jwt_read(text_slice(text, from, to), &claims))
		return false;
	token_emit(text, text_slice(text, from, to), SLICE_NONE, "jwt", from);
	return true;
}

static void basic_emit(struct text *text, struct slice encoded, struct slice url, size_t at)
{
	struct slice pair = base64_decoded(text->scan, slice_trim(encoded));
	size_t colon = slice_find_byte(pair, ':');
	struct candidate candidate = {
		.kind = CANDIDATE_LOGIN, .rule = "lt.http.basic.1", .url = url, .at = at, .confidence = LT__CONFIDENCE__CONFIDENCE_HIGH};

	if (pair.len == 0 || colon == pair.len)
		return;
	candidate.account = slice_until(pair, colon);
	candidate.secret = slice_from(pair, colon + 1);
	candidate_emit(text, &candidate);
}

static struct slice behind_word(struct slice value)
{
	size_t len = 0;

	while (len < value.len && value.data[len] != ' ' && value.data[len] != '\t')
		len++;
	return slice_trim(slice_from(value, len));
}

static void authorization_emit(struct text *text, struct slice value, struct slice url, size_t at)
{
	value = slice_trim(value);
	if (slice_starts_nocase(value, "basic "))
		basic_emit(text, behind_word(value), url, at);
	else if (slice_starts_nocase(value, "bearer ") || slice_starts_nocase(value, "token ") || slice_starts_nocase(value, "jwt "))
		token_emit(text, behind_word(value), url, "bearer", at);
	else if (slice_find_byte(value, ' ') == value.len)
		token_emit(text, value, url, "authorization", at);
}

/* ---- cookies ---------------------------------------------------------------------------------- */

static void set_cookie_emit(struct text *text, struct slice value, struct slice url, size_t at);

/* A script that sets one writes it as a server does: "a=b; path=/; domain=corp.example". */
static bool is_setting(struct slice value)
{
	return slice_find_nocase(value, "; path=") < value.len || slice_find_nocase(value, ";path=") < value.len ||
	       slice_find_nocase(value, "; domain=") < value.len || slice_find_nocase(value, ";domain=") < value.len;
}

static void cookies_emit(struct text *text, struct slice value, struct slice url, size_t at)
{
	if (is_setting(value)) {
		set_cookie_emit(text, value, url, at);
		return;
	}
	struct cookie_fields cookie = {.url = url, .http_only = -1, .secure = -1, .at = at};

	while (cookie_next_pair(&value, &cookie.name, &cookie.value))
		cookie_emit(text, "lt.cookie.header.1", &cookie);
}

static void set_cookie_emit(struct text *text, struct slice value, struct slice url, size_t at)
{
	struct cookie_fields cookie;

	if (!cookie_read_set(value, &cookie))
		return;
	cookie.url = url;
	cookie.at = at;
	cookie_emit(text, "lt.cookie.set.1", &cookie);
}

enum header_kind { HEADER_OTHER, HEADER_AUTHORIZATION, HEADER_TOKEN, HEADER_COOKIE, HEADER_SET_COOKIE };

/* *name: as the list has it. */
static enum header_kind header_kind(struct slice header, const char **name)
{
	static const struct {
		const char *name;
		enum header_kind kind;
	} known[] = {{"authorization", HEADER_AUTHORIZATION}, {"proxy-authorization", HEADER_AUTHORIZATION},
		{"x-authorization", HEADER_AUTHORIZATION}, {"x-forwarded-authorization", HEADER_AUTHORIZATION},
		{"x-auth-token", HEADER_TOKEN}, {"x-access-token", HEADER_TOKEN}, {"x-session-token", HEADER_TOKEN},
		{"x-api-key", HEADER_TOKEN}, {"x-api-token", HEADER_TOKEN}, {"private-token", HEADER_TOKEN},
		{"x-vault-token", HEADER_TOKEN}, {"x-jwt-assertion", HEADER_TOKEN}, {"x-amzn-oidc-data", HEADER_TOKEN},
		{"cf-access-jwt-assertion", HEADER_TOKEN}, {"x-goog-iap-jwt-assertion", HEADER_TOKEN}, {"x-id-token", HEADER_TOKEN},
		{"x-user-token", HEADER_TOKEN}, {"x-gitlab-token", HEADER_TOKEN}, {"cookie", HEADER_COOKIE}, {"cookies", HEADER_COOKIE},
		{"cookie2", HEADER_COOKIE}, {"document.cookie", HEADER_COOKIE}, {"set-cookie", HEADER_SET_COOKIE},
		{"set-cookie2", HEADER_SET_COOKIE}, {"set-cookie3", HEADER_SET_COOKIE}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (slice_equal_nocase(header, slice_of(known[i].name))) {
			*name = known[i].name;
			return known[i].kind;
		}
	return HEADER_OTHER;
}

bool header_carries(struct slice name)
{
	const char *known;

	return header_kind(name, &known) != HEADER_OTHER;
}

bool header_emit(struct text *text, struct slice name, struct slice value, struct slice url, size_t at)
{
	const char *known;

	switch (header_kind(name, &known)) {
	case HEADER_AUTHORIZATION:
		authorization_emit(text, value, url, at);
		return true;
	case HEADER_TOKEN:
		token_emit(text, slice_trim(value), url, known, at);
		return true;
	case HEADER_COOKIE:
		cookies_emit(text, value, url, at);
		return true;
	case HEADER_SET_COOKIE:
		set_cookie_emit(text, value, url, at);
		return true;
	case HEADER_OTHER:
		break;
	}
	return false;
}

/* ---- forms ------------------------------------------------------------------------------------ */

static bool is_form_name(struct slice name)
{
	if (name.len == 0 || name.len > 200)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.data[i];

		if (!isalnum(c) && !one_of(c, "_-.[]$%:@~"))
			return false;
	}
	return true;
}

static struct slice form_value(struct text *text, struct slice value)
{
	return slice_trim(percent_decoded(text->scan, value, true));
}

/* ?u=https://access.corp.example/&user=jdoe&pass=x: what was caught at a page that plays ours says which it plays. */
static bool names_service(const struct engine *engine, enum key_role role, struct slice value)
{
	char host[HOST_TEXT_BYTES];
	struct watched watched;

	return (role == KEY_HOST || role == KEY_USER) && slice_find_byte(value, '@') == value.len && host_of(value, host) &&
	       watch_host(engine, slice_of(host), &watched);
}

bool form_emit(struct text *text, struct slice body, struct slice url, size_t at)
{
	const struct keys *keys = scan_engine(text->scan)->keys;
	struct slice user = SLICE_NONE, email = SLICE_NONE;
	struct candidate candidate = {.kind = CANDIDATE_LOGIN, .rule = "lt.http.form.1", .url = url, .at = at};

	for (size_t fields = 0; body.len > 0; fields++) {
		if (fields == FORM_FIELDS_MAX) {
			text_cut(text, at, "fields of a form");
			break;
		}
		size_t end = slice_find_byte(body, '&'), equals;
		struct slice pair = slice_until(body, end), name;
		enum key_role role;

		body = slice_from(body, end < body.len ? end + 1 : end);
		if (slice_starts_nocase(pair, "amp;")) /* out of HTML */
			pair = slice_from(pair, 4);
		equals = slice_find_byte(pair, '=');
		name = slice_until(pair, equals);
		if (equals == pair.len || !is_form_name(name))
			continue;
		role = keys_identifier_role(keys, percent_decoded(text->scan, name, false));
		pair = form_value(text, slice_from(pair, equals + 1));
		if (names_service(scan_engine(text->scan), role, pair))
			candidate.url = pair;
		else if (role == KEY_USER && user.len == 0)
			user = pair;
		else if (role == KEY_EMAIL && email.len == 0)
			email = pair;
		else if (role == KEY_PASSWORD && candidate.secret.len == 0)
			candidate.secret = pair;
		else if (role == KEY_HOST && candidate.url.len == 0)
			candidate.url = pair;
	}
	candidate.account = user.len > 0 ? user : email;
	if (candidate.account.len == 0 || candidate.secret.len == 0)
		return false;
	candidate_emit(text, &candidate);
	return true;
}

/* ---- URLs ------------------------------------------------------------------------------------- */

static bool is_url_byte(char c)
{
	return (unsigned char)c > ' ' && !one_of(c, "\"<>`\\^{}|");
}

struct slice url_around(struct slice text, size_t at)
{
	size_t from = at, to = at, colon;
	struct slice url;

	while (from > 0 && at - from < LIMIT_URL_BYTES && is_url_byte(text.data[from - 1]) && text.data[from - 1] != '\'' &&
		text.data[from - 1] != '(')
		from--;
	while (to < text.len && to - at < LIMIT_URL_BYTES && is_url_byte(text.data[to]) && text.data[to] != '\'')
		to++;
	url = (struct slice){text.data + from, to - from};
	colon = slice_find_nocase(url, "://");
	if (colon == 0 || colon == url.len)
		return SLICE_NONE;
	for (from = colon; from > 0 && (isalnum((unsigned char)url.data[from - 1]) || one_of(url.data[from - 1], "+.-")); from--)
		;
	url = slice_from(url, from);
	while (url.len > 0 && one_of(url.data[url.len - 1], ",;)]"))
		url.len--;
	return colon - from < 2 ? SLICE_NONE : url;
}

/* What stands behind a host: nothing, or a port. */
static bool is_port(struct slice host)
{
	size_t colon = host.len > 0 && host.data[0] == '[' ? slice_find_byte(host, ']') + 1 : slice_find_byte(host, ':');

	for (size_t i = colon + 1; i < host.len; i++)
		if (!isdigit((unsigned char)host.data[i]) && !one_of(host.data[i], ",:"))
			return slice_find_byte(host, ',') < i; /* several hosts */
	return true;
}

bool userinfo_emit(struct text *text, struct slice url, size_t at)
{
	struct watched watched;
	size_t scheme = slice_find_nocase(url, "://"), end, sign, colon;
	struct slice authority, userinfo;
	struct candidate candidate = {.kind = CANDIDATE_LOGIN, .rule = "lt.url.userinfo.1", .at = at};
	struct token_url parts;

	if (scheme == url.len || slice_starts_nocase(url, "android://"))
		return false;
	/* "https://host:login@mailbox.example:secret" is a row of a list */
	if (!token_url(url, 0, &parts) || parts.secret_to == 0)
		return false;
	authority = slice_from(url, scheme + 3);
	for (end = 0; end < authority.len && !one_of(authority.data[end], "/?#\0"); end++)
		;
	authority = slice_until(authority, end);
	for (sign = authority.len; sign > 0 && authority.data[sign - 1] != '@'; sign--)
		;
	if (sign < 2 || sign == authority.len)
		return false;
	userinfo = slice_until(authority, sign - 1);
	colon = slice_find_byte(userinfo, ':');
	if (colon + 1 >= userinfo.len)
		return false;
	if (!is_port(slice_from(authority, sign)) || watch_host(scan_engine(text->scan), slice_until(userinfo, colon), &watched))
		return false; /* host:login@domain:password has the same signs */
	candidate.account = percent_decoded(text->scan, slice_until(userinfo, colon), false);
	candidate.secret = percent_decoded(text->scan, slice_from(userinfo, colon + 1), false);
	candidate.url = slice_from(url, scheme + 3 + sign);
	if (!placeholders_example(scan_engine(text->scan)->placeholders, candidate.account, candidate.secret))
		candidate_emit(text, &candidate);
	return true;
}
