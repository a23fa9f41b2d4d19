/* Where a value of a line ends. */
#include <ctype.h>

#include "inspect/records/line_work.h"

/* A tag that a forum or a copied page left behind the secret. */
static size_t tag_search(struct slice line, size_t from)
{
	static const char *const tags[] = {"<br", "</", "<p>", "<li", "<td", "<tr", "<div", "<hr", "<span", "&lt;br"};

	for (size_t at = from; at < line.len; at++) {
		if (line.data[at] != '<' && line.data[at] != '&')
			continue;
		for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
			if (slice_starts_nocase(slice_from(line, at), tags[i]))
				return at;
	}
	return line.len;
}

/* "Country = DE", "Balance: 0": what a checker found in the account. */
static bool is_capture(struct slice text)
{
	size_t at = 0;

	while (at < text.len && at < 24 && (isalpha((unsigned char)text.data[at]) || one_of(text.data[at], " _")))
		at++;
	return at >= 3 && at < text.len && isupper((unsigned char)slice_trim(text).data[0]) && one_of(text.data[at], ":=");
}

/* Checkers and people write behind a secret: " | Country = DE", " # VPN", " (works)", " - valid". */
static size_t remark_search(struct slice line, size_t from, char kind)
{
	static const char *const remarks[] = {" | ", " |", " # ", " // ", " (", " [", " <", " -- ", " - ", " => ", " -> ", " \xe2\x9c",
		" \xe2\x86\x92", " \xe2\x80\x94 ", " \xe2\x80\x93 ", " ; ", " , "};

	for (size_t at = from + 1; at < line.len; at++) {
		if (line.data[at] == '|' && is_capture(slice_from(line, at + 1)))
			return at;
		if (line.data[at] != ' ' || at + 1 >= line.len || line.data[at + 1] == ' ' || isalnum((unsigned char)line.data[at + 1]))
			continue;
		for (size_t i = 0; i < sizeof remarks / sizeof *remarks; i++)
			if (slice_starts_nocase(slice_from(line, at), remarks[i]) && !(kind == ' ' && remarks[i][1] == '-'))
				return at;
	}
	return line.len;
}

/* Another record in the same line: a blank, comma or bar, then an address with a separator behind it. */
static size_t record_search(struct slice line, size_t from)
{
	size_t begin, end, at = from;

	while (token_email_next(line, at, &begin, &end)) {
		if (begin > from && end < line.len && one_of(line.data[end], ":;|") && one_of(line.data[begin - 1], " \t,;|"))
			return begin - 1;
		at = end;
	}
	return line.len;
}

static bool knows(const struct found *found, size_t from)
{
	return found->known && found->from <= from && from < found->at;
}

static size_t tag_at(struct work *work, size_t from)
{
	if (!knows(&work->tag, from))
		work->tag = (struct found){true, from, tag_search(work->line, from)};
	return work->tag.at;
}

static size_t remark_at(struct work *work, size_t from, char kind)
{
	struct found *found = kind == ' ' ? &work->blank_remark : &work->remark;

	if (!knows(found, from))
		*found = (struct found){true, from, remark_search(work->line, from, kind)};
	return found->at;
}

static size_t next_record_at(struct work *work, size_t from)
{
	if (!knows(&work->record, from))
		work->record = (struct found){true, from, record_search(work->line, from)};
	return work->record.at;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* In quotes: what stands between them; "" is one quote. False where no quote closes. */
static bool quoted(struct slice line, size_t from, struct slice *value, size_t *end)
{
	if (from >= line.len || !one_of(line.data[from], "\"'`"))
		return false;
	for (size_t at = from + 1; at < line.len; at++) {
		if (line.data[at] != line.data[from])
			continue;
		if (at + 1 < line.len && line.data[at + 1] == line.data[from]) {
			at++;
			continue;
		}
		if (at + 1 < line.len && !one_of(line.data[at + 1], " \t,;:|)]}>"))
			continue;
		*value = line_between(line, from + 1, at);
		*end = at + 1;
		return at > from + 1;
	}
	return false;
}

/* The value that begins at from and reaches as far as nothing else begins. */
struct slice line_value_at(struct work *work, size_t from, char kind, size_t *end)
{
	struct slice line = work->line, value;

	if (quoted(line, from, &value, end))
		return value;
	size_t stop = least(tag_at(work, from), next_record_at(work, from));
	stop = least(stop, from + slice_find_byte(slice_from(line, from), '\t'));
	stop = least(stop, remark_at(work, from, kind));
	value = slice_trim(line_between(line, from, stop));
	while (stop < line.len && stop + 1 != line.len && value.len > 0 && stop == next_record_at(work, from) &&
		one_of(value.data[value.len - 1], ",;|"))
		value = slice_trim(slice_until(value, value.len - 1));
	*end = stop;
	return value;
}

size_t line_fields_split(struct slice value, char kind, struct slice fields[FIELDS])
{
	size_t count = 0, from = 0;

	for (size_t at = 0; at <= value.len && count < FIELDS; at++) {
		if (at < value.len && value.data[at] != kind)
			continue;
		fields[count++] = slice_trim(line_between(value, from, at));
		from = at + 1;
	}
	return count;
}

struct slice line_unquote(struct slice field)
{
	if (field.len >= 2 && one_of(field.data[0], "\"'`") && field.data[field.len - 1] == field.data[0])
		return (struct slice){field.data + 1, field.len - 2};
	return field;
}
