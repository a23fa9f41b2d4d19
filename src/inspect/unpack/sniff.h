/* What content is, by its first bytes alone. Names and declared types are hints for views only. */
#ifndef LEAKTRAWL_SNIFF_H
#define LEAKTRAWL_SNIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum content {
	CONTENT_BYTES, /* text in any 8-bit code page, or binary nobody opens: searched as it is */
	CONTENT_UTF16LE,
	CONTENT_UTF16BE,
	CONTENT_UTF32LE,
	CONTENT_UTF32BE,
	CONTENT_HTML,
	CONTENT_XML,
	CONTENT_MAIL, /* one message with an encoded body or attachments (RFC 5322, 2045); containers from here on */
	CONTENT_MBOX,
	CONTENT_FEED, /* JSON lines with text and url */
	CONTENT_WARC, /* web archive */
	CONTENT_ZIP,  /* also Office and OpenDocument */
	CONTENT_7ZIP,
	CONTENT_RAR,
	CONTENT_TAR,
	CONTENT_CPIO,
	CONTENT_AR,  /* also Debian packages */
	CONTENT_ISO, /* 9660 */
	CONTENT_CAB,
	CONTENT_LHA,
	CONTENT_GZIP, /* streams from here to RPM */
	CONTENT_ZLIB,
	CONTENT_BZIP2,
	CONTENT_XZ,
	CONTENT_LZMA,
	CONTENT_ZSTD,
	CONTENT_LZ4,
	CONTENT_COMPRESS,
	CONTENT_LZIP,
	CONTENT_RPM,
	CONTENT_SQLITE,
	CONTENT_PDF,
	CONTENT_OLE, /* older Office files, and encrypted newer ones; Outlook messages */
	CONTENT_ARJ, /* from here on: known, and not opened */
	CONTENT_KEEPASS,
};

enum { SNIFF_BYTES = 4096, SNIFF_ISO_BYTES = 34 * 1024 };

/* len may be anything; SNIFF_BYTES are enough. */
enum content sniff(const uint8_t *data, size_t len);
/* Whether content that begins so may be an ISO image, and whether it is one; the latter wants SNIFF_ISO_BYTES. */
bool sniff_may_be_iso(const uint8_t *data, size_t len);
bool sniff_is_iso(const uint8_t *data, size_t len);
/* Containers are unpacked; everything else goes to views. */
bool sniff_is_container(enum content content);
/* Content that is no HTML by its beginning has tags of it further on in the first bytes: it may be a page behind something else. */
/* The one word that tags stand around, <a href="...">x</a>, as tables that pages draw have their cells; SLICE_NONE for any other text. */
struct slice sniff_within_tags(struct slice text);
bool sniff_has_markup(const uint8_t *data, size_t len);
/* "zip", "gzip", "text", ...: for Head.shape and for people. */
const char *sniff_name(enum content content);
/* Length of a byte order mark at the start of the content, 0 if there is none. */
size_t sniff_bom(const uint8_t *data, size_t len);

#endif
