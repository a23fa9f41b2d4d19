#include "inspect/records/block_lines.h"

#include <ctype.h>
#include <string.h>

#include "shared/escape.h"

enum {
	SEPARATOR_RUN = 5,
	KEY_REACH = 64,      /* a key and its decoration end within so many bytes */
	INLINE_REACH = 2048, /* a longer line is not several fields side by side */
};

/* ---- separators and blanks -------------------------------------------------------------------- */

/* Length of a blank at text: ASCII, no-break and zero-width ones. */
static size_t blank_length(struct slice text)
{
	static const char *const wide[] = {
		"\xc2\xa0", "\xe2\x80\x8b", "\xe2\x80\x8c", "\xe2\x80\x8d", "\xe2\x81\xa0", "\xef\xbb\xbf", "\xe3\x80\x80"};

	if (text.len > 0 &&
		(text.data[0] == ' ' || text.data[0] == '\t' || text.data[0] == '\r' || text.data[0] == '\n' || text.data[0] == 0))
		return 1;
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (slice_starts_nocase(text, wide[i]))
			return strlen(wide[i]);
	return 0;
}

static struct slice skip_blanks(struct slice text)
{
	for (size_t len = blank_length(text); len > 0; len = blank_length(text))
		text = slice_from(text, len);
	return text;
}

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

/* ---- values ----------------------------------------------------------------------------------- */

static struct slice without_quotes(struct slice value)
{
	while (value.len > 0 && (value.data[value.len - 1] == ',' || value.data[value.len - 1] == ';'))
		value = slice_trim(slice_until(value, value.len - 1));
	if (value.len >= 2 && (value.data[0] == '"' || value.data[0] == '\'') && value.data[value.len - 1] == value.data[0])
		return (struct slice){value.data + 1, value.len - 2};
	return value;
}

/* Takes the marks of a messenger off both ends: `x`, **x**. */
static struct slice without_marks(struct slice value)
{
	static const char *const marks[] = {"`", "**", "__", "||"};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t len = strlen(marks[i]);

		if (value.len > 2 * len && slice_starts_nocase(value, marks[i]) && slice_ends_nocase(value, marks[i]))
			return (struct slice){value.data + len, value.len - 2 * len};
	}
	return value;
}

/* ---- one key at the beginning ------------------------------------------------------------------ */

static bool is_letter(struct slice text)
{
	unsigned char c = (unsigned char)text.data[0];

	if (c < 0x80)
		return isalnum(c);
	return c >= 0xc3 && c != 0xe2 && c != 0xef && c != 0xf0; /* no signs, arrows, boxes, emoji */
}

/* Bullets, numbers, emoji before a key. */
static struct slice skip_decoration(struct slice line)
{
	struct slice rest = line;
	size_t digits = 0;

	while (rest.len > 0 && !is_letter(rest) && line.len - rest.len < 24)
		rest = slice_from(rest, 1);
	while (digits < rest.len && digits < 6 && isdigit((unsigned char)rest.data[digits]))
		digits++;
	if (digits > 0 && digits < rest.len && (rest.data[digits] == '.' || rest.data[digits] == ')' || rest.data[digits] == ']')) {
		rest = slice_from(rest, digits + 1);
		while (rest.len > 0 && !is_letter(rest) && line.len - rest.len < 32)
			rest = slice_from(rest, 1);
	}
	return rest;
}

/* Length of the separator between key and value at text, 0 when there is none. */
static size_t separator_length(struct slice text)
{
	static const char *const several[] = {"=>", "->", "\xef\xbc\x9a" /* full-width colon */, "\xe2\x86\x92" /* arrow */, "\xc2\xbb",
		"\xe2\x9e\x9c", "\xe2\x9e\xa1", "\xe2\x80\x94" /* dash */, "\xe2\x80\x93"};

	for (size_t i = 0; i < sizeof(several) / sizeof(several[0]); i++)
		if (slice_starts_nocase(text, several[i]))
			return strlen(several[i]);
	if (text.len > 0 && (text.data[0] == ':' || text.data[0] == '=' || text.data[0] == '\t' || text.data[0] == '|'))
		return 1;
	if (text.len > 1 && text.data[0] == ' ' && text.data[1] == ' ')
		return 2;
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
	bool quoted = false, bracket = false;

	while (key.len > 0 && is_closer(key.data[key.len - 1]) &&
		!(key.data[key.len - 1] == ')' && memchr(key.data, '(', key.len) != NULL)) {
		quoted = quoted || key.data[key.len - 1] == '"' || key.data[key.len - 1] == '\'';
		bracket = bracket || key.data[key.len - 1] == ']';
		key.len--;
	}
	rest = skip_blanks(rest);
	separator = separator_length(rest);
	if (separator > 0)
		rest = skip_blanks(slice_from(rest, separator));
	else if (!bracket)
		return false;
	/* A second sign belongs to the separator only where the first was a blank: "Login   : jdoe". */
	if (slice_starts_nocase(opened, "**") && slice_starts_nocase(rest, "**"))
		rest = skip_blanks(slice_from(rest, 2));
	field->key = slice_trim(key);
	field->value = slice_trim(rest);
	field->value = quoted ? without_quotes(field->value) : without_marks(field->value);
	return true;
}

/* The field at the beginning of line. The key ends at the first separator that makes it one we know. */
static bool read_first_field(const struct keys *keys, struct slice line, struct field *field)
{
	struct slice opened = skip_blanks(line), start = skip_decoration(opened);

	for (size_t at = 1; at < start.len && at < KEY_REACH; at++) {
		size_t separator = separator_length(slice_from(start, at));
		bool closes = start.data[at] == ']' && start.data != opened.data;

		if (separator == 0 && !closes)
			continue;
		if (!read_value(opened, slice_until(start, at + (closes ? 1 : 0)), slice_from(start, at + (closes ? 1 : 0)), field))
			continue;
		field->role = keys_block_role(keys, field->key);
		field->implied = false;
		if (field->role != KEY_NONE)
			return true;
		if (start.data[at] == ':' || start.data[at] == '=')
			return false;
	}
	return false;
}

/* Just ["Chrome" = "Default"]: software without a key. */
static bool is_bare_software(struct slice line)
{
	return line.len > 4 && line.data[0] == '[' && line.data[line.len - 1] == ']' && line.data[1] == '"' &&
	       slice_find_byte(line, '=') < line.len;
}

/* ---- several fields in one line ---------------------------------------------------------------- */

static bool opens_field(char before)
{
	return before == ' ' || before == '\t' || before == '|' || before == ';' || before == ',' || before == '(' || before == '[' ||
	       before == '{' || before == '"' || before == '\'' || before == '*' || before == '>';
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
	while (key_at > 0 && (line.data[key_at - 1] == ' ' || line.data[key_at - 1] == '\t'))
		key_at--;
	return key_at > 0 && strchr("|;,/", line.data[key_at - 1]) != NULL ? line.data[key_at - 1] : ' ';
}

static struct slice cut_value(struct slice value, char delimiter, bool last)
{
	value = slice_trim(value);
	if (last && delimiter == ' ')
		for (size_t at = 0; at < value.len; at++)
			if (value.data[at] == ' ' || value.data[at] == '\t')
				return slice_until(value, at);
	if (last && delimiter != ' ')
		for (size_t at = 1; at < value.len; at++)
			if (value.data[at] == delimiter && (value.data[at - 1] == ' ' || at + 1 == value.len || value.data[at + 1] == ' '))
				return without_marks(slice_trim(slice_until(value, at)));
	while (value.len > 0 && !last && (value.data[value.len - 1] == delimiter || value.data[value.len - 1] == '-'))
		value = slice_trim(slice_until(value, value.len - 1));
	return without_marks(value);
}

static struct slice field_value(const struct field *field, struct slice value, char delimiter, bool last)
{
	char closing = field->key.data[field->key.len - 1];
	struct slice trimmed = slice_trim(value);

	if (closing != '"' && closing != '\'')
		return cut_value(value, delimiter, last);
	if (trimmed.len > 1 && (trimmed.data[0] == '"' || trimmed.data[0] == '\''))
		return (struct slice){trimmed.data + 1, slice_find_byte(slice_from(trimmed, 1), trimmed.data[0])};
	for (size_t at = 0; at < trimmed.len; at++) /* null, true, a number */
		if (strchr(",;} \t", trimmed.data[at]) != NULL)
			return slice_until(trimmed, at);
	return trimmed;
}

/* Reads "Login: jdoe | Password: x" into fields; leaves *count alone unless the line holds a secret and whose it is. */
static void read_inline_fields(const struct keys *keys, struct slice line, struct block_line *out)
{
	struct field found[LINE_FIELDS_MAX];
	size_t count = 0, value_at = 0;
	char delimiter = 0;
	unsigned roles = 0;

	for (size_t at = 0; at < line.len && count < LINE_FIELDS_MAX; at++) {
		size_t key_len = 0, value = 0;
		enum key_role role;

		if ((at > 0 && !opens_field(line.data[at - 1])) || !is_letter(slice_from(line, at)))
			continue;
		role = key_here(keys, slice_from(line, at), &key_len, &value);
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
				field_value(&found[count - 1], (struct slice){line.data + value_at, at - value_at}, delimiter, false);
		}
		roles |= 1u << role;
		found[count++] = (struct field){role, {line.data + at, key_len}, SLICE_NONE, false};
		value_at = at + value;
		at += value - 1;
	}
	if (count < 2 || (roles & (1u << KEY_PASSWORD | 1u << KEY_HASH)) == 0 ||
		(roles & (1u << KEY_USER | 1u << KEY_EMAIL | 1u << KEY_HOST)) == 0)
		return;
	if (found[0].role == KEY_PASSWORD && delimiter == ' ') /* "Password: my user: x" is one password */
		return;
	found[count - 1].value = field_value(&found[count - 1], slice_from(line, value_at), delimiter, true);
	memcpy(out->fields, found, count * sizeof(*found));
	out->fields_count = count;
}

/* ---- the line --------------------------------------------------------------------------------- */

static bool is_url_byte(char c)
{
	return (unsigned char)c > ' ' && c != '"' && c != '<' && c != '>' && c != '|' && c != '`';
}

/* The first URL of a line without keys. */
static struct slice url_in(struct slice line)
{
	size_t at = slice_find_nocase(line, "://"), from = at, to = at;

	if (at == line.len)
		return SLICE_NONE;
	while (from > 0 && isalpha((unsigned char)line.data[from - 1]))
		from--;
	while (to < line.len && is_url_byte(line.data[to]))
		to++;
	return (struct slice){line.data + from, to - from};
}

static bool is_address(struct slice line)
{
	size_t at = slice_find_byte(line, '@');

	if (at == 0 || at + 3 >= line.len || slice_find_byte(slice_from(line, at), '.') == line.len - at)
		return false;
	for (size_t i = 0; i < line.len; i++)
		if (!isalnum((unsigned char)line.data[i]) && strchr("@._%+-", line.data[i]) == NULL)
			return false;
	return true;
}

static void read_implied(struct slice line, struct block_line *out)
{
	struct slice url = url_in(line);

	if (url.len > 0)
		out->fields[out->fields_count++] = (struct field){KEY_HOST, SLICE_NONE, url, true};
	else if (is_address(line))
		out->fields[out->fields_count++] = (struct field){KEY_EMAIL, SLICE_NONE, line, true};
}

void block_line_read(const struct keys *keys, struct slice line, struct block_line *out)
{
	struct slice trimmed = slice_trim(skip_blanks(line));

	out->text = line;
	out->fields_count = 0;
	out->kind = LINE_OTHER;
	if (trimmed.len == 0) {
		out->kind = LINE_BLANK;
	} else if (is_bare_software(trimmed)) {
		out->kind = LINE_KEYED;
		out->fields[out->fields_count++] = (struct field){KEY_SOFTWARE, SLICE_NONE, trimmed, false};
	} else if (is_separator(trimmed)) {
		out->kind = LINE_SEPARATOR;
	} else {
		if (trimmed.len <= INLINE_REACH)
			read_inline_fields(keys, trimmed, out);
		if (out->fields_count == 0 && read_first_field(keys, trimmed, &out->fields[0]))
			out->fields_count = 1;
		if (out->fields_count > 0)
			out->kind = LINE_KEYED;
		else if (trimmed.len <= INLINE_REACH)
			read_implied(trimmed, out);
	}
}
