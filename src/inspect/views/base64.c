#include "inspect/views/base64.h"

#include <sodium.h>
#include <string.h>

#include "inspect/unpack/charset.h"
#include "inspect/unpack/sniff.h"
#include "shared/escape.h"
#include "shared/log.h"

enum { PIECE = 1024, TEXT_LEAST = 8 };

/* One table look-up: this is asked for every fortieth byte of a dump. */
const bool base64_alphabet[256] = {
	['A' ... 'Z'] = true,
	['a' ... 'z'] = true,
	['0' ... '9'] = true,
	['+'] = true,
	['/'] = true,
	['-'] = true,
	['_'] = true,
};

static size_t decode_piece(const char *text, size_t len, uint8_t *out)
{
	char quartets[PIECE + 4];
	size_t got = 0;
	for (size_t i = 0; i < len; i++)
		quartets[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
	size_t full = (len + 3) / 4 * 4;
	memset(quartets + len, 'A', full - len);
	if (sodium_base642bin(out, full / 4 * 3, quartets, full, NULL, &got, NULL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0)
		log_fatal("base64 of its own alphabet does not decode");
	return len * 3 / 4;
}

size_t base64_decode(const char *text, size_t len, uint8_t *out)
{
	size_t made = 0;
	for (size_t at = 0; at < len; at += PIECE)
		made += decode_piece(text + at, len - at < PIECE ? len - at : PIECE, out + made);
	return made;
}

bool base64_text(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len;) {
		if (data[i] < 0x80) {
			if (data[i] < 0x20 && strchr("\t\r\n", data[i]) == NULL)
				return false;
			if (data[i] == 0 || data[i] == 0x7f)
				return false;
			i++;
			continue;
		}
		size_t n = utf8_length((const char *)data + i, len - i);
		if (n == 0)
			return len - i < 4 && i >= TEXT_LEAST; /* a character cut in two */
		i += n;
	}
	return len >= TEXT_LEAST;
}

enum base64_look base64_look(const uint8_t *data, size_t len)
{
	enum content content = sniff(data, len);
	if (sniff_is_container(content) && content != CONTENT_MAIL && content != CONTENT_MBOX)
		return LOOKS_CONTAINER;
	if (charset_of_content(content) != CHARSET_NONE)
		return LOOKS_TEXT;
	return base64_text(data, len) ? LOOKS_TEXT : LOOKS_BINARY;
}
