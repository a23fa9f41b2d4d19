#include "inspect/rules/post.h"

#include <ctype.h>
#include <string.h>

enum { POST_LINES = 40, POST_REACH = 4096, LONG_LINE = 2000, RULE_LEAST = 5 };

struct line_at {
	size_t from, to;
};

/* "=====", "-----": nothing but one sign. */
static bool is_drawn(struct slice line)
{
	line = slice_trim(line);
	if (line.len < RULE_LEAST || isalnum((unsigned char)line.data[0]))
		return false;
	for (size_t i = 1; i < line.len; i++)
		if (line.data[i] != line.data[0])
			return false;
	return true;
}

struct bounds {
	const struct text *text;
	bool (*alone)(const void *context, struct slice line);
	const void *context;
	unsigned blanks;
};

static bool is_border(struct bounds *bounds, size_t from, size_t to)
{
	struct slice line = text_slice(bounds->text, from, to);

	bounds->blanks = slice_trim(line).len == 0 ? bounds->blanks + 1 : 0;
	return bounds->blanks >= 2 || line.len > LONG_LINE || is_drawn(line) ||
	       (bounds->alone != NULL && bounds->blanks == 0 && bounds->alone(bounds->context, line));
}

struct span post_line(const struct text *text, size_t at)
{
	struct span line;

	text_line(text, at, &line.from, &line.to);
	if (line.to - line.from <= LONG_LINE)
		return line;
	line.from = at - line.from > LONG_LINE ? at - LONG_LINE : line.from;
	line.to = line.to > at && line.to - at > LONG_LINE ? at + LONG_LINE : line.to;
	return line;
}

struct span post_around(const struct text *text, size_t at, bool (*alone)(const void *context, struct slice line), const void *context)
{
	struct bounds bounds = {text, alone, context, 0};
	struct span post = post_line(text, at);
	size_t from, to;

	if (post.to - post.from > LONG_LINE)
		return post;
	for (unsigned lines = 0; lines < POST_LINES && post.from > 0 && at - post.from < POST_REACH; lines++) {
		text_line(text, post.from - 1, &from, &to);
		if (is_border(&bounds, from, to))
			break;
		post.from = from;
	}
	bounds.blanks = 0;
	for (unsigned lines = 0; lines < POST_LINES && post.to - at < POST_REACH; lines++) {
		size_t next = post.to;

		while (next < text->len && text->data[next] != '\n')
			next++;
		if (next + 1 >= text->len)
			break;
		text_line(text, next + 1, &from, &to);
		if (is_border(&bounds, from, to))
			break;
		post.to = to;
	}
	return post;
}

struct slice post_title(struct slice post)
{
	while (post.len > 0) {
		struct slice line = slice_trim(slice_until(post, slice_find_byte(post, '\n')));

		for (size_t i = 0; i < line.len; i++)
			if (isalpha((unsigned char)line.data[i]) || (unsigned char)line.data[i] >= 0x80)
				return line;
		post = slice_from(post, slice_find_byte(post, '\n') < post.len ? slice_find_byte(post, '\n') + 1 : post.len);
	}
	return post;
}
