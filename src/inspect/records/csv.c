/* Rows of a table under a header: CSV, TSV, bars, drawn and aligned tables. */
#include "inspect/records/csv.h"

#include <string.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/records/line_memo.h"
#include "inspect/records/readers.h"
#include "inspect/records/shape_state.h"
#include "limits/limits.h"
#include "shared/byteset.h"
#include "shared/mem.h"

enum { ROW_LINES = 16 /* a quoted value may hold so many line breaks before our name */ };

static const char delimiters[SHAPE_DELIMITERS] = {'\t', ';', '|', ',', '^', ':', CSV_BLANKS};

static size_t line_before(struct slice text, size_t from)
{
	const char *end = from >= 2 ? memrchr(text.data, '\n', from - 1) : NULL;

	return end != NULL ? (size_t)(end - text.data) + 1 : 0;
}

static size_t count_quotes(struct slice line)
{
	size_t count = 0;

	for (size_t i = 0; i < line.len; i++)
		count += line.data[i] == '"';
	return count;
}

static bool row_fits(const struct row *row, const struct columns *columns)
{
	return row->count == columns->count && row->count > 1;
}

/* The row with the hit, which may begin lines before it inside quotes. */
static bool row_around(
	struct text *text, const struct hit *hit, size_t from, char delimiter, const struct columns *columns, struct row *row)
{
	struct slice all = {text->data, text->len};
	size_t to = text->len - hit->at > LIMIT_RECORD_BYTES ? hit->at + LIMIT_RECORD_BYTES : text->len;

	for (int i = 0; i < ROW_LINES; i++) {
		if (csv_split(text->scan, all, from, to, delimiter, row) && row_fits(row, columns) && row->to > hit->at)
			return true;
		if (from == 0 || hit->at - from > LIMIT_RECORD_BYTES)
			return false;
		from = line_before(all, from);
	}
	return false;
}

/* Blanks around a row say nothing; a tab at its end is an empty cell. */
static struct slice row_line(struct slice all, size_t from, size_t to, char delimiter)
{
	struct slice line = {all.data + from, to - from};

	if (delimiter != '\t')
		return slice_trim(line);
	while (line.len > 0 && one_of(line.data[line.len - 1], "\r\n "))
		line.len--;
	return line;
}

/* Of a spreadsheet's table, and of one on a page, the empty cells at the end of a row are left out. */
static bool of_table(char delimiter, unsigned fields, unsigned count)
{
	return fields == count || (delimiter == '\t' && fields > 1 && fields < count);
}

/*
 * Goes up from the line at `from` over rows of as many fields until a header, a gap, or rows already looked at. What was
 * found is kept, so that a table is gone over once.
 */
static const struct columns *header_above(struct text *text, size_t from, size_t to, unsigned which, unsigned fields)
{
	struct shape_block *block = &text->shape->blocks[which];
	const struct keys *keys = text->shape->keys;
	struct slice all = {text->data, text->len};
	size_t at = from;
	struct row row UNSET;
	bool known = false, other = false;
	struct columns columns;
	const char delimiter = delimiters[which];
	unsigned most = fields; /* of a row so far */
	int gap = 0;

	while (at > 0 && from - at < LIMIT_RECORD_BYTES) {
		size_t before = line_before(all, at);
		struct slice line = row_line(all, before, at, delimiter);
		if (of_table(delimiter, most, block->fields) && block->to >= text->base + at && block->from <= text->base + at) {
			known = block->known;
			other = block->other;
			columns = block->columns;
			break;
		}
		at = before;
		if (csv_is_border(line))
			continue;
		bool is_row = csv_split(NULL, line, 0, line.len, delimiter, &row);
		if (!is_row || !(of_table(delimiter, most, row.count) || of_table(delimiter, row.count, most))) {
			/* one of the lines of a quoted value */
			if (gap == 0 && count_quotes(line) % 2 == 0)
				break;
			if (++gap > ROW_LINES)
				break;
			continue;
		}
		gap = 0;
		bool may_head = row.count >= most;
		most = may_head ? row.count : most;
		if (may_head && shape_header_as(keys, line, delimiter, &columns)) {
			known = true;
			break;
		}
		if (may_head && shape_header_other(line, delimiter)) {
			other = true;
			break;
		}
	}
	bool joined = of_table(delimiter, most, block->fields) && block->to >= text->base + at && block->from <= text->base + at;
	block->from = joined ? block->from : text->base + at;
	block->to = text->base + to + 1;
	block->fields = known && columns.count > most ? columns.count : most;
	block->known = known;
	block->other = other;
	if (known)
		block->columns = columns;
	return known ? &block->columns : NULL;
}

static void known_row_emit(struct text *text, const struct hit *hit, const struct row *row, char delimiter, const struct columns *columns)
{
	size_t to = row->to > row->from && row->to <= text->len ? row->to : row->from;
	unsigned guessed = table_guess(text, row->from, to, delimiter, columns);

	if (guessed < columns->count)
		row_emit_guessed(text, hit, row, columns, guessed, "lt.csv.2");
	else
		row_emit(text, hit, row, columns, false, "lt.csv.1");
}

static bool lane_header(struct text *text, const struct hit *hit, size_t from, struct span *claimed)
{
	const struct shape *shape = text->shape;
	struct row row UNSET;

	if (!shape->csv.known || text->base + hit->at < shape->csv.rows ||
		!row_around(text, hit, from, shape->csv.delimiter, &shape->csv.columns, &row))
		return false;
	known_row_emit(text, hit, &row, shape->csv.delimiter, &shape->csv.columns);
	*claimed = (struct span){row.from, row.to};
	return true;
}

/* The header names other things than log-ins: only what is a hash by its shape speaks for itself. */
static void other_emit(struct text *text, const struct hit *hit, size_t from, size_t to, char delimiter)
{
	static const struct columns unknown = {.count = 0};
	struct slice all = {text->data, text->len};
	struct row row UNSET;

	if (csv_split(text->scan, all, from, to, delimiter, &row))
		row_emit(text, hit, &row, &unknown, false, "lt.csv.1");
}

bool reader_csv(struct text *text, const struct hit *hit, struct span *claimed)
{
	size_t from, to;
	struct row row UNSET;

	if (hit->encoded || hit->kind == NAME_KEYWORD || hit->kind == NAME_RULE || text->shape == NULL)
		return false;
	text_line(text, hit->at, &from, &to);
	if (lane_header(text, hit, from, claimed))
		return true;
	struct slice all = {text->data, text->len};
	struct memo_line *known = line_memo_at(scan_line_memo(text->scan), all, from);
	if (known->no_table)
		return false;
	/* a value in quotes may go on in the next lines */
	size_t end = count_quotes(text_slice(text, from, to)) % 2 == 0 ? to
		     : text->len - to > LIMIT_RECORD_BYTES             ? to + LIMIT_RECORD_BYTES
								       : text->len;
	unsigned other = SHAPE_DELIMITERS;
	for (unsigned which = 0; which < SHAPE_DELIMITERS; which++) {
		if (!csv_split(text->scan, all, from, end, delimiters[which], &row) || row.count < 2)
			continue;
		const struct columns *columns = header_above(text, from, to, which, row.count);
		if (columns == NULL) {
			if (text->shape->blocks[which].other && other == SHAPE_DELIMITERS)
				other = which;
			continue;
		}
		known_row_emit(text, hit, &row, delimiters[which], columns);
		*claimed = (struct span){from, row.to > to ? row.to : to};
		return true;
	}
	if (other < SHAPE_DELIMITERS) {
		other_emit(text, hit, from, end, delimiters[other]);
		*claimed = (struct span){from, to};
		return true;
	}
	known->no_table = true;
	return false;
}
