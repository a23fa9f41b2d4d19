/*
 * Address and secret parted by signs that lists seldom use: jdoe@...#x, jdoe@... (x), [jdoe@...]:[x]. A remark or a name may stand
 * there as well, so only a list of such lines tells.
 */
#include <string.h>

#include "inspect/records/line_bytes.h"
#include "inspect/records/line_work.h"
#include "shared/byteset.h"

enum {
	HEX_LEAST = 7,
	WITHOUT_BRACKETS = 32, /* preferred to a reading that takes them along */
};

/* Signs between address and secret. */
static const char *const signs[] = {"#", "~", "%", "^", "*", "$", "&", "!", " \xe2\x80\xa2 ", " \xc2\xb7 "};
static const char opening[] = "([{<", closing[] = ")]}>";

enum {
	BRACKETS = sizeof opening - 1,
	SIGNS = sizeof signs / sizeof *signs,
	/* of kinds: brackets behind blanks or nothing, where a remark may stand; behind a separator; around both; signs */
	KIND_SEPARATED = BRACKETS,
	KIND_PAIRS = 2 * BRACKETS,
	KIND_SIGNS = 3 * BRACKETS,
};
_Static_assert(LINE_FRAMES == KIND_SIGNS + SIGNS, "a count for each kind");

/* Blanks and one separator at most. */
static size_t separator_length(struct slice text, bool *separated)
{
	size_t at = 0;

	*separated = false;
	while (at < text.len && (is_blank(text.data[at]) || (!*separated && one_of(text.data[at], ":;|,=-")))) {
		*separated = *separated || !is_blank(text.data[at]);
		at++;
	}
	return at;
}

/* (x), :[x], ]:[x where the line's own brackets are gone: of which kind, and the value; LINE_FRAMES where it is none. */
static unsigned bracketed(struct slice rest, struct slice *value)
{
	bool separated;

	for (unsigned i = 0; i < BRACKETS; i++) {
		bool pair = rest.len > 0 && rest.data[0] == closing[i];
		size_t from = pair + separator_length(slice_from(rest, pair), &separated);

		if (from + 1 >= rest.len || rest.data[from] != opening[i])
			continue;
		*value = slice_from(rest, from + 1);
		if (pair)
			return KIND_PAIRS + i;
		if (value->data[--value->len] != closing[i] || value->len == 0)
			return LINE_FRAMES;
		return (separated ? KIND_SEPARATED : 0) + i;
	}
	return LINE_FRAMES;
}

static unsigned signed_as(struct slice rest, struct slice *value)
{
	for (unsigned i = 0; i < SIGNS; i++) {
		size_t len = strlen(signs[i]);

		if (rest.len <= len || memcmp(rest.data, signs[i], len) != 0)
			continue;
		*value = slice_from(rest, len);
		return KIND_SIGNS + i;
	}
	return LINE_FRAMES;
}

static bool is_hexadecimal(struct slice value)
{
	size_t at = 0;

	while (at < value.len && is_hex(value.data[at]))
		at++;
	return at == value.len && at >= HEX_LEAST;
}

bool line_frame(struct slice line, struct line_frame *frame)
{
	struct slice value;
	size_t from, to;

	if (!token_email_next(line, 0, &from, &to) || from != 0)
		return false;
	struct slice rest = slice_from(line, to);
	unsigned kind = bracketed(rest, &value);
	kind = kind < LINE_FRAMES ? kind : signed_as(rest, &value);
	if (kind == LINE_FRAMES || slice_find_byte(value, ' ') < value.len || slice_find_byte(value, '\t') < value.len)
		return false;
	*frame = (struct line_frame){.kind = kind,
		.skeleton = token_skeleton(value),
		.strong =
			token_look(value) >= LOOK_FAIR && !is_hexadecimal(value) &&
			(kind >= KIND_SEPARATED || (slice_find_byte(value, ':') == value.len && slice_find_byte(value, '=') == value.len)),
		.brackets = kind < KIND_SIGNS,
		.account = slice_until(line, to),
		.secret = value};
	return true;
}

void line_framed(struct work *work)
{
	const struct line_vote *vote = work->vote;
	struct line_frame frame;

	if (vote == NULL || !line_frame(work->line, &frame) || !frame.strong)
		return;
	unsigned kind = frame.kind, alike = vote->alike[kind], all = vote->framed[kind], strong = vote->strong[kind];
	/* brackets around both are no remark */
	if (all < (kind >= KIND_PAIRS && kind < KIND_SIGNS ? 1 : 2) || all * 2 < vote->addresses || strong * 4 < all * 3 ||
		(alike > 1 && alike * 2 > all) || frame.skeleton == vote->skeleton[kind])
		return;
	struct line_reading reading = {.order = LINE_LOGIN_SECRET,
		.account = frame.account,
		.secret = frame.secret,
		.inner = '(',
		.evidence = kind < KIND_SEPARATED ? LINE_ENOUGH : LINE_ENOUGH + 1,
		.end = work->line.len,
		.look = token_look(frame.secret),
		.fields = 1};
	line_consider(work, &reading, frame.brackets ? WITHOUT_BRACKETS : 0);
}
