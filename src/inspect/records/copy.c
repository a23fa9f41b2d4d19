/* Rows of a PostgreSQL COPY ... FROM stdin in its text format: TABs between values, \N for NULL, \. at the end. */
#include <string.h>

#include "inspect/engine.h"
#include "inspect/job.h"
#include "inspect/records/readers.h"
#include "inspect/records/shape_state.h"
#include "shared/mem.h"

static bool ended_before(const struct text *text, size_t from)
{
	uint64_t rows = text->shape->copy.checked;
	size_t at = rows > text->base ? (size_t)(rows - text->base) : 0;

	text->shape->copy.checked = text->base + from;
	while (at < from) {
		const char *end = memmem(text->data + at, from - at, "\\.", 2);
		if (end == NULL)
			return false;
		at = (size_t)(end - text->data);
		bool line = (at == 0 || text->data[at - 1] == '\n') && at + 2 < text->len &&
			    (text->data[at + 2] == '\n' || text->data[at + 2] == '\r');
		if (line)
			return true;
		at += 2;
	}
	return false;
}

static struct slice unescape(struct scan *scan, struct slice value)
{
	char *out = slice_find_byte(value, '\\') < value.len ? scan_arena(scan, value.len) : NULL;
	size_t len = 0;

	if (out == NULL)
		return value;
	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i];
		if (c == '\\' && i + 1 < value.len) {
			c = value.data[++i];
			c = (char)(c == 't'   ? '\t'
				   : c == 'n' ? '\n'
				   : c == 'r' ? '\r'
				   : c == 'b' ? '\b'
				   : c == 'f' ? '\f'
				   : c == 'v' ? '\v'
					      : c);
		}
		out[len++] = c;
	}
	return (struct slice){out, len};
}

static void row_split(struct text *text, size_t from, size_t to, struct row *row)
{
	row->count = 0;
	row->from = from;
	row->to = to;
	while (row->count < TABLE_COLUMNS) {
		const char *tab = memchr(text->data + from, '\t', to - from);
		size_t end = tab != NULL ? (size_t)(tab - text->data) : to;
		struct slice value = text_slice(text, from, end);
		bool null = value.len == 2 && memcmp(value.data, "\\N", 2) == 0;
		row->cells[row->count++] = (struct cell){null ? SLICE_NONE : unescape(text->scan, value), true, from, end};
		if (tab == NULL)
			return;
		from = end + 1;
	}
	text_cut(text, from, "columns of a table");
}

bool reader_copy(struct text *text, const struct hit *hit, struct span *claimed)
{
	struct shape *shape = text->shape;
	size_t from, to;
	struct row row UNSET;

	if (hit->encoded || hit->kind == NAME_KEYWORD || hit->kind == NAME_RULE || shape == NULL || !shape->copy.known)
		return false;
	text_line(text, hit->at, &from, &to);
	if (shape->copy.rows > text->base + from)
		return false;
	if (ended_before(text, from)) {
		shape->copy.known = false;
		return false;
	}
	row_split(text, from, to, &row);
	if (shape->copy.columns.count > 0 && row.count != shape->copy.columns.count)
		return false;
	row_emit(text, hit, &row, &shape->copy.columns, shape->copy.users, "lt.copy.1");
	*claimed = (struct span){from, to};
	return true;
}
