/* Readings that begin with the log-in: login:secret, records with a log-in and a secret among their fields. */
#include "inspect/records/line_work.h"
#include "inspect/rules/cracked.h"
#include "shared/byteset.h"

static bool salt_shaped(struct slice salt)
{
	return salt.len > 2 && salt.len <= 64 && !line_all_digits(salt) && token_look(salt) >= LOOK_FAIR;
}

/* email:secret:hash, where the hash is that of the secret. */
static bool proven_fields(const struct slice *fields, size_t count, struct line_reading *reading)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < count; k++)
			if (i != k && cracked_is_of(line_unquote(fields[i]), SLICE_NONE, line_unquote(fields[k]))) {
				reading->secret = line_unquote(fields[k]);
				reading->look = LOOK_STRONG;
				reading->evidence += 4;
				return true;
			}
	return false;
}

/* A hash among the fields is the secret, with the salt behind it. */
static bool hash_field(const struct work *work, struct slice rest, const struct slice *fields, size_t count, struct line_reading *reading)
{
	struct hash_shape shape;

	for (size_t i = 0; i < count; i++) {
		struct slice field = line_unquote(fields[i]);
		struct slice tail = {field.data, (size_t)(rest.data + rest.len - field.data)};
		bool address = i + 1 < count && token_is_ip(line_unquote(fields[i + 1]));
		if (i == 0 && !address && reading->inner == ':' && memchr(rest.data, ' ', rest.len) == NULL &&
			line_is_hash(work, rest, &shape)) {
			reading->secret = rest;
		} else if (!line_is_hash(work, field, &shape)) {
			continue;
		} else if (reading->inner == ':' && !address && line_is_hash(work, tail, &shape)) {
			reading->secret = tail;
		} else {
			reading->secret = field;
			struct slice next = i + 1 < count ? line_unquote(fields[i + 1]) : SLICE_NONE;
			if (shape.salted && i + 2 == count &&
				token_look(next) == LOOK_STRONG) { /* $2y$..:secret, of a list of cracked ones */
				reading->secret = next;
				reading->look = LOOK_STRONG;
				reading->evidence += 4;
				return true;
			}
			if (!shape.salted && salt_shaped(next) &&
				!line_resembles(next, slice_until(reading->account, slice_find_byte(reading->account, '@'))))
				reading->salt = next;
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

/* shop.test/login: a host with a path and no scheme. */
static bool is_page(struct slice field)
{
	struct token_url url;

	return token_url(field, 0, &url) && !url.scheme && !url.address && url.authority_end < field.len &&
	       field.data[url.authority_end] == '/' && token_is_host(slice_until(field, url.authority_end)) &&
	       slice_find_byte(field, ' ') == field.len;
}

/* Which of the fields behind the login is its secret. */
static size_t secret_field(const struct slice *fields, size_t count, char kind, struct line_reading *reading)
{
	size_t first = 0;

	while (first < count &&
		(fields[first].len == 0 || token_is_ip(line_unquote(fields[first])) ||
			(first + 1 < count && slice_equal_nocase(fields[first], reading->account)))) /* the log-in once more */
		first++;
	if (first + 1 < count && token_scheme_next(fields[first], 0) == 0) {
		reading->url = line_unquote(fields[first++]);
		reading->order = LINE_LOGIN_URL_SECRET;
		reading->evidence += 2;
	}
	if (kind == ':' || first >= count || token_look(line_unquote(fields[first])) >= LOOK_FAIR)
		return first;
	for (size_t i = first + 1; i < count && i < first + 4; i++) {
		if (token_look(line_unquote(fields[i])) >= LOOK_FAIR) {
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
	size_t scheme = token_scheme_next(*secret, 1), end = scheme;

	while (end > 1 && line_is_blank(secret->data[end - 1]))
		end--;
	if (scheme < secret->len && end > 1 && secret->data[end - 1] == reading->inner) {
		reading->url = slice_from(*secret, scheme);
		secret->len = end - 1;
		reading->order = LINE_LOGIN_SECRET_URL;
		reading->evidence += 2;
	} else if ((is_service(last) || is_page(last)) && last.data != NULL && last.data > secret->data + 1) {
		reading->url = last;
		secret->len = (size_t)(last.data - secret->data) - 1;
		reading->order = LINE_LOGIN_SECRET_URL;
		reading->evidence += 1;
	} else if ((token_is_ip(last) || (last.len > 1 && last.data[0] == '+' && token_is_phone(last))) && last.data > secret->data + 1) {
		secret->len = (size_t)(last.data - secret->data) - 1;
	}
	*secret = slice_trim(*secret);
}

/* address:x:y in a list of such lines: its secret is the column that looks like one in all of them; -1 when both or none do. */
static int voted_column(const struct work *work, size_t count, char kind)
{
	const struct line_vote *vote = work->vote;

	if (kind != ':' || count != 2 || vote == NULL || vote->threes < 2 || vote->threes * 4 < vote->lists * 3)
		return -1;
	if (vote->thirds * 2 >= vote->threes && vote->seconds == 0) /* names, after what the address is */
		return 1;
	if (vote->thirds == vote->threes && vote->seconds * 2 <= vote->threes)
		return 1;
	return vote->seconds == vote->threes && vote->thirds == 0 ? 0 : -1;
}

/* A sign that secrets hold and columns of a table do not: "$7" is a price, "#7" a number, "7%" a share. */
static bool holds_sign(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		bool digit_before = i > 0 && line_all_digits(line_between(text, i - 1, i));
		bool digit_behind = i + 1 < text.len && line_all_digits(line_between(text, i + 1, i + 2));

		if (one_of(text.data[i], "!^~") || (one_of(text.data[i], "$#") && !digit_behind) || (text.data[i] == '%' && !digit_before))
			return true;
	}
	return false;
}

/*
 * Whether all behind the login is the secret, separators and all: behind a colon, where the lines around hold no more than a login
 * and a secret, and where a line alone holds what is no table's.
 */
static bool rest_is_secret(const struct work *work, struct slice rest, char kind, struct slice first)
{
	const struct line_vote *vote = work->vote;

	if (kind == ':' || (vote != NULL && vote->lists >= 2 && vote->fields == 1))
		return true;
	if (kind == '\t' || first.len == 0 || token_is_ip(line_unquote(first)) || token_scheme_next(first, 0) == 0)
		return false;
	if (vote != NULL && vote->separator == kind && vote->parted > 0)
		return vote->singles * 4 > vote->parted * 3;
	return one_of(kind, ";|") && slice_find_byte(rest, ' ') == rest.len && token_look(line_unquote(first)) < LOOK_FAIR &&
	       token_look(rest) == LOOK_STRONG && holds_sign(rest);
}

static void fields_read(const struct work *work, struct slice rest, struct line_reading *reading)
{
	struct slice fields[FIELDS];
	size_t count = line_fields_split(rest, reading->inner, fields);

	if (count == FIELDS || proven_fields(fields, count, reading) || hash_field(work, rest, fields, count, reading))
		return;
	reading->fields = (unsigned)count;
	int voted = voted_column(work, count, reading->inner);
	if (voted >= 0 && token_look(fields[voted]) >= LOOK_WORD && !is_service(fields[1]) && !is_page(fields[1])) {
		reading->secret = fields[voted];
		return;
	}
	bool whole = rest_is_secret(work, rest, reading->inner, fields[0]);
	size_t chosen = whole && reading->inner != ':' ? 0 : secret_field(fields, count, reading->inner, reading);
	if (chosen >= count) {
		reading->secret = SLICE_NONE;
		return;
	}
	struct slice secret = {fields[chosen].data, (size_t)(rest.data + rest.len - fields[chosen].data)};
	if (whole)
		colon_tail(fields, count, chosen, &secret, reading);
	else
		secret = fields[chosen];
	for (size_t i = chosen + 1; !whole && i < count && reading->url.data == NULL; i++) {
		if (fields[i].len > 0 && (token_scheme_next(fields[i], 0) == 0 || is_service(fields[i]))) {
			reading->url = line_unquote(fields[i]);
			reading->order = LINE_LOGIN_SECRET_URL;
			reading->evidence += token_scheme_next(fields[i], 0) == 0 ? 2 : 0;
		}
	}
	if (reading->inner == '|' && secret.len > 1 && secret.data[secret.len - 1] == '|') /* |jdoe@...|x| */
		secret = slice_trim(slice_until(secret, secret.len - 1));
	reading->secret = line_unquote(secret);
	if (!whole && count > 2 && token_look(reading->secret) < LOOK_FAIR)
		reading->evidence -= 2;
}

/* " https://..." behind the secret: login:secret url. */
static void blank_tail(struct slice line, size_t from, size_t *end, struct line_reading *reading)
{
	size_t scheme = token_scheme_next(line_between(line, 0, *end), from);

	if (scheme > from + 1 && scheme < *end && line_is_blank(line.data[scheme - 1])) {
		struct slice url = line_between(line, scheme, *end);
		size_t stop = slice_find_byte(url, ' ');
		reading->url = slice_until(url, stop);
		reading->order = LINE_LOGIN_SECRET_URL;
		reading->evidence += 2;
		*end = scheme;
		while (*end > from && one_of(line.data[*end - 1], " \t-|,;>=:"))
			(*end)--;
	}
}

/* user:secret@192.0.2.7:3389: the machine it opens. */
static void address_behind(struct line_reading *reading)
{
	const char *sign = reading->secret.len > 0 ? memrchr(reading->secret.data, '@', reading->secret.len) : NULL;
	size_t at = sign != NULL ? (size_t)(sign - reading->secret.data) : 0;
	struct slice host = slice_from(reading->secret, at + 1);
	struct token_url url;

	if (at == 0 || reading->url.len > 0 || !token_url(host, 0, &url) || !url.address || url.authority_end != host.len)
		return;
	reading->url = host;
	reading->secret.len = at;
}

/* "address | name | hash": a hash among the fields that blanks and a sign part, or what was hashed beside it. */
static void spaced_hash(const struct work *work, size_t from, const struct token_separator *inner, struct line_reading *reading)
{
	struct slice line = work->line, separator = line_between(line, from - inner->len, from), fields[FIELDS];
	struct hash_shape shape;
	size_t count = 0, hash = FIELDS;

	for (size_t at = from; at < line.len && count < FIELDS; count++) {
		const char *next = memmem(line.data + at, line.len - at, separator.data, separator.len);
		size_t end = next != NULL ? (size_t)(next - line.data) : line.len;

		fields[count] = slice_trim(line_between(line, at, end));
		if (hash == FIELDS && line_is_hash(work, line_unquote(fields[count]), &shape))
			hash = count;
		at = end + separator.len;
	}
	if (hash == FIELDS || proven_fields(fields, count, reading))
		return;
	reading->secret = line_unquote(fields[hash]);
	reading->hash = true;
	reading->evidence += 4;
	reading->end = (size_t)(fields[hash].data + fields[hash].len - line.data);
}

/* "address | secret | https://...": behind the same separator once more. */
static void spaced_tail(struct slice line, char kind, size_t *end, struct line_reading *reading)
{
	struct token_separator separator;
	size_t at = *end;

	if (reading->url.len > 0 || at >= line.len || !token_separator(line, at, &separator) || separator.kind != kind)
		return;
	struct slice url = slice_from(line, at + separator.len);
	if (url.len == 0 || token_scheme_next(url, 0) != 0)
		return;
	reading->url = slice_until(url, slice_find_byte(url, ' '));
	reading->order = LINE_LOGIN_SECRET_URL;
	reading->evidence += 2;
	*end = (size_t)(reading->url.data + reading->url.len - line.data);
}

/* What stands before the login: nothing, fields of the record, a label, a sentence. */
static int prefix_evidence(const struct work *work, size_t login, char inner, struct line_reading *reading)
{
	struct slice prefix = slice_trim(line_between(work->line, 0, login));
	struct token_url url;

	while (prefix.len > 0 && one_of(prefix.data[prefix.len - 1], "\"'`([{<"))
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
	/* .../serviceAccounts/address:verb */
	if (sign == '/' && login > 0 && work->line.data[login - 1] == '/')
		return -4;
	if (sign == inner && line_word_count(before) <= 3 && inner != ' ')
		return 1;
	if (one_of(sign, ":=>-|])\xbb") && line_word_count(before) <= 4)
		return line_has_prose(work, before) ? -1 : 0;
	if (line_word_count(prefix) == 1 || !line_has_prose(work, prefix))
		return token_look(prefix) <= LOOK_OTHER || line_all_digits(prefix) ? 0 : -1;
	return -2;
}

/* address | hash | secret: what stands behind the hash and proves to be what was hashed. */
static void proven_field(struct slice line, char kind, size_t at, struct line_reading *reading)
{
	struct token_separator separator;

	if (at >= line.len || !token_separator(line, at, &separator) || separator.kind != kind || at + separator.len >= line.len)
		return;
	struct slice field = slice_trim(slice_from(line, at + separator.len));
	field = line_unquote(slice_trim(slice_until(field, slice_find_byte(field, kind))));
	if (!cracked_proves(reading->secret, field))
		return;
	reading->secret = field;
	reading->hash = false;
}

/* \n, \r or \t of a string of source code ends at `at`. */
static bool escape_ends(struct slice line, size_t at)
{
	return at >= 2 && line.data[at - 2] == '\\' && one_of(line.data[at - 1], "nrt") && (at == 2 || line.data[at - 3] != '\\');
}

/* The quote that opens the string of source code which the text at from begins, or a line of it; 0: none. */
static char string_quote(struct slice line, size_t from)
{
	if (from > 0 && one_of(line.data[from - 1], "\"'`"))
		return line.data[from - 1];
	for (size_t at = escape_ends(line, from) ? from - 2 : 0; at > 0; at--) {
		if (one_of(line.data[at - 1], "\"'`") && (at == 1 || line.data[at - 2] != '\\'))
			return line.data[at - 1];
	}
	return 0;
}

/* Of the value that begins at from, within such a string: where its line or the string ends; line.len where neither shows. */
static size_t string_end(struct slice line, size_t from, char quote)
{
	size_t first = line.len;

	for (size_t at = from; at < line.len; at++) {
		if (first == line.len && escape_ends(line, at + 1) && at >= from + 1)
			first = at - 1;
		if (line.data[at] == quote && line.data[at - 1] != '\\' &&
			(at + 1 == line.len || one_of(line.data[at + 1], " \t,;:)]}>+.")))
			return first < at ? first : at;
	}
	return line.len;
}

/* address:hash:name: a name like the address is no salt. */
static void name_off_hash(const struct work *work, struct line_reading *reading)
{
	struct slice local = slice_until(reading->account, slice_find_byte(reading->account, '@')), secret = reading->secret;
	size_t colon = slice_find_byte(secret, ':');
	struct hash_shape shape;

	if (colon < secret.len && line_resembles(slice_from(secret, colon + 1), local) &&
		line_is_hash(work, slice_until(secret, colon), &shape))
		reading->secret.len = colon;
}

/* What speaks for the secret of address:secret, and against it. */
static void weigh_first(struct work *work, size_t from, const struct token_separator *inner, bool in_quotes, struct line_reading *reading)
{
	const struct line_vote *vote = work->vote;

	/* the comma that ends every line of a list */
	if (vote != NULL && vote->commas > 0 && vote->commas == vote->likely && reading->secret.len > 1 &&
		reading->secret.data[reading->secret.len - 1] == ',')
		reading->secret.len--;
	if (reading->hash)
		name_off_hash(work, reading);
	else if (inner->kind == ':')
		address_behind(reading);
	/* jdoe@host/phone:away is where somebody chats from */
	if (inner->kind == '/' && !inner->behind && slice_find_byte(reading->secret, ':') < reading->secret.len)
		reading->evidence -= 2;
	reading->evidence += prefix_evidence(work, from, inner->kind, reading) + line_separator_evidence(inner);
	reading->look = reading->hash ? LOOK_STRONG : token_look(reading->secret);
	if (!reading->hash)
		reading->evidence += line_look_evidence(work, reading->secret, reading->look, inner);
	if (slice_find_byte(reading->secret, ':') < reading->secret.len && line_is_persons_name(reading->secret, reading->account))
		reading->evidence -= 20;
	if (reading->look == LOOK_SENTENCE && line_is_persons_name(reading->secret, reading->account))
		reading->evidence -= 4;
	if (in_quotes && reading->look >= LOOK_NAME)
		reading->evidence += 1;
	if (inner->kind == ':' && line_is_port_of_string(work, from, reading->secret))
		reading->evidence -= 10;
	reading->evidence += line_vote_evidence(work);
	/* address:DE:Berlin: neither column looks like a secret in any line */
	bool columns = vote != NULL && reading->fields == 2 && vote->threes >= 4 && vote->seconds == 0 && vote->thirds == 0;
	if (!reading->hash && reading->evidence > LINE_ENOUGH && (columns || line_is_of_category(work, reading->secret)))
		reading->evidence = LINE_ENOUGH;
}

/* "jdoe@host.:secret", "jdoe@host. | secret": the dot of the root, where no sentence goes on. */
static size_t root_dot(struct slice line, size_t at)
{
	struct token_separator separator;

	if (at >= line.len || line.data[at] != '.' || !token_separator(line, at + 1, &separator) || at + 1 + separator.len >= line.len)
		return 0;
	return one_of(separator.kind, ":;|\t") && separator.before == separator.behind ? 1 : 0;
}

/* What begins at start, behind the separator inner: a hash, several fields, or all of it the secret. */
static void rest_read(struct work *work, size_t start, struct slice rest, const struct token_separator *inner, bool in_quotes,
	struct line_reading *reading)
{
	struct slice line = work->line;
	struct hash_shape shape;
	size_t colon = slice_find_byte(rest, ':');
	bool address = inner->kind == ':' && colon + 1 < rest.len && token_is_ip(slice_from(rest, colon + 1));
	bool spaced = inner->before && inner->behind;

	reading->fields = 1;
	reading->secret = rest;
	if (!address && line_is_hash(work, rest, &shape)) {
		reading->hash = true;
		reading->evidence += 4;
		proven_field(line, inner->kind, start + rest.len, reading);
	} else if (!in_quotes && one_of(inner->kind, ":;|,\t") && !(inner->kind == '|' && spaced) &&
		   (inner->kind == '\t' || memchr(rest.data, inner->kind, rest.len) != NULL)) {
		fields_read(work, inner->kind == '\t' ? line_between(line, start, line.len) : rest, reading);
	}
	if (!reading->hash && spaced && inner->kind != ' ')
		spaced_hash(work, start, inner, reading);
}

/* The line from the login [from, to) on: login, separator, secret and what may follow. */
void line_login_first(struct work *work, size_t from, size_t to)
{
	struct slice line = work->line;
	char quote;
	struct token_separator inner;
	size_t at = to, end;

	if (escape_ends(line, from + 1) && string_quote(line, from + 1) != 0)
		from++; /* "...\njdoe@..." */
	struct line_reading reading = {.order = LINE_LOGIN_SECRET, .account = line_between(line, from, to)};

	if (at < line.len && from > 0 &&
		(one_of(line.data[at], "\"'`") ? line.data[from - 1] == line.data[at] : line.data[from - 1] == '<' && line.data[at] == '>'))
		at++;
	at += root_dot(line, at);
	if (!token_separator(line, at, &inner) || at + inner.len >= line.len)
		return;
	if (from >= 3 && memcmp(line.data + from - 3, "://", 3) == 0) /* redis://secret@host:6379 */
		return;
	/* address/secret is a whole line; else it is a path */
	if (inner.kind == '/' && !inner.behind && (from > 0 || memchr(line.data + at + 1, '/', line.len - at - 1) != NULL))
		return;
	/* "address (John)", "address [1]": a remark */
	if (inner.kind == ' ' && one_of(line.data[at + inner.len], "([<{"))
		return;
	reading.inner = inner.kind;
	size_t start = at + inner.len;
	struct slice rest = line_value_at(work, start, inner.kind, &end);
	reading.end = end;
	if (rest.data == line.data + start && rest.len > 0) {
		size_t stop = start + rest.len;
		blank_tail(line, start, &stop, &reading);
		rest = slice_trim(line_between(line, start, stop));
		spaced_tail(line, inner.kind, &reading.end, &reading);
	}
	bool in_quotes = rest.data != line.data + start;
	if (!in_quotes && (quote = string_quote(line, from)) != 0 && quote != line.data[to]) {
		size_t stop = string_end(line, start, quote);

		if (stop < start + rest.len) {
			rest = slice_trim(line_between(line, start, stop));
			reading.end = stop;
		}
	}
	struct slice word = slice_until(rest, slice_find_byte(rest, ' '));
	if (inner.kind == ' ' && word.len < rest.len && cracked_proves(word, slice_trim(slice_from(rest, word.len)))) {
		rest = slice_trim(slice_from(rest, word.len)); /* address hash secret */
		reading.evidence += 4;
	}
	rest_read(work, start, rest, &inner, in_quotes, &reading);
	weigh_first(work, from, &inner, in_quotes, &reading);
	line_consider(work, &reading, 0);
}

/* https://host/:secret:address, as the lines around are. */
void line_url_reversed(struct work *work, size_t from, size_t to)
{
	struct slice line = work->line;
	char kind = from > 0 ? line.data[from - 1] : 0;
	struct token_url url;
	struct hash_shape shape;

	if (work->vote == NULL || work->vote->reversed < 2 || to != line.len || !one_of(kind, ":;|,\t ") || !token_url(line, 0, &url) ||
		!url.scheme || url.authority_end >= from - 1)
		return;
	size_t begin = from - 1;
	while (begin > url.authority_end && line.data[begin - 1] != kind)
		begin--;
	if (begin == url.authority_end)
		return;
	struct line_reading reading = {.order = LINE_URL_SECRET_LOGIN,
		.account = line_between(line, from, to),
		.secret = line_unquote(slice_trim(line_between(line, begin, from - 1))),
		.url = line_between(line, 0, begin - 1),
		.outer = kind,
		.inner = kind,
		.end = to,
		.fields = 1};
	reading.hash = line_is_hash(work, reading.secret, &shape);
	reading.look = reading.hash ? LOOK_STRONG : token_look(reading.secret);
	reading.evidence = reading.look >= LOOK_WORD ? LINE_ENOUGH + 2 : 0;
	line_consider(work, &reading, 0);
}

/* secret:address in a list of such lines: most fronts look like secrets, and some hold what no user name does. */
static bool front_is_secret(const struct work *work, struct slice front)
{
	const struct line_vote *vote = work->vote;

	return vote != NULL && vote->fronts >= 3 && vote->fronts * 4 > vote->ends * 3 && vote->signs * 6 >= vote->fronts &&
	       token_look(front) >= LOOK_FAIR;
}

/* "hash => address", hash::address: nothing but a hash stands before what parts them. */
static bool hash_before(struct work *work, size_t from, size_t to)
{
	size_t end = from;
	struct hash_shape shape;

	while (end > 0 && one_of(work->line.data[end - 1], " \t:;|,-=>"))
		end--;
	struct slice hash = line_unquote(slice_until(work->line, end));
	if (end == 0 || end == from || !line_is_hash(work, hash, &shape))
		return false;
	struct line_reading reading = {.order = LINE_LOGIN_SECRET,
		.account = line_between(work->line, from, to),
		.secret = hash,
		.inner = work->line.data[end],
		.end = to,
		.fields = 1,
		.hash = true,
		.look = LOOK_STRONG,
		.evidence = LINE_ENOUGH + 1 + line_vote_evidence(work)};
	line_consider(work, &reading, -2);
	return true;
}

/* user:secret:address: the address last, the secret a hash or a strong one right before it. */
void line_login_last(struct work *work, size_t from, size_t to)
{
	struct slice line = work->line, fields[FIELDS];
	size_t sign = line_sign_before(line, from);
	char kind = line.data[sign];
	struct hash_shape shape;

	if (to != line.len || hash_before(work, from, to) || sign == 0)
		return;
	size_t count = line_fields_split(line_between(line, 0, sign), kind, fields);
	bool front = count == 1 && front_is_secret(work, fields[0]);
	if (count < 1 || count > 4 || (count == 1 && !front && !line_is_hash(work, line_unquote(fields[0]), &shape)))
		return;
	struct line_reading reading = {
		.order = LINE_LOGIN_SECRET, .account = line_between(line, from, to), .inner = kind, .end = to, .fields = (unsigned)count};
	reading.secret = line_unquote(fields[count - 1]);
	reading.hash = line_is_hash(work, reading.secret, &shape);
	reading.look = reading.hash ? LOOK_STRONG : token_look(reading.secret);
	if (!front && (reading.look < LOOK_STRONG || (!reading.hash && line_login_evidence(work, line_unquote(fields[0])) < 0)))
		return;
	reading.evidence = kind == ':' || front ? LINE_ENOUGH + 1 : LINE_ENOUGH - !reading.hash;
	reading.evidence += line_vote_evidence(work);
	line_consider(work, &reading, -2);
}

/* sip:joe@host:5060, mailto:joe@host:25. */
static bool is_scheme(struct slice word)
{
	static const char *const schemes[] = {
		"sip", "sips", "mailto", "xmpp", "acct", "im", "tel", "ssh", "git", "svn", "hg", "rsync", "news"};

	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (slice_equal_nocase(word, slice_of(schemes[i])))
			return true;
	return false;
}

/* user:secret@host:port without a scheme: a proxy or a jump host; the port or a path tells it from user:address. */
void line_userinfo_without_scheme(struct work *work, size_t from, size_t to)
{
	struct slice line = work->line;
	size_t sign = from + slice_find_byte(line_between(line, from, to), '@'), start = sign, port = 0;

	while (start > 0 && !one_of(line.data[start - 1], " \t\"'`,;|<>()"))
		start--;
	size_t colon = start + slice_find_byte(line_between(line, start, sign), ':');
	if (colon >= sign || colon == start || colon + 1 == sign || to >= line.len || line.data[to] != ':')
		return;
	while (to + 1 + port < line.len && port < 6 && line.data[to + 1 + port] >= '0' && line.data[to + 1 + port] <= '9')
		port++;
	size_t end = to + 1 + port;
	if (port < 2 || port > 5 || (end < line.len && !one_of(line.data[end], " \t/\"'`")))
		return;
	if (is_scheme(line_between(line, start, colon)))
		return;
	struct line_reading reading = {.order = LINE_USERINFO,
		.account = line_between(line, start, colon),
		.secret = line_between(line, colon + 1, sign),
		.url = line_between(line, sign + 1, end),
		.outer = '@',
		.inner = ':',
		.end = end,
		.fields = 1};
	reading.look = token_look(reading.secret);
	struct token_separator inner = {.kind = ':', .len = 1};
	reading.evidence = line_login_evidence(work, reading.account) + line_look_evidence(work, reading.secret, reading.look, &inner) + 2;
	line_consider(work, &reading, 4);
}
