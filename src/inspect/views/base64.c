#include "inspect/views/base64.h"

#include <string.h>

#include "inspect/unpack/charset.h"
#include "inspect/unpack/sniff.h"
#include "shared/escape.h"

enum { TEXT_LEAST = 8 };

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

static uint8_t values[256];

static void make_values(void)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < strlen(alphabet); i++)
		values[(uint8_t)alphabet[i]] = (uint8_t)i;
	values['-'] = values['+'];
	values['_'] = values['/'];
}

/* Libraries decode in constant time or check as they go: many times slower, and cookies are tried by the million. */
size_t base64_decode(const char *text, size_t len, uint8_t *out)
{
	if (values['B'] == 0)
		make_values();
	for (size_t at = 0; at < len; at += 4) {
		uint32_t bits = 0;

		for (size_t i = 0; i < 4; i++)
			bits = bits << 6 | (at + i < len ? values[(uint8_t)text[at + i]] : 0);
		*out++ = (uint8_t)(bits >> 16);
		*out++ = (uint8_t)(bits >> 8);
		*out++ = (uint8_t)bits;
	}
	return len * 3 / 4;
}

bool base64_text(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len;) {
		if (data[i] < 0x80) {
			if (data[i] < 0x20 && !one_of((char)data[i], "\t\r\n"))
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

bool base64_noise(const uint8_t *data, size_t len)
{
	bool marked = len > 0 && data[0] >= 0xfe;
	return !marked && memchr(data, 0, len) == NULL && !base64_text(data, len);
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
