#include "inspect/pdf/font.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/pdf/glyphs.h"
#include "inspect/unpack/charset.h"
#include "shared/buf.h"
#include "shared/mem.h"

enum { CODES = 256, WIDTH_RANGES_MAX = 65536, NAME_BYTES = 128, ENTRIES_MAX = 140000 };

/* How codes of a composite font are cut and read where no ToUnicode map says. */
enum coding { CODING_UNKNOWN, CODING_UTF16, CODING_CHARSET };

struct width_range {
	uint32_t from, to;
	float width;
};

struct font {
	bool composite;
	size_t entries; /* of its arrays, read: at most ENTRIES_MAX */
	char name[NAME_BYTES];
	struct cmap *to_unicode, *encoding; /* or NULL */
	/* simple */
	uint32_t characters[CODES]; /* Unicode, 0 unknown */
	float widths[CODES];        /* in parts of the size */
	/* composite */
	enum coding coding;
	int charset;
	struct width_range *ranges;
	size_t range_count, range_cap;
	float standard_width;
};

/* ---- simple fonts ----------------------------------------------------------------------------- */

static void read_base(struct font *font, struct slice name)
{
	enum encoding_base base = slice_equal(name, SLICE_TEXT("WinAnsiEncoding"))    ? BASE_WINANSI
				  : slice_equal(name, SLICE_TEXT("MacRomanEncoding")) ? BASE_MACROMAN
										      : BASE_STANDARD;
	for (unsigned code = 0; code < CODES; code++)
		font->characters[code] = glyph_of_code(base, (uint8_t)code);
}

static void read_differences(const struct pdf *pdf, struct font *font, qpdf_oh differences)
{
	size_t count = object_count(pdf, differences), code = 0;
	for (size_t i = 0; i < count && font->entries < ENTRIES_MAX; i++) {
		qpdf_oh item = object_item(pdf, differences, i);
		font->entries++;
		struct slice name = object_name(pdf, item);
		if (name.data == NULL)
			code = (size_t)object_number(pdf, item, 0) & 0xffff;
		else if (code < CODES)
			font->characters[code++] = glyph_of_name(name);
		object_release(pdf, item);
	}
}

static void read_encoding(const struct pdf *pdf, struct font *font, qpdf_oh encoding)
{
	struct slice name = object_name(pdf, encoding);
	read_base(font, name.data != NULL ? name : object_name(pdf, object_key(pdf, encoding, "/BaseEncoding")));
	read_differences(pdf, font, object_key(pdf, encoding, "/Differences"));
}

/* Widths of Type 3 fonts are in units of their own. */
static double width_unit(const struct pdf *pdf, qpdf_oh font)
{
	qpdf_oh matrix = object_key(pdf, font, "/FontMatrix");
	return object_count(pdf, matrix) == 6 ? object_number(pdf, object_item(pdf, matrix, 0), 0.001) : 0.001;
}

static void read_widths(const struct pdf *pdf, struct font *font, qpdf_oh object)
{
	qpdf_oh widths = object_key(pdf, object, "/Widths");
	size_t first = (size_t)object_number(pdf, object_key(pdf, object, "/FirstChar"), 0) & 0xffff, count = object_count(pdf, widths);
	double unit = width_unit(pdf, object);
	double missing = object_number(pdf, object_key(pdf, object_key(pdf, object, "/FontDescriptor"), "/MissingWidth"), -1000);
	for (size_t code = 0; code < CODES; code++) {
		double standard = glyph_width(slice_of(font->name), (uint8_t)code) / 1000.0;
		font->widths[code] = (float)(count > 0 && missing >= 0 ? missing * unit : standard);
	}
	for (size_t i = 0; i < count && first + i < CODES; i++) {
		qpdf_oh item = object_item(pdf, widths, i);
		font->widths[first + i] = (float)(object_number(pdf, item, 0) * unit);
		object_release(pdf, item);
	}
}

/* ---- composite fonts -------------------------------------------------------------------------- */

static void read_predefined(struct font *font, struct slice name)
{
	static const struct {
		const char *part, *charset;
	} maps[] = {{"RKSJ", "shift_jis"}, {"GBK", "gb18030"}, {"GBpc", "gb18030"}, {"GB-EUC", "gb18030"}, {"KSC", "euc-kr"},
		{"B5", "big5"}, {"EUC", "euc-jp"}};
	if (slice_starts_nocase(name, "Uni") &&
		(slice_find_nocase(name, "UCS2") < name.len || slice_find_nocase(name, "UTF16") < name.len)) {
		font->coding = CODING_UTF16;
		return;
	}
	for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
		if (slice_find_nocase(name, maps[i].part) == name.len)
			continue;
		font->coding = CODING_CHARSET;
		font->charset = charset_by_label(slice_of(maps[i].charset));
		return;
	}
}

static void add_width(struct font *font, double from, double to, double width)
{
	if (font->range_count == WIDTH_RANGES_MAX || !(from >= 0 && to >= from && to <= 0xffffff))
		return;
	if (font->range_count == font->range_cap) {
		font->range_cap = font->range_cap > 0 ? 2 * font->range_cap : 64;
		font->ranges = xreallocarray(font->ranges, font->range_cap, sizeof *font->ranges);
	}
	font->ranges[font->range_count++] = (struct width_range){(uint32_t)from, (uint32_t)to, (float)(width / 1000)};
}

static int by_from(const void *a, const void *b)
{
	const struct width_range *x = a, *y = b;
	return (x->from > y->from) - (x->from < y->from);
}

static void read_width_list(const struct pdf *pdf, struct font *font, double from, qpdf_oh list)
{
	size_t count = object_count(pdf, list);
	for (size_t i = 0; i < count && font->entries < ENTRIES_MAX; i++) {
		qpdf_oh item = object_item(pdf, list, i);
		font->entries++;
		add_width(font, from + (double)i, from + (double)i, object_number(pdf, item, 1000));
		object_release(pdf, item);
	}
}

/* c [w w ...] or c c w, in any order (9.7.4.3). */
static void read_composite_widths(const struct pdf *pdf, struct font *font, qpdf_oh array)
{
	size_t count = object_count(pdf, array);
	double numbers[2];
	unsigned given = 0;
	for (size_t i = 0; i < count && font->entries < ENTRIES_MAX; i++) {
		qpdf_oh item = object_item(pdf, array, i);
		font->entries++;
		if (qpdf_oh_is_array(pdf->data, item)) {
			if (given > 0)
				read_width_list(pdf, font, numbers[0], item);
			given = 0;
		} else if (given < 2) {
			numbers[given++] = object_number(pdf, item, 0);
		} else {
			add_width(font, numbers[0], numbers[1], object_number(pdf, item, 1000));
			given = 0;
		}
		object_release(pdf, item);
	}
	if (font->range_count > 0)
		qsort(font->ranges, font->range_count, sizeof *font->ranges, by_from);
}

static void read_composite(const struct pdf *pdf, struct font *font, qpdf_oh object)
{
	qpdf_oh below = object_item(pdf, object_key(pdf, object, "/DescendantFonts"), 0);
	font->standard_width = (float)(object_number(pdf, object_key(pdf, below, "/DW"), 1000) / 1000);
	read_composite_widths(pdf, font, object_key(pdf, below, "/W"));
}

/* ---- both ------------------------------------------------------------------------------------- */

static void tell_cut(const struct pdf *pdf)
{
	walk_fault(pdf->walk, pdf->path, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "a font with more characters than are kept", 0);
}

static struct cmap *read_cmap(const struct pdf *pdf, qpdf_oh stream)
{
	const char *why;
	struct source *source = object_stream(pdf, stream, &why);
	struct cmap *cmap = source != NULL ? cmap_read(source) : NULL;
	source_close(source);
	if (cmap_is_cut(cmap))
		tell_cut(pdf);
	return cmap;
}

struct font *font_new(const struct pdf *pdf, qpdf_oh object)
{
	struct font *font = xcalloc(1, sizeof *font);
	struct slice name = object_name(pdf, object_key(pdf, object, "/BaseFont"));
	size_t len = name.len < NAME_BYTES - 1 ? name.len : NAME_BYTES - 1;
	if (len > 0)
		memcpy(font->name, name.data, len);
	font->composite = slice_equal(object_name(pdf, object_key(pdf, object, "/Subtype")), SLICE_TEXT("Type0"));
	font->to_unicode = read_cmap(pdf, object_key(pdf, object, "/ToUnicode"));
	qpdf_oh encoding = object_key(pdf, object, "/Encoding");
	if (font->composite) {
		font->encoding = read_cmap(pdf, encoding);
		read_predefined(font, object_name(pdf, encoding));
		read_composite(pdf, font, object);
	} else {
		read_encoding(pdf, font, encoding);
		read_widths(pdf, font, object);
	}
	if (font->entries >= ENTRIES_MAX)
		tell_cut(pdf);
	return font;
}

void font_free(struct font *font)
{
	if (font == NULL)
		return;
	cmap_free(font->to_unicode);
	cmap_free(font->encoding);
	free(font->ranges);
	free(font);
}

size_t font_cost(const struct font *font)
{
	return CODES + font->entries;
}

bool font_has_text(const struct font *font)
{
	return font != NULL && (!font->composite || font->coding != CODING_UNKNOWN || cmap_has_text(font->to_unicode));
}

/* ---- codes ------------------------------------------------------------------------------------ */

static void simple_glyph(const struct font *font, uint8_t code, struct glyph *glyph)
{
	glyph->space = code == ' ';
	glyph->width = (double)font->widths[code];
	glyph->len = cmap_has_text(font->to_unicode) ? cmap_text(font->to_unicode, code, glyph->text) : 0;
	if (glyph->len == 0 && font->characters[code] != 0)
		glyph->len = glyph_utf8(font->characters[code], glyph->text);
}

static double composite_width(const struct font *font, uint32_t code)
{
	size_t low = 0, high = font->range_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (font->ranges[middle].from <= code)
			low = middle + 1;
		else
			high = middle;
	}
	bool found = low > 0 && code <= font->ranges[low - 1].to;
	return (double)(found ? font->ranges[low - 1].width : font->standard_width);
}

/* Two bytes from 0x81 on, save the half-width kana of Shift JIS. */
static size_t charset_length(const struct font *font, struct slice codes)
{
	uint8_t first = (uint8_t)codes.data[0];
	bool kana = first >= 0xa0 && first < 0xe0 && font->charset == charset_by_label(SLICE_TEXT("shift_jis"));
	return first > 0x80 && !kana && codes.len > 1 ? 2 : 1;
}

static size_t composite_length(const struct font *font, struct slice codes)
{
	if (font->encoding != NULL)
		return cmap_code_length(font->encoding, codes, 2);
	if (font->coding == CODING_CHARSET)
		return charset_length(font, codes);
	return codes.len < 2 ? codes.len : 2;
}

static size_t converted(int charset, struct slice code, char out[CMAP_TEXT_BYTES])
{
	struct buf text;
	buf_init(&text, CMAP_TEXT_BYTES);
	charset_convert(charset, code, true, &text);
	size_t len = text.len;
	memcpy(out, buf_text(&text), len);
	buf_free(&text);
	return len;
}

static size_t composite_glyph(const struct font *font, struct slice codes, struct glyph *glyph)
{
	size_t len = composite_length(font, codes);
	uint32_t code = 0;
	for (size_t i = 0; i < len; i++)
		code = code << 8 | (uint8_t)codes.data[i];
	glyph->space = len == 1 && code == ' ';
	glyph->width = composite_width(font, code);
	glyph->len = cmap_text(font->to_unicode, code, glyph->text);
	if (glyph->len == 0 && font->coding != CODING_UNKNOWN)
		glyph->len = converted(font->coding == CODING_UTF16 ? charset_of_content(CONTENT_UTF16BE) : font->charset,
			slice_until(codes, len), glyph->text);
	return len;
}

size_t font_next(const struct font *font, struct slice codes, struct glyph *glyph)
{
	glyph->len = 0;
	if (font != NULL && font->composite)
		return composite_glyph(font, codes, glyph);
	if (font != NULL) {
		simple_glyph(font, (uint8_t)codes.data[0], glyph);
	} else { /* the page names no font: as ASCII */
		glyph->space = codes.data[0] == ' ';
		glyph->width = glyph_width(SLICE_NONE, (uint8_t)codes.data[0]) / 1000.0;
		uint32_t c = glyph_of_code(BASE_WINANSI, (uint8_t)codes.data[0]);
		glyph->len = c != 0 ? glyph_utf8(c, glyph->text) : 0;
	}
	return 1;
}
