/* Rows of INSERT and REPLACE statements, however long, and the assignments of UPDATE and INSERT ... SET. */
#include <string.h>
#include <strings.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/records/layouts.h"
#include "inspect/records/readers.h"
#include "inspect/records/shape_state.h"
#include "inspect/records/sql_row.h"
#include "limits/limits.h"
#include "shared/mem.h"

enum { CANDIDATE_STARTS = 24, ASSIGNMENT_BYTES = 8192 };

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_blanks(struct slice text, size_t at)
{
	while (at < text.len && is_blank(text.data[at]))
		at++;
	return at;
}

static bool row_fits(const struct row *row, const struct columns *columns)
{
	return row->count > 1 && (columns->count == 0 || row->count == columns->count);
}

/* Reads the row at `at` in whichever dialect gives as many values as there are columns. */
static bool row_at(struct text *text, size_t at, const struct columns *columns, struct row *row)
{
	struct slice all = {text->data, text->len};

	if ((sql_row(text->scan, all, at, SQL_BACKSLASH_ESCAPES, row) && row_fits(row, columns)) ||
		(sql_row(text->scan, all, at, SQL_BACKSLASH_PLAIN, row) && row_fits(row, columns)))
		return true;
	if (row->count == TABLE_COLUMNS)
		text_cut(text, at, "values of a row");
	return false;
}

/* ---- VALUES (...), (...) ----------------------------------------------------------------------------- */

/* Row after row from the last place known, while it is in the window. False where the statement ends before the hit. */
static bool row_forward(struct text *text, size_t hit, struct row *row)
{
	struct shape *shape = text->shape;
	struct slice all = {text->data, text->len};
	size_t at = (size_t)(shape->insert.after - text->base);

	for (;;) {
		at = skip_blanks(all, at);
		if (at < all.len && all.data[at] == ',')
			at = skip_blanks(all, at + 1);
		if (at > hit || !row_at(text, at, &shape->insert.columns, row))
			return false;
		if (row->to > hit)
			return true;
		shape->insert.after = text->base + row->to;
		at = row->to;
	}
}

/* The rows between are out of sight: the nearest bracket before the hit from which a row can be read that holds it. */
static bool row_backward(struct text *text, size_t hit, struct row *row)
{
	size_t floor = hit > LIMIT_RECORD_BYTES ? hit - LIMIT_RECORD_BYTES : 0;
	int tries = 0;

	for (size_t at = hit; at > floor && tries < CANDIDATE_STARTS;) {
		const char *open = memrchr(text->data + floor, '(', at - floor);
		if (open == NULL)
			return false;
		at = (size_t)(open - text->data);
		size_t before = at;
		while (before > floor && is_blank(text->data[before - 1]))
			before--;
		if (before > floor && text->data[before - 1] != ',' &&
			strncasecmp(text->data + (before > 6 ? before - 6 : 0), "values", 6) != 0)
			continue;
		tries++;
		if (row_at(text, at, &text->shape->insert.columns, row) && row->to > hit)
			return true;
	}
	return false;
}

static bool insert_row(struct text *text, const struct hit *hit, struct span *claimed)
{
	struct shape *shape = text->shape;
	struct row row UNSET;

	if (!shape->insert.known || shape->insert.rows > text->base + hit->at)
		return false;
	bool seen = shape->insert.after >= text->base;
	if (!(seen && row_forward(text, hit->at, &row)) && !row_backward(text, hit->at, &row))
		return false;
	const struct columns *columns = &shape->insert.columns;
	if (columns->count == 0) {
		const struct columns *known = layouts_find(keys_layouts(shape->keys), slice_of(shape->insert.table), &row);
		columns = known != NULL ? known : columns;
	}
	row_emit(text, hit, &row, columns, shape->insert.users, "lt.sql.1");
	shape->insert.after = text->base + row.to;
	*claimed = (struct span){row.from, row.to};
	return true;
}

/* ---- SET a = 'x', b = 'y' WHERE c = 'z' --------------------------------------------------------------- */

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (unsigned char)c >= 0x80;
}

/* The last of the words before the hit that begins a statement. */
static size_t statement_before(struct slice text, size_t hit)
{
	size_t floor = hit > ASSIGNMENT_BYTES ? hit - ASSIGNMENT_BYTES : 0;

	for (size_t at = hit + 1; at-- > floor;) {
		char c = (char)(text.data[at] | 0x20);
		bool marked = at >= 3 && memcmp(text.data + at - 3, "\xef\xbb\xbf", 3) == 0; /* by a byte order mark */
		if ((c != 'u' && c != 'i') || (at > 0 && is_word(text.data[at - 1]) && !marked))
			continue;
		struct slice rest = slice_from(text, at);
		if (slice_starts_nocase(rest, "update ") || slice_starts_nocase(rest, "insert "))
			return at;
	}
	return text.len;
}

/* The name before an '=' sign, without quotes and the table's name. */
static struct slice name_before(struct slice text, size_t floor, size_t sign)
{
	size_t end = sign, from;

	while (end > floor && (is_blank(text.data[end - 1]) || memchr("`\"]", text.data[end - 1], 3) != NULL))
		end--;
	for (from = end; from > floor && is_word(text.data[from - 1]); from--)
		;
	return (struct slice){text.data + from, end - from};
}

/* Whether the hit stands in quotes, as far as its line shows. */
static bool in_quotes(const struct text *text, size_t hit)
{
	for (size_t at = hit; at > 0 && hit - at < 320 && text->data[at - 1] != '\n'; at--)
		if (text->data[at - 1] == '\'' || text->data[at - 1] == '"')
			return true;
	return false;
}

static bool assignments(struct text *text, const struct hit *hit, struct span *claimed)
{
	if (!in_quotes(text, hit->at))
		return false;

	size_t from = statement_before((struct slice){text->data, text->len}, hit->at), end;
	struct slice all = {text->data, text->len - hit->at > ASSIGNMENT_BYTES ? hit->at + ASSIGNMENT_BYTES : text->len};
	struct columns columns = {0};
	struct row row = {.from = from};

	if (from >= all.len)
		return false;
	size_t set = from + slice_find_nocase(slice_from(slice_until(all, from + 400 < all.len ? from + 400 : all.len), from), " set ");
	if (set >= hit->at || set + 5 > all.len)
		return false;
	for (size_t at = set + 5; at < all.len && row.count < TABLE_COLUMNS; at++) {
		if (all.data[at] == ';')
			break;
		if (all.data[at] == '\'' || all.data[at] == '"') {
			struct cell ignored;
			if (!sql_value(text->scan, all, at, SQL_BACKSLASH_ESCAPES, &ignored, &end))
				break;
			at = end - 1;
			continue;
		}
		if (all.data[at] != '=')
			continue;
		struct slice name = name_before(all, set, at);
		if (name.len == 0 || !sql_value(text->scan, all, at + 1, SQL_BACKSLASH_ESCAPES, &row.cells[row.count], &end))
			break;
		columns_add(&columns, text->shape->keys, name);
		row.count++;
		row.to = end;
		at = end - 1;
	}
	if (row.count == TABLE_COLUMNS)
		text_cut(text, row.to, "columns of a table");
	columns_finish(&columns);
	if (row.count == 0 || row.to <= hit->at)
		return false;
	row_emit(text, hit, &row, &columns, false, "lt.sql.2");
	*claimed = (struct span){row.from, row.to};
	return true;
}

bool reader_sql(struct text *text, const struct hit *hit, struct span *claimed)
{
	if ((hit->encoded && hit->encoding != ENCODING_HEX) || hit->kind == NAME_KEYWORD || hit->kind == NAME_RULE || text->shape == NULL)
		return false;
	return insert_row(text, hit, claimed) || assignments(text, hit, claimed);
}
