#include "inspect/views/percent.h"

#include <ctype.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/views/intake.h"
#include "inspect/views/runs.h"
#include "limits/limits.h"

enum {
	HOST_REACH = 280, /* a scheme and the labels before a name */
	URL_REACH = 1024,
};

/* What encoders of URL components leave as it is. */
static bool component_byte(char c)
{
	return isalnum((unsigned char)c) || one_of(c, "-._~%+*!'()");
}

static size_t component_begin(const struct text *text, size_t at, size_t least)
{
	while (at > least && component_byte(text->data[at - 1]))
		at--;
	return at;
}

static size_t component_end(const struct text *text, size_t at, size_t most)
{
	while (at < most && component_byte(text->data[at]))
		at++;
	return at;
}

/* The line above, if all of it is of the alphabet. */
static size_t line_above(const struct text *text, size_t from, size_t least)
{
	size_t end = from;
	if (end <= least || text->data[end - 1] != '\n')
		return from;
	end--;
	if (end > least && text->data[end - 1] == '\r')
		end--;
	size_t begin = component_begin(text, end, least);
	return begin == 0 || text->data[begin - 1] == '\n' ? begin : from;
}

static size_t line_below(const struct text *text, size_t to, size_t most)
{
	size_t begin = to;
	if (begin < most && text->data[begin] == '\r')
		begin++;
	if (begin >= most || text->data[begin] != '\n')
		return to;
	size_t end = component_end(text, begin + 1, most);
	return end == most || text->data[end] == '\n' || text->data[end] == '\r' ? end : to;
}

/* Lines above the first escape are another matter. */
static size_t first_encoded_line(const struct text *text, struct span run)
{
	const char *escape = memchr(text->data + run.from, '%', run.to - run.from);
	const char *feed = escape != NULL ? memrchr(text->data + run.from, '\n', (size_t)(escape - text->data) - run.from) : NULL;
	return feed != NULL ? (size_t)(feed - text->data) + 1 : run.from;
}

static struct span run_around(const struct text *text, size_t at)
{
	size_t least = at > LIMIT_RECORD_BYTES ? at - LIMIT_RECORD_BYTES : 0;
	size_t most = text->len - at > LIMIT_RECORD_BYTES ? at + LIMIT_RECORD_BYTES : text->len;
	struct span run = {component_begin(text, at, least), component_end(text, at, most)};
	for (size_t from; (from = line_above(text, run.from, least)) < run.from;)
		run.from = from;
	for (size_t to; (to = line_below(text, run.to, most)) > run.to;)
		run.to = to;
	size_t first = first_encoded_line(text, run);
	run.from = first <= at ? first : run.from;
	return run;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte an escape at `at` stands for, -1 where there is none. Control characters but those of text are no part of one. */
static int escape_at(struct slice run, size_t at)
{
	int high = at + 2 < run.len && run.data[at] == '%' ? hex_value(run.data[at + 1]) : -1;
	int low = high >= 0 ? hex_value(run.data[at + 2]) : -1;
	int value = low >= 0 ? high * 16 + low : -1;
	return value >= 0x20 || value == '\n' || value == '\r' || value == '\t' ? value : -1;
}

bool percent_twice(struct slice run)
{
	bool met = false;
	for (size_t i = 0; i < run.len; i++) {
		int value = escape_at(run, i);
		if (value >= 0 && value != '%')
			return false;
		met |= value == '%' && i + 4 < run.len && hex_value(run.data[i + 3]) >= 0 && hex_value(run.data[i + 4]) >= 0;
	}
	return met;
}

/* One sign at `at`: its length, and in *value what an escape stands for, or -1. */
static size_t sign_at(struct slice run, size_t at, bool twice, int *value)
{
	char inner[3] = {'%', '\0', '\0'};
	*value = escape_at(run, at);
	if (*value != '%' || !twice || at + 4 >= run.len)
		return *value < 0 ? 1 : 3;
	memcpy(inner + 1, run.data + at + 3, 2);
	*value = escape_at((struct slice){inner, sizeof inner}, 0);
	if (*value >= 0)
		return 5;
	*value = '%';
	return 3;
}

/* "https://host:8443/path": its first colons part nothing. */
static size_t behind_authority(struct slice run)
{
	size_t len = 0;
	while (len < run.len && isalpha((unsigned char)run.data[len]))
		len++;
	if (len == 0 || !slice_starts_nocase(slice_from(run, len), "%3a%2f%2f"))
		return 0;
	len += strlen("%3a%2f%2f");
	while (len < run.len && (isalnum((unsigned char)run.data[len]) || run.data[len] == '.' || run.data[len] == '-'))
		len++;
	if (slice_starts_nocase(slice_from(run, len), "%3a") && len + 3 < run.len && isdigit((unsigned char)run.data[len + 3]))
		len += 3;
	return len;
}

/* The value of a form stands behind its key's '='. Of one that begins out of reach the blanks tell: a form writes them as '+'. */
static bool is_form_value(const struct text *text, struct span run, size_t at)
{
	if (run.from > 0 && !component_byte(text->data[run.from - 1]))
		return text->data[run.from - 1] == '=';
	struct slice slice = text_slice(text, run.from, run.to);
	bool cut = at - run.from >= LIMIT_RECORD_BYTES || (run.from == 0 && !text->begins);
	return cut && slice_find_byte(slice, '+') < slice.len && slice_find_nocase(slice, "%20") == slice.len;
}

/*
 * Whether an escape stands for what parts lines or fields, outside the beginning of a URL. A blank parts words in the value of a
 * form ("John Doe <jdoe@...>"), and elsewhere the fields of a line.
 */
static bool holds_separator(struct slice run, bool form, bool twice)
{
	const char *separators = form ? "\n:|;\t\"=" : "\n:|;\t\"= ,>#";
	int value, before = 0;
	for (size_t i = behind_authority(run); i < run.len; before = value) {
		if (slice_starts_nocase(slice_from(run, i), "---")) /* needs no escape */
			return true;
		i += sign_at(run, i, twice, &value);
		if ((value > 0 && one_of_text((char)value, separators)) || (before == '<' && value == '/') ||
			(before == '\\' && value == '\\')) /* markup, \\host */
			return true;
	}
	return false;
}

static void pass(struct intake *intake, const struct text *text, size_t from, size_t to)
{
	if (from >= to)
		return;
	intake_mark(intake, text_raw_offset(text, from));
	intake_push(intake, text->data + from, to - from);
}

/* In the value of a form, and where blanks have no other escape, '+' is one. */
static void read_run(const struct text *text, struct span run, bool form, bool twice)
{
	struct intake *intake = intake_open(text->scan, text->member, VIEW_ESCAPES, text->depth + 1, NULL);
	struct slice slice = text_slice(text, run.from, run.to);
	bool blanks = form && slice_find_nocase(slice, "%20") == slice.len;
	size_t plain = 0;
	for (size_t i = 0; i < slice.len;) {
		int value;
		size_t len = sign_at(slice, i, twice, &value);
		if (value < 0 && slice.data[i] == '+' && blanks)
			value = ' ';
		if (value >= 0) {
			char byte = (char)value;
			pass(intake, text, run.from + plain, run.from + i);
			intake_mark(intake, text_raw_offset(text, run.from + i));
			intake_push(intake, &byte, 1);
			plain = i + len;
		}
		i += len;
	}
	pass(intake, text, run.from + plain, run.to);
	intake_close(intake);
}

static bool deep(const struct text *text, size_t at)
{
	if (text->depth + 1 <= scan_engine(text->scan)->limits.view_depth)
		return false;
	scan_not_inspected(text->scan, text->member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "view_depth", text_raw_offset(text, at));
	return true;
}

static bool is_cut_before(const struct text *text, struct span run, size_t at)
{
	return run.from == 0 ? !text->begins : at - run.from >= LIMIT_RECORD_BYTES;
}

static bool is_cut_behind(const struct text *text, struct span run, size_t at)
{
	return run.to == text->len ? !text->ends : run.to - at >= LIMIT_RECORD_BYTES;
}

bool percent_around(struct percent *percent, struct text *text, size_t at)
{
	uint64_t place = text->base + at;
	if (place >= percent->from && place < percent->to)
		return percent->document;
	struct span run = run_around(text, at);
	if (run.to == run.from)
		return false;
	struct slice slice = text_slice(text, run.from, run.to);
	bool form = is_form_value(text, run, at), twice = percent_twice(slice);
	*percent = (struct percent){text->base + run.from, text->base + run.to, false};
	if (!holds_separator(slice, form, twice) || deep(text, at))
		return false;
	percent->document = true;
	struct span told = run;
	struct scan_bounds bounds = run_narrow(text, &told, is_cut_before(text, run, at), is_cut_behind(text, run, at));
	percent->to = text->base + told.to;
	read_run(text, run, form, twice);
	scan_bounds_set(text->scan, bounds);
	return true;
}

bool percent_url_opens(const struct text *text, size_t at)
{
	size_t from = component_begin(text, at, at > HOST_REACH ? at - HOST_REACH : 0);
	if (from == at || (from > 0 ? text->data[from - 1] != '\n' : !text->begins))
		return false;
	size_t to = component_end(text, at, text->len - at > URL_REACH ? at + URL_REACH : text->len);
	struct slice run = text_slice(text, from, to);
	size_t scheme = slice_find_nocase(run, "%3a%2f%2f");
	return at - from > scheme && at - from < behind_authority(run) && to + 1 < text->len && one_of(text->data[to], ":|;\t");
}
