#include "inspect/records/sql_row.h"
#include "shared/byteset.h"

#include <string.h>
#include <strings.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static size_t skip_blanks(struct slice text, size_t at)
{
	while (at < text.len && is_blank(text.data[at]))
		at++;
	return at;
}

/* ---- strings --------------------------------------------------------------------------------------- */

static char unescaped(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case '0':
		return '\0';
	case 'Z':
		return '\x1a';
	default:
		return c;
	}
}

/* Behind the closing quote of the string that opens at `at`, 0 when it does not close. *plain: nothing is escaped in it. */
static size_t string_end(struct slice text, size_t at, enum sql_dialect dialect, bool *plain)
{
	char quote = text.data[at];

	*plain = true;
	for (size_t i = at + 1; i < text.len; i++) {
		if (text.data[i] == '\\' && dialect == SQL_BACKSLASH_ESCAPES) {
			*plain = false;
			i++;
		} else if (text.data[i] == quote) {
			if (i + 1 >= text.len || text.data[i + 1] != quote)
				return i + 1;
			*plain = false;
			i++;
		}
	}
	return 0;
}

static struct slice string_text(struct scan *scan, struct slice inner, char quote, enum sql_dialect dialect)
{
	char *out = scan_arena(scan, inner.len > 0 ? inner.len : 1);
	size_t len = 0;

	if (out == NULL)
		return SLICE_NONE;
	for (size_t i = 0; i < inner.len; i++) {
		char c = inner.data[i];
		if (c == '\\' && dialect == SQL_BACKSLASH_ESCAPES && i + 1 < inner.len)
			c = unescaped(inner.data[++i]);
		else if (c == quote && i + 1 < inner.len)
			i++;
		out[len++] = c;
	}
	return (struct slice){out, len};
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 0x6a646f65 and x'6a646f65' are text where they decode to some; the hash of an MSSQL log-in stays as it is. */
static struct slice hex_text(struct scan *scan, struct slice digits, struct slice whole)
{
	char *out = digits.len >= 2 && digits.len % 2 == 0 ? scan_arena(scan, digits.len / 2) : NULL;

	if (out == NULL)
		return whole;
	for (size_t i = 0; i < digits.len; i += 2) {
		int high = hex_digit(digits.data[i]), low = hex_digit(digits.data[i + 1]);
		if (high < 0 || low < 0)
			return whole;
		out[i / 2] = (char)(high << 4 | low);
		if ((unsigned char)out[i / 2] < 0x20 || (unsigned char)out[i / 2] >= 0x7f)
			return digits.data == whole.data ? whole : digits.len > 32 ? whole : digits;
	}
	return (struct slice){out, digits.len / 2};
}

/* ---- values ---------------------------------------------------------------------------------------- */

/* N'', E'', _binary'', _utf8mb4 '', X'': the letters before a quote. Returns the place of the quote, 0 when none follows. */
static size_t string_prefix(struct slice text, size_t at, struct slice *prefix)
{
	size_t end = at;

	while (end < text.len && end - at < 16 && is_word(text.data[end]))
		end++;
	if (end < text.len && text.data[end] == '&')
		end++;
	*prefix = (struct slice){text.data + at, end - at};
	if (prefix->len > 1 && prefix->data[0] == '_')
		end = skip_blanks(text, end);
	return end < text.len && (text.data[end] == '\'' || text.data[end] == '"') ? end : 0;
}

/* $$text$$, $tag$text$tag$ of PostgreSQL. */
static bool dollar_value(struct slice text, size_t at, struct cell *cell, size_t *end)
{
	size_t open = at + 1;

	if (text.data[at] != '$')
		return false;
	while (open < text.len && open - at < 32 && is_word(text.data[open]))
		open++;
	if (open >= text.len || text.data[open] != '$' || (open > at + 1 && text.data[at + 1] >= '0' && text.data[at + 1] <= '9'))
		return false;
	size_t len = ++open - at;
	const char *close = memmem(text.data + open, text.len - open, text.data + at, len);
	if (close == NULL)
		return false;
	*end = (size_t)(close - text.data) + len;
	*cell = (struct cell){{text.data + open, (size_t)(close - text.data) - open}, true, at, *end};
	return true;
}

static bool string_value(struct scan *scan, struct slice text, size_t at, enum sql_dialect dialect, struct cell *cell, size_t *end)
{
	struct slice prefix;
	size_t quote = string_prefix(text, at, &prefix);
	bool plain;

	if (quote == 0)
		return false;
	if (slice_equal_nocase(prefix, SLICE_TEXT("E")))
		dialect = SQL_BACKSLASH_ESCAPES;
	else if (slice_equal_nocase(prefix, SLICE_TEXT("N")) || slice_equal_nocase(prefix, SLICE_TEXT("U&")))
		dialect = SQL_BACKSLASH_PLAIN;
	*end = string_end(text, quote, dialect, &plain);
	if (*end == 0)
		return false;
	struct slice inner = {text.data + quote + 1, *end - quote - 2};
	*cell = (struct cell){inner, true, at, *end};
	if (slice_equal_nocase(prefix, SLICE_TEXT("X")))
		cell->value = hex_text(scan, inner, (struct slice){text.data + at, *end - at});
	else if (!plain)
		cell->value = string_text(scan, inner, text.data[quote], dialect);
	return true;
}

/* UPDATE ... SET password='x' WHERE email='y': what follows is no part of the value. */
static bool is_clause(struct slice text, size_t at)
{
	static const char *const words[] = {"where", "and", "or", "returning", "from", "limit", "on", "order"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t len = strlen(words[i]);
		if (text.len - at > len && strncasecmp(text.data + at, words[i], len) == 0 && is_blank(text.data[at + len]))
			return true;
	}
	return false;
}

static bool is_digest_function(struct slice name)
{
	return slice_equal_nocase(name, SLICE_TEXT("hashbytes")) || slice_equal_nocase(name, SLICE_TEXT("digest"));
}

/* md5('secret'), CAST(N'secret' AS nvarchar(50)): the string inside; other expressions are no text. */
static bool expression_value(struct scan *scan, struct slice text, size_t at, enum sql_dialect dialect, struct cell *cell, size_t *end)
{
	struct cell inner;
	size_t place = at, behind, name = at;
	int depth = 0;
	bool found = false;

	while (name < text.len && is_word(text.data[name]))
		name++;
	bool last = is_digest_function((struct slice){text.data + at, name - at});
	for (; place < text.len; place++) {
		char c = text.data[place];
		if (c == '(') {
			depth++;
		} else if (c == ')' && depth-- == 0) {
			break;
		} else if ((c == ',' || (is_blank(c) && place > at && is_clause(text, place + 1))) && depth == 0) {
			break;
		} else if (c == ';' && depth == 0) {
			return false;
		} else if (c == '\'' || c == '"') {
			if (!string_value(scan, text, place, dialect, &inner, &behind))
				return false;
			if (!found || last)
				*cell = inner;
			found = true;
			place = behind - 1;
		} else if (c == '\n' && depth == 0 && place > at && text.data[place - 1] != ' ') {
			break;
		}
	}
	*end = place;
	if (place >= text.len || place == at)
		return false;
	if (found)
		return true;
	struct slice bare = slice_trim((struct slice){text.data + at, place - at});
	/* an address without quotes is prose in brackets */
	const char *sign = memchr(bare.data, '@', bare.len);
	if (sign != NULL && sign > bare.data && is_word(sign[-1]))
		return false;
	*cell = (struct cell){bare, false, at, place};
	/* :password, @p1, %s: a parameter */
	if (slice_equal_nocase(bare, SLICE_TEXT("NULL")) || slice_equal_nocase(bare, SLICE_TEXT("DEFAULT")) || one_of(bare.data[0], ":?@%"))
		cell->value = SLICE_NONE;
	else if (slice_starts_nocase(bare, "0x"))
		cell->value = hex_text(scan, slice_from(bare, 2), bare);
	return true;
}

bool sql_value(struct scan *scan, struct slice text, size_t at, enum sql_dialect dialect, struct cell *cell, size_t *end)
{
	at = skip_blanks(text, at);
	if (at >= text.len)
		return false;
	if (!string_value(scan, text, at, dialect, cell, end) && !dollar_value(text, at, cell, end))
		return expression_value(scan, text, at, dialect, cell, end);
	/* 'x'::text, 'x' COLLATE y, 'a' || 'b': what follows a string up to the next comma says nothing more */
	size_t next = skip_blanks(text, *end);
	if (next < text.len && text.data[next] != ',' && text.data[next] != ')' && text.data[next] != ';' && !is_clause(text, next)) {
		struct cell ignored;
		if ((text.data[next] == ':' || is_word(text.data[next]) || text.data[next] == '|') &&
			expression_value(scan, text, next, dialect, &ignored, end))
			return true;
		return false;
	}
	*end = next;
	return true;
}

bool sql_row(struct scan *scan, struct slice text, size_t at, enum sql_dialect dialect, struct row *row)
{
	row->count = 0;
	row->from = row->to = at;
	if (at >= text.len || text.data[at] != '(')
		return false;
	for (at++; row->count < TABLE_COLUMNS; at++) {
		size_t end;
		if (!sql_value(scan, text, at, dialect, &row->cells[row->count++], &end))
			return false;
		at = skip_blanks(text, end);
		if (at >= text.len || (text.data[at] != ',' && text.data[at] != ')'))
			return false;
		if (text.data[at] == ')') {
			row->to = at + 1;
			return true;
		}
	}
	return false;
}
