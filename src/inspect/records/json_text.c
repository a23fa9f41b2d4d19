#include "inspect/records/json_text.h"

#include <ctype.h>
#include <string.h>

#include "limits/limits.h"
#include "shared/byteset.h"
#include "shared/escape.h"

enum {
	STRING_REACH = 16 * 1024, /* a hit further from its quote stands in no string */
	NEAR_REACH = 8 * 1024,    /* parents further up are not looked for */
	DEPTH_MAX = 64,
	WORD_MAX = 128,
};

/* ---- outwards from a hit ----------------------------------------------------------------------- */

static bool is_escaped(struct slice text, size_t at)
{
	size_t backslashes = 0;

	while (backslashes < at && text.data[at - 1 - backslashes] == '\\')
		backslashes++;
	return backslashes % 2 == 1;
}

/* The quote before at, in its line. */
static bool opening_quote(struct slice text, size_t at, const struct json_trail *trail, size_t *quote)
{
	size_t least = at > STRING_REACH ? at - STRING_REACH : 0;

	while (at > least) {
		if (trail->known && at == trail->at) {
			*quote = trail->quote;
			return trail->quoted && trail->quote >= least;
		}
		char c = text.data[--at];

		if (c == '\n')
			return false;
		if ((c == '"' || c == '\'') && !is_escaped(text, at)) {
			*quote = at;
			return true;
		}
	}
	return false;
}

/* Behind a closing bracket: another document begins here, or the same list goes on. */
static bool ends_document(struct slice text, size_t at)
{
	bool line = false;

	for (; at < text.len && isspace((unsigned char)text.data[at]); at++)
		line = line || text.data[at] == '\n';
	return line && at < text.len && text.data[at] != ',' && text.data[at] != ']' && text.data[at] != '}';
}

/* How far from a place its innermost bracket may stand, and those around that. */
static size_t reach(size_t count)
{
	return count == 0 ? (size_t)LIMIT_JSON_OBJECT_BYTES : (size_t)NEAR_REACH;
}

/* From the quote of an earlier place on the way is known. */
static size_t follow(const struct json_trail *trail, size_t at, size_t openers[JSON_ANCESTORS])
{
	size_t count = 0;

	while (count < trail->count && at - trail->openers[count] <= reach(count)) {
		openers[count] = trail->openers[count];
		count++;
	}
	return count;
}

static size_t look_back(struct slice text, size_t at, size_t quote, struct json_trail *trail, size_t openers[JSON_ANCESTORS])
{
	size_t count = 0, depth = 0;
	bool in_string = false;
	char mark = text.data[quote];
	bool met = trail->known && trail->quoted && trail->mark == mark, bare = trail->known && trail->quoted && trail->bare, opens = false;

	for (size_t i = quote; i > 0 && count < JSON_ANCESTORS;) {
		if (met && i == trail->quote && !in_string && count == 0 && depth == 0) {
			trail->bare = trail->bare && !opens;
			return follow(trail, at, openers);
		}
		if (bare && i == trail->quote && !opens)
			return 0;
		char c = text.data[--i];

		if (at - i > reach(count))
			break;
		opens |= c == '{' || c == '[';
		if (c == mark && !is_escaped(text, i)) {
			in_string = !in_string;
		} else if (in_string) {
			in_string = c != '\n';
		} else if (c == '}' || c == ']') {
			if (depth == 0 && count > 0 && ends_document(text, i + 1))
				break;
			depth++;
		} else if (c == '{' || c == '[') {
			if (depth == 0)
				openers[count++] = i;
			else
				depth--;
		}
	}
	trail->bare = !opens;
	return count;
}

size_t json_enclosing(struct slice text, size_t at, struct json_trail *trail)
{
	size_t quote = 0, openers[JSON_ANCESTORS], count = 0;

	if (trail->at > at)
		*trail = (struct json_trail){.known = false};
	bool quoted = opening_quote(text, at, trail, &quote);
	if (quoted)
		count = look_back(text, at, quote, trail, openers);
	trail->known = true;
	trail->quoted = quoted;
	trail->at = at;
	trail->quote = quote;
	trail->mark = quoted ? text.data[quote] : '\0';
	trail->count = count;
	memcpy(trail->openers, openers, count * sizeof(openers[0]));
	return count;
}

/* ---- repair ------------------------------------------------------------------------------------- */

struct repair {
	struct slice text;
	size_t at;
	struct buf *out;
	char stack[DEPTH_MAX];
	size_t depth;
	size_t calls; /* open parentheses of ObjectId( and the like */
	/* the last place behind a whole member */
	size_t cut;
	char cut_stack[DEPTH_MAX];
	size_t cut_depth;
};

static bool put(struct repair *repair, const char *data, size_t len)
{
	return buf_append(repair->out, data, len);
}

static bool put_unicode(struct repair *repair, unsigned value)
{
	return buf_printf(repair->out, "\\u%04x", value & 0xffff);
}

static bool hex4(struct slice text, unsigned *value)
{
	*value = 0;
	if (text.len < 4)
		return false;
	for (size_t i = 0; i < 4; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (!isxdigit(c))
			return false;
		*value = *value * 16 + (unsigned)(isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);
	}
	return true;
}

static unsigned hex2(const char *digits)
{
	char four[4] = {'0', '0', digits[0], digits[1]};
	unsigned value = 0;

	hex4((struct slice){four, 4}, &value);
	return value;
}

/* \uXXXX; half of a surrogate pair becomes the replacement character. */
static bool copy_unicode(struct repair *repair)
{
	unsigned value, low;
	struct slice rest = slice_from(repair->text, repair->at + 2);

	if (!hex4(rest, &value))
		return false;
	repair->at += 6;
	if (value < 0xd800 || value > 0xdfff)
		return put_unicode(repair, value);
	rest = slice_from(rest, 4);
	if (value < 0xdc00 && slice_starts_nocase(rest, "\\u") && hex4(slice_from(rest, 2), &low) && low >= 0xdc00 && low <= 0xdfff) {
		repair->at += 6;
		return put_unicode(repair, value) && put_unicode(repair, low);
	}
	return put_unicode(repair, 0xfffd);
}

static bool copy_escape(struct repair *repair)
{
	struct slice rest = slice_from(repair->text, repair->at);

	if (rest.len < 2) {
		repair->at = repair->text.len;
		return false;
	}
	if (rest.data[1] == 'u')
		return copy_unicode(repair);
	if (rest.data[1] == 'x' && rest.len >= 4 && isxdigit((unsigned char)rest.data[2]) && isxdigit((unsigned char)rest.data[3])) {
		repair->at += 4;
		return put_unicode(repair, hex2(rest.data + 2));
	}
	repair->at += 2;
	if (one_of(rest.data[1], "\"\\/bfnrt"))
		return put(repair, rest.data, 2);
	return rest.data[1] == '\'' ? put(repair, "'", 1) : rest.data[1] != '\n' && put(repair, "\\\\", 2) && put(repair, rest.data + 1, 1);
}

static bool copy_string(struct repair *repair)
{
	char mark = repair->text.data[repair->at++];

	if (!put(repair, "\"", 1))
		return false;
	while (repair->at < repair->text.len) {
		struct slice rest = slice_from(repair->text, repair->at);
		unsigned char c = (unsigned char)rest.data[0];
		size_t len = utf8_length(rest.data, rest.len);
		bool fine;

		if (rest.data[0] == mark) {
			repair->at++;
			return put(repair, "\"", 1);
		}
		if (c == '\\') {
			if (!copy_escape(repair))
				return false;
			continue;
		}
		if (c == '\n')
			return false;
		if (c == '"')
			fine = put(repair, "\\\"", 2);
		else if (c < 0x20 || len == 0)
			fine = put_unicode(repair, c);
		else
			fine = put(repair, rest.data, len);
		if (!fine)
			return false;
		repair->at += len > 0 ? len : 1;
	}
	return false;
}

static bool is_word_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || c == '.' || c == '+' || c == '-';
}

static bool is_number(struct slice word)
{
	size_t at = word.len > 0 && word.data[0] == '-' ? 1 : 0, digits = 0;

	if (at + 1 < word.len && word.data[at] == '0' && isdigit((unsigned char)word.data[at + 1]))
		return false;
	while (at < word.len && isdigit((unsigned char)word.data[at])) {
		at++;
		digits++;
	}
	if (at < word.len && word.data[at] == '.') {
		for (at++; at < word.len && isdigit((unsigned char)word.data[at]); at++)
			;
		if (!isdigit((unsigned char)word.data[at - 1]))
			return false;
	}
	return digits > 0 && digits < 19 && at == word.len;
}

static bool stands_for_value(const struct repair *repair)
{
	return repair->out->len > 0 && repair->out->data[repair->out->len - 1] == ':';
}

/* {user:u,password:p}, {password: entered.value}: what a program has in its variables, and no text. */
static bool is_variable(const struct repair *repair, struct slice word)
{
	static const char *const members[] = {".value", ".password", ".passwd", ".pass", ".pwd", ".text", ".email", ".user", ".username"};
	size_t dot = slice_find_byte(word, '.');

	for (size_t i = 0; i < word.len; i++)
		if (!isalpha((unsigned char)word.data[i]) && !one_of(word.data[i], "_$."))
			return false;
	if (!stands_for_value(repair) || dot == 0)
		return false;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (slice_ends_nocase(word, members[i]))
			return true;
	return word.len <= 2;
}

/* true, 12, None, an unquoted key, or the name of a shell type before its parenthesis. */
static bool copy_word(struct repair *repair)
{
	static const struct {
		const char *word, *json;
	} literals[] = {{"true", "true"}, {"false", "false"}, {"null", "null"}, {"None", "null"}, {"undefined", "null"}, {"NaN", "null"}};
	struct slice word = {repair->text.data + repair->at, 0};

	while (repair->at < repair->text.len && word.len < WORD_MAX && is_word_byte(repair->text.data[repair->at])) {
		word.len++;
		repair->at++;
	}
	if (word.len == 0 || word.len == WORD_MAX)
		return false;
	while (repair->at < repair->text.len && isspace((unsigned char)repair->text.data[repair->at]))
		repair->at++;
	if (repair->at < repair->text.len && repair->text.data[repair->at] == '(') {
		repair->at++;
		repair->calls++;
		return true;
	}
	if (repair->at >= repair->text.len || repair->text.data[repair->at] != ':') {
		for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++)
			if (slice_equal_nocase(word, slice_of(literals[i].word)))
				return put(repair, literals[i].json, strlen(literals[i].json));
		if (is_number(word))
			return put(repair, word.data, word.len);
		if (is_variable(repair, word))
			return put(repair, "null", 4);
	}
	return put(repair, "\"", 1) && put(repair, word.data, word.len) && put(repair, "\"", 1);
}

static bool copy_comma(struct repair *repair)
{
	char last = repair->out->len > 0 ? (char)repair->out->data[repair->out->len - 1] : 0;

	repair->at++;
	if (repair->calls > 0 || last == ',' || last == '{' || last == '[')
		return true;
	repair->cut = repair->out->len;
	repair->cut_depth = repair->depth;
	memcpy(repair->cut_stack, repair->stack, repair->depth);
	return put(repair, ",", 1);
}

static bool copy_open(struct repair *repair, char c)
{
	if (repair->depth == DEPTH_MAX)
		return false;
	repair->stack[repair->depth++] = c == '{' ? '}' : ']';
	repair->at++;
	return put(repair, &c, 1);
}

static bool copy_close(struct repair *repair, char c)
{
	if (repair->depth == 0 || repair->stack[repair->depth - 1] != c)
		return false;
	repair->depth--;
	repair->at++;
	if (repair->out->len > 0 && repair->out->data[repair->out->len - 1] == ',')
		repair->out->len--;
	return put(repair, &c, 1);
}

static bool skip_comment(struct repair *repair)
{
	struct slice rest = slice_from(repair->text, repair->at);
	size_t len;

	if (slice_starts_nocase(rest, "//"))
		len = slice_find_byte(rest, '\n');
	else if (slice_starts_nocase(rest, "/*"))
		len = slice_find_nocase(rest, "*/") + 2;
	else
		return false;
	repair->at += len < rest.len ? len : rest.len;
	return true;
}

static bool copy_token(struct repair *repair)
{
	char c = repair->text.data[repair->at];

	switch (c) {
	case '{':
	case '[':
		return copy_open(repair, c);
	case '}':
	case ']':
		return copy_close(repair, c);
	case '"':
	case '\'':
		return copy_string(repair);
	case ',':
		return copy_comma(repair);
	case ':':
		repair->at++;
		return put(repair, ":", 1);
	case '/':
		return skip_comment(repair);
	case ')':
		repair->at++;
		return repair->calls-- > 0;
	default:
		if (!isspace((unsigned char)c))
			return copy_word(repair);
		repair->at++;
		return true;
	}
}

/* Ends a value that the text cuts off behind its last whole member. */
static bool close_at_cut(struct repair *repair)
{
	if (repair->cut == 0)
		return false;
	repair->out->len = repair->cut;
	for (size_t i = repair->cut_depth; i > 0; i--)
		if (!put(repair, &repair->cut_stack[i - 1], 1))
			return false;
	return true;
}

bool json_repair(struct slice text, struct buf *out, size_t *used, bool *truncated)
{
	struct repair repair = {.text = slice_until(text, LIMIT_JSON_OBJECT_BYTES), .out = out};

	*truncated = false;
	do {
		bool fine = copy_token(&repair);

		if (!fine && repair.at < repair.text.len)
			return false;
		if (!fine || repair.at >= repair.text.len) {
			if (fine && repair.depth == 0)
				break;
			*truncated = true;
			*used = repair.text.len;
			return text.len <= LIMIT_JSON_OBJECT_BYTES && close_at_cut(&repair);
		}
	} while (repair.depth > 0);
	*used = repair.at;
	return true;
}
