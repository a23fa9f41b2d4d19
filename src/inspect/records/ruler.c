/*
 * Tables whose columns are told by a line of dashes under the header, one run for each: sqlcmd, SQL*Plus, sqlite3, PowerShell.
 * One blank parts the columns, so a row is cut where the dashes are; numbers stand to the right of theirs.
 */
#include "inspect/records/ruler.h"

#include <string.h>

#include "inspect/engine.h"
#include "inspect/records/readers.h"
#include "inspect/records/shape_state.h"
#include "limits/limits.h"
#include "shared/byteset.h"
#include "shared/mem.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool ruler_read(struct slice line, struct ruler *ruler)
{
	char sign = 0;

	ruler->count = 0;
	for (size_t at = 0; at < line.len;) {
		char c = line.data[at];
		size_t from = at;

		if (c == ' ' || c == '\r') {
			at++;
			continue;
		}
		if ((c != '-' && c != '=') || (sign != 0 && c != sign) || ruler->count == RULER_COLUMNS)
			return false;
		sign = c;
		while (at < line.len && line.data[at] == c)
			at++;
		ruler->from[ruler->count] = (uint32_t)from;
		ruler->to[ruler->count++] = (uint32_t)at;
	}
	return ruler->count >= 2;
}

/* ---- cutting a line ------------------------------------------------------------------------------ */

/* Steps through a line by characters; the terminals that print such tables count those and not bytes. */
struct cursor {
	struct slice line;
	size_t byte, column;
};

static size_t byte_of(struct cursor *cursor, size_t column)
{
	while (cursor->byte < cursor->line.len && cursor->column < column) {
		do
			cursor->byte++;
		while (cursor->byte < cursor->line.len && ((unsigned char)cursor->line.data[cursor->byte] & 0xc0) == 0x80);
		cursor->column++;
	}
	return cursor->byte;
}

/*
 * Where the next column begins: behind the widest run of blanks among those that touch [from, to), the gap between two runs of dashes.
 * A value may reach beyond its dashes on either side. 0: there is no blank, the line is none of the table.
 */
static size_t cut_at(struct slice line, size_t from, size_t to, size_t floor)
{
	size_t best = 0, widest = 0;

	if (from >= line.len)
		return line.len;
	for (size_t at = from; at < to && at < line.len;) {
		if (!is_blank(line.data[at])) {
			at++;
			continue;
		}
		size_t begin = at, end = at;
		while (begin > floor && is_blank(line.data[begin - 1]))
			begin--;
		while (end < line.len && is_blank(line.data[end]))
			end++;
		if (end - begin >= widest) {
			widest = end - begin;
			best = end < to ? end : to;
		}
		at = end;
	}
	return best;
}

bool ruler_split(const struct ruler *ruler, struct slice line, size_t place, struct row *row)
{
	struct cursor cursor = {.line = line};
	size_t from = 0;

	row->count = 0;
	row->from = place;
	row->to = place + line.len;
	for (unsigned i = 0; i < ruler->count; i++) {
		size_t to = line.len;

		if (i + 1 < ruler->count) {
			size_t gap = byte_of(&cursor, ruler->to[i]);
			to = cut_at(line, gap > from ? gap : from, byte_of(&cursor, ruler->from[i + 1]), from);
			if (to == 0)
				return false;
		}
		size_t begin = from, end = to;
		while (begin < end && is_blank(line.data[begin]))
			begin++;
		while (end > begin && (is_blank(line.data[end - 1]) || line.data[end - 1] == '\r'))
			end--;
		row->cells[row->count++] = (struct cell){{line.data + begin, end - begin}, true, place + begin, place + end};
		from = to;
	}
	return true;
}

/* ---- the ruler above a row --------------------------------------------------------------------------- */

static size_t line_before(struct slice text, size_t from)
{
	const char *end = from >= 2 ? memrchr(text.data, '\n', from - 1) : NULL;

	return end != NULL ? (size_t)(end - text.data) + 1 : 0;
}

static bool header_read(const struct keys *keys, const struct ruler *ruler, struct slice header, struct columns *columns)
{
	struct row row UNSET;

	columns_clear(columns);
	if (!ruler_split(ruler, header, 0, &row))
		return false;
	for (unsigned i = 0; i < row.count; i++)
		columns_add(columns, keys, row.cells[i].value);
	columns_finish(columns);
	return columns_tell(columns);
}

/* The ruler that the line at `at` is, under its header. */
static bool ruler_at(struct shape *shape, struct slice text, size_t at, struct slice line)
{
	struct ruler ruler;
	size_t before = line_before(text, at);

	if (at == 0 || !ruler_read(line, &ruler))
		return false;
	struct slice header = {text.data + before, at - 1 - before};

	if (!header_read(shape->keys, &ruler, header, &shape->ruler.columns))
		return false;
	shape->ruler.ruler = ruler;
	return true;
}

/*
 * Goes up from the line at `from` to a ruler, a blank line or lines already looked at; what was found is kept. Where the table is
 * longer than a record, its last ruler holds for every row that fits it.
 */
static bool ruler_above(struct text *text, size_t from, size_t to)
{
	struct shape *shape = text->shape;
	struct slice all = {text->data, text->len};
	bool known = shape->ruler.known, joined = false;

	for (size_t at = from; from - at < LIMIT_RECORD_BYTES;) {
		size_t before = line_before(all, at);
		struct slice line = slice_until(slice_from(all, before), at > before ? at - 1 - before : 0);

		joined = shape->ruler.to >= text->base + at && shape->ruler.from <= text->base + at;
		if (joined)
			break;
		if (at == 0 || slice_trim(line).len == 0) {
			known = at == 0 && !text->begins && known;
			break;
		}
		if (one_of(line.data[0], "-= ") && ruler_at(shape, all, before, line)) {
			known = true;
			break;
		}
		at = before;
	}
	if (!joined)
		shape->ruler.from = text->base + from;
	shape->ruler.to = text->base + to + 1;
	shape->ruler.known = known;
	return known;
}

void ruler_begin(struct shape *shape, const struct text *text)
{
	struct slice all = {text->data, text->len};
	size_t at = 0;

	for (int i = 0; i < RULER_LINES && at < all.len; i++) {
		size_t end = slice_find_byte(slice_from(all, at), '\n');
		struct slice line = slice_until(slice_from(all, at), end);

		if (ruler_at(shape, all, at, line)) {
			shape->ruler.known = true;
			shape->ruler.from = shape->ruler.to = text->base + at + line.len + 1;
			return;
		}
		at += line.len + 1;
	}
}

bool reader_ruler(struct text *text, const struct hit *hit, struct span *claimed)
{
	struct row row UNSET;
	size_t from, to;

	if (hit->encoded || hit->kind == NAME_KEYWORD || hit->kind == NAME_RULE || text->shape == NULL)
		return false;
	text_line(text, hit->at, &from, &to);
	if (!ruler_above(text, from, to) || !ruler_split(&text->shape->ruler.ruler, text_slice(text, from, to), from, &row))
		return false;
	row_emit(text, hit, &row, &text->shape->ruler.columns, false, "lt.csv.1");
	*claimed = (struct span){from, to};
	return true;
}
