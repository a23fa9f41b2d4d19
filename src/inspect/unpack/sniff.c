#include "inspect/unpack/sniff.h"

#include <ctype.h>
#include <string.h>
#include <zlib.h>

#include "shared/byteset.h"
#include "shared/slice.h"

enum { PDF_HEAD_BYTES = 1024, PDF_LITTER_BYTES = 16, CELL_BYTES = 1024 /* of a table's cell in markup */ };

struct magic {
	enum content content;
	size_t len;
	const char *bytes;
};

static const struct magic magics[] = {
	{CONTENT_ZIP, 4, "PK\3\4"},
	{CONTENT_ZIP, 4, "PK\5\6"},
	{CONTENT_ZIP, 8, "PK\7\10PK\3\4"},
	{CONTENT_ZIP, 8, "PK00PK\3\4"},
	{CONTENT_7ZIP, 6, "7z\xbc\xaf\x27\x1c"},
	{CONTENT_RAR, 6, "Rar!\x1a\x07"},
	{CONTENT_GZIP, 3, "\x1f\x8b\x08"},
	{CONTENT_XZ, 6,
		"\xfd"
		"7zXZ\0"},
	{CONTENT_ZSTD, 4, "\x28\xb5\x2f\xfd"},
	{CONTENT_LZ4, 4, "\x04\x22\x4d\x18"},
	{CONTENT_CAB, 8, "MSCF\0\0\0\0"},
	{CONTENT_LZIP, 5, "LZIP\1"},
	{CONTENT_RPM, 4, "\xed\xab\xee\xdb"},
	{CONTENT_AR, 8, "!<arch>\n"},
	{CONTENT_OLE, 8, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"},
	{CONTENT_KEEPASS, 4, "\x03\xd9\xa2\x9a"},
	{CONTENT_SQLITE, 16, "SQLite format 3"},
};

static bool starts(const uint8_t *data, size_t len, const char *prefix, size_t prefix_len)
{
	return len >= prefix_len && memcmp(data, prefix, prefix_len) == 0;
}

size_t sniff_bom(const uint8_t *data, size_t len)
{
	if (starts(data, len, "\xff\xfe\0\0", 4) || starts(data, len, "\0\0\xfe\xff", 4))
		return 4;
	if (starts(data, len, "\xef\xbb\xbf", 3))
		return 3;
	return starts(data, len, "\xff\xfe", 2) || starts(data, len, "\xfe\xff", 2) ? 2 : 0;
}

/* A header of the old tar has no magic; its checksum is one (POSIX.1-1988 ustar, 10.1.1). */
static bool is_tar(const uint8_t *data, size_t len)
{
	if (len < 512 || data[0] == 0)
		return false;
	unsigned sum = 0, said = 0;
	for (size_t i = 0; i < 512; i++)
		sum += i >= 148 && i < 156 ? ' ' : data[i];
	size_t i = 148;
	while (i < 156 && data[i] == ' ')
		i++;
	size_t digits = i;
	for (; i < 156 && data[i] >= '0' && data[i] <= '7'; i++)
		said = said * 8 + (unsigned)(data[i] - '0');
	return i > digits && sum == said;
}

/* The two header bytes alone match text: the first block has to inflate as well. */
static bool is_zlib(const uint8_t *data, size_t len)
{
	if (len < 8 || data[0] != 0x78 || (data[0] * 256u + data[1]) % 31 != 0)
		return false;
	uint8_t out[256];
	z_stream stream = {.next_in = (uint8_t *)(uintptr_t)data, .avail_in = (uInt)len, .next_out = out, .avail_out = sizeof out};
	if (inflateInit(&stream) != Z_OK)
		return false;
	int result = inflate(&stream, Z_SYNC_FLUSH);
	bool plausible = (result == Z_OK || result == Z_STREAM_END) && stream.avail_out < sizeof out;
	inflateEnd(&stream);
	return plausible;
}

/* LZMA_alone has no magic: properties lc/lp/pb = 3/0/2, a dictionary of 2^n, a known or believable size. */
static bool is_lzma(const uint8_t *data, size_t len)
{
	if (len < 14 || data[0] != 0x5d || data[1] != 0 || data[2] != 0 || data[13] != 0)
		return false;
	uint32_t dictionary = (uint32_t)data[3] << 16 | (uint32_t)data[4] << 24;
	if (dictionary == 0 || (dictionary & (dictionary - 1)) != 0)
		return false;
	bool unknown = true;
	for (size_t i = 5; i < 13; i++)
		unknown &= data[i] == 0xff;
	return unknown || (data[11] == 0 && data[12] == 0);
}

/* Three of four bytes ASCII and none zero: no UTF-16, whatever mark stands before it. */
static bool is_narrow(const uint8_t *data, size_t len)
{
	size_t ascii = 0;
	if (len < 16 || memchr(data, 0, len) != NULL)
		return false;
	for (size_t i = 0; i < len; i++)
		ascii += ((data[i] >= ' ') & (data[i] < 0x7f)) | (data[i] == '\n') | (data[i] == '\r') | (data[i] == '\t');
	return ascii * 4 >= len * 3;
}

/* Text in UTF-16 without a mark: ASCII characters and line ends leave zeros on one side only. */
static enum content sniff_wide(const uint8_t *data, size_t len)
{
	if (starts(data, len, "\xff\xfe\0\0", 4))
		return CONTENT_UTF32LE;
	if (starts(data, len, "\0\0\xfe\xff", 4))
		return CONTENT_UTF32BE;
	bool marked = starts(data, len, "\xff\xfe", 2) || starts(data, len, "\xfe\xff", 2);
	if (!marked && (len == 0 || memchr(data, 0, len < SNIFF_BYTES ? len : SNIFF_BYTES) == NULL))
		return CONTENT_BYTES;
	if (is_narrow(data, len < SNIFF_BYTES ? len : SNIFF_BYTES))
		return CONTENT_BYTES;
	if (starts(data, len, "\xff\xfe", 2))
		return CONTENT_UTF16LE;
	if (starts(data, len, "\xfe\xff", 2))
		return CONTENT_UTF16BE;
	size_t pairs = (len < SNIFF_BYTES ? len : SNIFF_BYTES) / 2, even = 0, odd = 0, narrow = 0;
	for (size_t i = 0; i < pairs; i++) {
		even += data[2 * i] == 0;
		odd += data[2 * i + 1] == 0;
		narrow += data[2 * i] < 0x80 && data[2 * i] != 0 && data[2 * i + 1] < 0x80 && data[2 * i + 1] != 0;
	}
	if (pairs < 8 || narrow > even + odd) /* wide text amid lines of another charset is read around names of ours */
		return CONTENT_BYTES;
	if (odd * 5 >= pairs && even * 20 <= odd)
		return CONTENT_UTF16LE;
	if (even * 5 >= pairs && odd * 20 <= even)
		return CONTENT_UTF16BE;
	return CONTENT_BYTES;
}

/* Which of the names, in small letters, the line begins with, as a bit; 0: none of them. */
static unsigned header_bit(struct slice line, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (line.len > 0 && (line.data[0] | 0x20) == names[i][0] && slice_starts_nocase(line, names[i]))
			return 1U << i;
	return 0;
}

/* Whether the header that text begins with says that what follows is encoded. */
static bool says_encoded(struct slice text)
{
	static const char field[] = "content-transfer-encoding:";
	while (text.len > 0) {
		struct slice line = slice_trim(slice_until(text, slice_find_byte(text, '\n')));
		if (line.len == 0)
			return false;
		struct slice value = slice_trim(slice_from(line, strlen(field)));
		if (slice_starts_nocase(line, field))
			return slice_starts_nocase(value, "base64") || slice_starts_nocase(value, "quoted-printable");
		text = slice_from(text, slice_find_byte(text, '\n') + 1);
	}
	return false;
}

/* A message whose body is encoded, or a part of one; what stands in plain text needs no unpacking. */
static bool is_mail(struct slice text)
{
	static const char *const known[] = {"mime-version:", "content-type:", "content-transfer-encoding:", "from:", "to:", "received:",
		"return-path:", "message-id:", "subject:", "date:", "delivered-to:"};
	enum { MIME_BITS = 7, COUNT = sizeof known / sizeof known[0] };
	if (text.len == 0 || !((text.data[0] | 0x20) >= 'a' && (text.data[0] | 0x20) <= 'z'))
		return false;
	size_t colon = slice_find_byte(text, ':'), space = slice_find_byte(text, ' ');
	if (colon == text.len || colon > 64 || space < colon)
		return false;
	unsigned found = header_bit(text, known, COUNT);
	if (found != 0 && says_encoded(text))
		return true;
	for (struct slice rest = text; rest.len > 0; rest = slice_from(rest, slice_find_byte(rest, '\n') + 1))
		found |= header_bit(rest, known, COUNT);
	return (found & MIME_BITS) != 0 && __builtin_popcount(found & ~(unsigned)MIME_BITS) >= 2;
}

/* One object a line; feed_walk looks closer. */
static bool is_feed(struct slice text)
{
	return text.len > 2 && text.data[0] == '{' && text.data[1] != '\n' && text.data[1] != '\r' &&
	       slice_find_nocase(text, "\"text\"") < text.len &&
	       (slice_find_nocase(text, "\"url\"") < text.len || slice_find_nocase(text, "\"source\"") < text.len);
}

static size_t tag_name_length(struct slice text)
{
	size_t len = 0;
	while (len < text.len && (isalnum((unsigned char)text.data[len]) || memchr(":-._", text.data[len], 4) != NULL))
		len++;
	return len;
}

/* Content that begins with a tag: of HTML where its name is, of XML where it is closed as one. An address in brackets is neither. */
static enum content sniff_first_tag(struct slice text)
{
	static const char *const names[] = {"a", "article", "b", "blockquote", "body", "br", "center", "code", "details", "div", "dl", "em",
		"fieldset", "font", "footer", "form", "h1", "h2", "h3", "h4", "head", "header", "hr", "html", "i", "iframe", "img", "input",
		"label", "li", "link", "main", "meta", "nav", "noscript", "ol", "option", "p", "pre", "script", "section", "select", "span",
		"strong", "style", "table", "tbody", "td", "textarea", "th", "thead", "title", "tr", "u", "ul"};
	struct slice name = slice_from(text, 1);
	name = slice_until(name, tag_name_length(name));
	size_t end = 1 + name.len;
	if (name.len == 0 || end >= text.len || memchr("> /\t\r\n", text.data[end], 6) == NULL)
		return CONTENT_BYTES;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (slice_equal_nocase(name, slice_of(names[i])))
			return CONTENT_HTML;
	}
	bool closed = slice_find_nocase(text, "</") < text.len || slice_find_nocase(text, "/>") < text.len;
	return closed ? CONTENT_XML : CONTENT_BYTES;
}

static enum content sniff_markup(struct slice text)
{
	if (text.len < 3 || text.data[0] != '<')
		return CONTENT_BYTES;
	if (slice_starts_nocase(text, "<?xml"))
		return slice_find_nocase(text, "<html") < text.len ? CONTENT_HTML : CONTENT_XML;
	if (slice_starts_nocase(text, "<!doctype") || slice_starts_nocase(text, "<!--"))
		return CONTENT_HTML;
	return sniff_first_tag(text);
}

struct slice sniff_within_tags(struct slice text)
{
	text = slice_trim(text);
	if (text.len < 7 || text.len > CELL_BYTES || text.data[0] != '<' || text.data[text.len - 1] != '>')
		return SLICE_NONE;
	while (text.len > 2 && text.data[0] == '<' && isalpha((unsigned char)text.data[1])) {
		size_t end = slice_find_byte(text, '>');
		struct slice tag = slice_until(text, end);

		/* a link tells more than the word it stands around */
		if (slice_find_byte(tag, ':') < tag.len && slice_find_nocase(tag, "\"mailto:") == tag.len)
			return SLICE_NONE;
		text = slice_trim(slice_from(text, end + 1));
	}
	while (text.len > 3 && text.data[text.len - 1] == '>') {
		const char *open = memrchr(text.data, '<', text.len);

		if (open == NULL || open + 1 >= text.data + text.len || open[1] != '/')
			return SLICE_NONE;
		text = slice_trim(slice_until(text, (size_t)(open - text.data)));
	}
	for (size_t i = 0; i < text.len; i++)
		if (one_of(text.data[i], "<>&:;| \t\r\n"))
			return SLICE_NONE;
	return text;
}

bool sniff_has_markup(const uint8_t *data, size_t len)
{
	static const char *const signs[] = {"<html", "</td>", "</tr>", "</div>", "</p>", "</pre>", "</span>", "</li>", "<br>", "<br/>",
		"<br />", "</textarea>", "</a>", "</script>", "<body"};
	static const char *const statements[] = {"insert into", "create table", "replace into"};
	struct slice text = {(const char *)data, len < SNIFF_BYTES ? len : SNIFF_BYTES};
	text = slice_from(text, slice_find_byte(text, '<'));
	if (text.len == 0)
		return false;
	for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
		if (slice_find_nocase((struct slice){(const char *)data, len}, statements[i]) < len)
			return false; /* markup in the columns of a dump */
	}
	for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
		if (slice_find_nocase(text, signs[i]) < text.len)
			return true;
	}
	return false;
}

static enum content sniff_text(const uint8_t *data, size_t len)
{
	size_t bom = sniff_bom(data, len);
	struct slice text = {(const char *)data + bom, len - bom};
	while (text.len > 0 && one_of(text.data[0], " \t\r\n") && text.data[0] != '\0')
		text = slice_from(text, 1);
	if (slice_starts_nocase(text, "From ") && is_mail(slice_from(text, slice_find_byte(text, '\n') + 1)))
		return CONTENT_MBOX;
	if (is_mail(text))
		return CONTENT_MAIL;
	if (slice_starts_nocase(text, "WARC/1."))
		return CONTENT_WARC;
	if (is_feed(text))
		return CONTENT_FEED;
	return sniff_markup(text);
}

/* Headers of nothing but digits: a telephone number is none. */
static bool is_cpio(const uint8_t *data, size_t len)
{
	bool octal = starts(data, len, "070707", 6);
	size_t header = octal ? 76 : 110;
	if (len < header || !(octal || starts(data, len, "070701", 6) || starts(data, len, "070702", 6)))
		return false;
	for (size_t i = 6; i < header; i++) {
		if (octal ? data[i] < '0' || data[i] > '7' : !isxdigit(data[i]))
			return false;
	}
	return true;
}

/* Two or three bytes that say little by themselves, with what must follow them. */
static enum content sniff_weak_magic(const uint8_t *data, size_t len)
{
	if (len >= 7 && data[2] == '-' && data[3] == 'l' && (data[4] == 'h' || data[4] == 'z') && data[6] == '-')
		return CONTENT_LHA;
	if (is_cpio(data, len))
		return CONTENT_CPIO;
	if (len >= 34 && starts(data, len, "\x60\xea", 2) && data[3] < 11 && data[4] == 30)
		return CONTENT_ARJ;
	if (len >= 4 && starts(data, len, "\x1f\x9d", 2) && (data[2] & 0x60) == 0 && (data[2] & 0x1f) >= 9 && (data[2] & 0x1f) <= 16)
		return CONTENT_COMPRESS;
	return CONTENT_BYTES;
}

/* Readers take one that begins within its first kilobyte, behind what some transport left. A text that holds one is a text. */
static bool is_pdf(const uint8_t *data, size_t len)
{
	struct slice head = {(const char *)data, len < PDF_HEAD_BYTES ? len : PDF_HEAD_BYTES};
	size_t at = slice_find_nocase(head, "%PDF-"), printed = 0;
	for (size_t i = 0; i < at && i < head.len; i++)
		printed += data[i] > ' ' && data[i] < 0x7f;
	return at < head.len && printed <= PDF_LITTER_BYTES;
}

enum content sniff(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
		if (starts(data, len, magics[i].bytes, magics[i].len))
			return magics[i].content;
	}
	if (len > SNIFF_BYTES)
		len = SNIFF_BYTES;
	enum content weak = sniff_weak_magic(data, len);
	if (weak != CONTENT_BYTES)
		return weak;
	if (len >= 10 && starts(data, len, "BZh", 3) && memcmp(data + 4, "1AY&SY", 6) == 0)
		return CONTENT_BZIP2;
	if (is_tar(data, len))
		return CONTENT_TAR;
	if (is_pdf(data, len))
		return CONTENT_PDF;
	if (is_zlib(data, len))
		return CONTENT_ZLIB;
	if (is_lzma(data, len))
		return CONTENT_LZMA;
	enum content wide = sniff_wide(data, len);
	return wide != CONTENT_BYTES ? wide : sniff_text(data, len);
}

/* Its first sectors belong to the system: nothing, or how to boot. */
bool sniff_may_be_iso(const uint8_t *data, size_t len)
{
	static const uint8_t nothing[16];
	return len >= 512 && (memcmp(data, nothing, sizeof nothing) == 0 || (data[510] == 0x55 && data[511] == 0xaa));
}

bool sniff_is_iso(const uint8_t *data, size_t len)
{
	enum { DESCRIPTOR = 16 * 2048 };
	return len >= DESCRIPTOR + 6 && data[DESCRIPTOR] == 1 && memcmp(data + DESCRIPTOR + 1, "CD001", 5) == 0;
}

bool sniff_is_container(enum content content)
{
	return content >= CONTENT_MAIL;
}

const char *sniff_name(enum content content)
{
	static const char *const names[] = {
		[CONTENT_BYTES] = "bytes",
		[CONTENT_UTF16LE] = "utf-16le",
		[CONTENT_UTF16BE] = "utf-16be",
		[CONTENT_UTF32LE] = "utf-32le",
		[CONTENT_UTF32BE] = "utf-32be",
		[CONTENT_HTML] = "html",
		[CONTENT_XML] = "xml",
		[CONTENT_MAIL] = "mail",
		[CONTENT_MBOX] = "mbox",
		[CONTENT_FEED] = "feed",
		[CONTENT_WARC] = "warc",
		[CONTENT_ZIP] = "zip",
		[CONTENT_7ZIP] = "7z",
		[CONTENT_RAR] = "rar",
		[CONTENT_TAR] = "tar",
		[CONTENT_CPIO] = "cpio",
		[CONTENT_AR] = "ar",
		[CONTENT_ISO] = "iso",
		[CONTENT_RPM] = "rpm",
		[CONTENT_GZIP] = "gzip",
		[CONTENT_ZLIB] = "zlib",
		[CONTENT_BZIP2] = "bzip2",
		[CONTENT_XZ] = "xz",
		[CONTENT_LZMA] = "lzma",
		[CONTENT_ZSTD] = "zstd",
		[CONTENT_LZ4] = "lz4",
		[CONTENT_SQLITE] = "sqlite",
		[CONTENT_PDF] = "pdf",
		[CONTENT_CAB] = "cab",
		[CONTENT_ARJ] = "arj",
		[CONTENT_LHA] = "lha",
		[CONTENT_COMPRESS] = "compress (.Z)",
		[CONTENT_LZIP] = "lzip",
		[CONTENT_OLE] = "OLE document",
		[CONTENT_KEEPASS] = "KeePass database",
	};
	return names[content];
}
