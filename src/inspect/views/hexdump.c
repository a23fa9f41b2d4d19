#include "inspect/views/hexdump.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/unpack/derived.h"
#include "inspect/views/base64.h"
#include "inspect/views/intake.h"
#include "limits/limits.h"
#include "shared/buf.h"
#include "shared/mem.h"

enum { STEP_LEAST = 4, STEP_MOST = 64, LINE_BYTES = 512, OFFSET_DIGITS = 16, CELL = 4 /* columns of a character */, INDENT_MOST = 64 };

enum unit {
	UNIT_HEX,         /* bytes in their order, in groups of any size */
	UNIT_HEX_WORDS,   /* groups are numbers of a little-endian machine */
	UNIT_OCTAL,       /* od -b */
	UNIT_OCTAL_WORDS, /* od */
	UNIT_CHARACTERS,  /* od -c */
	UNIT_COUNT
};

/* How the lines of a dump are written. */
struct format {
	unsigned base; /* of its offsets */
	enum unit unit;
	size_t step;    /* bytes of a full line */
	size_t columns; /* where its bytes end, from the begin of the offset; 0: not known yet */
};

/* The bytes of one line, and where each stands in the text. */
struct line {
	uint64_t offset;
	size_t count;
	uint8_t bytes[STEP_MOST];
	size_t places[STEP_MOST];
	size_t columns;
};

struct hexdump {
	struct format format;
	uint64_t expected;     /* offset of the next line */
	uint64_t next;         /* offset in the lane: the next line begins there */
	uint64_t begin;        /* raw offset of the dump */
	struct intake *intake; /* text, or ... */
	struct buf container;  /* ... gathered, opened at the end */
	bool overflowed;
};

/* ---- one line --------------------------------------------------------------------------------- */

static int digit_of(char c, unsigned base)
{
	int digit = isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
	return digit < (int)base ? digit : -1;
}

static size_t digits(struct slice text, size_t at, unsigned base)
{
	size_t len = 0;
	while (at + len < text.len && digit_of(text.data[at + len], base) >= 0)
		len++;
	return len;
}

static uint64_t number(struct slice text, size_t at, size_t len, unsigned base)
{
	uint64_t value = 0;
	for (size_t i = at; i < at + len; i++)
		value = value * base + (uint64_t)digit_of(text.data[i], base);
	return value;
}

/* Where the offset begins: dumps are indented, quoted in mail, and may say 0x. */
static size_t offset_begin(struct slice text)
{
	size_t at = 0;
	while (at < text.len && one_of(text.data[at], " \t>|"))
		at++;
	return text.len - at > 2 && text.data[at] == '0' && (text.data[at + 1] | 0x20) == 'x' ? at + 2 : at;
}

/* The offset of a line, and where what follows it begins; false where none stands. */
static bool read_offset(struct slice text, unsigned base, uint64_t *offset, size_t *end, bool *colon)
{
	size_t at = offset_begin(text), len = digits(text, at, base);
	*end = at + len;
	if (len < 4 || len > OFFSET_DIGITS)
		return false;
	*colon = *end < text.len && (text.data[*end] == ':' || text.data[*end] == 'h');
	*end += *colon;
	*offset = number(text, at, len, base);
	return *end == text.len || one_of(text.data[*end], " \t:");
}

static size_t skip_blanks(struct slice text, size_t at)
{
	while (at < text.len && one_of(text.data[at], " \t-|"))
		at++;
	return at;
}

static void put(struct line *line, uint64_t byte, size_t place)
{
	line->bytes[line->count] = (uint8_t)byte;
	line->places[line->count++] = place;
}

/* A group of hex digits; false where it is none of this dump. */
static bool read_hex(struct line *line, struct slice text, size_t at, size_t len, bool words, size_t step)
{
	if (len % 2 != 0 || len == 0 || len > 2 * (step - line->count))
		return false;
	for (size_t i = 0; i < len; i += 2) {
		size_t from = words ? at + len - 2 - i : at + i;
		put(line, number(text, from, 2, 16), from);
	}
	return true;
}

static bool read_octal(struct line *line, struct slice text, size_t at, size_t len, bool words, size_t step)
{
	uint64_t value = number(text, at, len, 8);
	if (len != (words ? 6 : 3) || value > (words ? 0xffff : 0xff) || line->count + (words ? 2 : 1) > step)
		return false;
	put(line, value & 0xff, at);
	if (words)
		put(line, value >> 8, at);
	return true;
}

static bool read_group(struct line *line, const struct format *format, struct slice text, size_t *at)
{
	bool hex = format->unit == UNIT_HEX || format->unit == UNIT_HEX_WORDS;
	bool words = format->unit == UNIT_HEX_WORDS || format->unit == UNIT_OCTAL_WORDS;
	size_t from = *at, len = digits(text, from, hex ? 16 : 8);
	*at = from + len;
	if (*at < text.len && !one_of(text.data[*at], " \t-|"))
		return false;
	return hex ? read_hex(line, text, from, len, words, format->step) : read_octal(line, text, from, len, words, format->step);
}

/* " %3s" each: a character, an escape, or three octal digits. */
static bool read_cell(struct line *line, struct slice text, size_t at)
{
	static const char letters[] = "0abtnvfr", stand_for[] = "\0\a\b\t\n\v\f\r";
	struct slice cell = {text.data + at, CELL}, shown = slice_trim(cell);
	const char *letter = shown.len == 2 && shown.data[0] == '\\' && shown.data[1] != '\0' ? strchr(letters, shown.data[1]) : NULL;
	size_t place = at + CELL - 1;
	if (shown.len <= 1)
		put(line, shown.len == 0 ? ' ' : (uint8_t)shown.data[0], place);
	else if (letter != NULL)
		put(line, (uint8_t)stand_for[letter - letters], place - 1);
	else if (shown.len == 3 && digits(shown, 0, 8) == 3 && number(shown, 0, 3, 8) <= 0xff)
		put(line, number(shown, 0, 3, 8), place - 2);
	else
		return false;
	return true;
}

static void read_cells(struct line *line, const struct format *format, struct slice text, size_t at)
{
	while (line->count < format->step && at + CELL <= text.len && text.data[at] == ' ' && read_cell(line, text, at))
		at += CELL;
	line->columns = at;
}

/* Reads what stands behind the offset, up to step bytes. False where it is no line of a dump. */
static bool read_line(struct slice text, const struct format *format, struct line *line)
{
	size_t at, begin = offset_begin(text);
	bool colon;
	line->count = 0;
	if (!read_offset(text, format->base, &line->offset, &at, &colon))
		return false;
	if (format->unit == UNIT_CHARACTERS) {
		read_cells(line, format, text, at);
		return true;
	}
	while (line->count < format->step && (at = skip_blanks(text, at)) < text.len) {
		if ((format->columns > 0 && at - begin >= format->columns) || !read_group(line, format, text, &at))
			break;
		line->columns = at - begin;
	}
	return true;
}

/* ---- which format ----------------------------------------------------------------------------- */

static struct slice line_at(const struct text *text, size_t at)
{
	size_t from, to;
	text_line(text, at, &from, &to);
	return slice_until(text_slice(text, from, to), LINE_BYTES);
}

/* first and second stand one behind the other: in which format they do, if any. */
static bool find_format(struct slice first, struct slice second, struct format *format)
{
	static const unsigned bases[] = {16, 8, 10};
	for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
		uint64_t from, to;
		size_t end;
		bool colon;
		struct line line;
		if (!read_offset(second, bases[i], &to, &end, &colon) || !read_offset(first, bases[i], &from, &end, &colon) || to <= from ||
			to - from < STEP_LEAST || to - from > STEP_MOST)
			continue;
		for (unsigned unit = 0; unit < UNIT_COUNT; unit++) {
			size_t group = digits(first, skip_blanks(first, end), 16);
			bool in_order = colon || group == 2;
			*format = (struct format){.base = bases[i], .unit = (enum unit)unit, .step = (size_t)(to - from)};
			if ((unit == UNIT_HEX && !in_order) || (unit == UNIT_HEX_WORDS && in_order) || !read_line(first, format, &line) ||
				line.count != format->step)
				continue;
			format->columns = unit == UNIT_CHARACTERS ? 0 : line.columns;
			return true;
		}
	}
	return false;
}

/* ---- the dump --------------------------------------------------------------------------------- */

static void close_bytes(struct hexdump *dump, struct scan *scan, const struct member *member)
{
	if (dump->intake != NULL)
		intake_close(dump->intake);
	else if (dump->overflowed)
		scan_not_inspected(scan, member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "a dumped archive is too large", dump->begin);
	else if (dump->container.len > 0)
		derived_walk(scan, member, "hexdump", dump->begin, dump->container.data, dump->container.len);
	dump->intake = NULL;
	dump->overflowed = false;
	buf_clear(&dump->container);
}

/* Text is searched as it comes; an archive is told by its first line. */
static void put_bytes(struct hexdump *dump, const struct text *text, const struct line *line, size_t from)
{
	bool first = dump->intake == NULL && dump->container.len == 0;
	if (first)
		dump->begin = text_raw_offset(text, from + line->places[0]);
	if (first && base64_look(line->bytes, line->count) != LOOKS_CONTAINER)
		dump->intake = intake_open(text->scan, text->member, VIEW_HEX, text->depth + 1, NULL);
	if (dump->intake == NULL) {
		dump->overflowed |= !buf_append(&dump->container, line->bytes, line->count);
		return;
	}
	for (size_t i = 0; i < line->count; i++) {
		intake_mark(dump->intake, text_raw_offset(text, from + line->places[i]));
		intake_push(dump->intake, &line->bytes[i], 1);
	}
}

static void end_dump(struct hexdumps *dumps, struct hexdump *dump, struct scan *scan, const struct member *member)
{
	close_bytes(dump, scan, member);
	buf_free(&dump->container);
	free(dump);
	dumps->open = NULL;
}

/* One line of it, at `from`. False behind its end. */
static bool take_line(struct hexdump *dump, const struct text *text, size_t from, size_t to)
{
	struct slice shown = slice_until(text_slice(text, from, to), LINE_BYTES);
	struct line line;
	if (slice_equal(slice_trim(shown), SLICE_TEXT("*"))) /* lines like the one before, left out */
		return true;
	if (!read_line(shown, &dump->format, &line) || line.offset < dump->expected)
		return false;
	if (line.offset > dump->expected)
		close_bytes(dump, text->scan, text->member);
	dump->expected = line.offset + line.count;
	if (line.count > 0)
		put_bytes(dump, text, &line, from);
	bool full = line.count == dump->format.step;
	mem_wipe(&line, sizeof line);
	return full;
}

void hexdump_continue(struct hexdumps *dumps, struct text *text, size_t limit)
{
	struct hexdump *dump = dumps->open;
	size_t at = dump != NULL ? (size_t)(dump->next - text->base) : limit;
	while (dump != NULL && at < limit) {
		size_t from, to;
		text_line(text, at, &from, &to);
		bool more = from == at && take_line(dump, text, from, to);
		const char *feed = memchr(text->data + to, '\n', text->len - to);
		at = feed != NULL ? (size_t)(feed + 1 - text->data) : text->len;
		dump->next = dumps->done = text->base + at;
		if (!more || (text->ends && at == text->len)) {
			end_dump(dumps, dump, text->scan, text->member);
			dump = NULL;
		}
	}
}

/* The begin of the line before the one that begins at from, or from where there is none. */
static size_t line_before(const struct text *text, size_t from)
{
	size_t before, to;
	if (from == 0)
		return from;
	text_line(text, from - 1, &before, &to);
	return before;
}

/* Where the dump begins of which a line begins at from. */
static size_t first_line(const struct hexdumps *dumps, const struct text *text, size_t from, const struct format *format)
{
	struct line line, above;
	if (!read_line(line_at(text, from), format, &line))
		return from;
	for (size_t before; (before = line_before(text, from)) < from && text->base + before >= dumps->done; from = before) {
		if (!read_line(line_at(text, before), format, &above) || above.count != format->step ||
			above.offset + format->step != line.offset)
			break;
		line.offset = above.offset;
	}
	mem_wipe(&line, sizeof line);
	mem_wipe(&above, sizeof above);
	return from;
}

/* Whether only an indent and an offset stand between the begin of the line and `at`: lines may be endless, and triggers many. */
static bool at_line_begin(const struct text *text, size_t at)
{
	size_t least = at > INDENT_MOST ? at - INDENT_MOST : 0;
	while (at > least && (isxdigit((unsigned char)text->data[at - 1]) || memchr(" \t>|xX", text->data[at - 1], 6) != NULL))
		at--;
	return at == 0 || text->data[at - 1] == '\n' || (unsigned char)text->data[at - 1] == 0xbf; /* of a byte order mark */
}

void hexdump_around(struct hexdumps *dumps, struct text *text, size_t at, size_t limit)
{
	size_t from, to;
	struct format format;
	struct line line;
	if (dumps->open != NULL || text->base + at < dumps->done || !at_line_begin(text, at))
		return;
	text_line(text, at, &from, &to);
	if (from + offset_begin(text_slice(text, from, to)) + OFFSET_DIGITS < at)
		return; /* not at the begin of its line */
	size_t before = line_before(text, from), after = to + 1 < text->len ? to + 1 : to;
	if (!(before < from && find_format(line_at(text, before), line_at(text, from), &format)) &&
		!find_format(line_at(text, from), line_at(text, after), &format))
		return;
	if (text->depth + 1 > scan_engine(text->scan)->limits.view_depth) {
		scan_not_inspected(text->scan, text->member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "view_depth", text_raw_offset(text, at));
		return;
	}
	from = first_line(dumps, text, from, &format);
	(void)read_line(line_at(text, from), &format, &line);
	struct hexdump *dump = dumps->open = xcalloc(1, sizeof *dump);
	*dump = (struct hexdump){.format = format, .expected = line.offset, .next = text->base + from};
	buf_init(&dump->container, LIMIT_DERIVED_BYTES);
	mem_wipe(&line, sizeof line);
	hexdump_continue(dumps, text, limit);
}

void hexdumps_free(struct hexdumps *dumps)
{
	if (dumps->open == NULL)
		return;
	if (dumps->open->intake != NULL)
		intake_close(dumps->open->intake);
	buf_free(&dumps->open->container);
	free(dumps->open);
}
