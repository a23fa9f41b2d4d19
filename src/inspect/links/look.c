#include "inspect/links/look.h"

#include <stdlib.h>
#include <string.h>

#include "limits/limits.h"

enum {
	BITS = 64,
	BYTES = 8,
	LANE_MOST = 255,
	LEAST_FEATURES = 12, /* fewer are alike by chance */
	WORD_BYTES = 64,     /* of a longer word the rest is another */
	LINK_BYTES = 256,
	LONG_ID = 16, /* digits and letters of a session id */
};

struct looking {
	uint32_t ones[BITS];   /* features that have the bit */
	uint64_t lanes[BYTES]; /* the same of the last few, a byte each: eight bits at a time */
	unsigned in_lanes;
	uint64_t before[2]; /* the two words before */
	uint64_t text;
	unsigned features;
};

/* ---- features ---------------------------------------------------------------------------------- */

/* MurmurHash3's last step. */
static uint64_t mix(uint64_t value)
{
	value = (value ^ value >> 33) * UINT64_C(0xff51afd7ed558ccd);
	value = (value ^ value >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return value ^ value >> 33;
}

static uint64_t turn(uint64_t value, unsigned by)
{
	return value << by | value >> (64 - by);
}

/* FNV-1a (Fowler, Noll, Vo). */
static uint64_t hash(const char *text, size_t len)
{
	uint64_t value = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		value = (value ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
	return mix(value);
}

static void empty_lanes(struct looking *looking)
{
	for (unsigned i = 0; i < BITS; i++)
		looking->ones[i] += (uint8_t)(looking->lanes[i / 8] >> i % 8 * 8);
	memset(looking->lanes, 0, sizeof looking->lanes);
	looking->in_lanes = 0;
}

/* The eight bits of a byte as eight bytes of 0 or 1. */
static uint64_t spread(uint64_t byte)
{
	uint64_t bits = byte * UINT64_C(0x0101010101010101) & UINT64_C(0x8040201008040201);

	return ((bits + UINT64_C(0x007f7f7f7f7f7f7f)) | bits) >> 7 & UINT64_C(0x0101010101010101);
}

static void vote(struct looking *looking, uint64_t feature)
{
	for (unsigned i = 0; i < BYTES; i++)
		looking->lanes[i] += spread(feature >> i * 8 & 0xff);
	looking->features++;
	if (++looking->in_lanes == LANE_MOST)
		empty_lanes(looking);
}

static void append(struct looking *looking, uint64_t value)
{
	looking->text = mix(turn(looking->text, 1) ^ value);
}

/* ---- words ------------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || (unsigned char)c >= 0x80;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Words of dates and times, which change with the clock; sorted. */
static const char *const time_words[] = {"ago", "am", "apr", "april", "aug", "august", "day", "days", "dec", "december", "feb", "february",
	"fri", "friday", "gmt", "hour", "hours", "jan", "january", "jul", "july", "jun", "june", "just", "mar", "march", "may", "min",
	"mins", "minute", "minutes", "mon", "monday", "month", "months", "nov", "november", "now", "oct", "october", "pm", "sat",
	"saturday", "sec", "second", "seconds", "secs", "sep", "sept", "september", "sun", "sunday", "thu", "thurs", "thursday", "today",
	"tue", "tues", "tuesday", "utc", "wed", "wednesday", "week", "weeks", "year", "years", "yesterday"};

static int compare(const void *key, const void *entry)
{
	const struct slice *word = key;
	const char *other = *(const char *const *)entry;
	int order = strncmp(word->data, other, word->len);

	return order != 0 ? order : -(other[word->len] != '\0');
}

static bool is_time(const char *word, size_t len)
{
	static bool ready;
	static uint16_t lengths[256]; /* of those with that initial, as bits: most words need no search */
	const struct slice key = {word, len};
	const size_t count = sizeof time_words / sizeof time_words[0];

	if (!ready)
		for (size_t i = 0; i < count; i++)
			lengths[(unsigned char)time_words[i][0]] |= (uint16_t)(1U << strlen(time_words[i]));
	ready = true;
	return len > 0 && len < 16 && (lengths[(unsigned char)word[0]] >> len & 1) != 0 &&
	       bsearch(&key, time_words, count, sizeof time_words[0], compare) != NULL;
}

static size_t take_word(struct looking *looking, struct slice text, size_t at)
{
	char word[WORD_BYTES] = "";
	size_t len = 0;
	bool number = false;
	uint64_t value;

	for (; at < text.len && len < sizeof word && is_word(text.data[at]); at++) {
		number |= is_digit(text.data[at]);
		word[len++] = lower(text.data[at]);
	}
	if (number || is_time(word, len))
		return at;
	value = hash(word, len);
	vote(looking, mix(value ^ turn(looking->before[0], 21) ^ turn(looking->before[1], 42)));
	append(looking, value);
	looking->before[1] = looking->before[0];
	looking->before[0] = value;
	return at;
}

/* ---- links ------------------------------------------------------------------------------------- */

/* Numbers in it count as one number, ids that are long enough for a session as one id. */
static void take_link(struct looking *looking, struct slice link)
{
	char plain[LINK_BYTES];
	size_t len = 0;
	uint64_t value;

	for (size_t at = 0; at < link.len && len < sizeof plain;) {
		size_t run = 0, digits = 0;

		while (at + run < link.len && is_word(link.data[at + run]))
			digits += is_digit(link.data[at + run++]);
		if (run >= LONG_ID && digits > 0) {
			plain[len++] = '~';
			at += run;
			continue;
		}
		for (size_t i = 0; i < (run > 0 ? run : 1) && len < sizeof plain; i++, at++)
			if (!is_digit(link.data[at]))
				plain[len++] = link.data[at];
			else if (len == 0 || plain[len - 1] != '#')
				plain[len++] = '#';
	}
	value = hash(plain, len);
	vote(looking, value);
	append(looking, value);
}

static void take_links(struct looking *looking, struct slice tag)
{
	size_t at = slice_find_nocase(tag, "href=");
	struct slice rest;
	char quote;

	if (at == tag.len)
		return;
	rest = slice_from(tag, at + 5);
	quote = rest.len > 0 && (rest.data[0] == '"' || rest.data[0] == '\'') ? rest.data[0] : ' ';
	rest = quote != ' ' ? slice_from(rest, 1) : rest;
	take_link(looking, slice_until(rest, slice_find_byte(rest, quote)));
}

/* ---- markup ------------------------------------------------------------------------------------ */

/* From '<' to behind the tag, and behind all of a script or style. Each byte is looked at a bounded number of times. */
static size_t take_tag(struct looking *looking, struct slice text, size_t at)
{
	static const char *const silent[][2] = {{"<script", "</script"}, {"<style", "</style"}, {"<!--", "-->"}};
	struct slice rest = slice_from(text, at);

	for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++)
		if (slice_starts_nocase(rest, silent[i][0]))
			return at + slice_find_nocase(rest, silent[i][1]) + 1;
	rest = slice_until(rest, slice_find_byte(rest, '>'));
	take_links(looking, rest);
	return at + rest.len + 1;
}

bool look_at(struct slice text, bool markup, struct look *look)
{
	struct looking looking = {0};

	if (text.len > LIMIT_LOOK_BYTES)
		return false;
	for (size_t at = 0; at < text.len;) {
		if (markup && text.data[at] == '<')
			at = take_tag(&looking, text, at);
		else if (is_word(text.data[at]))
			at = take_word(&looking, text, at);
		else
			at++;
	}
	look->text = looking.text;
	look->bits = 0;
	empty_lanes(&looking);
	for (unsigned i = 0; i < BITS; i++)
		look->bits |= (uint64_t)(2 * looking.ones[i] > looking.features) << i;
	return looking.features >= LEAST_FEATURES;
}
