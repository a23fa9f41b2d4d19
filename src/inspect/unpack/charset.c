#include "inspect/unpack/charset.h"

#include <errno.h>
#include <iconv.h>
#include <locale.h>
#include <string.h>

#include "shared/log.h"

struct charset {
	const char *name, *labels; /* labels: separated by blanks */
	size_t unit;               /* bytes skipped where one is not valid */
	iconv_t converter;
};

static struct charset charsets[] = {
	{"utf-16le", "utf-16 utf-16le ucs-2 unicode", 2, NULL},
	{"utf-16be", "utf-16be", 2, NULL},
	{"utf-32le", "utf-32 utf-32le", 4, NULL},
	{"utf-32be", "utf-32be", 4, NULL},
	{"windows-1252", "windows-1252 cp1252 iso-8859-1 iso8859-1 latin1 l1 us-ascii ascii x-cp1252", 1, NULL},
	{"windows-1251", "windows-1251 cp1251 x-cp1251", 1, NULL},
	{"windows-1250", "windows-1250 cp1250 x-cp1250", 1, NULL},
	{"windows-1253", "windows-1253 cp1253", 1, NULL},
	{"windows-1254", "windows-1254 cp1254 iso-8859-9 latin5", 1, NULL},
	{"windows-1255", "windows-1255 cp1255", 1, NULL},
	{"windows-1256", "windows-1256 cp1256", 1, NULL},
	{"windows-1257", "windows-1257 cp1257", 1, NULL},
	{"windows-1258", "windows-1258 cp1258", 1, NULL},
	{"iso-8859-2", "iso-8859-2 latin2", 1, NULL},
	{"iso-8859-5", "iso-8859-5 cyrillic", 1, NULL},
	{"iso-8859-7", "iso-8859-7 greek", 1, NULL},
	{"iso-8859-15", "iso-8859-15 latin9", 1, NULL},
	{"macintosh", "macintosh mac x-mac-roman", 1, NULL},
	{"koi8-r", "koi8-r koi8", 1, NULL},
	{"koi8-u", "koi8-u", 1, NULL},
	{"cp866", "ibm866 cp866 866", 1, NULL},
	{"gb18030", "gb18030 gbk gb2312 x-gbk", 1, NULL},
	{"big5", "big5 big5-hkscs", 1, NULL},
	{"shift_jis", "shift_jis shift-jis sjis x-sjis windows-31j", 1, NULL},
	{"euc-jp", "euc-jp x-euc-jp", 1, NULL},
	{"euc-kr", "euc-kr ks_c_5601-1987 korean", 1, NULL},
};

static iconv_t to_utf16le;

enum { CHARSETS = sizeof charsets / sizeof charsets[0], CHARACTER_MAX = 4, LABEL_MAX = 32 };

bool charsets_open(const char **why)
{
	/* Names in archives are UTF-8 as far as we can tell; libarchive asks the locale. */
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL) {
		*why = "the locale C.UTF-8 is missing";
		return false;
	}
	to_utf16le = iconv_open("utf-16le", "utf-8");
	if (to_utf16le == (iconv_t)-1) {
		*why = "utf-16le";
		return false;
	}
	for (size_t i = 0; i < CHARSETS; i++) {
		charsets[i].converter = iconv_open("utf-8", charsets[i].name);
		if (charsets[i].converter == (iconv_t)-1) {
			*why = charsets[i].name;
			return false;
		}
	}
	return true;
}

const char *charset_name(int charset)
{
	return charset >= 0 ? charsets[charset].name : NULL;
}

size_t charset_unit(int charset)
{
	return charsets[charset].unit;
}

static bool has_label(const char *labels, struct slice label)
{
	for (struct slice rest = slice_of(labels); rest.len > 0;) {
		size_t end = slice_find_byte(rest, ' ');
		if (slice_equal_nocase(slice_until(rest, end), label))
			return true;
		rest = slice_from(rest, end + 1);
	}
	return false;
}

int charset_by_label(struct slice label)
{
	label = slice_trim(label);
	for (int i = 0; i < CHARSETS && label.len > 0 && label.len <= LABEL_MAX; i++) {
		if (has_label(charsets[i].labels, label))
			return i;
	}
	return CHARSET_NONE;
}

int charset_of_content(enum content content)
{
	return content >= CONTENT_UTF16LE && content <= CONTENT_UTF32BE ? (int)(content - CONTENT_UTF16LE) : CHARSET_NONE;
}

size_t charset_convert(int charset, struct slice in, bool last, struct buf *out)
{
	const struct charset *from = &charsets[charset];
	char *next = (char *)(uintptr_t)in.data;
	size_t left = in.len;
	while (left > 0) {
		char piece[1024];
		char *end = piece;
		size_t room = sizeof piece;
		size_t result = iconv(from->converter, &next, &left, &end, &room);
		int error = errno;
		if (!buf_append(out, piece, (size_t)(end - piece)))
			log_fatal("no room for converted text");
		if (result != (size_t)-1 || error == E2BIG)
			continue;
		if (error == EINVAL && !last)
			break;
		size_t skip = left < from->unit ? left : from->unit;
		next += skip;
		left -= skip;
		if (!buf_append_text(out, "\xef\xbf\xbd"))
			log_fatal("no room for converted text");
	}
	iconv(from->converter, NULL, NULL, NULL, NULL);
	return in.len - left;
}

void charset_utf16le(struct slice text, struct buf *out)
{
	char *next = (char *)(uintptr_t)text.data;
	size_t left = text.len;
	while (left > 0) {
		char piece[512];
		char *end = piece;
		size_t room = sizeof piece;
		size_t result = iconv(to_utf16le, &next, &left, &end, &room);
		int error = errno;
		if (!buf_append(out, piece, (size_t)(end - piece)))
			log_fatal("no room for converted text");
		if (result == (size_t)-1 && error != E2BIG)
			break;
	}
	iconv(to_utf16le, NULL, NULL, NULL, NULL);
}

struct slice charset_declared(struct slice text)
{
	static const char *const words[] = {"charset", "encoding"};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		struct slice rest = slice_from(text, slice_find_nocase(text, words[i]) + strlen(words[i]));
		while (rest.len > 0 && rest.data[0] == ' ')
			rest = slice_from(rest, 1);
		if (rest.len == 0 || rest.data[0] != '=')
			continue;
		rest = slice_from(rest, 1);
		while (rest.len > 0 && memchr(" \"'", rest.data[0], 3) != NULL)
			rest = slice_from(rest, 1);
		size_t len = 0;
		while (len < rest.len && memchr(" \"';>?/\r\n\t", rest.data[len], 10) == NULL)
			len++;
		return slice_until(rest, len);
	}
	return SLICE_NONE;
}
