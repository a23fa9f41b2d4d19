/* Texts about machines as lines of UTF-8, whatever they were written as. */
#include <ctype.h>
#include <jansson.h>
#include <string.h>

#include "inspect/records/machine_data.h"
#include "inspect/unpack/charset.h"
#include "shared/buf.h"
#include "shared/byteset.h"
#include "shared/escape.h"

enum { JSON_DEPTH = 4 };

/* ---- markup ------------------------------------------------------------------------------------- */

/* The members of a JSON document as lines, those of objects within it too. */
static void json_lines(const json_t *value, const char *key, unsigned depth, struct buf *lines)
{
	const char *name;
	json_t *member;
	size_t i;

	if (depth > JSON_DEPTH)
		return;
	if (json_is_string(value) && key != NULL && !buf_printf(lines, "%s: %s\n", key, json_string_value(value)))
		return;
	if (json_is_integer(value) && key != NULL && !buf_printf(lines, "%s: %" JSON_INTEGER_FORMAT "\n", key, json_integer_value(value)))
		return;
	json_object_foreach((json_t *)(uintptr_t)value, name, member)
	{
		json_lines(member, name, depth + 1, lines);
	}
	json_array_foreach((json_t *)(uintptr_t)value, i, member)
	{
		json_lines(member, NULL, depth + 1, lines);
	}
}

/* <key>value</key>, the innermost elements of XML, as lines. */
static struct slice xml_lines(struct slice text, struct buf *lines)
{
	for (size_t open = slice_find_byte(text, '<'); open < text.len; open = slice_find_byte(text, '<')) {
		struct slice tag = slice_from(text, open + 1);
		size_t name = 0, close = slice_find_byte(tag, '>');
		struct slice value = slice_from(tag, close < tag.len ? close + 1 : close);

		while (name < close && (isalnum((unsigned char)tag.data[name]) || one_of(tag.data[name], "_-.")))
			name++;
		value = slice_until(value, slice_find_byte(value, '<'));
		if (name > 0 && slice_trim(value).len > 0 && memchr(value.data, '\n', value.len) == NULL &&
			!buf_printf(lines, "%.*s: %.*s\n", (int)name, tag.data, (int)value.len, value.data))
			break;
		text = slice_from(tag, close < tag.len ? close + 1 : close);
	}
	return lines->len > 0 ? (struct slice){buf_text(lines), lines->len} : text;
}

/* What a tag of a page ends: a line, or nothing. */
static const char *tag_end(struct slice tag)
{
	static const char *const rows[] = {"br", "hr", "p", "/p", "div", "/div", "li", "/li", "tr", "/tr"};
	size_t len = 0;

	while (len < tag.len && (len == 0 || !one_of(tag.data[len], " />\n")))
		len++;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (slice_equal_nocase(slice_until(tag, len), slice_of(rows[i])))
			return "\n";
	return "";
}

/* "Time: x<br>User Name: y<br>": lines of a page. */
static struct slice page_lines(struct slice text, struct buf *lines)
{
	struct slice rest = text;

	while (rest.len > 0) {
		size_t open = slice_find_byte(rest, '<'), close = open + slice_find_byte(slice_from(rest, open), '>');

		if (!buf_append(lines, rest.data, open) ||
			!buf_append_text(lines, close < rest.len ? tag_end(slice_from(rest, open + 1)) : ""))
			break;
		rest = slice_from(rest, close < rest.len ? close + 1 : rest.len);
	}
	return lines->len > 0 ? (struct slice){buf_text(lines), lines->len} : text;
}

struct slice machine_text_plain(struct slice text, struct buf *lines)
{
	if (slice_trim(text).len > 0 && slice_trim(text).data[0] == '<')
		return xml_lines(text, lines);
	if (slice_find_nocase(text, "<br") < text.len)
		return page_lines(text, lines);
	json_t *document = slice_trim(text).len > 0 && one_of(slice_trim(text).data[0], "{[")
				   ? json_loadb(text.data, text.len, JSON_DISABLE_EOF_CHECK, NULL)
				   : NULL;

	if (document == NULL)
		return text;
	json_lines(document, NULL, 0, lines);
	json_decref(document);
	return lines->len > 0 ? (struct slice){buf_text(lines), lines->len} : text;
}

/* ---- old code pages ------------------------------------------------------------------------------ */

/* Words of Cyrillic letters are high bytes from end to end; those of other languages have ASCII letters beside them. */
static int code_page_of(struct slice line)
{
	size_t beside = 0, whole = 0;

	for (size_t at = 0, run; at < line.len; at += run + 1) {
		for (run = 0; at + run < line.len && (unsigned char)line.data[at + run] >= 0x80; run++)
			;
		bool letter = (at > 0 && isalpha((unsigned char)line.data[at - 1])) ||
			      (at + run < line.len && isalpha((unsigned char)line.data[at + run]));

		*(letter ? &beside : &whole) += run;
	}
	return charset_by_label(whole > beside ? SLICE_TEXT("windows-1251") : SLICE_TEXT("windows-1252"));
}

struct slice machine_text_utf8(struct slice text, struct buf *converted)
{
	if (utf8_valid(text.data, text.len))
		return text;
	while (text.len > 0) {
		size_t end = slice_find_byte(text, '\n');
		struct slice line = slice_until(text, end < text.len ? end + 1 : end);

		if (!utf8_valid(line.data, line.len))
			(void)charset_convert(code_page_of(line), line, true, converted);
		else if (!buf_append(converted, line.data, line.len))
			break;
		text = slice_from(text, line.len);
	}
	return (struct slice){buf_text(converted), converted->len};
}
