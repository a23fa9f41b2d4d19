#include "shared/escape.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "shared/mem.h"

enum { LONGEST_ESCAPE = 12 };

size_t utf8_length(const char *text, size_t len)
{
	const uint8_t *s = (const uint8_t *)text;
	uint32_t code;
	size_t need;

	if (len == 0)
		return 0;
	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		need = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		need = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		need = 4;
	else
		return 0;
	if (len < need)
		return 0;
	code = s[0] & (0x7fU >> need);
	for (size_t i = 1; i < need; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if ((need == 3 && (code < 0x800 || (code >= 0xd800 && code <= 0xdfff))) || (need == 4 && (code < 0x10000 || code > 0x10ffff)))
		return 0;
	return need;
}

/* So many bytes of ASCII stand first, in steps of eight. */
static size_t ascii_run(const char *text, size_t len)
{
	uint64_t eight;
	size_t run = 0;

	for (; len - run >= sizeof eight; run += sizeof eight) {
		memcpy(&eight, text + run, sizeof eight);
		if ((eight & UINT64_C(0x8080808080808080)) != 0)
			break;
	}
	return run;
}

bool utf8_valid(const char *text, size_t len)
{
	for (size_t i = ascii_run(text, len); i < len;) {
		size_t step = utf8_length(text + i, len - i);

		if (step == 0)
			return false;
		i += step;
		if (step > 1)
			i += ascii_run(text + i, len - i);
	}
	return true;
}

static uint32_t decode(const char *text, size_t step)
{
	const uint8_t *s = (const uint8_t *)text;
	uint32_t code = step == 1 ? s[0] : s[0] & (0x7fU >> step);

	for (size_t i = 1; i < step; i++)
		code = code << 6 | (s[i] & 0x3f);
	return code;
}

/* Code points that move the cursor, hide, or reorder what a person reads. */
static bool deceptive(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || (code >= 0x200b && code <= 0x200f) ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
	       (code >= 0xe0000 && code <= 0xe007f);
}

char *escape_text(char *out, size_t cap, const char *text, size_t len)
{
	size_t at = 0;

	if (cap == 0)
		return out;
	for (size_t i = 0; i < len;) {
		char piece[LONGEST_ESCAPE];
		size_t step = utf8_length(text + i, len - i);
		size_t size;

		if (step == 0) {
			size = (size_t)snprintf(piece, sizeof piece, "\\x%02x", (unsigned)(uint8_t)text[i]);
			step = 1;
		} else if (deceptive(decode(text + i, step))) {
			uint32_t code = decode(text + i, step);

			size = (size_t)snprintf(piece, sizeof piece, code < 0x100 ? "\\x%02x" : "\\u{%x}", (unsigned)code);
		} else {
			memcpy(piece, text + i, step);
			size = step;
		}
		if (at + size + (i + step < len ? 4 : 1) > cap) {
			for (int dots = 0; dots < 3 && at + 1 < cap; dots++)
				out[at++] = '.';
			break;
		}
		memcpy(out + at, piece, size);
		at += size;
		i += step;
	}
	out[at] = '\0';
	return out;
}

char *escape_dup(const char *text, size_t len, size_t max_len)
{
	size_t shown = len < max_len ? len : max_len;
	size_t cap = shown * 8 + 8;
	char *out = xmalloc(cap);

	escape_text(out, cap, text, shown);
	if (shown < len)
		memcpy(out + strlen(out), "...", 4);
	return out;
}

size_t utf8_encode(uint32_t c, char *out)
{
	static const uint8_t first[] = {0, 0xc0, 0xe0, 0xf0};
	unsigned more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	size_t len = 0;

	out[len++] = (char)(first[more] | (c >> (6 * more)));
	while (more-- > 0)
		out[len++] = (char)(0x80 | ((c >> (6 * more)) & 0x3f));
	return len;
}
