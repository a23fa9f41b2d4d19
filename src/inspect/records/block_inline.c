#include <ctype.h>
#include <string.h>

#include "inspect/records/block_values.h"
#include "shared/byteset.h"

/* ---- several fields in one line ---------------------------------------------------------------- */

static bool opens_field(char before)
{
	return before == ' ' || before == '\t' || before == '|' || before == ';' || before == ',' || before == '(' || before == '[' ||
	       before == '{' || before == '=' || before == '"' || before == '\'' || before == '*' || before == '>' || before == '$';
}

/* Whether a known key and ':' or '=' stand at the beginning of text; *value gets the offset of the value. */
static enum key_role key_here(const struct keys *keys, struct slice text, size_t *key_len, size_t *value)
{
	size_t len = 0, after;
	enum key_role role;

	while (len < text.len && len < 24 && text.data[len] != ':' && text.data[len] != '=' && text.data[len] != '\n')
		len++;
	if (len == 0 || len == text.len || len == 24)
		return KEY_NONE;
	after = len + 1;
	if (text.data[len] == '=' && text.len > after && text.data[after] == '>') /* 'user' => 'jdoe' */
		after++;
	if (text.data[len] == ':' && text.len > len + 2 && text.data[len + 1] == '/' && text.data[len + 2] == '/')
		return KEY_NONE;
	role = keys_block_role(keys, slice_trim(slice_until(text, len)));
	*key_len = len;
	*value = after;
	return role;
}

static bool is_core(enum key_role role)
{
	return role == KEY_HOST || role == KEY_USER || role == KEY_EMAIL || role == KEY_PASSWORD || role == KEY_HASH;
}

/* The signs between a value and the next key, trimmed: "|", ";", "," or nothing but blanks. */
static char delimiter_before(struct slice line, size_t key_at)
{
	char sign;

	if (key_at > 0 && line.data[key_at - 1] == '$') /* $user = "x"; $pass = "y"; of PHP */
		key_at--;
	while (key_at > 0 && (line.data[key_at - 1] == ' ' || line.data[key_at - 1] == '\t'))
		key_at--;
	sign = key_at > 0 ? line.data[key_at - 1] : ' ';
	if (sign == '/' && (key_at < 2 || line.data[key_at - 2] != ' ')) /* the end of a URL */
		return ' ';
	return one_of(sign, "|;,/") ? sign : ' ';
}

/* "Kitti;wake9;Encrypt=true": a delimiter ends the last value before a blank, another key, or the end. */
static bool ends_value(struct slice value, size_t at)
{
	size_t next = at + 1;

	if (value.data[at - 1] == ' ' || next == value.len || value.data[next] == ' ')
		return true;
	while (next < value.len && (isalpha((unsigned char)value.data[next]) || value.data[next] == ' ' || value.data[next] == '_'))
		next++;
	return next > at + 2 && next < value.len && value.data[next] == '=';
}

/* "<your password>", "see the wiki": no secret, and judged as a whole. */
static bool opens_sentence(const struct keys *keys, struct slice value)
{
	size_t len = 0;

	while (len < value.len && value.data[len] != ' ')
		len++;
	return value.len > 0 && (one_of(value.data[0], "<([{") || (len < value.len && keys_is_prose_word(keys, slice_until(value, len))));
}

static struct slice cut_value(const struct keys *keys, struct slice value, char delimiter, bool last)
{
	value = slice_trim(value);
	if (last && delimiter != ' ' && value.len > 0 && value.data[0] == delimiter) /* "Password=;" */
		return slice_until(value, 0);
	if (last && delimiter == ' ' && !opens_sentence(keys, value))
		for (size_t at = 0; at < value.len; at++)
			if (value.data[at] == ' ' || value.data[at] == '\t')
				return slice_until(value, at);
	if (last && delimiter != ' ')
		for (size_t at = 1; at < value.len; at++)
			if (value.data[at] == delimiter && ends_value(value, at))
				return value_without_marks(slice_trim(slice_until(value, at)));
	while (value.len > 0 && !last && (value.data[value.len - 1] == delimiter || one_of(value.data[value.len - 1], "-([")))
		value = slice_trim(slice_until(value, value.len - 1));
	return value_without_marks(value);
}

static struct slice field_value(const struct keys *keys, const struct field *field, struct slice value, char delimiter, bool last)
{
	char closing = field->key.data[field->key.len - 1];
	struct slice trimmed = slice_trim(value);

	if (trimmed.len > 3 && one_of(trimmed.data[0], "uUbBrRfF") && (trimmed.data[1] == '"' || trimmed.data[1] == '\''))
		trimmed = slice_from(trimmed, 1);
	if (trimmed.len > 2 && (trimmed.data[0] == '"' || trimmed.data[0] == '\'')) {
		size_t end = slice_find_byte(slice_from(trimmed, 1), trimmed.data[0]);

		if (end + 1 < trimmed.len)
			return (struct slice){trimmed.data + 1, end};
		if (closing == trimmed.data[0]) /* of JSON, cut off */
			return SLICE_NONE;
	}
	if (field->role == KEY_HOST && delimiter != ' ' && delimiter != '/')
		trimmed = slice_until(trimmed, slice_find_byte(trimmed, delimiter));
	/* A=x B=y: no blank stands in the values of a shell */
	if (field->key.data[field->key.len] == '=' && value.len > 0 && value.data[0] != ' ' && !last && delimiter == ' ') {
		trimmed = slice_until(trimmed, slice_find_byte(trimmed, ' '));
		if (trimmed.len > 1 && trimmed.data[trimmed.len - 1] == ';')
			trimmed.len--;
	}
	if (closing != '"' && closing != '\'')
		return cut_value(keys, trimmed, delimiter, last);
	for (size_t at = 0; at < trimmed.len; at++) /* null, true, a number */
		if (one_of(trimmed.data[at], ",;} \t"))
			return slice_until(trimmed, at);
	return trimmed;
}

/* "{email: x, password: y}": the bracket that closes the record is none of its last value. */
static struct slice without_closing(struct slice line, size_t first, struct slice value)
{
	size_t open = first, depth = 0;

	while (open > 0 && !one_of(line.data[open - 1], "{("))
		open--;
	if (open == 0 || value.len < 2 || value.data[value.len - 1] != (line.data[open - 1] == '{' ? '}' : ')'))
		return value;
	for (size_t i = 0; i + 1 < value.len; i++)
		depth += value.data[i] == line.data[open - 1];
	return depth == 0 ? slice_trim(slice_until(value, value.len - 1)) : value;
}

/* Whether a quote of an attribute is open at `at`: name="a=b;c=d". */
static bool opens_in_quotes(struct slice line, size_t at)
{
	bool open = false;

	for (size_t i = 1; i < at; i++)
		if (line.data[i] == '"')
			open = open ? false : line.data[i - 1] == '=';
	return open;
}

/* ---- a cookie in one line ------------------------------------------------------------------------ */

static bool is_of_cookie(enum key_role role)
{
	return role == KEY_HOST || (role >= KEY_COOKIE_NAME && role <= KEY_COOKIE_SECURE);
}

/* One piece of a line, as a field of a cookie; false where it is none. */
static bool cookie_field(const struct keys *keys, struct slice piece, struct field *field)
{
	size_t key_len = 0, value = 0;
	enum key_role role = key_here(keys, piece, &key_len, &value);

	if (!is_of_cookie(role))
		return false;
	*field = (struct field){
		role, slice_until(piece, key_len), value_without_quotes(slice_trim(slice_from(piece, value))), false, false, false};
	return true;
}

/* "Domain: x; Name: y; Value: z; Path: /" into fields, whatever parts them; only what tells name, value and domain is a cookie. */
static bool cookie_read(const struct keys *keys, struct slice line, char mark, struct block_line *out)
{
	struct field found[LINE_FIELDS_MAX];
	size_t count = 0;
	unsigned roles = 0;

	while (line.len > 0 && count < LINE_FIELDS_MAX) {
		size_t end = slice_find_byte(line, mark);

		if (cookie_field(keys, slice_trim(slice_until(line, end)), &found[count]) && (roles & 1u << found[count].role) == 0 &&
			found[count].value.len > 0)
			roles |= 1u << found[count++].role;
		line = slice_from(line, end < line.len ? end + 1 : end);
	}
	if ((roles & 1u << KEY_COOKIE_NAME) == 0 || (roles & 1u << KEY_COOKIE_VALUE) == 0 ||
		(roles & (1u << KEY_HOST | 1u << KEY_COOKIE_DOMAIN)) == 0)
		return false;
	memcpy(out->fields, found, count * sizeof(*found));
	out->fields_count = count;
	return true;
}

void block_inline_cookie(const struct keys *keys, struct slice line, struct block_line *out)
{
	static const char marks[] = ";|,\t";
	struct field first;
	size_t begin = slice_find_byte(line, '(');

	/* Cookie(version=0, name='x', ...) */
	if (begin < line.len && line.data[line.len - 1] == ')' && slice_starts_nocase(line, "cookie("))
		line = (struct slice){line.data + begin + 1, line.len - begin - 2};
	else if (!cookie_field(keys, line, &first))
		return;
	for (size_t i = 0; marks[i] != 0 && !cookie_read(keys, line, marks[i], out); i++)
		;
}

static bool is_quoted(struct slice line, struct slice value)
{
	return value.len > 0 && value.data > line.data && (value.data[-1] == '"' || value.data[-1] == '\'');
}

/* Where texts stand in quotes within brackets, or all names are of a letter or two, a bare name is no text. */
static bool is_passed(struct slice line, const struct field *found, size_t count)
{
	bool quoted = false, variable = false, brief = true;

	for (size_t i = 0; i < count; i++) {
		bool bare = found[i].value.len > 0 && !is_quoted(line, found[i].value);

		struct slice before = slice_until(line, (size_t)(found[i].key.data - line.data));
		bool within = slice_find_byte(before, '(') < before.len || slice_find_byte(before, '{') < before.len;

		quoted |= is_quoted(line, found[i].value);
		variable |=
			(found[i].role == KEY_PASSWORD || found[i].role == KEY_HASH) && bare && within && value_is_variable(found[i].value);
		brief = brief && bare && value_is_variable(found[i].value) &&
			(found[i].value.len <= 2 || one_of(found[i].value.data[1], ")]};,"));
	}
	return variable && (quoted || brief);
}

/* {email: 'jdoe', password: getPassword()}: where texts stand in quotes, a bare call is code that fetches the secret. */
static bool is_fetched(struct slice line, const struct field *found, size_t count)
{
	bool quoted = false, call = false;

	for (size_t i = 0; i < count; i++) {
		quoted |= is_quoted(line, found[i].value);
		call |= (found[i].role == KEY_PASSWORD || found[i].role == KEY_HASH) && !is_quoted(line, found[i].value) &&
			value_is_call(found[i].value);
	}
	return quoted && call;
}

/* Reads "Login: jdoe | Password: x" into fields; leaves *count alone unless the line holds a secret and whose it is. */
void block_inline_read(const struct keys *keys, struct slice line, struct block_line *out)
{
	struct field found[LINE_FIELDS_MAX];
	size_t count = 0, value_at = 0;
	char delimiter = 0;
	unsigned roles = 0;

	for (size_t at = 0; at < line.len && count < LINE_FIELDS_MAX; at++) {
		size_t key_len = 0, value = 0;
		enum key_role role;

		bool symbol = at > 1 && line.data[at - 1] == ':' && one_of(line.data[at - 2], "{ ,("); /* :email=>"x" of Ruby */

		if ((at > 0 && !opens_field(line.data[at - 1]) && !symbol) || !letter_begins(slice_from(line, at)))
			continue;
		role = key_here(keys, slice_from(line, at), &key_len, &value);
		if (at > 0 && line.data[at - 1] == '=' && memchr(line.data + at, ' ', key_len) != NULL) /* "user=app password=x" */
			continue;
		if (at > 0 && line.data[at - 1] == '=' && role == KEY_HASH) /* "--hash=sha256:x": of a file */
			continue;
		if (!is_core(role) && role != KEY_SOFTWARE && role != KEY_SALT && (role != KEY_SKIP || count == 0))
			continue;
		if (is_core(role) && (roles & 1u << role) != 0)
			continue;
		if (count > 0) {
			char between = delimiter_before(line, at);

			if (delimiter != 0 && between != delimiter && delimiter != ' ')
				continue;
			delimiter = between;
			found[count - 1].value =
				field_value(keys, &found[count - 1], (struct slice){line.data + value_at, at - value_at}, delimiter, false);
		}
		roles |= 1u << role;
		found[count++] = (struct field){role, {line.data + at, key_len}, SLICE_NONE, false, false, false};
		value_at = at + value;
		at += value - 1;
	}
	if (count < 2 || (roles & (1u << KEY_PASSWORD | 1u << KEY_HASH)) == 0 ||
		(roles & (1u << KEY_USER | 1u << KEY_EMAIL | 1u << KEY_HOST)) == 0)
		return;
	if (found[0].role == KEY_PASSWORD && delimiter == ' ') /* "Password: my user: x" is one password */
		return;
	if (opens_in_quotes(line, (size_t)(found[0].key.data - line.data))) /* connectionString="server=x;pwd=y" z="..." */
		line = slice_until(line, value_at + slice_find_byte(slice_from(line, value_at), '"'));
	size_t last = (size_t)(found[count - 1].key.data - line.data); /* "Login: jdoe (PW: x)" */
	bool inner = last > 0 && line.data[last - 1] == '(';
	found[count - 1].value = without_closing(line, inner ? last : (size_t)(found[0].key.data - line.data),
		field_value(keys, &found[count - 1], slice_from(line, value_at), delimiter, true));
	if (is_fetched(line, found, count) || is_passed(line, found, count))
		return;
	if ((roles & 1u << KEY_HOST) == 0 && count < LINE_FIELDS_MAX) { /* "jdbc:x://host;user=..;password=.." */
		struct slice url = line_url(line), first = slice_until(line, slice_find_byte(line, ' '));

		if (url.len == 0 && value_is_host(first))
			url = first;
		if (url.len > 0)
			found[count++] =
				(struct field){KEY_HOST, SLICE_NONE, slice_until(url, slice_find_byte(url, ';')), true, false, false};
	}
	memcpy(out->fields, found, count * sizeof(*found));
	out->fields_count = count;
}

/* ---- several records in one line ---------------------------------------------------------------- */

enum { RECORD_REACH = 2048, RECORD_KEYS = 96 };

struct key_place {
	size_t at;
	enum key_role role;
};

static size_t find_keys(const struct keys *keys, struct slice line, struct key_place places[RECORD_KEYS])
{
	size_t count = 0;

	for (size_t at = 0; at < line.len && count < RECORD_KEYS; at++) {
		size_t key_len = 0, value = 0;
		enum key_role role;

		if ((at > 0 && !opens_field(line.data[at - 1])) || !letter_begins(slice_from(line, at)))
			continue;
		role = key_here(keys, slice_from(line, at), &key_len, &value);
		if (!is_core(role) && role != KEY_SOFTWARE)
			continue;
		places[count++] = (struct key_place){at, role};
		at += value - 1;
	}
	return count;
}

/* The role that begins a record: of the first key of the line; in a piece cut out of one, the host. */
static enum key_role beginner(const struct key_place *places, size_t count, bool cut)
{
	for (size_t i = 0; cut && i < count; i++)
		if (places[i].role == KEY_HOST)
			return KEY_HOST;
	return places[0].role;
}

struct slice block_inline_record(const struct keys *keys, struct slice line, size_t at)
{
	struct key_place places[RECORD_KEYS];
	size_t from = at > RECORD_REACH ? at - RECORD_REACH : 0, to = line.len - at > RECORD_REACH ? at + RECORD_REACH : line.len;
	struct slice piece = {line.data + from, to - from};
	size_t count = find_keys(keys, piece, places), begin = 0, end = piece.len, begins = 0;

	if (count < 4)
		return line;
	enum key_role first = beginner(places, count, from > 0);

	for (size_t i = 0; i < count; i++) {
		if (places[i].role != first)
			continue;
		begins++;
		if (places[i].at <= at - from)
			begin = places[i].at;
		else if (places[i].at < end)
			end = places[i].at;
	}
	if (begins < 2)
		return line;
	while (end < piece.len && end > begin && one_of(piece.data[end - 1], " ,;|\t"))
		end--;
	return (struct slice){piece.data + begin, end - begin};
}

/* ---- XML -------------------------------------------------------------------------------------- */

/* The value of an attribute in a tag. */
static struct slice attribute(struct slice tag, const char *name)
{
	size_t at = slice_find_nocase(tag, name);
	struct slice rest;

	if (at == tag.len || at == 0 || !isspace((unsigned char)tag.data[at - 1]))
		return SLICE_NONE;
	rest = slice_from(tag, at + strlen(name));
	if (rest.len < 3 || rest.data[0] != '=' || (rest.data[1] != '"' && rest.data[1] != '\''))
		return SLICE_NONE;
	return (struct slice){rest.data + 2, slice_find_byte(slice_from(rest, 2), rest.data[1])};
}

static void add_field(const struct keys *keys, struct slice key, struct slice value, bool base64, struct block_line *out)
{
	enum key_role role = keys_block_role(keys, key);

	if (role == KEY_NONE)
		role = keys_identifier_role(keys, key);
	if (role != KEY_NONE && out->fields_count < LINE_FIELDS_MAX)
		out->fields[out->fields_count++] =
			(struct field){role, key, value.data != NULL ? slice_trim(value) : SLICE_NONE, false, false, base64};
}

static bool is_named(struct slice tag, const char *const *list)
{
	while (*list != NULL && !slice_equal_nocase(tag, slice_of(*list)))
		list++;
	return *list != NULL;
}

/* <Host>x</Host>, <Pass encoding="base64">..</Pass>, <add key="Password" value="x"/>, <key>Password</key>. */
void block_xml_read(const struct keys *keys, struct slice line, struct block_line *out)
{
	static const char *const names[] = {"key", "dt", "th", NULL}, *const values[] = {"string", "value", "dd", "td", "integer", NULL};

	while (line.len > 0) {
		size_t open = slice_find_byte(line, '<'), close = slice_find_byte(line, '>'), name = open + 1, end;
		struct slice tag, inner;

		if (close <= open || close == line.len)
			return;
		tag = (struct slice){line.data + open + 1, close - open - 1};
		line = slice_from(line, close + 1);
		if (attribute(tag, "value").data != NULL) {
			struct slice key = attribute(tag, "key");

			add_field(keys, key.data != NULL ? key : attribute(tag, "name"), attribute(tag, "value"), false, out);
			continue;
		}
		for (name = 0; name < tag.len && (isalnum((unsigned char)tag.data[name]) || one_of(tag.data[name], "_:.-")); name++)
			;
		end = slice_find_byte(line, '<');
		if (name == 0 || end + 1 >= line.len || line.data[end + 1] != '/')
			continue;
		inner = slice_until(line, end);
		struct field *before = out->fields_count > 0 ? &out->fields[out->fields_count - 1] : NULL;

		if (is_named(slice_until(tag, name), values) && before != NULL && before->value.data == NULL) {
			before->value = slice_trim(inner);
			line = slice_from(line, end);
			continue;
		}
		if (is_named(slice_until(tag, name), names))
			add_field(keys, inner, SLICE_NONE, false, out);
		else if (attribute(tag, "name").len > 0) /* <column name="email">x</column> */
			add_field(keys, attribute(tag, "name"), inner, false, out);
		else if (name > 1) /* <p> and <u> are of HTML */
			add_field(keys, slice_until(tag, name), inner, slice_equal_nocase(attribute(tag, "encoding"), SLICE_TEXT("base64")),
				out);
		line = slice_from(line, end);
	}
}
