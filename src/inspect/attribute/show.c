#include "inspect/attribute/show.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "limits/limits.h"
#include "shared/escape.h"

/* Windows-1252 0x80 to 0x9f as Unicode (WHATWG encoding standard, index-windows-1252). */
static const uint16_t windows_1252[32] = {0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039,
	0x0152, 0x8d, 0x017d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153,
	0x9d, 0x017e, 0x0178};

static size_t put_utf8(unsigned code, char *out)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	out[0] = (char)(0xe0 | code >> 12);
	out[1] = (char)(0x80 | (code >> 6 & 0x3f));
	out[2] = (char)(0x80 | (code & 0x3f));
	return 3;
}

struct slice show_utf8(struct scan *scan, struct slice text)
{
	if (text.data == NULL || utf8_valid(text.data, text.len))
		return text;
	char *out = scan_arena(scan, 3 * text.len);
	size_t used = 0;

	if (out == NULL)
		return SLICE_NONE;
	for (size_t i = 0; i < text.len; i++) {
		unsigned byte = (unsigned char)text.data[i];

		used += put_utf8(byte >= 0x80 && byte < 0xa0 ? windows_1252[byte - 0x80] : byte, out + used);
	}
	return (struct slice){out, used};
}

char *show_text(struct scan *scan, struct slice text, size_t cap)
{
	text = show_utf8(scan, text);
	if (text.data == NULL)
		return NULL;
	size_t len = 0;

	/* Bytes that would end the text early, or make no sense in one, are left out with all behind them. */
	while (len < text.len && text.data[len] != '\0') {
		size_t step = utf8_length(text.data + len, text.len - len);

		if (step == 0 || len + step > cap)
			break;
		len += step;
	}
	char *out = scan_arena(scan, len + 1);

	if (out == NULL)
		return NULL;
	memcpy(out, text.data, len);
	out[len] = '\0';
	return out;
}

char *show_folded(struct scan *scan, struct slice text, size_t cap)
{
	char *out = show_text(scan, text, cap);

	for (char *at = out; at != NULL && *at != '\0'; at++)
		*at = (char)tolower((unsigned char)*at);
	return out;
}

static size_t characters(struct slice text)
{
	size_t count = 0;

	if (!utf8_valid(text.data, text.len))
		return text.len;
	for (size_t i = 0; i < text.len; i++)
		count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
	return count;
}

void show_hint(struct slice secret, char hint[HINT_BYTES])
{
	size_t used = 0;

	if (characters(secret) >= 12 && utf8_valid(secret.data, secret.len)) {
		for (int i = 0; i < 2; i++)
			used += utf8_length(secret.data + used, secret.len - used);
		memcpy(hint, secret.data, used);
	}
	for (size_t i = 0; i < used; i++)
		if ((unsigned char)hint[i] < ' ' || hint[i] == 0x7f)
			used = 0;
	memcpy(hint + used, "…", sizeof "…");
}

const char *show_length(struct slice secret)
{
	static const struct {
		size_t least;
		const char *name;
	} buckets[] = {{48, "48+"}, {24, "24-47"}, {16, "16-23"}, {12, "12-15"}, {8, "8-11"}};
	size_t count = characters(secret);

	for (size_t i = 0; i < sizeof buckets / sizeof buckets[0]; i++)
		if (count >= buckets[i].least)
			return buckets[i].name;
	return "1-7";
}

char *show_url(struct scan *scan, struct slice url)
{
	size_t scheme = slice_find_nocase(url, "://");

	url = slice_trim(url);
	if (scheme == url.len || scheme == 0 || url.len > LIMIT_URL_BYTES)
		return NULL;
	size_t begin = scheme + 3, authority = begin, end = begin;

	while (authority < url.len && memchr("/\\?#", url.data[authority], 4) == NULL)
		authority++;
	for (size_t i = begin; i < authority; i++)
		if (url.data[i] == '@')
			begin = i + 1;
	for (end = authority; end < url.len && url.data[end] != '?' && url.data[end] != '#';)
		end++;
	char *out = scan_arena(scan, scheme + 3 + (end - begin) + 1);

	if (out == NULL)
		return NULL;
	memcpy(out, url.data, scheme + 3);
	memcpy(out + scheme + 3, url.data + begin, end - begin);
	return show_text(scan, (struct slice){out, scheme + 3 + (end - begin)}, LIMIT_URL_BYTES);
}
