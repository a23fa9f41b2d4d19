#include "inspect/records/block_values.h"

#include <ctype.h>
#include <string.h>

#include "shared/byteset.h"
#include "shared/escape.h"

/* env('X', 'y'), os.getenv("X", "y"): from the quote of the last of two texts on; nothing where there are not two. */
static struct slice call_default(struct slice value)
{
	static const char *const names[] = {"env", "getenv", "get", "config", "fetch"};
	size_t open = slice_find_byte(value, '('), from = open, comma;

	while (from > 0 && isalnum((unsigned char)value.data[from - 1]))
		from--;
	struct slice name = {value.data + from, open - from}, rest = slice_from(value, open + 1);
	bool known = false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		known = known || slice_equal_nocase(name, slice_of(names[i]));
	if (!known || open >= value.len || rest.len < 6 || (rest.data[0] != '"' && rest.data[0] != '\''))
		return SLICE_NONE;
	comma = 1 + slice_find_byte(slice_from(rest, 1), rest.data[0]) + 1;
	if (comma >= rest.len || rest.data[comma] != ',')
		return SLICE_NONE;
	rest = slice_trim(slice_from(rest, comma + 1));
	return rest.len > 2 && (rest.data[0] == '"' || rest.data[0] == '\'') ? rest : SLICE_NONE;
}

/* What stands before the quotes of a text: u'x' of Python, string(12) "x" of PHP, ConvertTo-SecureString "x". */
static struct slice without_prefix(struct slice value)
{
	static const char *const words[] = {"ConvertTo-SecureString ", "-String ", "-AsPlainText ", "-Force ", "(", "Just(", "new String("};
	struct slice rest = call_default(value);

	if (rest.len > 0)
		return rest;
	rest = value;
	if (slice_starts_nocase(rest, "\"\"\"") && slice_ends_nocase(rest, "\"\"\"") && rest.len > 6)
		return (struct slice){rest.data + 2, rest.len - 4};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		while (slice_starts_nocase(rest, words[i]))
			rest = slice_trim(slice_from(rest, strlen(words[i])));
	if (slice_starts_nocase(rest, "string(") && slice_find_byte(rest, ')') < 16)
		rest = slice_trim(slice_from(rest, slice_find_byte(rest, ')') + 1));
	if (rest.len > 3 && one_of(rest.data[0], "uUbBrRfFN@") && (rest.data[1] == '"' || rest.data[1] == '\''))
		rest = slice_from(rest, 1);
	return rest.len > 2 && (rest.data[0] == '"' || rest.data[0] == '\'') ? rest : value;
}

/* "x" -AsPlainText -Force: what a quoted text is followed by. */
static struct slice quoted_first(struct slice value)
{
	size_t end = value.len > 2 ? slice_find_byte(slice_from(value, 1), value.data[0]) : value.len;

	return end + 2 < value.len && end > 0 && one_of(value.data[end + 2], " )") ? slice_until(value, end + 2) : value;
}

struct slice value_without_quotes(struct slice value)
{
	struct slice bare = without_prefix(value), inner = bare.data != value.data ? quoted_first(bare) : bare;

	while (inner.len > 0 && (inner.data[inner.len - 1] == ',' || inner.data[inner.len - 1] == ';' || inner.data[inner.len - 1] == ')'))
		inner = slice_trim(slice_until(inner, inner.len - 1));
	if (inner.len > 2 && (inner.data[0] == '"' || inner.data[0] == '\'') && inner.data[inner.len - 1] == inner.data[0])
		return (struct slice){inner.data + 1, inner.len - 2};
	if (inner.len == 2 && inner.data[0] == inner.data[1] && (inner.data[0] == '"' || inner.data[0] == '\''))
		return slice_until(inner, 0);
	return value;
}

struct slice value_without_marks(struct slice value)
{
	static const char *const marks[] = {"`", "**", "__", "||"};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t len = strlen(marks[i]);

		if (value.len > 2 * len && slice_starts_nocase(value, marks[i]) && slice_ends_nocase(value, marks[i]))
			return (struct slice){value.data + len, value.len - 2 * len};
	}
	return value;
}

size_t bbcode_length(struct slice text)
{
	static const char *const names[] = {"b", "i", "u", "s", "*", "color", "size", "font", "code", "php", "pre", "hide", "hidden",
		"spoiler", "quote", "email", "mail", "url", "center", "left", "right", "align", "list", "li", "table", "tr", "td", "th",
		"noparse", "highlight", "mention", "user", "plain", "icode", "indent", "background", "blur", "like", "reply", "charge"};
	size_t close = slice_find_byte(slice_until(text, 80), ']'), name = text.len > 1 && text.data[1] == '/' ? 2 : 1, end = name;

	if (text.len < 3 || text.data[0] != '[' || close >= text.len || close >= 80)
		return 0;
	while (end < close && text.data[end] != '=')
		end++;
	struct slice behind = skip_blanks(slice_from(text, close + 1));
	if (behind.len > 0 && one_of(behind.data[0], "=:")) /* [email] => x is a key */
		return 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_equal_nocase((struct slice){text.data + name, end - name}, slice_of(names[i])))
			return close + 1;
	return 0;
}

struct slice value_without_bbcode(struct slice value)
{
	for (size_t len = bbcode_length(value); len > 0; len = bbcode_length(value))
		value = slice_trim(slice_from(value, len));
	while (value.len > 3 && value.data[value.len - 1] == ']') {
		const char *open = memrchr(value.data, '[', value.len);
		size_t at = open != NULL ? (size_t)(open - value.data) : 0;

		if (at == 0 || bbcode_length(slice_from(value, at)) != value.len - at)
			break;
		value = slice_trim(slice_until(value, at));
	}
	return value;
}

struct slice value_without_nuls(struct slice value)
{
	while (value.len > 0 && value.data[value.len - 1] == '\0')
		value = slice_trim(slice_until(value, value.len - 1));
	return value;
}

struct slice value_without_markup(struct slice value)
{
	size_t at;

	value = value_without_bbcode(value);
	at = slice_find_byte(value, '<');
	while (at < value.len && !slice_starts_nocase(slice_from(value, at), "</") && !slice_starts_nocase(slice_from(value, at), "<br"))
		at += 1 + slice_find_byte(slice_from(value, at + 1), '<');
	return at > 0 && at < value.len && slice_find_byte(slice_from(value, at), '>') < value.len - at ? slice_trim(slice_until(value, at))
													: value;
}

bool value_is_call(struct slice value)
{
	size_t open = slice_find_byte(value, '(');

	if (call_default(value).len > 0)
		return false;
	if (slice_starts_nocase(value, "new "))
		return open < value.len;
	if (open == 0 || open == value.len || slice_find_byte(slice_from(value, open), ')') == value.len - open)
		return false;
	for (size_t i = 0; i < open; i++)
		if (!isalnum((unsigned char)value.data[i]) && !one_of(value.data[i], "._:>-$"))
			return false;
	return value.data[value.len - 1] == ')' || value.data[value.len - 1] == ';';
}

bool value_is_variable(struct slice value)
{
	size_t name = 0;

	while (name < value.len && (isalpha((unsigned char)value.data[name]) || one_of(value.data[name], "_.")))
		name++;
	for (size_t i = name; i < value.len; i++)
		if (!one_of(value.data[i], ")]};,"))
			return false;
	return name > 0;
}

bool value_is_subscript(struct slice value)
{
	size_t open = slice_find_byte(value, '[');

	while (value.len > 1 && strchr(",;", value.data[value.len - 1]) != NULL)
		value.len--;
	if (open == 0 || open + 1 >= value.len || value.data[value.len - 1] != ']' || !isalpha((unsigned char)value.data[0]))
		return false;
	for (size_t i = 0; i < open; i++)
		if (!isalnum((unsigned char)value.data[i]) && strchr("._", value.data[i]) == NULL)
			return false;
	return true;
}

bool value_is_host(struct slice value)
{
	size_t dot = slice_find_byte(value, '.');

	if (value.len < 4 || value.len > 260 || dot == 0 || dot + 2 >= value.len || !isalnum((unsigned char)value.data[value.len - 1]))
		return false;
	for (size_t i = 0; i < value.len; i++)
		if (!isalnum((unsigned char)value.data[i]) && !one_of(value.data[i], ".-_:"))
			return false;
	return true;
}

size_t blank_length(struct slice text)
{
	static const char *const wide[] = {
		"\xc2\xa0", "\xe2\x80\x8b", "\xe2\x80\x8c", "\xe2\x80\x8d", "\xe2\x81\xa0", "\xef\xbb\xbf", "\xe3\x80\x80"};

	if (text.len > 0 &&
		(text.data[0] == ' ' || text.data[0] == '\t' || text.data[0] == '\r' || text.data[0] == '\n' || text.data[0] == 0))
		return 1;
	if (text.len == 0 || (unsigned char)text.data[0] < 0xc2)
		return 0;
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (slice_starts_nocase(text, wide[i]))
			return strlen(wide[i]);
	return 0;
}

struct slice skip_blanks(struct slice text)
{
	for (size_t len = blank_length(text); len > 0; len = blank_length(text))
		text = slice_from(text, len);
	return text;
}

/* Bold letters of mathematics, letters in circles and squares. */
static bool is_dressed_letter(struct slice text)
{
	static const char *const blocks[] = {"\xf0\x9d\x90", "\xf0\x9d\x91", "\xf0\x9d\x92", "\xf0\x9d\x93", "\xf0\x9d\x94", "\xf0\x9d\x95",
		"\xf0\x9d\x96", "\xf0\x9d\x97", "\xf0\x9d\x98", "\xf0\x9d\x99", "\xf0\x9d\x9a", "\xf0\x9f\x84", "\xf0\x9f\x85", "\xe2\x92",
		"\xe2\x93"};

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		if (slice_starts_nocase(text, blocks[i]))
			return true;
	return false;
}

static bool is_full_width_letter(struct slice text)
{
	unsigned char last = text.len > 2 ? (unsigned char)text.data[2] : 0;

	return last != 0 && (((unsigned char)text.data[1] == 0xbc && last >= 0xa1 && last <= 0xba) ||
				    ((unsigned char)text.data[1] == 0xbd && last >= 0x81 && last <= 0x9a));
}

bool letter_begins(struct slice text)
{
	unsigned char c = (unsigned char)text.data[0];

	if (c < 0x80)
		return isalnum(c);
	if (utf8_length(text.data, text.len) == 0) /* of an old code page */
		return true;
	if (c == 0xe2 || c == 0xf0)
		return is_dressed_letter(text);
	return c >= 0xc3 && (c != 0xef || is_full_width_letter(text)); /* no signs, arrows, boxes, emoji */
}

size_t key_letters(struct slice key)
{
	size_t letters = 0;

	for (size_t at = 0, len; at < key.len && key.data[at] != '('; at += len) {
		len = utf8_length(key.data + at, key.len - at);
		len = len > 0 ? len : 1;
		letters += letter_begins(slice_from(key, at)) && !isdigit((unsigned char)key.data[at]);
	}
	return letters;
}
