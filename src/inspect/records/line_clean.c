/* Takes off what people, forums and checkers put around a line. */
#include <string.h>

#include "inspect/records/block_values.h"
#include "inspect/records/line.h"

static size_t starts_with(struct slice text, const char *prefix)
{
	size_t len = strlen(prefix);

	return text.len >= len && memcmp(text.data, prefix, len) == 0 ? len : 0;
}

/* Marks that mean nothing at the beginning of a line; those with a blank behind count only with it. */
static const char *const bullets[] = {"\xef\xbb\xbf", "\xe2\x80\x8b", "\xc2\xa0", "\xe2\x80\xa2", "\xe2\x97\x8f", "\xe2\x96\xaa",
	"\xe2\x96\xba", "\xe2\x9c\x85", "\xe2\x9c\x94", "\xef\xb8\x8f", "\xe2\x9e\xa1", "\xc2\xb7", "\xc2\xbb", "&nbsp;", "&gt;", "- ",
	"* ", "+ ", "> ", "# ", "-\t", "*\t", "// ", "-- ", "~ ", "$ ", "@"};

/* "12. ", "12) ", "[12] ", "(3) ", "#12 ", "12 - " would be a field of its own. */
static size_t numbering(struct slice text)
{
	size_t at = one_of(text.len > 0 ? text.data[0] : 0, "#(") ? 1 : 0, digits = 0;

	while (at + digits < text.len && text.data[at + digits] >= '0' && text.data[at + digits] <= '9')
		digits++;
	size_t end = at + digits;
	if (digits == 0 || digits > 6 || end + 1 >= text.len)
		return 0;
	if (one_of(text.data[end], ".)") && one_of(text.data[end + 1], " \t"))
		return end + 2;
	return at == 1 && text.data[0] == '#' && one_of(text.data[end], " \t") ? end + 1 : 0;
}

/* "[+] ", "[HIT] ", "[2026-05-04 10:22] ": a note in brackets, but no address and no IPv6 host. */
static size_t bracket_note(struct slice text)
{
	if (text.len < 3 || text.data[0] != '[')
		return 0;
	size_t close = slice_find_byte(text, ']');
	if (close >= text.len - 1 || close > 40 || !one_of(text.data[close + 1], " \t"))
		return 0;
	struct slice note = {text.data, close};
	return slice_find_byte(note, '@') < note.len || slice_find_nocase(note, "://") < note.len ? 0 : close + 2;
}

/* A tag: "<br>", "</p>", "<td class=x>"; "<jdoe@...>" and "<3" are none. */
static size_t tag(struct slice text)
{
	if (text.len < 3 || text.data[0] != '<')
		return 0;
	size_t at = text.data[1] == '/' ? 2 : 1, name = 0;
	while (at + name < text.len && ((text.data[at + name] | 0x20) >= 'a' && (text.data[at + name] | 0x20) <= 'z'))
		name++;
	if (name == 0 || name > 10)
		return 0;
	at += name;
	if (at < text.len && text.data[at] >= '1' && text.data[at] <= '6')
		at++;
	size_t close = slice_find_byte(slice_until(text, 200), '>');
	if (close >= text.len || close >= 200 || memchr(text.data, '@', close) != NULL)
		return 0;
	return one_of(text.data[at], " />") ? close + 1 : 0;
}

static size_t front(struct slice text)
{
	size_t len;

	if (text.len == 0)
		return 0;
	if (one_of(text.data[0], " \t\r"))
		return 1;
	if (text.len > 2 && (text.data[0] | 0x20) == 'b' && one_of(text.data[1], "'\"")) /* b'...' of Python */
		return 1;
	if ((len = bbcode_length(text)) > 0)
		return len;
	if ((len = numbering(text)) > 0 || (len = bracket_note(text)) > 0 || (len = tag(text)) > 0)
		return len;
	for (size_t i = 0; i < sizeof bullets / sizeof *bullets; i++)
		if ((len = starts_with(text, bullets[i])) > 0)
			return len;
	return 0;
}

static size_t back(struct slice text)
{
	static const char *const ends[] = {"<br>", "<br/>", "<br />", "</p>", "</li>", "</td>", "</div>", "</span>", "</b>", "</i>",
		"</pre>", "</code>", "</tr>", "&nbsp;", "\xc2\xa0", "\xe2\x80\x8b", " \\"};

	if (text.len > 0 && one_of(text.data[text.len - 1], " \t\r"))
		return 1;
	struct slice bare = value_without_bbcode(text);
	if (bare.data == text.data && bare.len < text.len)
		return text.len - bare.len;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (slice_ends_nocase(text, ends[i]))
			return strlen(ends[i]);
	return 0;
}

static size_t count_byte(struct slice text, char byte)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += text.data[i] == byte;
	return count;
}

static char closing_of(char open)
{
	switch (open) {
	case '(':
		return ')';
	case '[':
		return ']';
	case '{':
		return '}';
	case '<':
		return '>';
	case '"':
	case '\'':
	case '`':
		return open;
	default:
		return 0;
	}
}

/* One pair of quotes or brackets around all of it, with a comma or semicolon behind; a quote that nothing closes. */
static bool unwrap(struct slice *text)
{
	char close = text->len > 2 ? closing_of(text->data[0]) : 0;
	if (close == 0)
		return false;
	struct slice inner = {text->data + 1, text->len - 1};
	bool quote = close == text->data[0];
	if (quote && count_byte(inner, close) == 0) {
		*text = inner;
		return true;
	}
	while (inner.len > 1 && one_of(inner.data[inner.len - 1], ",;: "))
		inner.len--;
	if (inner.len < 2 || inner.data[inner.len - 1] != close)
		return false;
	inner.len--;
	if (quote && slice_ends_nocase(inner, "\\n"))
		inner.len -= 2;
	if (count_byte(inner, close) != (quote ? 0 : count_byte(inner, text->data[0])))
		return false;
	/* "[2001:db8::7]:..." opens no bracket around the line; here the bracket closes at its very end */
	*text = inner;
	return true;
}

struct slice line_clean(struct slice line, size_t *start)
{
	const char *begin = line.data;
	size_t len;

	for (bool more = true; more;) {
		more = false;
		while ((len = front(line)) > 0) {
			line = (struct slice){line.data + len, line.len - len};
			more = true;
		}
		while ((len = back(line)) > 0) {
			line.len -= len;
			more = true;
		}
		more |= unwrap(&line);
	}
	*start = (size_t)(line.data - begin);
	return line;
}
