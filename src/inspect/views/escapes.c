#include "inspect/views/escapes.h"

#include <ctype.h>
#include <libxml/HTMLparser.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shared/escape.h"

enum { ENTITY_BYTES = 32, TAG_BYTES = 512, BLANKS_MAX = 3, MATH_LETTERS = 0x2a4, MATH_DIGITS = 0x3ce };

static bool starts(struct slice text, size_t at, const char *prefix)
{
	return slice_starts_nocase(slice_from(text, at), prefix);
}

/* Value of count hex digits at `at`, or -1. */
static long hex_value(struct slice text, size_t at, size_t count)
{
	long value = 0;
	for (size_t i = at; i < at + count; i++) {
		if (i >= text.len || !isxdigit((unsigned char)text.data[i]))
			return -1;
		int digit = tolower((unsigned char)text.data[i]);
		value = value * 16 + (digit <= '9' ? digit - '0' : digit - 'a' + 10);
	}
	return value;
}

static void put_byte(struct decoded *decoded, char byte)
{
	decoded->bytes[decoded->len++] = byte;
}

static void put_code_point(struct decoded *decoded, unsigned long c)
{
	decoded->len += utf8_encode((uint32_t)c, decoded->bytes + decoded->len);
}

static bool may_stand_in_line(unsigned long c)
{
	return c >= 0x20 && c <= 0x10ffff && !(c >= 0xd800 && c < 0xe000);
}

/* ---- one kind each ---------------------------------------------------------------------------- */

static size_t percent(struct slice text, size_t at, char sign, struct decoded *decoded)
{
	long value = text.data[at] == sign ? hex_value(text, at + 1, 2) : -1;
	size_t len = 3;
	if (value == '%' && hex_value(text, at + 3, 2) >= 0) { /* encoded twice */
		value = hex_value(text, at + 3, 2);
		len = 5;
	}
	if (value < 0 || (value < 0x20 && value != '\n' && value != '\r' && value != '\t'))
		return 0;
	put_byte(decoded, (char)value);
	return len;
}

static size_t quoted_printable(struct slice text, size_t at, struct decoded *decoded)
{
	if (at + 1 < text.len && text.data[at + 1] == '\n')
		return 2;
	if (at + 2 < text.len && text.data[at + 1] == '\r' && text.data[at + 2] == '\n')
		return 3;
	return percent(text, at, '=', decoded);
}

unsigned long escape_entity(const char *name)
{
	static const struct {
		const char *name;
		char c;
	} more[] = /* HTML 4 names are libxml2's; these came with HTML 5 */ {{"commat", '@'}, {"period", '.'}, {"colon", ':'},
		{"semi", ';'}, {"sol", '/'}, {"bsol", '\\'}, {"lowbar", '_'}, {"vert", '|'}, {"verbar", '|'}, {"num", '#'}, {"excl", '!'},
		{"quest", '?'}, {"dollar", '$'}, {"percnt", '%'}, {"plus", '+'}, {"equals", '='}, {"lpar", '('}, {"rpar", ')'},
		{"lsqb", '['}, {"rsqb", ']'}, {"ast", '*'}, {"comma", ','}, {"apos", '\''}, {"hyphen", '-'}, {"dash", '-'}, {"grave", '`'},
		{"Hat", '^'}, {"lcub", '{'}, {"rcub", '}'}, {"lbrace", '{'}, {"rbrace", '}'}, {"lbrack", '['}, {"rbrack", ']'},
		{"midast", '*'}, {"VerticalLine", '|'}, {"UnderBar", '_'}, {"NewLine", '\n'}, {"Tab", '\t'}};
	for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
		if (strcmp(more[i].name, name) == 0)
			return (unsigned char)more[i].c;
	}
	const htmlEntityDesc *entity = htmlEntityLookup((const xmlChar *)name);
	return entity != NULL ? entity->value : 0;
}

static size_t entity(struct slice text, size_t at, struct decoded *decoded)
{
	char name[ENTITY_BYTES];
	struct slice rest = slice_until(slice_from(text, at + 1), ENTITY_BYTES - 1);
	size_t len = slice_find_byte(rest, ';');
	if (text.data[at] != '&' || len == rest.len || len == 0)
		return 0;
	memcpy(name, rest.data, len);
	name[len] = '\0';
	char *end = name + len;
	unsigned long c = 0;
	if (name[0] == '#' && tolower((unsigned char)name[1]) == 'x')
		c = strtoul(name + 2, &end, 16);
	else if (name[0] == '#')
		c = strtoul(name + 1, &end, 10);
	else
		c = escape_entity(name);
	if (*end != '\0' || !may_stand_in_line(c))
		return 0;
	put_code_point(decoded, c);
	return len + 2;
}

static size_t braced_escape(struct slice text, size_t at, unsigned long *c)
{
	struct slice rest = slice_until(slice_from(text, at), 8);
	size_t len = slice_find_byte(rest, '}');
	long value = len < rest.len && len > 0 ? hex_value(rest, 0, len) : -1;
	*c = value < 0 ? 0 : (unsigned long)value;
	return value < 0 ? 0 : len + 1;
}

static size_t unicode_escape(struct slice text, size_t at, unsigned long *c)
{
	if (at < text.len && text.data[at] == '{') {
		size_t len = braced_escape(text, at + 1, c);
		return len > 0 ? len + 1 : 0;
	}
	long high = hex_value(text, at, 4);
	if (high < 0)
		return 0;
	*c = (unsigned long)high;
	if (high < 0xd800 || high >= 0xdc00 || !starts(text, at + 4, "\\u"))
		return 4;
	long low = hex_value(text, at + 6, 4);
	if (low < 0xdc00 || low >= 0xe000)
		return 4;
	*c = 0x10000 + ((unsigned long)(high - 0xd800) << 10) + (unsigned long)(low - 0xdc00);
	return 10;
}

size_t escape_string(struct slice text, size_t at, struct decoded *decoded)
{
	static const char letters[] = "nrt\"\\/bf", stands_for[] = "\n\r\t\"\\/";
	char letter = at + 1 < text.len ? text.data[at + 1] : '\0';
	const char *found = letter != '\0' && text.data[at] == '\\' ? strchr(letters, letter) : NULL;
	decoded->len = 0;
	if (found != NULL) {
		if (found < letters + strlen(stands_for))
			put_byte(decoded, stands_for[found - letters]);
		return 2;
	}
	unsigned long c = 0;
	size_t len = letter == 'u' && text.data[at] == '\\' ? unicode_escape(text, at + 2, &c) : 0;
	if (len == 0 || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		return 0;
	put_code_point(decoded, c);
	return 2 + len;
}

/* \n, \" and the like of a JSON or JavaScript string. */
static size_t string_escape(char letter, struct decoded *decoded)
{
	static const char letters[] = "nrt\"'\\/", stands_for[] = "\n\r\t\"'\\/";
	const char *found = letter != '\0' ? strchr(letters, letter) : NULL;
	if (found == NULL)
		return 0;
	put_byte(decoded, stands_for[found - letters]);
	return 2;
}

/* Of three octal digits, as C has them; -1 where there are none. */
static long octal_value(struct slice text, size_t at)
{
	long value = 0;
	for (size_t i = at; i < at + 3; i++) {
		if (i >= text.len || text.data[i] < '0' || text.data[i] > '7')
			return -1;
		value = value * 8 + (text.data[i] - '0');
	}
	return value;
}

static size_t backslash(unsigned kinds, struct slice text, size_t at, struct decoded *decoded)
{
	size_t slashes = 0, len = 0;
	unsigned long c = 0;
	while (slashes < 2 && at + slashes < text.len && text.data[at + slashes] == '\\')
		slashes++;
	if (slashes == 0 || at + slashes >= text.len)
		return 0;
	char letter = text.data[at + slashes];
	size_t digits = at + slashes + 1;
	if (letter == 'u' || letter == 'U') {
		len = unicode_escape(text, digits, &c);
	} else if (letter == 'x' || letter == 'X') {
		long value = hex_value(text, digits, 2);
		len = value < 0 ? 0 : 2;
		c = value < 0 ? 0 : (unsigned long)value;
	} else if (slashes == 1 && letter >= '0' && letter <= '1' && octal_value(text, at + 1) >= 0x20) {
		len = 2;
		c = (unsigned long)octal_value(text, at + 1);
	} else if (slashes == 1 && letter == '/') {
		put_byte(decoded, '/');
		return 2;
	} else if ((kinds & KIND_STRING) != 0) {
		return string_escape(text.data[at + 1], decoded);
	}
	bool feed = len > 0 && (c == '\n' || c == '\r' || c == '\t');
	bool quote = c == '"' && (kinds & KIND_STRING) == 0;
	if (len == 0 || !(feed || may_stand_in_line(c)) || quote || c == '\\')
		return 0;
	put_code_point(decoded, c);
	return slashes + 1 + len;
}

static size_t blanks(struct slice text, size_t at)
{
	size_t count = 0;
	while (count < BLANKS_MAX && at + count < text.len && (text.data[at + count] == ' ' || text.data[at + count] == '\t'))
		count++;
	return count;
}

static bool label_byte(struct slice text, size_t at)
{
	return at < text.len && (isalnum((unsigned char)text.data[at]) || text.data[at] == '_' || (unsigned char)text.data[at] >= 0x80);
}

/* Length of "[at]", "( dot )" and the like at `at`, 0 if there is none. */
static size_t bracketed(struct slice text, size_t at, char *stands_for)
{
	static const char opening[] = "[({<", closing[] = "])}>";
	static const struct {
		const char *word;
		char stands_for;
	} words[] = {{"at", '@'}, {"@", '@'}, {"dot", '.'}, {".", '.'}};
	const char *bracket = at < text.len && text.data[at] != '\0' ? strchr(opening, text.data[at]) : NULL;
	if (bracket == NULL)
		return 0;
	size_t word = at + 1 + blanks(text, at + 1);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (!starts(text, word, words[i].word))
			continue;
		size_t end = word + strlen(words[i].word);
		end += blanks(text, end);
		if (end < text.len && text.data[end] == closing[bracket - opening]) {
			*stands_for = words[i].stands_for;
			return end + 1 - at;
		}
	}
	return 0;
}

/* " @ " and " dot " between labels; " at " only before a name that is spelt so: "at" alone is prose. */
static size_t spelt(struct slice text, size_t at, char *stands_for)
{
	size_t end = at + strlen(" at ");
	if (starts(text, at, " @ ")) {
		*stands_for = '@';
		return strlen(" @ ");
	}
	if (starts(text, at, " dot ") && label_byte(text, at + strlen(" dot "))) {
		*stands_for = '.';
		return strlen(" dot ");
	}
	if (!starts(text, at, " at "))
		return 0;
	while (label_byte(text, end) || (end < text.len && text.data[end] == '-'))
		end++;
	*stands_for = '@';
	return end > at + strlen(" at ") && starts(text, end, " dot ") ? strlen(" at ") : 0;
}

static size_t at_dot(struct slice text, size_t at, struct decoded *decoded)
{
	char stands_for;
	size_t before = blanks(text, at);
	size_t form = bracketed(text, at + before, &stands_for);
	size_t len = form > 0 ? before + form + blanks(text, at + before + form) : spelt(text, at, &stands_for);
	if (len == 0 || at == 0 || !label_byte(text, at - 1) || !label_byte(text, at + len))
		return 0;
	put_byte(decoded, stands_for);
	return len;
}

static size_t zero_width(struct slice text, size_t at)
{
	static const char *const none[] = {"\xe2\x80\x8b", "\xe2\x80\x8c", "\xe2\x80\x8d", "\xe2\x81\xa0", "\xef\xbb\xbf", "\xc2\xad",
		/* direction marks: U+200E, 200F, 202A to 202E, 2066 to 2069 */
		"\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x80\xad", "\xe2\x80\xae",
		"\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8", "\xe2\x81\xa9"};
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
		if (starts(text, at, none[i]))
			return strlen(none[i]);
	}
	return 0;
}

/* Letters and digits of mathematics (U+1D400 to U+1D7FF): bold, script, double-struck and so on, 52 letters each, then digits. */
static size_t mathematical(struct slice text, size_t at, struct decoded *decoded)
{
	if (text.len - at < 4 || (uint8_t)text.data[at + 1] != 0x9d || (uint8_t)text.data[at + 2] < 0x90)
		return 0;
	unsigned sign = (((unsigned)(uint8_t)text.data[at + 2] & 0x0f) << 6) | ((unsigned)(uint8_t)text.data[at + 3] & 0x3f);
	unsigned letter = sign % 52;
	if (sign >= MATH_DIGITS)
		put_byte(decoded, (char)('0' + (sign - MATH_DIGITS) % 10));
	else if (sign < MATH_LETTERS)
		put_byte(decoded, (char)(letter < 26 ? 'A' + letter : 'a' + letter - 26));
	return decoded->len > 0 ? 4 : 0;
}

/* Separators only: folding letters would make other people's names ours. */
static size_t full_width(struct slice text, size_t at, struct decoded *decoded)
{
	static const struct {
		const char *form;
		char c;
	} forms[] = {{"\xef\xbc\xa0", '@'}, {"\xef\xb9\xab", '@'}, {"\xef\xbc\x8e", '.'}, {"\xe3\x80\x82", '.'}, {"\xef\xbd\xa1", '.'},
		{"\xef\xbc\x9a", ':'}, {"\xef\xbc\x9b", ';'}, {"\xef\xbd\x9c", '|'}, {"\xef\xbc\x8c", ','}, {"\xef\xbc\x8f", '/'},
		{"\xef\xbc\x8d", '-'}};
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		if (starts(text, at, forms[i].form)) {
			put_byte(decoded, forms[i].c);
			return strlen(forms[i].form);
		}
	}
	/* letters and digits: U+FF10 to U+FF5A stand in two rows of 64 */
	if (text.len - at < 3 || ((uint8_t)text.data[at + 1] | 1) != 0xbd)
		return 0;
	unsigned sign = ((unsigned)(uint8_t)text.data[at + 1] & 1) * 64 + ((unsigned)(uint8_t)text.data[at + 2] & 63) + 0x20;
	if (sign >= 0x80 || !isalnum((int)sign))
		return 0;
	put_byte(decoded, (char)sign);
	return 3;
}

/* <a ... data-cfemail="HEX">[email protected]</a>; the first byte is the key of the others. */
static size_t cfemail(struct slice text, size_t at, struct decoded *decoded)
{
	static const char attribute[] = "data-cfemail=\"";
	struct slice element = slice_until(slice_from(text, at), TAG_BYTES);
	size_t tag = slice_find_byte(element, '>'), place = slice_find_nocase(element, attribute);
	uint8_t bytes[sizeof decoded->bytes];
	size_t len, close;
	if (text.data[at] != '<' || place > tag)
		return 0;
	const char *hex = element.data + place + strlen(attribute);
	size_t digits = 0;
	while (place + strlen(attribute) + digits < tag && isxdigit((unsigned char)hex[digits]))
		digits++;
	if (sodium_hex2bin(bytes, sizeof bytes, hex, digits, NULL, &len, NULL) != 0 || len < 2)
		return 0;
	for (size_t i = 1; i < len; i++)
		put_byte(decoded, (char)(bytes[i] ^ bytes[0]));
	close = slice_find_nocase(element, "</");
	return close == element.len ? tag + 1 : close + slice_find_byte(slice_from(element, close), '>') + 1;
}

/* ---- all -------------------------------------------------------------------------------------- */

size_t escape_decode(unsigned kinds, struct slice text, size_t at, struct decoded *decoded)
{
	size_t len = 0;
	decoded->len = 0;
	switch (text.data[at]) {
	case '%':
		return kinds & kind_of(TRIGGER_PERCENT) ? percent(text, at, '%', decoded) : 0;
	case '=':
		return kinds & kind_of(TRIGGER_QUOTED_PRINTABLE) ? quoted_printable(text, at, decoded) : 0;
	case '&':
		return kinds & kind_of(TRIGGER_ENTITY) ? entity(text, at, decoded) : 0;
	case '\\':
		return kinds & (kind_of(TRIGGER_ESCAPE) | KIND_STRING) ? backslash(kinds, text, at, decoded) : 0;
	case '\xc2':
	case '\xe2':
	case '\xe3':
	case '\xef':
		if (kinds & kind_of(TRIGGER_ZERO_WIDTH))
			len = zero_width(text, at);
		return len == 0 && (kinds & kind_of(TRIGGER_FULL_WIDTH)) ? full_width(text, at, decoded) : len;
	case '\xf0':
		return kinds & kind_of(TRIGGER_FULL_WIDTH) ? mathematical(text, at, decoded) : 0;
	case '<':
		if (kinds & kind_of(TRIGGER_CFEMAIL))
			len = cfemail(text, at, decoded);
		return len == 0 && (kinds & kind_of(TRIGGER_AT_DOT)) ? at_dot(text, at, decoded) : len;
	case ' ':
	case '\t':
	case '[':
	case '(':
	case '{':
		return kinds & kind_of(TRIGGER_AT_DOT) ? at_dot(text, at, decoded) : 0;
	default:
		return 0;
	}
}
