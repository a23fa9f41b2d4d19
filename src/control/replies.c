#include "control/replies.h"

#include <string.h>

#include "limits/limits.h"

enum { CODE_DIGITS = 3, EVENT = 650 };

void replies_init(struct replies *replies)
{
	buf_init(&replies->line, LIMIT_CONTROL_LINE_BYTES);
	replies->overlong = replies->in_data = replies->data_is_event = false;
}

void replies_free(struct replies *replies)
{
	buf_free(&replies->line);
}

/* "250-text", "250+text", "250 text". */
static bool take_head(struct replies *replies, const char *line)
{
	unsigned code = 0;

	for (size_t i = 0; i < CODE_DIGITS; i++) {
		if (line[i] < '0' || line[i] > '9')
			return false;
		code = code * 10 + (unsigned)(line[i] - '0');
	}
	if (line[CODE_DIGITS] != ' ' && line[CODE_DIGITS] != '-' && line[CODE_DIGITS] != '+')
		return false;
	replies->in_data = line[CODE_DIGITS] == '+';
	replies->data_is_event = code == EVENT;
	if (code != EVENT)
		replies->answer(code, line[CODE_DIGITS] == ' ', line + CODE_DIGITS + 1, replies->context);
	else if (line[CODE_DIGITS] == ' ')
		replies->event(line + CODE_DIGITS + 1, replies->context);
	return true;
}

static bool take_line(struct replies *replies)
{
	const char *text;

	while (replies->line.len > 0 && replies->line.data[replies->line.len - 1] == '\r')
		replies->line.data[--replies->line.len] = '\0';
	text = buf_text(&replies->line);
	if (strlen(text) != replies->line.len)
		return false;
	if (!replies->in_data)
		return take_head(replies, text);
	if (strcmp(text, ".") == 0)
		replies->in_data = false;
	else if (!replies->data_is_event)
		replies->data(text[0] == '.' ? text + 1 : text, replies->context);
	return true;
}

static void keep(struct replies *replies, const char *bytes, size_t len)
{
	size_t room = replies->line.max - replies->line.len;

	if (replies->overlong)
		return;
	replies->overlong = len > room;
	if (!buf_append(&replies->line, bytes, len < room ? len : room))
		replies->overlong = true;
}

bool replies_feed(struct replies *replies, const char *bytes, size_t len)
{
	bool good = true;

	while (len > 0 && good) {
		const char *end = memchr(bytes, '\n', len);
		size_t part = end != NULL ? (size_t)(end - bytes) : len;

		keep(replies, bytes, part);
		if (end == NULL)
			break;
		good = take_line(replies);
		buf_clear(&replies->line);
		replies->overlong = false;
		bytes += part + 1;
		len -= part + 1;
	}
	return good;
}
