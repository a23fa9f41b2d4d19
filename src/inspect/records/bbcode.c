/* Tables of forums, [table][tr][td]: laid out as lines with TABs between the cells and read as a text of its own. */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "inspect/engine.h"
#include "inspect/records/block_values.h"
#include "inspect/records/readers.h"
#include "inspect/sieve/lane.h"
#include "limits/limits.h"

enum {
	CELL_BYTES = 4096, /* of a cell before the name in it */
	CELL_MARKS = 64,   /* ... and so many brackets */
	ROW_MARKS = 512,   /* of a row before that */
};

static bool tag_at(struct slice text, size_t at, const char *name)
{
	size_t len = strlen(name);

	return text.len - at > len + 1 && text.data[at] == '[' && strncasecmp(text.data + at + 1, name, len) == 0 &&
	       (text.data[at + 1 + len] == ']' || text.data[at + 1 + len] == '=' || text.data[at + 1 + len] == ' ');
}

/* The nearest such tag before `at`, looking back to floor over so many brackets; text.len when there is none. */
static size_t tag_before(struct slice text, size_t at, size_t floor, size_t marks, const char *name, const char *stop)
{
	for (; at > floor && marks > 0; marks--) {
		const char *open = memrchr(text.data + floor, '[', at - floor);

		if (open == NULL)
			break;
		at = (size_t)(open - text.data);
		if (tag_at(text, at, name))
			return at;
		if (tag_at(text, at, stop))
			break;
	}
	return text.len;
}

static size_t table_end(struct slice text, size_t at)
{
	size_t limit = text.len - at > LIMIT_RECORD_BYTES ? at + LIMIT_RECORD_BYTES : text.len;

	for (; at < limit; at++) {
		const char *open = memchr(text.data + at, '[', limit - at);

		if (open == NULL)
			break;
		at = (size_t)(open - text.data);
		if (tag_at(text, at, "/table"))
			return at;
	}
	return limit;
}

/* Text of a cell, its line breaks and TABs as blanks. */
static void text_push(struct lane *lane, struct slice piece)
{
	for (size_t at = 0; at < piece.len;) {
		size_t end = at;

		while (end < piece.len && !one_of(piece.data[end], "\t\r\n"))
			end++;
		lane_push(lane, piece.data + at, end - at);
		if (end < piece.len)
			lane_push(lane, " ", 1);
		at = end + 1;
	}
}

static void table_push(const struct text *text, struct slice table, size_t from, struct lane *lane)
{
	bool in_cell = false, first = true;

	for (size_t at = 0; at < table.len;) {
		size_t mark = table.data[at] == '[' ? bbcode_length(slice_from(table, at)) : 0, end = at + (mark > 0 ? mark : 1);

		if (tag_at(table, at, "tr")) {
			lane_push(lane, "\n", 1);
			first = true;
			in_cell = false;
		} else if (tag_at(table, at, "td") || tag_at(table, at, "th")) {
			if (!first)
				lane_push(lane, "\t", 1);
			lane_mark(lane, text_raw_offset(text, from + end));
			first = false;
			in_cell = true;
		} else if (tag_at(table, at, "/td") || tag_at(table, at, "/th")) {
			in_cell = false;
		} else if (mark == 0) {
			while (end < table.len && table.data[end] != '[')
				end++;
			if (in_cell)
				text_push(lane, (struct slice){table.data + at, end - at});
		}
		at = end;
	}
	lane_push(lane, "\n", 1);
}

bool reader_bbcode(struct text *text, const struct hit *hit, struct span *claimed)
{
	struct slice all = {text->data, text->len};
	size_t near = hit->at > CELL_BYTES ? hit->at - CELL_BYTES : 0,
	       far = hit->at > LIMIT_RECORD_BYTES ? hit->at - LIMIT_RECORD_BYTES : 0;

	if (hit->encoded || hit->kind == NAME_RULE)
		return false;
	if (tag_before(all, hit->at, near, CELL_MARKS, "td", "/td") == all.len &&
		tag_before(all, hit->at, near, CELL_MARKS, "th", "/th") == all.len)
		return false;
	size_t row = tag_before(all, hit->at, far, ROW_MARKS, "tr", "/table");
	if (row == all.len)
		return false;
	size_t from = tag_before(all, row, far, SIZE_MAX, "table", "/table");
	if (from == all.len)
		from = row; /* longer than a record: from this row on */
	if (text->depth >= scan_engine(text->scan)->limits.view_depth) {
		scan_not_inspected(
			text->scan, text->member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "view_depth", text_raw_offset(text, from));
		return false;
	}
	size_t to = table_end(all, hit->at);
	struct lane *lane = lane_open(text->scan, text->member, VIEW_ESCAPES, text->depth + 1);

	table_push(text, text_slice(text, from, to), from, lane);
	lane_close(lane);
	*claimed = (struct span){from, to};
	return true;
}
