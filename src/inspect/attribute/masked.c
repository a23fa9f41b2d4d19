/* Names that a leak site hides in part until its deadline: "R***l P**t", "ro********t.example". */
#include <ctype.h>
#include <string.h>

#include "inspect/attribute/mention.h"
#include "inspect/job.h"

enum {
	WORD_MAX = 80,
	LOOK_MAX = 4096, /* masked words of one window that are compared */
	SEEN_LEAST = 3,  /* letters that must show where the lengths are the same */
	SEEN_FREELY = 4, /* ... and where they are not */
	NAME_WORDS = 8,
};

static bool is_word_byte(char c)
{
	return isalnum((unsigned char)c) || c == '*' || c == '.' || c == '-' || c == '&' || c == '\'' || (unsigned char)c >= 0x80;
}

/* Whether a masked word is the word, letter for letter; counts the letters that show. */
static bool same_length(struct slice masked, struct slice word, unsigned *seen)
{
	if (masked.len != word.len)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		if (masked.data[i] == '*')
			continue;
		if (tolower((unsigned char)masked.data[i]) != tolower((unsigned char)word.data[i]))
			return false;
		*seen += isalnum((unsigned char)word.data[i]) != 0;
	}
	return true;
}

/* The same where stars stand for any number of letters: the first shows, and what shows is its beginning and its end. */
static bool same_ends(struct slice masked, struct slice word, unsigned *seen)
{
	size_t head = slice_find_byte(masked, '*'), tail = 0;

	while (tail < masked.len && masked.data[masked.len - 1 - tail] != '*')
		tail++;
	if (head == masked.len || head == 0 || head + tail >= word.len ||
		!slice_equal_nocase(slice_until(masked, head), slice_until(word, head)) ||
		!slice_equal_nocase(slice_from(masked, masked.len - tail), slice_from(word, word.len - tail)))
		return false;
	for (size_t i = head; i + tail < masked.len; i++)
		if (masked.data[i] != '*')
			return false;
	*seen += (unsigned)(head + tail);
	return true;
}

static struct slice word_at(struct slice text)
{
	size_t len = 0;

	while (len < text.len && len < WORD_MAX && is_word_byte(text.data[len]))
		len++;
	while (len > 0 && (text.data[len - 1] == '.' || text.data[len - 1] == '-'))
		len--;
	return slice_until(text, len);
}

static struct slice next_word(struct slice text)
{
	size_t skip = 0;

	while (skip < text.len && skip < 3 && (text.data[skip] == ' ' || text.data[skip] == '_' || text.data[skip] == '\t'))
		skip++;
	return slice_from(text, skip);
}

/* Whether text begins with the name, masked. */
static bool hides(struct slice text, struct slice name)
{
	unsigned seen = 0;
	bool freely = false;
	size_t stars = 0;

	for (unsigned words = 0; name.len > 0 && words < NAME_WORDS; words++) {
		struct slice word = word_at(name), masked = word_at(text);
		unsigned here = 0;

		if (word.len == 0 || masked.len == 0)
			return false;
		if (!same_length(masked, word, &here)) {
			here = 0;
			if (!same_ends(masked, word, &here))
				return false;
			freely = true;
		}
		for (size_t i = 0; i < masked.len; i++)
			stars += masked.data[i] == '*';
		seen += here;
		name = next_word(slice_from(name, word.len));
		text = next_word(slice_from(text, masked.len));
	}
	return name.len == 0 && stars >= 2 && seen >= (freely ? SEEN_FREELY : SEEN_LEAST);
}

/* Of a domain its ending is everybody's: its own label has to show. */
static bool hides_domain(struct slice text, struct slice domain)
{
	struct slice masked = word_at(text), label = slice_until(domain, slice_find_byte(domain, '.'));
	size_t dot = slice_find_byte(masked, '.');
	unsigned seen = 0;

	if (slice_starts_nocase(masked, "www."))
		return hides_domain(slice_from(text, 4), domain);
	return dot < masked.len && slice_equal_nocase(slice_from(masked, dot), slice_from(domain, label.len)) &&
	       memchr(masked.data, '*', dot) != NULL &&
	       (same_length(slice_until(masked, dot), label, &seen) || same_ends(slice_until(masked, dot), label, &seen)) &&
	       seen >= SEEN_LEAST;
}

static bool find_name(const Lt__InspectConfig *config, struct slice text, struct hit *hit)
{
	for (size_t i = 0; i < config->n_keywords; i++)
		if (hides(text, slice_of(config->keywords[i]))) {
			*hit = (struct hit){.kind = NAME_KEYWORD, .name = (uint32_t)i};
			return true;
		}
	for (size_t i = 0; i < config->n_domains; i++)
		if (hides_domain(text, slice_of(config->domains[i]))) {
			*hit = (struct hit){.kind = NAME_DOMAIN, .name = (uint32_t)i};
			return true;
		}
	return false;
}

void mention_masked(struct text *text, struct span span)
{
	const Lt__Job *job = scan_job(text->scan);
	const char *star;
	size_t at = span.from, looks = 0;

	if (!job->has_leak_context || !job->leak_context)
		return;
	while (at < span.to && looks < LOOK_MAX && (star = memchr(text->data + at, '*', span.to - at)) != NULL) {
		size_t from = (size_t)(star - text->data);
		struct hit hit;

		while (from > at && is_word_byte(text->data[from - 1]) && (size_t)(star - text->data) - from < WORD_MAX)
			from--;
		at = (size_t)(star - text->data) + 1;
		while (at < span.to && text->data[at] == '*')
			at++;
		looks++;
		if (!find_name(scan_engine(text->scan)->config, text_slice(text, from, text->len), &hit))
			continue;
		size_t arena = scan_arena_mark(text->scan);

		hit.at = from;
		hit.len = at - from;
		mention_consider(text, &hit);
		scan_arena_release(text->scan, arena);
	}
	if (looks == LOOK_MAX && at < span.to && memchr(text->data + at, '*', span.to - at) != NULL)
		scan_not_inspected(
			text->scan, text->member, LT__NOT_INSPECTED_CAUSE__CAUSE_LIMIT, "masked words", text_raw_offset(text, at));
}
