#include "inspect/unpack/mail_field.h"

#include <ctype.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/unpack/charset.h"
#include "shared/buf.h"
#include "shared/mem.h"

enum { VALUE_BYTES = 1024, PIECES_MAX = 32, NAME_BYTES = 64 };

/* Where the parameter that begins at `at` ends: ';' within quotes does not count. */
static size_t parameter_end(struct slice value, size_t at)
{
	bool quoted = false;
	for (; at < value.len && (quoted || value.data[at] != ';'); at++) {
		if (value.data[at] == '\\' && quoted)
			at++;
		else if (value.data[at] == '"')
			quoted = !quoted;
	}
	return at < value.len ? at : value.len;
}

struct slice mail_parameter(struct slice value, const char *name)
{
	for (size_t at = parameter_end(value, 0), end; at < value.len; at = end) {
		end = parameter_end(value, at + 1);
		struct slice rest = slice_trim(slice_until(slice_from(value, at + 1), end - at - 1));
		size_t equals = slice_find_byte(rest, '=');
		if (equals == rest.len || !slice_equal_nocase(slice_trim(slice_until(rest, equals)), slice_of(name)))
			continue;
		rest = slice_trim(slice_from(rest, equals + 1));
		if (rest.len > 0 && rest.data[0] == '"')
			return slice_until(slice_from(rest, 1), slice_find_byte(slice_from(rest, 1), '"'));
		return rest;
	}
	return SLICE_NONE;
}

/* ---- charsets --------------------------------------------------------------------------------- */

/* Bytes in a charset, to the end of out; what does not fit is left out. */
static void put_in(struct buf *out, struct slice bytes, struct slice charset)
{
	struct buf text;
	int from = charset_by_label(charset);
	buf_init(&text, 4 * VALUE_BYTES);
	if (from != CHARSET_NONE)
		charset_convert(from, slice_until(bytes, VALUE_BYTES), true, &text);
	else if (!buf_append(&text, bytes.data, bytes.len < VALUE_BYTES ? bytes.len : VALUE_BYTES))
		buf_clear(&text);
	size_t room = out->max - out->len;
	(void)!buf_append(out, buf_text(&text), text.len < room ? text.len : room);
	buf_free(&text);
}

static int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

/* Undoes sign and two hex digits: %41 of a parameter, =41 of a word, where '_' is a blank. */
static size_t unescape(struct slice text, char sign, char out[VALUE_BYTES])
{
	size_t made = 0;
	for (size_t i = 0; i < text.len && made < VALUE_BYTES; i++) {
		int high = text.data[i] == sign && i + 2 < text.len ? hex_digit(text.data[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(text.data[i + 2]) : -1;
		out[made++] = low >= 0 ? (char)(high * 16 + low) : sign == '=' && text.data[i] == '_' ? ' ' : text.data[i];
		i += low >= 0 ? 2 : 0;
	}
	return made;
}

/* ---- encoded words ---------------------------------------------------------------------------- */

/* =?charset?B?...?= or =?charset?Q?...?= at the begin of text: its length, or 0. */
static size_t put_word(struct buf *out, struct slice text)
{
	char bytes[VALUE_BYTES];
	size_t len = 0, charset = slice_find_byte(slice_from(text, 2), '?') + 2, data = charset + 3;
	if (text.len < 8 || memcmp(text.data, "=?", 2) != 0 || data >= text.len || text.data[charset + 2] != '?')
		return 0;
	struct slice coded = slice_from(text, data);
	size_t end = slice_find_nocase(coded, "?=");
	if (end == coded.len)
		return 0;
	coded = slice_until(coded, end);
	if ((text.data[charset + 1] | 0x20) == 'q')
		len = unescape(coded, '=', bytes);
	else if (sodium_base642bin(
			 (uint8_t *)bytes, sizeof bytes, coded.data, coded.len, " ", &len, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
		return 0;
	put_in(out, (struct slice){bytes, len}, slice_until(slice_from(text, 2), charset - 2));
	return data + end + 2;
}

static void put_words(struct buf *out, struct slice text)
{
	while (text.len > 0 && out->len < out->max) {
		size_t len = put_word(out, text);
		if (len == 0) {
			size_t plain = 1 + slice_find_nocase(slice_from(text, 1), "=?");
			put_in(out, slice_until(text, plain), SLICE_NONE);
			text = slice_from(text, plain);
			continue;
		}
		text = slice_from(text, len);
		if (slice_starts_nocase(slice_trim(text), "=?")) /* blanks between two words are none */
			text = slice_trim(text);
	}
}

/* ---- parameters ------------------------------------------------------------------------------- */

/* charset'language'text of a first piece, %-encoded. */
static void put_extended(struct buf *out, struct slice text, struct slice *charset, bool first)
{
	char bytes[VALUE_BYTES];
	size_t quote = slice_find_byte(text, '\''), second = slice_find_byte(slice_from(text, quote + 1), '\'');
	if (first && quote + second + 2 <= text.len) {
		*charset = slice_until(text, quote);
		text = slice_from(text, quote + second + 2);
	}
	size_t len = unescape(text, '%', bytes);
	put_in(out, (struct slice){bytes, len}, *charset);
}

static bool put_pieces(struct buf *out, struct slice value, const char *name)
{
	struct slice charset = SLICE_NONE, piece;
	char key[NAME_BYTES];
	unsigned n = 0;
	for (; n < PIECES_MAX; n++) {
		(void)snprintf(key, sizeof key, "%s*%u*", name, n);
		if ((piece = mail_parameter(value, key)).data != NULL) {
			put_extended(out, piece, &charset, n == 0);
			continue;
		}
		key[strlen(key) - 1] = '\0';
		if ((piece = mail_parameter(value, key)).data == NULL)
			break;
		put_in(out, piece, SLICE_NONE);
	}
	return n > 0;
}

void mail_parameter_text(struct slice value, const char *name, char *out, size_t cap)
{
	char key[NAME_BYTES];
	struct slice charset = SLICE_NONE;
	struct buf text;
	buf_init(&text, cap - 1);
	(void)snprintf(key, sizeof key, "%s*", name);
	struct slice extended = mail_parameter(value, key), plain = mail_parameter(value, name);
	if (extended.data != NULL)
		put_extended(&text, extended, &charset, true);
	else if (!put_pieces(&text, value, name))
		put_words(&text, plain);
	memcpy(out, buf_text(&text), text.len + 1);
	buf_free(&text);
}
