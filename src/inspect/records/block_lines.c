#include "inspect/records/block_lines.h"

#include <ctype.h>
#include <string.h>

#include "inspect/records/block_pair.h"
#include "inspect/records/block_values.h"
#include "inspect/records/line_token.h"
#include "shared/byteset.h"
#include "shared/escape.h"

enum {
	SEPARATOR_RUN = 5,
	KEY_REACH = 64, /* a key and its decoration end within so many bytes */
	BARE_KEY_MAX = 32,
	STAMP_MAX = 40,
	INLINE_REACH = 2048, /* a longer line is not several fields side by side */
};

/* ---- separators and blanks -------------------------------------------------------------------- */

/* Whether the line starts with a run of one sign, or is nothing but signs. */
static bool is_separator(struct slice line)
{
	size_t unit = utf8_length(line.data, line.len), run = 1;
	bool same_to_end = true;

	if (unit == 0 || isalnum((unsigned char)line.data[0]) || line.data[0] == '"' || line.data[0] == '\'')
		return false;
	if (unit == 2 || (unit == 3 && (unsigned char)line.data[0] > 0xe2)) /* letters of other alphabets */
		return false;
	for (size_t at = unit; at < line.len; at += unit) {
		if (at + unit > line.len || memcmp(line.data, line.data + at, unit) != 0) {
			same_to_end = false;
			break;
		}
		run++;
	}
	return run >= SEPARATOR_RUN || (same_to_end && run >= 3);
}

/* ---- one key at the beginning ------------------------------------------------------------------ */

/* Behind what is no letter; a character of several bytes is one. */
static struct slice skip_signs(struct slice rest, size_t most)
{
	const char *end = rest.data + most;

	while (rest.len > 0 && !letter_begins(rest) && rest.data < end) {
		size_t len = utf8_length(rest.data, rest.len);

		rest = slice_from(rest, len > 0 ? len : 1);
	}
	return rest;
}

/* Bullets, numbers, emoji before a key. */
static struct slice skip_decoration(struct slice line)
{
	struct slice rest = line;
	size_t digits = 0;

	for (size_t len = bbcode_length(rest); len > 0; len = bbcode_length(rest))
		line = rest = skip_blanks(slice_from(rest, len));
	/* "[imp] [o365] Username": the notes of a tool */
	for (size_t close = slice_find_byte(rest, ']');
		rest.len > 0 && rest.data[0] == '[' && close < 20 && close + 2 < rest.len && rest.data[close + 1] == ' ' &&
		letter_begins(slice_from(rest, 1)) && (rest.data[close + 2] == '[' || letter_begins(slice_from(rest, close + 2)));
		close = slice_find_byte(rest, ']'))
		line = rest = skip_blanks(slice_from(rest, close + 1));
	rest = skip_signs(rest, 24);
	while (digits < rest.len && digits < 6 && isdigit((unsigned char)rest.data[digits]))
		digits++;
	if (digits > 0 && digits < rest.len && (rest.data[digits] == '.' || rest.data[digits] == ')' || rest.data[digits] == ']')) {
		rest = skip_signs(slice_from(rest, digits + 1), 24);
	}
	return rest;
}

/* Arrows of all kinds, and triangles that point to the right. */
static size_t arrow_length(struct slice text)
{
	unsigned char second, third;

	if (text.len < 3 || (unsigned char)text.data[0] != 0xe2)
		return 0;
	second = (unsigned char)text.data[1];
	third = (unsigned char)text.data[2];
	return second == 0x86 || second == 0x87 || (second == 0x9e && third >= 0x94 && third <= 0xbe) ||
			       (second == 0x96 && (third == 0xb6 || third == 0xb8 || third == 0xba))
		       ? 3
		       : 0;
}

/* An arrow, a colon, a sign of equality or the like, of one character. */
size_t block_sign_length(struct slice text)
{
	static const char *const several[] = {
		"=>", "->", "\xef\xbc\x9a" /* full-width colon */, "\xc2\xbb", "\xe2\x9e\x9c", "\xe2\x9e\xa1"};
	size_t arrow = arrow_length(text);

	if (arrow > 0)
		return arrow;
	bool first = text.len > 0 && ((unsigned char)text.data[0] >= 0xc2 || text.data[0] == '=' || text.data[0] == '-');

	for (size_t i = 0; first && i < sizeof(several) / sizeof(several[0]); i++)
		if (slice_starts_nocase(text, several[i]))
			return strlen(several[i]);
	return text.len > 0 && (text.data[0] == ':' || text.data[0] == '=' || text.data[0] == '|') ? 1 : 0;
}

/* Length of the separator between key and value at text, 0 when there is none. */
static size_t separator_length(struct slice text)
{
	size_t sign = block_sign_length(text);

	if (sign > 0)
		return sign;
	if (slice_starts_nocase(text, "\xe2\x80\x94") || slice_starts_nocase(text, "\xe2\x80\x93")) /* dashes */
		return 3;
	if (text.len > 0 && text.data[0] == '\t')
		return 1;
	if (text.len > 1 && (text.data[0] == ' ' || text.data[0] == '-') && text.data[1] == ' ')
		return 2;
	if (text.len > 2 && text.data[0] == ' ' && text.data[1] == '-' && text.data[2] == ' ') /* "Login - jdoe" */
		return 1;
	return 0;
}

/* What may close a decorated key before the separator: "**Login**:", "[Login]:", "\"login\":". */
static bool is_closer(char c)
{
	return c == ']' || c == '*' || c == '"' || c == '\'' || c == '`' || c == '>' || c == '}' || c == '_' || c == ')';
}

static bool read_value(struct slice opened, struct slice key, struct slice rest, struct field *field)
{
	size_t separator;
	bool bracket = false, columns;

	key = value_without_bbcode(key); /* [b]Login[/b]: */
	const char *close = memrchr(key.data, ')', key.len);
	if (close != NULL && close + 2 >= key.data + key.len && memchr(opened.data, '(', (size_t)(close - opened.data)) == NULL)
		return false; /* the end of a remark, begun in another line */
	while (key.len > 0 && is_closer(key.data[key.len - 1]) &&
		!(key.data[key.len - 1] == ')' && memchr(key.data, '(', key.len) != NULL)) {
		bracket = bracket || key.data[key.len - 1] == ']' || (key.data[key.len - 1] == '>' && opened.data[0] == '<');
		key.len--;
	}
	const char *subscript = memchr(key.data, '[', key.len); /* rails['smtp_user'] */
	if (subscript != NULL && subscript + 2 < key.data + key.len && (subscript[1] == '\'' || subscript[1] == '"'))
		key = slice_from(key, (size_t)(subscript + 2 - key.data));
	separator = separator_length(rest);
	columns = separator > 0 && (rest.data[0] == '\t' || rest.data[0] == ' ');
	rest = skip_blanks(rest);
	separator = separator_length(rest);
	if (rest.len > 2 && rest.data[0] == ':' && one_of(rest.data[1], ":=") && rest.data[2] == ' ') /* "Login:: jdoe" */
		separator = 2;
	if (separator > 0)
		rest = skip_blanks(slice_from(rest, separator));
	else if (!bracket && !columns)
		return false;
	bool strong = key.data - opened.data >= 2 && key.data[-1] == '*' && key.data[-2] == '*'; /* **Login:** jdoe */
	if (strong && slice_starts_nocase(rest, "**"))
		rest = skip_blanks(slice_from(rest, 2));
	field->key = slice_trim(key);
	field->value = value_without_nuls(slice_trim(rest));
	if (opened.data[0] == '|' && field->value.len > 0 && field->value.data[field->value.len - 1] == '|') /* a row of a drawn table */
		field->value = slice_trim(slice_until(field->value, field->value.len - 1));
	field->value = value_without_markup(field->value);
	field->value = value_without_marks(value_without_quotes(field->value));
	return true;
}

/* "$mail->Host = ": the arrow leads to a member, the value stands behind the sign. */
static bool is_member(struct slice arrow)
{
	size_t at = 2;

	if (!slice_starts_nocase(arrow, "->"))
		return false;
	while (at < arrow.len && (isalnum((unsigned char)arrow.data[at]) || arrow.data[at] == '_'))
		at++;
	while (at < arrow.len && arrow.data[at] == ' ')
		at++;
	return at > 2 && at < arrow.len && arrow.data[at] == '=';
}

/* define('DB_PASSWORD', 'x'); */
static bool read_defined(struct slice key, struct slice rest, struct field *field)
{
	while (key.len > 0 && is_closer(key.data[key.len - 1]))
		key.len--;
	field->key = slice_trim(key);
	field->value = value_without_quotes(slice_trim(rest));
	return true;
}

/* What shells and languages put before the name of a variable. */
static struct slice skip_declaration(struct slice line)
{
	static const char *const words[] = {"export ", "set ", "setx ", "setenv ", "env ", "const ", "let ", "var ", "final ", "static ",
		"private ", "public ", "protected ", "string ", "define(", "$env:", "env:", "arg ", "config.", "self.", "this.", "$this->"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]);) {
		if (slice_starts_nocase(line, words[i])) {
			line = skip_blanks(slice_from(line, strlen(words[i])));
			i = 0;
		} else {
			i++;
		}
	}
	return line;
}

/* A variable's or setting's name: no blanks, and a sign or a capital that parts its words. */
static enum key_role identifier_role(const struct keys *keys, struct slice key)
{
	enum key_role role;
	bool parted = false;

	for (size_t i = 0; i < key.len; i++) {
		if (key.data[i] == ' ' || key.data[i] == '\t' || key.data[i] == '(') /* run("pass") is a call */
			return KEY_NONE;
		parted = parted || one_of(key.data[i], "_.-[]>") ||
			 (i > 0 && isupper((unsigned char)key.data[i]) && islower((unsigned char)key.data[i - 1]));
	}
	role = parted ? keys_identifier_role(keys, key) : KEY_NONE;
	return role == KEY_USER || role == KEY_EMAIL || role == KEY_PASSWORD || role == KEY_HASH || role == KEY_HOST ? role : KEY_NONE;
}

static bool is_number(struct slice key)
{
	size_t digits = 0;

	while (digits < key.len && (isdigit((unsigned char)key.data[digits]) || key.data[digits] == ' '))
		digits++;
	return digits == key.len;
}

static bool is_web_address(struct slice value)
{
	return slice_starts_nocase(value, "http://") || slice_starts_nocase(value, "https://");
}

/* "password = os.getenv("X")", "password = argv[2];", "secret=self.consumer.secret,": where the secret comes from, not the secret. */
static bool is_code(const struct keys *keys, struct slice value, const struct field *field, bool member)
{
	if (value_is_call(value) || value_is_subscript(value))
		return true;
	while (value.len > 1 && strchr(",;", value.data[value.len - 1]) != NULL)
		value.len--;
	if (member && value.len > 0 && isalpha((unsigned char)value.data[0])) /* "self.password = password": of a variable */
		return true;
	return slice_find_byte(value, '.') < value.len && slice_find_byte(value, ' ') == value.len && value.data[0] != '"' &&
	       value.data[0] != '\'' && keys_identifier_role(keys, value) == field->role;
}

/* "{", "{},", "...,": what opens or leaves out a value. */
static bool is_punctuation(struct slice value)
{
	size_t at = 0;

	while (at < value.len && strchr("{}()[],;.", value.data[at]) != NULL)
		at++;
	return value.len > 0 && at == value.len;
}

/*
 * "P: x", "[p] x", "p = x" as people write it, but not what source has: "let p = x", "__p = x", "p += x", "'P': x", "%p  x" and
 * formulas behind a sign of equality. start: behind decoration and declarations; separator: the line from there on.
 */
static bool letter_is_key(struct slice line, struct slice start, struct slice key, struct slice separator)
{
	static const char *const before[] = {"_", "%", "'", "\"", "#", "{"};
	struct slice value = slice_trim(slice_from(separator, 1));
	size_t declared = (size_t)(start.data - line.data);

	for (size_t i = 0; i < declared; i++)
		if (isalpha((unsigned char)line.data[i]))
			return false;
	for (size_t i = 0; declared > 0 && i < sizeof(before) / sizeof(before[0]); i++)
		if (start.data[-1] == before[i][0])
			return false;
	for (size_t i = 1; i < key.len; i++) /* "p += x", "p[1] = x" */
		if (isascii((unsigned char)key.data[i]) && !isdigit((unsigned char)key.data[i]))
			return false;
	if (separator.data[0] == ' ' && separator.len > 1 && separator.data[1] == ' ') /* a column of a table */
		return false;
	if (separator.data[0] != '=')
		return slice_find_byte(value, ' ') == value.len || value.data[value.len - 1] != ';'; /* "p: array of char;" of Pascal */
	for (size_t i = 0; i < value.len; i++)
		if (strchr("()[]{};<> ", value.data[i]) != NULL)
			return false;
	return true;
}

static bool is_spaced_hyphen(struct slice line, size_t at)
{
	at += line.data[at] == ' ';
	return at > 0 && slice_starts_nocase(slice_from(line, at - 1), " - ");
}

/* The field at the beginning of line. The key ends at the first separator that makes it one we know. */
static bool read_first_field(const struct keys *keys, struct slice line, struct field *field)
{
	struct slice opened = skip_blanks(line), start = skip_declaration(opened);
	bool defined = slice_starts_nocase(opened, "define(");
	bool member =
		slice_starts_nocase(opened, "self.") || slice_starts_nocase(opened, "this.") || slice_starts_nocase(opened, "$this->");

	start = skip_decoration(start);
	if (slice_starts_nocase(opened, "[[")) /* a table of TOML */
		return false;
	*field = (struct field){.role = KEY_NONE};
	for (size_t at = 1; at < start.len && at < KEY_REACH; at++) {
		bool comma = defined && start.data[at] == ',', decorated = start.data != opened.data;
		/* "[p] x", but <p> is of HTML */
		bool closes = decorated && (start.data[at] == ']' || (start.data[at] == '>' && opened.data[0] == '<' && at > 1));
		struct slice rest = slice_from(start, at + (closes || comma ? 1 : 0));

		if ((separator_length(slice_from(start, at)) == 0 && !closes && !comma) || is_member(slice_from(start, at)))
			continue;
		if (comma ? !read_defined(slice_until(start, at), rest, field)
			  : !read_value(opened, slice_until(start, at + (closes ? 1 : 0)), rest, field))
			continue;
		field->role = is_number(field->key) ? KEY_NONE : keys_block_role(keys, field->key); /* "3" looks like an e */
		if (field->role != KEY_NONE && key_letters(field->key) == 1 &&
			!letter_is_key(opened, start, field->key, slice_from(start, at)))
			return false;
		if (field->role == KEY_NONE && !is_spaced_hyphen(start, at)) /* "createPass - what it does" */
			field->role = identifier_role(keys, field->key);
		if ((field->role == KEY_USER || field->role == KEY_PASSWORD) && is_punctuation(field->value))
			return false;
		if (field->role == KEY_USER && is_web_address(field->value)) /* "U: https://...": where, not who */
			field->role = KEY_HOST;
		if (field->role != KEY_NONE && start.data[at] == '=' && field->value.len > 1 &&
			field->value.data[field->value.len - 1] == ';')
			field->value.len--; /* the end of a statement */
		if (field->role != KEY_NONE && start.data[at] == '=' && slice_starts_nocase(field->value, "= ")) /* a comparison */
			return false;
		if (field->role == KEY_PAIR) /* its value is none: block_pair.c would have it */
			return false;
		if (field->role != KEY_NONE)
			return start.data[at] != '=' || !is_code(keys, slice_trim(slice_from(start, at + 1)), field, member);
		if (start.data[at] == ':' || start.data[at] == '=' || start.data[at] == '|') /* a bar parts fields, no key has two */
			return false;
	}
	return false;
}

/* "user jdoe", "PASS x", "password "x y"": two words as clients of mail and their dialogues have them. */
static bool read_words(const struct keys *keys, struct slice line, struct field *field)
{
	size_t blank = slice_find_byte(line, ' ');
	struct slice key = slice_until(line, blank), value = slice_trim(slice_from(line, blank)), bare = value_without_quotes(value);
	enum key_role role = blank > 1 && blank < BARE_KEY_MAX && value.len > 0 ? keys_block_role(keys, key) : KEY_NONE;

	*field = (struct field){.role = role, .key = key, .value = bare};
	if (bare.data == value.data && (slice_find_byte(value, ' ') < value.len || one_of(value.data[value.len - 1], ".,:;") ||
					       keys_is_interface_word(keys, value) || keys_is_prose_word(keys, value)))
		return false;
	if (role == KEY_HOST)
		return value_is_host(bare) || slice_find_nocase(bare, "://") < bare.len;
	if (role == KEY_USER &&
		(key.len > 8 || slice_equal_nocase(key, SLICE_TEXT("account")) || slice_equal_nocase(key, SLICE_TEXT("id"))))
		return false;
	return role == KEY_USER || role == KEY_EMAIL ||
	       (role == KEY_PASSWORD && (bare.data != value.data || token_look(bare) >= LOOK_FAIR));
}

/* props.setUsername("jdoe"); builder.user("jdoe").password("x"): each call with one text. */
static void read_setters(const struct keys *keys, struct slice line, struct block_line *out)
{
	for (size_t at = 1; at + 3 < line.len && out->fields_count < LINE_FIELDS_MAX; at++) {
		size_t name = at, quote = at + 1;

		if (line.data[at] != '(' || (line.data[quote] != '"' && line.data[quote] != '\''))
			continue;
		while (name > 0 && (isalnum((unsigned char)line.data[name - 1]) || line.data[name - 1] == '_'))
			name--;
		struct slice key = {line.data + name, at - name}, value = slice_from(line, quote + 1);
		size_t end = slice_find_byte(value, line.data[quote]);
		if (end + 1 >= value.len || value.data[end + 1] != ')')
			continue;
		if (slice_starts_nocase(key, "set") || slice_starts_nocase(key, "with"))
			key = slice_from(key, slice_starts_nocase(key, "set") ? 3 : 4);
		enum key_role role = key.len > 0 ? keys_block_role(keys, key) : KEY_NONE;
		if (role == KEY_NONE && key.len > 0)
			role = identifier_role(keys, key);
		if (role == KEY_USER || role == KEY_EMAIL || role == KEY_PASSWORD || role == KEY_HOST)
			out->fields[out->fields_count++] = (struct field){role, key, slice_until(value, end), false, false, false};
	}
}

/* A line that is nothing but a key: its value stands in the next. */
static bool read_bare_key(const struct keys *keys, struct slice line, bool indented, struct field *field)
{
	enum key_role role = line.len <= BARE_KEY_MAX ? keys_block_role(keys, line) : KEY_NONE;
	size_t letters = 0;

	*field = (struct field){.role = role, .key = line, .bare = true};
	for (size_t i = 0; i < line.len; i++) /* "l", of a list of letters is no key */
		letters += letter_begins(slice_from(line, i));
	if (indented && slice_equal(line, SLICE_TEXT("pass"))) /* of Python: nothing is done here */
		return false;
	if (line.len > 0 && strchr(",.;", line.data[line.len - 1]) != NULL) /* an argument, the end of a sentence */
		return false;
	return letters > 2 && (role == KEY_HOST || role == KEY_USER || role == KEY_EMAIL || role == KEY_PASSWORD);
}

/* Just ["Chrome" = "Default"]: software without a key. */
static bool is_bare_software(struct slice line)
{
	return line.len > 4 && line.data[0] == '[' && line.data[line.len - 1] == ']' && line.data[1] == '"' &&
	       slice_find_byte(line, '=') < line.len;
}

/* ---- the line --------------------------------------------------------------------------------- */

static bool is_url_byte(char c)
{
	return (unsigned char)c > ' ' && c != '"' && c != '<' && c != '>' && c != '|' && c != '`';
}

/* The first URL of a line without keys. */
struct slice line_url(struct slice line)
{
	const char *sign = line.len > 0 ? memmem(line.data, line.len, "://", 3) : NULL;
	size_t at = sign != NULL ? (size_t)(sign - line.data) : 0, from = at, to = at;

	if (sign == NULL)
		return SLICE_NONE;
	while (from > 0 && isalpha((unsigned char)line.data[from - 1]))
		from--;
	bool enclosed = from > 0 && line.data[from - 1] == '(';
	while (to < line.len && is_url_byte(line.data[to]) && !(enclosed && line.data[to] == ')'))
		to++;
	return (struct slice){line.data + from, to - from};
}

static bool is_address(struct slice line)
{
	size_t at = slice_find_byte(line, '@');

	if (at == 0 || at + 3 >= line.len || slice_find_byte(slice_from(line, at), '.') == line.len - at)
		return false;
	for (size_t i = 0; i < line.len; i++)
		if (!isalnum((unsigned char)line.data[i]) && !one_of(line.data[i], "@._%+-"))
			return false;
	return true;
}

/* "DC: dc01.corp.example": a host behind a key nobody knows. */
static struct slice host_behind_key(struct slice line)
{
	size_t colon = slice_find_byte(line, ':');
	struct slice value = colon < line.len && colon < KEY_REACH ? slice_trim(slice_from(line, colon + 1)) : SLICE_NONE;

	return value_is_host(value) ? value : SLICE_NONE;
}

/* https://host/path:login:secret: a record of its own, nobody's host. A port, or one colon in a path, is none. */
static bool holds_login(struct slice url)
{
	size_t sign = slice_find_byte(url, ':'), colons = 0;

	for (size_t at = sign + 1; at + 1 < url.len; at++)
		colons += url.data[at] == ':' && url.data[at + 1] != '/' && !isdigit((unsigned char)url.data[at + 1]);
	return colons >= 2 || (colons == 1 && slice_find_byte(url, '@') < url.len);
}

/* "[access.corp.example]": the host as the name of a section. */
static struct slice host_in_brackets(struct slice line)
{
	struct slice inner = line.len > 2 && line.data[0] == '[' && line.data[line.len - 1] == ']'
				     ? (struct slice){line.data + 1, line.len - 2}
				     : SLICE_NONE;

	return value_is_host(inner) ? inner : SLICE_NONE;
}

static void read_implied(struct slice line, struct block_line *out)
{
	struct slice url = line_url(line);

	if (url.len == 0)
		url = host_in_brackets(line).len > 0 ? host_in_brackets(line) : host_behind_key(line);
	if (url.len > 1 && line.data[0] == '[' && url.data[url.len - 1] == ']')
		url.len--;

	if (line.len > 1 && line.data[line.len - 1] == ':') /* jdoe@...: with what belongs to it below */
		line.len--;
	if (holds_login(url))
		return;
	if (url.len == 0 && value_is_host(line)) /* alone on its line, above its log-in */
		url = line;
	if (url.len > 0)
		out->fields[out->fields_count++] = (struct field){KEY_HOST, SLICE_NONE, url, true, false, false};
	else if (is_address(line))
		out->fields[out->fields_count++] = (struct field){KEY_EMAIL, SLICE_NONE, line, true, false, false};
}

/* One word of digits and the signs of dates: a line's number, a time. */
static size_t stamp_length(struct slice text)
{
	size_t len = 0;

	while (len < text.len && len < STAMP_MAX && (isdigit((unsigned char)text.data[len]) || one_of(text.data[len], "-:./,TZ+")))
		len++;
	while (len > 0 && one_of(text.data[len - 1], "-:./,+"))
		len--;
	return len > 0 && isdigit((unsigned char)text.data[0]) && isdigit((unsigned char)text.data[len - 1]) ? len : 0;
}

/* "Passwords.txt:121:", "  7 | ", "[2026-05-04 10:11:12] ": what tools put before every line. The line itself where nothing stands there.
 */
static struct slice without_line_prefix(struct slice line)
{
	struct slice rest = line;
	size_t close = rest.data[0] == '[' ? slice_find_byte(rest, ']') : rest.len, colon = slice_find_byte(rest, ':'), stamp;

	if (close < rest.len && close < STAMP_MAX && stamp_length(slice_from(rest, 1)) > 0)
		return skip_blanks(slice_from(rest, close + 1));
	if (colon > 0 && colon < rest.len && slice_find_byte(rest, ' ') > colon) { /* of grep -n */
		stamp = stamp_length(slice_until(slice_from(rest, colon + 1), slice_find_byte(slice_from(rest, colon + 1), ':')));
		if (stamp > 0 && colon + 1 + stamp < rest.len && rest.data[colon + 1 + stamp] == ':')
			return skip_blanks(slice_from(rest, colon + 2 + stamp));
	}
	for (unsigned words = 0; words < 3 && rest.len > 0 && (stamp = stamp_length(rest)) > 0; words++) {
		struct slice behind = skip_blanks(slice_from(rest, stamp));

		if (behind.len == 0 || (behind.data == rest.data + stamp && behind.data[0] != '|' && behind.data[0] != ':'))
			return line;
		rest = behind.data[0] == '|' || behind.data[0] == ':' ? skip_blanks(slice_from(behind, 1)) : behind;
	}
	return rest;
}

static void read_keyed(const struct keys *keys, struct slice line, struct block_line *out)
{
	if (line.data[0] == '<' && line.len <= INLINE_REACH)
		block_xml_read(keys, line, out);
	if (out->fields_count == 0 && line.len <= INLINE_REACH)
		block_pair_read(keys, line, out);
	if (out->fields_count == 0 && line.len <= INLINE_REACH)
		block_inline_read(keys, line, out);
	if (out->fields_count == 0 && line.len <= INLINE_REACH)
		block_inline_cookie(keys, line, out);
	if (out->fields_count == 0 && read_first_field(keys, line, &out->fields[0]))
		out->fields_count = 1;
	if (out->fields_count == 0 && read_words(keys, line, &out->fields[0]))
		out->fields_count = 1;
	if (out->fields_count == 0 && line.len <= INLINE_REACH)
		read_setters(keys, line, out);
	if (out->fields_count == 0 && read_bare_key(keys, line, line.data > out->text.data + 1, &out->fields[0]))
		out->fields_count = 1;
}

void block_line_read(const struct keys *keys, struct slice line, struct block_line *out)
{
	struct slice trimmed = slice_trim(skip_blanks(line)), bare;

	out->text = line;
	out->fields_count = 0;
	out->kind = LINE_OTHER;
	if (trimmed.len == 0) {
		out->kind = LINE_BLANK;
	} else if (is_bare_software(trimmed)) {
		out->kind = LINE_KEYED;
		out->fields[out->fields_count++] = (struct field){KEY_SOFTWARE, SLICE_NONE, trimmed, false, false, false};
	} else if (is_separator(trimmed)) {
		out->kind = LINE_SEPARATOR;
	} else {
		read_keyed(keys, trimmed, out);
		bare = out->fields_count == 0 ? without_line_prefix(trimmed) : trimmed;
		if (bare.data != trimmed.data && bare.len > 0 && is_separator(bare))
			out->kind = LINE_SEPARATOR;
		else if (bare.data != trimmed.data && bare.len > 0)
			read_keyed(keys, bare, out);
		if (out->fields_count > 0)
			out->kind = out->fields[0].role == KEY_SYSTEM ? LINE_SYSTEM : LINE_KEYED;
		else if (out->kind == LINE_OTHER && trimmed.len <= INLINE_REACH)
			read_implied(trimmed, out);
	}
}

bool block_lines_hold_password(const struct keys *keys, struct slice text)
{
	while (text.len > 0) {
		size_t end = slice_find_byte(text, '\n');
		struct block_line line;

		block_line_read(keys, slice_until(text, end), &line);
		for (size_t i = 0; line.kind == LINE_KEYED && i < line.fields_count; i++)
			if (line.fields[i].role == KEY_PASSWORD)
				return true;
		text = slice_from(text, end < text.len ? end + 1 : end);
	}
	return false;
}
