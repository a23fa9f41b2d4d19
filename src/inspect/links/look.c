#include "inspect/links/look.h"

#include <string.h>

#include "limits/limits.h"

enum {
	BITS = 64,
	LEAST_FEATURES = 12, /* fewer are alike by chance */
	WORD_BYTES = 64,     /* of a longer word the rest is another */
	LINK_BYTES = 256,
	LONG_ID = 16, /* digits and letters of a session id */
};

struct looking {
	int32_t votes[BITS];
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

static void vote(struct looking *looking, uint64_t feature)
{
	for (unsigned i = 0; i < BITS; i++)
		looking->votes[i] += (feature >> i & 1) != 0 ? 1 : -1;
	looking->features++;
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

/* Words of dates and times, which change with the clock. */
static bool is_time(const char *word, size_t len)
{
	static const char words[] =
		" jan january feb february mar march apr april may jun june jul july aug august sep sept september oct october nov "
		"november "
		"dec december mon monday tue tues tuesday wed wednesday thu thurs thursday fri friday sat saturday sun sunday am pm gmt "
		"utc ago just now today yesterday sec secs second seconds min mins minute minutes hour hours day days week weeks month "
		"months year years ";
	char padded[WORD_BYTES + 3];

	padded[0] = ' ';
	memcpy(padded + 1, word, len);
	memcpy(padded + 1 + len, " ", 2);
	return strstr(words, padded) != NULL;
}

static size_t take_word(struct looking *looking, struct slice text, size_t at)
{
	char word[WORD_BYTES];
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
	for (unsigned i = 0; i < BITS; i++)
		look->bits |= (uint64_t)(looking.votes[i] > 0) << i;
	return looking.features >= LEAST_FEATURES;
}
