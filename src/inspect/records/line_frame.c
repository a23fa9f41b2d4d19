/*
 * Address and secret parted by signs that lists seldom use: jdoe@...#x, jdoe@... (x), [jdoe@...]:[x]. A remark or a name may stand
 * there as well, so only a list of such lines tells.
 */
#include <string.h>

#include "inspect/records/line_bytes.h"
#include "inspect/records/line_work.h"

enum { HEX_LEAST = 7 };

/* What stands between address and secret, and what ends the line; a line's outer brackets are taken off before. */
static const struct {
	const char *open, *close;
	bool doubtful; /* remarks stand so, too */
} frames[LINE_FRAMES] = {
	{"]:[", "", false},
	{"] [", "", false},
	{"][", "", false},
	{"}:{", "", false},
	{"} {", "", false},
	{"}{", "", false},
	{">:<", "", false},
	{"> <", "", false},
	{"><", "", false},
	{"):(", "", false},
	{") (", "", false},
	{")(", "", false},
	{":(", ")", false},
	{":[", "]", false},
	{":{", "}", false},
	{":<", ">", false},
	{" (", ")", true},
	{" [", "]", true},
	{" {", "}", true},
	{" <", ">", true},
	{"(", ")", true},
	{"[", "]", true},
	{"#", "", false},
	{"~", "", false},
	{"%", "", false},
	{"^", "", false},
	{"*", "", false},
	{"$", "", false},
	{"&", "", false},
	{"!", "", false},
	{"+", "", true},
	{" \xe2\x80\xa2 ", "", false},
	{" \xc2\xb7 ", "", false},
};

/* A number for the letters of a value: comment-12 and comment-14 have one. */
static unsigned skeleton_of(struct slice value)
{
	unsigned hash = 5381;

	for (size_t i = 0; i < value.len; i++)
		if (is_alpha(value.data[i]))
			hash = hash * 33 + (unsigned char)(value.data[i] | 0x20);
	return hash;
}

static bool is_hexadecimal(struct slice value)
{
	size_t at = 0;

	while (at < value.len && is_hex(value.data[at]))
		at++;
	return at == value.len && at >= HEX_LEAST;
}

/* Brackets around both. */
static bool is_pair(unsigned kind)
{
	return one_of(frames[kind].open[0], "]}>)");
}

bool line_frame(struct slice line, struct line_frame *frame)
{
	size_t from, to;

	if (!token_email_next(line, 0, &from, &to) || from != 0)
		return false;
	struct slice rest = slice_from(line, to);
	for (unsigned kind = 0; kind < LINE_FRAMES; kind++) {
		size_t open = strlen(frames[kind].open), close = strlen(frames[kind].close);

		if (rest.len <= open + close || memcmp(rest.data, frames[kind].open, open) != 0 ||
			memcmp(rest.data + rest.len - close, frames[kind].close, close) != 0)
			continue;
		struct slice value = {rest.data + open, rest.len - open - close};
		if (slice_find_byte(value, ' ') < value.len || slice_find_byte(value, '\t') < value.len)
			return false;
		*frame = (struct line_frame){.kind = kind, .account = slice_until(line, to), .secret = value};
		frame->strong = token_look(value) >= LOOK_FAIR && !is_hexadecimal(value) && !is_blank(value.data[0]);
		frame->brackets = close > 0 || is_pair(kind);
		frame->skeleton = skeleton_of(value);
		return true;
	}
	return false;
}

void line_framed(struct work *work)
{
	const struct line_vote *vote = work->vote;
	struct line_frame frame;

	if (vote == NULL || !line_frame(work->line, &frame) || !frame.strong)
		return;
	unsigned alike = vote->alike[frame.kind], all = vote->framed[frame.kind], strong = vote->strong[frame.kind];
	/* brackets around both are no remark */
	if (all < (is_pair(frame.kind) ? 1 : 2) || all * 2 < vote->lines || strong * 4 < all * 3 || (alike > 1 && alike * 2 > all) ||
		frame.skeleton == vote->skeleton[frame.kind])
		return;
	struct line_reading reading = {.order = LINE_LOGIN_SECRET,
		.account = frame.account,
		.secret = frame.secret,
		.inner = frames[frame.kind].open[0],
		.evidence = frames[frame.kind].doubtful ? LINE_ENOUGH : LINE_ENOUGH + 1,
		.end = work->line.len,
		.look = token_look(frame.secret),
		.fields = 1};
	line_consider(work, &reading, 0);
}
