#include "inspect/records/csv.h"

#include <string.h>

#include "inspect/records/shape_state.h"
#include "shared/mem.h"

enum { OTHER_COLUMNS = 4 };

static bool is_end(char c)
{
	return c == '\n' || c == '\r';
}

bool csv_is_border(struct slice line)
{
	size_t marks = 0;

	for (size_t i = 0; i < line.len; i++) {
		if (one_of(line.data[i], "-=") || (unsigned char)line.data[i] == 0xe2)
			marks++;
		else if (!one_of(line.data[i], "+|: \t") && !((unsigned char)line.data[i] >= 0x80 && (unsigned char)line.data[i] < 0xc0))
			return false;
	}
	return marks >= 2;
}

/* Length of the delimiter that stands at `at`, 0 when none does. Bars of drawn tables count as '|'. */
static size_t delimiter_at(struct slice text, size_t at, size_t to, char delimiter)
{
	if (delimiter == CSV_BLANKS) {
		size_t end = at;
		while (end < to && one_of(text.data[end], " \t"))
			end++;
		return end - at >= 2 || (end > at && text.data[at] == '\t') ? end - at : 0;
	}
	if (text.data[at] == delimiter)
		return 1;
	if (delimiter == '|' && to - at >= 3 &&
		(memcmp(text.data + at, "\xe2\x94\x82", 3) == 0 || memcmp(text.data + at, "\xe2\x94\x83", 3) == 0))
		return 3;
	return 0;
}

/* Most bytes are no delimiter, whatever stands behind them. */
static bool may_part(char c, char delimiter)
{
	return delimiter == CSV_BLANKS ? c == ' ' || c == '\t' : c == delimiter || (delimiter == '|' && c == '\xe2');
}

/* The place of the quote that closes the one at `at`; 0 when none does as RFC 4180 has it. */
static size_t closing_quote(struct slice text, size_t at, size_t to, char delimiter)
{
	char quote = text.data[at];

	for (size_t i = at + 1; i < to; i++) {
		if (text.data[i] == '\\' && i + 1 < to && (text.data[i + 1] == quote || text.data[i + 1] == '\\')) {
			i++;
			continue;
		}
		if (text.data[i] != quote)
			continue;
		if (i + 1 < to && text.data[i + 1] == quote) {
			i++;
			continue;
		}
		size_t next = i + 1;
		while (next < to && text.data[next] == ' ' && delimiter != CSV_BLANKS)
			next++;
		return next >= to || is_end(text.data[next]) || delimiter_at(text, next, to, delimiter) > 0 ? i : 0;
	}
	return 0;
}

static struct slice unescape(struct scan *scan, struct slice value, char quote)
{
	const char pair[] = {quote, quote, 0}, escaped[] = {'\\', quote, 0};

	if (scan == NULL || (slice_find_nocase(value, pair) == value.len && slice_find_nocase(value, escaped) == value.len))
		return value;
	char *out = scan_arena(scan, value.len);
	size_t len = 0;
	if (out == NULL)
		return value;
	for (size_t i = 0; i < value.len; i++) {
		if (i + 1 < value.len && value.data[i + 1] == quote && (value.data[i] == quote || value.data[i] == '\\'))
			i++;
		out[len++] = value.data[i];
	}
	return (struct slice){out, len};
}

static size_t field_read(struct scan *scan, struct slice text, size_t at, size_t to, char delimiter, struct cell *cell)
{
	while (at < to && text.data[at] == ' ')
		at++;
	size_t close = at < to && one_of(text.data[at], "\"'`") ? closing_quote(text, at, to, delimiter) : 0;

	if (close > 0) {
		struct slice inner = {text.data + at + 1, close - at - 1};
		*cell = (struct cell){unescape(scan, inner, text.data[at]), true, at, close + 1};
		for (at = close + 1; at < to && text.data[at] == ' ' && delimiter != CSV_BLANKS; at++)
			;
		return at;
	}
	size_t end = at;
	while (end < to && !is_end(text.data[end]) && !(may_part(text.data[end], delimiter) && delimiter_at(text, end, to, delimiter) > 0))
		end++;
	*cell = (struct cell){slice_trim((struct slice){text.data + at, end - at}), false, at, end};
	return end;
}

/* A bar at either end of a line frames the row; one at its beginning alone parts an empty cell. */
static bool ends_in_bar(struct slice text, size_t from, size_t to)
{
	size_t end = from;

	while (end < to && !is_end(text.data[end]))
		end++;
	while (end > from && one_of(text.data[end - 1], " \t"))
		end--;
	return end > from && (text.data[end - 1] == '|' || (end >= from + 3 && delimiter_at(text, end - 3, end, '|') == 3));
}

bool csv_split(struct scan *scan, struct slice text, size_t from, size_t to, char delimiter, struct row *row)
{
	size_t at = from, len;

	row->count = 0;
	row->from = row->to = from;
	while (at < to && one_of(text.data[at], " \t") && delimiter != '\t')
		at++;
	bool framed = delimiter == '|' && at < to && (len = delimiter_at(text, at, to, delimiter)) > 0 && ends_in_bar(text, at + len, to);
	if (framed)
		at += len;
	while (row->count < TABLE_COLUMNS) {
		at = field_read(scan, text, at, to, delimiter, &row->cells[row->count++]);
		row->to = at;
		if (at >= to || is_end(text.data[at]))
			return true;
		len = delimiter_at(text, at, to, delimiter);
		if (len == 0)
			return false;
		at += len;
		/* the bar at the end of a drawn row; blanks at the end of an aligned one */
		size_t rest = at;
		while (rest < to && one_of(text.data[rest], " \t"))
			rest++;
		if ((framed || delimiter == CSV_BLANKS) && (rest >= to || is_end(text.data[rest]))) {
			row->to = rest;
			return true;
		}
	}
	return false;
}

/* ---- headers ---------------------------------------------------------------------------------------- */

static bool name_shaped(struct slice field)
{
	size_t letters = 0, words = 1;

	/* https://host/login, host.test/login: a page, however it is called */
	bool page = slice_find_nocase(field, "://") < field.len || slice_find_byte(field, '.') < slice_find_byte(field, '/');

	if (field.len == 0 || field.len > 40 || (page && slice_find_byte(field, '/') < field.len))
		return false;
	for (size_t i = 0; i < field.len; i++) {
		char c = field.data[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
		if (!letter && !(c >= '0' && c <= '9') && !one_of(c, "_-. /()#[]*?:"))
			return false;
		letters += letter;
		words += c == ' ';
	}
	return (letters > 0 || one_of(field.data[0], "#")) && words <= 4;
}

bool shape_header_as(const struct keys *keys, struct slice line, char delimiter, struct columns *columns)
{
	struct row row UNSET;
	unsigned empty = 0;

	if (slice_find_nocase(line, "://") < line.len) /* "https://x.test/:user:pass" is data */
		return false;
	if (!csv_split(NULL, line, 0, line.len, delimiter, &row) || row.count < 2)
		return false;
	columns_clear(columns);
	for (unsigned i = 0; i < row.count; i++) {
		empty += row.cells[i].value.len == 0;
		if (row.cells[i].value.len > 0 && !name_shaped(row.cells[i].value))
			return false;
		/* "Login: x" is a key with its value */
		if (delimiter == ':' && i > 0 && row.cells[i].from > 0 && line.data[row.cells[i].from - 1] != ':')
			return false;
		columns_add(columns, keys, row.cells[i].value);
	}
	columns_finish(columns);
	if (empty * 2 > row.count || !columns_tell(columns))
		return false;
	if (delimiter != ':' && delimiter != CSV_BLANKS)
		return true;
	/* "Login: Password" could be anything: here the header must name both */
	return (columns_have(columns, KEY_EMAIL) || columns_have(columns, KEY_USER)) &&
	       (columns_have(columns, KEY_PASSWORD) || columns_have(columns, KEY_HASH));
}

bool shape_header_other(struct slice line, char delimiter)
{
	struct row row UNSET;

	if (delimiter == ':' || delimiter == CSV_BLANKS || !csv_split(NULL, line, 0, line.len, delimiter, &row) ||
		row.count < OTHER_COLUMNS)
		return false;
	if (slice_find_byte(line, '_') == line.len) /* written for people: some language's word for a password may be in it */
		return false;
	for (size_t i = 0; i < line.len; i++)
		if ((unsigned char)line.data[i] >= 0x80 || one_of(line.data[i], ":/. ")) /* of data, of prose */
			return false;
	for (unsigned i = 0; i < row.count; i++) {
		struct slice name = row.cells[i].value;

		if (name.len < 2 || !name_shaped(name) || (name.data[0] | 0x20) < 'a' || (name.data[0] | 0x20) > 'z')
			return false;
	}
	return true;
}

bool shape_header(const struct keys *keys, struct slice line, char *delimiter, struct columns *columns)
{
	static const char delimiters[SHAPE_DELIMITERS] = {'\t', ';', '|', ',', '^', ':', CSV_BLANKS};
	struct columns found;
	bool known = false;

	for (size_t i = 0; i < sizeof delimiters; i++) {
		if (!shape_header_as(keys, line, delimiters[i], &found) || (known && found.count <= columns->count))
			continue;
		*columns = found;
		*delimiter = delimiters[i];
		known = true;
	}
	return known;
}
