/* The vote of the lines around: which order, separator and column a list has. */
#include <ctype.h>

#include "inspect/records/line_memo.h"
#include "inspect/records/line_work.h"
#include "inspect/scan.h"
#include "shared/byteset.h"

enum {
	VOTE_LINES = 20,    /* either way */
	VOTE_BYTES = 400,   /* a longer line votes for nothing */
	CATEGORY_LINES = 5, /* so many show what a column is of */
	HEX_LEAST = 6,
	HEX_DIGITS = 8, /* of so many one is a letter, at least */
	BLANK_RUN = 2   /* so many blank lines in a row part one list from another */
};

/* Votes for each separator and number of fields. */
struct counts {
	unsigned separators[128], parted[128], singles[128];
	unsigned fields[32];
};

bool line_resembles(struct slice value, struct slice login)
{
	for (size_t i = 0; i + 3 <= login.len; i++) {
		char run[4] = {login.data[i], login.data[i + 1], login.data[i + 2], 0};

		if (isalpha((unsigned char)run[0]) && isalpha((unsigned char)run[1]) && isalpha((unsigned char)run[2]) &&
			slice_find_nocase(value, run) < value.len)
			return true;
	}
	return false;
}

/* In so few bits that nothing of the value can be told. */
static unsigned short print_of(struct slice value)
{
	unsigned print = 5381;

	for (size_t i = 0; i < value.len; i++)
		print = print * 33 + (unsigned char)value.data[i];
	return (unsigned short)(print ^ print >> 16);
}

/* Also where more fields follow. */
static bool is_hex(struct slice value)
{
	size_t letters = 0;

	value = slice_until(value, slice_find_byte(value, ':'));

	for (size_t i = 0; i < value.len; i++) {
		bool letter = value.data[i] >= 'a' && value.data[i] <= 'f';

		letters += letter;
		if (!letter && !isdigit((unsigned char)value.data[i]))
			return false;
	}
	return value.len >= HEX_LEAST && letters * HEX_DIGITS > value.len;
}

bool line_is_of_category(const struct work *work, struct slice secret)
{
	const struct line_vote *vote = work->vote;
	unsigned own = 0, shared = 0;
	bool letters = true;

	if (vote == NULL || vote->prints_count < CATEGORY_LINES)
		return false;
	if (is_hex(secret) && vote->hexes * 5 > vote->prints_count * 4)
		return true;
	for (size_t i = 0; i < secret.len; i++)
		letters = letters && (isalpha((unsigned char)secret.data[i]) || one_of(secret.data[i], " -_/"));
	for (size_t i = 0; letters && i < vote->prints_count; i++) {
		unsigned same = 0;

		own += vote->prints[i] == print_of(secret);
		for (size_t k = 0; k < vote->prints_count; k++)
			same += vote->prints[i] == vote->prints[k];
		shared += same > 1;
	}
	return letters && own > 0 && own < vote->prints_count && shared * 4 >= vote->prints_count * 3;
}

/* address:x:y, of three fields and no URL: which of the two looks like a secret. */
static void vote_columns(struct slice line, struct line_ballot *ballot)
{
	struct slice fields[FIELDS];
	size_t count = line_fields_split(line, ':', fields);

	if (count != 3 || !token_is_email(fields[0]) || fields[1].len == 0 || fields[2].len == 0)
		return;
	struct slice local = slice_until(fields[0], slice_find_byte(fields[0], '@'));

	ballot->three = true;
	ballot->second = token_look(fields[1]) >= LOOK_FAIR && !line_resembles(fields[1], local);
	ballot->third = token_look(fields[2]) >= LOOK_FAIR;
}

/* https://host/:secret:address, where the address ends the line and what stands before it is none. */
static void vote_reversed(struct slice line, struct line_ballot *ballot)
{
	size_t from = 0, to = 0, at = 0;
	struct token_url url;

	if (!token_url(line, 0, &url) || !url.scheme)
		return;
	for (at = url.authority_end; token_email_next(line, at, &from, &to) && to < line.len;)
		at = to;
	if (to != line.len || from < 3 || !one_of(line.data[from - 1], ":;|,\t "))
		return;
	struct slice before = line_between(line, url.authority_end, from - 1);
	size_t begin, end;

	ballot->reversed = slice_find_byte(before, line.data[from - 1]) < before.len && !token_email_next(before, 0, &begin, &end);
}

/* secret:address, where a list of user names would be user:address. */
static void vote_front(struct slice line, struct line_ballot *ballot)
{
	size_t from, to, end, sign = 0;

	if (!token_email_next(line, 0, &from, &to) || to != line.len || (end = line_sign_before(line, from)) == 0)
		return;
	struct slice front = slice_trim(slice_until(line, end)), address = slice_from(line, from);
	if (slice_find_byte(front, line.data[end]) < front.len)
		return;
	while (sign < front.len && !one_of(front.data[sign], "!#$%^&*?+=~<>"))
		sign++;
	ballot->end = true;
	ballot->front = token_look(front) >= LOOK_NUMBER && !line_resembles(front, slice_until(address, slice_find_byte(address, '@')));
	ballot->sign = ballot->front && sign < front.len;
}

static void vote_framed(struct slice line, struct line_ballot *ballot)
{
	struct line_frame frame;
	size_t from, to;

	ballot->address = token_email_next(line, 0, &from, &to) && from == 0;
	if (!ballot->address || !line_frame(line, &frame))
		return;
	ballot->framed = true;
	ballot->strong = frame.strong;
	ballot->frame = frame.kind;
	ballot->skeleton = frame.skeleton;
}

static void count_frame(const struct line_ballot *ballot, struct line_vote *vote)
{
	if (vote->framed[ballot->frame]++ == 0)
		vote->skeleton[ballot->frame] = ballot->skeleton;
	vote->alike[ballot->frame] += ballot->skeleton == vote->skeleton[ballot->frame];
	vote->strong[ballot->frame] += ballot->strong;
}

static struct line_ballot ballot_of(const struct line_tables *tables, struct slice line)
{
	struct line_ballot ballot = {.blank = slice_trim(line).len == 0};
	size_t start;

	if (line.len < 6 || line.len > VOTE_BYTES)
		return ballot;
	struct slice trimmed = slice_trim(line);
	bool ends_in_comma = trimmed.len > 0 && trimmed.data[trimmed.len - 1] == ',';

	line = line_clean(line, &start);
	vote_columns(line, &ballot);
	vote_reversed(line, &ballot);
	vote_front(line, &ballot);
	vote_framed(line, &ballot);
	struct line_reading reading = line_read(tables, line, line.len, NULL);
	ballot.likely = reading.order != LINE_NONE && reading.evidence >= LINE_ENOUGH && reading.look >= LOOK_NUMBER;
	ballot.list = ballot.likely && reading.evidence >= LINE_ENOUGH + 2;
	ballot.comma = ballot.likely && ends_in_comma;
	ballot.hex = is_hex(reading.secret);
	ballot.print = print_of(reading.secret);
	ballot.separator = (char)(reading.inner & 127);
	ballot.order = reading.order;
	ballot.fields = reading.fields & 31;
	return ballot;
}

/* Counts the vote of a line. False: it is blank. */
static bool vote_line(const struct line_tables *tables, struct slice text, struct span at, struct counts *counts, struct line_vote *vote)
{
	struct memo_line *known = line_memo_at(tables->memo, text, at.from);
	struct slice line = {text.data + at.from, at.to - at.from};
	struct line_ballot ballot = known != NULL && known->vote_len == line.len + 1 ? known->vote : ballot_of(tables, line);

	if (known != NULL) {
		known->vote = ballot;
		known->vote_len = line.len + 1;
	}
	vote->threes += ballot.three;
	vote->seconds += ballot.second;
	vote->thirds += ballot.third;
	vote->reversed += ballot.reversed;
	vote->ends += ballot.end;
	vote->fronts += ballot.front;
	vote->signs += ballot.sign;
	vote->likely += ballot.likely;
	vote->commas += ballot.comma;
	vote->addresses += ballot.address;
	if (ballot.framed)
		count_frame(&ballot, vote);
	if (ballot.order != LINE_NONE && vote->prints_count < LINE_PRINTS) {
		vote->hexes += ballot.hex;
		vote->prints[vote->prints_count++] = ballot.print;
	}
	counts->separators[(unsigned char)ballot.separator] += ballot.likely;
	counts->parted[(unsigned char)ballot.separator] += ballot.likely && ballot.order == LINE_LOGIN_SECRET;
	counts->singles[(unsigned char)ballot.separator] += ballot.likely && ballot.order == LINE_LOGIN_SECRET && ballot.fields == 1;
	vote->lists += ballot.list;
	vote->orders[ballot.order] += ballot.list;
	counts->fields[ballot.fields] += ballot.list;
	return !ballot.blank;
}

static size_t line_end(struct slice text, size_t from)
{
	const char *end = from < text.len ? memchr(text.data + from, '\n', text.len - from) : NULL;

	return end != NULL ? (size_t)(end - text.data) : text.len;
}

void line_vote_around(const struct line_tables *tables, struct slice text, size_t from, size_t to, struct line_vote *vote)
{
	struct counts counts = {0};
	size_t at = from;

	*vote = (struct line_vote){0};
	for (int i = 0, blanks = 0; i < VOTE_LINES && at > 0 && blanks < BLANK_RUN; i++) {
		size_t end = at - 1;
		const char *before = end > 0 ? memrchr(text.data, '\n', end) : NULL;
		at = before != NULL ? (size_t)(before - text.data) + 1 : 0;
		blanks = vote_line(tables, text, (struct span){at, end}, &counts, vote) ? 0 : blanks + 1;
	}
	at = to;
	for (int i = 0, blanks = 0; i < VOTE_LINES && at < text.len && blanks < BLANK_RUN; i++) {
		size_t begin = line_end(text, at) + 1;
		if (begin >= text.len)
			break;
		size_t end = line_end(text, begin);
		blanks = vote_line(tables, text, (struct span){begin, end}, &counts, vote) ? 0 : blanks + 1;
		at = end;
	}
	unsigned best = 0;
	for (int i = 0; i < 128; i++)
		if (counts.separators[i] > best) {
			best = counts.separators[i];
			vote->separator = (char)i;
			vote->parted = counts.parted[i];
			vote->singles = counts.singles[i];
		}
	for (unsigned i = 0; i < 32; i++)
		if (counts.fields[i] * 4 > vote->lists * 3)
			vote->fields = i;
}
