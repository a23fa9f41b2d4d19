#include "inspect/views/bytes.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/views/intake.h"
#include "shared/mem.h"

enum {
	LEAST = 12,        /* bytes of a list */
	UNIT_CHARS = 4,    /* 0x6a, \x6a */
	DECIMAL_CHARS = 3, /* 106 */
	BETWEEN_MOST = 40,
	BEGIN_CHARS = 20
};

struct byte_list {
	char sign;     /* '0' (0x6a), '\\' (\x6a) or '1' (106) */
	uint64_t next; /* offset in the lane */
	struct intake *intake;
};

static bool is_digit(const struct text *text, size_t at)
{
	return at < text->len && isdigit((unsigned char)text->data[at]);
}

static size_t decimal_length(const struct text *text, size_t at)
{
	size_t len = 0;
	while (len <= DECIMAL_CHARS && is_digit(text, at + len))
		len++;
	bool parted = at + len < text->len && one_of(text->data[at + len], ", \t\r\n)]}");
	return len > DECIMAL_CHARS || !parted || (len == DECIMAL_CHARS && memcmp(text->data + at, "255", DECIMAL_CHARS) > 0) ? 0 : len;
}

/* The length of the byte written at `at`, 0 where none is. */
static size_t unit_length(const struct text *text, size_t at, char sign)
{
	if (sign == '1')
		return decimal_length(text, at);
	bool unit = at + UNIT_CHARS <= text->len && text->data[at] == sign && (text->data[at + 1] | 0x20) == 'x' &&
		    isxdigit((unsigned char)text->data[at + 2]) && isxdigit((unsigned char)text->data[at + 3]) &&
		    (at + UNIT_CHARS == text->len || sign == '\\' || !isalnum((unsigned char)text->data[at + UNIT_CHARS]));
	return unit ? UNIT_CHARS : 0;
}

static uint8_t unit_byte(const struct text *text, size_t at, char sign)
{
	unsigned value = 0;
	for (; sign == '1' && is_digit(text, at); at++)
		value = value * 10 + (unsigned)(text->data[at] - '0');
	if (sign == '1')
		return (uint8_t)value;
	char hex[3] = {text->data[at + 2], text->data[at + 3], '\0'};
	return (uint8_t)strtoul(hex, NULL, 16);
}

/* Where the next unit begins behind one that ends at `at`: numbers part at commas, strings go on in the next one; else at. */
static size_t next_unit(const struct text *text, size_t at, char sign)
{
	const char *between = sign == '\\' ? " \t\r\n\"'+.\\b" : " \t\r\n,;";
	size_t to = at;
	while (to < text->len && to - at < BETWEEN_MOST && unit_length(text, to, sign) == 0 && text->data[to] != '\0' &&
		one_of_text(text->data[to], between))
		to++;
	return unit_length(text, to, sign) > 0 && (to > at || sign == '\\') ? to : at;
}

static bool is_list(const struct text *text, size_t at, char sign)
{
	for (size_t i = 0; i < LEAST; i++) {
		size_t len = unit_length(text, at, sign);
		if (len == 0)
			return false;
		at = next_unit(text, at + len, sign);
	}
	return true;
}

bool bytes_hold(const struct text *text, size_t at)
{
	for (size_t i = 1; i < LEAST && at >= UNIT_CHARS && unit_length(text, at, '\\') > 0 && unit_length(text, at - UNIT_CHARS, '\\') > 0;
		i++)
		at -= UNIT_CHARS;
	return is_list(text, at, '\\');
}

void bytes_continue(struct bytes *bytes, struct text *text, size_t limit)
{
	struct byte_list *list = bytes->open;
	size_t at = list != NULL ? (size_t)(list->next - text->base) : limit;
	for (size_t len; at < limit && (len = unit_length(text, at, list->sign)) > 0;) {
		uint8_t byte = unit_byte(text, at, list->sign);
		intake_mark(list->intake, text_raw_offset(text, at));
		intake_push(list->intake, &byte, 1);
		at = next_unit(text, at + len, list->sign);
	}
	if (list == NULL)
		return;
	list->next = bytes->done = text->base + at;
	if (at < limit || text->ends)
		bytes_free(bytes);
}

void bytes_around(struct bytes *bytes, struct text *text, size_t at, size_t limit)
{
	size_t end = at + BEGIN_CHARS < text->len ? at + BEGIN_CHARS : text->len;
	if (bytes->open != NULL || text->base + at < bytes->done)
		return;
	char sign = '\0';
	for (; at < end; at++) {
		sign = unit_length(text, at, '0') > 0    ? '0'
		       : unit_length(text, at, '\\') > 0 ? '\\'
		       : decimal_length(text, at) > 0    ? '1'
							 : '\0';
		if (sign != '\0')
			break;
	}
	if (at >= end || !is_list(text, at, sign))
		return;
	if (text->depth + 1 > scan_engine(text->scan)->limits.view_depth) {
		scan_not_inspected(text->scan, text->member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "view_depth", text_raw_offset(text, at));
		return;
	}
	bytes->open = xcalloc(1, sizeof *bytes->open);
	*bytes->open = (struct byte_list){.sign = sign, .next = text->base + at};
	bytes->open->intake = intake_open(text->scan, text->member, VIEW_HEX, text->depth + 1, NULL);
	bytes_continue(bytes, text, limit);
}

void bytes_free(struct bytes *bytes)
{
	if (bytes->open == NULL)
		return;
	intake_close(bytes->open->intake);
	free(bytes->open);
	bytes->open = NULL;
}
