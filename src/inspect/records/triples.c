/*
 * Log-ins without keys: an address, an account and a secret, each on a line of its own, or the latter two on one. One such group says
 * nothing (a link with two lines of prose looks the same), so its neighbours vote: as many lines apart, accounts of one word, lines below
 * them that look like secrets.
 */
#include <ctype.h>
#include <string.h>

#include "inspect/engine.h"
#include "inspect/records/block_lines.h"
#include "inspect/records/block_values.h"
#include "inspect/records/line_token.h"
#include "inspect/records/readers.h"
#include "shared/byteset.h"

enum {
	PERIOD_LEAST = 2, /* lines from one address to the next */
	TRIPLE_LINES = 3,
	PERIOD_MOST = 6,
	GROUPS_EACH_WAY = 6,
	GROUPS_TO_END = 32, /* so far it is looked for where the groups begin and end */
	GROUPS_LEAST = 3,
	GROUPS_LEAST_IN_PASSWORDS = 2, /* in a file that a stealer's log calls its passwords */
	PART_BYTES = 256,
	SOFTWARE_BYTES = 48,
	UNIT_LETTERS = 3,
	HEX_LEAST = 7,
};

struct triple {
	size_t from, to; /* of its three lines */
	struct slice url, account, secret;
};

struct line {
	size_t from, to;
	struct slice text; /* trimmed */
};

/* Reads the group of an address: from the lines below it, or above. */
typedef bool read_function(const struct text *text, const struct line *address, struct triple *triple);

static struct line line_at(const struct text *text, size_t at)
{
	struct line line;

	text_line(text, at, &line.from, &line.to);
	line.text = slice_trim(skip_blanks(text_slice(text, line.from, line.to)));
	return line;
}

static bool line_below(const struct text *text, const struct line *line, struct line *below)
{
	size_t next = line->to + slice_find_byte(text_slice(text, line->to, text->len), '\n') + 1;

	if (next >= text->len)
		return false;
	*below = line_at(text, next);
	return true;
}

static bool line_above(const struct text *text, const struct line *line, struct line *above)
{
	if (line->from == 0)
		return false;
	*above = line_at(text, line->from - 1);
	return above->from < line->from;
}

static bool is_one_word(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == ' ' || text.data[i] == '\t')
			return false;
	return text.len > 0 && text.len <= PART_BYTES;
}

/* https://host/path:user:secret is a line of a list, whole by itself. */
static bool holds_login(struct slice url)
{
	size_t scheme = slice_find_nocase(url, "://");
	struct slice rest = slice_from(url, scheme < url.len ? scheme + 3 : url.len);
	struct slice path = slice_from(rest, slice_find_byte(rest, '/'));

	path = slice_until(path, slice_find_byte(path, '?'));
	size_t first = slice_find_byte(path, ':');
	return first < path.len && slice_find_byte(slice_from(path, first + 1), ':') < path.len - first - 1;
}

static bool is_address(const struct line *line)
{
	return (slice_starts_nocase(line->text, "http") || slice_starts_nocase(line->text, "android://") ||
		       slice_starts_nocase(line->text, "ftp")) &&
	       line->text.len <= LIMIT_URL_BYTES && memchr(line->text.data, ' ', line->text.len) == NULL &&
	       line_url(line->text).len == line->text.len && !holds_login(line->text);
}

/* #deserializer, xtrans.html#Read, _top: what the attributes of links say, which a page's view has on lines of their own. */
static bool is_of_link(struct slice text)
{
	static const char *const targets[] = {"_top", "_blank", "_self", "_parent"};

	for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
		if (slice_equal_nocase(text, slice_of(targets[i])))
			return true;
	if (slice_starts_nocase(text, "data:image/")) /* a bookmark's icon */
		return true;
	return text.data[0] == '#' || slice_find_nocase(text, ".html") < text.len || slice_find_nocase(text, ".htm#") < text.len;
}

/* Between two groups: nothing, a drawn line, the name of a program. */
static bool is_between(const struct keys *keys, const struct line *line, unsigned *named)
{
	struct block_line read;

	block_line_read(keys, line->text, &read);
	if (read.kind == LINE_OTHER)
		return line->text.len <= SOFTWARE_BYTES && memchr(line->text.data, '@', line->text.len) == NULL && ++*named == 1;
	return read.kind == LINE_BLANK || read.kind == LINE_SEPARATOR;
}

/* jdoe:x below an address, and nothing below it: both on one line. */
static bool read_pair(const struct text *text, const struct line *first, const struct line *pair, struct triple *triple)
{
	size_t sign = 1;
	struct line below;
	struct block_line read;

	while (sign < pair->text.len && !one_of(pair->text.data[sign], ":|;\t"))
		sign++;
	if (sign + 1 >= pair->text.len)
		return false;
	struct slice account = slice_trim(slice_until(pair->text, sign)), secret = slice_trim(slice_from(pair->text, sign + 1));
	if (!is_one_word(account) || !is_one_word(secret))
		return false;
	if (line_below(text, pair, &below) && !is_address(&below) && is_one_word(below.text)) {
		block_line_read(scan_engine(text->scan)->keys, below.text, &read);
		if (read.kind != LINE_BLANK && read.kind != LINE_SEPARATOR)
			return false;
	}
	*triple = (struct triple){first->from, pair->to, first->text, account, secret};
	return true;
}

/* The group whose address is this line. */
static bool read_triple(const struct text *text, const struct line *first, struct triple *triple)
{
	const struct keys *keys = scan_engine(text->scan)->keys;
	struct line account, secret;
	struct block_line read;

	if (!is_address(first) || !line_below(text, first, &account) || account.text.len == 0 || is_address(&account) ||
		is_of_link(account.text))
		return false;
	block_line_read(keys, account.text, &read);
	if (read.kind == LINE_KEYED || read.kind == LINE_SYSTEM || read.kind == LINE_SEPARATOR)
		return false;
	if (read_pair(text, first, &account, triple))
		return true;
	if (!is_one_word(account.text) || !line_below(text, &account, &secret) || secret.text.len == 0 || secret.text.len > PART_BYTES ||
		is_address(&secret) || is_of_link(secret.text))
		return false;
	*triple = (struct triple){first->from, secret.to, first->text, account.text, secret.text};
	return true;
}

/* The address of the next group below, so many lines away; 0: none is in reach, or something else stands between. */
static unsigned step_down(const struct text *text, const struct line *from, struct line *next)
{
	const struct keys *keys = scan_engine(text->scan)->keys;
	unsigned named = 0;

	*next = *from;
	for (unsigned step = 1; step <= PERIOD_MOST; step++) {
		struct line line = *next;

		if (!line_below(text, &line, next))
			return 0;
		if (step >= PERIOD_LEAST && is_address(next))
			return step;
		if (step >= TRIPLE_LINES && !is_between(keys, next, &named))
			return 0;
	}
	return 0;
}

static unsigned step_up(const struct text *text, const struct line *from, struct line *next)
{
	struct line back;

	*next = *from;
	for (unsigned step = 1; step <= PERIOD_MOST; step++) {
		struct line line = *next;

		if (!line_above(text, &line, next))
			return 0;
		if (is_address(next))
			return step_down(text, next, &back) == step ? step : 0;
	}
	return 0;
}

struct votes {
	unsigned groups, secrets, others, titles;
	bool hexadecimal; /* every secret so far: what a list of commits looks like */
};

/* 120ms, 200OK, 15% */
static bool is_measure(struct slice text)
{
	size_t digits = 0;

	while (digits < text.len && (isdigit((unsigned char)text.data[digits]) || text.data[digits] == '.'))
		digits++;
	return digits > 0 && text.len - digits <= UNIT_LETTERS;
}

/* report.iso below https://.../report.iso: what the link leads to, and no account. */
static bool is_title(const struct triple *triple)
{
	struct slice url = triple->url;
	const char *slash;

	while (url.len > 0 && url.data[url.len - 1] == '/')
		url.len--;
	slash = url.len > 0 ? memrchr(url.data, '/', url.len) : NULL;
	return slash != NULL && slice_equal_nocase(slice_from(url, (size_t)(slash + 1 - url.data)), triple->account);
}

static void vote(struct votes *votes, const struct triple *triple)
{
	enum token_look look = token_look(triple->secret);
	bool measure = is_measure(triple->secret);
	size_t hex = 0;

	while (hex < triple->secret.len && isxdigit((unsigned char)triple->secret.data[hex]))
		hex++;
	votes->groups++;
	votes->secrets += look >= LOOK_FAIR && !measure;
	votes->others += look == LOOK_NEVER || look == LOOK_OTHER || look == LOOK_SENTENCE || measure;
	votes->titles += is_title(triple);
	votes->hexadecimal = votes->hexadecimal && hex == triple->secret.len && hex >= HEX_LEAST;
}

/* Goes from group to group for as long as they stand as far apart as the first two. */
static void votes_of(const struct text *text, struct line at, unsigned *period, struct votes *votes, read_function *read,
	unsigned (*step)(const struct text *, const struct line *, struct line *))
{
	for (unsigned i = 0; i < GROUPS_EACH_WAY; i++) {
		struct line next;
		struct triple triple;
		unsigned lines = step(text, &at, &next);

		if (lines == 0 || (*period != 0 && lines != *period) || !read(text, &next, &triple))
			return;
		*period = lines;
		vote(votes, &triple);
		at = next;
	}
}

static bool is_voted(const struct text *text, const struct line *first, const struct triple *triple, read_function *read)
{
	struct votes votes = {.hexadecimal = true};
	unsigned period = 0, least = text->member->class == MEMBER_PASSWORDS ? GROUPS_LEAST_IN_PASSWORDS : GROUPS_LEAST;

	vote(&votes, triple);
	votes_of(text, *first, &period, &votes, read, step_down);
	votes_of(text, *first, &period, &votes, read, step_up);
	return votes.groups >= least && votes.secrets * 2 >= votes.groups && votes.others * 4 <= votes.groups &&
	       votes.titles * 2 < votes.groups && !votes.hexadecimal;
}

/* Account and secret stand above the first address: each address is that of the lines above it. */
static bool is_upside_down(const struct text *text, struct line at)
{
	struct line next, above, top, last = at;
	struct triple triple;

	for (unsigned i = 0; i < GROUPS_TO_END && step_up(text, &at, &next) > 0; i++)
		at = next;
	if (line_above(text, &at, &above))
		return is_one_word(above.text) && !is_address(&above) && token_look(above.text) >= LOOK_WORD &&
		       line_above(text, &above, &top) && is_one_word(top.text) && !is_address(&top);
	if (text->view == VIEW_RAW || text->view == VIEW_CHARSET)
		return false;
	/* a view may begin amid a text: then its end tells */
	for (unsigned i = 0; i < GROUPS_TO_END && step_down(text, &last, &next) > 0; i++)
		last = next;
	return !read_triple(text, &last, &triple);
}

/* Account and secret in the two lines above their address. */
static bool read_above(const struct text *text, const struct line *address, struct triple *triple)
{
	struct line account, secret;

	if (!is_address(address) || !line_above(text, address, &secret) || !line_above(text, &secret, &account) ||
		!is_one_word(secret.text) || !is_one_word(account.text) || is_address(&secret) || is_address(&account) ||
		is_of_link(account.text) || is_of_link(secret.text))
		return false;
	*triple = (struct triple){account.from, address->to, address->text, account.text, secret.text};
	return true;
}

/* The group of a list whose addresses stand last: the hit's line is its address, or its account two lines above. */
static bool read_upside_down(const struct text *text, struct line line, struct triple *triple)
{
	struct line below;

	if (!is_address(&line)) {
		if (!line_below(text, &line, &below) || !line_below(text, &below, &line))
			return false;
	}
	return read_above(text, &line, triple) && is_upside_down(text, line) && is_voted(text, &line, triple, read_above);
}

static bool read_group(const struct text *text, struct line line, struct triple *triple)
{
	struct line above;

	if (!is_address(&line)) {
		if (!line_above(text, &line, &above) || !is_address(&above))
			return false;
		line = above;
	}
	return read_triple(text, &line, triple) && is_voted(text, &line, triple, read_triple) && !is_upside_down(text, line);
}

bool reader_triples(struct text *text, const struct hit *hit, struct span *claimed)
{
	struct line line = line_at(text, hit->at);
	struct triple triple;

	if (!read_group(text, line, &triple) || hit->at > triple.to) {
		if (!read_upside_down(text, line, &triple) || hit->at < triple.from)
			return false;
	}
	*claimed = (struct span){triple.from, triple.to};
	candidate_emit(text, &(struct candidate){.kind = CANDIDATE_LOGIN,
				     .rule = "lt.block.triple.1",
				     .account = triple.account,
				     .secret = triple.secret,
				     .url = triple.url,
				     .confidence = LT__CONFIDENCE__CONFIDENCE_MEDIUM,
				     .at = triple.from});
	return true;
}
