#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/unpack/charset.h"
#include "inspect/unpack/ole.h"
#include "shared/escape.h"
#include "shared/mem.h"

enum {
	RECORD_HEADER = 0x14, /* of a printed page */
	RECORD_FOOTER = 0x15,
	RECORD_FILEPASS = 0x2f,
	RECORD_CONTINUE = 0x3c,
	RECORD_BOUNDSHEET = 0x85,
	RECORD_MULRK = 0xbd,
	RECORD_RSTRING = 0xd6,
	RECORD_SST = 0xfc,
	RECORD_LABELSST = 0xfd,
	RECORD_HLINK = 0x1b8,
	RECORD_TXO = 0x1b6, /* a box of text: comments too */
	RECORD_NUMBER = 0x203,
	RECORD_LABEL = 0x204,
	RECORD_STRING = 0x207,
	RECORD_RK = 0x27e,
	RECORD_BOF = 0x809,
	STRINGS_MAX = 4000000,
	COLUMNS_MAX = 256,
};

/* A record, and how far it was read; those that continue it follow. */
struct cursor {
	struct slice rest;   /* of the record */
	struct slice behind; /* of the stream */
};

struct strings_list {
	struct buf bytes; /* UTF-8, each ending with 0 */
	size_t *starts;
	size_t count, cap;
	bool cut; /* there were more than are kept */
};

struct sheet {
	struct buf *out;
	struct strings_list strings;
	uint32_t row, column;           /* written last */
	bool written;                   /* a cell of this row */
	bool full;                      /* out takes no more */
	uint32_t next_row, next_column; /* of a formula whose text comes in the next record */
};

static uint32_t number(struct slice data, size_t at, size_t len)
{
	uint32_t value = 0;
	for (size_t i = 0; i < len && at + i < data.len; i++)
		value |= (uint32_t)(uint8_t)data.data[at + i] << (8 * i);
	return value;
}

/* The next record: its type, or -1 at the end. */
static long next_record(struct slice *stream, struct slice *data)
{
	if (stream->len < 4)
		return -1;
	long type = (long)number(*stream, 0, 2);
	size_t len = number(*stream, 2, 2);
	*data = slice_until(slice_from(*stream, 4), len);
	*stream = slice_from(*stream, 4 + data->len);
	return type;
}

/* ---- texts ------------------------------------------------------------------------------------ */

/* Moves on to the record that continues this one. */
static bool go_on(struct cursor *cursor)
{
	if (number(cursor->behind, 0, 2) != RECORD_CONTINUE || cursor->behind.len < 4)
		return false;
	(void)next_record(&cursor->behind, &cursor->rest);
	return cursor->rest.len > 0;
}

static uint32_t take(struct cursor *cursor, size_t len)
{
	uint32_t value = 0;
	for (size_t i = 0; i < len; i++) {
		if (cursor->rest.len == 0 && !go_on(cursor))
			return value;
		value |= (uint32_t)(uint8_t)cursor->rest.data[0] << (8 * i);
		cursor->rest = slice_from(cursor->rest, 1);
	}
	return value;
}

static void pass(struct cursor *cursor, size_t len)
{
	while (len > 0 && (cursor->rest.len > 0 || go_on(cursor))) {
		size_t step = len < cursor->rest.len ? len : cursor->rest.len;
		cursor->rest = slice_from(cursor->rest, step);
		len -= step;
	}
}

/* A unit of UTF-16; of control characters only blanks are left. */
static void put_unit(struct buf *out, uint32_t unit, uint32_t *high)
{
	char text[4];
	uint32_t c = unit;
	if (unit >= 0xd800 && unit < 0xdc00) {
		*high = unit;
		return;
	}
	if (unit >= 0xdc00 && unit < 0xe000)
		c = *high != 0 ? 0x10000 + ((*high - 0xd800) << 10) + (unit - 0xdc00) : 0xfffd;
	*high = 0;
	if (c < ' ')
		c = ' ';
	(void)!buf_append(out, text, utf8_encode(c, text));
}

/* count characters; where the record ends among them, the next one says anew how wide they are. */
static void put_characters(struct cursor *cursor, struct buf *out, size_t count, bool wide)
{
	uint32_t high = 0;
	for (size_t i = 0; i < count; i++) {
		if (cursor->rest.len == 0) {
			if (!go_on(cursor))
				return;
			wide = take(cursor, 1) & 1;
		}
		put_unit(out, take(cursor, wide ? 2 : 1), &high);
	}
}

/* flags: 1 wide, 4 with phonetics, 8 with runs of fonts (MS-XLS 2.5.293). */
static void put_rich(struct cursor *cursor, struct buf *out)
{
	size_t count = take(cursor, 2), flags = take(cursor, 1);
	size_t runs = flags & 8 ? take(cursor, 2) : 0, extended = flags & 4 ? take(cursor, 4) : 0;
	put_characters(cursor, out, count, flags & 1);
	pass(cursor, 4 * runs);
	pass(cursor, extended);
}

static void read_strings(struct strings_list *strings, struct cursor *cursor)
{
	pass(cursor, 4);
	size_t count = take(cursor, 4);
	while (strings->count < count && strings->count < STRINGS_MAX && (cursor->rest.len > 0 || go_on(cursor))) {
		if (strings->count == strings->cap) {
			strings->cap = strings->cap > 0 ? 2 * strings->cap : 256;
			strings->starts = xreallocarray(strings->starts, strings->cap, sizeof *strings->starts);
		}
		strings->starts[strings->count++] = strings->bytes.len;
		put_rich(cursor, &strings->bytes);
		if (!buf_append_byte(&strings->bytes, 0)) {
			strings->count--;
			strings->cut = true;
			return;
		}
	}
	strings->cut = strings->cut || (strings->count == STRINGS_MAX && count > STRINGS_MAX);
}

/* ---- cells ------------------------------------------------------------------------------------ */

static void put(struct sheet *sheet, const char *text, size_t len)
{
	sheet->full = !buf_append(sheet->out, text, len) || sheet->full;
}

static void begin_cell(struct sheet *sheet, uint32_t row, uint32_t column)
{
	if (sheet->written && (row != sheet->row || column <= sheet->column))
		put(sheet, "\n", 1);
	if (!sheet->written || row != sheet->row || column <= sheet->column)
		sheet->column = 0;
	for (; sheet->column < column && sheet->column < COLUMNS_MAX; sheet->column++)
		put(sheet, "\t", 1);
	sheet->row = row;
	sheet->column = column;
	sheet->written = true;
}

static void put_number(struct sheet *sheet, uint32_t row, uint32_t column, double value)
{
	char text[32];
	begin_cell(sheet, row, column);
	int len = snprintf(text, sizeof text, "%.15g", value);
	put(sheet, text, (size_t)len);
}

/* A number in 30 bits (2.5.217): 2 an integer, 1 a hundredth. */
static double unpacked(uint32_t rk)
{
	double value;
	uint64_t bits = (uint64_t)(rk & ~UINT32_C(3)) << 32;
	memcpy(&value, &bits, sizeof value);
	if (rk & 2)
		value = (double)((int32_t)rk >> 2);
	return rk & 1 ? value / 100 : value;
}

static void put_numbers(struct sheet *sheet, struct slice data)
{
	uint32_t row = number(data, 0, 2), column = number(data, 2, 2);
	for (size_t at = 4; at + 8 <= data.len && column < COLUMNS_MAX; at += 6, column++)
		put_number(sheet, row, column, unpacked(number(data, at + 2, 4)));
}

static void put_string(struct sheet *sheet, struct slice data)
{
	uint32_t n = number(data, 6, 4);
	if (n >= sheet->strings.count)
		return;
	const char *text = (const char *)sheet->strings.bytes.data + sheet->strings.starts[n];
	begin_cell(sheet, number(data, 0, 2), number(data, 2, 2));
	put(sheet, text, strlen(text));
}

/* cch, flags, characters at `at` of the record. */
static void put_label(struct sheet *sheet, struct slice data, struct slice behind, size_t at, uint32_t row, uint32_t column)
{
	struct cursor cursor = {slice_from(data, at), behind};
	size_t count = take(&cursor, 2);
	bool wide = take(&cursor, 1) & 1;
	begin_cell(sheet, row, column);
	put_characters(&cursor, sheet->out, count, wide);
}

/* Its text stands in the record that continues it; a place on the sheet it has none. */
static void put_box(struct sheet *sheet, struct slice data, struct slice behind)
{
	struct cursor cursor = {SLICE_NONE, behind};
	put(sheet, "\n", sheet->written);
	put_characters(&cursor, sheet->out, number(data, 10, 2), false);
	put(sheet, "\n", 1);
	sheet->written = false;
}

/* A text that has no cell: a line of its own. The length, in so many bytes, stands at `at`. */
static void put_aside(struct sheet *sheet, struct slice data, struct slice behind, size_t at, size_t length_bytes)
{
	struct cursor cursor = {slice_from(data, at), behind};
	size_t count = take(&cursor, length_bytes);
	if (data.len <= at + length_bytes)
		return;
	bool wide = take(&cursor, 1) & 1;
	put(sheet, "\n", sheet->written);
	put_characters(&cursor, sheet->out, count, wide);
	put(sheet, "\n", 1);
	sheet->written = false;
}

/* Where a cell leads to: behind the mark of an address its length in bytes, and UTF-16 ([MS-OSHARED] 2.3.7.6). */
static void put_link(struct sheet *sheet, struct slice data)
{
	static const char mark[] = "\xe0\xc9\xea\x79\xf9\xba\xce\x11\x8c\x82\x00\xaa\x00\x4b\xa9\x0b";
	const char *at = data.len > 0 ? memmem(data.data, data.len, mark, sizeof mark - 1) : NULL;
	if (at == NULL)
		return;
	data = slice_from(data, (size_t)(at - data.data) + sizeof mark - 1);
	size_t len = number(data, 0, 4);
	struct cursor cursor = {slice_until(slice_from(data, 4), len), SLICE_NONE};
	put(sheet, "\n", sheet->written);
	put_characters(&cursor, sheet->out, cursor.rest.len / 2, true);
	put(sheet, "\n", 1);
	sheet->written = false;
}

static void read_record(struct sheet *sheet, long type, struct slice data, struct slice behind)
{
	struct cursor cursor = {data, behind};
	uint32_t row = number(data, 0, 2), column = number(data, 2, 2);
	double value = 0;
	switch (type) {
	case RECORD_BOF:
		put(sheet, "\n", sheet->written);
		sheet->written = false;
		break;
	case RECORD_SST:
		read_strings(&sheet->strings, &cursor);
		break;
	case RECORD_LABELSST:
		put_string(sheet, data);
		break;
	case RECORD_LABEL:
	case RECORD_RSTRING: /* and how it is written */
		put_label(sheet, data, behind, 6, row, column);
		break;
	case RECORD_STRING: /* what the formula before it gives */
		put_label(sheet, data, behind, 0, sheet->next_row, sheet->next_column);
		break;
	case RECORD_HEADER:
	case RECORD_FOOTER:
		put_aside(sheet, data, behind, 0, 2);
		break;
	case RECORD_BOUNDSHEET:
		put_aside(sheet, data, behind, 6, 1);
		break;
	case RECORD_HLINK:
		put_link(sheet, data);
		break;
	case RECORD_TXO:
		put_box(sheet, data, behind);
		break;
	case RECORD_RK:
		put_number(sheet, row, column, unpacked(number(data, 6, 4)));
		break;
	case RECORD_NUMBER:
		if (data.len >= 14)
			memcpy(&value, data.data + 6, sizeof value);
		put_number(sheet, row, column, value);
		break;
	case RECORD_MULRK:
		put_numbers(sheet, data);
		break;
	case 0x06: /* formula */
		sheet->next_row = row;
		sheet->next_column = column;
		break;
	default:
		break;
	}
}

enum biff_result biff_text(struct slice stream, struct buf *out)
{
	struct sheet sheet = {.out = out};
	struct slice data;
	bool open = true;
	buf_init(&sheet.strings.bytes, out->max);
	for (long type; open && !sheet.full && (type = next_record(&stream, &data)) >= 0;) {
		open = type != RECORD_FILEPASS;
		if (open)
			read_record(&sheet, type, data, stream);
	}
	put(&sheet, "\n", sheet.written);
	buf_free(&sheet.strings.bytes);
	free(sheet.strings.starts);
	return !open ? BIFF_SHUT : sheet.full || sheet.strings.cut ? BIFF_CUT : BIFF_READ;
}
