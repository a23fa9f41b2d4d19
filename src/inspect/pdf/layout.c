#include "inspect/pdf/layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "shared/log.h"
#include "shared/mem.h"

/* Parts of the font's size: text that is closer is one word, that is farther away another column; and within one line. */
static const double word_gap = 0.18, column_gap = 0.28, wide_column_gap = 0.7, line_height = 0.45, overlap = 0.6;

void layout_init(struct layout *layout)
{
	*layout = (struct layout){.pieces = NULL};
	buf_init(&layout->text, LAYOUT_TEXT_BYTES);
}

void layout_free(struct layout *layout)
{
	buf_free(&layout->text);
	free(layout->pieces);
}

static struct slice text_of(struct layout *layout, const struct piece *piece)
{
	return (struct slice){buf_text(&layout->text) + piece->at, piece->len};
}

static bool same_line(const struct piece *a, const struct piece *b)
{
	double size = a->size > b->size ? a->size : b->size;
	return a->turn == b->turn && fabs(a->line - b->line) <= line_height * size;
}

/* The next word, or the rest of one, directly behind the last piece. */
static bool goes_on(const struct piece *last, const struct piece *piece)
{
	double gap = piece->from - last->to;
	return same_line(last, piece) && gap < word_gap * last->size && gap > -word_gap * last->size;
}

/* Bold text is often the same text twice, a hair apart. */
static bool is_shadow(struct layout *layout, const struct piece *last, const struct piece *piece, struct slice text)
{
	return same_line(last, piece) && fabs(piece->from - last->from) < word_gap * last->size && slice_equal(text_of(layout, last), text);
}

bool layout_add(struct layout *layout, const struct piece *piece, struct slice text)
{
	struct piece *last = layout->count > 0 ? &layout->pieces[layout->count - 1] : NULL;
	if (text.len == 0 || (last != NULL && is_shadow(layout, last, piece, text)))
		return true;
	bool joins = last != NULL && goes_on(last, piece);
	size_t at = layout->text.len;
	if ((!joins && layout->count == LAYOUT_PIECES) || !buf_append(&layout->text, text.data, text.len))
		return false;
	if (joins) {
		last->to = piece->to;
		last->len += text.len;
		return true;
	}
	if (layout->count == layout->cap) {
		layout->cap = layout->cap > 0 ? 2 * layout->cap : 256;
		layout->pieces = xreallocarray(layout->pieces, layout->cap, sizeof *layout->pieces);
	}
	layout->pieces[layout->count] = *piece;
	layout->pieces[layout->count].at = at;
	layout->pieces[layout->count++].len = text.len;
	return true;
}

/* ---- lines ------------------------------------------------------------------------------------ */

static void put(struct buf *out, const char *data, size_t len)
{
	if (!buf_append(out, data, len))
		log_fatal("the lines of a page outgrew their buffer");
}

static struct slice without_blanks_behind(struct slice text)
{
	while (text.len > 0 && text.data[text.len - 1] == ' ')
		text.len--;
	return text;
}

/* Where blanks are written as such, what stands apart is another column; some programs only move on between words. */
static double gap_of_columns(struct layout *layout)
{
	for (size_t i = 0; i < layout->count; i++) {
		struct slice text = slice_trim(text_of(layout, &layout->pieces[i]));
		if (slice_find_byte(text, ' ') < text.len)
			return column_gap;
	}
	return wide_column_gap;
}

/* [first, last) stand on one line, from left to right. */
static void write_line(struct layout *layout, const struct piece *first, const struct piece *last, struct buf *out)
{
	const char *between = "";
	for (const struct piece *piece = first; piece < last; piece++) {
		double gap = piece + 1 < last ? piece[1].from - piece->to : 0;
		struct slice text = text_of(layout, piece);
		put(out, between, strlen(between));
		between = gap > layout->column_gap * piece->size ? "\t" : gap > word_gap * piece->size ? " " : "";
		if (between[0] != '\0' || piece + 1 == last)
			text = without_blanks_behind(text);
		put(out, text.data, text.len);
	}
	put(out, "\n", 1);
}

static int by_line(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;
	if (x->turn != y->turn)
		return x->turn < y->turn ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static int by_place(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static const struct piece *line_end(const struct piece *first, const struct piece *end)
{
	const struct piece *piece = first + 1;
	while (piece < end && same_line(first, piece))
		piece++;
	return piece;
}

/* As they stand on the page. */
static void write_sorted(struct layout *layout, struct buf *out)
{
	struct piece *end = layout->pieces + layout->count;
	qsort(layout->pieces, layout->count, sizeof *layout->pieces, by_line);
	for (struct piece *first = layout->pieces; first < end;) {
		struct piece *last = first + (line_end(first, end) - first);
		qsort(first, (size_t)(last - first), sizeof *first, by_place);
		write_line(layout, first, last, out);
		first = last;
	}
}

/* ---- order ------------------------------------------------------------------------------------ */

/* The pieces that follow one another on one line, as they came. */
static size_t run_length(const struct piece *first, const struct piece *end)
{
	size_t n = 1;
	while (first + n < end && same_line(first, first + n) && first[n].from >= first[n - 1].to - overlap * first->size)
		n++;
	return n;
}

/* Columns of running text: the page was written down one side and then the other, in whole sentences or records. */
static bool has_columns(struct layout *layout)
{
	const struct piece *end = layout->pieces + layout->count;
	size_t climbs = 0, wide = 0, lines = 0;
	for (const struct piece *first = layout->pieces; first < end;) {
		size_t n = run_length(first, end);
		const struct piece *next = first + n;
		struct slice text = text_of(layout, next - 1);
		climbs += next < end && next->turn == first->turn && next->line < first->line - line_height * first->size;
		wide += n > 1 || slice_find_byte(slice_trim(text), ' ') < slice_trim(text).len || slice_find_byte(text, ':') < text.len;
		lines++;
		first = next;
	}
	return climbs > 0 && 2 * wide > lines;
}

/* Whether two pieces that came apart stand on one line. */
static bool mixes(struct layout *layout)
{
	struct piece *sorted = xmemdup(layout->pieces, layout->count * sizeof *sorted);
	bool mixed = false;
	const struct piece *end = sorted + layout->count;
	qsort(sorted, layout->count, sizeof *sorted, by_line);
	for (struct piece *first = sorted; first < end && !mixed;) {
		struct piece *last = first + (line_end(first, end) - first);
		size_t low = SIZE_MAX, high = 0, bytes = 0;
		for (const struct piece *piece = first; piece < last; piece++) {
			low = piece->at < low ? piece->at : low;
			high = piece->at + piece->len > high ? piece->at + piece->len : high;
			bytes += piece->len;
		}
		mixed = high - low != bytes;
		first = last;
	}
	free(sorted);
	return mixed;
}

static void write_as_written(struct layout *layout, struct buf *out)
{
	const struct piece *end = layout->pieces + layout->count;
	for (const struct piece *first = layout->pieces; first < end;) {
		size_t n = run_length(first, end);
		write_line(layout, first, first + n, out);
		first += n;
	}
}

void layout_write(struct layout *layout, struct buf *out)
{
	layout->column_gap = gap_of_columns(layout);
	if (layout->count > 0 && has_columns(layout) && mixes(layout))
		write_as_written(layout, out);
	else if (layout->count > 0)
		write_sorted(layout, out);
	layout->count = 0;
	buf_clear(&layout->text);
}
