/*
 * Source code and consoles: calls that carry a cookie, a header or a log-in beside a URL of ours. fetch(), requests, axios, WebRequest,
 * curl in PHP and what browsers and API clients copy "as code"; document.cookie in a console.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/records/code_words.h"
#include "inspect/records/cookie.h"
#include "inspect/records/headers.h"
#include "inspect/records/keys.h"
#include "inspect/records/readers.h"
#include "inspect/records/shape_state.h"
#include "inspect/rules/placeholders.h"
#include "limits/limits.h"
#include "shared/mem.h"

enum { CODE_REACH = 6 * 1024, COLON_MAX = 40, BLANK_FEEDS = 3 };

enum url_rank { URL_NONE, URL_WEAK, URL_GIVEN };

struct reading {
	struct text *text;
	const struct keys *keys;
	struct code code;
	uint8_t ranks[CODE_WORDS_MAX]; /* enum url_rank of each word */
	size_t first, last;            /* of what was emitted, in the text */
	bool emitted;
};

/* ---- which host ---------------------------------------------------------------------------------- */

static bool named(struct slice text, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal_nocase(text, slice_of(names[i])))
			return true;
	return false;
}

/* The name that word i is given to: `name: "x"`, `name = "x"`, `"name" => "x"`, `["name"] = "x"`, `"name", "x"`. */
static struct slice name_of(const struct code *code, size_t i)
{
	size_t at = i;

	if (at > 0 && code_mark(code, at - 1, '>'))
		at--;
	if (at == 0)
		return SLICE_NONE;
	at--;
	if (!code_mark(code, at, ':') && !code_mark(code, at, '=') && !code_mark(code, at, ','))
		return SLICE_NONE;
	bool comma = code_mark(code, at, ',');

	while (at > 0 && (code_mark(code, at - 1, ':') || code_mark(code, at - 1, ']')))
		at--;
	if (at == 0)
		return SLICE_NONE;
	const struct code_word *word = &code->words[at - 1];

	if (word->kind == CODE_STRING)
		return word->text;
	return word->kind == CODE_NAME && (!comma || slice_starts_nocase(word->text, "CURLOPT_")) ? code_last_part(word->text) : SLICE_NONE;
}

static bool looks_like_host(struct slice text)
{
	size_t dots = 0;

	if (text.len > 0 && text.data[0] == '.')
		text = slice_from(text, 1);
	if (text.len < 4 || text.len > LIMIT_HOST_BYTES || !isalpha((unsigned char)text.data[text.len - 1]))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		dots += text.data[i] == '.';
		if (!isalnum((unsigned char)text.data[i]) && !one_of(text.data[i], ".-") && (unsigned char)text.data[i] < 0x80)
			return false;
	}
	return dots > 0;
}

/* Whether word i names the host of a request; weak where it only says where the request came from. */
static enum url_rank url_rank(const struct reading *reading, size_t i)
{
	static const char *const weak[] = {"referer", "referrer", "origin", "next", "redirect", "redirect_uri", "returnurl"};
	const struct code_word *word = &reading->code.words[i];
	size_t scheme = slice_find_nocase(word->text, "://");
	struct slice name = name_of(&reading->code, i);

	if (word->kind == CODE_NAME || word->kind == CODE_MARK)
		return URL_NONE;
	if (scheme < word->text.len && scheme < 8)
		return named(name, weak, sizeof(weak) / sizeof(weak[0])) ? URL_WEAK : URL_GIVEN;
	if (!looks_like_host(word->text))
		return URL_NONE;
	/* HTTPSConnection("host"), hostname: "host" */
	return keys_identifier_role(reading->keys, name) == KEY_HOST ||
			       (i > 1 && code_mark(&reading->code, i - 1, '(') && reading->code.words[i - 2].kind == CODE_NAME &&
				       slice_find_nocase(reading->code.words[i - 2].text, "cookie") == reading->code.words[i - 2].text.len)
		       ? URL_GIVEN
		       : URL_NONE;
}

/* The statement that word i stands in: from the last word outside all brackets to the next. */
static void statement(const struct code *code, size_t i, size_t *from, size_t *to)
{
	*from = i;
	*to = i + 1;
	while (*from > 0 && code->words[*from].depth > 0)
		--*from;
	while (*to < code->count && code->words[*to].depth > 0)
		++*to;
	/* .url("...").header("...") */
	while (*from > 1 && code_mark(code, *from - 1, '.'))
		--*from;
}

/* The host of a request goes with its statement; else it stands below, as where it is called; else above, as a base. */
static size_t host_word(const struct reading *reading, size_t i)
{
	const struct code *code = &reading->code;
	size_t from, to, best = code->count;

	statement(code, i, &from, &to);
	for (int rank = URL_GIVEN; rank >= URL_WEAK; rank--) {
		for (size_t at = from; at < to && at < code->count; at++)
			if (reading->ranks[at] == rank)
				return at;
		for (size_t at = to; at < code->count; at++)
			if (reading->ranks[at] == rank)
				return at;
		for (size_t at = 0; at < from; at++)
			if (reading->ranks[at] == rank)
				best = at;
		if (best < code->count)
			return best;
	}
	return best;
}

static struct slice host_for(struct reading *reading, size_t i)
{
	size_t word = host_word(reading, i);

	return word < reading->code.count ? reading->code.words[word].text : SLICE_NONE;
}

/* ---- out ----------------------------------------------------------------------------------------- */

static void note(struct reading *reading, size_t i)
{
	const struct code_word *word = &reading->code.words[i];

	if (!reading->emitted || word->from < reading->first)
		reading->first = word->from;
	if (!reading->emitted || word->to > reading->last)
		reading->last = word->to;
	reading->emitted = true;
}

static void cookie_out(struct reading *reading, size_t i, struct slice name, struct slice value, struct slice domain)
{
	struct cookie_fields cookie = {.name = name, .value = value, .http_only = -1, .secure = -1, .at = reading->code.words[i].from};

	if (slice_find_nocase(domain, "://") == domain.len)
		cookie.domain = domain;
	if (cookie.domain.len == 0)
		cookie.url = domain.len > 0 ? domain : host_for(reading, i);
	cookie_emit(reading->text, "lt.cookie.code.1", &cookie);
	note(reading, i);
}

/* ---- what it says --------------------------------------------------------------------------------- */

static bool header_out(struct reading *reading, size_t i, struct slice name, struct slice value)
{
	name = slice_trim(name);
	if (!header_carries(name) || slice_trim(value).len == 0)
		return false;
	header_emit(reading->text, name, slice_trim(value), host_for(reading, i), reading->code.words[i].from);
	note(reading, i);
	return true;
}

/* `"Cookie": "a=b"`, `cookie = "a=b"`, `"Cookie: a=b"`, `"a=b", forHTTPHeaderField: "Cookie"`. */
static void take_header(struct reading *reading, size_t i)
{
	const struct code *code = &reading->code;
	struct slice value = code->words[i].text, name = name_of(code, i);
	size_t colon = slice_find_byte(value, ':');

	if (code_mark(code, i + 1, ',') && i + 4 < code->count && slice_starts_nocase(code->words[i + 2].text, "forHTTPHeader") &&
		code_string(code, i + 4) != NULL)
		name = code->words[i + 4].text;
	else if (slice_equal(name, SLICE_TEXT("CURLOPT_COOKIE")) ||
		 (name.len > 0 && keys_identifier_role(reading->keys, name) == KEY_COOKIES && !slice_starts_nocase(name, "set")))
		name = SLICE_TEXT("Cookie");
	if (!header_out(reading, i, name, value) && colon > 0 && colon < COLON_MAX)
		header_out(reading, i, slice_until(value, colon), slice_from(value, colon + 1));
}

/* The domain named beside the words from..to of a call. */
static struct slice domain_in(const struct reading *reading, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		const struct code_word *word = code_string(&reading->code, i);

		if (word != NULL && (looks_like_host(word->text) || slice_find_nocase(word->text, "://") < word->text.len))
			return word->text;
	}
	return SLICE_NONE;
}

static size_t call_end(const struct code *code, size_t opener)
{
	size_t end = opener + 1;

	while (end < code->count && code->words[end].depth > code->words[opener].depth)
		end++;
	return end;
}

/* {"name": "JSESSIONID", "value": "..."} */
static bool take_fields(struct reading *reading, size_t from, size_t to)
{
	struct slice name = SLICE_NONE, value = SLICE_NONE;
	size_t at = from;

	for (size_t i = from; i < to; i++) {
		const struct code_word *word = code_string(&reading->code, i);
		enum key_role role = word != NULL ? keys_identifier_role(reading->keys, name_of(&reading->code, i)) : KEY_NONE;

		if (role == KEY_COOKIE_NAME)
			name = word->text;
		else if (role == KEY_COOKIE_VALUE) {
			value = word->text;
			at = i;
		}
	}
	if (name.len == 0 || value.len == 0)
		return false;
	cookie_out(reading, at, name, value, domain_in(reading, from, to));
	return true;
}

static bool is_cookie_call(struct slice name)
{
	static const char *const names[] = {"cookie", "setcookie", "set-cookie", "set_cookie", "addcookie", "add_cookie", "create_cookie",
		"createcookie", "cookies", "httpcookie", "setcookies", "basicclientcookie", "addcookies", "cookies.set", "cookies.add",
		"cookiejar.set", "jar.set", "cookie_jar.set", "cookiecontainer.add"};
	struct slice last = code_last_part(name);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strchr(names[i], '.') != NULL ? slice_ends_nocase(name, names[i]) : slice_equal_nocase(last, slice_of(names[i])))
			return true;
	return false;
}

/* cookies.set("name", "value", domain="..."), Cookie("name", "value", "/", "host"), http.Cookie{Name: "name", Value: "value"} */
static bool take_cookie_call(struct reading *reading, size_t i)
{
	const struct code *code = &reading->code;
	bool braces = code_mark(code, i + 1, '{');

	if (code->words[i].kind != CODE_NAME || (!braces && !code_mark(code, i + 1, '(')) || !is_cookie_call(code->words[i].text))
		return false;
	size_t end = call_end(code, i + 1);
	if (braces)
		return take_fields(reading, i + 2, end);
	const struct code_word *name = code_string(code, i + 2), *value = code_mark(code, i + 3, ',') ? code_string(code, i + 4) : NULL;

	if (name == NULL || value == NULL)
		return take_fields(reading, i + 2, end);
	cookie_out(reading, i + 4, name->text, value->text, domain_in(reading, i + 5, end));
	return true;
}

/* cookies = {"name": "value"} */
static bool take_cookie_list(struct reading *reading, size_t i)
{
	const struct code *code = &reading->code;
	bool any = false;

	if (!code_mark(code, i, '{') || i < 2 || keys_identifier_role(reading->keys, name_of(code, i)) != KEY_COOKIES)
		return false;
	for (size_t at = i + 1, end = call_end(code, i); at < end; at++) {
		struct slice name = name_of(code, at);

		if (code_string(code, at) == NULL || name.len == 0 || code_mark(code, at - 1, ','))
			continue;
		cookie_out(reading, at, name, code->words[at].text, SLICE_NONE);
		any = true;
	}
	return any;
}

/* auth=("user", "password"), HTTPBasicAuth("user", "password"), req.SetBasicAuth("user", "password") */
static bool take_auth(struct reading *reading, size_t i)
{
	static const char *const names[] = {"auth", "httpbasicauth", "httpdigestauth", "httpntlmauth", "basicauth", "setbasicauth",
		"basic_auth", "withbasicauth", "login", "digest_auth", "networkcredential", "usernamepasswordcredentials",
		"passwordauthentication"};
	const struct code *code = &reading->code;
	size_t open = code_mark(code, i + 1, '=') || code_mark(code, i + 1, ':') ? i + 2 : i + 1;

	if (code->words[i].kind != CODE_NAME || (!code_mark(code, open, '(') && !code_mark(code, open, '[')) ||
		!named(code_last_part(code->words[i].text), names, sizeof(names) / sizeof(names[0])))
		return false;
	const struct code_word *user = code_string(code, open + 1),
			       *secret = code_mark(code, open + 2, ',') ? code_string(code, open + 3) : NULL;

	if (user == NULL || secret == NULL || user->text.len == 0 || secret->text.len == 0)
		return false;
	struct candidate candidate = {.kind = CANDIDATE_LOGIN,
		.rule = "lt.code.auth.1",
		.account = user->text,
		.secret = secret->text,
		.url = host_for(reading, i),
		.at = user->from};

	if (placeholders_example(scan_engine(reading->text->scan)->placeholders, candidate.account, candidate.secret))
		return false;
	candidate_emit(reading->text, &candidate);
	note(reading, open + 1);
	return true;
}

/* document.cookie in a console: what it printed stands in the next line. */
static bool take_console(struct reading *reading, size_t i)
{
	const struct code *code = &reading->code;
	size_t at = i + 1;

	if (code->words[i].kind != CODE_NAME || !slice_ends_nocase(code->words[i].text, "document.cookie"))
		return false;
	while (at < code->count && at < i + 4 && code->words[at].kind == CODE_MARK && one_of(code->words[at].text.data[0], "=;<-.>"))
		at++;
	if (code_string(code, at) == NULL || !header_emit(reading->text, SLICE_TEXT("document.cookie"), code->words[at].text,
						     host_for(reading, i), code->words[at].from))
		return false;
	note(reading, at);
	return true;
}

static void take_words(struct reading *reading)
{
	for (size_t i = 0; i < reading->code.count; i++) {
		if (code_string(&reading->code, i) != NULL)
			take_header(reading, i);
		else if (!take_cookie_list(reading, i) && !take_cookie_call(reading, i) && !take_console(reading, i))
			take_auth(reading, i);
	}
}

/* ---- reading a hit -------------------------------------------------------------------------------- */

/* A console prints the address it is at, a log its host, without quotes. */
static void add_bare_host(struct reading *reading, struct slice whole, size_t at)
{
	struct slice url = url_around(whole, at);
	struct code *code = &reading->code;
	size_t i = 0;

	for (size_t word = 0; word < code->count && url.len == 0; word++)
		if (code->words[word].from <= at && at < code->words[word].to && code->words[word].kind == CODE_NAME)
			code->words[word].kind = CODE_STRING;
	if (url.len == 0 || code->count == CODE_WORDS_MAX)
		return;
	size_t from = (size_t)(url.data - whole.data);

	while (i < code->count && code->words[i].from < from)
		i++;
	if (i > 0 && code->words[i - 1].kind == CODE_STRING && code->words[i - 1].to > from)
		return;
	memmove(&code->words[i + 1], &code->words[i], (code->count - i) * sizeof(code->words[0]));
	code->words[i] = (struct code_word){CODE_STRING, url, false, 0, from, from + url.len};
	code->count++;
}

/* Most lines are no code, and must cost little. */
static bool may_be_code(struct slice region)
{
	static const char *const words[] = {"cookie", "auth", "login(", "credential"};

	if (memchr(region.data, '"', region.len) == NULL && memchr(region.data, '\'', region.len) == NULL)
		return false;
	if (memchr(region.data, '(', region.len) == NULL && memchr(region.data, '=', region.len) == NULL &&
		memchr(region.data, '{', region.len) == NULL)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_find_nocase(region, words[i]) < region.len)
			return true;
	return false;
}

static bool read_between(struct text *text, const struct hit *hit, struct span window, struct span *claimed)
{
	struct reading *reading = xcalloc(1, sizeof(*reading));
	bool emitted;

	reading->text = text;
	reading->keys = scan_engine(text->scan)->keys;
	code_read(text->scan, (struct slice){text->data, text->len}, window.from, window.to, &reading->code);
	if (hit->at >= reading->code.end)
		text_cut(text, hit->at, "words of a call");
	add_bare_host(reading, (struct slice){text->data, text->len}, hit->at);
	for (size_t i = 0; i < reading->code.count; i++)
		reading->ranks[i] = (uint8_t)url_rank(reading, i);
	take_words(reading);
	emitted = reading->emitted;
	if (emitted)
		*claimed = (struct span){
			reading->first < hit->at ? reading->first : hit->at, reading->last > hit->at ? reading->last : hit->at + 1};
	free(reading);
	return emitted;
}

/* The part of a window that two empty lines, one after the other, part from the rest. */
static struct span paragraph(const struct text *text, struct span window, size_t at)
{
	for (size_t i = window.from; i < window.to; i++) {
		size_t next = i;

		for (unsigned feeds = 0; next < window.to && (text->data[next] == '\n' || text->data[next] == '\r'); next++) {
			feeds += text->data[next] == '\n';
			if (feeds < BLANK_FEEDS)
				continue;
			if (next >= at)
				return (struct span){window.from, i};
			window.from = next + 1;
		}
		i = next > i ? next - 1 : i;
	}
	return window;
}

/*
 * Keeps what was taken apart, so that a flood of names costs it once: all of it had its say on everything in it. What stands near an end
 * that the window cut has not seen what follows there.
 */
static void remember(struct text *text, struct span window, struct span read, bool carries)
{
	if (text->shape == NULL)
		return;
	text->shape->code.from = text->base + (read.from > window.from || read.from == 0 ? read.from : read.from + CODE_REACH / 2);
	text->shape->code.to = text->base + (read.to < window.to || read.to == text->len ? read.to : read.to - CODE_REACH / 2);
	text->shape->code.carries = carries;
}

static bool remembered(const struct text *text, size_t at)
{
	return text->shape != NULL && text->base + at >= text->shape->code.from && text->base + at < text->shape->code.to;
}

/* Source code that carries a log-in: first by itself, then with what stands further around it. */
bool reader_code(struct text *text, const struct hit *hit, struct span *claimed)
{
	struct span window = {
		hit->at > CODE_REACH ? hit->at - CODE_REACH : 0, hit->at + CODE_REACH < text->len ? hit->at + CODE_REACH : text->len};
	const char *cut = window.from > 0 ? memchr(text->data + window.from, '\n', hit->at - window.from) : NULL;

	if (cut != NULL)
		window.from = (size_t)(cut - text->data) + 1;
	if (remembered(text, hit->at)) {
		*claimed = (struct span){hit->at, hit->at + 1};
		return text->shape->code.carries;
	}
	if (!may_be_code((struct slice){text->data + window.from, window.to - window.from})) {
		remember(text, window, window, false);
		return false;
	}
	struct span own = paragraph(text, window, hit->at);

	if (read_between(text, hit, own, claimed)) {
		remember(text, window, own, true);
		return true;
	}
	if ((own.from != window.from || own.to != window.to) && read_between(text, hit, window, claimed))
		return true;
	remember(text, window, window, false);
	return false;
}
