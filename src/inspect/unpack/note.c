#include "inspect/unpack/note.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_BYTES = 16 };

static void put(struct buf *into, const char *data, size_t len)
{
	bool fits = buf_append(into, data, len);
	(void)fits; /* the header says what becomes of the rest */
}

/* ---- pages ------------------------------------------------------------------------------------ */

static bool breaks_line(struct slice tag)
{
	static const char *const names[] = {"br", "p", "div", "tr", "li", "td", "h1", "h2", "h3", "pre"};
	struct slice name = slice_starts_nocase(tag, "/") ? slice_from(tag, 1) : tag;
	size_t len = 0;
	while (len < name.len && isalnum((unsigned char)name.data[len]))
		len++;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (slice_equal_nocase(slice_until(name, len), slice_of(names[i])))
			return true;
	}
	return false;
}

/* Length of the entity at the start of text, 0 if it is none of the few that a password may be written with. */
static size_t entity(struct slice text, char *character)
{
	static const struct {
		const char *name;
		char character;
	} known[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}, {"&apos;", '\''}, {"&nbsp;", ' '}};
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (slice_starts_nocase(text, known[i].name)) {
			*character = known[i].character;
			return strlen(known[i].name);
		}
	}
	return 0;
}

static void page_text(struct slice text, struct buf *into)
{
	while (text.len > 0) {
		char character = text.data[0];
		size_t len = character == '&' ? entity(text, &character) : 0;
		if (text.data[0] == '<') {
			size_t end = slice_find_byte(text, '>');
			if (breaks_line(slice_from(slice_until(text, end), 1)))
				put(into, "\n", 1);
			text = slice_from(text, end + 1);
			continue;
		}
		put(into, &character, 1);
		text = slice_from(text, len > 0 ? len : 1);
	}
}

/* ---- JSON ------------------------------------------------------------------------------------- */

/* Reads the string that begins text, its quotation mark included; appends what it says, and returns its length. */
static size_t read_string(struct slice text, struct buf *into)
{
	size_t at = 1;
	for (; at < text.len && text.data[at] != '"'; at++) {
		char character = text.data[at];
		if (character == '\\' && at + 1 < text.len) {
			character = text.data[++at];
			character = character == 'n' ? '\n' : character == 't' ? '\t' : character == 'r' ? '\r' : character;
			if (character == 'u' && at + 4 < text.len) {
				char digits[5] = {text.data[at + 1], text.data[at + 2], text.data[at + 3], text.data[at + 4], 0};
				unsigned long code = strtoul(digits, NULL, 16);
				character = code > 0 && code < 0x80 ? (char)code : ' ';
				at += 4;
			}
		}
		put(into, &character, 1);
	}
	return at < text.len ? at + 1 : at;
}

static void json_text(struct slice text, struct buf *into)
{
	char key[KEY_BYTES] = "";
	struct buf value;
	buf_init(&value, text.len);
	while (text.len > 0) {
		if (text.data[0] == '[' || text.data[0] == ']')
			put(into, "\n", 1);
		if (text.data[0] != '"') {
			text = slice_from(text, 1);
			continue;
		}
		buf_clear(&value);
		text = slice_from(text, read_string(text, &value));
		size_t blanks = 0;
		while (blanks < text.len && isspace((unsigned char)text.data[blanks]))
			blanks++;
		if (blanks < text.len && text.data[blanks] == ':') {
			size_t len = value.len < sizeof key - 1 ? value.len : sizeof key - 1;
			memcpy(key, buf_text(&value), len);
			key[len] = '\0';
			continue;
		}
		/* "Pass: " and the link or mention behind it are pieces of one message; what kind of piece each is says nothing. */
		if (strcmp(key, "type") != 0) {
			put(into, "\n", strcmp(key, "text") != 0);
			put(into, buf_text(&value), value.len);
		}
	}
	buf_free(&value);
}

void note_text(struct slice text, struct buf *into)
{
	struct slice trimmed = slice_trim(text);
	if (trimmed.len > 0 && (trimmed.data[0] == '{' || trimmed.data[0] == '['))
		json_text(trimmed, into);
	else if (trimmed.len > 0 && trimmed.data[0] == '<')
		page_text(trimmed, into);
	else
		put(into, text.data, text.len);
}
