/* One line that names its fields: "user: x | password: y", "user=x&password=y", fragments of JSON and code. */
#include <string.h>

#include "inspect/records/block_values.h"
#include "inspect/records/keys.h"
#include "inspect/records/line.h"

enum { LABELS = 24, LABEL_BYTES = 40 };

struct label {
	enum key_role role;
	size_t from, value; /* where the key begins and the value */
	bool equals;        /* '=' and not ':' */
};

static bool is_key_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || one_of(c, "_-.$@!") ||
	       (unsigned char)c >= 0x80;
}

static bool role_counts(enum key_role role)
{
	return role == KEY_USER || role == KEY_EMAIL || role == KEY_PASSWORD || role == KEY_HASH || role == KEY_SALT || role == KEY_HOST ||
	       role == KEY_SOFTWARE || role == KEY_PROFILE || role == KEY_PORT;
}

/* Where the word before the blanks before `word` begins; `word` itself when there is none. */
static size_t word_before(struct slice line, size_t floor, size_t word)
{
	size_t end = word;

	while (end > floor && line.data[end - 1] == ' ')
		end--;
	size_t begin = end;
	while (begin > floor && end - begin < LABEL_BYTES && is_key_byte(line.data[begin - 1]))
		begin--;
	return begin < end && end < word ? begin : word;
}

/* The role of the one to three words that end at `end`; *from is where they begin. */
static enum key_role role_before(const struct line_tables *tables, struct slice line, size_t floor, size_t end, size_t *from)
{
	size_t word = end;

	while (word > floor && end - word < LABEL_BYTES && is_key_byte(line.data[word - 1]))
		word--;
	if (word == end || memchr(line.data + word, '@', end - word) != NULL ||
		(word > floor && !one_of(line.data[word - 1], " \t|;,&?\"'`{([<*")))
		return KEY_NONE;
	size_t second = word_before(line, floor, word);
	const size_t begins[] = {word_before(line, floor, second), second, word};
	enum key_role role = KEY_NONE;
	for (size_t i = 0; i < 3 && !role_counts(role); i++) {
		*from = begins[i];
		role = keys_block_role(tables->keys, (struct slice){line.data + begins[i], end - begins[i]});
	}
	if (!role_counts(role))
		role = keys_identifier_role(tables->keys, (struct slice){line.data + word, end - word});
	return role_counts(role) ? role : KEY_NONE;
}

static size_t labels_find(const struct line_tables *tables, struct slice line, struct label labels[LABELS])
{
	size_t count = 0, floor = 0;

	for (size_t at = 1; at < line.len && count < LABELS; at++) {
		if (line.data[at] != ':' && line.data[at] != '=')
			continue;
		size_t end = at, value = at + 1, from;
		while (end > floor && one_of(line.data[end - 1], " \"'`"))
			end--;
		enum key_role role = role_before(tables, line, floor, end, &from);
		if (role == KEY_NONE)
			continue;
		if (value < line.len && one_of(line.data[value], ">=:"))
			value++;
		while (value < line.len && one_of(line.data[value], " \t"))
			value++;
		labels[count++] = (struct label){role, from, value, line.data[at] == '='};
		floor = value;
		at = value - 1;
	}
	return count;
}

static struct slice value_of(struct slice line, const struct label *label, size_t next, bool form)
{
	size_t from = label->value, end = next;

	if (from + 1 < line.len && one_of(line.data[from], "uUbBrRfFN") && one_of(line.data[from + 1], "\"'"))
		from++;
	if (from < line.len && one_of(line.data[from], "\"'`")) {
		char quote = line.data[from++];
		for (size_t at = from; at < line.len; at++) {
			if (line.data[at] == '\\')
				at++;
			else if (line.data[at] == quote)
				return (struct slice){line.data + from, at - from};
		}
	}
	if (from >= end)
		return SLICE_NONE;
	struct slice value = {line.data + from, end - from};
	if (form)
		return slice_until(value, slice_find_byte(value, '&'));
	value = slice_until(value, slice_find_byte(value, '\t'));
	for (size_t at = 1; at < value.len; at++)
		if (value.data[at - 1] == ' ' && one_of(value.data[at], " |<([#"))
			value = slice_until(value, at - 1);
	value = slice_trim(value);
	for (size_t at = 1; next < line.len && at < value.len; at++)
		if (value.data[at] == ' ' && one_of(value.data[at - 1], ",;"))
			value = slice_until(value, at - 1);
	while (next < line.len && value.len > 0 && one_of(value.data[value.len - 1], ",;|/-\"'{ "))
		value.len--;
	return value;
}

static bool holds(struct slice line, struct slice value, size_t at)
{
	return value.data != NULL && at < line.len && line.data + at >= value.data && line.data + at < value.data + value.len;
}

/* The first secret, one in clear before a hash. */
static void secret_fill(enum key_role role, struct slice value, struct line_reading *reading)
{
	bool first_is_hash = reading->secret.len > 0 && reading->secret.data == reading->beside.data;

	if (role == KEY_HASH && reading->beside.len == 0)
		reading->beside = value;
	if (reading->secret.len == 0 || (first_is_hash && role == KEY_PASSWORD))
		reading->secret = value;
}

static void reading_fill(struct slice line, const struct label *labels, size_t count, size_t at, bool form, struct line_reading *reading)
{
	bool ours = false;

	for (size_t i = 0; i < count; i++) {
		struct slice value = value_of(line, &labels[i], i + 1 < count ? labels[i + 1].from : line.len, form);
		if (value.len == 0)
			continue;
		switch (labels[i].role) {
		case KEY_USER:
		case KEY_EMAIL:
			if (reading->account.len == 0 || (!ours && holds(line, value, at))) {
				reading->account = value;
				ours = holds(line, value, at);
			}
			break;
		case KEY_PASSWORD:
		case KEY_HASH:
			secret_fill(labels[i].role, value, reading);
			reading->end = (size_t)(value.data + value.len - line.data);
			break;
		case KEY_HOST:
			if (reading->url.len == 0)
				reading->url = value;
			break;
		case KEY_SALT:
			reading->salt = value;
			break;
		default:
			break;
		}
	}
}

/* The account without a label of its own: an address before "password: ...", a URL before "?user=". */
static void unlabelled(struct slice line, size_t first, size_t at, struct line_reading *reading)
{
	size_t from, to;

	/* "address password: x", not "address:hash,p=4" */
	if (reading->account.len == 0 && at < first && first > 0 && one_of(line.data[first - 1], " \t|") &&
		token_email(line, at, &from, &to))
		reading->account = (struct slice){line.data + from, to - from};
	size_t scheme = token_scheme_next(line, 0);
	struct token_url host;
	/* an inventory: the host, then its variables */
	if (reading->url.len == 0 && token_url(line, 0, &host) && host.authority_end < first &&
		one_of(line.data[host.authority_end], " \t"))
		reading->url = slice_until(line, host.authority_end);
	if (reading->url.len == 0 && scheme < first) {
		struct slice url = {line.data + scheme, first - scheme};
		reading->url = slice_until(url, slice_find_byte(url, ' '));
	}
}

/* Behind an unquoted secret goes on the text: "pass: Heron-9 for the portal"; but "pass: see KeePass" is all one. */
static void secret_settle(const struct line_tables *tables, struct line_reading *reading)
{
	struct slice first = slice_until(reading->secret, slice_find_byte(reading->secret, ' '));

	if (first.len < reading->secret.len && !placeholders_hold(tables->placeholders, reading->secret) && token_look(first) >= LOOK_FAIR)
		reading->secret = first;
}

/* "the log-in (jdoe@..., password: x) is": the bracket closes what stood before the account. */
static void without_closing(struct slice line, struct line_reading *reading)
{
	struct slice secret = reading->secret, before = slice_until(line, (size_t)(reading->account.data - line.data));
	char close = secret.data[secret.len - 1];

	if (secret.len < 2 || !one_of(close, ")]") || reading->account.data < line.data || reading->account.data > secret.data)
		return;
	char open = close == ')' ? '(' : '[';
	if (slice_find_byte(before, open) < before.len && slice_find_byte(secret, open) == secret.len)
		reading->secret.len--;
}

/* jdoe@corp.example:x, https://corp.example/:jdoe:x */
static bool is_login_word(struct slice word, size_t at)
{
	size_t from, to;
	struct token_separator separator;
	struct token_url url;

	if (token_email(word, at, &from, &to) && from == 0)
		return token_separator(slice_from(word, to), 0, &separator) && one_of(separator.kind, ":;|") &&
		       to + separator.len < word.len;
	if (!token_url(word, 0, &url) || !url.scheme || url.secret_to > 0)
		return false;
	struct slice rest = slice_from(word, url.authority_end);
	size_t first = slice_find_byte(rest, ':'), second = first + 1 + slice_find_byte(slice_from(rest, first + 1), ':');
	return first < rest.len && second + 1 < rest.len;
}

struct slice line_apart(const struct line_tables *tables, struct slice line, size_t at)
{
	struct label labels[LABELS];
	size_t from = at, to = at, count;
	unsigned roles = 0;

	while (from > 0 && from <= line.len && !one_of(line.data[from - 1], " \t"))
		from--;
	while (to < line.len && !one_of(line.data[to], " \t"))
		to++;
	if (at >= line.len || to - from == line.len || !is_login_word((struct slice){line.data + from, to - from}, at - from))
		return line;
	count = labels_find(tables, line, labels);
	for (size_t i = 0; i < count; i++) {
		if (labels[i].value == from || (labels[i].from >= from && labels[i].from < to))
			return line;
		roles |= 1u << labels[i].role;
	}
	if ((roles & 1u << KEY_PASSWORD) == 0 || (roles & 1u << KEY_HOST) == 0 || (roles & (1u << KEY_USER | 1u << KEY_EMAIL)) == 0)
		return line;
	return (struct slice){line.data + from, to - from};
}

/* {email: 'jdoe@...', password: entered}: within brackets, beside an account in quotes, a bare name is a variable's. */
static bool is_variable(struct slice line, const struct line_reading *reading)
{
	struct slice secret = reading->secret, account = reading->account;
	struct slice before = slice_until(line, (size_t)(secret.data - line.data));
	bool quoted = account.data > line.data && one_of(account.data[-1], "\"'");
	bool bare = secret.data > line.data && !one_of(secret.data[-1], "\"'`");

	return quoted && bare && (slice_find_byte(before, '(') < before.len || slice_find_byte(before, '{') < before.len) &&
	       value_is_variable(secret);
}

struct line_reading line_labels(const struct line_tables *tables, struct slice line, size_t at)
{
	struct line_reading reading = {.order = LINE_NONE};
	struct label labels[LABELS];
	size_t count = labels_find(tables, line, labels), secrets = 0;
	bool form = count > 1;

	for (size_t i = 0; i < count; i++) {
		secrets += labels[i].role == KEY_PASSWORD || labels[i].role == KEY_HASH;
		if (i > 0)
			form &= labels[i].from > 0 && line.data[labels[i].from - 1] == '&' && labels[i].equals;
	}
	struct hash_shape shape;
	/* address|sha256:1000:c2Fs...:...: the hash says itself what it is */
	if (secrets == 0 || (labels[0].role == KEY_HASH &&
				    hashes_identify(tables->hashes, slice_from(line, labels[0].from), SLICE_NONE, false, &shape)))
		return reading;
	reading_fill(line, labels, count, at, form, &reading);
	unlabelled(line, labels[0].from, at, &reading);
	if (reading.secret.len == 0 || reading.account.len == 0 || value_is_call(reading.secret) || is_variable(line, &reading))
		return reading;
	if (token_scheme_next(reading.secret, 0) == 0 && labels[0].from > (size_t)(reading.account.data - line.data))
		return reading; /* jdoe@... : Passw0rd : https://...: the label is the secret */
	bool said = labels[0].from > (size_t)(reading.account.data - line.data); /* "jdoe@... password: expired" */
	if (said && placeholders_weak(tables->placeholders, reading.secret, false))
		return reading;
	secret_settle(tables, &reading);
	without_closing(line, &reading);
	reading.order = LINE_LABELS;
	reading.percent = form;
	reading.fields = (unsigned)count;
	reading.look = token_look(reading.secret);
	reading.inner = labels[0].equals ? '=' : ':';
	reading.evidence = reading.look == LOOK_SENTENCE || reading.look == LOOK_NEVER ? LINE_ENOUGH - 3 : LINE_ENOUGH + 3;
	return reading;
}
