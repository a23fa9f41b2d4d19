#include "inspect/views/bytes.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/views/intake.h"
#include "shared/mem.h"

enum { LEAST = 12 /* bytes of a list */, UNIT_CHARS = 4 /* 0x6a, \x6a */, BETWEEN_MOST = 40, BEGIN_CHARS = 8 };

struct byte_list {
	char sign;     /* '0' or '\\' */
	uint64_t next; /* offset in the lane */
	struct intake *intake;
};

static bool is_unit(const struct text *text, size_t at, char sign)
{
	return at + UNIT_CHARS <= text->len && text->data[at] == sign && (text->data[at + 1] | 0x20) == 'x' &&
	       isxdigit((unsigned char)text->data[at + 2]) && isxdigit((unsigned char)text->data[at + 3]) &&
	       (at + UNIT_CHARS == text->len || sign == '\\' || !isalnum((unsigned char)text->data[at + UNIT_CHARS]));
}

static uint8_t unit_byte(const struct text *text, size_t at)
{
	char hex[3] = {text->data[at + 2], text->data[at + 3], '\0'};
	return (uint8_t)strtoul(hex, NULL, 16);
}

/* Where the next unit begins behind one that ends at `at`: numbers part at commas, strings go on in the next one; else at. */
static size_t next_unit(const struct text *text, size_t at, char sign)
{
	const char *between = sign == '0' ? " \t\r\n,;" : " \t\r\n\"'+.\\b";
	size_t to = at;
	while (to < text->len && to - at < BETWEEN_MOST && !is_unit(text, to, sign) && text->data[to] != '\0' &&
		one_of(text->data[to], between))
		to++;
	return is_unit(text, to, sign) && (to > at || sign == '\\') ? to : at;
}

static bool is_list(const struct text *text, size_t at, char sign)
{
	for (size_t i = 0; i < LEAST; i++) {
		if (!is_unit(text, at, sign))
			return false;
		at = next_unit(text, at + UNIT_CHARS, sign);
	}
	return true;
}

bool bytes_hold(const struct text *text, size_t at)
{
	for (size_t i = 1; i < LEAST && at >= UNIT_CHARS && is_unit(text, at, '\\') && is_unit(text, at - UNIT_CHARS, '\\'); i++)
		at -= UNIT_CHARS;
	return is_list(text, at, '\\');
}

void bytes_continue(struct bytes *bytes, struct text *text, size_t limit)
{
	struct byte_list *list = bytes->open;
	size_t at = list != NULL ? (size_t)(list->next - text->base) : limit;
	while (at < limit && is_unit(text, at, list->sign)) {
		uint8_t byte = unit_byte(text, at);
		intake_mark(list->intake, text_raw_offset(text, at));
		intake_push(list->intake, &byte, 1);
		at = next_unit(text, at + UNIT_CHARS, list->sign);
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
	while (at < end && !is_unit(text, at, '0') && !is_unit(text, at, '\\'))
		at++;
	if (at >= limit || at == end || !is_list(text, at, text->data[at]))
		return;
	if (text->depth + 1 > scan_engine(text->scan)->limits.view_depth) {
		scan_not_inspected(text->scan, text->member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "view_depth", text_raw_offset(text, at));
		return;
	}
	bytes->open = xcalloc(1, sizeof *bytes->open);
	*bytes->open = (struct byte_list){.sign = text->data[at], .next = text->base + at};
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
