/*
 * Log-ins without keys in paragraphs: a host, an account and a secret on three lines, or host and account:secret on two, parted by
 * blank or drawn lines. The host may have no scheme and may stand last, so one paragraph says nothing and its neighbours vote.
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
	LINES_MOST = 3,
	GAP_LINES = 3, /* between two paragraphs */
	PARAGRAPHS_EACH_WAY = 6,
	PARAGRAPHS_LEAST = 3,
	PART_BYTES = 256,
	HEX_LEAST = 7,
};

struct paragraph {
	size_t from, to; /* to: behind its last line */
	size_t count;
	struct slice lines[LINES_MOST];
};

struct parted {
	struct slice url, account, secret;
	bool scheme;
};

/* Where the line before the one that begins at `from` begins. */
static size_t start_before(const struct text *text, size_t from)
{
	size_t begin, end;

	text_line(text, from - 1, &begin, &end);
	return begin;
}

static struct slice line_from(const struct text *text, size_t from, size_t *next)
{
	size_t begin, end;

	text_line(text, from, &begin, &end);
	*next = text_next_line(text, end);
	return slice_trim(skip_blanks(text_slice(text, begin, end)));
}

static bool parts(const struct text *text, struct slice line)
{
	struct block_line read;

	if (line.len == 0)
		return true;
	if (isalnum((unsigned char)line.data[0]))
		return false;
	block_line_read(scan_engine(text->scan)->keys, line, &read);
	return read.kind == LINE_BLANK || read.kind == LINE_SEPARATOR;
}

static bool is_one_word(struct slice text)
{
	return text.len > 0 && text.len <= PART_BYTES && slice_find_byte(text, ' ') == text.len && slice_find_byte(text, '\t') == text.len;
}

/* The paragraph whose first line begins at `from`; false where it has more lines, or one of several words. */
static bool paragraph_at(const struct text *text, size_t from, struct paragraph *paragraph)
{
	size_t next;

	*paragraph = (struct paragraph){.from = from, .to = from};
	while (paragraph->to < text->len) {
		struct slice line = line_from(text, paragraph->to, &next);

		if (parts(text, line))
			break;
		if (paragraph->count == LINES_MOST || !is_one_word(line))
			return false;
		paragraph->lines[paragraph->count++] = line;
		paragraph->to = next;
	}
	return paragraph->count >= 2;
}

static bool paragraph_around(const struct text *text, size_t at, struct paragraph *paragraph)
{
	size_t from, to, next;

	text_line(text, at, &from, &to);
	for (int i = 0; i < LINES_MOST && from > 0; i++) {
		size_t before = start_before(text, from);

		if (parts(text, line_from(text, before, &next)))
			break;
		from = before;
	}
	return paragraph_at(text, from, paragraph) && at < paragraph->to;
}

static bool paragraph_below(const struct text *text, const struct paragraph *from, struct paragraph *below)
{
	size_t at = from->to, next = at;

	for (int i = 0; i < GAP_LINES && at < text->len; i++) {
		if (!parts(text, line_from(text, at, &next)))
			break;
		at = next;
	}
	return at > from->to && at < text->len && paragraph_at(text, at, below) && below->count == from->count;
}

static bool paragraph_above(const struct text *text, const struct paragraph *from, struct paragraph *above)
{
	size_t at = from->from, next;

	for (int i = 0; i < GAP_LINES && at > 0; i++) {
		size_t before = start_before(text, at);

		if (!parts(text, line_from(text, before, &next)))
			return paragraph_around(text, before, above) && above->count == from->count;
		at = before;
	}
	return false;
}

static bool is_host(struct slice line, bool *scheme)
{
	struct token_url url;

	if (!token_url(line, 0, &url) || url.secret_to > 0 || slice_find_byte(line, '@') < line.len)
		return false;
	*scheme = url.scheme;
	return url.scheme || (!url.address && (url.authority_end == line.len || line.data[url.authority_end] == '/'));
}

/* jdoe:x, jdoe|x */
static bool split_pair(struct slice line, struct parted *parted)
{
	size_t sign = 1;

	while (sign < line.len && !one_of(line.data[sign], ":|;"))
		sign++;
	if (sign + 1 >= line.len)
		return false;
	parted->account = slice_until(line, sign);
	parted->secret = slice_from(line, sign + 1);
	return true;
}

static bool read_as(const struct paragraph *paragraph, bool last, struct parted *parted)
{
	const struct slice *lines = paragraph->lines;
	bool other;

	*parted = (struct parted){.url = lines[last ? paragraph->count - 1 : 0]};
	if (!is_host(parted->url, &parted->scheme))
		return false;
	if (paragraph->count == 2)
		return split_pair(lines[last ? 0 : 1], parted) && !is_host(parted->account, &other);
	parted->account = lines[last ? 0 : 1];
	parted->secret = lines[last ? 1 : 2];
	return token_is_email(parted->account) || token_look(parted->account) > LOOK_PORT;
}

struct votes {
	unsigned groups, secrets, others, plain; /* plain: accounts that are no address */
	bool hexadecimal, same;                  /* every secret so far */
	struct slice first;                      /* the first of them */
};

static bool is_hexadecimal(struct slice value)
{
	size_t hex = 0;

	while (hex < value.len && isxdigit((unsigned char)value.data[hex]))
		hex++;
	return hex == value.len && hex >= HEX_LEAST;
}

static void vote(const struct text *text, struct votes *votes, const struct parted *parted)
{
	enum token_look look = token_look(parted->secret);
	enum key_role role = keys_block_role(scan_engine(text->scan)->keys, parted->account);
	bool key = role != KEY_NONE && slice_find_byte(parted->account, '@') == parted->account.len && role != KEY_USER;

	if (votes->groups == 0)
		*votes = (struct votes){.hexadecimal = true, .same = true, .first = parted->secret};
	votes->groups++;
	votes->secrets += look >= LOOK_FAIR && !key;
	votes->others += look == LOOK_NEVER || look == LOOK_OTHER || look == LOOK_SENTENCE || key;
	votes->plain += !token_is_email(parted->account);
	votes->hexadecimal = votes->hexadecimal && is_hexadecimal(parted->secret);
	votes->same = votes->same && slice_equal(votes->first, parted->secret);
}

static void votes_of(const struct text *text, struct paragraph at, bool last, struct votes *votes,
	bool (*step)(const struct text *, const struct paragraph *, struct paragraph *))
{
	for (int i = 0; i < PARAGRAPHS_EACH_WAY; i++) {
		struct paragraph next;
		struct parted parted;

		if (!step(text, &at, &next) || !read_as(&next, last, &parted))
			return;
		vote(text, votes, &parted);
		at = next;
	}
}

static bool is_voted(const struct text *text, const struct paragraph *paragraph, bool last, const struct parted *parted)
{
	struct votes votes = {.groups = 0};

	vote(text, &votes, parted);
	votes_of(text, *paragraph, last, &votes, paragraph_below);
	votes_of(text, *paragraph, last, &votes, paragraph_above);
	if (votes.groups < PARAGRAPHS_LEAST || votes.hexadecimal || (votes.same && votes.plain > 0))
		return false;
	return votes.secrets * 4 >= votes.groups * 3 && votes.others * 4 <= votes.groups;
}

bool reader_parted(struct text *text, const struct hit *hit, struct span *claimed)
{
	struct paragraph paragraph;
	struct parted parted;

	if (!paragraph_around(text, hit->at, &paragraph))
		return false;
	bool first = read_as(&paragraph, false, &parted) && is_voted(text, &paragraph, false, &parted);
	if (!first && !(read_as(&paragraph, true, &parted) && is_voted(text, &paragraph, true, &parted)))
		return false;
	*claimed = (struct span){paragraph.from, paragraph.to};
	candidate_emit(text, &(struct candidate){.kind = CANDIDATE_LOGIN,
				     .rule = "lt.block.parted.1",
				     .account = parted.account,
				     .secret = parted.secret,
				     .url = parted.url,
				     .cookie_http_only = -1,
				     .cookie_secure = -1,
				     .confidence = parted.scheme ? LT__CONFIDENCE__CONFIDENCE_MEDIUM : LT__CONFIDENCE__CONFIDENCE_LOW,
				     .at = paragraph.from});
	return true;
}
