/*
 * Where the fields of one line begin and end. Every place where a URL, a log-in and a secret could end is tried; what
 * speaks for a reading is added up as evidence, and the best reading wins.
 */
#include <ctype.h>
#include <string.h>

#include "inspect/records/keys.h"
#include "inspect/records/line.h"
#include "limits/limits.h"

enum { PLACES = 24, FIELDS = 24 };

/* What is read, and how far. */
struct work {
	const struct line_tables *tables;
	struct slice line;
	const struct line_vote *vote;
	struct line_reading best;
	int best_rank;
	int lead; /* evidence of what stands before the URL */
};

static bool one_of(char c, const char *set)
{
	return c != 0 && strchr(set, c) != NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct slice between(struct slice line, size_t from, size_t to)
{
	return (struct slice){line.data + from, to > from ? to - from : 0};
}

static bool all_digits(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return text.len > 0;
}

static size_t word_count(struct slice text)
{
	size_t words = 0;

	for (size_t i = 0; i < text.len; i++)
		words += !is_blank(text.data[i]) && (i == 0 || is_blank(text.data[i - 1]));
	return words;
}

static bool has_prose(const struct work *work, struct slice text)
{
	size_t at = 0;

	while (at < text.len) {
		size_t end = at;
		while (end < text.len && !is_blank(text.data[end]) && !one_of(text.data[end], ",.!?"))
			end++;
		if (end > at && keys_is_prose_word(work->tables->keys, between(text, at, end)))
			return true;
		at = end + 1;
	}
	return false;
}

static bool is_weak(const struct work *work, struct slice value, bool tight)
{
	while (value.len > 0 && one_of(value.data[value.len - 1], ".,!?:;"))
		value.len--;
	return placeholders_weak(work->tables->placeholders, value, tight);
}

/* ---- evidence ----------------------------------------------------------------------------------- */

static int separator_evidence(const struct token_separator *separator)
{
	switch (separator->kind) {
	case ':':
		return !separator->before && !separator->behind ? 3 : separator->before && separator->behind ? 2 : 1;
	case '>':
		return 2;
	case '/':
		return separator->behind ? 2 : -1;
	case '-':
	case '=':
	case '~':
		return 1;
	case ',':
		return separator->behind ? -2 : 0;
	case ';':
		return separator->behind && !separator->before ? -1 : 0;
	case ' ':
		return -1;
	default:
		return 0;
	}
}

/* role=READER, xmlns:a="...": the next attribute of something else. */
static bool is_assignment(struct slice value)
{
	size_t at = 0;

	while (at < value.len && (one_of(value.data[at], "_-") || ((value.data[at] | 0x20) >= 'a' && (value.data[at] | 0x20) <= 'z')))
		at++;
	return at >= 2 && at + 1 < value.len && one_of(value.data[at], "=:") && !one_of(value.data[at + 1], "=:");
}

/* group:admins@...: the next entry of a list of addresses. */
static bool holds_email(struct slice value)
{
	size_t from, to;

	return token_email_next(value, 0, &from, &to) && to == value.len;
}

static int look_evidence(const struct work *work, struct slice secret, enum token_look look, const struct token_separator *inner)
{
	if (secret.len == 0)
		return -20;
	bool tight = inner->kind == ':' && !inner->before && !inner->behind;

	if (look < LOOK_FAIR && look != LOOK_SENTENCE && is_weak(work, secret, tight))
		return -3;
	if ((inner->kind == ' ' || inner->behind) && one_of(secret.data[secret.len - 1], ":,."))
		return -4;
	if (one_of(inner->kind, ",; -") && is_assignment(secret))
		return -5;
	if (inner->kind != ':' && holds_email(secret))
		return -5;
	switch (look) {
	case LOOK_NEVER:
		return -20;
	case LOOK_OTHER:
		return -5;
	case LOOK_PORT:
		return tight && secret.len < 3 ? -5 : -4;
	case LOOK_NAME:
		return secret.len < 3 ? -3 : inner->kind == ':' && !tight ? -1 : 0;
	case LOOK_SENTENCE:
		return has_prose(work, secret) ? -6 : tight && word_count(secret) <= 5 ? -2 : -4;
	case LOOK_WORD:
		return secret.len < 3 ? -4 : inner->kind == ' ' && has_prose(work, secret) ? -2 : 1;
	case LOOK_NUMBER:
		return 1;
	case LOOK_FAIR:
		return secret.len < 3 ? 0 : 2;
	case LOOK_STRONG:
		return 3;
	}
	return 0;
}

static bool is_logon(struct slice login)
{
	size_t from, to;

	return token_logon(login, 0, &from, &to) && from == 0 && to == login.len && slice_find_byte(login, '\\') < login.len;
}

static int login_evidence(const struct work *work, struct slice login)
{
	if (login.len == 0 || login.len > LIMIT_ACCOUNT_BYTES)
		return -20;
	if (token_is_email(login) || is_logon(login))
		return 2;
	if (all_digits(login))
		return login.len <= 3 ? -4 : 0;
	if (token_look(login) <= LOOK_OTHER && !one_of(login.data[0], "+"))
		return -4;
	for (size_t i = 0; i < login.len; i++)
		if (one_of(login.data[i], "/?=&<>()[]{}\"`#|%"))
			return one_of(login.data[i], "<>[]{}`%") && slice_find_nocase(login, "%40") == login.len ? -9 : -5;
	if (memchr(login.data, ' ', login.len) != NULL || memchr(login.data, '\t', login.len) != NULL)
		return word_count(login) > 2 || has_prose(work, login) ? -6 : -3;
	if (login.data[0] == '+' && login.len > 1 && !all_digits(slice_from(login, 1)))
		return -4;
	if (is_weak(work, login, true))
		return -2;
	return login.len == 1 ? -1 : 0;
}

static int vote_evidence(const struct work *work)
{
	if (work->vote == NULL || work->vote->lists == 0)
		return 0;
	return work->vote->lists >= 2 ? 3 : 1;
}

static void consider(struct work *work, const struct line_reading *reading, int preference)
{
	int rank = reading->evidence * 4 + preference;

	if (work->vote != NULL && work->vote->lists >= 2) {
		rank += work->vote->orders[reading->order] > 0 ? 6 : 0;
		rank += work->vote->separator == reading->inner ? 6 : 0;
	}
	if (reading->secret.len == 0 || reading->account.len == 0 || reading->secret.len > LIMIT_SECRET_BYTES)
		return;
	if (work->best.order == LINE_NONE || rank > work->best_rank) {
		work->best = *reading;
		work->best_rank = rank;
	}
}

/* ---- where a secret ends ------------------------------------------------------------------------- */

/* A tag that a forum or a copied page left behind the secret. */
static size_t tag_at(struct slice line, size_t from)
{
	static const char *const tags[] = {"<br", "</", "<p>", "<li", "<td", "<tr", "<div", "<hr", "<span", "&lt;br"};

	for (size_t at = from; at < line.len; at++) {
		if (line.data[at] != '<' && line.data[at] != '&')
			continue;
		for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
			if (slice_starts_nocase(slice_from(line, at), tags[i]))
				return at;
	}
	return line.len;
}

/* "Country = DE", "Balance: 0": what a checker found in the account. */
static bool is_capture(struct slice text)
{
	size_t at = 0;

	while (at < text.len && at < 24 && (isalpha((unsigned char)text.data[at]) || one_of(text.data[at], " _")))
		at++;
	return at >= 3 && at < text.len && isupper((unsigned char)slice_trim(text).data[0]) && one_of(text.data[at], ":=");
}

/* Checkers and people write behind a secret: " | Country = DE", " # VPN", " (works)", " - valid". */
static size_t remark_at(struct slice line, size_t from, char kind)
{
	static const char *const remarks[] = {" | ", " |", " # ", " // ", " (", " [", " <", " -- ", " - ", " => ", " -> ", " \xe2\x9c",
		" \xe2\x86\x92", " \xe2\x80\x94 ", " \xe2\x80\x93 ", " ; ", " , "};

	for (size_t at = from + 1; at < line.len; at++) {
		if (line.data[at] == '|' && is_capture(slice_from(line, at + 1)))
			return at;
		if (line.data[at] != ' ' || at + 1 >= line.len || line.data[at + 1] == ' ' || isalnum((unsigned char)line.data[at + 1]))
			continue;
		for (size_t i = 0; i < sizeof remarks / sizeof *remarks; i++)
			if (slice_starts_nocase(slice_from(line, at), remarks[i]) && !(kind == ' ' && remarks[i][1] == '-'))
				return at;
	}
	return line.len;
}

/* Another record in the same line: a blank, comma or bar, then an address with a separator behind it. */
static size_t next_record_at(struct slice line, size_t from)
{
	size_t begin, end, at = from;

	while (token_email_next(line, at, &begin, &end)) {
		if (begin > from && end < line.len && one_of(line.data[end], ":;|") && one_of(line.data[begin - 1], " \t,;|"))
			return begin - 1;
		at = end;
	}
	return line.len;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* In quotes: what stands between them; "" is one quote. False where no quote closes. */
static bool quoted(struct slice line, size_t from, struct slice *value, size_t *end)
{
	if (from >= line.len || !one_of(line.data[from], "\"'`"))
		return false;
	for (size_t at = from + 1; at < line.len; at++) {
		if (line.data[at] != line.data[from])
			continue;
		if (at + 1 < line.len && line.data[at + 1] == line.data[from]) {
			at++;
			continue;
		}
		if (at + 1 < line.len && !one_of(line.data[at + 1], " \t,;:|)]}>"))
			continue;
		*value = between(line, from + 1, at);
		*end = at + 1;
		return at > from + 1;
	}
	return false;
}

/* The value that begins at from and reaches as far as nothing else begins. */
static struct slice value_at(const struct work *work, size_t from, char kind, size_t *end)
{
	struct slice line = work->line, value;

	if (quoted(line, from, &value, end))
		return value;
	size_t stop = least(tag_at(line, from), next_record_at(line, from));
	stop = least(stop, from + slice_find_byte(slice_from(line, from), '\t'));
	stop = least(stop, remark_at(line, from, kind));
	value = slice_trim(between(line, from, stop));
	while (stop < line.len && stop + 1 != line.len && value.len > 0 && stop == next_record_at(line, from) &&
		one_of(value.data[value.len - 1], ",;|"))
		value = slice_trim(slice_until(value, value.len - 1));
	*end = stop;
	return value;
}

/* ---- hashes -------------------------------------------------------------------------------------- */

static bool is_hash(const struct work *work, struct slice value, struct hash_shape *shape)
{
	return value.len >= 13 && hashes_identify(work->tables->hashes, value, SLICE_NONE, false, shape);
}

static bool salt_shaped(struct slice salt)
{
	return salt.len > 2 && salt.len <= 64 && !all_digits(salt) && !token_is_ip(salt) && !token_is_email(salt) &&
	       memchr(salt.data, ' ', salt.len) == NULL;
}

/* ---- login first --------------------------------------------------------------------------------- */

static size_t fields_split(struct slice value, char kind, struct slice fields[FIELDS])
{
	size_t count = 0, from = 0;

	for (size_t at = 0; at <= value.len && count < FIELDS; at++) {
		if (at < value.len && value.data[at] != kind)
			continue;
		fields[count++] = slice_trim(between(value, from, at));
		from = at + 1;
	}
	return count;
}

static struct slice unquote(struct slice field)
{
	if (field.len >= 2 && one_of(field.data[0], "\"'`") && field.data[field.len - 1] == field.data[0])
		return (struct slice){field.data + 1, field.len - 2};
	return field;
}

/* A hash among the fields is the secret, with the salt behind it. */
static bool hash_field(const struct work *work, struct slice rest, const struct slice *fields, size_t count, struct line_reading *reading)
{
	struct hash_shape shape;

	for (size_t i = 0; i < count; i++) {
		struct slice field = unquote(fields[i]);
		struct slice tail = {field.data, (size_t)(rest.data + rest.len - field.data)};
		if (i == 0 && reading->inner == ':' && memchr(rest.data, ' ', rest.len) == NULL && is_hash(work, rest, &shape)) {
			reading->secret = rest;
		} else if (!is_hash(work, field, &shape)) {
			continue;
		} else if (reading->inner == ':' && is_hash(work, tail, &shape)) {
			reading->secret = tail;
		} else {
			reading->secret = field;
			if (!shape.salted && i + 1 < count && salt_shaped(unquote(fields[i + 1])))
				reading->salt = unquote(fields[i + 1]);
		}
		reading->hash = true;
		reading->look = LOOK_STRONG;
		reading->evidence += 4;
		return true;
	}
	return false;
}

static bool is_service(struct slice field)
{
	struct token_url url;

	return token_url(field, 0, &url) && (url.scheme || (!url.address && url.authority_end == field.len && !token_is_email(field)));
}

/* Which of the fields behind the login is its secret. */
static size_t secret_field(const struct slice *fields, size_t count, char kind, struct line_reading *reading)
{
	size_t first = 0;

	while (first < count && (fields[first].len == 0 || token_is_ip(unquote(fields[first]))))
		first++;
	if (first + 1 < count && token_scheme_next(fields[first], 0) == 0) {
		reading->url = unquote(fields[first++]);
		reading->order = LINE_LOGIN_URL_SECRET;
		reading->evidence += 2;
	}
	if (kind == ':' || first >= count || token_look(unquote(fields[first])) >= LOOK_FAIR)
		return first;
	for (size_t i = first + 1; i < count && i < first + 4; i++) {
		if (token_look(unquote(fields[i])) >= LOOK_FAIR) {
			reading->evidence -= 3;
			return i;
		}
	}
	return first;
}

/* Behind the secret stand fields of their own: an IP address, a URL, a country. */
static void colon_tail(const struct slice *fields, size_t count, size_t first, struct slice *secret, struct line_reading *reading)
{
	if (first + 1 >= count)
		return;
	struct slice last = fields[count - 1];
	size_t scheme = token_scheme_next(*secret, 1);

	if (scheme < secret->len && scheme > 1 && secret->data[scheme - 1] == ':') {
		reading->url = slice_from(*secret, scheme);
		secret->len = scheme - 1;
		reading->order = LINE_LOGIN_SECRET_URL;
		reading->evidence += 2;
	} else if (is_service(last) && last.data != NULL && last.data > secret->data + 1) {
		reading->url = last;
		secret->len = (size_t)(last.data - secret->data) - 1;
		reading->order = LINE_LOGIN_SECRET_URL;
		reading->evidence += 1;
	} else if ((token_is_ip(last) || (last.len > 1 && last.data[0] == '+' && token_is_phone(last))) && last.data > secret->data + 1) {
		secret->len = (size_t)(last.data - secret->data) - 1;
	}
	*secret = slice_trim(*secret);
}

static void fields_read(const struct work *work, struct slice rest, struct line_reading *reading)
{
	struct slice fields[FIELDS];
	size_t count = fields_split(rest, reading->inner, fields);

	if (count == FIELDS || hash_field(work, rest, fields, count, reading))
		return;
	reading->fields = (unsigned)count;
	size_t chosen = secret_field(fields, count, reading->inner, reading);
	if (chosen >= count) {
		reading->secret = SLICE_NONE;
		return;
	}
	struct slice secret = {fields[chosen].data, (size_t)(rest.data + rest.len - fields[chosen].data)};
	bool whole = reading->inner == ':' || (work->vote != NULL && work->vote->lists >= 2 && work->vote->fields == 1);
	if (whole)
		colon_tail(fields, count, chosen, &secret, reading);
	else
		secret = fields[chosen];
	for (size_t i = chosen + 1; !whole && i < count && reading->url.data == NULL; i++) {
		if (fields[i].len > 0 && (token_scheme_next(fields[i], 0) == 0 || is_service(fields[i]))) {
			reading->url = unquote(fields[i]);
			reading->order = LINE_LOGIN_SECRET_URL;
			reading->evidence += token_scheme_next(fields[i], 0) == 0 ? 2 : 0;
		}
	}
	reading->secret = unquote(secret);
	if (!whole && count > 2 && token_look(reading->secret) < LOOK_FAIR)
		reading->evidence -= 2;
}

/* " https://..." behind the secret: login:secret url. */
static void blank_tail(struct slice line, size_t from, size_t *end, struct line_reading *reading)
{
	size_t scheme = token_scheme_next(between(line, 0, *end), from);

	if (scheme > from + 1 && scheme < *end && is_blank(line.data[scheme - 1])) {
		struct slice url = between(line, scheme, *end);
		size_t stop = slice_find_byte(url, ' ');
		reading->url = slice_until(url, stop);
		reading->order = LINE_LOGIN_SECRET_URL;
		reading->evidence += 2;
		*end = scheme;
		while (*end > from && one_of(line.data[*end - 1], " \t-|,;>="))
			(*end)--;
	}
}

/* What stands before the login: nothing, fields of the record, a label, a sentence. */
static int prefix_evidence(const struct work *work, size_t login, char inner, struct line_reading *reading)
{
	struct slice prefix = slice_trim(between(work->line, 0, login));
	struct token_url url;

	while (prefix.len > 0 && one_of(prefix.data[prefix.len - 1], "\"'`([{"))
		prefix = slice_trim(slice_until(prefix, prefix.len - 1));
	if (prefix.len == 0 || slice_equal_nocase(prefix, SLICE_TEXT("mailto:")))
		return 2;
	char sign = prefix.data[prefix.len - 1];
	struct slice before = slice_trim(slice_until(prefix, prefix.len - 1));
	if (one_of(sign, ":;|,\t@ ") && token_url(before, 0, &url) && url.address && url.authority_end == before.len) {
		reading->url = before;
		reading->order = LINE_URL_LOGIN_SECRET;
		return 2;
	}
	if (token_is_ip(prefix)) {
		reading->url = prefix;
		reading->order = LINE_URL_LOGIN_SECRET;
		return 1;
	}
	if (sign == inner && word_count(before) <= 3 && inner != ' ')
		return 1;
	if (one_of(sign, ":=>-|])\xbb") && word_count(before) <= 4)
		return has_prose(work, before) ? -1 : 0;
	if (word_count(prefix) == 1 || !has_prose(work, prefix))
		return token_look(prefix) <= LOOK_OTHER || all_digits(prefix) ? 0 : -1;
	return -2;
}

/* The line from the login [from, to) on: login, separator, secret and what may follow. */
static void login_first(struct work *work, size_t from, size_t to)
{
	struct slice line = work->line;
	struct token_separator inner;
	struct line_reading reading = {.order = LINE_LOGIN_SECRET, .account = between(line, from, to)};
	size_t at = to, end;

	if (at < line.len && from > 0 && one_of(line.data[at], "\"'`") && line.data[from - 1] == line.data[at])
		at++;
	if (!token_separator(line, at, &inner) || at + inner.len >= line.len)
		return;
	/* address/secret is a whole line; else it is a path */
	if (inner.kind == '/' && !inner.behind && (from > 0 || memchr(line.data + at + 1, '/', line.len - at - 1) != NULL))
		return;
	/* "address (John)", "address [1]": a remark */
	if (inner.kind == ' ' && one_of(line.data[at + inner.len], "([<{"))
		return;
	reading.inner = inner.kind;
	size_t start = at + inner.len;
	struct slice rest = value_at(work, start, inner.kind, &end);
	reading.end = end;
	if (rest.data == line.data + start && rest.len > 0) {
		size_t stop = start + rest.len;
		blank_tail(line, start, &stop, &reading);
		rest = slice_trim(between(line, start, stop));
	}
	bool in_quotes = rest.data != line.data + start;
	reading.fields = 1;
	reading.secret = rest;
	struct hash_shape shape;
	if (is_hash(work, rest, &shape)) {
		reading.hash = true;
		reading.evidence += 4;
	} else if (!in_quotes && one_of(inner.kind, ":;|,\t") && (inner.kind == '\t' || memchr(rest.data, inner.kind, rest.len) != NULL)) {
		fields_read(work, inner.kind == '\t' ? between(line, start, line.len) : rest, &reading);
	}
	reading.evidence += prefix_evidence(work, from, inner.kind, &reading) + separator_evidence(&inner);
	reading.look = reading.hash ? LOOK_STRONG : token_look(reading.secret);
	if (!reading.hash)
		reading.evidence += look_evidence(work, reading.secret, reading.look, &inner);
	if (in_quotes && reading.look >= LOOK_NAME)
		reading.evidence += 1;
	reading.evidence += vote_evidence(work);
	consider(work, &reading, 0);
}

/* user:secret:address: the address last, the secret a hash or a strong one right before it. */
static void login_last(struct work *work, size_t from, size_t to)
{
	struct slice line = work->line, fields[FIELDS];
	char kind = from > 0 ? line.data[from - 1] : 0;
	struct hash_shape shape;

	if (to != line.len || !one_of(kind, ":;|,\t"))
		return;
	size_t count = fields_split(between(line, 0, from - 1), kind, fields);
	if (count < 2 || count > 4)
		return;
	struct line_reading reading = {
		.order = LINE_LOGIN_SECRET, .account = between(line, from, to), .inner = kind, .end = to, .fields = (unsigned)count};
	reading.secret = unquote(fields[count - 1]);
	reading.hash = is_hash(work, reading.secret, &shape);
	reading.look = reading.hash ? LOOK_STRONG : token_look(reading.secret);
	if (reading.look < LOOK_STRONG || login_evidence(work, unquote(fields[0])) < 0)
		return;
	reading.evidence = kind == ':' ? LINE_ENOUGH + 1 : LINE_ENOUGH - !reading.hash;
	reading.evidence += vote_evidence(work);
	consider(work, &reading, -2);
}

/* ---- URL first ----------------------------------------------------------------------------------- */

static void url_login_secret(struct work *work, const struct token_url *url, size_t url_end, const struct token_separator *outer,
	size_t login, size_t login_end, int place)
{
	struct slice line = work->line;
	struct token_separator inner;
	size_t at = login_end, end;

	if (login < at && at < line.len && login > 0 && one_of(line.data[at], "\"'`") && line.data[login - 1] == line.data[at])
		at++;
	if (!token_separator(line, at, &inner) || at + inner.len >= line.len)
		return;
	if (inner.kind == '/' && !inner.behind)
		return;
	struct slice secret = value_at(work, at + inner.len, inner.kind, &end);
	if (one_of(inner.kind, "|;,\t") && secret.data == line.data + at + inner.len) {
		struct slice fields[FIELDS];
		size_t count = fields_split(secret, inner.kind, fields);
		secret = count > 1 && fields[0].len > 0 ? fields[0] : secret;
	}
	struct line_reading reading = {.order = LINE_URL_LOGIN_SECRET,
		.account = between(line, login, login_end),
		.secret = secret,
		.url = between(line, url->from, url_end),
		.outer = outer->kind,
		.inner = inner.kind,
		.end = end,
		.fields = 1,
		.look = token_look(secret)};
	struct hash_shape shape;
	reading.hash = is_hash(work, secret, &shape);
	int login_speaks = login_evidence(work, reading.account);
	reading.evidence =
		(url->scheme ? 3 : 1) - (url->scheme && inner.kind != ':') + separator_evidence(&inner) + login_speaks + work->lead;
	reading.evidence += reading.hash ? 4 : look_evidence(work, secret, reading.look, &inner);
	if ((reading.look == LOOK_OTHER || reading.look == LOOK_PORT) && inner.kind == ':' && !inner.before && !inner.behind &&
		!token_is_ip(secret))
		reading.evidence += 2;
	if (outer->kind == ':' && url_end == url->authority_end && !url->port && all_digits(reading.account) && reading.account.len <= 5 &&
		reading.look < LOOK_FAIR)
		reading.evidence -= 4;
	if (inner.kind == ' ' && outer->kind != ' ' && outer->kind != '\t')
		reading.evidence -= 3;
	/* "see https://host/page). Note: this" goes on in prose */
	if (outer->kind == ' ' && inner.behind && !inner.before && login_speaks < 2)
		reading.evidence -= 4;
	if (outer->kind == ' ' && one_of(line.data[url_end - 1], ".,)]}>"))
		reading.evidence -= 2;
	if (slice_find_byte(reading.url, '{') < reading.url.len)
		reading.evidence -= 4;
	if (inner.kind == ' ' && login_speaks < 2 && has_prose(work, reading.account))
		reading.evidence -= 3;
	reading.evidence += vote_evidence(work);
	/* "https://host/path:John Doe:secret": the blank is the name's */
	struct slice path = between(line, url->authority_end, url_end);
	bool named = outer->kind == ' ' && inner.kind == ':' && slice_find_byte(path, ':') < path.len;
	consider(work, &reading, (outer->kind == inner.kind ? 3 : 0) - place - (named ? 16 : 0));
}

/* Ends of the login that begins at login: an address, or up to the next separator. */
static void login_ends(
	struct work *work, const struct token_url *url, size_t url_end, const struct token_separator *outer, size_t login, int place)
{
	struct slice line = work->line;
	size_t from, to;

	/* a log-in in quotes ends where they close */
	if (login < line.len && one_of(line.data[login], "\"'`")) {
		size_t close = login + 1 + slice_find_byte(slice_from(line, login + 1), line.data[login]);
		if (close < line.len && close > login + 1)
			url_login_secret(work, url, url_end, outer, login + 1, close, place);
		return;
	}
	if (token_email_next(line, login, &from, &to) && from == login) {
		url_login_secret(work, url, url_end, outer, login, to, place);
		return;
	}
	bool tried_other = false;
	for (size_t at = login; at < line.len && at - login < LIMIT_ACCOUNT_BYTES; at++) {
		bool same = line.data[at] == outer->kind || (outer->kind == ' ' && is_blank(line.data[at]));
		if (!same && (tried_other || !one_of(line.data[at], ":;|,\t \"'`")))
			continue;
		if (at > login)
			url_login_secret(work, url, url_end, outer, login, at, place);
		if (same)
			return;
		tried_other = true;
	}
}

static void url_userinfo(struct work *work, const struct token_url *url, size_t limit)
{
	struct slice line = work->line;
	struct line_reading reading = {.order = LINE_USERINFO,
		.account = between(line, url->user_from, url->user_to),
		.secret = between(line, url->secret_from, url->secret_to),
		.url = between(line, url->from, limit),
		.outer = '@',
		.inner = ':',
		.end = limit,
		.fields = 1,
		.percent = true,
		.look = LOOK_STRONG,
		.evidence = 8};

	consider(work, &reading, 0);
}

/* Behind "587|" where two more fields follow. */
static size_t behind_port(struct slice line, size_t at, char kind)
{
	size_t digits = 0;
	struct token_separator separator;

	while (at + digits < line.len && line.data[at + digits] >= '0' && line.data[at + digits] <= '9')
		digits++;
	if (digits < 2 || digits > 5 || !token_separator(line, at + digits, &separator) || separator.kind != kind)
		return at;
	size_t next = at + digits + separator.len;
	struct slice rest = slice_from(line, next);
	size_t second = slice_find_byte(rest, kind);
	return second > 0 && second + 1 < rest.len ? next : at;
}

/* The URL that begins at from, and every place where it could end and a login begin. */
static void url_first(struct work *work, size_t from)
{
	struct slice line = work->line;
	struct token_url url;
	struct token_separator outer;
	size_t limit = from;

	if (!token_url(line, from, &url))
		return;
	while (limit < line.len && !one_of(line.data[limit], " \t\"'`<>"))
		limit++;
	if (url.secret_to > 0) {
		url_userinfo(work, &url, limit);
		return;
	}
	int places = 0;
	bool enclosed = from > 0 && limit < line.len && one_of(line.data[from - 1], "\"'`") && line.data[limit] == line.data[from - 1];
	for (size_t at = url.authority_end; at <= limit && at < line.len && places < PLACES; at++) {
		size_t close = at < line.len && one_of(line.data[at], "\"'`>") ? 1 : 0;
		if (enclosed && at < limit)
			continue;
		bool sign = at == limit || one_of(line.data[at], ":;|,") || (one_of(line.data[at], "@") && at == url.authority_end);
		if (!sign)
			continue;
		if (line.data[at] == '@')
			outer = (struct token_separator){.kind = '@', .len = 1};
		else if (!token_separator(line, at + close, &outer) || outer.len == 0)
			continue;
		size_t login = at + close + outer.len;
		/* mail.example|587|user|secret: a port in a field of its own */
		if (outer.kind != ':' && at == url.authority_end && !url.port)
			login = behind_port(line, login, outer.kind);
		/* <a href="..." title="...">: the quotes are an attribute's */
		if (close > 0 && outer.kind == ' ' && login < line.len && !one_of(line.data[login], "\"'`"))
			continue;
		if (login >= line.len ||
			(outer.kind == ':' && line.data[login] == '/' && login + 1 < line.len && line.data[login + 1] == '/'))
			continue;
		login_ends(work, &url, at, &outer, login, places++);
	}
}

/* ---- login first, URL last ------------------------------------------------------------------------ */

/* jdoe:secret:https://host/ where the login is no address: only the URL tells that it is one. */
static void url_last(struct work *work, size_t url_from)
{
	struct slice line = work->line;
	struct token_separator inner;
	struct token_url url;
	size_t secret_end = url_from, login_end = 0;

	if (!token_url(line, url_from, &url) || url.user_from != 0)
		return;
	while (secret_end > 0 && one_of(line.data[secret_end - 1], " \t"))
		secret_end--;
	char outer = secret_end < url_from ? ' ' : 0;
	if (secret_end > 1 && line.data[secret_end - 1] == '>' && secret_end == url_from && !one_of(line.data[secret_end - 2], "-="))
		return;
	if (secret_end > 0 && one_of(line.data[secret_end - 1], ":;|,->=@")) {
		outer = line.data[--secret_end];
		while (secret_end > 0 && one_of(line.data[secret_end - 1], " \t-=>"))
			secret_end--;
	}
	while (login_end < secret_end && !one_of(line.data[login_end], ":;|,\t "))
		login_end++;
	if (outer == 0 || login_end == 0 || !token_separator(line, login_end, &inner) || login_end + inner.len >= secret_end)
		return;
	struct line_reading reading = {.order = LINE_LOGIN_SECRET_URL,
		.account = between(line, 0, login_end),
		.secret = unquote(slice_trim(between(line, login_end + inner.len, secret_end))),
		.outer = outer,
		.inner = inner.kind,
		.fields = 1};
	size_t stop = url_from;
	while (stop < line.len && !one_of(line.data[stop], " \t\"'`<>"))
		stop++;
	reading.url = between(line, url_from, stop);
	reading.end = stop;
	reading.look = token_look(reading.secret);
	struct hash_shape shape;
	reading.hash = is_hash(work, reading.secret, &shape);
	bool address = login_evidence(work, reading.account) >= 2;
	if (!address && slice_find_nocase(reading.secret, "://") < reading.secret.len)
		return;
	reading.evidence = (url.scheme ? 3 : 1) + separator_evidence(&inner) + login_evidence(work, reading.account);
	reading.evidence += reading.hash ? 4 : look_evidence(work, reading.secret, reading.look, &inner);
	if (!address && inner.kind == ' ')
		reading.evidence -= 3;
	if (!address && reading.look < LOOK_FAIR && is_blank(line.data[url_from - 1]) && inner.kind == ':')
		reading.evidence -= 5;
	if (!address && (inner.before || inner.behind))
		reading.evidence -= reading.look < LOOK_FAIR ? 3 : 1;
	if (!address && inner.kind == ',' && inner.behind)
		reading.evidence -= 2;
	reading.evidence += vote_evidence(work);
	consider(work, &reading, -1);
}

/* user:secret@host:port without a scheme: a proxy or a jump host; the port or a path tells it from user:address. */
static void userinfo_without_scheme(struct work *work, size_t from, size_t to)
{
	struct slice line = work->line;
	size_t sign = from + slice_find_byte(between(line, from, to), '@'), start = sign, port = 0;

	while (start > 0 && !one_of(line.data[start - 1], " \t\"'`,;|<>()"))
		start--;
	size_t colon = start + slice_find_byte(between(line, start, sign), ':');
	if (colon >= sign || colon == start || colon + 1 == sign || to >= line.len || line.data[to] != ':')
		return;
	while (to + 1 + port < line.len && port < 6 && line.data[to + 1 + port] >= '0' && line.data[to + 1 + port] <= '9')
		port++;
	size_t end = to + 1 + port;
	if (port < 2 || port > 5 || (end < line.len && !one_of(line.data[end], " \t/\"'`")))
		return;
	struct line_reading reading = {.order = LINE_USERINFO,
		.account = between(line, start, colon),
		.secret = between(line, colon + 1, sign),
		.url = between(line, sign + 1, end),
		.outer = '@',
		.inner = ':',
		.end = end,
		.fields = 1};
	reading.look = token_look(reading.secret);
	struct token_separator inner = {.kind = ':', .len = 1};
	reading.evidence = login_evidence(work, reading.account) + look_evidence(work, reading.secret, reading.look, &inner) + 2;
	consider(work, &reading, 4);
}

/* ---- the line ------------------------------------------------------------------------------------ */

/* Where the host that `at` stands in begins, with the labels before it. */
static size_t host_begin(struct slice line, size_t at)
{
	while (at > 0 && (one_of(line.data[at - 1], ".-_") || (line.data[at - 1] >= '0' && line.data[at - 1] <= '9') ||
				 ((line.data[at - 1] | 0x20) >= 'a' && (line.data[at - 1] | 0x20) <= 'z') ||
				 (unsigned char)line.data[at - 1] >= 0x80))
		at--;
	return at;
}

static bool url_around(struct slice line, size_t at, size_t *from)
{
	size_t scheme = line.len;

	for (size_t next = token_scheme_next(line, 0); next <= at && next < line.len; next = token_scheme_next(line, next + 3))
		if (memchr(line.data + next, ' ', at - next) == NULL && memchr(line.data + next, '\t', at - next) == NULL)
			scheme = scheme < line.len && memchr(line.data + scheme, ' ', next - scheme) == NULL ? scheme : next;
	if (scheme < line.len) {
		*from = scheme;
		return true;
	}
	*from = host_begin(line, at);
	return *from == 0 || line.data[*from - 1] != '@';
}

/* user@ROYALPOST: a log-on name that is no e-mail address. */
static bool principal(struct slice line, size_t at, size_t *from, size_t *to)
{
	size_t start = at > 0 ? at - 1 : 0, end = at;

	if (at == 0 || line.data[start] != '@')
		return false;
	while (start > 0 && !one_of(line.data[start - 1], " \t:;|,\"'`<>()[]=/\\"))
		start--;
	while (end < line.len && !one_of(line.data[end], " \t:;|,\"'`<>()[]=/\\"))
		end++;
	*from = start;
	*to = end;
	return start + 1 < at;
}

struct line_reading line_read(const struct line_tables *tables, struct slice line, size_t at, const struct line_vote *vote)
{
	struct work work = {.tables = tables, .line = line, .vote = vote};
	size_t from, to, url = line.len;
	struct token_url first;

	if (line.len < 5)
		return work.best;
	if (token_url(line, 0, &first) && (first.scheme || first.authority_end < line.len))
		url_first(&work, 0);
	if (at < line.len ? token_email(line, at, &from, &to) : token_email_next(line, 0, &from, &to)) {
		if (work.best.order == LINE_NONE || work.best.account.data != line.data + from)
			login_first(&work, from, to);
		login_last(&work, from, to);
		userinfo_without_scheme(&work, from, to);
	} else if (at < line.len && (token_logon(line, at, &from, &to) || principal(line, at, &from, &to))) {
		if (work.best.order == LINE_NONE || work.best.account.data != line.data + from)
			login_first(&work, from, to);
	} else if (at < line.len && url_around(line, at, &url)) {
		if (url > 0) {
			url_last(&work, url);
			work.lead = has_prose(&work, between(line, 0, url)) ? -3 : -1;
			url_first(&work, url);
		}
		if (token_email_next(line, 0, &from, &to) && from == 0)
			login_first(&work, from, to);
	} else if (at >= line.len && (url = token_scheme_next(line, 1)) < line.len) {
		url_last(&work, url);
	}
	return work.best;
}
