/* Readings that begin with the service: URL:login:secret in any spelling; and those that end with it. */
#include "inspect/records/keys.h"
#include "inspect/records/line_work.h"
#include "limits/limits.h"
#include "shared/byteset.h"

enum { PLACES = 24 };

/* ?code=use+std::sync::Arc;%0A&edition=2021: the colons are the query's own. */
static bool is_query(struct slice url, struct slice secret)
{
	size_t more = slice_find_byte(secret, '&'), at = more + 1;

	if (slice_find_byte(url, '?') == url.len)
		return false;
	if (slice_find_nocase(secret, "%0a") < secret.len || slice_find_nocase(url, "%0a") < url.len)
		return true;
	while (at < secret.len && ((secret.data[at] | 0x20) >= 'a' && (secret.data[at] | 0x20) <= 'z'))
		at++;
	return at > more + 2 && at < secret.len && secret.data[at] == '=' && secret.data[at - 1] != '&';
}

/* main.js:120:33: a line and a column of the file that the URL names. */
static bool is_place(struct slice url, struct slice line, struct slice column)
{
	const char *slash = memrchr(url.data, '/', url.len);

	if (slash == NULL || memchr(slash, '.', (size_t)(url.data + url.len - slash)) == NULL)
		return false;
	while (column.len > 0 && one_of(column.data[column.len - 1], "),.;:"))
		column.len--;
	return line_all_digits(line) && line.len <= 5 && line_all_digits(column) && column.len <= 5;
}

/* https://host/|address|x: what stands behind a bar, or an address behind a mark, is no part of a URL. */
static bool holds_fields(struct slice url)
{
	size_t from, to;

	return slice_find_byte(url, '|') < url.len ||
	       (token_email_next(url, 0, &from, &to) && to < url.len && from > 0 && one_of(url.data[from - 1], ";,\t") &&
		       url.data[to] == url.data[from - 1]) ||
	       (token_email_next(url, 0, &from, &to) && to == url.len && from > 0 && one_of(url.data[from - 1], ";,\t"));
}

/* "login", "password": no log-in; p012345 is one. */
static bool is_key(const struct work *work, struct slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if ((word.data[i] | 0x20) < 'a' || (word.data[i] | 0x20) > 'z')
			return false;
	return word.len > 1 && keys_block_role(work->tables->keys, word) != KEY_NONE;
}

/* What a list adds behind the secret: dates, addresses, countries, remarks. */
static bool is_column(struct slice field)
{
	enum token_look look = token_look(field);

	return field.len <= 2 || look <= LOOK_SENTENCE || line_all_digits(field) || token_is_email(field) || token_is_host(field) ||
	       one_of(field.data[0], "#([");
}

/* The secret of what stands behind the log-in. It goes on behind a separator in a row of three, where what follows is no column. */
static struct slice first_column(const struct work *work, struct slice rest, char outer, const struct token_separator *inner)
{
	struct slice fields[FIELDS];
	size_t count = line_fields_split(rest, inner->kind, fields);
	bool in_threes = work->vote != NULL && work->vote->lists >= 1 && work->vote->fields == 1 && work->vote->separator == inner->kind;
	bool goes_on = one_of(inner->kind, "|;") && outer == inner->kind && !inner->before && !inner->behind && count < 5;

	if (count < 2 || fields[0].len == 0)
		return rest;
	for (size_t i = 1; goes_on && !in_threes && i < count; i++)
		goes_on = !is_column(fields[i]);
	return goes_on ? rest : fields[0];
}

/* "host build 7e83ca2a...", "host, sha256: ...": the word says what the digits are of. */
static bool names_digits(
	const struct work *work, struct slice word, const struct token_separator *outer, const struct token_separator *inner)
{
	bool tight = outer->kind == ':' && inner->kind == ':' && !inner->before && !inner->behind;

	return keys_hash_is_bare(word) || (!tight && (keys_hash_is_other(work->tables->keys, word) || line_has_prose(work, word)));
}

/* en-us, pt_BR. */
static bool is_language(struct slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if (i == 2 ? !one_of(word.data[i], "-_") : (unsigned char)((word.data[i] | 0x20) - 'a') >= 26)
			return false;
	return word.len == 5;
}

/* CPAN::Meta::Spec: names of a program between colons in twos. */
static bool is_scope(struct slice name, struct slice next)
{
	while (next.len > 0 && one_of(next.data[next.len - 1], ">)]}.,;"))
		next.len--;
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)((name.data[i] | 0x20) - 'a') >= 26 && !one_of(name.data[i], "_:"))
			return false;
	return next.len > 0 && token_look(next) <= LOOK_NAME && (next.data[0] & 0x20) == 0;
}

/* ?wtrealm=urn:federation:x:login:secret: the first two colons behind "urn" are its own. */
static bool is_cut_urn(struct slice url)
{
	const char *equals = memrchr(url.data, '=', url.len);

	if (equals == NULL)
		return false;
	struct slice value = slice_from(url, (size_t)(equals + 1 - url.data));
	size_t colon = slice_find_byte(value, ':');
	return slice_equal_nocase(slice_until(value, colon), SLICE_TEXT("urn")) &&
	       (colon == value.len || slice_find_byte(slice_from(value, colon + 1), ':') == value.len - colon - 1);
}

/* DNS:host, arn:aws:ses: what kind of name follows. */
static bool is_kind_of_name(struct slice word)
{
	static const char *const kinds[] = {"DNS", "URI", "IP", "arn", "urn"};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (word.len == strlen(kinds[i]) && memcmp(word.data, kinds[i], word.len) == 0)
			return true;
	return slice_equal_nocase(word, SLICE_TEXT("email"));
}

/* host:443:7e83ca2a: the port of a service, and what a scan found behind it. */
static bool is_service_port(struct slice word)
{
	static const char *const ports[] = {"21", "22", "25", "53", "80", "110", "143", "389", "443", "445", "465", "587", "636", "993",
		"995", "1433", "1521", "3306", "3389", "5432", "5900", "6379", "8000", "8080", "8443", "9200", "27017"};

	for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
		if (slice_equal_nocase(word, slice_of(ports[i])))
			return true;
	return false;
}

/* ROYALPOST/jdoe: a Windows domain in capitals and a user, not text/css. */
static bool is_slash_logon(struct slice login)
{
	size_t from, to, slash = slice_find_byte(login, '/');

	for (size_t i = 0; i < slash; i++)
		if (login.data[i] >= 'a' && login.data[i] <= 'z')
			return false;
	return slash >= 3 && slash + 1 < login.len && !line_all_digits(slice_until(login, slash)) &&
	       (unsigned char)((login.data[slash + 1] | 0x20) - 'a') < 26 && token_logon(login, 0, &from, &to) && from == 0 &&
	       to == login.len;
}

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
	struct slice secret = line_value_at(work, at + inner.len, inner.kind, &end);
	if (one_of(inner.kind, "|;,\t") && secret.data == line.data + at + inner.len)
		secret = first_column(work, secret, outer->kind, &inner);
	struct line_reading reading = {.order = LINE_URL_LOGIN_SECRET,
		.account = line_between(line, login, login_end),
		.secret = secret,
		.url = line_between(line, url->from, url_end),
		.outer = outer->kind,
		.inner = inner.kind,
		.end = end,
		.fields = 1,
		.look = token_look(secret)};
	struct hash_shape shape;
	reading.hash = line_is_hash(work, secret, &shape);
	int login_speaks = line_login_evidence(work, reading.account);
	reading.evidence =
		(url->scheme ? 3 : 1) - (url->scheme && inner.kind != ':') + line_separator_evidence(&inner) + login_speaks + work->lead;
	reading.evidence += reading.hash ? 4 : line_look_evidence(work, secret, reading.look, &inner);
	if (reading.hash && shape.ambiguous && names_digits(work, reading.account, outer, &inner))
		reading.evidence -= 10;
	if ((reading.look == LOOK_OTHER || reading.look == LOOK_PORT) && inner.kind == ':' && !inner.before && !inner.behind &&
		!token_is_ip(secret))
		reading.evidence += 2;
	if (outer->kind == ':' && url_end == url->authority_end && !url->port && line_all_digits(reading.account) &&
		reading.account.len <= 5 && reading.look < LOOK_FAIR)
		reading.evidence -= 4;
	if (outer->kind == ':' && url_end == url->authority_end && !url->port && is_service_port(reading.account))
		reading.evidence -= 8;
	if (inner.kind == ':' && line_is_port_of_string(work, login, secret))
		reading.evidence -= 8;
	if (is_kind_of_name(reading.account))
		reading.evidence -= 8;
	/* fetch "https://host/file" "name" word: arguments of a command, some in quotes */
	if (inner.kind == ' ' && login_end < line.len && one_of(line.data[login_end], "\"'`") && secret.data == line.data + at + inner.len)
		reading.evidence -= 8;
	if (outer->kind == ':' && url_end > url->authority_end && is_place(reading.url, reading.account, secret))
		reading.evidence -= 6;
	struct slice path = line_between(line, url->authority_end, url_end);
	/* "https://host/;user" is no path; "https://host/;jsessionid=1" is */
	bool mark_in_path = outer->kind == ';' && slice_find_byte(path, ';') < path.len && slice_find_byte(path, '=') == path.len;
	if (holds_fields(reading.url) || mark_in_path)
		reading.evidence -= 6;
	/* https://host/;user;secret: nothing else is written so */
	if (url->scheme && url->from == 0 && outer->kind == inner.kind && outer->len == 1 && inner.len == 1 && one_of(inner.kind, "|;"))
		reading.evidence += is_slash_logon(reading.account) ? 5 : 1;
	if (outer->kind == ',' && slice_find_byte(path, ',') < path.len)
		reading.evidence -= 3;
	/* ?scid=kb;en-us;310294, ?tags=a,b,c: marks of the query's own */
	bool weak = line_all_digits(secret) || is_language(reading.account) || (outer->kind == ',' && reading.look <= LOOK_WORD);
	if (weak && one_of(outer->kind, ",;") && outer->len == 1 && slice_find_byte(path, '?') < path.len)
		reading.evidence -= 6;
	if ((outer->kind != ':' && slice_find_nocase(secret, "://") < secret.len) || (url->scheme && slice_find_byte(path, '[') < path.len))
		reading.evidence -= 6;
	/* "version": "https://...", "revision": "20160819": the next member of an object */
	if (outer->kind == ',' && inner.kind == ':' && login_end < line.len && line.data[login_end] == '"' && login > 0 &&
		line.data[login - 1] == '"')
		reading.evidence -= 10;
	/* https://host/page,2026-05-04T10:22:33Z */
	if (outer->kind == ':' && path.len > 13 && line_is_cut_time(slice_from(path, path.len - 13)))
		reading.evidence -= 10;
	if (inner.twice && is_scope(reading.account, secret))
		reading.evidence -= 8;
	if (is_query(reading.url, secret))
		reading.evidence -= 10;
	if (inner.kind == ' ' && outer->kind != ' ' && outer->kind != '\t')
		reading.evidence -= 3;
	/* "see https://host/page). Note: this" goes on in prose */
	if (outer->kind == ' ' && inner.behind && !inner.before && login_speaks < 2)
		reading.evidence -= 4;
	if (outer->kind == ' ' && one_of(line.data[url_end - 1], ".,)]}>"))
		reading.evidence -= 2;
	if (slice_find_byte(reading.url, '{') < reading.url.len)
		reading.evidence -= 4;
	if (inner.kind == ' ' && login_speaks < 2 && line_has_prose(work, reading.account))
		reading.evidence -= 3;
	/* "host Database: shop", "host login page" */
	if (inner.kind == ' ' && (reading.account.data[reading.account.len - 1] == ':' || is_key(work, reading.account)))
		reading.evidence -= 8;
	reading.evidence += line_vote_evidence(work);
	if (!reading.hash && !url->scheme && reading.evidence > LINE_ENOUGH && line_is_of_category(work, secret))
		reading.evidence = LINE_ENOUGH;
	/* "https://host/path:John Doe:secret": the blank is the name's */
	bool named = outer->kind == ' ' && inner.kind == ':' && slice_find_byte(path, ':') < path.len;
	line_consider(work, &reading, (outer->kind == inner.kind ? 3 : 0) - place - (named ? 16 : 0) - (is_cut_urn(reading.url) ? 8 : 0));
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
		bool same = line.data[at] == outer->kind || (outer->kind == ' ' && line_is_blank(line.data[at]));
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
		.account = line_between(line, url->user_from, url->user_to),
		.secret = line_between(line, url->secret_from, url->secret_to),
		.url = line_between(line, url->from, limit),
		.outer = '@',
		.inner = ':',
		.end = limit,
		.fields = 1,
		.percent = true,
		.look = LOOK_STRONG,
		.evidence = 8};

	line_consider(work, &reading, 0);
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
void line_url_first(struct work *work, size_t from)
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

/* Where login and secret of "login:secret:URL" end, and what stands between the secret and the URL; false where they do not. */
static bool ends_before_url(struct slice line, const struct token_url *url, size_t *secret_end, char *outer)
{
	size_t end = url->from;

	while (end > 0 && one_of(line.data[end - 1], " \t"))
		end--;
	*outer = end < url->from ? ' ' : 0;
	if (end > 1 && line.data[end - 1] == '>' && end == url->from && !one_of(line.data[end - 2], "-="))
		return false;
	if (end > 0 && one_of(line.data[end - 1], ":;|,->=@")) {
		*outer = line.data[--end];
		while (end > 0 && one_of(line.data[end - 1], " \t-=>"))
			end--;
	}
	*secret_end = end;
	/* an address of the hosts file; "(See https://...)"; host=https://... */
	if (token_is_ip(slice_until(line, end)))
		return false;
	/* "krbtgt/CORP @ CORP" */
	return *outer != 0 && !(*outer == '@' && !url->scheme && line_is_blank(line.data[url->from - 1]));
}

/* DNS:one.example,DNS:two.example: pairs in a row, each with its kind before it. */
static bool is_kind_again(struct slice account, struct slice secret)
{
	if (secret.len <= account.len + 1 || !one_of(secret.data[secret.len - account.len - 1], ",; |"))
		return false;
	return slice_equal_nocase(slice_from(secret, secret.len - account.len), account);
}

/* What speaks for login:secret:URL, and against it. */
static int url_last_evidence(const struct work *work, const struct token_url *url, const struct token_separator *inner, bool address,
	const struct line_reading *reading)
{
	int evidence = (url->scheme ? 3 : 1) + line_separator_evidence(inner) + line_login_evidence(work, reading->account);

	evidence += reading->hash ? 4 : line_look_evidence(work, reading->secret, reading->look, inner);
	if (address)
		return evidence;
	if (inner->kind == ' ')
		evidence -= 3;
	if (reading->look < LOOK_FAIR && line_is_blank(work->line.data[url->from - 1]) && inner->kind == ':')
		evidence -= 5;
	if (inner->before || inner->behind)
		evidence -= reading->look < LOOK_FAIR ? 3 : 1;
	if (inner->kind == ',' && inner->behind)
		evidence -= 2;
	if (is_kind_again(reading->account, reading->secret) || is_kind_of_name(reading->account))
		evidence -= 10;
	if (reading->outer == ',' && inner->behind && !inner->before) /* "Language: FlexWiki, https://..." */
		evidence -= 4;
	return evidence;
}

/* jdoe:secret:https://host/ where the login is no address: only the URL tells that it is one. */
void line_url_last(struct work *work, size_t url_from)
{
	struct slice line = work->line;
	struct token_separator inner;
	struct token_url url;
	size_t secret_end, login_end = 0, stop = url_from;
	char outer;

	if (!token_url(line, url_from, &url) || url.user_from != 0 || !ends_before_url(line, &url, &secret_end, &outer))
		return;
	while (login_end < secret_end && !one_of(line.data[login_end], ":;|,\t "))
		login_end++;
	if (login_end == 0 || !token_separator(line, login_end, &inner) || login_end + inner.len >= secret_end)
		return;
	while (stop < line.len && !one_of(line.data[stop], " \t\"'`<>"))
		stop++;
	struct line_reading reading = {.order = LINE_LOGIN_SECRET_URL,
		.account = line_between(line, 0, login_end),
		.secret = line_unquote(slice_trim(line_between(line, login_end + inner.len, secret_end))),
		.url = line_between(line, url_from, stop),
		.outer = outer,
		.inner = inner.kind,
		.end = stop,
		.fields = 1};
	struct hash_shape shape;
	reading.look = token_look(reading.secret);
	reading.hash = line_is_hash(work, reading.secret, &shape);
	bool address = line_login_evidence(work, reading.account) >= 2;
	if (!address && slice_find_nocase(reading.secret, "://") < reading.secret.len)
		return;
	if (reading.secret.len > 0 && one_of(reading.secret.data[0], "([<") && !one_of(reading.secret.data[reading.secret.len - 1], ")]>"))
		return;
	if (outer == '=' && keys_block_role(work->tables->keys, reading.secret) == KEY_HOST)
		return;
	reading.evidence = url_last_evidence(work, &url, &inner, address, &reading) + line_vote_evidence(work);
	line_consider(work, &reading, -1);
}
