#include "inspect/pdf/glyphs.h"

#include <ctype.h>
#include <libxml/HTMLparser.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/unpack/charset.h"
#include "shared/buf.h"
#include "shared/escape.h"

enum { NAME_BYTES = 48, FIRST_WIDTH = ' ', WIDTHS = 95, FIXED_WIDTH = 600 };

/* ---- codes ------------------------------------------------------------------------------------ */

/* Where StandardEncoding is not ASCII. */
static const struct {
	uint8_t code;
	uint16_t c;
} standard[] = {{0x27, 0x2019}, {0x60, 0x2018}, {0xa1, 0xa1}, {0xa2, 0xa2}, {0xa3, 0xa3}, {0xa4, 0x2044}, {0xa5, 0xa5}, {0xa6, 0x192},
	{0xa7, 0xa7}, {0xa8, 0xa4}, {0xa9, 0x27}, {0xaa, 0x201c}, {0xab, 0xab}, {0xac, 0x2039}, {0xad, 0x203a}, {0xae, 0xfb01},
	{0xaf, 0xfb02}, {0xb1, 0x2013}, {0xb2, 0x2020}, {0xb3, 0x2021}, {0xb4, 0xb7}, {0xb6, 0xb6}, {0xb7, 0x2022}, {0xb8, 0x201a},
	{0xb9, 0x201e}, {0xba, 0x201d}, {0xbb, 0xbb}, {0xbc, 0x2026}, {0xbd, 0x2030}, {0xbf, 0xbf}, {0xc1, 0x60}, {0xc2, 0xb4},
	{0xd0, 0x2014}, {0xe1, 0xc6}, {0xe3, 0xaa}, {0xe8, 0x141}, {0xe9, 0xd8}, {0xea, 0x152}, {0xeb, 0xba}, {0xf1, 0xe6}, {0xf5, 0x131},
	{0xf8, 0x142}, {0xf9, 0xf8}, {0xfa, 0x153}, {0xfb, 0xdf}};

static uint32_t decode(const char *text, size_t len)
{
	uint8_t first = (uint8_t)text[0];
	if (len == 0 || utf8_length(text, len) != len)
		return first < 0x80 && len == 1 ? first : 0;
	uint32_t c = len == 1 ? first : first & (0x7fu >> len);
	for (size_t i = 1; i < len; i++)
		c = c << 6 | ((uint8_t)text[i] & 0x3f);
	return c == 0xfffd ? 0 : c;
}

static uint32_t of_charset(const char *label, uint8_t code)
{
	char byte = (char)code;
	struct buf text;
	buf_init(&text, 16);
	charset_convert(charset_by_label(slice_of(label)), (struct slice){&byte, 1}, true, &text);
	uint32_t c = decode(buf_text(&text), text.len);
	buf_free(&text);
	return c;
}

uint32_t glyph_of_code(enum encoding_base base, uint8_t code)
{
	if (base == BASE_STANDARD) {
		for (size_t i = 0; i < sizeof standard / sizeof standard[0]; i++) {
			if (standard[i].code == code)
				return standard[i].c;
		}
	}
	if (code < 0x80)
		return code >= 0x20 && code < 0x7f ? code : 0;
	return base == BASE_STANDARD ? 0 : of_charset(base == BASE_MACROMAN ? "macintosh" : "windows-1252", code);
}

/* ---- names ------------------------------------------------------------------------------------ */

/* Names that are not the ones of HTML. */
static const struct {
	const char *name;
	uint32_t c;
} names[] = {{"space", ' '}, {"exclam", '!'}, {"quotedbl", '"'}, {"numbersign", '#'}, {"dollar", '$'}, {"percent", '%'}, {"ampersand", '&'},
	{"quotesingle", '\''}, {"parenleft", '('}, {"parenright", ')'}, {"asterisk", '*'}, {"plus", '+'}, {"comma", ','}, {"hyphen", '-'},
	{"period", '.'}, {"slash", '/'}, {"zero", '0'}, {"one", '1'}, {"two", '2'}, {"three", '3'}, {"four", '4'}, {"five", '5'},
	{"six", '6'}, {"seven", '7'}, {"eight", '8'}, {"nine", '9'}, {"colon", ':'}, {"semicolon", ';'}, {"less", '<'}, {"equal", '='},
	{"greater", '>'}, {"question", '?'}, {"at", '@'}, {"bracketleft", '['}, {"backslash", '\\'}, {"bracketright", ']'},
	{"asciicircum", '^'}, {"underscore", '_'}, {"grave", '`'}, {"braceleft", '{'}, {"bar", '|'}, {"braceright", '}'},
	{"asciitilde", '~'}, {"nbspace", ' '}, {"nonbreakingspace", ' '}, {"sfthyphen", 0xad}, {"minus", '-'}, {"quoteleft", 0x2018},
	{"quoteright", 0x2019}, {"quotedblleft", 0x201c}, {"quotedblright", 0x201d}, {"quotesinglbase", 0x201a}, {"quotedblbase", 0x201e},
	{"guilsinglleft", 0x2039}, {"guilsinglright", 0x203a}, {"guillemotleft", 0xab}, {"guillemotright", 0xbb}, {"endash", 0x2013},
	{"emdash", 0x2014}, {"bullet", 0x2022}, {"ellipsis", 0x2026}, {"Euro", 0x20ac}, {"sterling", 0xa3}, {"germandbls", 0xdf},
	{"ae", 0xe6}, {"AE", 0xc6}, {"oe", 0x153}, {"OE", 0x152}, {"dotlessi", 0x131}, {"lslash", 0x142}, {"Lslash", 0x141}, {"ff", 0xfb00},
	{"fi", 0xfb01}, {"fl", 0xfb02}, {"ffi", 0xfb03}, {"ffl", 0xfb04}, {"degree", 0xb0}, {"section", 0xa7}, {"periodcentered", 0xb7},
	{"exclamdown", 0xa1}, {"questiondown", 0xbf}, {"mu", 0xb5}, {"onehalf", 0xbd}, {"onequarter", 0xbc}, {"threequarters", 0xbe},
	{"brokenbar", 0xa6}, {"copyright", 0xa9}, {"registered", 0xae}};

static uint32_t of_hex(const char *digits, size_t least, size_t most)
{
	size_t len = strlen(digits);
	if (len < least || len > most || strspn(digits, "0123456789abcdefABCDEF") != len)
		return 0;
	unsigned long c = strtoul(digits, NULL, 16);
	return c >= 0x20 && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff) ? (uint32_t)c : 0;
}

/* Accents have other names in HTML: adieresis is auml there. */
static uint32_t of_html(char *name)
{
	static const struct {
		const char *here, *there;
	} accents[] = {{"dieresis", "uml"}, {"circumflex", "circ"}, {"cedilla", "cedil"}};
	size_t len = strlen(name);
	for (size_t i = 0; i < sizeof accents / sizeof accents[0]; i++) {
		size_t accent = strlen(accents[i].here);
		if (len == accent + 1 && strcmp(name + 1, accents[i].here) == 0)
			memcpy(name + 1, accents[i].there, strlen(accents[i].there) + 1);
	}
	const htmlEntityDesc *entity = htmlEntityLookup((const xmlChar *)name);
	return entity != NULL ? entity->value : 0;
}

uint32_t glyph_of_name(struct slice name)
{
	char text[NAME_BYTES];
	size_t dot = slice_find_byte(name, '.');
	name = dot > 0 ? slice_until(name, dot) : name;
	if (name.len == 0 || name.len >= sizeof text)
		return 0;
	memcpy(text, name.data, name.len);
	text[name.len] = '\0';
	if (name.len == 1 && isalpha((unsigned char)text[0]))
		return (unsigned char)text[0];
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(names[i].name, text) == 0)
			return names[i].c;
	}
	if (strncmp(text, "uni", 3) == 0 && of_hex(text + 3, 4, 4) != 0)
		return of_hex(text + 3, 4, 4);
	if (text[0] == 'u' && of_hex(text + 1, 4, 6) != 0)
		return of_hex(text + 1, 4, 6);
	return of_html(text);
}

/* ---- text and widths -------------------------------------------------------------------------- */

/* Ligatures are their letters: a name or a secret was typed so. */
static unsigned ligature(uint32_t c, char *out)
{
	static const char *const letters[] = {"ff", "fi", "fl", "ffi", "ffl"};
	size_t len = strlen(letters[c - 0xfb00]);
	memcpy(out, letters[c - 0xfb00], len);
	return (unsigned)len;
}

unsigned glyph_utf8(uint32_t c, char *out)
{
	if (c >= 0xfb00 && c <= 0xfb04)
		return ligature(c, out);
	return (unsigned)utf8_encode(c, out);
}

/* Of fonts that every reader has. */
/* clang-format off */
static const uint16_t sans[WIDTHS] = {
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
	556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584};
static const uint16_t serif[WIDTHS] = {
	250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278,
	500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 278, 278, 564, 564, 564, 444,
	921, 722, 667, 667, 722, 611, 556, 722, 722, 333, 389, 722, 611, 889, 722, 722,
	556, 722, 667, 556, 611, 722, 722, 944, 722, 722, 611, 333, 278, 333, 469, 500,
	333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500, 278, 778, 500, 500,
	500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541};
/* clang-format on */

unsigned glyph_width(struct slice font_name, uint8_t code)
{
	if (slice_find_nocase(font_name, "courier") < font_name.len || slice_find_nocase(font_name, "mono") < font_name.len)
		return FIXED_WIDTH;
	const uint16_t *widths = slice_find_nocase(font_name, "times") < font_name.len ? serif : sans;
	return code >= FIRST_WIDTH && code < FIRST_WIDTH + WIDTHS ? widths[code - FIRST_WIDTH] : widths['n' - FIRST_WIDTH];
}
